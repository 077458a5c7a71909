/* SPDX-License-Identifier: MIT */
/*
 * Firefox Profiler files, processed format and Gecko format, as samply, CPython and Firefox write
 * them. Threads of one kind of value become threads of one profile.
 */
#include "parse/firefox_tables.h"
#include "parse/format.h"
#include "parse/import_frame.h"
#include "parse/sniff.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

enum { NEWEST_KNOWN = 70 };

/* One profile being built; the same tables are used by many threads. */
struct build {
	struct firefox_file *f;
	struct profile *p;
	const struct value_type *kind;
	bool cpu_time; /* values: 0 CPU time, 1 wall time; else only the first */
	const struct firefox_tables *memo_of;
	vec_of(uint32_t) memo; /* row of stackTable -> stack + 1 */
	uint64_t n_idle, n_bad, n_freed;
};

static struct span name_span(const struct firefox_file *f, uint32_t id)
{
	return span_str(strtab_get(&f->names, id));
}

/* The i-th string of the thread's or the shared list. */
static struct span string_at(
	const struct firefox_file *f, const struct firefox_tables *t, uint32_t i)
{
	const struct firefox_tables *from = t->strings.n ? t : &f->shared;

	return i < from->strings.n ? name_span(f, from->strings.v[i]) : (struct span){ 0 };
}

static struct span lib_at(const struct firefox_file *f, const struct firefox_tables *t, uint32_t i)
{
	const struct firefox_tables *from = t->libs.n ? t : &f->shared;

	return i < from->libs.n ? name_span(f, from->libs.v[i]) : (struct span){ 0 };
}

static struct span category_of(const struct firefox_file *f, const struct firefox_tables *t,
	uint32_t frame, bool *ret_idle)
{
	uint32_t c = firefox_index(t, FIREFOX_FRAME_CATEGORY, frame, f->categories.n);

	*ret_idle = c != UINT32_MAX && f->categories.v[c].idle;
	return c == UINT32_MAX ? (struct span){ 0 } : name_span(f, f->categories.v[c].name);
}

static void place_of_func(const struct firefox_file *f, const struct firefox_tables *t,
	uint32_t frame, struct import_place *at)
{
	uint32_t func = firefox_index(t, FIREFOX_FRAME_FUNC, frame, t->c[FIREFOX_FUNC_NAME].n), i;
	const struct firefox_tables *sources = t->c[FIREFOX_SOURCE_FILE].n ? t : &f->shared;

	if (func == UINT32_MAX)
		return;
	at->function = string_at(f, t, firefox_index(t, FIREFOX_FUNC_NAME, func, UINT32_MAX));
	i = firefox_index(t, FIREFOX_FUNC_SOURCE, func, sources->c[FIREFOX_SOURCE_FILE].n);
	if (i != UINT32_MAX)
		i = firefox_index(sources, FIREFOX_SOURCE_FILE, i, UINT32_MAX);
	else
		i = firefox_index(t, FIREFOX_FUNC_FILE, func, UINT32_MAX);
	at->file = string_at(f, t, i);
	if (func < t->c[FIREFOX_FUNC_LINE].n)
		at->decl_line = import_line(import_scaled(t->c[FIREFOX_FUNC_LINE].v[func], 1));
	i = firefox_index(t, FIREFOX_FUNC_RESOURCE, func, UINT32_MAX);
	if (i != UINT32_MAX)
		at->module = lib_at(f, t, firefox_index(t, FIREFOX_RESOURCE_LIB, i, UINT32_MAX));
	i = firefox_index(t, FIREFOX_FRAME_LIB, frame, UINT32_MAX);
	if (i != UINT32_MAX)
		at->module = lib_at(f, t, i);
}

/* The categories that perf-ops itself writes are kinds of frames. */
static uint8_t own_kind(struct span category)
{
	static const struct {
		const char *name;
		enum frame_kind kind;
	} kinds[] = { { "Application", FRAME_APP }, { "Library", FRAME_LIBRARY },
		{ "Runtime", FRAME_RUNTIME }, { "JIT", FRAME_JIT } };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (span_eq(category, kinds[i].name))
			return kinds[i].kind;
	return FRAME_UNKNOWN;
}

