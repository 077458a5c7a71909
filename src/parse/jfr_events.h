/* SPDX-License-Identifier: MIT */
/*
 * Events of a flight recording become profiles: one for each thing that is counted in another way
 * (execution samples, allocations, waiting, locks, files and sockets). They grow over all chunks.
 */
#pragma once

#include "model/profile_set.h"
#include "parse/jfr_lock.h"
#include "parse/jfr_pool.h"

enum jfr_profile {
	JFR_CPU,        /* jdk.ExecutionSample, or async-profiler's cpu mode */
	JFR_CPU_TIME,   /* jdk.CPUTimeSample (JDK 25) */
	JFR_WALL,       /* profiler.WallClockSample */
	JFR_WAITING,    /* sleeping, parked, waiting for monitors, sockets, files */
	JFR_LOCKS,      /* jdk.JavaMonitorEnter, parked for a lock, profiler.NativeLock */
	JFR_ALLOC,      /* jdk.ObjectAllocationSample */
	JFR_ALLOC_TLAB, /* jdk.ObjectAllocationInNewTLAB and OutsideTLAB */
	JFR_LIVE,       /* profiler.LiveObject */
	JFR_MALLOC,     /* profiler.Malloc and Free */
	JFR_IO,         /* jdk.SocketRead … jdk.FileForce */
	JFR_N_PROFILES,
};

struct jfr_gc {
	uint64_t n_collections, n_pauses, pause_ns, longest_ns;
};

struct jfr_result {
	struct profile *p[JFR_N_PROFILES]; /* NULL: no such event */
	struct jfr_gc gc;
	uint64_t period_ns; /* of execution samples, 0 unknown */
	uint64_t duration_ns, n_chunks;
	bool period_guessed;
	bool async_profiler;         /* written by it */
	char event[32];              /* async-profiler's event, "" unknown */
	uint64_t wall_ns;            /* its interval in wall mode */
	uint64_t n_native;           /* jdk.NativeMethodSample: not CPU time, left out */
	uint64_t n_bad;              /* events that could not be understood */
	uint64_t lock_ns, holder_ns; /* waiting for locks; of that, charged to the holder */
	int32_t pid;
	char command[512];
};

struct jfr_chunk {
	struct jfr_header header;
	struct jfr_meta meta;
	struct jfr_pools pools;
	struct map_u64 stacks[JFR_N_PROFILES];  /* stack key -> profile stack */
	struct map_u64 names[JFR_N_PROFILES];   /* method key -> index in functions */
	struct map_u64 threads[JFR_N_PROFILES]; /* thread key -> profile thread */
	vec_of(uint32_t) functions;             /* pairs: function, file (strings ids) */
	struct jfr_locks locks;
	uint64_t n_bad;
};

/* Reads all events of a chunk whose metadata and pools are read. */
void jfr_events_read(struct jfr_result *r, struct jfr_chunk *c, struct span bytes);
/* Moves the profiles with samples to the set, with what is to be said about them. */
void jfr_result_finish(struct jfr_result *r, struct profile_set *ret);
void jfr_result_done(struct jfr_result *r);
