/* SPDX-License-Identifier: MIT */
/* Records of the kernel's perf ring buffer. */
#include "parse/perf_records.h"

#include "base/compiler.h"

#include <linux/perf_event.h>

static bool parse_callchain(struct cursor *c, struct perf_sample_record *s)
{
	s->n_callchain = cursor_u64(c);
	if (s->n_callchain > (c->s.n - c->at) / 8)
		return false;
	s->callchain = cursor_bytes(c, s->n_callchain * 8).p;
	return true;
}

static bool parse_stack(struct cursor *c, struct perf_sample_record *s)
{
	uint64_t size = cursor_u64(c);

	if (size == 0)
		return true; /* then there is no dyn_size either */
	struct span all = cursor_bytes(c, size);
	uint64_t dyn = cursor_u64(c);

	if (c->bad || dyn > size)
		return false;
	s->stack = span_sub(all, 0, dyn);
	return true;
}

/* A 32-bit size and that many bytes; the two together are a multiple of 8. */
static bool parse_raw(struct cursor *c, struct perf_sample_record *s)
{
	uint32_t size = cursor_u32(c);

	if (c->bad || (size + 4ull) % 8)
		return false;
	s->raw = cursor_bytes(c, size);
	return !c->bad;
}

/* Counter values of the group or of this event alone: nothing that a profile needs. */
static bool skip_read(const struct perf_layout *l, struct cursor *c)
{
	uint64_t f = l->read_format;
	uint64_t times =
		!!(f & PERF_FORMAT_TOTAL_TIME_ENABLED) + !!(f & PERF_FORMAT_TOTAL_TIME_RUNNING);
	/* PERF_FORMAT_LOST is newer than some headers */
	uint64_t per_event = 1u + !!(f & PERF_FORMAT_ID) + !!(f & 1u << 4);
	uint64_t n = f & PERF_FORMAT_GROUP ? cursor_u64(c) : 1;

	if (n > c->s.n / 8)
		return false;
	cursor_bytes(c, 8 * (times + n * per_event));
	return !c->bad;
}

static bool skip_branches(const struct perf_layout *l, struct cursor *c)
{
	uint64_t n = cursor_u64(c);

	if (n > c->s.n / 24)
		return false;
	if (l->branch_sample_type & 1u << 17) /* PERF_SAMPLE_BRANCH_HW_INDEX */
		cursor_u64(c);
	cursor_bytes(c, n * 24);
	if (l->branch_sample_type & 1u << 19) /* PERF_SAMPLE_BRANCH_COUNTERS */
		cursor_bytes(c, n * 8);
	return !c->bad;
}

static bool parse_sample(const struct perf_layout *l, struct cursor *c, struct perf_record *r)
{
	struct perf_sample_record *s = &r->sample;
	uint64_t t = l->sample_type;

	if (t & PERF_SAMPLE_IDENTIFIER)
		r->id = cursor_u64(c);
	if (t & PERF_SAMPLE_IP)
		s->ip = cursor_u64(c);
	if (t & PERF_SAMPLE_TID) {
		r->pid = cursor_u32(c);
		r->tid = cursor_u32(c);
	}
	if (t & PERF_SAMPLE_TIME)
		r->time_ns = cursor_u64(c);
	if (t & PERF_SAMPLE_ADDR)
		s->address = cursor_u64(c);
	if (t & PERF_SAMPLE_ID)
		r->id = cursor_u64(c);
	if (t & PERF_SAMPLE_STREAM_ID)
		cursor_u64(c);
	if (t & PERF_SAMPLE_CPU)
		cursor_u64(c);
	if (t & PERF_SAMPLE_PERIOD)
		s->period = cursor_u64(c);
	if (t & PERF_SAMPLE_READ && !skip_read(l, c))
		return false;
	if (t & PERF_SAMPLE_CALLCHAIN && !parse_callchain(c, s))
		return false;
	if (t & PERF_SAMPLE_RAW && !parse_raw(c, s))
		return false;
	if (t & PERF_SAMPLE_BRANCH_STACK && !skip_branches(l, c))
		return false;
	if (t & PERF_SAMPLE_REGS_USER) {
		s->regs_abi = cursor_u64(c);
		if (s->regs_abi)
			s->regs = cursor_bytes(c, l->n_user_regs * 8ull).p;
	}
	if (t & PERF_SAMPLE_STACK_USER && !parse_stack(c, s))
		return false;
	return !c->bad;
}

