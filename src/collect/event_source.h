/* SPDX-License-Identifier: MIT */
/*
 * Events beside the sampling clock whose samples become values of the profile: one struct per
 * event, registered in EVENT_SOURCES. The sampler asks the kernel for those whose resource is
 * wanted (sampler_opts.wants) and hands each sample to its source.
 */
#pragma once

#include "collect/perf_event.h"
#include "collect/sampling.h"

struct event_source {
	unsigned wants; /* enum resource bits that turn it on */
	/* Fills in what to ask the kernel for; false: not here. */
	bool (*want)(const struct sampling *s, struct perf_want *ret);
	/* One sample: mostly event_source_add with a weight. */
	void (*sample)(struct sampling *s, const struct perf_record *r);
	/* May be NULL. The kernel refused the event (negative errno): say so or do without. */
	void (*refused)(struct sampling *s, int code);
};

#define EVENT_SOURCES(X) \
	X(fault)         \
	X(io_stack)      \
	X(io_slow_stack) \
	X(io_enter)      \
	X(io_exit)       \
	X(some_switches) \
	X(all_switches)

#define X(name) extern const struct event_source name##_source;
EVENT_SOURCES(X)
#undef X

/* All sources, NULL-ended. */
extern const struct event_source *const event_sources[];

/*
 * The stack of a sample record as the sampler takes it. Registers are written to *regs, to which
 * the result then points; kernel frames to s->frames.
 */
struct raw_input event_source_input(
	struct sampling *s, const struct perf_record *r, struct unwind_regs *regs);
/* Adds a sample of a value; not of OFF_CPU, whose weight is known only afterwards. */
void event_source_add(
	struct sampling *s, const struct perf_record *r, enum sample_value value, uint64_t weight);
