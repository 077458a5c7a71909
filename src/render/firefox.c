/* SPDX-License-Identifier: MIT */
/*
 * Firefox Profiler's processed format, pinned to version 66 (firefox-devtools/profiler
 * docs-developer/CHANGELOG-formats.md and src/types/profile.ts): the site brings older versions up
 * to date, never down. Names are in the file, so that nothing has to be looked up. The model merges
 * equal samples: each row is a stack with its whole weight, one after the other.
 */
#include "base/alloc.h"
#include "base/json_writer.h"
#include "base/map.h"
#include "render/writer.h"

#include <stdio.h>
#include <stdlib.h>

enum { FORMAT_VERSION = 66, GECKO_VERSION = 31 };

/* By enum frame_kind. The first grey one is the default category. */
static const struct {
	const char *name, *color;
} categories[] = {
	[FRAME_APP] = { "Application", "green" },
	[FRAME_LIBRARY] = { "Library", "blue" },
	[FRAME_RUNTIME] = { "Runtime", "purple" },
	[FRAME_KERNEL] = { "Kernel", "orange" },
	[FRAME_JIT] = { "JIT", "yellow" },
	[FRAME_UNKNOWN] = { "Other", "grey" },
};

struct function {
	uint32_t name, file, module, line;
};

struct firefox {
	struct json j;
	const struct profile *p;
	vec_of(struct function) functions;
	uint32_t *function_of;               /* profile frame -> row of funcTable */
	vec_of(uint32_t) modules;            /* string ids; libs and resources have the same rows */
	vec_of(uint32_t) files;              /* string ids of sources */
	struct map_u64 module_row, file_row; /* string id -> row */
};

static uint32_t row_of(struct map_u64 *index, uint32_t id, size_t next, bool *ret_fresh)
{
	uint32_t *slot = map_u64_put(index, id, ret_fresh);

	if (*ret_fresh)
		*slot = (uint32_t)next;
	return *slot;
}

static void collect(struct firefox *w)
{
	struct map_u64 index = { 0 };

	for (size_t i = 0; i < w->p->frames.n; i++) {
		const struct frame *f = &w->p->frames.v[i];
		struct function fn = { f->function, f->file, f->module, f->decl_line };
		uint64_t h = hash_u64((uint64_t)fn.name << 32 | fn.file) ^
			hash_u64((uint64_t)fn.module << 32 | fn.line) * 3;
		bool fresh;

		for (;; h++) {
			uint32_t *slot = map_u64_put(&index, h, &fresh);

			if (fresh) {
				*slot = (uint32_t)w->functions.n;
				*vec_push(&w->functions) = fn;
			}
			w->function_of[i] = *slot;
			if (memcmp(&w->functions.v[*slot], &fn, sizeof(fn)) == 0)
				break;
		}
		if (f->module && (row_of(&w->module_row, f->module, w->modules.n, &fresh), fresh))
			*vec_push(&w->modules) = f->module;
		if (f->file && (row_of(&w->file_row, f->file, w->files.n, &fresh), fresh))
			*vec_push(&w->files) = f->file;
	}
	map_u64_done(&index);
}

/* A column that has the same cell in each of n rows: a number, or null. */
static void same(struct firefox *w, const char *name, size_t n, const int *v)
{
	json_begin_array(&w->j, name);
	for (size_t i = 0; i < n; i++) {
		if (v)
			json_put_int(&w->j, NULL, *v);
		else
			json_put_null(&w->j, NULL);
	}
	json_end_array(&w->j);
}

/* Row of an id in an index, null when it has none. */
static void put_row(struct firefox *w, const struct map_u64 *index, uint32_t id)
{
	const uint32_t *row = id ? map_u64_get(index, id) : NULL;

	if (row)
		json_put_uint(&w->j, NULL, *row);
	else
		json_put_null(&w->j, NULL);
}

static void put_line(struct firefox *w, uint32_t line)
{
	if (line)
		json_put_uint(&w->j, NULL, line);
	else
		json_put_null(&w->j, NULL);
}

static void end_table(struct firefox *w, size_t length)
{
	json_put_uint(&w->j, "length", length);
	json_end_object(&w->j);
}