static size_t trailer_size(const struct perf_layout *l)
{
	static const uint64_t words = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID |
		PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU | PERF_SAMPLE_IDENTIFIER;

	return l->sample_id_all ? 8 * (size_t)__builtin_popcountll(l->sample_type & words) : 0;
}

/* Who and when, at the end of every record that is no sample. */
static void parse_trailer(const struct perf_layout *l, struct span record, struct perf_record *r)
{
	struct cursor c = cursor_of(record, record.n - trailer_size(l));

	if (l->sample_type & PERF_SAMPLE_TID) {
		r->pid = cursor_u32(&c);
		r->tid = cursor_u32(&c);
	}
	if (l->sample_type & PERF_SAMPLE_TIME)
		r->time_ns = cursor_u64(&c);
	if (l->sample_type & PERF_SAMPLE_ID)
		r->id = cursor_u64(&c);
	if (l->sample_type & PERF_SAMPLE_STREAM_ID)
		cursor_u64(&c);
	if (l->sample_type & PERF_SAMPLE_CPU)
		cursor_u64(&c);
	if (l->sample_type & PERF_SAMPLE_IDENTIFIER)
		r->id = cursor_u64(&c);
}

static bool parse_map(struct cursor *c, struct perf_record *r)
{
	struct perf_map_record *m = &r->map;

	r->pid = cursor_u32(c);
	r->tid = cursor_u32(c);
	m->start = cursor_u64(c);
	m->len = cursor_u64(c);
	m->offset = cursor_u64(c);
	if (r->type == PERF_RECORD_MMAP2 && r->misc & 1u << 14) {
		/* PERF_RECORD_MISC_MMAP_BUILD_ID: one byte of length, three unused, 20 of id */
		uint8_t n = cursor_u8(c);

		cursor_bytes(c, 3);
		m->build_id = span_sub(cursor_bytes(c, 20), 0, MIN(n, 20));
	} else if (r->type == PERF_RECORD_MMAP2) {
		m->maj = cursor_u32(c);
		m->min = cursor_u32(c);
		m->inode = cursor_u64(c);
		cursor_u64(c); /* inode generation */
	}
	if (r->type == PERF_RECORD_MMAP2) {
		m->prot = cursor_u32(c);
		m->flags = cursor_u32(c);
	}
	m->path = cursor_cstr(c);
	return !c->bad;
}

static bool parse_task(struct cursor *c, struct perf_record *r)
{
	r->task.pid = cursor_u32(c);
	r->task.ppid = cursor_u32(c);
	r->task.tid = cursor_u32(c);
	r->task.ptid = cursor_u32(c);
	return !c->bad;
}

static bool parse_body(struct cursor *c, struct perf_record *r)
{
	switch (r->type) {
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
		return parse_map(c, r);
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		return parse_task(c, r);
	case PERF_RECORD_COMM:
		r->pid = cursor_u32(c);
		r->tid = cursor_u32(c);
		r->comm = cursor_cstr(c);
		return !c->bad;
	case PERF_RECORD_LOST:
		cursor_u64(c); /* event id */
		r->lost = cursor_u64(c);
		return !c->bad;
	case PERF_RECORD_LOST_SAMPLES:
		r->lost = cursor_u64(c);
		return !c->bad;
	default:
		return true;
	}
}

bool perf_record_sample_id(struct span record, uint64_t *ret)
{
	struct cursor c = cursor_of(record, 0);

	if (cursor_u32(&c) != PERF_RECORD_SAMPLE)
		return false;
	cursor_u32(&c); /* misc and size */

	uint64_t id = cursor_u64(&c);

	if (c.bad)
		return false;
	*ret = id;
	return true;
}

bool perf_record_parse(const struct perf_layout *l, struct span record, struct perf_record *ret)
{
	struct cursor c = cursor_of(record, 0);
	struct perf_record r = { .type = cursor_u32(&c), .misc = cursor_u16(&c) };

	if (cursor_u16(&c) != record.n || c.bad)
		return false;
	if (r.type == PERF_RECORD_SAMPLE) {
		if (!parse_sample(l, &c, &r))
			return false;
	} else {
		size_t trailer = trailer_size(l);

		if (record.n < trailer + 8)
			return false;
		parse_trailer(l, record, &r);
		c.s.n = record.n - trailer;
		if (!parse_body(&c, &r))
			return false;
	}
	*ret = r;
	return true;
}
