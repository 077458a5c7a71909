/* SPDX-License-Identifier: MIT */
/* Opening the kernel's sampling event and reading its ring buffers. */
#include "collect/perf_event.h"

#include "base/clock.h"
#include "base/exit_code.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CPUS = 4096, MAX_RECORD = 1 << 16 };

/* A ring takes about this long to fill at full rate, so that we rarely need to wake up. */
#define RING_SECONDS 0.15
static const size_t RING_MIN = (size_t)128 << 10, RING_MAX = (size_t)8 << 20;
static const size_t ALL_RINGS_MAX = (size_t)128 << 20;

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

void perf_attr_fill(struct perf_event_attr *a, const struct perf_config *c, size_t ring_bytes)
{
	*a = (struct perf_event_attr){ .size = sizeof(*a) };
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
	a->sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID |
		PERF_SAMPLE_TIME | PERF_SAMPLE_PERIOD | PERF_SAMPLE_REGS_USER |
		PERF_SAMPLE_STACK_USER;
	a->exclude_kernel = c->user_only;
	if (!a->exclude_kernel)
		a->sample_type |= PERF_SAMPLE_CALLCHAIN;
	a->exclude_callchain_user = 1;
	a->exclude_hv = 1;
	a->exclude_guest = 1;
	a->read_format = PERF_FORMAT_TOTAL_TIME_RUNNING;
	a->sample_regs_user = PERF_USER_REGS_MASK;
	a->sample_stack_user = c->stack_bytes;
	a->disabled = !c->enabled;
	a->inherit = 1;
	a->enable_on_exec = c->enable_on_exec;
	a->mmap = 1;
	a->mmap2 = 1;
	a->comm = 1;
	a->comm_exec = 1;
	a->task = 1;
	a->sample_id_all = 1;
	/* no wake-up per sample: we look by the clock, and only a ring that fills up calls us */
	a->watermark = 1;
	a->wakeup_watermark = (uint32_t)(ring_bytes / 2);
	a->use_clockid = 1;
	a->clockid = CLOCK_MONOTONIC;
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
	FIELD(wakeup_watermark);
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

	perf_attr_fill(&attr, &c, RING_MIN);
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

static int read_cpus(struct perf_session *s, struct err *err)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	int r = file_read("/sys/devices/system/cpu/online", 65536, &b, NULL);
	const char *p = buf_cstr(&b);

	while (r == 0 && *p >= '0' && *p <= '9') {
		char *end;
		long from = strtol(p, &end, 10), to = from;

		if (*end == '-')
			to = strtol(end + 1, &end, 10);
		for (long cpu = from; cpu <= to && s->cpus.n < MAX_CPUS; cpu++)
			*vec_push(&s->cpus) = (int)cpu;
		p = *end == ',' ? end + 1 : end;
	}
	if (s->cpus.n == 0) /* no sysfs in this container */
		for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF) && cpu < MAX_CPUS; cpu++)
			*vec_push(&s->cpus) = (int)cpu;
	return s->cpus.n ? 0 : fail(err, ENODEV, "cannot tell which CPUs there are");
}

/* What this user may lock for all rings together; no limit for those who may lock anything. */
static size_t lockable_bytes(size_t n_cpus)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	uint64_t kib = 512;
	struct rlimit lim = { 0 };

	if (geteuid() == 0)
		return SIZE_MAX;
	if (file_read("/proc/sys/kernel/perf_event_mlock_kb", 32, &b, NULL) == 0)
		span_parse_u64(span_trim(buf_span(&b)), &kib);
	getrlimit(RLIMIT_MEMLOCK, &lim);
	if (lim.rlim_cur > SIZE_MAX / 2)
		return SIZE_MAX;
	return kib * 1024 * n_cpus + (size_t)lim.rlim_cur;
}

static size_t ring_size_for(const struct perf_config *c, size_t n_cpus)
{
	double want = c->hz * RING_SECONDS * (c->stack_bytes + 512.0);
	size_t size = RING_MIN,
	       max = MIN(RING_MAX, MIN(ALL_RINGS_MAX, lockable_bytes(n_cpus)) / n_cpus);

	while (size * 2 <= max && (double)size < want)
		size *= 2;
	return size;
}

