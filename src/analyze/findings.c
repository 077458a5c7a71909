/* SPDX-License-Identifier: MIT */
/* Owners, rules and knowledge put together into findings. */
#include "analyze/findings.h"

#include "analyze/evidence.h"
#include "analyze/rules.h"
#include "base/file.h"
#include "base/human.h"
#include "model/resource.h"
#include "stats/proportion.h"

#include <stdlib.h>

#define MIN_SHARE 0.03         /* below this share nothing is a finding */
#define MIN_CAUSE_SHARE 0.15   /* below this share no cause is searched for */
#define MIN_CONFIDENCE 0.45    /* a less convincing rule stays silent */
#define FEW_MIN_SHARE 0.5      /* on few samples: the interval's lower end must reach this ... */
#define FEW_MIN_CONFIDENCE 0.6 /* ... and the rule this */
#define UNKNOWN_RECOVERS 0.8   /* ranking: a place without known cause counts this much */
#define DOMINATES 0.4          /* largest share below which nothing dominates */
#define MAX_BOUND 100.0

static double bound_of(double share)
{
	return share >= 1 - 1 / MAX_BOUND ? MAX_BOUND : 1 / (1 - share);
}

/* The path of the heaviest claim, "main;run;leaf". */
static const char *heaviest_stack(const struct evidence *e, struct arena *a)
{
	const struct profile *p = e->blame->profile;
	const struct blame_claim *best = NULL;
	uint32_t chain[128];
	size_t n = 0;
	_cleanup_(buf_done) struct buf text = { 0 };

	for (size_t i = 0; i < e->owner->n_claims; i++)
		if (!best || e->owner->claims[i].weight > best->weight)
			best = &e->owner->claims[i];
	for (uint32_t s = best ? p->samples.v[best->sample].stack : 0; s && n < ARRAY_LEN(chain);
		s = p->stacks.v[s].parent)
		chain[n++] = s;
	while (n--) {
		buf_puts(&text, code_of_stack(&e->blame->code, chain[n])->plain);
		if (n)
			buf_putc(&text, ';');
	}
	return arena_strdup(a, buf_cstr(&text));
}

static bool in_excerpt(const struct finding *f, uint32_t line)
{
	for (size_t i = 0; i < f->n_excerpt; i++)
		if (f->excerpt[i].line == line)
			return true;
	return false;
}

static void add_excerpt(
	struct finding *f, const struct evidence *e, struct arena *a, uint32_t line, double share)
{
	struct span text = source_line(e->file, line);

	if (!line || f->n_excerpt == FINDING_EXCERPT_LINES || in_excerpt(f, line) || !text.n)
		return;
	f->excerpt[f->n_excerpt++] = (struct source_line){ .line = line,
		.text = arena_strndup(a, text.p, MIN(text.n, (size_t)200)),
		.share = share };
}

static int by_line(const void *pa, const void *pb)
{
	const struct source_line *a = pa, *b = pb;

	return a->line < b->line ? -1 : a->line > b->line;
}

/* The hottest lines, the loops around the hottest one and the function's head, in order. */
static void excerpt(struct finding *f, const struct evidence *e, struct arena *a)
{
	size_t hot = 0;

	if (!e->file || !e->lines.n)
		return;
	vec_foreach (l, &e->lines) {
		if (hot++ == 4 || l->weight < 0.02 * e->owner->weight)
			break;
		add_excerpt(f, e, a, l->line, l->weight / e->blame->total);
	}
	for (size_t i = 0; e->has_text && i < e->text.n_loops; i++)
		if (e->lines.v[0].line >= e->text.loops[i].first &&
			e->lines.v[0].line <= e->text.loops[i].last)
			add_excerpt(f, e, a, e->text.loops[i].first, 0);
	if (e->has_text)
		add_excerpt(f, e, a, e->text.first, 0);
	qsort(f->excerpt, f->n_excerpt, sizeof(f->excerpt[0]), by_line);
}

/* What the frames right below the owner do, for places without a known cause. */
static const char *describe_hot(const struct evidence *e, struct arena *a)
{
	double self = 0;

	for (size_t i = 0; i < e->n_metrics; i++)
		if (strcmp(e->metrics[i].name, "self_share") == 0)
			self = e->metrics[i].value;
	return arena_printf(a, "no rule matches; %.0f %% of it is in its own code%s", 100 * self,
		self < 0.995 ? ", the rest in what it calls" : "");
}

