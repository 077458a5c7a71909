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

enum { STACK_BYTES = 32 << 10, STACK_BYTES_MAX = 1 << 20, SLICE_NS = 100000 };

/* Share of its CPU time that stops may cost the target; they get rarer when they take long. */
#define STOP_BUDGET 0.04
static const uint64_t SWITCH_COST_NS = 40000, BUDGET_STOP_MAX_NS = 200000;
static const uint64_t START_COST_NS = 1000000; /* so that short programs are sampled at all */

struct watched_process {
	pid_t pid;
	clockid_t clock;
	bool has_clock;
	uint64_t cpu_ns; /* used up to the last look */
};

struct ptrace_run {
	struct sampling *s;
	struct tracees tracees;
	vec_of(struct watched_process) processes;
	uint64_t n_stops;
	uint64_t interval_ns;
	size_t turn;
	uint64_t random;
	uint64_t budget_ns; /* the part that counts against STOP_BUDGET */
	uint64_t cost_ns;   /* of all stops, see on_resume */
	/* of the stop being handled */
	uint64_t noticed_ns;
	struct unwind_regs regs;
	uint8_t *stack;
	size_t stack_n, stack_want; /* bytes read, and how many to ask for */
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

	run->noticed_ns = clock_mono_ns();
	run->have_regs =
		ptrace(PTRACE_GETREGSET, t->tid, (void *)(uintptr_t)NT_PRSTATUS, &io) == 0 &&
		io.iov_len == sizeof(u); /* a 32-bit program gives less */
	if (!run->have_regs)
		return;
	regs_from_user(&u, &run->regs);
	run->stack_n = read_memory(t->pid, run->regs.r[UNWIND_SP], run->stack, run->stack_want);
}

static void on_resume(void *ctx, struct tracee *t)
{
	struct ptrace_run *run = ctx;
	struct sampling *s = run->s;
	uint64_t now = clock_mono_ns(), stop_ns = now - t->asked_ns;
	/* a sample stands for what its thread used since the one before; waiting for a CPU is none
	 */
	uint64_t weight = tracee_cpu_step(t);

	/*
	 * From the request on is an upper bound: on a busy machine most of it the thread only
	 * waits for a CPU, which it would have done without us. What a stop costs is taken as
	 * the handling plus a little for stopping and waking. When we lose the CPU in the middle
	 * of it, that is told, but one such accident must not use up the budget for seconds.
	 */
	uint64_t handling_ns = now - run->noticed_ns;
	uint64_t cost_ns = handling_ns + MIN(stop_ns - handling_ns, SWITCH_COST_NS);

	run->n_stops++;
	run->cost_ns += cost_ns;
	run->budget_ns += MIN(cost_ns, BUDGET_STOP_MAX_NS);
	s->longest_stop_ns = MAX(s->longest_stop_ns, stop_ns);
	if (!run->have_regs)
		return;
	sampling_comm_proc(s, t->pid, t->tid);

	uint64_t n_short = s->ends[UNWIND_SHORT];

	sampling_add(s,
		&(struct raw_input){ .pid = t->pid,
			.tid = t->tid,
			.time_ns = now,
			.weight = weight ? weight : 1000,
			.regs = &run->regs,
			.stack = { .base = run->regs.r[UNWIND_SP],
				.bytes = span_of(run->stack, run->stack_n) } });
	/* deep recursion: read more from the next stop on */
	if (s->ends[UNWIND_SHORT] > n_short && run->stack_n == run->stack_want)
		run->stack_want = MIN(run->stack_want * 2, STACK_BYTES_MAX);
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

/* Whether another stop keeps the cost within its share of the CPU time used so far. */
static bool within_budget(const struct ptrace_run *run, uint64_t cpu_ns, uint64_t n_asked)
{
	uint64_t mean = run->n_stops ? run->budget_ns / run->n_stops : 0;

	return (double)(run->budget_ns + n_asked * mean) <=
		STOP_BUDGET * (double)cpu_ns + (double)START_COST_NS;
}

/*
 * Asks every thread that is on a CPU right now to stop, as far as the budget allows. Threads that
 * wait are left alone: their waiting is not CPU time, and a stop could make a blocking call return
 * early.
 */
static void tick(struct ptrace_run *run, uint64_t now)
{
	uint64_t cpu_ns = 0, n_asked = 0;
	size_t n = run->tracees.v.n;
	bool any = false;

	vec_foreach (p, &run->processes) {
		any |= process_cpu_step(p) > 0;
		cpu_ns += p->cpu_ns;
	}
	run->turn++; /* begin with another thread each time, so that all get their part */
	for (size_t i = 0; any && i < n && within_budget(run, cpu_ns, n_asked); i++) {
		struct tracee *t = &run->tracees.v.v[(i + run->turn) % n];

		if (t->asked_ns || !tracee_running(t))
			continue;
		tracee_ask(t, now);
		n_asked++;
	}
}

/* The interval, half to one and a half of it, so that ticks do not keep step with the program. */
static uint64_t jittered(struct ptrace_run *run)
{
	run->random = hash_u64(run->random + 1);
	return run->interval_ns / 2 + run->random % run->interval_ns;
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
			tick(run, now);
			/* never catch up: a late tick is a missed one */
			next = MAX(next + jittered(run), now);
		} else {
			wait_for_child_signal(chld, next - now);
		}
		/* with many threads, looking at each takes longer than a tick may */
		tracees_events(&run->tracees, !due || run->tracees.v.n <= 64 || run->turn % 4 == 0);
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
	struct ptrace_run run = { .s = s,
		.tracees = { .on_stop = on_stop,
			.on_resume = on_resume,
			.on_exec = on_exec,
			.on_fork = on_fork } };
	sigset_t chld, old;
	int r;

	run.tracees.ctx = &run;
	s->maps_by_reading = true;
	run.stack = xmalloc(STACK_BYTES_MAX);
	run.stack_want = STACK_BYTES;
	run.interval_ns = (uint64_t)(1e9 / s->hz);
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
		s->cost_ns = run.cost_ns;
	}
	tracees_done(&run.tracees);
	while (sigtimedwait(&chld, NULL, &(struct timespec){ 0 }) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	vec_done(&run.processes);
	free(run.stack);
	return r;
}
