/* SPDX-License-Identifier: MIT */
/*
 * heaptrack's data after heaptrack_interpret (KDE/heaptrack src/interpret, src/analyze): lines of
 * hexadecimal numbers. Strings (s), instruction pointers (i), traces (t) and kinds of allocations
 * (a) are numbered from one (a: from zero) as they come; + and - are events of a kind.
 */
#include "parse/format.h"
#include "parse/import_frame.h"

#include <errno.h>

enum { MAX_LINE = 1 << 20, MAX_INLINES = 256, V_LENGTHS = 3 };

/* Functions of one place, innermost first, as frames of the profile. */
struct place {
	uint32_t first, n; /* of reader.frames */
};

struct kind {
	uint64_t size;
	uint32_t trace;
	uint64_t n_allocated;
	int64_t n_held;
};

struct reader {
	struct profile *p;
	vec_of(uint32_t) strings; /* [0] is the empty one */
	vec_of(uint32_t) frames;
	vec_of(struct place) places;
	vec_of(uint32_t) stacks; /* of traces; [0] is the root */
	vec_of(struct kind) kinds;
	uint64_t version, last_ms, peak_rss_pages, page_bytes;
	uint64_t held, peak, peak_ms;
	uint64_t n_bad, n_odd_frees;
};

/* The next word as a hexadecimal number. */
static bool take(struct span *line, uint64_t *ret)
{
	struct span word;

	return span_next_word(line, &word) && span_parse_hex(word, ret);
}

static void string_line(struct reader *r, struct span line)
{
	uint64_t n;

	if (r->version >= V_LENGTHS) {
		if (!take(&line, &n)) {
			r->n_bad++;
			n = 0;
		}
		line = span_from(line, 1);
		if (n < line.n)
			line = span_sub(line, 0, n);
	}
	*vec_push(&r->strings) = line.n ? strtab_addn(&r->p->strings, line.p, line.n) : 0;
}

static struct span text_of(const struct reader *r, uint64_t i)
{
	return i < r->strings.n ? span_str(profile_str(r->p, r->strings.v[i])) : (struct span){ 0 };
}

/* "IP MODULE [FUNCTION [FILE LINE [FUNCTION FILE LINE]...]]": inlined callers follow. */
static void ip_line(struct reader *r, struct span line)
{
	struct place place = { .first = (uint32_t)r->frames.n };
	uint64_t ip = 0, module = 0, function, file, number;

	if (!take(&line, &ip))
		r->n_bad++;
	take(&line, &module);
	while (place.n < MAX_INLINES && take(&line, &function)) {
		struct import_place at = { .function = text_of(r, function),
			.module = text_of(r, module) };

		if (take(&line, &file) && take(&line, &number)) {
			at.file = text_of(r, file);
			at.line = import_line((int64_t)MIN(number, (uint64_t)INT32_MAX));
		}
		*vec_push(&r->frames) = import_frame(r->p, &at);
		place.n++;
	}
	if (!place.n) {
		struct import_place at = { .module = text_of(r, module) };

		*vec_push(&r->frames) = import_frame(r->p, &at);
		place.n = 1;
	}
	*vec_push(&r->places) = place;
}

/* "PLACE PARENT": parents are earlier traces, nearer to the root. */
static void trace_line(struct reader *r, struct span line)
{
	uint64_t place = 0, parent = 0;
	uint32_t stack = 0;

	if (!take(&line, &place) || !take(&line, &parent) || place == 0 || place > r->places.n ||
		parent >= r->stacks.n) {
		r->n_bad++;
		*vec_push(&r->stacks) = 0;
		return;
	}
	const struct place *at = &r->places.v[place - 1];

	stack = r->stacks.v[parent];
	for (uint32_t i = at->n; i-- > 0;) {
		struct frame f = r->p->frames.v[r->frames.v[at->first + i]];

		f.inlined = i + 1 < at->n;
		if (r->p->stacks.v[stack].depth < IMPORT_MAX_DEPTH)
			stack = profile_add_stack(r->p, stack, profile_add_frame(r->p, &f));
	}
	*vec_push(&r->stacks) = stack;
}

static void kind_line(struct reader *r, struct span line)
{
	struct kind k = { 0 };
	uint64_t trace = 0;

	if (!take(&line, &k.size) || !take(&line, &trace) || trace >= r->stacks.n) {
		r->n_bad++;
		trace = 0;
	}
	k.trace = (uint32_t)trace;
	*vec_push(&r->kinds) = k;
}

static void event_line(struct reader *r, struct span line, bool allocation)
{
	uint64_t i;

	if (!take(&line, &i) || i >= r->kinds.n) {
		r->n_bad++;
		return;
	}
	struct kind *k = &r->kinds.v[i];

	if (allocation) {
		k->n_allocated++;
		k->n_held++;
		r->held += k->size;
		if (r->held > r->peak) {
			r->peak = r->held;
			r->peak_ms = r->last_ms;
		}
	} else if (k->n_held > 0) {
		k->n_held--;
		r->held -= MIN(k->size, r->held);
	} else {
		r->n_odd_frees++;
	}
}

