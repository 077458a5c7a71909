/* SPDX-License-Identifier: MIT */
/*
 * CPU profiles inside trace events: "Profile" announces one, "ProfileChunk" events with the same
 * process and id bring its nodes, samples and time deltas piece by piece; all members may be
 * missing.
 */
#pragma once

#include "model/profile.h"
#include "parse/json_stream.h"

struct chrome_node {
	uint32_t parent; /* index + 1, 0 none */
	uint32_t frame;
	uint8_t kind; /* enum in chrome_cpu.c */
};

struct chrome_cpu {
	uint64_t pid, id;
	int64_t tid;
	vec_of(struct chrome_node) nodes;
	struct map_u64 by_id;     /* the profile's node id -> index + 1 */
	vec_of(uint32_t) samples; /* index + 1 */
	vec_of(int64_t) deltas;
	uint64_t n_unknown, n_negative;
	int64_t idle_us;
};

void chrome_cpu_done(struct chrome_cpu *c);
/* Reads an object with nodes, samples and timeDeltas ("cpuProfile", or the data around it). */
void chrome_cpu_read(struct chrome_cpu *c, struct json_stream *j, struct profile *p);
/* Adds the samples to p, whose first value is in nanoseconds. */
void chrome_cpu_build(struct chrome_cpu *c, struct profile *p, uint32_t thread);
