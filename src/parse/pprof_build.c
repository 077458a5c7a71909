/* SPDX-License-Identifier: MIT */
/* From the arrays of a pprof file to a profile. */
#include "base/compiler.h"
#include "parse/pprof.h"
#include "parse/proto_reader.h"
#include "parse/value_unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

struct build {
	struct pprof_file *f;
	struct profile *p;
	int raw;                             /* which file type is the count of samples, -1 none */
	unsigned source[PROFILE_MAX_VALUES]; /* of our type: which of the file's */
	struct value_unit unit[PROFILE_MAX_VALUES];
	double count_scale; /* nanoseconds per sample when the file has only counts */
	uint32_t *frames;   /* of every line */
	uint32_t *bare;     /* of every location without lines: its frame */
	bool *hide;         /* of every function */
	uint32_t *stack;    /* of every node */
	uint8_t *state;     /* of every node: bits below */
	uint32_t *thread;   /* of every label set */
};

enum node_state {
	NODE_SEEN_SHOWN = 1, /* a frame that is not hidden came before */
	NODE_HIDDEN = 2,     /* below a hidden frame */
};

static uint32_t string_id(const struct pprof_file *f, uint64_t index)
{
	return index < f->strings.n ? f->strings.v[index] : 0;
}

static const char *string_of(const struct pprof_file *f, uint64_t index)
{
	return profile_str(f->profile, string_id(f, index));
}

static bool is_raw_count(const struct pprof_file *f, const struct pprof_type *t)
{
	const char *name = string_of(f, t->name);

	return strcmp(string_of(f, t->unit), "count") == 0 &&
		(strcmp(name, "samples") == 0 || strcmp(name, "sample") == 0);
}

static void add_type(struct build *b, unsigned source)
{
	const struct pprof_type *t = &b->f->types[source];
	struct value_unit u = value_unit_of(string_of(b->f, t->unit));
	const char *name = value_name_of(string_of(b->f, t->name), u.unit);

	if (b->p->n_types == PROFILE_MAX_VALUES) {
		caveat_add(&b->p->caveats, &b->p->arena, "types-left-out",
			"the file has more than %d kinds of values; the others are left out",
			PROFILE_MAX_VALUES);
		return;
	}
	/* two types of one name cannot be told apart: the first one stays */
	if (profile_type(b->p, name) >= 0)
		return;
	unsigned i = profile_add_type(b->p, *name ? name : "value", u.unit);

	b->source[i] = source;
	b->unit[i] = u;
}

/* The default type comes first; without one it is the last (profile.proto, default_sample_type). */
static void choose_types(struct build *b)
{
	const struct pprof_file *f = b->f;
	unsigned first = f->n_types - 1;

	b->raw = -1;
	for (unsigned i = 0; i < f->n_types; i++) {
		if (b->raw < 0 && is_raw_count(f, &f->types[i]))
			b->raw = (int)i;
		if (f->default_type && f->types[i].name == f->default_type)
			first = i;
	}
	if (b->raw == (int)first && f->n_types > 1)
		first = first ? 0 : 1;
	if ((int)first != b->raw)
		add_type(b, first);
	for (unsigned i = 0; i < f->n_types; i++)
		if (i != first && (int)i != b->raw)
			add_type(b, i);
	if (b->p->n_types)
		return;
	/* only counts: with a period of time they are time */
	struct value_unit u = value_unit_of(string_of(f, f->period_type.unit));
	bool timed = f->period && strcmp(u.unit, "nanoseconds") == 0;

	profile_add_type(b->p, timed ? "cpu" : "samples", timed ? "nanoseconds" : "count");
	b->unit[0] = (struct value_unit){ .unit = "", .scale = 1 };
	b->source[0] = (unsigned)b->raw;
	b->count_scale = timed ? (double)f->period * u.scale : 1;
}

static enum frame_kind kind_of(const char *module)
{
	return strncmp(module, "[kernel", 7) == 0 ? FRAME_KERNEL : FRAME_APP;
}

static const char *module_of(const struct pprof_file *f, const struct pprof_location *l)
{
	if (!l->mapping || l->mapping >= f->mappings.n)
		return "";
	const struct pprof_mapping *m = &f->mappings.v[l->mapping];
	const char *file = string_of(f, m->file);

	if (*file || !*string_of(f, m->build_id))
		return file;
	return arena_printf(&f->profile->arena, "[build id %.40s]", string_of(f, m->build_id));
}

/* A location without any name: by its place in its file, else by its address. */
static uint32_t bare_frame(struct build *b, const struct pprof_location *l, uint32_t number)
{
	const char *module = module_of(b->f, l), *name;

	if (*module) {
		const struct pprof_mapping *m = &b->f->mappings.v[l->mapping];
		const char *slash = strrchr(module, '/');

		name = arena_printf(&b->f->arena, "[%s+0x%" PRIx64 "]", slash ? slash + 1 : module,
			l->address - m->start + m->offset);
	} else if (l->address) {
		name = arena_printf(&b->f->arena, "[0x%" PRIx64 "]", l->address);
	} else {
		name = l->known ? "[unknown]" : arena_printf(&b->f->arena, "[location %u]", number);
	}
	struct frame frame = { .function = profile_string(b->p, name),
		.module = profile_string(b->p, module),
		.kind = kind_of(module) == FRAME_KERNEL ? FRAME_KERNEL : FRAME_UNKNOWN };

	return profile_add_frame(b->p, &frame);
}