static void stack_table(struct firefox *w)
{
	size_t n = w->p->stacks.n - 1;

	json_begin_object(&w->j, "stackTable");
	json_begin_array(&w->j, "frame");
	for (size_t i = 1; i <= n; i++)
		json_put_uint(&w->j, NULL, w->p->stacks.v[i].frame);
	json_end_array(&w->j);
	/* 0: a root; else how many rows back the caller is */
	json_begin_array(&w->j, "prefixOffset");
	for (size_t i = 1; i <= n; i++) {
		uint32_t parent = w->p->stacks.v[i].parent;

		json_put_uint(&w->j, NULL, parent ? i - parent : 0);
	}
	json_end_array(&w->j);
	end_table(w, n);
}

static void frame_table(struct firefox *w)
{
	size_t n = w->p->frames.n;
	static const int none = -1, zero = 0;

	json_begin_object(&w->j, "frameTable");
	same(w, "address", n, &none);
	json_begin_array(&w->j, "inlineDepth");
	vec_foreach (f, &w->p->frames)
		json_put_int(&w->j, NULL, f->inlined);
	json_end_array(&w->j);
	json_begin_array(&w->j, "category");
	vec_foreach (f, &w->p->frames)
		json_put_int(
			&w->j, NULL, f->kind < ARRAY_LEN(categories) ? f->kind : FRAME_UNKNOWN);
	json_end_array(&w->j);
	same(w, "subcategory", n, &zero);
	json_begin_array(&w->j, "func");
	for (size_t i = 0; i < n; i++)
		json_put_uint(&w->j, NULL, w->function_of[i]);
	json_end_array(&w->j);
	same(w, "nativeSymbol", n, NULL);
	same(w, "innerWindowID", n, &zero);
	json_begin_array(&w->j, "line");
	vec_foreach (f, &w->p->frames)
		put_line(w, f->line);
	json_end_array(&w->j);
	same(w, "column", n, NULL);
	same(w, "originalLocation", n, NULL);
	end_table(w, n);
}

