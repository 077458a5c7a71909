/* SPDX-License-Identifier: MIT */
/* Knowledge files to records, through libcyaml. */
#include "knowledge/loader.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/vec.h"
#include "knowledge/scan.h"
#include "knowledge/schema.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FOLDER_DEPTH = 16 };

/* ---- one file ---------------------------------------------------------------------------- */

static void __attribute__((format(printf, 3, 0)))
collect_log(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct buf *b = ctx;
	char line[512];

	vsnprintf(line, sizeof(line), fmt, args);
	buf_puts(b, line);
}

/*
 * libcyaml's log to one sentence. The scan has found most errors before; what is left comes as
 * "Load: Missing required mapping field: id\nLoad: Backtrace:\n  in ... (line: 3, column: 5)...".
 */
static int report_cyaml(const char *log, cyaml_err_t code, const char *name, struct err *err)
{
	struct span rest = span_str(log), line;
	char what[256] = "";
	unsigned at = 1;

	while (span_next_line(&rest, &line)) {
		const char *pos = memmem(line.p, line.n, "(line: ", 7);
		bool entry = memmem(line.p, line.n, "sequence entry", 14) != NULL;

		if (!what[0] && span_starts(line, "Load: ") &&
			!span_starts(line, "Load: Backtrace"))
			snprintf(what, sizeof(what), "%.*s", (int)line.n - 6,
				(const char *)line.p + 6);
		if (pos && (at == 1 || entry)) {
			at = (unsigned)strtoul(pos + 7, NULL, 10);
			if (entry)
				break;
		}
	}
	static const char missing[] = "Missing required mapping field: ";

	if (strncmp(what, missing, sizeof(missing) - 1) == 0)
		return fail(err, EINVAL, "%s:%u: missing key '%s'", name, at,
			what + sizeof(missing) - 1);
	return fail(err, EINVAL, "%s:%u: %s", name, at, what[0] ? what : cyaml_strerror(code));
}

static void copy_mapping(
	const cyaml_schema_value_t *v, const char *src, char *dst, struct arena *a);

static const char *copy_text(const char *src, struct arena *a)
{
	return src && *src ? arena_strdup(a, src) : "";
}

static void copy_list(const cyaml_schema_field_t *f, const char *src, char *dst, struct arena *a)
{
	const cyaml_schema_value_t *entry = f->value.sequence.entry;
	const char *from;
	size_t n;

	memcpy(&from, src + f->data_offset, sizeof(from));
	memcpy(&n, src + f->count_offset, sizeof(n));
	memcpy(dst + f->count_offset, &n, sizeof(n));
	if (!from || n == 0)
		return;
	size_t size = entry->type == CYAML_STRING ? sizeof(char *) : entry->data_size;
	char *to = arena_array(a, n, size);

	memcpy(dst + f->data_offset, &to, sizeof(to));
	for (size_t i = 0; i < n; i++) {
		if (entry->type == CYAML_STRING) {
			const char *s = copy_text(k_text(from, i * size), a);

			memcpy(to + i * size, &s, sizeof(s));
		} else {
			copy_mapping(entry, from + i * size, to + i * size, a);
		}
	}
}

/* libcyaml's heap tree to the arena; what was left out becomes "" or an empty list. */
static void copy_mapping(const cyaml_schema_value_t *v, const char *src, char *dst, struct arena *a)
{
	for (const cyaml_schema_field_t *f = v->mapping.fields; f->key; f++) {
		if (f->value.type == CYAML_SEQUENCE) {
			copy_list(f, src, dst, a);
		} else if (f->value.type == CYAML_STRING) {
			const char *s = copy_text(k_text(src, f->data_offset), a);

			memcpy(dst + f->data_offset, &s, sizeof(s));
		} else {
			memcpy(dst + f->data_offset, src + f->data_offset, f->value.data_size);
		}
	}
}

static void set_origins(
	const struct knowledge *k, const struct k_scan *scan, const char *name, struct arena *a)
{
	for (size_t kind = 0; kind < K_KIND_COUNT; kind++) {
		const struct k_kind *kk = &k_kinds[kind];
		char *list;

		memcpy(&list, (const char *)k + kk->list_offset, sizeof(list));
		for (size_t i = 0; i < k_count(k, kk); i++) {
			unsigned line = i < scan->n[kind] ? scan->lines[kind][i] : 1;
			const char *origin = arena_printf(a, "%s:%u", name, line);

			memcpy(list + i * kk->size + kk->origin_offset, &origin, sizeof(origin));
		}
	}
}

