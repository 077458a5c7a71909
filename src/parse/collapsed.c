/* SPDX-License-Identifier: MIT */
/*
 * Collapsed stacks: "root;caller;leaf count", one stack a line, as FlameGraph's scripts,
 * async-profiler, py-spy (raw), bcc, bpftrace and perf-ops write them. Files are large:
 * neighbouring lines share the way from the root, and a frame's text is looked at once.
 */
#include "base/map.h"
#include "base/vec.h"
#include "parse/collapsed_frame.h"
#include "parse/format.h"
#include "parse/text_tokens.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_LINE = 4 << 20, MAX_DEPTH = 64 << 10, NO_THREAD = UINT32_MAX, NO_FRAME = UINT32_MAX };

/* The text of a frame as it stands in the file, seen before. */
struct token {
	const char *text;
	uint32_t n;
	uint32_t thread;   /* when it names a thread and stands first */
	uint32_t frame[2]; /* as it is; below a kernel delimiter */
};

struct path_step {
	uint32_t end; /* offset of the frame's end in the line */
	uint32_t node, thread;
	bool kernel;
};

struct reader {
	struct profile *p;
	struct text_tokens texts;
	vec_of(struct token) tokens; /* by the text's number */
	/* the previous line and where its frames ended */
	vec_of(char) line;
	vec_of(struct path_step) path;
	uint32_t thread; /* of the current line */
	uint32_t no_thread;
	bool two_columns, decimals, negative, any_thread;
	double remainder; /* of decimal counts, so that totals stay right */
	uint64_t lines, skipped;
};

static struct token *token_of(struct reader *r, const void *s, size_t n)
{
	bool fresh;
	uint32_t number = text_tokens_add(&r->texts, s, n, &fresh);

	if (!fresh)
		return &r->tokens.v[number];
	struct token *ret = vec_push(&r->tokens);
	struct collapsed_thread t;

	*ret = (struct token){
		.text = r->texts.v.v[number].text,
		.n = (uint32_t)n,
		.thread = NO_THREAD,
		.frame = { NO_FRAME, NO_FRAME },
	};
	if (collapsed_thread(span_of(s, n), &t)) {
		const char *name = arena_strndup(&r->p->arena, t.name.p, t.name.n);

		ret->thread = profile_add_thread(r->p, t.pid, t.tid, name);
	}
	return ret;
}

static uint32_t frame_of(struct reader *r, struct token *t, bool kernel)
{
	if (t->frame[kernel] == NO_FRAME) {
		struct frame f = collapsed_frame(r->p, span_of(t->text, t->n));

		if (kernel)
			f.kind = FRAME_KERNEL;
		t->frame[kernel] = profile_add_frame(r->p, &f);
	}
	return t->frame[kernel];
}

/* How many steps of the previous line this one shares. */
static size_t shared_steps(const struct reader *r, struct span stack)
{
	size_t n = MIN(r->line.n, stack.n), same = 0, steps = 0;

	while (same + 8 <= n && memcmp(r->line.v + same, stack.p + same, 8) == 0)
		same += 8;
	while (same < n && (uint8_t)r->line.v[same] == stack.p[same])
		same++;
	/* a frame is shared when its end is, and what ends it */
	while (steps < r->path.n && r->path.v[steps].end < same)
		steps++;
	return steps;
}

static void remember_line(struct reader *r, struct span stack, size_t from)
{
	while (r->line.cap < stack.n)
		*vec_push(&r->line) = 0, r->line.n = r->line.cap;
	if (stack.n)
		memcpy(r->line.v + from, stack.p + from, stack.n - from);
	r->line.n = stack.n;
}

static uint32_t add_stack(struct reader *r, struct span stack)
{
	size_t steps = shared_steps(r, stack);
	struct path_step s = { .thread = NO_THREAD };
	size_t at = 0;

	if (steps) {
		s = r->path.v[steps - 1];
		at = s.end + 1;
	}
	r->path.n = steps;
	remember_line(r, stack, at);
	while (at < stack.n && r->path.n < MAX_DEPTH) {
		const uint8_t *semi = memchr(stack.p + at, ';', stack.n - at);
		size_t end = semi ? (size_t)(semi - stack.p) : stack.n;

		if (end > at) {
			struct token *t = token_of(r, stack.p + at, end - at);

			if (t->thread != NO_THREAD && s.node == 0)
				s.thread = t->thread;
			else if (t->n == 2 && memcmp(t->text, "--", 2) == 0)
				s.kernel = true; /* bcc's and bpftrace's delimiter */
			else
				s.node = profile_add_stack(r->p, s.node, frame_of(r, t, s.kernel));
		}
		s.end = (uint32_t)end;
		*vec_push(&r->path) = s;
		at = end + 1;
	}
	r->thread = s.thread;
	return s.node;
}

static bool is_integer(struct span s)
{
	if (s.n && *s.p == '-')
		s = span_from(s, 1);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0 && s.n <= 18;
}

static int64_t integer(struct span s)
{
	bool minus = *s.p == '-';
	int64_t v = 0;

	for (size_t i = minus; i < s.n; i++)
		v = v * 10 + (s.p[i] - '0');
	return minus ? -v : v;
}

/* Takes the number behind the last blank off *line; false when there is none. */
static bool take_last(struct span *line, struct span *ret)
{
	size_t n = line->n;

	while (n && line->p[n - 1] != ' ' && line->p[n - 1] != '\t')
		n--;
	if (n < 1 || n == line->n)
		return false;
	*ret = span_from(*line, n);
	while (n && (line->p[n - 1] == ' ' || line->p[n - 1] == '\t'))
		n--;
	line->n = n;
	return true;
}

