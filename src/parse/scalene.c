/* SPDX-License-Identifier: MIT */
/*
 * Scalene's JSON (plasma-umass/scalene scalene_json.py): per source line the percent of the elapsed
 * time spent in Python, in native code and in the system (where the clock went on but the CPU did
 * not work for the process), and megabytes allocated. Stacks are one function deep.
 */
#include "parse/format.h"
#include "parse/import_frame.h"
#include "parse/json_stream.h"
#include "parse/sniff.h"

#include <errno.h>

struct line {
	uint32_t file;             /* string id of `names` */
	uint32_t line, first_line; /* first_line: of the function around it */
	double python_pct, native_pct, system_pct, alloc_mb;
	int64_t allocations;
};

struct function {
	uint32_t file, line, name;
};

struct reader {
	struct json_stream j;
	struct strtab names;
	vec_of(struct line) lines;
	vec_of(struct function) functions;
	double elapsed_s;
	uint32_t program;
	bool memory;
};

static uint32_t name_of(struct reader *r, struct span s)
{
	return s.n ? strtab_addn(&r->names, s.p, s.n) : 0;
}

/* Lines and functions have the same members; "line" is the text of one, the name of the other. */
static void read_row(struct reader *r, uint32_t file, bool function)
{
	struct json_stream *j = &r->j;
	struct line l = { .file = file };
	uint32_t name = 0;
	struct span key, s;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "lineno"))
			l.line = import_line(json_take_i64(j, 0));
		else if (span_eq(key, "start_function_line"))
			l.first_line = import_line(json_take_i64(j, 0));
		else if (function && span_eq(key, "line") && json_take_string(j, &s))
			name = name_of(r, s);
		else if (span_eq(key, "n_cpu_percent_python"))
			l.python_pct = json_take_double(j, 0);
		else if (span_eq(key, "n_cpu_percent_c"))
			l.native_pct = json_take_double(j, 0);
		else if (span_eq(key, "n_sys_percent"))
			l.system_pct = json_take_double(j, 0);
		else if (span_eq(key, "n_malloc_mb"))
			l.alloc_mb = json_take_double(j, 0);
		else if (span_eq(key, "n_mallocs"))
			l.allocations = json_take_i64(j, 0);
	}
	if (j->error)
		return;
	if (function)
		*vec_push(&r->functions) = (struct function){ file, l.line, name };
	else if (l.python_pct > 0 || l.native_pct > 0 || l.system_pct > 0 || l.alloc_mb > 0)
		*vec_push(&r->lines) = l;
}

static void read_rows(struct reader *r, uint32_t file, bool functions)
{
	if (!json_enter_array(&r->j))
		return;
	while (json_next_element(&r->j)) {
		if (r->lines.n + r->functions.n >= IMPORT_MAX_ROWS)
			json_stream_stop(&r->j, -EFBIG, "there are too many lines");
		else
			read_row(r, file, functions);
	}
}

static void read_files(struct reader *r)
{
	struct json_stream *j = &r->j;
	struct span key;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		uint32_t file = name_of(r, key);

		if (!json_enter_object(j))
			continue;
		while (json_next_key(j, &key)) {
			if (span_eq(key, "lines"))
				read_rows(r, file, false);
			else if (span_eq(key, "functions"))
				read_rows(r, file, true);
		}
	}
}

static void read_top(struct reader *r)
{
	struct json_stream *j = &r->j;
	struct span key, s;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "files"))
			read_files(r);
		else if (span_eq(key, "elapsed_time_sec"))
			r->elapsed_s = json_take_double(j, 0);
		else if (span_eq(key, "memory"))
			r->memory = json_take_bool(j, false);
		else if (span_eq(key, "program") && json_take_string(j, &s))
			r->program = name_of(r, s);
	}
}

/* The frame of a line: named by the function that starts where the line's function does. */
static uint32_t frame_of(struct reader *r, struct profile *p, const struct line *l)
{
	const char *file = strtab_get(&r->names, l->file);
	struct import_place at = {
		.file = span_str(file), .line = l->line, .decl_line = l->first_line
	};

	vec_foreach (f, &r->functions)
		if (f->file == l->file && f->line == l->first_line)
			at.function = span_str(strtab_get(&r->names, f->name));
	if (!at.function.n)
		at.function = span_str("<module>");
	return import_frame(p, &at);
}

