/* SPDX-License-Identifier: MIT */
/* Entry of the embedded sampler: checks the target, chooses the rung, runs it. */
#include "collect/sampler.h"

#include "base/exit_code.h"
#include "collect/sampler_perf.h"
#include "collect/sampler_poll.h"
#include "collect/sampler_ptrace.h"
#include "collect/task_tree.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

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
		return fail(err, EINVAL,
			"unknown rung '%s' (cycles, cpu-clock, user, ptrace, proc)", force);
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
	*out = (struct sampler_outcome){
		.exit_code = -1, .target_ended = s->ended, .wall_ns = s->end_ns - s->start_ns
	};
	if (!s->child.reaped)
		return;
	if (WIFEXITED(s->child.status))
		out->exit_code = WEXITSTATUS(s->child.status);
	else if (WIFSIGNALED(s->child.status))
		out->signal = WTERMSIG(s->child.status);
	out->max_rss_bytes = (uint64_t)s->child.usage.ru_maxrss * 1024;
}

static bool is_refusal(int r)
{
	return r == -EPERM || r == -EACCES || r == -ENOSYS;
}

/* Tried on a child made for it: some containers refuse it. */
static bool ptrace_allowed(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	if (pid < 0)
		return false;
	bool allowed = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return allowed;
}

enum means { BY_PERF, BY_PTRACE, BY_POLLING };

/* Where perf_event_open is refused: our own child can still be stopped and read, else looked at. */
static int choose_means(
	struct sampling *s, enum means *means, enum perf_rung *rung, struct err *err)
{
	const struct sampler_opts *o = s->opts;
	const char *force = o->force_rung;

	*means = BY_PERF;
	if (force && strcmp(force, "ptrace") == 0) {
		*means = BY_PTRACE;
		return o->argv ? 0
			       : fail(err, EINVAL, "ptrace stops are only for launched commands");
	}
	if (force && strcmp(force, "proc") == 0) {
		*means = BY_POLLING;
		return 0;
	}
	int r = choose_perf_rung(s, rung, err);

	if (!is_refusal(r) || force)
		return r;
	*means = o->argv && ptrace_allowed() ? BY_PTRACE : BY_POLLING;
	return 0;
}

static int run_means(struct sampling *s, enum means *means, enum perf_rung rung,
	uint64_t *ret_sys_ns, struct err *err)
{
	int r;

	if (*means == BY_PTRACE)
		return sampler_ptrace_run(s, ret_sys_ns, err);
	if (*means == BY_PERF) {
		r = sampler_perf_run(s, rung, ret_sys_ns, err);
		/* a process of another user: its threads can be looked at all the same */
		if (!is_refusal(r) || s->child.pid || s->opts->force_rung || s->n_samples)
			return r;
		*means = BY_POLLING;
	}
	return sampler_poll_run(s, ret_sys_ns, err);
}

static const char *means_name(const struct sampling *s, enum means means, enum perf_rung rung)
{
	return means == BY_PTRACE  ? "ptrace stops"
		: means == BY_PERF ? perf_rung_name(rung, s->user_only)
				   : "proc polling";
}

static int run(
	struct sampling *s, struct profile **ret, struct sampler_outcome *outcome, struct err *err)
{
	const struct sampler_opts *o = s->opts;
	uint64_t sys_ns = 0;
	enum perf_rung rung = PERF_RUNG_CPU_CLOCK;
	enum means means;
	int r = choose_means(s, &means, &rung, err);

	if (r < 0)
		return r;
	if (o->argv) {
		r = launch_start(&s->child, o->argv, o->child_stdout, o->change, err);
		if (r < 0)
			return r;
		s->pid = s->child.pid;
	}
	r = run_means(s, &means, rung, &sys_ns, err);
	if (r < 0)
		return r;
	if (means != BY_PERF)
		s->user_only = false; /* it says how the events would have been opened */
	if (s->child.pid)
		launch_stop(&s->child);
	if (outcome)
		fill_outcome(s, outcome);
	return sampling_finish(s, means_name(s, means, rung), sys_ns, ret, err);
}

int sampler_run(const struct sampler_opts *opts, struct profile **ret,
	struct sampler_outcome *outcome, struct err *err)
{
	int r = check_target(opts, err);

	if (r < 0)
		return r;
	_cleanup_(sampling_freep) struct sampling *s = sampling_new(opts);

	return run(s, ret, outcome, err);
}
