/* SPDX-License-Identifier: MIT */
/*
 * Watches one process through /proc only: regular looks at its CPU time, memory and the state of
 * its threads. Nothing is attached, nothing is stopped.
 */
#pragma once

#include "collect/procfs.h"
#include "knowledge/knowledge.h"
#include "model/diagnosis.h"

struct target_watch;

/* -ESRCH when there is no such process. Results live in the arena. */
int target_watch_new(struct procfs *p, pid_t pid, const struct knowledge *k, struct arena *a,
	struct caveats *caveats, struct target_watch **ret, struct err *err);
/* False when the process is gone (or its pid belongs to another one now). */
bool target_watch_look(struct target_watch *w);
/* The last look and the result; with a single look only levels. The tree is filled by others. */
void target_watch_finish(struct target_watch *w, struct baseline_target *ret);
void target_watch_free(struct target_watch *w);
