/* SPDX-License-Identifier: MIT */
/* Lines, text and metrics of one owner. */
#include "analyze/evidence.h"

#include "analyze/names.h"

#include <ctype.h>

#define HOT_RATIO 0.1     /* share of the owner's weight from which a line is hot */
#define THREAD_RATIO 0.05 /* share from which a thread takes part */

static void set_metric(struct evidence *e, const char *name, double value)
{
	if (e->n_metrics < EVIDENCE_METRICS) {
		e->metrics[e->n_metrics].name = name;
		e->metrics[e->n_metrics++].value = value;
	}
}

bool evidence_metric(void *ctx, const char *name, size_t len, double *ret)
{
	const struct evidence *e = ctx;

	for (size_t i = 0; i < e->n_metrics; i++) {
		if (strlen(e->metrics[i].name) == len &&
			memcmp(e->metrics[i].name, name, len) == 0) {
			*ret = e->metrics[i].value;
			return true;
		}
	}
	return false;
}

static int heavier_line(const void *pa, const void *pb)
{
	const struct hot_line *a = pa, *b = pb;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return a->line < b->line ? -1 : a->line > b->line;
}

static void add_line(struct evidence *e, uint32_t line, double weight)
{
	vec_foreach (l, &e->lines) {
		if (l->line == line) {
			l->weight += weight;
			return;
		}
	}
	*vec_push(&e->lines) = (struct hot_line){ .line = line, .weight = weight };
}

static void find_lines(struct evidence *e)
{
	const struct profile *p = e->blame->profile;

	for (size_t i = 0; i < e->owner->n_claims; i++) {
		const struct blame_claim *c = &e->owner->claims[i];

		if (!c->stack ||
			e->blame->code.of_frame[p->stacks.v[c->stack].frame] != e->owner->function)
			continue;

		const struct frame *f = &p->frames.v[p->stacks.v[c->stack].frame];

		if (f->line && strcmp(profile_str(p, f->file), e->function->file) == 0)
			add_line(e, f->line, c->weight);
	}
	if (e->lines.n)
		qsort(e->lines.v, e->lines.n, sizeof(e->lines.v[0]), heavier_line);
}

static void add_text(struct buf *to, const struct source_file *f, uint32_t first, uint32_t last)
{
	for (uint32_t l = first; l && l <= last && l <= f->starts.n; l++) {
		uint32_t from = f->starts.v[l - 1],
			 end = l < f->starts.n ? f->starts.v[l] : (uint32_t)f->text.n;

		buf_add(to, f->plain + from, end - from);
		if (end == f->text.n)
			buf_putc(to, '\n');
	}
}

static void find_text(struct evidence *e, struct source *source)
{
	e->file = source_open(source, e->function->file);
	buf_puts(&e->scope[TEXT_NAME], e->function->plain);
	if (!e->file)
		return;
	e->has_text = source_function(source, e->file, e->function->decl_line, &e->text);
	buf_add(&e->scope[TEXT_FILE], e->file->plain, e->file->text.n);
	if (e->has_text)
		add_text(&e->scope[TEXT_BODY], e->file, e->text.first, e->text.last);
	vec_foreach (l, &e->lines) {
		if (l->weight < HOT_RATIO * e->owner->weight)
			break;
		add_text(&e->scope[TEXT_HOT], e->file, l->line, l->line);

		const struct source_loop *loop =
			e->has_text ? source_inner_loop(&e->text, l->line) : NULL;

		if (loop)
			add_text(&e->scope[TEXT_LOOP], e->file, loop->first, loop->last);
	}
}

/* The nearest application frame above a node that is not the owner's; 0 none. */
static uint32_t app_caller(const struct evidence *e, uint32_t node)
{
	const struct profile *p = e->blame->profile;
	const struct code_map *code = &e->blame->code;
	uint32_t s = node ? p->stacks.v[node].parent : 0;

	while (s &&
		(!code_is_app(code_of_stack(code, s)->role) ||
			code->of_frame[p->stacks.v[s].frame] == e->owner->function))
		s = p->stacks.v[s].parent;
	return s;
}