static uint32_t line_frame(
	struct build *b, const struct pprof_line *l, const char *module, bool inlined)
{
	struct pprof_file *f = b->f;
	struct pprof_function none = { 0 };
	const struct pprof_function *fn =
		l->function < f->functions.n ? &f->functions.v[l->function] : &none;
	uint32_t name = string_id(f, fn->name), linkage = string_id(f, fn->system_name);

	if (!name)
		name = linkage;
	struct frame frame = { .function = name ? name : profile_string(b->p, "[unknown]"),
		.linkage = linkage == name ? 0 : linkage,
		.file = string_id(f, fn->file),
		.module = profile_string(b->p, module),
		.line = l->line,
		.decl_line = fn->start_line,
		.kind = name ? kind_of(module) : FRAME_UNKNOWN,
		.inlined = inlined };

	return profile_add_frame(b->p, &frame);
}

static void make_frames(struct build *b)
{
	struct pprof_file *f = b->f;

	for (size_t i = 1; i < f->locations.n; i++) {
		const struct pprof_location *l = &f->locations.v[i];
		const char *module = module_of(f, l);

		for (uint32_t k = 0; k < l->n_lines; k++)
			b->frames[l->first_line + k] = line_frame(
				b, &f->lines.v[l->first_line + k], module, k + 1 < l->n_lines);
		if (!l->n_lines)
			b->bare[i] = bare_frame(b, l, (uint32_t)i);
	}
}

/*
 * Puts one location under a stack. What drop_frames names goes, with all it calls, but never the
 * outermost frames (google/pprof profile/prune.go: not before the first frame that stays).
 */
static void add_node(struct build *b, size_t i)
{
	const struct pprof_node *n = &b->f->nodes.v[i];
	const struct pprof_location *l = &b->f->locations.v[n->location];
	uint32_t stack = b->stack[n->parent];
	uint8_t state = b->state[n->parent];

	if (!l->n_lines && !(state & NODE_HIDDEN)) {
		stack = profile_add_stack(b->p, stack, b->bare[n->location]);
		state |= NODE_SEEN_SHOWN;
	}
	for (uint32_t k = l->n_lines; k-- > 0 && !(state & NODE_HIDDEN);) {
		uint32_t fn = b->f->lines.v[l->first_line + k].function;
		bool hide = b->hide && fn < b->f->functions.n && b->hide[fn];

		if (hide && (state & NODE_SEEN_SHOWN)) {
			state |= NODE_HIDDEN;
			break;
		}
		if (!hide)
			state |= NODE_SEEN_SHOWN;
		stack = profile_add_stack(b->p, stack, b->frames[l->first_line + k]);
	}
	b->stack[i] = stack;
	b->state[i] = state;
}

static bool key_is(const char *key, const char *a, const char *b2, const char *c)
{
	return strcmp(key, a) == 0 || strcmp(key, b2) == 0 || strcmp(key, c) == 0;
}

/* The thread that a sample's labels name; UINT32_MAX when they name none. */
static uint32_t thread_of(struct build *b, struct span set)
{
	const char *name = "";
	uint64_t pid = 0, tid = 0;
	bool any = false;

	while (set.n >= 4) {
		uint32_t n;

		memcpy(&n, set.p, 4);
		struct proto_reader r = proto_reader_of(span_sub(set, 4, n));
		struct proto_field field;
		uint64_t key = 0, str = 0, num = 0;

		set = span_from(set, 4u + n);
		while (proto_next(&r, &field)) {
			if (field.number == PPROF_LABEL_KEY)
				key = field.value;
			else if (field.number == PPROF_LABEL_STR)
				str = field.value;
			else if (field.number == PPROF_LABEL_NUM)
				num = field.value;
		}
		const char *k = string_of(b->f, key);

		/* an id may be written as text */
		if (str && !num && !span_parse_u64(span_str(string_of(b->f, str)), &num))
			num = 0;
		if (key_is(k, "thread", "thread_name", "thread name") && str)
			name = string_of(b->f, str), any = true;
		else if (key_is(k, "tid", "thread_id", "thread id"))
			tid = num, any = true;
		else if (key_is(k, "pid", "process_id", "process id"))
			pid = num, any = true;
	}
	if (!any)
		return UINT32_MAX;
	/* named threads without a number stay apart by their name; kernel ids stay below 2^22 */
	if (!tid && *name)
		tid = (1u << 30) + profile_string(b->p, name);
	return profile_add_thread(b->p, (int32_t)pid, (int32_t)tid, name);
}

static int64_t value_at(const struct pprof_file *f, const struct pprof_sample *s, unsigned type)
{
	return type < s->n_values ? f->values.v[s->first_value + type] : 0;
}

/*
 * Raw samples behind one entry of a file that does not count them: a heap sampler takes one per
 * `period` bytes, contentions are counted themselves.
 */
