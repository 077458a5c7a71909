/* SPDX-License-Identifier: MIT */
/*
 * massif.out files of valgrind (massif/ms_main.c): snapshots of the heap's size, some with a tree
 * of who allocated what is there. The tree at the peak (else the last one) becomes stacks; the
 * course over time is told in a caveat.
 */
#include "parse/format.h"
#include "parse/import_frame.h"
#include "parse/sniff.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_LINE = 1 << 20, MAX_TREE_DEPTH = 4096 };

/* An entry of the tree that is still open: its bytes less those of its children. */
struct entry {
	uint32_t frame;
	int64_t own;
};

struct reader {
	struct byte_stream *in;
	struct profile *p; /* of the best tree so far */
	struct err *err;
	vec_of(struct entry) path; /* the root (all allocations) first, leaf function next */
	char time_unit[8];
	uint64_t time, heap, extra, stacks; /* of the current snapshot */
	uint64_t n_snapshots, first_heap, last_heap, peak_heap, peak_time, last_time;
	bool have_peak;
	char *command;
};

static struct profile *new_profile(void)
{
	struct profile *p = profile_new();

	profile_add_type(p, "peak_space", "bytes");
	profile_add_thread(p, 0, 0, "");
	return p;
}

/* The stack of the innermost open entry (callers are further in) gets what no child explains. */
static void close_entry(struct reader *r)
{
	struct entry *e = &r->path.v[r->path.n - 1];
	uint32_t stack = 0;

	for (size_t i = r->path.n; i-- > 1;)
		stack = profile_add_stack(r->p, stack, r->path.v[i].frame);
	if (e->own > 0 && r->path.n > 1)
		profile_add_sample(r->p, stack, 0, 0, 1, &e->own);
	else if (e->own > 0)
		profile_add_sample(r->p, 0, 0, 0, 1, &e->own);
	r->path.n--;
}

/* " n3: 400000 0x1091D0: grab (h.c:6)": the blanks are the depth. */
static bool tree_line(struct reader *r, struct span line)
{
	size_t depth = 0;
	uint64_t bytes, children;
	struct span word;

	while (depth < line.n && line.p[depth] == ' ')
		depth++;
	line = span_from(line, depth);
	if (!span_next_word(&line, &word) || word.n < 3 || word.p[0] != 'n' ||
		word.p[word.n - 1] != ':' ||
		!span_parse_u64(span_sub(word, 1, word.n - 2), &children))
		return false;
	if (!span_next_u64(&line, &bytes) || depth > r->path.n || depth > MAX_TREE_DEPTH)
		return false;
	while (r->path.n > depth)
		close_entry(r);

	int64_t value = (int64_t)MIN(bytes, (uint64_t)INT64_MAX);
	struct import_place at = import_place_of(span_trim(line));

	if (span_starts(span_trim(line), "in "))
		at = (struct import_place){ .function = span_str("[below the threshold]") };

	if (r->path.n)
		r->path.v[r->path.n - 1].own -= value;
	*vec_push(&r->path) = (struct entry){ depth ? import_frame(r->p, &at) : 0, value };
	return true;
}

static void end_tree(struct reader *r)
{
	while (r->path.n)
		close_entry(r);
}

static void begin_tree(struct reader *r, bool peak)
{
	profile_free(r->p);
	r->p = new_profile();
	r->have_peak |= peak;
}

static void end_snapshot(struct reader *r)
{
	uint64_t all = r->heap;

	if (!r->n_snapshots)
		return;
	if (r->n_snapshots == 1)
		r->first_heap = all;
	r->last_heap = all;
	r->last_time = r->time;
	if (all > r->peak_heap) {
		r->peak_heap = all;
		r->peak_time = r->time;
	}
}

static bool value_line(struct span line, const char *key, uint64_t *ret)
{
	return span_starts(line, key) &&
		span_parse_u64(span_trim(span_from(line, strlen(key))), ret);
}

/* Returns whether the lines that follow are a tree that is wanted. */
static bool header_line(struct reader *r, struct span line)
{
	uint64_t number;

	if (value_line(line, "snapshot=", &number)) {
		end_snapshot(r);
		r->n_snapshots++;
		return false;
	}
	if (span_starts(line, "cmd: ") && !r->command) {
		line = span_trim(span_from(line, 5));
		r->command = xstrndup(line.n ? (const char *)line.p : "", line.n);
		return false;
	}
	if (span_starts(line, "time_unit: ")) {
		line = span_trim(span_from(line, 11));
		snprintf(r->time_unit, sizeof(r->time_unit), "%.*s", (int)MIN(line.n, 7u),
			line.n ? (const char *)line.p : "");
		return false;
	}
	value_line(line, "time=", &r->time);
	value_line(line, "mem_heap_B=", &r->heap);
	value_line(line, "mem_heap_extra_B=", &r->extra);
	if (span_eq(line, "heap_tree=peak") ||
		(span_eq(line, "heap_tree=detailed") && !r->have_peak)) {
		begin_tree(r, span_eq(line, "heap_tree=peak"));
		return true;
	}
	return false;
}

static int read_lines(struct reader *r)
{
	bool tree = false;
	struct span line;
	int got;

	while ((got = byte_stream_line(r->in, MAX_LINE, &line)) == 1) {
		if (tree && !tree_line(r, line)) {
			end_tree(r);
			tree = false;
		}
		if (!tree)
			tree = header_line(r, span_trim(line));
	}
	end_tree(r);
	end_snapshot(r);
	return got;
}

static const char *unit_title(const char *unit)
{
	return strcmp(unit, "i") == 0 ? "instructions" : strcmp(unit, "B") == 0 ? "bytes" : unit;
}

static void finish(struct reader *r, int got)
{
	struct profile *p = r->p;

	p->quality.rung = "massif file";
	p->quality.samples = profile_total_count(p);
	p->quality.n_threads = 1;
	p->command = arena_strdup(&p->arena, r->command ? r->command : "");
	import_note(p, "heap-over-time",
		"the heap was %llu bytes at the first and %llu at the last of %llu snapshots, %llu "
		"at the largest (%llu of %llu %s)",
		(unsigned long long)r->first_heap, (unsigned long long)r->last_heap,
		(unsigned long long)r->n_snapshots, (unsigned long long)r->peak_heap,
		(unsigned long long)r->peak_time, (unsigned long long)r->last_time,
		unit_title(r->time_unit));
	if (!r->have_peak)
		import_note(p, "no-peak",
			"the file has no snapshot of the peak: the last detailed "
			"one is shown");
	if (got < 0)
		import_note(p, "file-cut-off",
			"the file cannot be read to its end: what came before is shown");
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct reader r = { .in = in };
	int got = read_lines(&r), result = 0;

	if (r.p && r.p->samples.n) {
		finish(&r, got);
		profile_set_add(ret, r.p);
		r.p = NULL;
	} else if (got < 0) {
		result = fail(
			err, got, "the massif file has a line that is too long or cannot be read");
	} else {
		result = fail(err, ENODATA,
			"the massif file has no detailed snapshot of a heap that is not empty");
	}
	profile_free(r.p);
	vec_done(&r.path);
	free(r.command);
	return result;
}

static int detect(struct span head, const char *name)
{
	return span_starts(head, "desc:") && sniff_line(head, "time_unit:") ? 95 : 0;
}

const struct format massif_format = {
	.id = "massif",
	.title = "massif.out (valgrind)",
	.detect = detect,
	.read = read_file,
};