static uint32_t frame_of(struct build *b, const struct firefox_tables *t, uint32_t frame)
{
	struct import_place at = { 0 };
	bool idle;
	uint32_t location = firefox_index(t, FIREFOX_FRAME_LOCATION, frame, UINT32_MAX);

	place_of_func(b->f, t, frame, &at);
	if (location != UINT32_MAX)
		at = import_place_of(string_at(b->f, t, location));
	if (frame < t->c[FIREFOX_FRAME_LINE].n) {
		uint32_t line = import_line(import_scaled(t->c[FIREFOX_FRAME_LINE].v[frame], 1));

		at.line = line ? line : at.line;
	}
	uint32_t id = import_frame(b->p, &at);
	struct frame copy = b->p->frames.v[id];

	if (frame < t->c[FIREFOX_FRAME_DEPTH].n && t->c[FIREFOX_FRAME_DEPTH].v[frame] > 0)
		copy.inlined = true;
	struct span category = category_of(b->f, t, frame, &idle);

	if (span_eq(category, "Kernel"))
		copy.kind = FRAME_KERNEL;
	else if (span_eq(name_span(b->f, b->f->product), "perf-ops"))
		copy.kind = own_kind(category);
	return profile_add_frame(b->p, &copy);
}

/* Row of the parent, UINT32_MAX for a root; parents come first or the row is a root. */
static uint32_t parent_row(struct build *b, const struct firefox_tables *t, uint32_t row)
{
	uint32_t up;

	if (t->c[FIREFOX_STACK_OFFSET].n) {
		up = firefox_index(t, FIREFOX_STACK_OFFSET, row, (size_t)row + 1);
		return up == UINT32_MAX || up == 0 ? UINT32_MAX : row - up;
	}
	double v = row < t->c[FIREFOX_STACK_PREFIX].n ? t->c[FIREFOX_STACK_PREFIX].v[row] : NAN;

	up = firefox_index(t, FIREFOX_STACK_PREFIX, row, row);
	b->n_bad += up == UINT32_MAX && v >= 0;
	return up;
}

/* The stack of a row: known rows are reused, so that each row is built once. */
static uint32_t stack_of(struct build *b, const struct firefox_tables *t, uint32_t row)
{
	vec_of(uint32_t) path = { 0 };
	uint32_t stack = 0;

	if (b->memo_of != t) {
		vec_done(&b->memo);
		b->memo.v = xcalloc(t->c[FIREFOX_STACK_FRAME].n + 1, sizeof(uint32_t));
		b->memo.n = t->c[FIREFOX_STACK_FRAME].n;
		b->memo_of = t;
	}
	for (; row != UINT32_MAX && row < b->memo.n; row = parent_row(b, t, row)) {
		if (b->memo.v[row]) {
			stack = b->memo.v[row] - 1;
			break;
		}
		*vec_push(&path) = row;
	}
	for (size_t i = path.n; i-- > 0;) {
		uint32_t frame = firefox_index(t, FIREFOX_STACK_FRAME, path.v[i], UINT32_MAX);

		if (b->p->stacks.v[stack].depth < IMPORT_MAX_DEPTH)
			stack = profile_add_stack(b->p, stack, frame_of(b, t, frame));
		b->memo.v[path.v[i]] = stack + 1;
	}
	vec_done(&path);
	return stack;
}

static const struct firefox_tables *tables_of(
	const struct firefox_file *f, const struct firefox_thread *t)
{
	return t->own.c[FIREFOX_STACK_FRAME].n ? &t->own : &f->shared;
}

static double cell(const struct firefox_tables *t, enum firefox_column c, size_t row, double none)
{
	double v = row < t->c[c].n ? t->c[c].v[row] : NAN;

	return isnan(v) ? none : v;
}

static bool leaf_is_idle(struct build *b, const struct firefox_tables *t, uint32_t row)
{
	bool idle;

	category_of(b->f, t, firefox_index(t, FIREFOX_STACK_FRAME, row, UINT32_MAX), &idle);
	return idle;
}

/* Time of one sample in ns. */
static double sample_ns(const struct build *b, const struct firefox_thread *t, size_t i)
{
	double weight = cell(&t->own, FIREFOX_SAMPLE_WEIGHT, i, 1);

	return strcmp(t->weight_type, "tracing-ms") == 0 ? weight * 1e6
							 : weight * b->f->interval_ms * 1e6;
}

