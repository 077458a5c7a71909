/* SPDX-License-Identifier: MIT */
/* Reader for the stacks tables of the tests. */
#include "stacks_file.h"

#include "base/err.h"
#include "base/file.h"

enum { COLUMNS = 8 };

struct loader {
	struct profile *p;
	vec_of(uint32_t) frames;
	vec_of(uint32_t) threads;
	const char *path;
};

static uint64_t number(const struct loader *l, struct span s)
{
	uint64_t v;

	if (!span_parse_u64(s, &v))
		BUG("%s: '%.*s' is no number", l->path, (int)s.n, (const char *)s.p);
	return v;
}

static uint32_t string(struct loader *l, struct span s)
{
	return s.n ? strtab_addn(&l->p->strings, s.p, s.n) : 0;
}

static uint8_t kind(const struct loader *l, struct span s)
{
	for (uint8_t k = 0; k <= FRAME_UNKNOWN; k++)
		if (span_eq(s, frame_kind_name(k)))
			return k;
	BUG("%s: unknown frame kind '%.*s'", l->path, (int)s.n, (const char *)s.p);
}

static struct span take(struct span *s, char until)
{
	const uint8_t *at = s->n ? memchr(s->p, until, s->n) : NULL;
	struct span part = { .p = s->p, .n = at ? (size_t)(at - s->p) : s->n };

	*s = span_from(*s, part.n + (at ? 1 : 0));
	return part;
}

static void sample(struct loader *l, struct span thread, struct span count, struct span stack)
{
	uint64_t n = number(l, count);
	uint32_t node = 0;

	while (stack.n) {
		uint64_t f = number(l, take(&stack, ','));

		if (f >= l->frames.n)
			BUG("%s: frame %d does not exist", l->path, (int)f);
		node = profile_add_stack(l->p, node, l->frames.v[f]);
	}
	profile_add_sample(l->p, node, l->threads.v[number(l, thread)], 0, n,
		&(int64_t){ (int64_t)(n * l->p->period_ns) });
	l->p->quality.samples += n;
}

static void line(struct loader *l, struct span s)
{
	struct span c[COLUMNS] = { 0 };
	struct profile *p = l->p;

	for (size_t i = 0; i < COLUMNS; i++)
		c[i] = take(&s, '\t');
	if (span_eq(c[0], "C")) {
		p->command = arena_strndup(&p->arena, c[1].p, c[1].n);
	} else if (span_eq(c[0], "P")) {
		double seconds = 0;

		p->period_ns = number(l, c[1]);
		span_parse_double(c[2], &seconds);
		p->quality.duration_ns = (uint64_t)(seconds * 1e9);
		p->quality.wanted_hz = p->quality.achieved_hz = 1e9 / (double)p->period_ns;
	} else if (span_eq(c[0], "F")) {
		struct frame f = { .kind = kind(l, c[1]),
			.inlined = number(l, c[2]) != 0,
			.line = (uint32_t)number(l, c[3]),
			.decl_line = (uint32_t)number(l, c[4]),
			.file = string(l, c[5]),
			.module = string(l, c[6]),
			.function = string(l, c[7]) };

		*vec_push(&l->frames) = profile_add_frame(p, &f);
	} else if (span_eq(c[0], "T")) {
		char *name = xstrndup((const char *)c[3].p, c[3].n);

		*vec_push(&l->threads) = profile_add_thread(
			p, (int32_t)number(l, c[1]), (int32_t)number(l, c[2]), name);
		free(name);
	} else if (span_eq(c[0], "S")) {
		sample(l, c[1], c[2], c[3]);
	} else if (c[0].n && c[0].p[0] != '#') {
		BUG("%s: unknown line '%.*s'", l->path, (int)c[0].n, (const char *)c[0].p);
	}
}

struct profile *stacks_file_load(const char *path)
{
	struct err err = { 0 };
	struct buf text = { 0 };
	struct loader l = { .p = profile_new(), .path = path };
	struct span s, one;

	if (file_read(path, 64u << 20, &text, &err) < 0)
		BUG("%s", err.msg);
	profile_add_type(l.p, "cpu", "nanoseconds");
	l.p->quality.rung = "cpu-clock";
	l.p->quality.n_processes = 1;
	s = buf_span(&text);
	while (span_next_line(&s, &one))
		line(&l, one);
	l.p->quality.n_threads = (uint32_t)l.threads.n;
	l.p->quality.target_cpu_ns = l.p->quality.samples * l.p->period_ns;
	l.p->quality.own_cpu_ns = l.p->quality.duration_ns / 250;
	l.p->quality.slowdown_ratio = 0.003;
	l.p->quality.truncated = l.p->quality.samples / 500;
	vec_done(&l.frames);
	vec_done(&l.threads);
	buf_done(&text);
	return l.p;
}