static void one_line(struct reader *r, struct span line)
{
	char c = (char)line.p[0];
	struct span rest = span_from(line, MIN(line.n, 2u));
	uint64_t v;

	switch (c) {
	case 'v':
		take(&rest, &v);
		r->version = take(&rest, &v) ? v : 1;
		break;
	case 'X':
		rest = span_trim(rest);
		if (rest.n)
			r->p->command = arena_strndup(&r->p->arena, rest.p, rest.n);
		break;
	case 'I':
		r->page_bytes = take(&rest, &v) ? v : 0;
		break;
	case 's':
		string_line(r, rest);
		break;
	case 'i':
		ip_line(r, rest);
		break;
	case 't':
		trace_line(r, rest);
		break;
	case 'a':
		kind_line(r, rest);
		break;
	case '+':
	case '-':
		event_line(r, rest, c == '+');
		break;
	case 'c':
		r->last_ms = take(&rest, &v) ? v : r->last_ms;
		break;
	case 'R':
		if (take(&rest, &v))
			r->peak_rss_pages = MAX(r->peak_rss_pages, v);
		break;
	case '#':
	case 'A': /* attached: nothing from before is known */
	case 'S': /* suppressions */
		break;
	default:
		r->n_bad++;
	}
}

static int64_t product(uint64_t a, uint64_t b)
{
	uint64_t v;

	return __builtin_mul_overflow(a, b, &v) || v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static void build(struct reader *r, int got)
{
	struct profile *p = r->p;
	uint32_t thread = profile_add_thread(p, 0, 0, "");

	vec_foreach (k, &r->kinds) {
		int64_t v[4] = { product(k->size, k->n_allocated), product(1, k->n_allocated),
			product(k->size, (uint64_t)k->n_held), k->n_held };

		if (k->n_allocated)
			profile_add_sample(p, r->stacks.v[k->trace], thread, 0, k->n_allocated, v);
	}
	p->quality.rung = "heaptrack file";
	p->quality.samples = profile_total_count(p);
	p->quality.duration_ns = MIN(r->last_ms, UINT64_MAX / 1000000) * 1000000;
	p->quality.n_threads = 1;
	import_note(p, "heap-peak", "the heap was %llu bytes at its largest, after %.2f s",
		(unsigned long long)r->peak, (double)r->peak_ms / 1e3);
	if (r->peak_rss_pages && r->page_bytes)
		import_note(p, "resident-peak", "%lld bytes were resident at the most",
			(long long)product(r->peak_rss_pages, r->page_bytes));
	if (r->n_odd_frees)
		import_note(p, "frees-unknown",
			"%llu frees are of memory that the file does not know",
			(unsigned long long)r->n_odd_frees);
	import_note_ending(p, r->n_bad, got < 0);
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct reader r = { .p = profile_new(), .version = 1 };
	struct span line;
	int got, result = 0;

	profile_add_type(r.p, "alloc_space", "bytes");
	profile_add_type(r.p, "alloc_objects", "count");
	profile_add_type(r.p, "inuse_space", "bytes");
	profile_add_type(r.p, "inuse_objects", "count");
	*vec_push(&r.strings) = 0;
	*vec_push(&r.stacks) = 0;
	while ((got = byte_stream_line(in, MAX_LINE, &line)) == 1)
		if (line.n)
			one_line(&r, line);
	build(&r, got);
	if (r.p->samples.n) {
		profile_set_add(ret, r.p);
	} else {
		profile_free(r.p);
		result = fail(err, ENODATA, "the heaptrack file has no allocation");
		if (r.n_bad && !r.kinds.n)
			err_hint(err,
				"raw data of heaptrack's library needs heaptrack_interpret "
				"first");
	}
	vec_done(&r.strings);
	vec_done(&r.frames);
	vec_done(&r.places);
	vec_done(&r.stacks);
	vec_done(&r.kinds);
	return result;
}

static int detect(struct span head, const char *name)
{
	struct span line, word;
	uint64_t v;

	/* "v 10400 3", the version of heaptrack and that of the format */
	if (!span_next_line(&head, &line) || !span_next_word(&line, &word) || !span_eq(word, "v") ||
		!take(&line, &v) || v < 0x10000 || v > 0xffffff)
		return 0;
	return span_starts(head, "X ") || span_starts(head, "I ") || span_starts(head, "s ") ? 95
											     : 80;
}

const struct format heaptrack_format = {
	.id = "heaptrack",
	.title = "heaptrack data",
	.detect = detect,
	.read = read_file,
};
