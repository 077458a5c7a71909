/* SPDX-License-Identifier: MIT */
/* Attributes of the kernel's events, and which of them work here. */
#include "collect/perf_attr.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long open_syscall(
	struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags)
{
	return syscall(SYS_perf_event_open, attr, pid, cpu, group, flags);
}

long (*perf_event_open_call)(struct perf_event_attr *attr, pid_t pid, int cpu, int group,
	unsigned long flags) = open_syscall;

/* arch/x86/include/uapi/asm/perf_regs.h: AX BX CX DX SI DI BP SP IP, then R8..R15 */
const uint8_t perf_reg_to_dwarf[PERF_N_USER_REGS] = { 0, 3, 2, 1, 4, 5, 6, 7, 16, 8, 9, 10, 11, 12,
	13, 14, 15 };

const char *perf_rung_name(enum perf_rung r, bool user_only)
{
	static const char *const names[PERF_N_RUNGS][2] = {
		[PERF_RUNG_CYCLES] = { "hardware cycles", "hardware cycles, user only" },
		[PERF_RUNG_CPU_CLOCK] = { "cpu-clock", "cpu-clock, user only" },
	};

	return names[r][user_only];
}

/*
 * What all events of a session have in common: who, when and which event in samples and trailers,
 * the clock, and how a ring calls us.
 */
static void fill_common(struct perf_event_attr *a, const struct perf_config *c, size_t ring_bytes)
{
	*a = (struct perf_event_attr){ .size = sizeof(*a) };
	a->sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID |
		PERF_SAMPLE_TIME | PERF_SAMPLE_PERIOD;
	a->exclude_kernel = c->user_only;
	a->exclude_hv = 1;
	a->exclude_guest = 1;
	a->disabled = !c->enabled;
	a->inherit = 1;
	a->enable_on_exec = c->enable_on_exec;
	a->sample_id_all = 1;
	/* no wake-up per sample: we look by the clock, and only a ring that fills up calls us */
	a->watermark = 1;
	a->wakeup_watermark = (uint32_t)(ring_bytes / 2);
	a->use_clockid = 1;
	a->clockid = CLOCK_MONOTONIC;
}

static void fill_stack(struct perf_event_attr *a, const struct perf_config *c)
{
	a->sample_type |= PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
	if (!a->exclude_kernel)
		a->sample_type |= PERF_SAMPLE_CALLCHAIN;
	a->exclude_callchain_user = 1;
	a->sample_regs_user = PERF_USER_REGS_MASK;
	a->sample_stack_user = c->stack_bytes;
}

void perf_attr_fill(struct perf_event_attr *a, const struct perf_config *c, size_t ring_bytes)
{
	fill_common(a, c, ring_bytes);
	fill_stack(a, c);
	if (c->rung == PERF_RUNG_CYCLES) {
		a->type = PERF_TYPE_HARDWARE;
		a->config = PERF_COUNT_HW_CPU_CYCLES;
		a->freq = 1;
		a->sample_freq = (uint64_t)(c->hz + 0.5);
	} else {
		/* a fixed period of CPU time: every sample weighs the same */
		a->type = PERF_TYPE_SOFTWARE;
		a->config = PERF_COUNT_SW_CPU_CLOCK;
		a->sample_period = (uint64_t)(1e9 / c->hz + 0.5);
	}
	a->read_format = PERF_FORMAT_TOTAL_TIME_RUNNING;
	a->mmap = 1;
	a->mmap2 = 1;
	a->comm = 1;
	a->comm_exec = 1;
	a->task = 1;
	a->context_switch = c->switches;
	/*
	 * At low rates a wake-up per sample costs nothing (8 us here) and an interpreter's frames
	 * are read while they are still those of the sample.
	 */
	if (c->hz <= PERF_WAKE_HZ) {
		a->watermark = 0;
		a->wakeup_events = 1;
	}
}

