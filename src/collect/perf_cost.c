/* SPDX-License-Identifier: MIT */
/* What one sample costs, measured on ourselves. */
#include "collect/perf_event.h"

#include "base/clock.h"
#include "base/file.h"

#include <stdlib.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { N_PIECES = 15, WORK = 350000 /* about half a millisecond */ };

static uint64_t piece_of_work_ns(void)
{
	volatile uint64_t x = 1;
	uint64_t start = clock_mono_ns();

	for (unsigned i = 0; i < WORK; i++)
		x = x * 3 + i;
	return clock_mono_ns() - start;
}

static int by_value(const void *va, const void *vb)
{
	const uint64_t *a = va, *b = vb;

	return *a < *b ? -1 : *a > *b;
}

static uint64_t quartile(uint64_t *v)
{
	qsort(v, N_PIECES, sizeof(*v), by_value);
	return v[N_PIECES / 4];
}

uint64_t perf_sample_cost_ns(const struct perf_event_attr *like, size_t ring_bytes)
{
	struct perf_event_attr attr = *like;
	uint64_t without[N_PIECES], with[N_PIECES], period_ns = 50000;
	size_t size = ring_bytes + (size_t)sysconf(_SC_PAGESIZE);

	attr.inherit = attr.enable_on_exec = 0;
	if (attr.freq)
		attr.sample_freq = 1000000000 / period_ns;
	else
		attr.sample_period = period_ns;
	_cleanup_(fd_closep) int fd =
		(int)perf_event_open_call(&attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return 0;
	void *ring = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (ring == MAP_FAILED)
		return 0;
	struct perf_event_mmap_page *page = ring;

	for (int i = 0; i < N_PIECES; i++) {
		without[i] = piece_of_work_ns();
		ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
		with[i] = piece_of_work_ns();
		ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
		/* nobody reads them; the ring must only not be full */
		__atomic_store_n(&page->data_tail,
			__atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
	}
	munmap(ring, size);

	uint64_t a = quartile(without), b = quartile(with);
	double samples = (double)b / (double)period_ns;

	return b > a ? (uint64_t)((double)(b - a) / samples) : 0;
}
