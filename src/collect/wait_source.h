/* SPDX-License-Identifier: MIT */
/*
 * Waiting, as the sampler sees it: switch records time every wait, sampled switches and reads of
 * sleeping threads give the stacks, classes say what each waits for. On when sampler_opts.wants has
 * a resource of waiting.
 */
#pragma once

#include "collect/off_cpu.h"
#include "collect/perf_event.h"
#include "collect/stack_names.h"
#include "collect/task_tree.h"

struct waits {
	struct off_cpu off;
	struct off_totals totals;
	int refused;            /* why switches are not sampled, 0 they are */
	bool unreadable;        /* sleeping threads may not be read */
	double credit;          /* switch samples that may still be taken */
	bool held_back, paused; /* paused: not sampled just now */
	uint64_t n_samples, n_read;
	uint64_t last_tick_ns;
	size_t next; /* task to look at */
	uint64_t class_ns[8];
};

/* NULL when waiting is not wanted. */
struct waits *waits_new(struct sampling *s);
void waits_free(struct waits *w);

/* All NULL-safe. Every record that is no sample. */
void waits_record(struct waits *w, const struct perf_record *r);
/* The observation begins: threads that exist already. */
void waits_begin(struct waits *w, const struct task_list *tasks);
/* After each round of records. */
void waits_tick(struct waits *w, struct perf_session *session, unsigned event, bool last);
void waits_finish(struct waits *w);
/* Samples of the store that are waits, into the profile; sets the quality and caveats of waiting.
 */
void waits_fill(struct waits *w, const struct stack_names *names);
