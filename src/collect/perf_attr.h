/* SPDX-License-Identifier: MIT */
/*
 * The kernel's events as we ask for them: the sampling clock by rung, other events beside it, and
 * which of them this machine and user may have.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <linux/perf_event.h>
#include <sys/types.h>

enum perf_rung { PERF_RUNG_CYCLES, PERF_RUNG_CPU_CLOCK, PERF_N_RUNGS };

/* "hardware cycles", "cpu-clock", "cpu-clock, user only" ... */
const char *perf_rung_name(enum perf_rung r, bool user_only);

/* Up to this rate a sample wakes the reader, above it looks by the clock. */
enum { PERF_WAKE_HZ = 250 };

struct perf_config {
	enum perf_rung rung;
	double hz;
	bool user_only;
	bool enable_on_exec;
	bool enabled;         /* at once; else by perf_session_enable or exec */
	bool switches;        /* PERF_RECORD_SWITCH when a task leaves a CPU and comes back */
	uint32_t stack_bytes; /* of user stack copied per sample; a multiple of 8 */
};

/* The one door to the system call, so that tests can look at attributes or refuse. */
extern long (*perf_event_open_call)(
	struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags);

/* Registers asked for, and how the sampled words map to DWARF numbers. */
#define PERF_USER_REGS_MASK 0xff01ffull
enum { PERF_N_USER_REGS = 17 };
extern const uint8_t perf_reg_to_dwarf[PERF_N_USER_REGS];

/*
 * One more event of the same tasks, beside the sampling clock. It shares the rings, the clock and
 * the stack settings with it; which event a record is of stands in perf_record.event.
 */
struct perf_want {
	const char *name;
	uint32_t type; /* PERF_TYPE_SOFTWARE, PERF_TYPE_TRACEPOINT ... */
	uint64_t config;
	uint64_t period;  /* a sample per so many occurrences; 0: the kernel adapts it to freq_hz */
	double freq_hz;   /* samples per second, task and CPU at most, about */
	unsigned carries; /* PERF_WANT_ bits */
	bool paused;      /* only perf_session_event_enable turns it on */
	const char
		*filter; /* over the fields of a tracepoint; NULL none; must outlive the session */
};

enum {
	PERF_WANT_STACK = 1,   /* registers, copy of the user stack, the kernel's call chain */
	PERF_WANT_ADDRESS = 2, /* perf_sample_record.address */
	PERF_WANT_RAW = 4,     /* perf_sample_record.raw */
};

/* The sampling clock; also the one event whose records tell of mappings, tasks and switches. */
void perf_attr_fill(struct perf_event_attr *attr, const struct perf_config *c, size_t ring_bytes);
void perf_attr_fill_want(struct perf_event_attr *attr, const struct perf_config *c,
	const struct perf_want *w, size_t ring_bytes);
/* One "name value" line per field that is not zero, for tests and debugging. */
void perf_attr_dump(const struct perf_event_attr *attr, struct buf *ret);

/*
 * The best rung that works here, found by opening events on ourselves, from *rung on. *user_only
 * becomes true when only that is allowed. -EACCES, -EPERM or -ENOSYS when none works: then err says
 * what refuses and what would help.
 */
int perf_probe(enum perf_rung *rung, bool *user_only, struct err *err);