/* Loops around the call in one application frame; adds the loop's text to the call scope. */
static bool loops_at(struct evidence *e, struct source *source, uint32_t node, double *depth)
{
	const struct profile *p = e->blame->profile;
	const struct frame *f = &p->frames.v[p->stacks.v[node].frame];
	const struct code_function *fn = code_of_stack(&e->blame->code, node);
	const char *path = profile_str(p, f->file);
	const struct source_file *file = source_open(source, path);
	struct source_function text;

	if (!file || strcmp(path, fn->file) != 0 ||
		!source_function(source, file, fn->decl_line, &text))
		return false;

	const struct source_loop *loop = source_inner_loop(&text, f->line);

	*depth += source_loop_depth(&text, f->line);
	add_text(&e->scope[TEXT_CALL], file, loop ? loop->first : f->line,
		loop ? loop->last : f->line);
	return true;
}

/* Where application code calls the owner: the heaviest call, and how deep in loops it stands. */
static void find_call(struct evidence *e, struct source *source)
{
	const struct profile *p = e->blame->profile;
	struct map_u64 index = { 0 };
	vec_of(double) weights = { 0 };
	uint32_t best = 0;
	double best_weight = 0, depth = 0;
	bool known = false;

	for (size_t i = 0; i < e->owner->n_claims; i++) {
		uint32_t s = app_caller(e, e->owner->claims[i].stack);
		bool fresh;
		uint32_t *slot = s ? map_u64_put(&index, p->stacks.v[s].frame, &fresh) : NULL;

		if (!slot)
			continue;
		if (fresh) {
			*slot = (uint32_t)weights.n;
			*vec_push(&weights) = 0;
		}
		weights.v[*slot] += e->owner->claims[i].weight;
		if (weights.v[*slot] > best_weight) {
			best_weight = weights.v[*slot];
			best = s;
		}
	}
	e->caller = e->caller_file = "";
	if (best) {
		const struct frame *f = &p->frames.v[p->stacks.v[best].frame];

		e->caller = code_of_stack(&e->blame->code, best)->plain;
		e->caller_file = profile_str(p, f->file);
		e->caller_line = f->line;
	}
	for (uint32_t s = best; s; s = app_caller(e, s))
		known = loops_at(e, source, s, &depth) || known;
	if (known)
		set_metric(e, "call_loop_depth", depth);
	map_u64_done(&index);
	vec_done(&weights);
}

/* Shares by what the leaf and the frames below the owner are. */
static void measure_frames(struct evidence *e)
{
	const struct profile *p = e->blame->profile;
	const struct code_map *code = &e->blame->code;
	double self = 0, kernel = 0, alloc = 0, collector = 0, deep = 0, copy = 0,
	       all = e->owner->weight;

	for (size_t i = 0; i < e->owner->n_claims; i++) {
		const struct blame_claim *c = &e->owner->claims[i];
		uint32_t leaf = p->samples.v[c->sample].stack;
		bool own = true, allocates = false, collects = false, copies = false;

		if (code_of_stack(code, leaf)->role == CODE_KERNEL)
			kernel += c->weight;
		for (uint32_t s = leaf; s && s != c->stack; s = p->stacks.v[s].parent) {
			enum code_role r = code_of_stack(code, s)->role;

			copies = copies || code_of_stack(code, s)->copies;
			own = own && (code_is_app(r) || r == CODE_ACCESSOR || r == CODE_SPECIAL);
			allocates = allocates || r == CODE_ALLOCATOR;
			collects = collects || r == CODE_COLLECTOR;
		}
		unsigned active = 0;

		/* a closure inside its function is no recursion: the same name twice is */
		for (uint32_t s = c->stack, first = 0; s; s = p->stacks.v[s].parent) {
			if (code->of_frame[p->stacks.v[s].frame] != e->owner->function)
				continue;

			uint32_t name = p->frames.v[p->stacks.v[s].frame].function;

			active += !first || name == first;
			first = first ? first : name;
		}
		self += own && c->stack ? c->weight : 0;
		alloc += allocates ? c->weight : 0;
		collector += collects ? c->weight : 0;
		copy += copies ? c->weight : 0;
		deep += active > 1 ? c->weight : 0;
	}
	set_metric(e, "self_share", self / all);
	set_metric(e, "kernel_share", kernel / all);
	set_metric(e, "alloc_share", alloc / all);
	set_metric(e, "copy_share", copy / all);
	set_metric(e, "collector_share", collector / all);
	set_metric(e, "recursion_share", deep / all);
}

