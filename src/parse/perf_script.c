/* SPDX-License-Identifier: MIT */
/*
 * Text of `perf script`: per sample a line with program, thread, time and event, then its frames,
 * innermost first, and an empty line. Which columns there are depends on -F; a program's name may
 * hold blanks, so lines are read from what is certain: the time, the event's colon, the frames.
 */
#include "base/compiler.h"
#include "base/map.h"
#include "base/vec.h"
#include "parse/format.h"
#include "parse/perf_script_line.h"
#include "parse/text_tokens.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { MAX_LINE = 1 << 20, MAX_FRAMES = 64 << 10, KERNEL_CHAIN_LIMIT = 127 };

struct script_event {
	uint32_t name; /* token */
	int type;      /* value type, -1: too many */
	bool with_period;
};

struct script_frame {
	uint32_t text, source; /* tokens; source 0: none */
};

struct reader {
	struct profile *p;
	struct text_tokens tokens;
	vec_of(struct script_event) events;
	struct map_u64 event_index, frame_index;
	/* the sample that is being read */
	struct perf_script_head head;
	uint32_t event, thread;
	bool open, idle_now;
	vec_of(struct script_frame) frames; /* innermost first */
	int with_ip;                        /* frames begin with an address; -1 not known yet */
	uint64_t samples, idle, other_lines, first_ns, last_ns;
};

static uint32_t token(struct reader *r, struct span s)
{
	bool fresh;

	return text_tokens_add(&r->tokens, s.p, s.n, &fresh);
}

static struct span token_text(const struct reader *r, uint32_t id)
{
	return span_of(r->tokens.v.v[id].text, r->tokens.v.v[id].n);
}

static void name_event(struct reader *r, struct script_event *e, bool with_period)
{
	struct span name = perf_script_event_name(token_text(r, e->name));
	const char *text = arena_strndup(&r->p->arena, name.p, name.n), *unit = "count";

	e->with_period = with_period;
	e->type = -1;
	if (with_period && (span_eq(name, "cpu-clock") || span_eq(name, "task-clock"))) {
		text = "cpu";
		unit = "nanoseconds";
	} else if (span_eq(name, "page-faults") || span_eq(name, "faults")) {
		text = "faults";
	} else if (!name.n) {
		text = "samples";
	}
	if (profile_type(r->p, text) >= 0 || r->p->n_types == PROFILE_MAX_VALUES)
		caveat_add(&r->p->caveats, &r->p->arena, "event-left-out",
			"the file has more events than can be shown beside each other; %s is left "
			"out",
			text);
	else
		e->type = (int)profile_add_type(r->p, text, unit);
}

static void begin_sample(struct reader *r, const struct perf_script_head *h)
{
	bool fresh;
	uint32_t name = token(r, h->event);
	uint32_t *slot = map_u64_put(&r->event_index, name, &fresh);

	if (fresh) {
		*slot = (uint32_t)r->events.n;
		*vec_push(&r->events) = (struct script_event){ .name = name };
		name_event(r, &r->events.v[*slot], h->has_period);
	}
	r->event = *slot;
	r->head = *h;
	r->open = true;
	r->frames.n = 0;
	r->idle_now = h->tid == 0 && h->pid <= 0 && span_starts(h->comm, "swapper");
	if (h->time_ns) {
		r->first_ns = r->first_ns ? MIN(r->first_ns, h->time_ns) : h->time_ns;
		r->last_ns = MAX(r->last_ns, h->time_ns);
	}
	if (r->idle_now)
		return;
	/* the token first: it may move the table */
	uint32_t comm = token(r, h->comm);

	r->thread = profile_add_thread(r->p, h->pid, h->tid, r->tokens.v.v[comm].text);
}

static uint32_t frame_of(struct reader *r, struct script_frame f)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&r->frame_index, (uint64_t)f.text << 32 | f.source, &fresh);

	if (fresh) {
		struct frame frame = perf_script_frame(r->p, token_text(r, f.text),
			f.source ? token_text(r, f.source) : (struct span){ 0 });

		*slot = profile_add_frame(r->p, &frame);
	}
	return *slot;
}

static void end_sample(struct reader *r)
{
	const struct script_event *e = r->open ? &r->events.v[r->event] : NULL;
	int64_t values[PROFILE_MAX_VALUES] = { 0 };
	uint32_t stack = 0;

	if (!r->open)
		return;
	r->open = false;
	r->samples++;
	if (r->idle_now) {
		r->idle++;
		return;
	}
	if (e->type < 0)
		return;
	for (size_t i = r->frames.n; i-- > 0;)
		stack = profile_add_stack(r->p, stack, frame_of(r, r->frames.v[i]));
	values[e->type] = e->with_period ? (int64_t)MIN(r->head.period, (uint64_t)INT64_MAX) : 1;
	profile_add_sample(r->p, stack, r->thread, r->head.time_ns, 1, values);
	r->p->quality.samples++;
	r->p->quality.truncated += r->frames.n >= KERNEL_CHAIN_LIMIT;
	if (!r->frames.n || r->p->frames.v[r->p->stacks.v[stack].frame].kind == FRAME_UNKNOWN)
		r->p->quality.unsymbolised++;
}

