/* SPDX-License-Identifier: MIT */
/* Firefox Profiler files to columns. */
#include "parse/firefox_tables.h"

#include "parse/import_frame.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

enum {
	MAX_THREADS = 100000,
	MAX_SCHEMA = 32,
	MAX_PROCESS_DEPTH = 8,
};

static const struct {
	const char *table, *column;
} columns[] = {
#define X(id, table, column) { table, column },
	FIREFOX_COLUMNS(X)
#undef X
};

static int column_of(const char *table, struct span key)
{
	for (int i = 0; i < FIREFOX_N_COLUMNS; i++)
		if (strcmp(columns[i].table, table) == 0 && span_eq(key, columns[i].column))
			return i;
	return -1;
}

static const char *table_of(struct span key)
{
	for (int i = 0; i < FIREFOX_N_COLUMNS; i++)
		if (span_eq(key, columns[i].table))
			return columns[i].table;
	return NULL;
}

static uint32_t take_name(struct firefox_file *f)
{
	struct span s;

	return json_take_string(&f->j, &s) && s.n ? strtab_addn(&f->names, s.p, s.n) : 0;
}

/* Process and thread ids are numbers or, in newer versions, strings. */
static int64_t take_id(struct json_stream *j)
{
	uint64_t v;
	struct span s;

	if (json_kind_next(j) != JSON_KIND_STRING)
		return json_take_i64(j, 0);
	return json_take_string(j, &s) && span_parse_u64(s, &v) && v < INT32_MAX ? (int64_t)v : 0;
}

static double take_cell(struct json_stream *j)
{
	if (json_kind_next(j) == JSON_KIND_BOOL)
		return json_take_bool(j, false);
	return json_take_double(j, NAN);
}

static void push_cell(struct firefox_file *f, struct firefox_tables *t, int c, double v)
{
	if (t->c[c].n == IMPORT_MAX_ROWS)
		json_stream_stop(&f->j, -EFBIG, "a table has too many rows");
	else if (!f->j.error)
		*vec_push(&t->c[c]) = v;
}

static void read_strings(struct firefox_file *f, struct firefox_tables *t)
{
	if (!json_enter_array(&f->j))
		return;
	while (json_next_element(&f->j))
		*vec_push(&t->strings) = take_name(f);
}

static void read_libs(struct firefox_file *f, struct firefox_tables *t)
{
	struct span key;

	if (!json_enter_array(&f->j))
		return;
	while (json_next_element(&f->j)) {
		uint32_t name = 0, path = 0;

		if (json_enter_object(&f->j))
			while (json_next_key(&f->j, &key)) {
				if (span_eq(key, "path"))
					path = take_name(f);
				else if (span_eq(key, "name"))
					name = take_name(f);
			}
		*vec_push(&t->libs) = path ? path : name;
	}
}

/* Gecko: {"schema": {"prefix": 0, "frame": 1}, "data": [[null, 0], [0, 1]]} */
static void read_schema(struct json_stream *j, const char *table, int *schema)
{
	struct span key;

	for (int i = 0; i < MAX_SCHEMA; i++)
		schema[i] = -1;
	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		int c = column_of(table, key);
		int64_t at = json_take_i64(j, -1);

		if (at >= 0 && at < MAX_SCHEMA)
			schema[at] = c;
	}
}

static void read_rows(struct firefox_file *f, struct firefox_tables *t, const int *schema)
{
	struct json_stream *j = &f->j;

	if (!json_enter_array(j))
		return;
	while (json_next_element(j)) {
		int at = 0;

		if (!json_enter_array(j))
			continue;
		for (; json_next_element(j); at++)
			if (at < MAX_SCHEMA && schema[at] >= 0)
				push_cell(f, t, schema[at], take_cell(j));
		/* rows may leave out what comes last */
		for (; at < MAX_SCHEMA && !j->error; at++)
			if (schema[at] >= 0)
				push_cell(f, t, schema[at], NAN);
	}
}

static void read_table(struct firefox_file *f, struct firefox_tables *t, const char *table,
	struct firefox_thread *thread)
{
	struct json_stream *j = &f->j;
	int schema[MAX_SCHEMA];
	bool rows = false;
	struct span key, s;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		int c = column_of(table, key);

		if (span_eq(key, "schema")) {
			read_schema(j, table, schema);
			rows = true;
		} else if (span_eq(key, "data") && rows) {
			read_rows(f, t, schema);
		} else if (thread && span_eq(key, "weightType") && strcmp(table, "samples") == 0) {
			if (json_take_string(j, &s))
				snprintf(thread->weight_type, sizeof(thread->weight_type), "%.*s",
					(int)MIN(s.n, 15u), s.n ? (const char *)s.p : "");
		} else if (c >= 0 && json_enter_array(j)) {
			while (json_next_element(j))
				push_cell(f, t, c, take_cell(j));
		}
	}
}