static void measure_threads(struct evidence *e)
{
	const struct profile *p = e->blame->profile;
	double *weight = xcalloc(p->threads.n + 1, sizeof(*weight)), taking_part = 0;

	for (size_t i = 0; i < e->owner->n_claims; i++) {
		uint32_t t = p->samples.v[e->owner->claims[i].sample].thread;

		weight[MIN(t, p->threads.n)] += e->owner->claims[i].weight;
	}
	for (size_t i = 0; i <= p->threads.n; i++)
		taking_part += weight[i] >= THREAD_RATIO * e->owner->weight;
	set_metric(e, "owner_threads", taking_part);
	free(weight);
}

/* The whole profile: threads, processor use, optimisation level, library code left as calls. */
static double claimed(const struct evidence *e, const char *type)
{
	const struct profile *p = e->blame->profile;
	int at = profile_type(p, type);
	double sum = 0;

	for (size_t i = 0; at >= 0 && i < e->owner->n_claims; i++)
		sum += (double)p->samples.v[e->owner->claims[i].sample].value[at];
	return sum;
}

/*
 * What became of the memory that the place allocated. Only where allocations were sampled or the
 * resident memory was watched: else these are not known and no rule may speak of them.
 */
static void measure_memory(struct evidence *e)
{
	const struct profile *p = e->blame->profile;
	double all = claimed(e, "alloc_space"), held = claimed(e, "inuse_space");
	double growth = claimed(e, "inuse_growth"), peak = claimed(e, "peak_space");
	int peak_type = profile_type(p, "peak_space");

	if (all > 0) {
		set_metric(e, "kept_share", held / all);
		set_metric(e, "growth_share", held > 0 ? growth / held : 0);
		set_metric(e, "allocations", claimed(e, "alloc_objects"));
		set_metric(e, "peak_part", peak / MAX(all, 1));
	}
	if (peak_type >= 0 && profile_total(p, (unsigned)peak_type) > 0)
		set_metric(e, "peak_share", peak / (double)profile_total(p, (unsigned)peak_type));
	if (p->memory_shape[0]) {
		set_metric(e, "memory_growing", strcmp(p->memory_shape, "growing") == 0);
		set_metric(e, "memory_sudden", strcmp(p->memory_shape, "sudden") == 0);
		set_metric(e, "memory_high", strcmp(p->memory_shape, "high-stable") == 0);
	}
}

/* Sum of another value over the stacks that the place has claims on. */
static double beside(const struct evidence *e, const char *type)
{
	const struct profile *p = e->blame->profile;
	int at = profile_type(p, type);
	double sum = 0;

	if (at < 0)
		return 0;
	bool *mine = xcalloc(p->stacks.n, sizeof(*mine));

	for (size_t i = 0; i < e->owner->n_claims; i++)
		mine[p->samples.v[e->owner->claims[i].sample].stack] = true;
	vec_foreach (x, &p->samples)
		sum += mine[x->stack] ? (double)x->value[at] : 0;
	free(mine);
	return sum;
}

/* Calls of the place, where system calls were seen; what the files say is of the whole program. */
static void measure_io(struct evidence *e)
{
	const struct profile *p = e->blame->profile;
	const struct io_table *t = p->io;
	double calls = beside(e, "io_calls"), ns = t ? io_row_ns(&t->total) : 0;
	const struct io_row *again = NULL;

	if (calls <= 0)
		return;
	set_metric(e, "io_calls", calls);
	set_metric(e, "io_mean_bytes", beside(e, "io_bytes") / calls);
	if (p->quality.duration_ns)
		set_metric(e, "io_calls_per_s", calls * 1e9 / (double)p->quality.duration_ns);
	if (!t || ns <= 0)
		return;
	const struct io_sum *sync = &t->total.op[IO_SYNC];

	set_metric(e, "io_syncs", sync->calls);
	set_metric(e, "io_sync_share", sync->ns / ns);
	if (sync->calls > 0)
		set_metric(e, "io_writes_per_sync", t->total.op[IO_WRITE].calls / sync->calls);
	vec_foreach (r, &t->rows)
		if (!again || io_row_reread_factor(r) > io_row_reread_factor(again))
			again = r;
	if (again && io_row_reread_factor(again) > 0) {
		set_metric(e, "io_reread", io_row_reread_factor(again));
		set_metric(e, "io_reread_opens", again->op[IO_OPEN].calls);
	}
}

