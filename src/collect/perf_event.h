/* SPDX-License-Identifier: MIT */
/*
 * The kernel's sampling event: attributes by rung, one event per followed task and CPU, one ring
 * buffer per CPU, and records of all rings in the order of their time.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "parse/perf_records.h"

#include <linux/perf_event.h>
#include <sys/types.h>

enum perf_rung { PERF_RUNG_CYCLES, PERF_RUNG_CPU_CLOCK, PERF_N_RUNGS };

/* "hardware cycles", "cpu-clock", "cpu-clock, user only" ... */
const char *perf_rung_name(enum perf_rung r, bool user_only);

struct perf_config {
	enum perf_rung rung;
	double hz;
	bool user_only;
	bool enable_on_exec;
	bool enabled;         /* at once; else by perf_session_enable or exec */
	uint32_t stack_bytes; /* of user stack copied per sample; a multiple of 8 */
};

/* The one door to the system call, so that tests can look at attributes or refuse. */
extern long (*perf_event_open_call)(
	struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags);

/* Registers asked for, and how the sampled words map to DWARF numbers. */
#define PERF_USER_REGS_MASK 0xff01ffull
enum { PERF_N_USER_REGS = 17 };
extern const uint8_t perf_reg_to_dwarf[PERF_N_USER_REGS];

void perf_attr_fill(struct perf_event_attr *attr, const struct perf_config *c, size_t ring_bytes);
/* One "name value" line per field that is not zero, for tests and debugging. */
void perf_attr_dump(const struct perf_event_attr *attr, struct buf *ret);

/*
 * The best rung that works here, found by opening events on ourselves, from *rung on. *user_only
 * becomes true when only that is allowed. -EACCES, -EPERM or -ENOSYS when none works: then err says
 * what refuses and what would help.
 */
int perf_probe(enum perf_rung *rung, bool *user_only, struct err *err);

struct perf_ring {
	void *base;
	int fd; /* the event whose buffer this is, owned by the session */
	uint64_t tail;
	uint64_t head; /* snapshot of this round */
	bool have;     /* `next` is a record not yet consumed */
	uint64_t next_size;
	struct perf_record next;
	uint8_t *scratch; /* a record that wraps around is put together here */
};

struct perf_task_event {
	int fd;
	pid_t tid;
};

struct perf_session {
	struct perf_config config;
	struct perf_event_attr attr;
	struct perf_layout layout;
	size_t ring_bytes; /* of each */
	vec_of(int) cpus;
	vec_of(struct perf_ring) rings;
	vec_of(struct perf_task_event) fds;
	uint64_t n_bad;  /* records that could not be read */
	double max_fill; /* highest share of a ring that was full, in the last round */
};

int perf_session_open(struct perf_session *s, const struct perf_config *c, struct err *err);
void perf_session_close(struct perf_session *s);
/* Follows one task (thread) and everything it starts from now on. -ESRCH: it is gone. */
int perf_session_add_task(struct perf_session *s, pid_t tid, struct err *err);
/* Closes the events of a task again (not of the first one, whose rings are shared). */
void perf_session_drop_task(struct perf_session *s, pid_t tid);
void perf_session_enable(struct perf_session *s);
void perf_session_disable(struct perf_session *s);
/* CPU time of all followed tasks while enabled, ended ones included; as the events counted it. */
uint64_t perf_session_cpu_ns(const struct perf_session *s);

/*
 * What one sample costs the thread it interrupts, measured on ourselves: the median time of short
 * pieces of work with and without a fast event of the same kind. 0 when it cannot be told. Takes
 * about 20 ms.
 */
uint64_t perf_sample_cost_ns(const struct perf_event_attr *like, size_t ring_bytes);

/*
 * Gives every record up to a moment safely in the past (all of them when `last`) to the callback,
 * in the order of time. Returns how many.
 */
size_t perf_session_drain(struct perf_session *s, bool last,
	void (*cb)(void *ctx, const struct perf_record *r), void *ctx);