static uint64_t guess_count(struct build *b, const int64_t *values)
{
	bool by_bytes =
		strcmp(value_unit_of(string_of(b->f, b->f->period_type.unit)).unit, "bytes") == 0;
	uint64_t most = 1;

	for (unsigned i = 0; i < b->p->n_types; i++) {
		const struct value_type *t = &b->p->types[i];
		uint64_t n = 0;

		if (values[i] > 0 && strcmp(t->name, "contentions") == 0)
			n = (uint64_t)values[i];
		else if (values[i] > 0 && by_bytes && b->f->period && strcmp(t->unit, "bytes") == 0)
			n = (uint64_t)values[i] / b->f->period;
		most = MAX(most, n);
	}
	return most;
}

static void add_sample(struct build *b, const struct pprof_sample *s)
{
	struct pprof_file *f = b->f;
	int64_t values[PROFILE_MAX_VALUES] = { 0 };
	uint32_t *thread = &b->thread[s->labels];
	uint64_t count;

	for (unsigned i = 0; i < b->p->n_types; i++) {
		int64_t v = value_at(f, s, b->source[i]);

		values[i] = b->count_scale > 0
			? (int64_t)MAX(MIN((double)v * b->count_scale, 9e18), -9e18)
			: value_scaled(v, b->unit[i]);
		if (v < 0)
			caveat_add(&b->p->caveats, &b->p->arena, "differences",
				"the file holds differences between two profiles: some values are "
				"negative");
	}
	if (b->raw >= 0) {
		int64_t n = value_at(f, s, (unsigned)b->raw);

		count = n > 0 ? (uint64_t)n : n < 0 ? (uint64_t) - (n + 1) + 1 : 0;
	} else {
		count = guess_count(b, values);
	}
	if (*thread == UINT32_MAX)
		*thread = profile_add_thread(b->p, 0, 0, "");
	profile_add_sample(b->p, b->stack[s->node], *thread, 0, count, values);
	b->p->quality.samples += count;
	const struct pprof_location *leaf = &f->locations.v[f->nodes.v[s->node].location];

	if (!leaf->n_lines)
		b->p->quality.unsymbolised += count;
}

static void set_quality(struct build *b)
{
	struct profile *p = b->p;
	struct pprof_file *f = b->f;
	struct value_unit u = value_unit_of(string_of(f, f->period_type.unit));

	p->quality.duration_ns = f->duration_ns;
	if (f->period && strcmp(u.unit, "nanoseconds") == 0) {
		p->period_ns = (uint64_t)value_scaled((int64_t)MIN(f->period, INT64_MAX), u);
		p->quality.wanted_hz = 1e9 / (double)p->period_ns;
	}
	if (b->raw < 0)
		caveat_add(&p->caveats, &p->arena, "raw-counts-unknown",
			"the file does not say how many samples its values come from; their number "
			"is estimated from its sampling rate");
	if (f->cut)
		caveat_add(&p->caveats, &p->arena, "file-cut-off",
			"the file ends too early; what was readable is shown");
}

static void build_done(struct build *b)
{
	free(b->frames);
	free(b->bare);
	free(b->hide);
	free(b->stack);
	free(b->state);
	free(b->thread);
}

int pprof_build(struct pprof_file *f, struct err *err)
{
	if (!f->samples.n)
		return f->cut
			? fail(err, EBADMSG, "the pprof file is cut off before its first sample")
			: fail(err, ENODATA, "the pprof file has no samples");
	if (!f->n_types || f->strings.n < 2)
		return fail(err, EBADMSG, "the pprof file is cut off before its names");
	/* numbers that were used but never defined */
	while (f->locations.n <= f->location_ids.n)
		*vec_push(&f->locations) = (struct pprof_location){ 0 };
	_cleanup_(build_done) struct build b = { .f = f,
		.p = f->profile,
		.frames = xcalloc(f->lines.n + 1, sizeof(uint32_t)),
		.bare = xcalloc(f->locations.n + 1, sizeof(uint32_t)),
		.stack = xcalloc(f->nodes.n, sizeof(uint32_t)),
		.state = xcalloc(f->nodes.n, 1),
		.thread = xcalloc(f->labels.n, sizeof(uint32_t)) };

	choose_types(&b);
	make_frames(&b);
	if (f->drop_frames && f->functions.n) {
		b.hide = xcalloc(f->functions.n, sizeof(*b.hide));
		if (!pprof_hidden(
			    f, string_of(f, f->drop_frames), string_of(f, f->keep_frames), b.hide))
			caveat_add(&b.p->caveats, &b.p->arena, "frames-not-dropped",
				"the file asks to hide functions by a pattern that perf-ops cannot "
				"read; they are shown");
	}
	for (size_t i = 1; i < f->nodes.n; i++)
		add_node(&b, i);
	b.thread[0] = UINT32_MAX;
	for (size_t i = 1; i < f->labels.n; i++)
		b.thread[i] = thread_of(&b, f->labels.v[i]);
	vec_foreach (s, &f->samples)
		add_sample(&b, s);
	set_quality(&b);
	return 0;
}