static uint32_t below(struct profile *p, uint32_t stack, const char *name)
{
	uint32_t frame = import_frame(p, &(struct import_place){ .function = span_str(name) });

	p->frames.v[frame].kind = FRAME_LIBRARY;
	return profile_add_stack(p, stack, frame);
}

static struct profile *start(struct reader *r, uint32_t *ret_thread)
{
	struct profile *p = profile_new();

	p->quality.rung = "Scalene file";
	p->quality.duration_ns = (uint64_t)MAX(import_scaled(r->elapsed_s, 1e9), 0);
	p->quality.n_threads = 1;
	p->language = "python";
	p->command = arena_strdup(&p->arena, strtab_get(&r->names, r->program));
	*ret_thread = profile_add_thread(p, 0, 0, "");
	import_note(
		p, "lines-only", "Scalene gives its figures by line: stacks are one function deep");
	if (r->j.truncated)
		import_note(
			p, "file-cut-off", "the file ends too early: what came before is shown");
	return p;
}

static void finish(struct profile *p, struct profile_set *ret)
{
	p->quality.samples = profile_total_count(p);
	if (p->samples.n)
		profile_set_add(ret, p);
	else
		profile_free(p);
}

static void build(struct reader *r, struct profile_set *ret)
{
	double ns = r->elapsed_s * 1e9 / 100;
	uint32_t thread;
	struct profile *time = start(r, &thread), *memory = start(r, &thread);

	profile_add_type(time, "cpu", "nanoseconds");
	profile_add_type(time, "off-cpu", "nanoseconds");
	profile_add_type(memory, "alloc_space", "bytes");
	profile_add_type(memory, "alloc_objects", "count");
	vec_foreach (l, &r->lines) {
		uint32_t stack = profile_add_stack(time, 0, frame_of(r, time, l));
		int64_t python[2] = { import_scaled(l->python_pct, ns), 0 };
		int64_t native[2] = { import_scaled(l->native_pct, ns), 0 };
		int64_t system[2] = { 0, import_scaled(l->system_pct, ns) };
		int64_t heap[2] = { import_scaled(l->alloc_mb, 1048576), MAX(l->allocations, 0) };

		if (python[0] > 0)
			profile_add_sample(time, stack, thread, 0, 1, python);
		if (native[0] > 0)
			profile_add_sample(
				time, below(time, stack, "[native code]"), thread, 0, 1, native);
		if (system[1] > 0)
			profile_add_sample(
				time, below(time, stack, "[system]"), thread, 0, 1, system);
		if (heap[0] > 0)
			profile_add_sample(memory,
				profile_add_stack(memory, 0, frame_of(r, memory, l)), thread, 0,
				(uint64_t)MAX(l->allocations, 1), heap);
	}
	finish(time, ret);
	finish(memory, ret);
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct reader r = { 0 };
	struct err broken = { 0 };

	strtab_init(&r.names);
	json_stream_init(&r.j, in);
	read_top(&r);

	int result = json_stream_finish(&r.j, &broken);

	if (result == 0 || r.j.truncated)
		build(&r, ret);
	json_stream_done(&r.j);
	strtab_done(&r.names);
	vec_done(&r.lines);
	vec_done(&r.functions);
	if (ret->v.n)
		return 0;
	if (result < 0 && err)
		*err = broken;
	return result < 0 ? result : fail(err, ENODATA, "the Scalene file has no line with a cost");
}

static int detect(struct span head, const char *name)
{
	if (sniff_first(head) != '{')
		return 0;
	if (sniff_has(head, "\"n_cpu_percent_python\""))
		return 95;
	return sniff_has(head, "\"alloc_samples\"") && sniff_has(head, "\"args\"") ? 85 : 0;
}

const struct format scalene_format = {
	.id = "scalene",
	.title = "Scalene JSON",
	.detect = detect,
	.read = read_file,
};