void perf_attr_fill_want(struct perf_event_attr *a, const struct perf_config *c,
	const struct perf_want *w, size_t ring_bytes)
{
	fill_common(a, c, ring_bytes);
	if (w->carries & PERF_WANT_STACK)
		fill_stack(a, c);
	if (w->carries & PERF_WANT_ADDRESS)
		a->sample_type |= PERF_SAMPLE_ADDR;
	if (w->carries & PERF_WANT_RAW)
		a->sample_type |= PERF_SAMPLE_RAW;
	if (w->paused) {
		a->disabled = 1;
		a->enable_on_exec = 0;
	}
	a->type = w->type;
	a->config = w->config;
	if (w->period) {
		a->sample_period = w->period;
		/* with the period in each sample the kernel takes every occurrence of a software
		 * event as one (perf_swevent_event in kernel/events/core.c) */
		if (w->period > 1)
			a->sample_type &= ~(uint64_t)PERF_SAMPLE_PERIOD;
	} else {
		a->freq = 1;
		a->sample_freq = (uint64_t)(MAX(w->freq_hz, 1.0) + 0.5);
	}
}

void perf_attr_dump(const struct perf_event_attr *a, struct buf *b)
{
#define FIELD(name)  \
	if (a->name) \
	buf_printf(b, "%s %llu\n", #name, (unsigned long long)a->name)
	FIELD(type);
	FIELD(config);
	FIELD(sample_period);
	buf_printf(b, "sample_type 0x%llx\n", (unsigned long long)a->sample_type);
	FIELD(read_format);
	FIELD(disabled);
	FIELD(inherit);
	FIELD(exclude_kernel);
	FIELD(exclude_hv);
	FIELD(exclude_guest);
	FIELD(exclude_callchain_user);
	FIELD(mmap);
	FIELD(mmap2);
	FIELD(comm);
	FIELD(comm_exec);
	FIELD(freq);
	FIELD(enable_on_exec);
	FIELD(task);
	FIELD(watermark);
	FIELD(precise_ip);
	FIELD(sample_id_all);
	FIELD(use_clockid);
	FIELD(context_switch);
	if (a->watermark) {
		FIELD(wakeup_watermark);
	} else {
		FIELD(wakeup_events);
	}
	buf_printf(b, "sample_regs_user 0x%llx\n", (unsigned long long)a->sample_regs_user);
	FIELD(sample_stack_user);
	FIELD(clockid);
#undef FIELD
}

/* Opens the rung's event on ourselves; for cycles also checks that it counts (some VMs pretend). */
static int probe_rung(enum perf_rung rung, bool user_only)
{
	struct perf_config c = {
		.rung = rung, .hz = 99, .user_only = user_only, .stack_bytes = 1024
	};
	struct perf_event_attr attr;
	uint64_t count[2] = { 0 };

	perf_attr_fill(&attr, &c, 1 << 17);
	attr.inherit = 0;
	_cleanup_(fd_closep) int fd =
		(int)perf_event_open_call(&attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (rung != PERF_RUNG_CYCLES)
		return 0;
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	for (uint64_t start = clock_mono_ns(); clock_mono_ns() - start < 200000;)
		;
	if (read(fd, count, sizeof(count)) < 8 || count[0] == 0)
		return -ENODEV;
	return 0;
}

static int probe_failed(int r, struct err *err)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	file_read("/proc/sys/kernel/perf_event_paranoid", 32, &b, NULL);
	struct span level = span_trim(buf_span(&b));

	errno = -r;
	if (r == -ENOSYS)
		fail(err, -r, "the kernel offers no perf_event_open");
	else if (level.n)
		fail(err, -r, "perf_event_open is refused: %m (perf_event_paranoid is %.*s)",
			(int)level.n, (const char *)level.p);
	else
		fail(err, -r, "perf_event_open is refused: %m");
	err_hint(err,
		"sysctl kernel.perf_event_paranoid=2, or run with CAP_PERFMON; in a container "
		"the seccomp profile must allow perf_event_open");
	return r;
}

int perf_probe(enum perf_rung *rung, bool *user_only, struct err *err)
{
	int r = -ENOSYS;

	for (int i = *rung; i < PERF_N_RUNGS; i++) {
		for (int only = *user_only; only < 2; only++) {
			r = probe_rung(i, only);
			if (r == 0) {
				*rung = i;
				*user_only = only;
				return 0;
			}
			if (r != -EACCES && r != -EPERM)
				break;
		}
	}
	return probe_failed(r, err);
}
