/* SPDX-License-Identifier: MIT */
/* Sampling by brief ptrace stops. */
#include "collect/sampler_ptrace.h"

#include "base/clock.h"
#include "base/exit_code.h"
#include "collect/tracees.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>
#include <unistd.h>

enum { STACK_BYTES = 32 << 10, SLICE_NS = 100000 };

/* Share of time the target may stand still for us: stops get rarer when they take long. */
#define STOP_BUDGET 0.04

struct watched_process {
	pid_t pid;
	clockid_t clock;
	bool has_clock;
	uint64_t cpu_ns;           /* used up to the last look */
};

struct ptrace_run {
	struct sampling *s;
	struct tracees tracees;
	vec_of(struct watched_process) processes;
	uint64_t n_stops;
	uint64_t interval_ns;
	/* of the stop being handled */
	struct unwind_regs regs;
	uint8_t *stack;
	size_t stack_n;
	bool have_regs;
};

static struct watched_process *process_get(struct ptrace_run *run, pid_t pid)
{
	vec_foreach (p, &run->processes)
		if (p->pid == pid)
			return p;

	struct watched_process *p = vec_push(&run->processes);

	*p = (struct watched_process){ .pid = pid };
	p->has_clock = clock_getcpuclockid(pid, &p->clock) == 0;
	return p;
}

/* CPU time the process used since the last look; this clock is exact also while it runs. */
static uint64_t process_cpu_step(struct watched_process *p)
{
	struct timespec ts;

	if (!p->has_clock || clock_gettime(p->clock, &ts) < 0)
		return 0;
	uint64_t now = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	uint64_t step = now > p->cpu_ns ? now - p->cpu_ns : 0;

	p->cpu_ns = MAX(now, p->cpu_ns);
	return step;
}

static void regs_from_user(const struct user_regs_struct *u, struct unwind_regs *ret)
{
	const uint64_t in_dwarf_order[UNWIND_N_REGS] = { u->rax, u->rdx, u->rcx, u->rbx, u->rsi,
		u->rdi, u->rbp, u->rsp, u->r8, u->r9, u->r10, u->r11, u->r12, u->r13, u->r14,
		u->r15, u->rip };

	memcpy(ret->r, in_dwarf_order, sizeof(in_dwarf_order));
}

static size_t read_memory(pid_t pid, uint64_t addr, void *to, size_t n)
{
	struct iovec local = { .iov_base = to, .iov_len = n };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)addr, .iov_len = n };
	ssize_t r = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	if (r >= 0)
		return (size_t)r;
	/* some seccomp profiles refuse the call but not the file */
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	_cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	r = fd < 0 ? 0 : pread(fd, to, n, (off_t)addr);
	return r > 0 ? (size_t)r : 0;
}

/* The thread stands still: only what cannot wait is done here. */
static void on_stop(void *ctx, const struct tracee *t)
{
	struct ptrace_run *run = ctx;
	struct user_regs_struct u;
	struct iovec io = { .iov_base = &u, .iov_len = sizeof(u) };

	run->have_regs = ptrace(PTRACE_GETREGSET, t->tid, (void *)(uintptr_t)NT_PRSTATUS, &io) == 0 &&
		io.iov_len == sizeof(u); /* a 32-bit program gives less */
	if (!run->have_regs)
		return;
	regs_from_user(&u, &run->regs);
	run->stack_n = read_memory(t->pid, run->regs.r[UNWIND_SP], run->stack, STACK_BYTES);
}

static void on_resume(void *ctx, const struct tracee *t)
{
	struct ptrace_run *run = ctx;
	struct sampling *s = run->s;
	uint64_t now = clock_mono_ns(), stop_ns = now - t->asked_ns;

	/* measured from the request, so this is an upper bound of the time it stood still */
	run->n_stops++;
	s->stop_ns += stop_ns;
	s->longest_stop_ns = MAX(s->longest_stop_ns, stop_ns);
	if (!run->have_regs)
		return;
	sampling_comm_proc(s, t->pid, t->tid);
	sampling_add(s, &(struct raw_input){ .pid = t->pid, .tid = t->tid, .time_ns = now,
		.weight = run->interval_ns, .regs = &run->regs,
		.stack = { .base = run->regs.r[UNWIND_SP],
			.bytes = span_of(run->stack, run->stack_n) } });
}

static void on_exec(void *ctx, pid_t pid)
{
	struct ptrace_run *run = ctx;

	addr_spaces_exec(&run->s->spaces, pid);
	sampling_comm_forget(run->s, pid);
}

