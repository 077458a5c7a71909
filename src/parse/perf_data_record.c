/* SPDX-License-Identifier: MIT */
/* The kernel's records in a perf.data file: which event, when, and what follows from them. */
#include "base/compiler.h"
#include "parse/perf_data.h"

#include <linux/perf_event.h>
#include <stdlib.h>

enum { KERNEL_CHAIN_LIMIT = 127 }; /* kernel.perf_event_max_stack, as it mostly is */

static uint64_t word(struct span s, size_t at)
{
	struct cursor c = cursor_of(s, at);

	return cursor_u64(&c);
}

/* The event a record belongs to: by the id at the place where this session writes it. */
static uint32_t event_of(const struct perf_data *d, uint32_t type, struct span record)
{
	const struct perf_file_events *e = &d->events;
	uint64_t t = e->v[0].layout.sample_type;

	if (e->n < 2)
		return 0;
	if (e->with_identifier) {
		if (type != PERF_RECORD_SAMPLE && !e->v[0].layout.sample_id_all)
			return 0;
		return perf_file_events_find(
			e, word(record, type == PERF_RECORD_SAMPLE ? 8 : record.n - 8));
	}
	if (!(t & PERF_SAMPLE_ID))
		return 0;
	if (type == PERF_RECORD_SAMPLE) {
		static const uint64_t before =
			PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR;

		return perf_file_events_find(
			e, word(record, 8 + 8 * (size_t)__builtin_popcountll(t & before)));
	}
	size_t after = 8 *
		(size_t)(1 + __builtin_popcountll(t & (PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU)));

	return record.n >= after + 8 ? perf_file_events_find(e, word(record, record.n - after)) : 0;
}

/* 0 when the record does not say. */
static uint64_t time_of(const struct perf_layout *l, uint32_t type, struct span record)
{
	uint64_t t = l->sample_type;

	if (!(t & PERF_SAMPLE_TIME))
		return 0;
	if (type == PERF_RECORD_SAMPLE) {
		static const uint64_t before =
			PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID;

		return word(record, 8 + 8 * (size_t)__builtin_popcountll(t & before));
	}
	static const uint64_t after =
		PERF_SAMPLE_ID | PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU | PERF_SAMPLE_IDENTIFIER;
	size_t back = 8 * (size_t)(1 + __builtin_popcountll(t & after));

	return l->sample_id_all && record.n >= back + 8 ? word(record, record.n - back) : 0;
}

void perf_data_record(struct perf_data *d, struct span record)
{
	struct cursor c = cursor_of(record, 0);
	uint32_t type = cursor_u32(&c);
	struct perf_record r;

	if (!d->events.n) {
		d->n_bad++;
		return;
	}
	uint32_t event = event_of(d, type, record);
	const struct perf_layout *l = &d->events.v[event].layout;

	switch (type) {
	case PERF_RECORD_SAMPLE:
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
	case PERF_RECORD_COMM:
	case PERF_RECORD_FORK:
		perf_order_add(&d->order, record, time_of(l, type, record), event);
		break;
	case PERF_RECORD_LOST:
	case PERF_RECORD_LOST_SAMPLES:
		if (perf_record_parse(l, record, &r))
			d->lost += r.lost;
		break;
	case PERF_RECORD_THROTTLE:
		d->throttled++;
		break;
	}
}

static void add_map(struct perf_data *d, const struct perf_record *r)
{
	const struct format_symbols *s = d->env->symbols;
	const struct perf_map_record *m = &r->map;

	/* PERF_RECORD_MISC_MMAP_DATA, or not executable: no code */
	if (r->misc & 1u << 13 || (r->type == PERF_RECORD_MMAP2 && m->prot && !(m->prot & 4)))
		return;
	perf_maps_add(&d->maps, r);
	if (s && s->map && (int32_t)r->pid > 0)
		s->map(s->ctx, (int32_t)r->pid,
			&(struct format_map){ .start = m->start,
				.end = m->start + m->len,
				.offset = m->offset,
				.dev = (uint64_t)m->maj << 32 | m->min,
				.inode = m->inode,
				.path = m->path });
}

static uint64_t thread_key(uint32_t pid, uint32_t tid)
{
	return (uint64_t)pid << 32 | tid;
}

static void add_comm(struct perf_data *d, const struct perf_record *r)
{
	const struct format_symbols *s = d->env->symbols;

	if (r->misc & 1u << 13) { /* PERF_RECORD_MISC_COMM_EXEC */
		perf_maps_exec(&d->maps, (int32_t)r->pid);
		if (s && s->exec)
			s->exec(s->ctx, (int32_t)r->pid);
	}
	*map_u64_put(&d->comms, thread_key(r->pid, r->tid), NULL) = profile_string(d->p, r->comm);
}

static void add_fork(struct perf_data *d, const struct perf_record *r)
{
	const struct format_symbols *s = d->env->symbols;
	const struct perf_task_record *t = &r->task;
	const uint32_t *name = map_u64_get(&d->comms, thread_key(t->ppid, t->ptid));

	if (name) {
		uint32_t id = *name;

		*map_u64_put(&d->comms, thread_key(t->pid, t->tid), NULL) = id;
	}
	if (t->pid == t->ppid)
		return;
	perf_maps_fork(&d->maps, (int32_t)t->ppid, (int32_t)t->pid);
	if (s && s->fork)
		s->fork(s->ctx, (int32_t)t->ppid, (int32_t)t->pid);
}

static enum perf_context context_of_mode(uint16_t misc)
{
	switch (misc & PERF_RECORD_MISC_CPUMODE_MASK) {
	case PERF_RECORD_MISC_KERNEL:
	case PERF_RECORD_MISC_HYPERVISOR:
		return PERF_IN_KERNEL;
	case PERF_RECORD_MISC_GUEST_KERNEL:
	case PERF_RECORD_MISC_GUEST_USER:
		return PERF_IN_GUEST;
	default:
		return PERF_IN_USER;
	}
}