int perf_session_open(struct perf_session *s, const struct perf_config *c, struct err *err)
{
	*s = (struct perf_session){ .config = *c };
	int r = read_cpus(s, err);

	if (r < 0)
		return r;
	s->ring_bytes = ring_size_for(c, s->cpus.n);
	perf_attr_fill(&s->attr, c, s->ring_bytes);
	s->layout = (struct perf_layout){ .sample_type = s->attr.sample_type,
		.n_user_regs = PERF_N_USER_REGS,
		.sample_id_all = true };
	return 0;
}

static void rings_unmap(struct perf_session *s)
{
	vec_foreach (r, &s->rings) {
		if (r->base)
			munmap(r->base, s->ring_bytes + (size_t)sysconf(_SC_PAGESIZE));
		r->base = NULL;
	}
}

void perf_session_close(struct perf_session *s)
{
	if (!s)
		return;
	rings_unmap(s);
	vec_foreach (r, &s->rings)
		free(r->scratch);
	vec_foreach (e, &s->fds)
		close(e->fd);
	vec_done(&s->rings);
	vec_done(&s->fds);
	vec_done(&s->cpus);
	*s = (struct perf_session){ 0 };
}

static int rings_map(struct perf_session *s)
{
	vec_foreach (r, &s->rings) {
		void *p = r->base ? r->base
				  : mmap(NULL, s->ring_bytes + (size_t)sysconf(_SC_PAGESIZE),
					    PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);

		if (p == MAP_FAILED)
			return -errno;
		r->base = p;
	}
	return 0;
}

/*
 * Maps one more ring. What an unprivileged user may lock is limited for all of them together
 * (perf_event_mlock_kb), so all become smaller before we give up.
 */
static int ring_add(struct perf_session *s, int fd, struct err *err)
{
	int r;

	*vec_push(&s->rings) = (struct perf_ring){ .fd = fd };
	for (;;) {
		r = rings_map(s);
		if (r != -EPERM && r != -ENOMEM)
			break;
		if (s->ring_bytes <= RING_MIN)
			break;
		rings_unmap(s);
		s->ring_bytes /= 2;
	}
	if (r == 0)
		return 0;
	errno = -r;
	fail(err, -r, "cannot map a ring buffer of %zu KiB for each of %zu CPUs: %m",
		s->ring_bytes >> 10, s->cpus.n);
	err_hint(err, "raise the limit of locked memory (ulimit -l) or kernel.perf_event_mlock_kb");
	if (err)
		err->exit_code = EXIT_UNFIT;
	return r;
}

int perf_session_add_task(struct perf_session *s, pid_t tid, struct err *err)
{
	for (size_t i = 0; i < s->cpus.n; i++) {
		int fd = (int)perf_event_open_call(
			&s->attr, tid, s->cpus.v[i], -1, PERF_FLAG_FD_CLOEXEC);

		if (fd < 0 && errno == ENODEV && s->rings.n == i) { /* went offline meanwhile */
			memmove(&s->cpus.v[i], &s->cpus.v[i + 1],
				(s->cpus.n - i - 1) * sizeof(s->cpus.v[0]));
			s->cpus.n--;
			i--;
			continue;
		}
		if (fd < 0 && errno == ENODEV)
			continue;
		if (fd < 0)
			return fail(err, errno, "cannot follow task %d: %m", (int)tid);
		*vec_push(&s->fds) = (struct perf_task_event){ .fd = fd, .tid = tid };
		if (i >= s->rings.n) {
			int r = ring_add(s, fd, err);

			if (r < 0)
				return r;
		} else if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, s->rings.v[i].fd) < 0) {
			return fail(err, errno, "cannot share the ring buffer of CPU %d: %m",
				s->cpus.v[i]);
		}
	}
	return s->rings.n ? 0 : fail(err, ENODEV, "no CPU is online");
}

