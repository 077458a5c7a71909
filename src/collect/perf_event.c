/* SPDX-License-Identifier: MIT */
/* Opening the events of followed tasks and reading their ring buffers. */
#include "collect/perf_event.h"

#include "base/clock.h"
#include "base/exit_code.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MAX_CPUS = 4096, MAX_RECORD = 1 << 16 };

/* Room made in the rings for an event that comes as often as it happens. */
#define UNKNOWN_HZ 500.0

/* A ring takes about this long to fill at full rate, so that we rarely need to wake up. */
#define RING_SECONDS 0.15
static const size_t RING_MIN = (size_t)128 << 10, RING_MAX = (size_t)8 << 20;
static const size_t ALL_RINGS_MAX = (size_t)128 << 20;

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

static size_t ring_size_for(const struct perf_config *c, double hz, size_t n_cpus)
{
	double want = hz * RING_SECONDS * (c->stack_bytes + 512.0);
	size_t size = RING_MIN,
	       max = MIN(RING_MAX, MIN(ALL_RINGS_MAX, lockable_bytes(n_cpus)) / n_cpus);

	while (size * 2 <= max && (double)size < want)
		size *= 2;
	return size;
}

static struct perf_session_event *event_push(struct perf_session *s, const char *name)
{
	struct perf_session_event *e = vec_push(&s->events);

	*e = (struct perf_session_event){ .name = name };
	return e;
}

static struct perf_layout layout_of(const struct perf_event_attr *attr)
{
	return (struct perf_layout){ .sample_type = attr->sample_type,
		.n_user_regs = PERF_N_USER_REGS,
		.sample_id_all = true };
}

int perf_session_open(struct perf_session *s, const struct perf_config *c, struct err *err)
{
	*s = (struct perf_session){ .config = *c, .settle_ns = PERF_SETTLE_NS };
	int r = read_cpus(s, err);

	if (r < 0)
		return r;
	s->expected_hz = c->hz;
	s->ring_bytes = ring_size_for(c, s->expected_hz, s->cpus.n);
	struct perf_session_event *clock = event_push(s, perf_rung_name(c->rung, c->user_only));

	perf_attr_fill(&clock->attr, c, s->ring_bytes);
	clock->layout = layout_of(&clock->attr);
	return 0;
}

unsigned perf_session_want(struct perf_session *s, const struct perf_want *w)
{
	struct perf_session_event *e = event_push(s, w->name);

	e->filter = w->filter;
	if (w->carries & PERF_WANT_STACK) {
		s->expected_hz += w->period ? UNKNOWN_HZ : w->freq_hz;
		s->ring_bytes = ring_size_for(&s->config, s->expected_hz, s->cpus.n);
	}
	perf_attr_fill_want(&e->attr, &s->config, w, s->ring_bytes);
	e->layout = layout_of(&e->attr);
	return (unsigned)(s->events.n - 1);
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
	vec_done(&s->events);
	map_u64_done(&s->ids);
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

/* Its id is what samples of it, also of tasks that inherit it, begin with. */
static void keep_fd(struct perf_session *s, int fd, pid_t tid, unsigned event, bool owns_ring)
{
	uint64_t id;

	*vec_push(&s->fds) = (struct perf_task_event){
		.fd = fd, .tid = tid, .event = event, .owns_ring = owns_ring
	};
	if (ioctl(fd, PERF_EVENT_IOC_ID, &id) == 0)
		*map_u64_put(&s->ids, id, NULL) = event;
}

/* The other events of one task on one CPU. One that is refused is left out from then on. */
static void add_wanted(struct perf_session *s, pid_t tid, size_t i)
{
	for (unsigned k = 1; k < s->events.n; k++) {
		struct perf_session_event *e = &s->events.v[k];

		if (e->refused)
			continue;
		int fd = (int)perf_event_open_call(
			&e->attr, tid, s->cpus.v[i], -1, PERF_FLAG_FD_CLOEXEC);

		if (fd < 0 && errno != ESRCH)
			e->refused = -errno;
		if (fd < 0)
			continue;
		if ((e->filter && ioctl(fd, PERF_EVENT_IOC_SET_FILTER, e->filter) < 0) ||
			ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, s->rings.v[i].fd) < 0) {
			e->refused = -errno;
			close(fd);
			continue;
		}
		keep_fd(s, fd, tid, k, false);
	}
}

static int share_ring(struct perf_session *s, size_t i, int fd, struct err *err)
{
	if (i >= s->rings.n)
		return ring_add(s, fd, err);
	if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, s->rings.v[i].fd) < 0)
		return fail(err, errno, "cannot share the ring buffer of CPU %d: %m", s->cpus.v[i]);
	return 0;
}

int perf_session_add_task(struct perf_session *s, pid_t tid, struct err *err)
{
	for (size_t i = 0; i < s->cpus.n; i++) {
		int fd = (int)perf_event_open_call(
			&s->events.v[0].attr, tid, s->cpus.v[i], -1, PERF_FLAG_FD_CLOEXEC);

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
		keep_fd(s, fd, tid, 0, i >= s->rings.n);

		int r = share_ring(s, i, fd, err);

		if (r < 0)
			return r;
		add_wanted(s, tid, i);
	}
	return s->rings.n ? 0 : fail(err, ENODEV, "no CPU is online");
}

void perf_session_drop_task(struct perf_session *s, pid_t tid)
{
	size_t n = 0;

	for (size_t i = 0; i < s->fds.n; i++) {
		const struct perf_task_event *e = &s->fds.v[i];

		if (!e->owns_ring && e->tid == tid)
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

void perf_session_event_enable(struct perf_session *s, unsigned event, bool on)
{
	vec_foreach (e, &s->fds)
		if (e->event == event)
			ioctl(e->fd, on ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE, 0);
}

uint64_t perf_session_cpu_ns(const struct perf_session *s)
{
	uint64_t sum = 0;

	vec_foreach (e, &s->fds) {
		uint64_t v[2] = { 0 }; /* count, time running */

		if (e->event == 0 && read(e->fd, v, sizeof(v)) == (ssize_t)sizeof(v))
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

/* Which event a record is of; records other than samples have the same trailer for all. */
static bool event_of(const struct perf_session *s, struct span rec, unsigned *ret)
{
	uint64_t id;

	*ret = 0;
	if (s->events.n < 2 || !perf_record_sample_id(rec, &id))
		return true;
	const uint32_t *event = map_u64_get(&s->ids, id);

	if (!event)
		return false;
	*ret = *event;
	return true;
}

static bool ring_peek(struct perf_session *s, struct perf_ring *r)
{
	struct span rec;

	while (!r->have && ring_record(s, r, &rec)) {
		unsigned event;

		r->next_size = rec.n;
		r->have = event_of(s, rec, &event) &&
			perf_record_parse(&s->events.v[event].layout, rec, &r->next);
		r->next.event = event;
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
	uint64_t horizon = last ? UINT64_MAX : clock_mono_ns() - s->settle_ns;
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
		s->left = first != NULL;
		if (!first || first->next.time_ns > horizon)
			return n;
		cb(ctx, &first->next);
		ring_consume(first);
		n++;
	}
}