int knowledge_load_text(
	struct span text, const char *name, struct arena *a, struct knowledge *ret, struct err *err)
{
	if (text.n > K_MAX_FILE_BYTES)
		return fail(err, EFBIG, "%s:1: larger than %d MiB", name, K_MAX_FILE_BYTES >> 20);
	struct k_scan scan;
	int r = k_scan_text(text, name, &scan, err);

	if (r < 0)
		return r;
	struct buf log;

	buf_init(&log, 4096);
	cyaml_config_t config = {
		.log_fn = collect_log,
		.log_ctx = &log,
		.log_level = CYAML_LOG_ERROR,
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	cyaml_data_t *loaded = NULL;
	cyaml_err_t e = CYAML_OK;

	if (text.n)
		e = cyaml_load_data(text.p, text.n, &config, &k_file_schema, &loaded, NULL);
	if (e != CYAML_OK) {
		r = report_cyaml(buf_cstr(&log), e, name, err);
	} else {
		struct knowledge k = { 0 };

		if (loaded) /* NULL for an empty file or one of comments only */
			copy_mapping(&k_file_schema, loaded, (char *)&k, a);
		set_origins(&k, &scan, name, a);
		*ret = k;
	}
	cyaml_free(&config, &k_file_schema, loaded, 0);
	buf_done(&log);
	k_scan_done(&scan);
	return r;
}

/* ---- several files ----------------------------------------------------------------------- */

static void concatenate(
	const struct knowledge *parts, size_t n, struct arena *a, struct knowledge *ret)
{
	for (size_t kind = 0; kind < K_KIND_COUNT; kind++) {
		const struct k_kind *kk = &k_kinds[kind];
		size_t total = 0, at = 0;

		for (size_t i = 0; i < n; i++)
			total += k_count(&parts[i], kk);
		if (!total)
			continue;
		char *all = arena_array(a, total, kk->size);

		for (size_t i = 0; i < n; i++) {
			size_t count = k_count(&parts[i], kk);

			if (count)
				memcpy(all + at * kk->size, k_list(&parts[i], kk),
					count * kk->size);
			at += count;
		}
		memcpy((char *)ret + kk->list_offset, &all, sizeof(all));
		memcpy((char *)ret + kk->count_offset, &total, sizeof(total));
	}
}

int knowledge_load_files(const char *const *paths, const char *const *names, size_t n,
	struct arena *a, struct knowledge *ret, struct err *err)
{
	struct knowledge *parts = xcalloc(n ? n : 1, sizeof(*parts));
	struct buf text;
	int r = 0;

	buf_init(&text, K_MAX_FILE_BYTES + 1);
	for (size_t i = 0; i < n && r == 0; i++) {
		buf_clear(&text);
		r = file_read(paths[i], K_MAX_FILE_BYTES, &text, err);
		if (r == 0)
			r = knowledge_load_text(buf_span(&text), names[i], a, &parts[i], err);
	}
	if (r == 0) {
		*ret = (struct knowledge){ 0 };
		concatenate(parts, n, a, ret);
	}
	buf_done(&text);
	free(parts);
	return r;
}

struct paths {
	char **v;
	size_t n, cap;
};

static bool is_yaml(const char *path)
{
	return strcmp(path_ext(path), "yaml") == 0 || strcmp(path_ext(path), "yml") == 0;
}

static int find_files(
	const char *dir, int depth, struct arena *a, struct paths *out, struct err *err)
{
	_cleanup_(dir_closep) DIR *d = opendir(dir);

	if (!d)
		return fail(err, errno, "cannot open the knowledge folder '%s': %m", dir);
	if (depth > MAX_FOLDER_DEPTH)
		return fail(err, ELOOP, "knowledge folder '%s' is nested too deeply", dir);
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		char *path = path_join(a, dir, e->d_name);
		int r = 0;

		if (path_is_dir(path))
			r = find_files(path, depth + 1, a, out, err);
		else if (is_yaml(path) && out->n >= K_MAX_FILES)
			r = fail(err, E2BIG, "more than %d knowledge files below '%s'", K_MAX_FILES,
				dir);
		else if (is_yaml(path))
			*vec_push(out) = path;
		if (r < 0)
			return r;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int knowledge_load_dir(const char *dir, struct arena *a, struct knowledge *ret, struct err *err)
{
	struct paths files = { 0 };
	int r = find_files(dir, 0, a, &files, err);

	if (r == 0) {
		if (files.n)
			qsort(files.v, files.n, sizeof(*files.v), by_path);
		const char *const *v = (const char *const *)files.v;

		r = knowledge_load_files(v, v, files.n, a, ret, err);
	}
	vec_done(&files);
	return r;
}