/* Tables, strings and libraries, wherever they stand. */
static bool read_common(struct firefox_file *f, struct firefox_tables *t, struct span key,
	struct firefox_thread *thread)
{
	const char *table = table_of(key);

	if (span_eq(key, "stringArray") || span_eq(key, "stringTable"))
		read_strings(f, t);
	else if (span_eq(key, "libs"))
		read_libs(f, t);
	else if (table)
		read_table(f, t, table, thread);
	else
		return false;
	return true;
}

static void read_thread(struct firefox_file *f)
{
	struct json_stream *j = &f->j;
	struct span key;

	if (f->threads.n == MAX_THREADS) {
		json_stream_stop(j, -EFBIG, "there are too many threads");
		return;
	}
	if (!json_enter_object(j))
		return;

	struct firefox_thread *t = xcalloc(1, sizeof(*t));

	*vec_push(&f->threads) = t;
	while (json_next_key(j, &key)) {
		if (read_common(f, &t->own, key, t))
			continue;
		if (span_eq(key, "name"))
			t->name = take_name(f);
		else if (span_eq(key, "processName"))
			t->process = take_name(f);
		else if (span_eq(key, "pid"))
			t->pid = take_id(j);
		else if (span_eq(key, "tid"))
			t->tid = take_id(j);
	}
}

static void read_categories(struct firefox_file *f)
{
	struct json_stream *j = &f->j;
	struct span key, s;

	if (!json_enter_array(j))
		return;
	while (json_next_element(j)) {
		struct firefox_category c = { 0 };

		if (json_enter_object(j))
			while (json_next_key(j, &key)) {
				if (span_eq(key, "name"))
					c.name = take_name(f);
				else if (span_eq(key, "color") && json_take_string(j, &s))
					c.idle = span_eq(s, "transparent");
			}
		*vec_push(&f->categories) = c;
	}
}

static void read_meta(struct firefox_file *f)
{
	struct json_stream *j = &f->j;
	struct span key, s;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "interval"))
			f->interval_ms = json_take_double(j, 0);
		else if (span_eq(key, "preprocessedProfileVersion"))
			f->version = json_take_i64(j, 0);
		else if (span_eq(key, "product"))
			f->product = take_name(f);
		else if (span_eq(key, "categories") && !f->categories.n)
			read_categories(f);
		else if (span_eq(key, "sampleUnits") && json_enter_object(j))
			while (json_next_key(j, &key))
				if (span_eq(key, "threadCPUDelta") && json_take_string(j, &s))
					f->cpu_scale = span_eq(s, "ns")   ? 1
						: span_eq(s, "\xc2\xb5s") ? 1e3
									  : 0;
	}
}

/* A profile; in the Gecko format, one per process inside each other. */
static void read_profile(struct firefox_file *f, int depth)
{
	struct json_stream *j = &f->j;
	struct span key;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "meta")) {
			read_meta(f);
		} else if (span_eq(key, "shared") && json_enter_object(j)) {
			while (json_next_key(j, &key))
				read_common(f, &f->shared, key, NULL);
		} else if (span_eq(key, "libs")) {
			read_libs(f, &f->shared);
		} else if (span_eq(key, "threads") && json_enter_array(j)) {
			while (json_next_element(j))
				read_thread(f);
		} else if (span_eq(key, "profile") && depth == 0) {
			read_profile(f, depth + 1);
		} else if (span_eq(key, "processes") && depth < MAX_PROCESS_DEPTH &&
			json_enter_array(j)) {
			while (json_next_element(j))
				read_profile(f, depth + 1);
		}
	}
}

void firefox_file_read(struct firefox_file *f)
{
	read_profile(f, 0);
}

void firefox_file_init(struct firefox_file *f, struct byte_stream *in)
{
	*f = (struct firefox_file){ 0 };
	strtab_init(&f->names);
	json_stream_init(&f->j, in);
}

static void tables_done(struct firefox_tables *t)
{
	for (int i = 0; i < FIREFOX_N_COLUMNS; i++)
		vec_done(&t->c[i]);
	vec_done(&t->strings);
	vec_done(&t->libs);
}

void firefox_file_done(struct firefox_file *f)
{
	vec_foreach (t, &f->threads) {
		tables_done(&(*t)->own);
		free(*t);
	}
	vec_done(&f->threads);
	vec_done(&f->categories);
	tables_done(&f->shared);
	strtab_done(&f->names);
	json_stream_done(&f->j);
}

uint32_t firefox_index(const struct firefox_tables *t, enum firefox_column c, size_t row, size_t n)
{
	double v = row < t->c[c].n ? t->c[c].v[row] : NAN;

	return v >= 0 && v < (double)n ? (uint32_t)v : UINT32_MAX;
}
