/* SPDX-License-Identifier: MIT */
/* One window over machine, control group, processes and target. */
#include "collect/baseline.h"

#include "base/clock.h"
#include "collect/cgroup.h"
#include "collect/machine.h"
#include "collect/processes.h"
#include "collect/target_watch.h"

#include <errno.h>

/* Everything that is read at both ends of the window. */
struct reading {
	struct machine_snapshot machine;
	struct cgroup_snapshot cgroup;
	bool has_cgroup;
	struct process_list processes;
};

struct run {
	const struct baseline_opts *opts;
	struct procfs p;
	struct arena *a;
	struct caveats *caveats;
	struct reading before, now;
	struct target_watch *watch;
	double runnable_sum; /* of the looks */
	unsigned looks;
};

static int read_cgroup(struct run *r, struct reading *ret, struct err *err)
{
	struct err why = { 0 };
	int rc = cgroup_snapshot_take(
		&r->p, r->opts->pid, r->opts->cgroup, r->a, &ret->cgroup, &why);

	ret->has_cgroup = rc == 0;
	if (rc < 0 && r->opts->cgroup) /* asked for by name: must exist */
		return fail(err, -rc, "%s", why.msg);
	if (rc < 0)
		caveat_add(r->caveats, r->a, "no-cgroup",
			"limits of the control group are unknown: %s", why.msg);
	return 0;
}

/* Mean runnable tasks from many cheap looks; one reading of a queue says little. */
static void look_at_queue(struct run *r)
{
	struct proc_loadavg load;
	struct span text;

	if (procfs_read(&r->p, "loadavg", &text, NULL) < 0 ||
		proc_loadavg_parse(text, &load, NULL) < 0)
		return;
	/* we are one of them */
	r->runnable_sum += load.running > 0 ? (double)load.running - 1 : 0;
	r->looks++;
}

static void sleep_until(uint64_t t_ns)
{
	uint64_t now = clock_mono_ns();

	if (t_ns > now)
		sleep_ns(t_ns - now);
}

/* Looks at the target and the run queue until the window is over. */
static void watch_window(struct run *r, uint64_t start_ns)
{
	double window = r->opts->window_s;
	/* 20 looks in a second; fewer per second in long windows, never more than 600 */
	double step = MAX(MAX(0.05, MIN(window / 20, 0.5)), window / 590);
	bool alive = r->watch != NULL;

	for (uint64_t k = 1;; k++) {
		double at = (double)k * step;

		if (at > window + step / 2)
			return;
		sleep_until(start_ns + (uint64_t)(MIN(at, window) * 1e9));
		look_at_queue(r);
		if (alive)
			alive = target_watch_look(r->watch);
		if (r->opts->progress && r->opts->progress(r->opts->progress_ctx, at) != 0) {
			caveat_add(r->caveats, r->a, "window-cut",
				"the window ended early, after %.1f s", at);
			return;
		}
	}
}

static int take_readings(struct run *r, struct err *err)
{
	bool window = r->opts->window_s > 0;
	int rc = 0;

	/* the costly lists stay outside of the machine's window */
	if (window)
		rc = processes_take(&r->p, true, NULL, &r->before.processes, err);
	if (rc == 0 && window && r->opts->pid)
		processes_read_delays(&r->p, &r->before.processes, r->opts->pid);
	if (rc == 0 && r->opts->pid)
		rc = target_watch_new(
			&r->p, r->opts->pid, r->opts->knowledge, r->a, r->caveats, &r->watch, err);
	if (rc < 0)
		return rc;
	if (window) {
		rc = read_cgroup(r, &r->before, err);
		if (rc == 0)
			rc = machine_snapshot_take(
				&r->p, r->a, r->caveats, &r->before.machine, err);
		if (rc < 0)
			return rc;
		watch_window(r, r->before.machine.time_ns);
	}
	rc = machine_snapshot_take(&r->p, r->a, r->caveats, &r->now.machine, err);
	if (rc == 0)
		rc = read_cgroup(r, &r->now, err);
	if (rc == 0)
		rc = processes_take(&r->p, window, window ? &r->before.processes : NULL,
			&r->now.processes, err);
	if (rc == 0 && window && r->opts->pid)
		processes_read_delays(&r->p, &r->now.processes, r->opts->pid);
	return rc;
}

static void fill(struct run *r, struct baseline *ret)
{
	bool window = r->opts->window_s > 0;
	const struct reading *before = window ? &r->before : NULL;

	*ret = (struct baseline){ .taken = true };
	machine_baseline(&r->p, before ? &before->machine : NULL, &r->now.machine, r->a, ret);
	machine_facts(&r->p, r->a, ret);
	if (r->looks)
		ret->cpu.run_queue = r->runnable_sum / r->looks;
	if (r->now.has_cgroup)
		cgroup_baseline(before && before->has_cgroup ? &before->cgroup : NULL,
			&r->now.cgroup, ret->window_s, &ret->cgroup);
	processes_top(before ? &before->processes : NULL, &r->now.processes, r->a, ret);
	if (r->now.processes.io_limited)
		caveat_add(r->caveats, r->a, "io-limited",
			"this machine has %zu processes: disk traffic was read for the %d with "
			"most CPU time only",
			r->now.processes.n, PROCESSES_IO_MAX);
	if (!r->watch)
		return;
	target_watch_finish(r->watch, &ret->target);
	processes_tree(
		before ? &before->processes : NULL, &r->now.processes, r->opts->pid, &ret->target);
}

int baseline_take(const struct baseline_opts *opts, struct arena *a, struct caveats *caveats,
	struct baseline *ret, struct err *err)
{
	struct run r = { .opts = opts, .a = a, .caveats = caveats };

	if (!(opts->window_s >= 0 && opts->window_s <= 3600))
		return fail(
			err, EINVAL, "window of %g s: must be between 0 and 3600", opts->window_s);
	int rc = procfs_open(&r.p, opts->root, err);

	if (rc < 0)
		return rc;
	rc = take_readings(&r, err);
	if (rc == 0)
		fill(&r, ret);
	target_watch_free(r.watch);
	process_list_done(&r.before.processes);
	process_list_done(&r.now.processes);
	procfs_done(&r.p);
	return rc;
}