static void on_fork(void *ctx, pid_t ppid, pid_t ptid, pid_t pid, pid_t tid)
{
	struct ptrace_run *run = ctx;

	sampling_fork(run->s, ppid, ptid, pid, tid);
	if (pid != ppid)
		process_get(run, pid);
}

/*
 * Asks every thread that is on a CPU right now to stop. Threads that wait are left alone: their
 * waiting is not CPU time, and a stop could make a blocking call return early.
 */
static void tick(struct ptrace_run *run, uint64_t now)
{
	vec_foreach (p, &run->processes) {
		if (process_cpu_step(p) == 0)
			continue;
		vec_foreach (t, &run->tracees.v)
			if (t->pid == p->pid && !t->asked_ns && tracee_running(t))
				tracee_ask(t, now);
	}
}

static void adapt_interval(struct ptrace_run *run)
{
	uint64_t wanted = (uint64_t)(1e9 / run->s->hz);

	if (run->n_stops >= 16) {
		double mean = (double)run->s->stop_ns / (double)run->n_stops;

		wanted = MAX(wanted, (uint64_t)(mean / STOP_BUDGET));
	}
	run->interval_ns = wanted;
}

static void wait_for_child_signal(const sigset_t *set, uint64_t ns)
{
	struct timespec ts = { .tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000) };

	sigtimedwait(set, NULL, &ts);
}

/*
 * The target waits while we are not scheduled. A short slice lets a waking thread in before others
 * (Linux 6.12+, EEVDF); it takes no privilege, and older kernels ignore it.
 */
static void set_slice(uint64_t ns)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = { .size = 48, .policy = SCHED_OTHER, .runtime = ns };

	if (sched_getscheduler(0) == SCHED_OTHER) {
		attr.nice = getpriority(PRIO_PROCESS, 0);
		syscall(SYS_sched_setattr, 0, &attr, 0);
	}
}

static void loop(struct ptrace_run *run, const sigset_t *chld)
{
	struct sampling *s = run->s;
	uint64_t next = clock_mono_ns();

	while (sampling_goes_on(s, false)) {
		uint64_t now = clock_mono_ns();
		bool due = now >= next;

		if (due) {
			adapt_interval(run);
			tick(run, now);
			/* never catch up: a late tick is a missed one */
			next = MAX(next + run->interval_ns, now);
		} else {
			wait_for_child_signal(chld, next - now);
		}
		tracees_events(&run->tracees, !due);
		if (s->child.reaped)
			s->ended = true;
	}
}

static uint64_t usage_ns(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * 1000000000 + (uint64_t)tv->tv_usec * 1000;
}

static void sum_cpu(struct ptrace_run *run, uint64_t *ret_sys_ns)
{
	struct sampling *s = run->s;
	uint64_t seen = 0, reaped = 0;

	vec_foreach (p, &run->processes) {
		process_cpu_step(p);
		seen += p->cpu_ns;
	}
	if (s->child.reaped)
		reaped = usage_ns(&s->child.usage.ru_utime) + usage_ns(&s->child.usage.ru_stime);
	s->cpu_ns = MAX(seen, reaped);
	*ret_sys_ns = usage_ns(&s->child.usage.ru_stime);
}

int sampler_ptrace_run(struct sampling *s, uint64_t *ret_sys_ns, struct err *err)
{
	struct ptrace_run run = { .s = s, .tracees = { .on_stop = on_stop, .on_resume = on_resume,
		.on_exec = on_exec, .on_fork = on_fork } };
	sigset_t chld, old;
	int r;

	run.tracees.ctx = &run;
	s->maps_by_reading = true;
	run.stack = xmalloc(STACK_BYTES);
	process_get(&run, s->child.pid);
	/* stops are announced by SIGCHLD; blocked, it waits for sigtimedwait */
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &chld, &old);
	r = tracees_seize(&run.tracees, &s->child, err);
	if (r == 0) {
		sampling_start(s);
		r = launch_go(&s->child, s->opts->argv, err);
	}
	if (r == 0) {
		set_slice(SLICE_NS);
		loop(&run, &chld);
		set_slice(0);
		tracees_detach(&run.tracees);
		sampling_end(s);
		sum_cpu(&run, ret_sys_ns);
		s->cost_ns = s->stop_ns;
	}
	tracees_done(&run.tracees);
	while (sigtimedwait(&chld, NULL, &(struct timespec){ 0 }) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	vec_done(&run.processes);
	free(run.stack);
	return r;
}