void perf_session_drop_task(struct perf_session *s, pid_t tid)
{
	size_t n = 0;

	for (size_t i = 0; i < s->fds.n; i++) {
		const struct perf_task_event *e = &s->fds.v[i];

		if (i >= s->rings.n && e->tid == tid)
			close(e->fd);
		else
			s->fds.v[n++] = *e;
	}
	s->fds.n = n;
}

void perf_session_enable(struct perf_session *s)
{
	vec_foreach (e, &s->fds)
		ioctl(e->fd, PERF_EVENT_IOC_ENABLE, 0);
}

void perf_session_disable(struct perf_session *s)
{
	vec_foreach (e, &s->fds)
		ioctl(e->fd, PERF_EVENT_IOC_DISABLE, 0);
}

uint64_t perf_session_cpu_ns(const struct perf_session *s)
{
	uint64_t sum = 0;

	vec_foreach (e, &s->fds) {
		uint64_t v[2] = { 0 }; /* count, time running */

		if (read(e->fd, v, sizeof(v)) == (ssize_t)sizeof(v))
			sum += v[1];
	}
	return sum;
}

static struct perf_event_mmap_page *ring_page(const struct perf_ring *r)
{
	return r->base;
}

static const uint8_t *ring_data(const struct perf_ring *r)
{
	return (const uint8_t *)r->base + sysconf(_SC_PAGESIZE);
}

/* The record at the tail as one piece; false when there is none. */
static bool ring_record(struct perf_session *s, struct perf_ring *r, struct span *ret)
{
	size_t mask = s->ring_bytes - 1, at = r->tail & mask;
	struct perf_event_header h;

	if (r->head - r->tail < sizeof(h))
		return false;
	/* records are multiples of 8 bytes, so the header never wraps */
	memcpy(&h, ring_data(r) + at, sizeof(h));
	if (h.size < sizeof(h) || h.size > r->head - r->tail) {
		s->n_bad++;
		r->tail = r->head;
		return false;
	}
	if (at + h.size <= s->ring_bytes) {
		*ret = span_of(ring_data(r) + at, h.size);
		return true;
	}
	size_t first = s->ring_bytes - at;

	if (!r->scratch)
		r->scratch = xmalloc(MAX_RECORD);
	memcpy(r->scratch, ring_data(r) + at, first);
	memcpy(r->scratch + first, ring_data(r), h.size - first);
	*ret = span_of(r->scratch, h.size);
	return true;
}

static bool ring_peek(struct perf_session *s, struct perf_ring *r)
{
	struct span rec;

	while (!r->have && ring_record(s, r, &rec)) {
		r->next_size = rec.n;
		r->have = perf_record_parse(&s->layout, rec, &r->next);
		if (!r->have) {
			s->n_bad++;
			r->tail += rec.n;
		}
	}
	return r->have;
}

static void ring_consume(struct perf_ring *r)
{
	r->tail += r->next_size;
	r->have = false;
	/* what we read must be read before the kernel may write there again */
	__atomic_store_n(&ring_page(r)->data_tail, r->tail, __ATOMIC_RELEASE);
}

size_t perf_session_drain(struct perf_session *s, bool last,
	void (*cb)(void *ctx, const struct perf_record *r), void *ctx)
{
	/*
	 * A record gets its time a moment before it becomes visible. A round takes only what is
	 * older than that moment, so that no later round finds something from before.
	 */
	uint64_t horizon = last ? UINT64_MAX : clock_mono_ns() - 2000000;
	size_t n = 0;

	s->max_fill = 0;
	vec_foreach (r, &s->rings) {
		r->head = __atomic_load_n(&ring_page(r)->data_head, __ATOMIC_ACQUIRE);
		s->max_fill = MAX(s->max_fill, (double)(r->head - r->tail) / (double)s->ring_bytes);
	}
	for (;;) {
		struct perf_ring *first = NULL;

		vec_foreach (r, &s->rings)
			if (ring_peek(s, r) && (!first || r->next.time_ns < first->next.time_ns))
				first = r;
		if (!first || first->next.time_ns > horizon)
			return n;
		cb(ctx, &first->next);
		ring_consume(first);
		n++;
	}
}