static void add_samples(struct build *b, struct firefox_thread *t, uint32_t thread)
{
	const struct firefox_tables *tables = tables_of(b->f, t);
	bool weighted = t->weight_type[0] && strcmp(t->weight_type, "samples") != 0;
	bool amount = strcmp(b->kind->unit, "nanoseconds") != 0; /* bytes or events */

	for (size_t i = 0; i < t->own.c[FIREFOX_SAMPLE_STACK].n; i++) {
		uint32_t row = firefox_index(
			&t->own, FIREFOX_SAMPLE_STACK, i, tables->c[FIREFOX_STACK_FRAME].n);
		double weight = cell(&t->own, FIREFOX_SAMPLE_WEIGHT, i, 1);
		int64_t v[2];

		if (row == UINT32_MAX) {
			b->n_bad += cell(&t->own, FIREFOX_SAMPLE_STACK, i, -1) >= 0;
			continue;
		}
		v[0] = v[1] =
			amount ? import_scaled(weight, 1) : import_scaled(sample_ns(b, t, i), 1);
		if (b->cpu_time)
			v[0] = import_scaled(
				cell(&t->own, FIREFOX_SAMPLE_CPU, i, 0), b->f->cpu_scale);
		else if (!amount && leaf_is_idle(b, tables, row)) {
			b->n_idle++;
			continue;
		}
		if (v[0] < 0 || v[1] < 0) {
			b->n_freed += amount;
			continue;
		}
		if (v[0] || v[1])
			profile_add_sample(b->p, stack_of(b, tables, row), thread, 0,
				weighted ? 1 : (uint64_t)import_scaled(weight, 1), v);
	}
}

static void add_allocations(struct build *b, struct firefox_thread *t, uint32_t thread,
	enum firefox_column stack, enum firefox_column weight)
{
	const struct firefox_tables *tables = tables_of(b->f, t);

	for (size_t i = 0; i < t->own.c[stack].n; i++) {
		uint32_t row = firefox_index(&t->own, stack, i, tables->c[FIREFOX_STACK_FRAME].n);
		int64_t v = import_scaled(cell(&t->own, weight, i, 0), 1);

		b->n_freed += v < 0;
		if (row != UINT32_MAX && v > 0)
			profile_add_sample(b->p, stack_of(b, tables, row), thread, 0, 1, &v);
	}
}

/* perf-ops writes the kind of value behind the thread's name: "main [off-cpu]". */
static const struct value_type own_types[] = { { "cpu", "nanoseconds" }, { "wall", "nanoseconds" },
	{ "off-cpu", "nanoseconds" }, { "lock", "nanoseconds" }, { "io", "nanoseconds" },
	{ "alloc_space", "bytes" }, { "inuse_space", "bytes" }, { "growth", "bytes" },
	{ "io_bytes", "bytes" }, { "peak_space", "bytes" }, { "samples", "count" },
	{ "alloc_objects", "count" }, { "inuse_objects", "count" }, { "contentions", "count" },
	{ "io_calls", "count" }, { "faults", "count" }, { "instructions", "count" } };

static const struct value_type *type_in_name(
	const struct firefox_file *f, const struct firefox_thread *t)
{
	struct span name = name_span(f, t->name);

	for (size_t i = 0; i < ARRAY_LEN(own_types); i++) {
		size_t n = strlen(own_types[i].name) + 3;

		if (name.n >= n && name.p[name.n - 1] == ']' &&
			memcmp(name.p + name.n - n, " [", 2) == 0 &&
			memcmp(name.p + name.n - n + 2, own_types[i].name, n - 3) == 0)
			return &own_types[i];
	}
	return NULL;
}

static const struct value_type sampled_time = { "", "nanoseconds" };
static const struct value_type allocated = { "alloc_space", "bytes" };

static const struct value_type *kind_of(
	const struct firefox_file *f, const struct firefox_thread *t)
{
	const struct value_type *type = type_in_name(f, t);

	return type ? type : strcmp(t->weight_type, "bytes") == 0 ? &allocated : &sampled_time;
}

static bool has_cpu_time(const struct firefox_file *f)
{
	bool any = false;

	vec_foreach (t, &f->threads)
		if (kind_of(f, *t) == &sampled_time)
			vec_foreach (v, &(*t)->own.c[FIREFOX_SAMPLE_CPU])
				any |= *v > 0;
	return any && f->cpu_scale > 0;
}

