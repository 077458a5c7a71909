/* SPDX-License-Identifier: MIT */
/*
 * DHAT's JSON, from valgrind and from dhat-rs (valgrind dhat/dh_main.c, version 2): "pps" are
 * allocation sites whose stacks are leaf first and point into "ftbl", which comes last.
 */
#include "parse/format.h"
#include "parse/import_frame.h"
#include "parse/json_stream.h"
#include "parse/sniff.h"
#include "parse/stack_tree.h"

#include <errno.h>
#include <stdio.h>

/* Bytes and blocks: all, at the peak ("t-gmax"), at the end. */
enum {
	ALLOC_SPACE,
	ALLOC_OBJECTS,
	PEAK_SPACE,
	INUSE_SPACE,
	INUSE_OBJECTS,
	N_VALUES,
};

static const struct {
	const char *key, *name, *unit;
} values[N_VALUES] = {
	[ALLOC_SPACE] = { "tb", "alloc_space", "bytes" },
	[ALLOC_OBJECTS] = { "tbk", "alloc_objects", "count" },
	[PEAK_SPACE] = { "gb", "peak_space", "bytes" },
	[INUSE_SPACE] = { "eb", "inuse_space", "bytes" },
	[INUSE_OBJECTS] = { "ebk", "inuse_objects", "count" },
};

struct reader {
	struct json_stream j;
	struct profile *p;
	struct stack_tree tree;
	vec_of(uint32_t) frames;
	bool has_end;
	char mode[32];
	char unit[32]; /* of ad hoc events */
};

static void read_frames(struct reader *r)
{
	struct import_place at;
	struct span s;

	if (!json_enter_array(&r->j))
		return;
	while (json_next_element(&r->j)) {
		if (r->frames.n == IMPORT_MAX_ROWS) {
			json_stream_stop(&r->j, -EFBIG, "there are too many frames");
			return;
		}
		s = (struct span){ 0 };
		json_take_string(&r->j, &s);
		at = import_place_of(s);
		if (!r->j.error)
			*vec_push(&r->frames) = import_frame(r->p, &at);
	}
}

static void read_site(struct reader *r)
{
	int64_t v[N_VALUES] = { 0 };
	vec_of(uint32_t) path = { 0 };
	uint32_t node = 0;
	struct span key;

	if (!json_enter_object(&r->j))
		return;
	while (json_next_key(&r->j, &key)) {
		if (span_eq(key, "fs") && json_enter_array(&r->j)) {
			while (json_next_element(&r->j)) {
				int64_t frame = json_take_i64(&r->j, UINT32_MAX);

				if (path.n < IMPORT_MAX_DEPTH)
					*vec_push(&path) = (uint32_t)MIN(
						(uint64_t)frame, (uint64_t)UINT32_MAX);
			}
			continue;
		}
		for (int i = 0; i < N_VALUES; i++)
			if (span_eq(key, values[i].key)) {
				v[i] = json_take_i64(&r->j, 0);
				v[i] = MAX(v[i], 0);
				r->has_end |= i == INUSE_SPACE;
				break;
			}
	}
	for (size_t i = path.n; i-- > 0;)
		node = stack_tree_child(&r->tree, node, path.v[i]);
	vec_done(&path);
	if (r->j.error)
		return;
	stack_tree_add(&r->tree, node, (uint64_t)MAX(v[ALLOC_OBJECTS], 1), v, N_VALUES);
}

static void take_text(struct json_stream *j, char *to, size_t size)
{
	struct span s;

	if (json_take_string(j, &s))
		snprintf(to, size, "%.*s", (int)MIN(s.n, size - 1), s.n ? (const char *)s.p : "");
}

static void read_top(struct reader *r)
{
	struct json_stream *j = &r->j;
	struct span key, s;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "pps") && json_enter_array(j)) {
			while (json_next_element(j))
				read_site(r);
		} else if (span_eq(key, "ftbl")) {
			read_frames(r);
		} else if (span_eq(key, "mode")) {
			take_text(j, r->mode, sizeof(r->mode));
		} else if (span_eq(key, "bsu")) {
			take_text(j, r->unit, sizeof(r->unit));
		} else if (span_eq(key, "cmd") && json_take_string(j, &s)) {
			r->p->command =
				arena_strndup(&r->p->arena, s.n ? (const char *)s.p : "", s.n);
		}
	}
}

static void build(struct reader *r)
{
	struct profile *p = r->p;
	bool heap = !r->mode[0] || strstr(r->mode, "heap");

	if (heap) {
		for (int i = 0; i < N_VALUES; i++)
			profile_add_type(p, values[i].name, values[i].unit);
	} else {
		/* "copy": bytes copied; "ad-hoc": units of the program's own */
		profile_add_type(p, strcmp(r->mode, "copy") == 0 ? "copied" : "units",
			strcmp(r->mode, "copy") == 0 ? "bytes" : "count");
		import_note(p, "dhat-mode", "the file was written in mode '%s': no allocations",
			r->mode);
	}
	if (heap && !r->has_end)
		import_note(p, "no-lifetimes",
			"the file does not say what was held at the peak and at the end");
	if (stack_tree_flush(
		    &r->tree, p, profile_add_thread(p, 0, 0, ""), r->frames.v, r->frames.n))
		import_note(
			p, "frames-missing", "stacks name frames that are not in the file's table");
	if (r->j.truncated)
		import_note(
			p, "file-cut-off", "the file ends too early: what came before is shown");
	p->quality.rung = "DHAT file";
	p->quality.samples = profile_total_count(p);
	p->quality.n_threads = 1;
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct reader r = { .p = profile_new() };
	struct err broken = { 0 };

	stack_tree_init(&r.tree);
	json_stream_init(&r.j, in);
	read_top(&r);

	int result = json_stream_finish(&r.j, &broken);
	bool some = (result == 0 || r.j.truncated) && r.tree.weights.n;

	if (some) {
		build(&r);
		profile_set_add(ret, r.p);
	} else {
		profile_free(r.p);
	}
	json_stream_done(&r.j);
	stack_tree_done(&r.tree);
	vec_done(&r.frames);
	if (some)
		return 0;
	if (result < 0 && err)
		*err = broken;
	return result < 0 ? result : fail(err, ENODATA, "the DHAT file has no allocation");
}

static int detect(struct span head, const char *name)
{
	return sniff_first(head) == '{' && sniff_has(head, "\"dhatFileVersion\"") ? 98 : 0;
}

const struct format dhat_format = {
	.id = "dhat",
	.title = "DHAT JSON (valgrind, dhat-rs)",
	.detect = detect,
	.read = read_file,
};
