/* SPDX-License-Identifier: MIT */
/* Events of a perf.data file. */
#include "parse/perf_events.h"

#include "base/compiler.h"

#include <inttypes.h>
#include <linux/perf_event.h>

void perf_file_events_done(struct perf_file_events *e)
{
	map_u64_done(&e->by_id);
	arena_done(&e->arena);
}

/*
 * Offsets of struct perf_event_attr (linux include/uapi/linux/perf_event.h); it only ever grew at
 * its end, so a shorter one has zeros there.
 */
enum {
	ATTR_TYPE = 0,
	ATTR_SIZE = 4,
	ATTR_CONFIG = 8,
	ATTR_SAMPLE_PERIOD = 16,
	ATTR_SAMPLE_TYPE = 24,
	ATTR_READ_FORMAT = 32,
	ATTR_FLAGS = 40,
	ATTR_BRANCH_SAMPLE_TYPE = 72,
	ATTR_SAMPLE_REGS_USER = 80,
	ATTR_MIN_BYTES = 64, /* PERF_ATTR_SIZE_VER0 */
	FLAG_FREQ = 1 << 10,
	FLAG_SAMPLE_ID_ALL = 1 << 18,
};

static uint64_t word_at(struct span attr, uint64_t off)
{
	struct cursor c = cursor_of(span_sub(attr, off, 8), 0);

	return attr.n >= off + 8 ? cursor_u64(&c) : 0;
}

bool perf_file_events_add(struct perf_file_events *e, struct span attr, struct span ids)
{
	if (attr.n < ATTR_MIN_BYTES || e->n == PERF_MAX_EVENTS)
		return false;
	uint64_t flags = word_at(attr, ATTR_FLAGS);
	struct perf_file_event *ev = &e->v[e->n];

	*ev = (struct perf_file_event){ .type = (uint32_t)word_at(attr, ATTR_TYPE),
		.config = word_at(attr, ATTR_CONFIG),
		.sample_period = word_at(attr, ATTR_SAMPLE_PERIOD),
		.user_regs_mask = word_at(attr, ATTR_SAMPLE_REGS_USER),
		.is_freq = flags & FLAG_FREQ,
		.layout = { .sample_type = word_at(attr, ATTR_SAMPLE_TYPE),
			.sample_id_all = flags & FLAG_SAMPLE_ID_ALL,
			.read_format = word_at(attr, ATTR_READ_FORMAT),
			.branch_sample_type = word_at(attr, ATTR_BRANCH_SAMPLE_TYPE) },
		.name = "" };
	ev->layout.n_user_regs = (unsigned)__builtin_popcountll(ev->user_regs_mask);
	if (ev->layout.sample_type & PERF_SAMPLE_IDENTIFIER)
		e->with_identifier = true;
	for (uint64_t at = 0; at + 8 <= ids.n; at += 8)
		*map_u64_put(&e->by_id, word_at(ids, at), NULL) = e->n;
	e->n++;
	return true;
}

uint32_t perf_file_events_find(const struct perf_file_events *e, uint64_t id)
{
	const uint32_t *at = e->n > 1 ? map_u64_get(&e->by_id, id) : NULL;

	return at ? *at : 0;
}

void perf_file_events_rename(struct perf_file_events *e, uint64_t id, const char *name)
{
	uint32_t at = perf_file_events_find(e, id);

	if (at < e->n && *name)
		e->v[at].name = arena_strndup(&e->arena, name, strnlen(name, 200));
}

/* u32 events, u32 attr size, then per event: attr, u32 ids, u32 length, name, ids. */
void perf_file_events_names(struct perf_file_events *e, struct span desc)
{
	struct cursor c = cursor_of(desc, 0);
	uint32_t n = cursor_u32(&c), size = cursor_u32(&c);

	for (uint32_t i = 0; i < n && i < e->n && !c.bad; i++) {
		cursor_bytes(&c, size);
		uint32_t n_ids = cursor_u32(&c), len = cursor_u32(&c);
		struct span name = cursor_bytes(&c, len);

		cursor_bytes(&c, n_ids * 8ull);
		if (c.bad)
			break;
		size_t used = name.n ? strnlen((const char *)name.p, MIN(name.n, 200)) : 0;

		if (used && !*e->v[i].name)
			e->v[i].name = arena_strndup(&e->arena, name.p, used);
	}
}

static const char *const hardware[] = { "cycles", "instructions", "cache-references",
	"cache-misses", "branches", "branch-misses", "bus-cycles", "stalled-cycles-frontend",
	"stalled-cycles-backend", "ref-cycles" };
static const char *const software[] = { "cpu-clock", "task-clock", "page-faults",
	"context-switches", "cpu-migrations", "minor-faults", "major-faults", "alignment-faults",
	"emulation-faults", "dummy", "bpf-output", "cgroup-switches" };

/* The name without modifiers: "cycles:uppp" is "cycles". */
static const char *plain_name(struct perf_file_events *e, const struct perf_file_event *ev)
{
	if (ev->type == PERF_TYPE_SOFTWARE && ev->config < ARRAY_LEN(software))
		return software[ev->config];
	if (!*ev->name) {
		/* the upper half names the PMU of hybrid processors */
		uint32_t config = (uint32_t)ev->config;

		if (ev->type == PERF_TYPE_HARDWARE && config < ARRAY_LEN(hardware))
			return hardware[config];
		return arena_printf(&e->arena, "event-%u-0x%" PRIx64, ev->type, ev->config);
	}
	const char *colon = strrchr(ev->name, ':');

	/* "sched:sched_switch" is a name, "cycles:u" has a modifier */
	if (!colon || colon == ev->name || ev->type == PERF_TYPE_TRACEPOINT ||
		strspn(colon + 1, "ukhpPGHSDWeIb") != strlen(colon + 1))
		return ev->name;
	return arena_strndup(&e->arena, ev->name, (size_t)(colon - ev->name));
}

struct perf_meaning perf_file_event_meaning(struct perf_file_events *e, uint32_t event)
{
	const struct perf_file_event *ev = &e->v[event];

	if (ev->type == PERF_TYPE_SOFTWARE) {
		if (ev->config == PERF_COUNT_SW_CPU_CLOCK || ev->config == PERF_COUNT_SW_TASK_CLOCK)
			return (struct perf_meaning){ "cpu", "nanoseconds", true };
		if (ev->config == PERF_COUNT_SW_PAGE_FAULTS)
			return (struct perf_meaning){ "faults", "count", false };
	}
	return (struct perf_meaning){ plain_name(e, ev), "count", false };
}
