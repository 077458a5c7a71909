/* SPDX-License-Identifier: MIT */
/*
 * One session of the kernel's events: for every followed task and CPU the sampling clock and the
 * other events wanted, one ring buffer per CPU that they share, and the records of all rings in
 * the order of their time.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "collect/perf_attr.h"
#include "parse/perf_records.h"

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
	unsigned event; /* index in perf_session.events */
	bool owns_ring;
};

/* The sampling clock is number 0; others follow as they were wanted. */
struct perf_session_event {
	const char *name;
	struct perf_event_attr attr;
	struct perf_layout layout;
	const char *filter; /* NULL none */
	int refused;        /* negative: the kernel did not give it, so it was left out */
};

enum { PERF_SETTLE_NS = 2000000 };

struct perf_session {
	struct perf_config config;
	vec_of(struct perf_session_event) events;
	struct map_u64 ids; /* the kernel's id of an event -> index in events */
	size_t ring_bytes;  /* of each */
	double expected_hz; /* samples with a stack, per CPU */
	vec_of(int) cpus;
	vec_of(struct perf_ring) rings;
	vec_of(struct perf_task_event) fds;
	uint64_t n_bad;     /* records that could not be read */
	double max_fill;    /* highest share of a ring that was full, in the last round */
	uint64_t settle_ns; /* how old a record must be to be taken, see perf_session_drain */
	bool left;          /* the last round left younger ones */
};

int perf_session_open(struct perf_session *s, const struct perf_config *c, struct err *err);
/* One more event; before the first task. Returns its number, which its records carry. */
unsigned perf_session_want(struct perf_session *s, const struct perf_want *w);
void perf_session_close(struct perf_session *s);
/* Follows one task (thread) and everything it starts from now on. -ESRCH: it is gone. */
int perf_session_add_task(struct perf_session *s, pid_t tid, struct err *err);
/* Closes the events of a task again (not of the first one, whose rings are shared). */
void perf_session_drop_task(struct perf_session *s, pid_t tid);
void perf_session_enable(struct perf_session *s);
void perf_session_disable(struct perf_session *s);
/* One event of all tasks, those that were inherited included. */
void perf_session_event_enable(struct perf_session *s, unsigned event, bool on);
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