static void measure_run(struct evidence *e)
{
	const struct profile *p = e->blame->profile;
	const struct profile_quality *q = &p->quality;
	const char *o = p->producer ? strstr(p->producer, " -O") : NULL;
	double outlined = 0, inlined = 0, all = e->blame->total;

	set_metric(e, "samples", (double)e->blame->count);
	if (q->n_cpus)
		set_metric(e, "cpus", q->n_cpus);
	if (q->wall_ns)
		set_metric(e, "queue_share", (double)q->queue_ns / (double)q->wall_ns);
	set_metric(e, "threads", MAX((double)p->threads.n, (double)q->n_threads));
	if (q->duration_ns) {
		set_metric(e, "cpu_cores", (double)q->target_cpu_ns / (double)q->duration_ns);
		set_metric(e, "threads_per_s",
			MAX((double)p->threads.n, (double)q->n_threads) /
				((double)q->duration_ns / 1e9));
	}
	if (q->target_cpu_ns)
		set_metric(e, "sys_share", (double)q->target_sys_ns / (double)q->target_cpu_ns);
	if (o)
		set_metric(e, "opt_level",
			isdigit((unsigned char)o[3])         ? o[3] - '0'
				: o[3] == 's' || o[3] == 'z' ? 2
				: o[3] == 'f'                ? 3
							     : 1);
	else if (p->producer && strncmp(p->producer, "GNU C", 5) == 0)
		set_metric(e, "opt_level",
			strstr(p->producer, "-O") ? 1 : 0); /* gcc records its flags */
	vec_foreach (s, &p->samples) {
		const struct frame *f = &p->frames.v[p->stacks.v[s->stack].frame];
		enum code_role r = code_of_stack(&e->blame->code, s->stack)->role;
		bool header = r == CODE_ACCESSOR || r == CODE_LIBRARY;

		/* what start-up code of a prebuilt library inlined says nothing about this build */
		for (uint32_t n = s->stack; n && p->stacks.v[n].parent; n = p->stacks.v[n].parent)
			if (p->frames.v[p->stacks.v[n].frame].inlined &&
				code_is_app(code_of_stack(&e->blame->code, p->stacks.v[n].parent)
						    ->role)) {
				inlined += (double)s->value[e->blame->type];
				break;
			}
		if (header && !f->inlined && *profile_str(p, f->file) &&
			!strstr(profile_str(p, f->module), ".so"))
			outlined += (double)s->value[e->blame->type];
	}
	if (all > 0) {
		set_metric(e, "outlined_share", outlined / all);
		set_metric(e, "inlined_share", inlined / all);
	}
}

static void measure_text(struct evidence *e)
{
	unsigned depth = 0;
	double looping = 0, all = 0;
	bool strided = false, pairwise = false, same = false;

	if (!e->has_text)
		return;
	vec_foreach (l, &e->lines) {
		looping += source_loop_depth(&e->text, l->line) ? l->weight : 0;
		all += l->weight;
	}
	if (all > 0)
		set_metric(e, "loop_share", looping / all);
	vec_foreach (l, &e->lines) {
		if (l->weight < HOT_RATIO * e->owner->weight)
			break;
		depth = MAX(depth, source_loop_depth(&e->text, l->line));
		strided = strided || source_strided(e->file, &e->text, l->line);
		same = same || source_same_bounds(e->file, &e->text, l->line);
		pairwise = pairwise || source_pairwise(e->file, &e->text, l->line);
	}
	set_metric(e, "loop_depth", depth);
	set_metric(e, "strided", strided);
	set_metric(e, "pairwise", pairwise);
	set_metric(e, "same_bounds", same);
	set_metric(e, "self_calls", source_calls(e->file, &e->text, name_last(e->function->plain)));
}

void evidence_init(struct evidence *e, const struct blame *b, const struct blame_owner *o,
	struct source *source)
{
	*e = (struct evidence){
		.blame = b, .owner = o, .function = &b->code.functions.v[o->function]
	};
	find_lines(e);
	find_text(e, source);
	find_call(e, source);
	set_metric(e, "owner_share", b->total > 0 ? o->weight / b->total : 0);
	if (e->lines.n)
		set_metric(e, "hot_line_share", e->lines.v[0].weight / o->weight);
	measure_frames(e);
	measure_threads(e);
	measure_run(e);
	measure_memory(e);
	measure_io(e);
	measure_text(e);
}

void evidence_done(struct evidence *e)
{
	vec_done(&e->lines);
	for (int i = 0; i < TEXT_SCOPES; i++)
		buf_done(&e->scope[i]);
}
