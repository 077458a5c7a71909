/* SPDX-License-Identifier: MIT */
/*
 * Growth of the resident memory by stack, without anything inside the target: the kernel counts
 * minor page faults, the first touch of each page. Where memory is touched first is mostly where it
 * was allocated, or filled just after. Pages that were given back and are touched again count
 * again, so this is growth only as far as the resident size grew.
 */
#include "collect/event_source.h"

#include "model/resource.h"

#include <unistd.h>

/*
 * Every so many faults: 244 KiB. A fault with its cleared page takes the kernel about 0.5 us, a
 * sample some us: even a program that does nothing but touch new memory is not slowed by more than
 * a tenth. A prime, against rhythms. The kernel's own adaption of the rate is no use here: after
 * the burst of faults at start-up it stays at one sample in tens of thousands.
 */
enum { FAULTS_PER_SAMPLE = 61 };

static bool want(const struct sampling *s, struct perf_want *ret)
{
	*ret = (struct perf_want){ .name = "page faults",
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_PAGE_FAULTS_MIN,
		.period = FAULTS_PER_SAMPLE,
		.carries = PERF_WANT_STACK | PERF_WANT_ADDRESS };
	return true;
}

static void sample(struct sampling *s, const struct perf_record *r)
{
	struct unwind_regs regs = { 0 };
	struct raw_input in = event_source_input(s, r, &regs);
	const struct process *p = addr_spaces_get(&s->spaces, in.pid, NULL);
	const uint64_t pages = FAULTS_PER_SAMPLE;
	/* code being paged in is no growth of the program's own */
	bool code = process_find(p, r->sample.address) != NULL;
	uint32_t node = sampling_stack(s, &in, s->other_ends);
	uint32_t thread = sampling_thread(s, in.pid, in.tid);

	sample_store_count(&s->store, node, sample_store_group(&s->store, thread, SAMPLE_FAULTS, 0),
		1, pages, in.time_ns);
	if (!code)
		sample_store_count(&s->store, node,
			sample_store_group(&s->store, thread, SAMPLE_GROWTH, 0), 1,
			pages * (uint64_t)sysconf(_SC_PAGESIZE), in.time_ns);
}

static void refused(struct sampling *s, int code)
{
	caveat_add(&s->profile->caveats, &s->profile->arena, "faults-refused",
		"the kernel did not give page faults to this user: growth of memory has no stacks");
}

const struct event_source fault_source = {
	.wants = RESOURCE_MEMORY,
	.want = want,
	.sample = sample,
	.refused = refused,
};
