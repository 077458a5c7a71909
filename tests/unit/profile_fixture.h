/* SPDX-License-Identifier: MIT */
/*
 * Recorded profiles as text, for tests of analyze/. Tab-separated lines:
 *   language L · producer P · period NS · duration NS (wall time) · frame function file line decl
 * module kind inlined · thread pid tid · stack thread count "frame ids, root first"
 */
#pragma once

#include "base/file.h"
#include "model/profile.h"

#include <stdlib.h>

static inline enum frame_kind fixture_kind(const char *word)
{
	for (int k = FRAME_APP; k <= FRAME_UNKNOWN; k++)
		if (strcmp(word, frame_kind_name((enum frame_kind)k)) == 0)
			return (enum frame_kind)k;
	return FRAME_APP;
}

/* The k-th tab-separated field of a line, copied into the profile's arena. */
static inline const char *fixture_field(struct profile *p, struct span line, unsigned k)
{
	size_t at = 0;

	while (k--) {
		const uint8_t *tab = memchr(line.p + at, '\t', line.n - at);

		if (!tab)
			return "";
		at = (size_t)(tab - line.p) + 1;
	}

	const uint8_t *end = memchr(line.p + at, '\t', line.n - at);

	return arena_strndup(
		&p->arena, line.p + at, end ? (size_t)(end - line.p) - at : line.n - at);
}

static inline uint32_t fixture_number(struct profile *p, struct span line, unsigned k)
{
	return (uint32_t)strtoul(fixture_field(p, line, k), NULL, 10);
}

static inline void fixture_stack(
	struct profile *p, struct span line, const uint32_t *frames, uint64_t period)
{
	const char *ids = fixture_field(p, line, 3);
	uint64_t count = fixture_number(p, line, 2);
	int64_t value = (int64_t)(count * period);
	uint32_t stack = 0;

	while (*ids) {
		char *end;
		unsigned long id = strtoul(ids, &end, 10);

		stack = profile_add_stack(p, stack, frames[id]);
		ids = *end ? end + 1 : end;
	}
	profile_add_sample(p, stack, fixture_number(p, line, 1), 0, count, &value);
	p->quality.samples += count;
}

/* NULL when the file cannot be read. */
static inline struct profile *fixture_load(const char *path)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	vec_of(uint32_t) frames = { 0 };
	struct span rest, line;
	uint64_t period = 1000000, duration = 0;

	if (file_read(path, 64 << 20, &text, NULL) < 0)
		return NULL;

	struct profile *p = profile_new();

	profile_add_type(p, "cpu", "nanoseconds");
	p->quality.rung = "fixture";
	rest = buf_span(&text);
	while (span_next_line(&rest, &line)) {
		const char *kind = fixture_field(p, line, 0);

		if (strcmp(kind, "language") == 0)
			p->language = fixture_field(p, line, 1);
		else if (strcmp(kind, "producer") == 0)
			p->producer = fixture_field(p, line, 1);
		else if (strcmp(kind, "period") == 0)
			period = fixture_number(p, line, 1);
		else if (strcmp(kind, "duration") == 0)
			duration = strtoull(fixture_field(p, line, 1), NULL, 10);
		else if (strcmp(kind, "thread") == 0)
			profile_add_thread(p, (int32_t)fixture_number(p, line, 1),
				(int32_t)fixture_number(p, line, 2), "");
		else if (strcmp(kind, "frame") == 0)
			*vec_push(&frames) = profile_add_frame(p,
				&(struct frame){
					.function = profile_string(p, fixture_field(p, line, 1)),
					.file = profile_string(p, fixture_field(p, line, 2)),
					.line = fixture_number(p, line, 3),
					.decl_line = fixture_number(p, line, 4),
					.module = profile_string(p, fixture_field(p, line, 5)),
					.kind = (uint8_t)fixture_kind(fixture_field(p, line, 6)),
					.inlined = fixture_number(p, line, 7) != 0 });
		else if (strcmp(kind, "stack") == 0)
			fixture_stack(p, line, frames.v, period);
	}
	p->period_ns = period;
	p->quality.target_cpu_ns = p->quality.samples * period;
	p->quality.duration_ns = duration ? duration : p->quality.target_cpu_ns;
	p->quality.n_threads = (uint32_t)p->threads.n;
	vec_done(&frames);
	return p;
}