static void fill_place(struct finding *f, const struct evidence *e, struct arena *a)
{
	f->where = (struct finding_place){
		.function = arena_strdup(a, e->function->plain),
		.file = arena_strdup(a, e->function->file),
		.line = e->lines.n ? e->lines.v[0].line : e->function->decl_line,
		.decl_line = e->function->decl_line,
		.module = arena_strdup(a, e->function->module),
		.stack = heaviest_stack(e, a),
	};
}

static const char *called_from(struct arena *a, const struct evidence *e)
{
	const char *file = e->caller_file ? path_base(e->caller_file) : "";

	if (!*file)
		return arena_printf(a, "called from %s", e->caller);
	if (!e->caller_line)
		return arena_printf(a, "called from %s (%s)", e->caller, file);
	return arena_printf(a, "called from %s (%s:%u)", e->caller, file, e->caller_line);
}

/* "20 000 calls of 16 B on average, 5 120 a second" */
static const char *io_evidence(struct evidence *e, struct arena *a)
{
	char n[HUMAN_LEN], size[HUMAN_LEN], rate[HUMAN_LEN];
	double calls, bytes, per_s;

	if (!evidence_metric(e, "io_calls", 8, &calls) || calls < 1 ||
		!evidence_metric(e, "io_mean_bytes", 13, &bytes) ||
		!evidence_metric(e, "io_calls_per_s", 14, &per_s))
		return NULL;
	return arena_printf(a, "%s calls that move %s on average, %s a second",
		human_count(n, (uint64_t)(calls + 0.5)), human_bytes(size, bytes),
		human_count(rate, (uint64_t)(per_s + 0.5)));
}

static void fill_cause(struct finding *f, const struct knowledge *k, const struct rule_hit *hit,
	struct arena *a, struct evidence *e)
{
	const struct k_cause *cause = knowledge_cause(k, hit->rule->cause);
	const struct k_strings *fix = hit->rule->fix.n ? &hit->rule->fix : &cause->fix;
	size_t n = 0;

	f->cause = cause->id;
	f->rule = hit->rule->id;
	f->confidence = hit->confidence;
	f->title = arena_printf(a, "%s in %s",
		hit->rule->title[0] ? hit->rule->title : cause->title, f->where.function);
	f->why = hit->rule->why[0] ? hit->rule->why : cause->why;
	f->verify = hit->rule->verify[0] ? hit->rule->verify : cause->verify;
	for (size_t i = 0; i < fix->n && i + 1 < FINDING_MAX_TEXT; i++)
		f->fix[i] = fix->v[i];
	for (; hit->evidence[n]; n++)
		f->evidence[n] = hit->evidence[n];
	const char *io =
		resource_of_type(e->blame->profile->types[e->blame->type].name) == RESOURCE_IO
		? io_evidence(e, a)
		: NULL;

	if (io && n + 1 < FINDING_MAX_TEXT)
		f->evidence[n++] = io;
	if (n + 1 < FINDING_MAX_TEXT && *e->caller)
		f->evidence[n++] = called_from(a, e);
	if (n + 1 < FINDING_MAX_TEXT && hit->rule->risk[0])
		f->evidence[n++] = arena_printf(a, "risk of the fix: %s", hit->rule->risk);
}

/* The word that says what a place without a known cause does. */
static const char *does_what(enum resource r)
{
	switch (r) {
	case RESOURCE_WALL:
		return "waits";
	case RESOURCE_LOCK:
		return "waits for a lock";
	case RESOURCE_IO:
		return "does input and output";
	case RESOURCE_MEMORY:
		return "takes memory";
	default:
		return "is hot";
	}
}

static void fill_unknown(struct finding *f, struct arena *a, const struct evidence *e)
{
	enum resource r = resource_of_type(e->blame->profile->types[e->blame->type].name);

	f->cause = f->rule = "";
	f->title = arena_printf(a, "%s %s, cause not recognised", f->where.function, does_what(r));
	f->why = r == RESOURCE_CPU ? describe_hot(e, a)
				   : arena_printf(a, "it %s; no rule matches", does_what(r));
	f->verify = "change it, profile again and compare the share";
	if (*e->caller)
		f->evidence[0] = called_from(a, e);
}