static void add_frame(struct reader *r, struct span line)
{
	struct span text = line, ip;
	bool hex = perf_script_take_hex(&text, &ip);

	if (r->with_ip < 0)
		r->with_ip = hex;
	/* with addresses in front, a line without one is the place of the frame before */
	if (perf_script_is_place(line, r->with_ip == 1 && hex)) {
		if (r->frames.n)
			r->frames.v[r->frames.n - 1].source = token(r, line);
		return;
	}
	if (r->with_ip && !hex) {
		r->other_lines++;
		return;
	}
	if (r->frames.n == MAX_FRAMES)
		return;
	/* code without a name is named by its address: that belongs to the text */
	if (!r->with_ip)
		text = line;
	else if (span_starts(text, "[unknown]"))
		text = line;
	*vec_push(&r->frames) = (struct script_frame){ .text = token(r, text) };
}

static void read_line(struct reader *r, struct span line)
{
	struct perf_script_head h;

	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n && *line.p == '#')
		return;
	struct span text = span_trim(line);

	if (!text.n) {
		end_sample(r);
		return;
	}
	bool indented = *line.p == ' ' || *line.p == '\t';

	/* programs are right-aligned, so a head may be indented, too */
	if (indented && r->open) {
		add_frame(r, text);
		return;
	}
	if (!perf_script_parse_head(text, &h)) {
		r->other_lines++;
		return;
	}
	end_sample(r);
	begin_sample(r, &h);
	if (h.rest.n)
		add_frame(r, h.rest);
}

static int perf_script_detect(struct span head, const char *name)
{
	struct span line;
	unsigned lines = 0, heads = 0, frames = 0;
	bool open = false;

	while (lines < 200 && span_next_line(&head, &line)) {
		struct span text = span_trim(line), ip;
		struct perf_script_head h;

		if (!text.n || *text.p == '#') {
			open = open && text.n;
			continue;
		}
		if (memchr(line.p, 0, line.n))
			return 0;
		lines++;
		if (open && (*line.p == ' ' || *line.p == '\t')) {
			frames += perf_script_take_hex(&text, &ip);
		} else if (perf_script_parse_head(text, &h)) {
			heads++;
			open = true;
		}
	}
	if (heads && frames >= heads)
		return 75;
	return heads > 3 && heads * 10 >= lines * 9 ? 45 : 0;
}

static void add_caveats(struct reader *r, int stream_error)
{
	struct caveats *c = &r->p->caveats;
	struct arena *a = &r->p->arena;

	if (r->idle)
		caveat_add(c, a, "idle-left-out",
			"%" PRIu64 " samples are of idle processors and left out", r->idle);
	if (r->other_lines)
		caveat_add(c, a, "lines-skipped", "%" PRIu64 " lines are no samples and left out",
			r->other_lines);
	if (stream_error < 0)
		caveat_add(c, a, "file-cut-off",
			"a line is longer than %d MB; what stands before it is shown",
			MAX_LINE >> 20);
	vec_foreach (e, &r->events)
		if (!e->with_period && e->type >= 0 && strcmp(r->p->types[e->type].name, "faults"))
			caveat_add(c, a, "periods-missing",
				"the text has no periods, so each sample counts as one (perf "
				"script -F +period adds them)");
}

static int finish(struct reader *r, int stream_error, struct profile_set *ret, struct err *err)
{
	end_sample(r);
	if (!r->p->samples.n)
		return fail(err, ENODATA,
			r->idle ? "all of its samples are of idle processors"
				: "the text has no samples of perf script");
	add_caveats(r, stream_error);
	if (profile_type(r->p, "cpu") > 0)
		profile_put_first(r->p, (unsigned)profile_type(r->p, "cpu"));
	r->p->quality.duration_ns = r->last_ns - r->first_ns;
	profile_set_add(ret, r->p);
	r->p = NULL;
	return 0;
}

static int perf_script_read(struct byte_stream *in, const struct format_env *env,
	struct profile_set *ret, struct err *err)
{
	struct reader r = { .p = profile_new(), .with_ip = -1 };
	struct span line;
	int more;

	r.tokens.arena = &r.p->arena;
	token(&r, (struct span){ 0 }); /* number 0 is "no text" */
	while ((more = byte_stream_line(in, MAX_LINE, &line)) > 0)
		read_line(&r, line);
	int rc = finish(&r, more, ret, err);

	profile_free(r.p);
	text_tokens_done(&r.tokens);
	vec_done(&r.events);
	vec_done(&r.frames);
	map_u64_done(&r.event_index);
	map_u64_done(&r.frame_index);
	return rc;
}

const struct format perf_script_format = {
	.id = "perf-script",
	.title = "perf script text",
	.detect = perf_script_detect,
	.read = perf_script_read,
};
