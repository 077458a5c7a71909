/* SPDX-License-Identifier: MIT */
/*
 * The events of a perf.data file: their attributes, the ids their records carry, their names and
 * what their numbers mean.
 */
#pragma once

#include "base/err.h"
#include "base/map.h"
#include "parse/perf_records.h"
#include "parse/perf_stacks.h"

struct perf_file_event {
	uint32_t type; /* PERF_TYPE_* */
	uint64_t config, sample_period, user_regs_mask;
	bool is_freq;
	struct perf_layout layout;
	const char *name; /* as perf prints it; "" until known */
};

struct perf_file_events {
	struct arena arena;
	struct perf_file_event v[PERF_MAX_EVENTS];
	uint32_t n;
	struct map_u64 by_id; /* id -> event */
	bool with_identifier; /* ids stand first in samples */
};

void perf_file_events_done(struct perf_file_events *e);
/* A perf_event_attr of any size and the ids that follow it. False: it is none, or one too many. */
bool perf_file_events_add(struct perf_file_events *e, struct span attr, struct span ids);
/* The event of a record with this id; 0 when there is only one or the id is unknown. */
uint32_t perf_file_events_find(const struct perf_file_events *e, uint64_t id);
/* Content of the feature section HEADER_EVENT_DESC. */
void perf_file_events_names(struct perf_file_events *e, struct span desc);
void perf_file_events_rename(struct perf_file_events *e, uint64_t id, const char *name);

/* Value type and unit of an event, the type's name living as long as e. */
struct perf_meaning {
	const char *type, *unit;
	bool is_time; /* periods are nanoseconds */
};
struct perf_meaning perf_file_event_meaning(struct perf_file_events *e, uint32_t event);
