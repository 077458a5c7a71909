/* SPDX-License-Identifier: MIT */
/*
 * Waiting, as the sampler sees it: switch records time every wait, sampled switches and reads of
 * sleeping threads give the stacks, classes say what each waits for. On when sampler_opts.wants has
 * a resource of waiting.
 */
#pragma once

#include "collect/lock_watch.h"
#include "collect/off_cpu.h"
#include "collect/perf_event.h"
#include "collect/stack_names.h"
#include "collect/task_tree.h"

struct waits {
	struct off_cpu off;
	struct lock_watch locks;
	struct off_totals totals;
	int refused;        /* why switches are not sampled, 0 they are */
	bool unreadable;    /* sleeping threads may not be read */
	unsigned some, all; /* numbers of the two events of switches, 0 none */
	bool sparing;       /* the one that takes some is on, not the one that takes all */
	uint64_t waits_before;
	uint64_t n_samples, n_read;
	uint64_t last_tick_ns;
	size_t next; /* task to look at */
	uint64_t class_ns[8];
	bool crowded; /* one process had far more threads than there are CPUs */
};

/* NULL when waiting is not wanted. */
struct waits *waits_new(struct sampling *s);
void waits_free(struct waits *w);

/* All NULL-safe. Every record that is no sample. */
void waits_cpu_sample(struct waits *w, pid_t tid, uint32_t node, uint64_t time_ns);
void waits_record(struct waits *w, const struct perf_record *r);
/* The observation begins: threads that exist already. */
void waits_begin(struct waits *w, const struct task_list *tasks);
/* After each round of records. In how many milliseconds at the latest it is to be called again. */
int waits_tick(struct waits *w, struct perf_session *session, int interval_ms, bool last);
void waits_finish(struct waits *w);
/* Time in which threads waited for something else than work, to be slowed by us as well. */
uint64_t waits_busy_ns(const struct waits *w);
/* Samples of the store that are waits, into the profile; sets the quality and caveats of waiting.
 */
void waits_fill(struct waits *w, const struct stack_names *names);
