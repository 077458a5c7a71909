/* SPDX-License-Identifier: MIT */
/* Fuzzes the reader of perf records: a sequence of records of the layout the sampler asks for. */
#include "parse/perf_records.h"

#include <linux/perf_event.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch(const void *p, size_t n)
{
	volatile uint8_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + ((const uint8_t *)p)[i]);
}

static void use(const struct perf_layout *l, const struct perf_record *r)
{
	if (r->type == PERF_RECORD_SAMPLE) {
		touch(r->sample.callchain, r->sample.n_callchain * 8);
		touch(r->sample.stack.p, r->sample.stack.n);
		touch(r->sample.raw.p, r->sample.raw.n);
		if (r->sample.regs)
			touch(r->sample.regs, l->n_user_regs * 8ull);
	} else if (r->type == PERF_RECORD_MMAP2) {
		touch(r->map.path, strlen(r->map.path));
	} else if (r->type == PERF_RECORD_COMM) {
		touch(r->comm, strlen(r->comm));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct perf_layout layout = {
		.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID |
			PERF_SAMPLE_TIME | PERF_SAMPLE_PERIOD | PERF_SAMPLE_CALLCHAIN |
			PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		.n_user_regs = 17,
		.sample_id_all = true,
	};
	/* a tracepoint, and the address of a page fault */
	static const struct perf_layout traced = {
		.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID |
			PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR | PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW,
		.sample_id_all = true,
	};
	struct span all = span_of(data, size);
	struct perf_record r;

	for (size_t at = 0; at + 8 <= size;) {
		uint16_t n = (uint16_t)(data[at + 6] | data[at + 7] << 8);
		struct span rec = span_sub(all, at, n);

		if (n < 8)
			break;
		if (rec.n && perf_record_parse(&layout, rec, &r))
			use(&layout, &r);
		if (rec.n && perf_record_parse(&traced, rec, &r))
			use(&traced, &r);
		uint64_t id;

		perf_record_sample_id(rec, &id);
		at += n;
	}
	return 0;
}