static bool take_count(struct reader *r, struct span *line, int64_t *ret)
{
	struct span text;
	double v;

	if (!take_last(line, &text))
		return false;
	if (is_integer(text)) {
		*ret = integer(text);
		return true;
	}
	if (!span_parse_double(text, &v) || !isfinite(v) || fabs(v) > 1e18)
		return false;
	r->decimals = true;
	r->remainder += v;
	*ret = (int64_t)floor(r->remainder + 0.5);
	r->remainder -= (double)*ret;
	return true;
}

static void read_line(struct reader *r, struct span line)
{
	struct span before;
	int64_t values[PROFILE_MAX_VALUES] = { 0 };

	while (line.n && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' '))
		line.n--;
	if (!line.n || *line.p == '#')
		return;
	r->lines++;
	if (!take_count(r, &line, &values[0])) {
		r->skipped++;
		return;
	}
	if (r->two_columns && take_last(&line, &before) && is_integer(before))
		values[1] = integer(before);
	uint32_t stack = add_stack(r, line);
	int64_t v = values[0];

	r->negative |= v < 0;
	if (r->thread == NO_THREAD) {
		if (r->no_thread == NO_THREAD)
			r->no_thread = profile_add_thread(r->p, 0, 0, "");
		r->thread = r->no_thread;
	}
	uint64_t count = v < 0 ? (uint64_t)-v : (uint64_t)v;

	profile_add_sample(r->p, stack, r->thread, 0, count, values);
	r->p->quality.samples += count;
}

/* What the first lines look like. */
struct look {
	unsigned lines, counted, two, with_semicolon;
};

static struct look look_at(struct span head, bool whole)
{
	struct look l = { 0 };
	struct span line, number;

	while (l.lines < 1000) {
		const uint8_t *nl = head.n ? memchr(head.p, '\n', head.n) : NULL;

		/* the last line may go on behind the head */
		if (!head.n || (!nl && !whole && l.lines))
			break;
		line = span_trim(span_of(head.p, nl ? (size_t)(nl - head.p) : head.n));
		head = nl ? span_from(head, (size_t)(nl - head.p) + 1) : (struct span){ 0 };
		if (!line.n || *line.p == '#')
			continue;
		if (memchr(line.p, 0, line.n))
			return (struct look){ 0 };
		l.lines++;
		l.with_semicolon += memchr(line.p, ';', line.n) != NULL;
		double v;

		if (!take_last(&line, &number) || !span_parse_double(number, &v))
			continue;
		l.counted++;
		l.two += take_last(&line, &number) && is_integer(number) && line.n;
	}
	return l;
}

static int collapsed_detect(struct span head, const char *name)
{
	struct look l = look_at(head, head.n < FORMAT_HEAD_BYTES);

	if (!l.lines || l.counted * 10 < l.lines * 9)
		return 0;
	return l.with_semicolon * 2 >= l.lines ? 60 : l.with_semicolon ? 30 : 10;
}

static void add_caveats(struct reader *r, int stream_error)
{
	struct caveats *c = &r->p->caveats;
	struct arena *a = &r->p->arena;

	caveat_add(c, a, "unit-unknown",
		"collapsed stacks do not say what their numbers count; they are taken for samples "
		"of CPU "
		"time");
	if (r->decimals)
		caveat_add(c, a, "counts-rounded", "the file has decimal counts; they are rounded");
	if (r->two_columns)
		caveat_add(c, a, "differential",
			"the file holds two columns: the second one is shown, the first one is "
			"kept "
			"as 'before'");
	if (r->skipped)
		caveat_add(c, a, "lines-skipped",
			"%" PRIu64 " of %" PRIu64 " lines have no count and are left out",
			r->skipped, r->lines);
	if (stream_error == -EFBIG)
		caveat_add(c, a, "file-cut-off",
			"a line is longer than %d MB; what stands before it is shown",
			MAX_LINE >> 20);
}

static int finish(struct reader *r, int stream_error, struct profile_set *ret, struct err *err)
{
	if (r->skipped == r->lines && r->lines)
		return fail(err, EBADMSG, "no line ends with a count");
	if (!r->p->samples.n)
		return stream_error < 0
			? fail(err, -stream_error, "a line is longer than %d MB", MAX_LINE >> 20)
			: fail(err, ENODATA, "the file has no stacks");
	add_caveats(r, stream_error);
	profile_set_add(ret, r->p);
	r->p = NULL;
	return 0;
}

static int collapsed_read(struct byte_stream *in, const struct format_env *env,
	struct profile_set *ret, struct err *err)
{
	struct reader r = { .p = profile_new(), .no_thread = NO_THREAD };
	struct span head = byte_stream_peek(in, FORMAT_HEAD_BYTES), line;
	struct look l = look_at(head, head.n < FORMAT_HEAD_BYTES);
	int more;

	r.two_columns = l.lines && l.two == l.lines;
	r.texts.arena = &r.p->arena;
	profile_add_type(r.p, "samples", "count");
	if (r.two_columns)
		profile_add_type(r.p, "before", "count");
	while ((more = byte_stream_line(in, MAX_LINE, &line)) > 0)
		read_line(&r, line);
	int rc = finish(&r, more, ret, err);

	profile_free(r.p);
	vec_done(&r.tokens);
	vec_done(&r.line);
	vec_done(&r.path);
	text_tokens_done(&r.texts);
	return rc;
}

const struct format collapsed_format = {
	.id = "collapsed",
	.title = "collapsed stacks",
	.detect = collapsed_detect,
	.read = collapsed_read,
};