static bool is_convincing(
	const struct rule_hit *hit, const struct finding *f, uint64_t samples, bool exact)
{
	if (!exact && samples < FINDINGS_ENOUGH_SAMPLES)
		return f->ci[0] >= FEW_MIN_SHARE && hit->confidence >= FEW_MIN_CONFIDENCE;
	return hit->confidence >= MIN_CONFIDENCE;
}

/* A place that takes memory is not explained by what explains time. */
static bool fits(const struct rule_hit *hit, const struct blame *b, const struct knowledge *k)
{
	const char *resource = knowledge_cause(k, hit->rule->cause)->resource;

	return resource_of_type(b->profile->types[b->type].name) != RESOURCE_MEMORY ||
		strcmp(resource, "memory") == 0 ||
		strcmp(hit->rule->cause, "excessive-allocation") == 0;
}

static void make_finding(struct finding *f, const struct blame *b, const struct blame_owner *o,
	const struct findings_opts *opts, struct source *source, struct arena *a)
{
	const struct knowledge *k = opts->knowledge ? opts->knowledge : knowledge_builtin();
	struct evidence e;
	struct rule_hit hit[1];
	size_t hits = 0;

	evidence_init(&e, b, o, source);
	*f = (struct finding){ .share = o->weight / b->total };
	f->resource = resource_name(resource_of_type(b->profile->types[b->type].name));
	f->ci[0] = f->ci[1] = f->share;
	if (!opts->exact)
		proportion_ci95((double)o->count, (double)b->count, &f->ci[0], &f->ci[1]);
	f->ci[0] = MIN(f->ci[0], f->share);
	f->ci[1] = MAX(f->ci[1], f->share);
	/* how much faster it could get is a question of time */
	if (resource_of_type(b->profile->types[b->type].name) != RESOURCE_MEMORY)
		f->bound_ratio = bound_of(f->share);
	fill_place(f, &e, a);
	if ((opts->exact || b->count >= FINDINGS_FEW_SAMPLES) && f->share >= MIN_CAUSE_SHARE)
		hits = rules_match(k, &e, a, hit, 1);
	if (hits && fits(&hit[0], b, k) && is_convincing(&hit[0], f, b->count, opts->exact))
		fill_cause(f, k, &hit[0], a, &e);
	else
		fill_unknown(f, a, &e);
	excerpt(f, &e, a);
	evidence_done(&e);
}

static int by_recoverable(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;
	double x = a->share * (*a->cause ? 1 : UNKNOWN_RECOVERS);
	double y = b->share * (*b->cause ? 1 : UNKNOWN_RECOVERS);

	if (x != y)
		return x < y ? 1 : -1;
	return strcmp(a->where.function, b->where.function);
}

/* Share of the samples in executable memory that belongs to no file. */
static double generated_share(const struct profile *p, unsigned type)
{
	uint64_t n = 0, all = 0;

	vec_foreach (s, &p->samples) {
		const struct frame *f = &p->frames.v[p->stacks.v[s->stack].frame];

		if (!s->value[type])
			continue;
		all += s->count;
		if (s->stack && f->kind != FRAME_KERNEL &&
			strcmp(profile_str(p, f->module), "[anon]") == 0 &&
			*profile_str(p, f->function) == '[')
			n += s->count;
	}
	return all ? (double)n / (double)all : 0;
}

static void judge_quality(const struct blame *b, bool exact, struct arena *a, struct findings *ret)
{
	const struct profile *p = b->profile;

	if (!exact && b->count < FINDINGS_ENOUGH_SAMPLES)
		caveat_add(&ret->caveats, a, "too-few-samples",
			"only %llu samples: %s; let it run longer or sample faster",
			(unsigned long long)b->count,
			b->count < FINDINGS_MIN_SAMPLES ? "too few to name a place"
				: b->count < FINDINGS_FEW_SAMPLES
				? "places have wide intervals and causes are not judged"
				: "causes are named only where one place surely dominates");
	/* of what is off the CPU much is the runtime's own waiting, which needs no explanation */
	if (resource_of_type(p->types[b->type].name) != RESOURCE_CPU)
		return;
	if (b->total > 0 && b->orphan_weight > 0.2 * b->total)
		caveat_add(&ret->caveats, a, "no-application-frames",
			"%.0f %% of the time has no application function on the stack (runtime, "
			"kernel or missing symbols)",
			100 * b->orphan_weight / b->total);
	double jit = generated_share(p, b->type);

	if (jit > 0.2)
		caveat_add(&ret->caveats, a, "generated-code",
			"%.0f %% of the samples are in code that was generated while the program "
			"ran (a JIT compiler) "
			"and has no names here; a profiler of that runtime sees more: perf-ops "
			"tools",
			100 * jit);
	else if (p->quality.samples && p->quality.unsymbolised * 5 > p->quality.samples)
		caveat_add(&ret->caveats, a, "names-missing",
			"%.0f %% of the samples have no function name; install debug symbols or "
			"build with -g",
			100.0 * (double)p->quality.unsymbolised / (double)p->quality.samples);
}