/* The recorded chain into d->chain, leaf first; markers say whose the next addresses are. */
static size_t recorded_chain(
	struct perf_data *d, const struct perf_record *r, enum perf_context context, bool *ret_user)
{
	const struct perf_sample_record *s = &r->sample;
	bool first = true;
	size_t n = 0;

	for (uint64_t i = 0; i < s->n_callchain && n < PERF_MAX_CHAIN; i++) {
		uint64_t ip;

		memcpy(&ip, s->callchain + 8 * i, 8);
		if (ip >= (uint64_t)PERF_CONTEXT_MAX) {
			context = ip == (uint64_t)PERF_CONTEXT_USER ? PERF_IN_USER
				: ip == (uint64_t)PERF_CONTEXT_KERNEL ||
					ip == (uint64_t)PERF_CONTEXT_HV
				? PERF_IN_KERNEL
				: PERF_IN_GUEST;
			first = true;
			continue;
		}
		if (!ip)
			continue;
		*ret_user |= context == PERF_IN_USER;
		d->chain[n++] =
			(struct perf_address){ .ip = ip, .context = context, .is_return = !first };
		first = false;
	}
	if (s->n_callchain >= KERNEL_CHAIN_LIMIT)
		d->cut_stacks++;
	return n;
}

/*
 * perf's numbers of x86-64 registers (arch/x86/include/uapi/asm/perf_regs.h) to DWARF's; -1: none.
 */
static const int8_t dwarf_reg[24] = { 0, 3, 2, 1, 4, 5, 6, 7, 16, -1, -1, -1, -1, -1, -1, -1, 8, 9,
	10, 11, 12, 13, 14, 15 };

/* Unwinds the copy of the user stack and puts it below what is in the chain already. */
static size_t unwound_chain(struct perf_data *d, const struct perf_file_event *ev,
	const struct perf_record *r, size_t n)
{
	const struct perf_sample_record *s = &r->sample;
	const struct format_symbols *sym = d->env->symbols;
	uint64_t regs[FORMAT_DWARF_REGS] = { 0 };
	bool whole = false;
	size_t at = 0, found;

	for (unsigned bit = 0; bit < 64; bit++) {
		if (!(ev->user_regs_mask & 1ull << bit))
			continue;
		if (bit < ARRAY_LEN(dwarf_reg) && dwarf_reg[bit] >= 0)
			memcpy(&regs[dwarf_reg[bit]], s->regs + 8 * at, 8);
		at++;
	}
	/* PERF_SAMPLE_REGS_ABI_64 */
	if (!sym || !sym->unwind || d->other_machine || s->regs_abi != 2) {
		d->no_unwind++;
		d->chain[n++] = (struct perf_address){ .ip = regs[16], .context = PERF_IN_USER };
		return n;
	}
	found = sym->unwind(
		sym->ctx, (int32_t)r->pid, regs, s->stack, d->unwound, PERF_MAX_CHAIN, &whole);
	for (size_t i = 0; i < found && n < PERF_MAX_CHAIN; i++)
		d->chain[n++] = (struct perf_address){
			.ip = d->unwound[i], .context = PERF_IN_USER, .is_return = i > 0
		};
	if (!whole)
		d->cut_stacks++;
	return n;
}

static uint32_t thread_of(struct perf_data *d, const struct perf_record *r)
{
	if (!d->last_thread || d->last_pid != r->pid || d->last_tid != r->tid) {
		d->last_pid = r->pid;
		d->last_tid = r->tid;
		d->last_thread =
			profile_add_thread(d->p, (int32_t)r->pid, (int32_t)r->tid, NULL) + 1;
	}
	return d->last_thread - 1;
}

static void add_sample(struct perf_data *d, const struct perf_record *r, uint32_t event)
{
	const struct perf_file_event *ev = &d->events.v[event];
	enum perf_context context = context_of_mode(r->misc);
	uint64_t period = r->sample.period;
	bool user = false;

	if (!r->pid && !r->tid) {
		d->idle++;
		return;
	}
	size_t n = recorded_chain(d, r, context, &user);

	if (!user && r->sample.regs && r->sample.stack.n && n < PERF_MAX_CHAIN) {
		d->user_copy = true;
		n = unwound_chain(d, ev, r, n);
	}
	if (!n)
		d->chain[n++] = (struct perf_address){ .ip = r->sample.ip, .context = context };
	d->guest += context == PERF_IN_GUEST;
	if (!(ev->layout.sample_type & PERF_SAMPLE_PERIOD))
		period = ev->is_freq ? 1000000000u / MAX(ev->sample_period, 1u) : ev->sample_period;
	if (r->time_ns) {
		d->first_ns = d->first_ns ? MIN(d->first_ns, r->time_ns) : r->time_ns;
		d->last_ns = MAX(d->last_ns, r->time_ns);
	}
	perf_stacks_add(&d->stacks, (int32_t)r->pid, thread_of(d, r), d->chain, n, event, period,
		r->time_ns);
}

void perf_data_handle(void *ctx, struct span record, uint32_t event)
{
	struct perf_data *d = ctx;
	struct perf_record r = { 0 };

	if (!perf_record_parse(&d->events.v[event].layout, record, &r)) {
		d->n_bad++;
		return;
	}
	switch (r.type) {
	case PERF_RECORD_SAMPLE:
		add_sample(d, &r, event);
		break;
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
		add_map(d, &r);
		break;
	case PERF_RECORD_COMM:
		add_comm(d, &r);
		break;
	case PERF_RECORD_FORK:
		add_fork(d, &r);
		break;
	}
}