static uint32_t thread_id(struct build *b, const struct firefox_thread *t, size_t number)
{
	struct span name = name_span(b->f, t->name);
	const struct value_type *type = type_in_name(b->f, t);
	int32_t pid = t->pid > 0 && t->pid <= INT32_MAX ? (int32_t)t->pid : 0;
	int32_t tid = t->tid > 0 && t->tid <= INT32_MAX ? (int32_t)t->tid : (int32_t)number + 1;

	if (type)
		name = span_sub(name, 0, name.n - strlen(type->name) - 3);
	return profile_add_thread(
		b->p, pid, tid, name.n ? arena_strndup(&b->p->arena, name.p, name.n) : "");
}

static void note(struct build *b)
{
	struct profile *p = b->p;

	p->quality.samples = profile_total_count(p);
	p->quality.n_threads = (uint32_t)p->threads.n;
	p->quality.rung = "Firefox Profiler file";
	if (b->n_idle)
		import_note(p, "idle-left-out", "%llu samples of idle threads are left out",
			(unsigned long long)b->n_idle);
	if (b->n_freed)
		import_note(p, "frees-left-out",
			"%llu entries that give memory back are left out: totals are what was "
			"asked for",
			(unsigned long long)b->n_freed);
	if (b->n_bad)
		import_note(p, "bad-indexes", "%llu entries point outside their table",
			(unsigned long long)b->n_bad);
	if (b->f->version > NEWEST_KNOWN)
		import_note(p, "newer-version",
			"the file has version %lld of the format; %d is the newest one known",
			(long long)b->f->version, NEWEST_KNOWN);
	if (b->f->j.truncated)
		import_note(
			p, "file-cut-off", "the file ends too early: what came before is shown");
}

/* The profile of all threads of one kind; dropped when it has no sample. */
static void build(struct firefox_file *f, const struct value_type *kind, bool allocations,
	struct profile_set *ret)
{
	struct build b = { .f = f, .p = profile_new(), .kind = kind };

	b.cpu_time = kind == &sampled_time && has_cpu_time(f);
	profile_add_type(b.p, kind->name[0] ? kind->name : "cpu", kind->unit);
	if (b.cpu_time)
		profile_add_type(b.p, "wall", "nanoseconds");
	if (kind == &sampled_time) {
		b.p->period_ns = (uint64_t)import_scaled(MAX(f->interval_ms, 0), 1e6);
		b.p->quality.wanted_hz = f->interval_ms > 0 ? 1e3 / f->interval_ms : 0;
	}
	for (size_t i = 0; i < f->threads.n; i++) {
		struct firefox_thread *t = f->threads.v[i];

		if (allocations) {
			uint32_t id = thread_id(&b, t, i);

			add_allocations(&b, t, id, FIREFOX_NATIVE_STACK, FIREFOX_NATIVE_WEIGHT);
			add_allocations(&b, t, id, FIREFOX_JS_STACK, FIREFOX_JS_WEIGHT);
		} else if (kind_of(f, t) == kind) {
			add_samples(&b, t, thread_id(&b, t, i));
		}
	}
	note(&b);
	vec_done(&b.memo);
	if (b.p->samples.n)
		profile_set_add(ret, b.p);
	else
		profile_free(b.p);
}

static void build_all(struct firefox_file *f, struct profile_set *ret)
{
	if (!(f->interval_ms > 0))
		f->interval_ms = 1;
	build(f, &sampled_time, false, ret);
	for (size_t i = 0; i < ARRAY_LEN(own_types); i++)
		build(f, &own_types[i], false, ret);
	build(f, &allocated, false, ret);
	build(f, &allocated, true, ret);
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct firefox_file f;
	struct err broken = { 0 };

	firefox_file_init(&f, in);
	firefox_file_read(&f);

	int r = json_stream_finish(&f.j, &broken);

	if (r == 0 || f.j.truncated)
		build_all(&f, ret);
	firefox_file_done(&f);
	if (ret->v.n)
		return 0;
	if (r < 0 && err)
		*err = broken;
	return r < 0 ? r : fail(err, ENODATA, "the Firefox profile has no sample with a stack");
}

static int detect(struct span head, const char *name)
{
	if (sniff_first(head) != '{')
		return 0;
	if (sniff_has(head, "\"preprocessedProfileVersion\""))
		return 95;
	if (sniff_has(head, "\"stackwalk\"") && sniff_has(head, "\"processType\""))
		return 85;
	return sniff_has(head, "\"stackTable\"") || sniff_has(head, "\"frameTable\"") ? 70 : 0;
}

const struct format firefox_format = {
	.id = "firefox",
	.title = "Firefox Profiler (processed and Gecko)",
	.detect = detect,
	.read = read_file,
};