/* Without application code at all: where the time is instead. */
static const char *describe_elsewhere(
	const struct profile *p, const struct blame *b, struct arena *a)
{
	double *self = xcalloc(b->code.functions.n + 1, sizeof(*self));
	size_t best = 0;

	vec_foreach (s, &p->samples)
		if (s->stack)
			self[b->code.of_frame[p->stacks.v[s->stack].frame]] +=
				(double)s->value[b->type];
	for (size_t i = 0; i < b->code.functions.n; i++)
		if (self[i] > self[best])
			best = i;

	const char *text = b->code.functions.n
		? arena_printf(a,
			  "%.0f %% of the time is in run-time and library code, most in %s (%s); "
			  "the program's own functions are not visible to this profiler",
			  100 * b->orphan_weight / b->total, b->code.functions.v[best].plain,
			  path_base(b->code.functions.v[best].module))
		: "";

	free(self);
	return text;
}

double findings_named_share(const struct profile *p, unsigned type, const struct knowledge *k)
{
	struct source none;
	struct blame b;

	source_init(&none, NULL);
	blame_init(&b, p, type, k ? k : knowledge_builtin(), &none);
	double share = b.total > 0 ? 1 - b.orphan_weight / b.total : 0;

	blame_done(&b);
	source_done(&none);
	return share;
}

static void keep_best(struct findings *ret, unsigned max, struct arena *a)
{
	qsort(ret->v, ret->n, sizeof(ret->v[0]), by_recoverable);
	for (size_t i = max; i < ret->n; i++)
		ret->rest_share = MAX(ret->rest_share, ret->v[i].share);
	ret->n = MIN(ret->n, (size_t)max);
	for (size_t i = 0; i < ret->n; i++)
		ret->v[i].rank = (unsigned)i + 1;
	if (ret->n && ret->v[0].share < DOMINATES && !*ret->v[0].cause)
		ret->remark =
			arena_printf(a, "nothing dominates: the largest share is %s with %.0f %%",
				ret->v[0].where.function, 100 * ret->v[0].share);
}

void findings_from_profile(const struct profile *p, const struct findings_opts *opts,
	struct arena *a, struct findings *ret)
{
	const struct knowledge *k = opts->knowledge ? opts->knowledge : knowledge_builtin();
	unsigned max = opts->max ? opts->max : FINDINGS_MAX;
	struct source source;
	struct blame b;

	*ret = (struct findings){ .remark = "" };
	source_init(&source, opts->reader);
	blame_init(&b, p, opts->type, k, &source);
	bool enough = opts->exact || b.count >= FINDINGS_MIN_SAMPLES;

	judge_quality(&b, opts->exact, a, ret);
	ret->v = arena_array(a, b.n_owners, sizeof(ret->v[0]));
	for (size_t i = 0; i < b.n_owners && enough; i++) {
		double share = b.owners[i].weight / b.total;

		if (share >= MIN_SHARE && ret->n < max + 3u)
			make_finding(&ret->v[ret->n++], &b, &b.owners[i], opts, &source, a);
		else
			ret->rest_share = MAX(ret->rest_share, share);
	}
	keep_best(ret, max, a);
	if (b.count && !enough)
		ret->remark = "too few samples to name a place: let it run longer or sample faster";
	else if (ret->n == 0 && b.orphan_weight > 0.5 * b.total)
		ret->remark = describe_elsewhere(p, &b, a);
	blame_done(&b);
	source_done(&source);
}