static void func_table(struct firefox *w)
{
	size_t n = w->functions.n;

	json_begin_object(&w->j, "funcTable");
	json_begin_array(&w->j, "name");
	vec_foreach (f, &w->functions)
		json_put_uint(&w->j, NULL, f->name);
	json_end_array(&w->j);
	for (int i = 0; i < 2; i++) {
		json_begin_array(&w->j, i ? "relevantForJS" : "isJS");
		for (size_t k = 0; k < n; k++)
			json_put_bool(&w->j, NULL, false);
		json_end_array(&w->j);
	}
	json_begin_array(&w->j, "resource");
	vec_foreach (f, &w->functions) {
		const uint32_t *row = f->module ? map_u64_get(&w->module_row, f->module) : NULL;

		json_put_int(&w->j, NULL, row ? (int64_t)*row : -1);
	}
	json_end_array(&w->j);
	json_begin_array(&w->j, "source");
	vec_foreach (f, &w->functions)
		put_row(w, &w->file_row, f->file);
	json_end_array(&w->j);
	json_begin_array(&w->j, "lineNumber");
	vec_foreach (f, &w->functions)
		put_line(w, f->line);
	json_end_array(&w->j);
	same(w, "columnNumber", n, NULL);
	same(w, "originalLocation", n, NULL);
	end_table(w, n);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void resource_table(struct firefox *w)
{
	static const int library = 1;

	json_begin_object(&w->j, "resourceTable");
	json_begin_array(&w->j, "lib");
	for (size_t i = 0; i < w->modules.n; i++)
		json_put_uint(&w->j, NULL, i);
	json_end_array(&w->j);
	json_begin_array(&w->j, "name");
	vec_foreach (m, &w->modules)
		json_put_uint(&w->j, NULL, *m);
	json_end_array(&w->j);
	same(w, "host", w->modules.n, NULL);
	same(w, "type", w->modules.n, &library);
	end_table(w, w->modules.n);
}

/* Tables that this format wants and that have nothing to say here. */
static void empty_table(struct firefox *w, const char *name, const char *columns)
{
	struct span rest = span_str(columns), word;

	json_begin_object(&w->j, name);
	while (span_next_word(&rest, &word)) {
		char column[32];

		snprintf(column, sizeof(column), "%.*s", (int)word.n, (const char *)word.p);
		json_begin_array(&w->j, column);
		json_end_array(&w->j);
	}
	end_table(w, 0);
}

static void sources(struct firefox *w)
{
	static const int one = 1;
	size_t n = w->files.n;

	json_begin_object(&w->j, "sources");
	same(w, "id", n, NULL);
	json_begin_array(&w->j, "filename");
	vec_foreach (f, &w->files)
		json_put_uint(&w->j, NULL, *f);
	json_end_array(&w->j);
	same(w, "startLine", n, &one);
	same(w, "startColumn", n, &one);
	same(w, "sourceMapURL", n, NULL);
	same(w, "content", n, NULL);
	end_table(w, n);
}

static void shared(struct firefox *w)
{
	json_begin_object(&w->j, "shared");
	stack_table(w);
	frame_table(w);
	func_table(w);
	resource_table(w);
	empty_table(w, "nativeSymbols", "libIndex address name functionSize");
	sources(w);
	empty_table(w, "sourceLocationTable", "source line column");
	json_begin_array(&w->j, "stringArray");
	for (uint32_t i = 0; i < w->p->strings.n; i++)
		json_put_string(&w->j, NULL, profile_str(w->p, i));
	json_end_array(&w->j);
	json_end_object(&w->j);
}

static void libs(struct firefox *w)
{
	json_begin_array(&w->j, "libs");
	vec_foreach (m, &w->modules) {
		const char *path = profile_str(w->p, *m), *name = base_name(path);

		json_begin_object(&w->j, NULL);
		json_put_string(&w->j, "arch", "");
		json_put_string(&w->j, "name", name);
		json_put_string(&w->j, "path", path);
		json_put_string(&w->j, "debugName", name);
		json_put_string(&w->j, "debugPath", path);
		json_put_string(&w->j, "breakpadId", "");
		json_put_null(&w->j, "codeId");
		json_end_object(&w->j);
	}
	json_end_array(&w->j);
}

static void meta(struct firefox *w, const struct writer_opts *opts)
{
	struct json *j = &w->j;

	json_begin_object(j, "meta");
	json_put_int(j, "version", GECKO_VERSION);
	json_put_int(j, "preprocessedProfileVersion", FORMAT_VERSION);
	json_put_string(j, "product", "perf-ops");
	json_put_string(j, "importedFrom", w->p->command);
	json_put_double(j, "interval", w->p->period_ns ? (double)w->p->period_ns / 1e6 : 1, 6);
	json_put_double(j, "startTime", (double)opts->time_ns / 1e6, 6);
	json_put_int(j, "processType", 0);
	json_put_int(j, "stackwalk", 1);
	json_put_bool(j, "debug", false);
	json_put_bool(j, "symbolicated", true);
	json_put_bool(j, "symbolicationNotSupported", true);
	json_put_bool(j, "usesOnlyOneStackType", true);
	json_put_bool(j, "sourceCodeIsNotOnSearchfox", true);
	json_put_bool(j, "keepProfileThreadOrder", true);
	json_begin_array(j, "markerSchema");
	json_end_array(j);
	json_begin_array(j, "categories");
	for (size_t i = 0; i < ARRAY_LEN(categories); i++) {
		json_begin_object(j, NULL);
		json_put_string(j, "name", categories[i].name);
		json_put_string(j, "color", categories[i].color);
		json_begin_array(j, "subcategories");
		json_put_string(j, NULL, "Other");
		json_end_array(j);
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
}

static bool is_time(const struct value_type *t)
{
	return strcmp(t->unit, "nanoseconds") == 0;
}

/* Weights of time are milliseconds, six digits behind the point: exact nanoseconds. */
static void put_weight(struct firefox *w, const struct value_type *t, int64_t v)
{
	if (!is_time(t)) {
		json_put_int(&w->j, NULL, v);
		return;
	}
	if (v < INT64_C(1) << 52) {
		json_put_double(&w->j, NULL, (double)v / 1e6, 6);
		return;
	}
	json_put_int(&w->j, NULL, v / 1000000);
}

static bool shown(const struct profile_sample *s, uint32_t thread, unsigned type)
{
	return s->thread == thread && s->value[type] > 0 && s->stack;
}

static void samples(struct firefox *w, uint32_t thread, unsigned type)
{
	const struct value_type *t = &w->p->types[type];
	struct json *j = &w->j;
	double at = 0;
	size_t n = 0;

	json_begin_object(j, "samples");
	json_put_string(j, "weightType",
		is_time(t)                              ? "tracing-ms"
			: strcmp(t->unit, "bytes") == 0 ? "bytes"
							: "samples");
	json_begin_array(j, "stack");
	vec_foreach (s, &w->p->samples)
		if (shown(s, thread, type))
			json_put_uint(j, NULL, s->stack - 1);
	json_end_array(j);
	json_begin_array(j, "weight");
	vec_foreach (s, &w->p->samples)
		if (shown(s, thread, type))
			put_weight(w, t, s->value[type]);
	json_end_array(j);
	json_begin_array(j, "time");
	vec_foreach (s, &w->p->samples) {
		if (!shown(s, thread, type))
			continue;
		json_put_double(j, NULL, at, 6);
		at += is_time(t) ? (double)s->value[type] / 1e6 : 1;
		n++;
	}
	json_end_array(j);
	end_table(w, n);
}

static void thread(struct firefox *w, uint32_t index, unsigned type, bool first)
{
	const struct profile_thread *t = &w->p->threads.v[index];
	const char *name = profile_str(w->p, t->name), *kind = w->p->types[type].name;
	struct json *j = &w->j;
	bool plain = strcmp(kind, "cpu") == 0;
	char *full = xasprintf("%s%s%s%s", *name ? name : "thread", plain ? "" : " [",
		plain ? "" : kind, plain ? "" : "]");

	json_begin_object(j, NULL);
	json_put_string(j, "name", full);
	json_put_string(j, "processType", "default");
	json_put_string(j, "processName", w->p->command);
	json_put_bool(j, "isMainThread", first);
	json_put_int(j, "processStartupTime", 0);
	json_put_null(j, "processShutdownTime");
	json_put_int(j, "registerTime", 0);
	json_put_null(j, "unregisterTime");
	json_begin_array(j, "pausedRanges");
	json_end_array(j);
	free(full);
	full = xasprintf("%d", t->pid);
	json_put_string(j, "pid", full);
	free(full);
	json_put_int(j, "tid", t->tid);
	samples(w, index, type);
	empty_table(w, "markers", "data name startTime endTime phase category");
	json_end_object(j);
}

static void threads(struct firefox *w)
{
	bool first = true;

	json_begin_array(&w->j, "threads");
	for (unsigned type = 0; type < w->p->n_types; type++)
		for (uint32_t t = 0; t < w->p->threads.n; t++) {
			bool any = false;

			vec_foreach (s, &w->p->samples)
				any |= shown(s, t, type);
			if (!any)
				continue;
			thread(w, t, type, first);
			first = false;
		}
	json_end_array(&w->j);
}

static int write_profile(
	struct sink *out, const struct profile *p, const struct writer_opts *opts, struct err *err)
{
	struct firefox w = { .p = p,
		.function_of = xcalloc(p->frames.n + 1, sizeof(*w.function_of)) };

	collect(&w);
	json_init(&w.j, out, false);
	json_begin_object(&w.j, NULL);
	meta(&w, opts);
	libs(&w);
	shared(&w);
	threads(&w);
	json_begin_array(&w.j, "pages");
	json_end_array(&w.j);
	json_begin_array(&w.j, "counters");
	json_end_array(&w.j);
	json_end_object(&w.j);
	sink_putc(out, '\n');
	free(w.function_of);
	vec_done(&w.functions);
	vec_done(&w.modules);
	vec_done(&w.files);
	map_u64_done(&w.module_row);
	map_u64_done(&w.file_row);
	return 0;
}

const struct writer firefox_writer = {
	.id = "firefox",
	.title = "Firefox Profiler (processed, version 66)",
	.extensions = ".firefox.json .firefox",
	.write = write_profile,
};
