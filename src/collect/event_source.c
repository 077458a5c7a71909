/* SPDX-License-Identifier: MIT */
/* Events beside the sampling clock, and how their records become samples. */
#include "collect/event_source.h"

const struct event_source *const event_sources[] = {
#define X(name) &name##_source,
	EVENT_SOURCES(X)
#undef X
		NULL
};

static size_t kernel_frames(struct sampling *s, const struct perf_sample_record *r)
{
	bool in_kernel = false;
	size_t n = 0;

	for (uint64_t i = 0; i < r->n_callchain && n < SAMPLING_MAX_KERNEL_FRAMES; i++) {
		uint64_t addr;

		memcpy(&addr, r->callchain + i * 8, sizeof(addr));
		if (addr >= (uint64_t)PERF_CONTEXT_MAX) {
			in_kernel = addr == (uint64_t)PERF_CONTEXT_KERNEL;
			continue;
		}
		if (in_kernel) {
			s->frames[n] =
				(struct raw_frame){ .module = 0, .is_return = n > 0, .addr = addr };
			n++;
		}
	}
	return n;
}

struct raw_input event_source_input(
	struct sampling *s, const struct perf_record *r, struct unwind_regs *regs)
{
	const struct perf_sample_record *x = &r->sample;
	struct raw_input in = { .pid = (pid_t)r->pid,
		.tid = (pid_t)r->tid,
		.time_ns = r->time_ns,
		.weight = x->period,
		.ip = x->ip,
		.n_kernel = kernel_frames(s, x) };

	if (x->regs && x->regs_abi == PERF_SAMPLE_REGS_ABI_64) {
		for (unsigned i = 0; i < PERF_N_USER_REGS; i++)
			memcpy(&regs->r[perf_reg_to_dwarf[i]], x->regs + 8 * (size_t)i, 8);
		in.regs = regs;
		in.stack = (struct stack_copy){ .base = regs->r[UNWIND_SP], .bytes = x->stack };
	}
	return in;
}

void event_source_add(
	struct sampling *s, const struct perf_record *r, enum sample_value value, uint64_t weight)
{
	struct unwind_regs regs = { 0 };
	struct raw_input in = event_source_input(s, r, &regs);

	in.value = value;
	in.weight = weight;
	sampling_add(s, &in);
}
