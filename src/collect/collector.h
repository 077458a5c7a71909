/* SPDX-License-Identifier: MIT */
/*
 * What looks at the target beside the sampler, during the same observation: a runtime's own door
 * (Node's inspector, HotSpot's attach socket, Go's pprof pages), the memory mappings over time, the
 * I/O counters. One file per collector, registered in COLLECTORS below; observe.c runs each in a
 * thread of its own. A collector that finds nothing to do here returns 0 and leaves *ret empty; one
 * that fails says why in a sentence, which becomes a caveat of the result: it never spoils what
 * others found.
 *
 * Rules: the target is never stopped, killed or slowed beyond what `cost` says; what was opened (a
 * socket, an inspector, a recording, a file) is closed again also when the observation is cut
 * short; and nothing may stay behind when perf-ops is killed.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "collect/launch.h"
#include "knowledge/knowledge.h"
#include "model/memory_trend.h"
#include "model/profile_set.h"
#include "model/resource.h"

#include <sys/types.h>

struct collector_target {
	pid_t pid; /* root of the process tree; 0 in prepare */
	bool launched;
	/* in a production or unknown environment nothing may run inside the target: only reading */
	bool passive_only;
	unsigned wanted;      /* enum resource bits to look at in detail */
	unsigned deep;        /* those the user asked for by name: may cost more */
	uint64_t duration_ns; /* 0: until the target ends */
	int stop_fd;          /* readable when the observation is over: finish within seconds */
	const char *scratch;  /* folder for files of this run, removed afterwards by the caller */
	const char *project_root;
	const struct knowledge *knowledge;
};

struct collected {
	struct arena arena;
	struct profile_set profiles; /* each with its types, quality.rung and caveats */
	struct caveats caveats;
	struct memory_trend *memory; /* how it developed, NULL when not looked at */
};

struct collector {
	const char *name; /* as in runs[].tool: "node inspector" */
	unsigned shows;   /* enum resource bits */
	bool runs_inside; /* makes the target's runtime do something: never with passive_only */
	/* Launched only, may be NULL: called before the exec. */
	int (*prepare)(
		const struct collector_target *t, struct launch_change *change, struct err *err);
	/*
	 * In a thread of its own, from the start of the observation until stop_fd is readable or
	 * the target is gone. Processes of the tree come and go: look for them (task_tree.h) now
	 * and then.
	 */
	int (*run)(const struct collector_target *t, struct collected *ret, struct err *err);
};

#define COLLECTORS(X) \
	X(alloc)      \
	X(go_pprof)   \
	X(java)       \
	X(memory)     \
	X(node_inspector)

#define X(name) extern const struct collector name##_collector;
COLLECTORS(X)
#undef X

/* All collectors, NULL-ended. */
extern const struct collector *const collectors[];

/* Waits up to timeout_ns for the end of the observation; true once it is over. */
bool collector_wait(const struct collector_target *t, uint64_t timeout_ns);
