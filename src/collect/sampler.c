/* SPDX-License-Identifier: MIT */
/* Entry of the embedded sampler: checks the target, chooses the rung, runs it. */
#include "collect/sampler.h"

#include "base/exit_code.h"
#include "collect/sampler_perf.h"
#include "collect/task_tree.h"

#include <errno.h>
#include <sys/wait.h>

static int check_target(const struct sampler_opts *o, struct err *err)
{
	struct proc_task_stat st;
	int r = 0;

	if (o->hz < 0 || o->hz > 20000)
		return fail(err, EINVAL, "a rate of %g Hz is not possible (1 to 20000)", o->hz);
	if (o->argv && o->argv[0])
		return 0;
	if (o->pid <= 0)
		return fail(err, EINVAL, "nothing to sample: give a command or a process");
	if (!task_stat_read(o->pid, &st)) {
		r = fail(err, ESRCH, "there is no process %d", (int)o->pid);
		err_hint(err, "it may have ended, or run in another pid namespace");
	} else if (st.state == 'Z' || st.state == 'X') {
		r = fail(err, ESRCH, "process %d (%s) has already ended and waits for its parent",
			(int)o->pid, st.comm);
	} else if (st.kernel_thread) {
		r = fail(err, EINVAL, "process %d (%s) is a kernel thread and runs no program",
			(int)o->pid, st.comm);
	}
	if (r < 0 && err)
		err->exit_code = EXIT_NOT_MEASURED;
	return r;
}

static int choose_perf_rung(struct sampling *s, enum perf_rung *rung, struct err *err)
{
	const char *force = s->opts->force_rung;

	*rung = PERF_RUNG_CYCLES;
	if (force && strcmp(force, "cpu-clock") == 0) {
		*rung = PERF_RUNG_CPU_CLOCK;
	} else if (force && strcmp(force, "user") == 0) {
		*rung = PERF_RUNG_CPU_CLOCK;
		s->user_only = true;
	} else if (force && strcmp(force, "cycles") != 0) {
		return fail(err, EINVAL, "unknown rung '%s' (cycles, cpu-clock, user, ptrace)", force);
	}
	int r = perf_probe(rung, &s->user_only, err);

	if (r < 0 && err)
		err->exit_code = EXIT_UNFIT;
	if (r == 0 && force && strcmp(force, "cycles") == 0 && *rung != PERF_RUNG_CYCLES) {
		r = fail(err, ENODEV, "this machine has no hardware cycle counter to sample with");
		if (err)
			err->exit_code = EXIT_UNFIT;
	}
	return r;
}

static void fill_outcome(const struct sampling *s, struct sampler_outcome *out)
{
	*out = (struct sampler_outcome){ .exit_code = -1, .target_ended = s->ended,
		.wall_ns = s->end_ns - s->start_ns };
	if (!s->child.reaped)
		return;
	if (WIFEXITED(s->child.status))
		out->exit_code = WEXITSTATUS(s->child.status);
	else if (WIFSIGNALED(s->child.status))
		out->signal = WTERMSIG(s->child.status);
	out->max_rss_bytes = (uint64_t)s->child.usage.ru_maxrss * 1024;
}

static int run(struct sampling *s, struct profile **ret, struct sampler_outcome *outcome,
	struct err *err)
{
	const struct sampler_opts *o = s->opts;
	uint64_t sys_ns = 0;
	enum perf_rung rung;
	int r = choose_perf_rung(s, &rung, err);

	if (r < 0)
		return r;
	if (o->argv) {
		r = launch_start(&s->child, o->argv, o->child_stdout, err);
		s->pid = s->child.pid;
	}
	if (r == 0)
		r = sampler_perf_run(s, rung, &sys_ns, err);
	if (r < 0)
		return r;
	if (s->child.pid)
		launch_stop(&s->child);
	if (outcome)
		fill_outcome(s, outcome);
	return sampling_finish(s, perf_rung_name(rung, s->user_only), sys_ns, ret, err);
}

int sampler_run(const struct sampler_opts *opts, struct profile **ret, struct sampler_outcome *outcome,
	struct err *err)
{
	int r = check_target(opts, err);

	if (r < 0)
		return r;
	_cleanup_(sampling_freep) struct sampling *s = sampling_new(opts);

	return run(s, ret, outcome, err);
}
