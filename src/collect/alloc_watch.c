/* SPDX-License-Identifier: MIT */
/* Allocation samples to sums per stack. */
#include "collect/alloc_watch.h"

#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
	MAX_ENTRIES = 1 << 18,
	MAX_LIVE = 60000, /* blocks of one process; its table has room for twice that */
	MAX_MAPS = 8 << 20,
};
static const double FIRST_LOOK_S = 0.02;
static const uint64_t MIN_MEAN_BYTES = 8 << 10, MAX_MEAN_BYTES = (uint64_t)1 << 32;
/* A process that ended this shortly before the end of the observation counts as part of the end. */
static const uint64_t LATE_NS = 500000000;

struct alloc_watch *alloc_watch_new(
	const struct alloc_channel *channel, uint64_t rate_hz, uint64_t start_ns)
{
	struct alloc_watch *w = xcalloc(1, sizeof(*w));

	w->channel = *channel;
	w->rate_hz = rate_hz;
	w->start_ns = w->rate_from_ns = start_ns;
	w->look_every_s = FIRST_LOOK_S;
	module_table_init(&w->modules);
	addr_spaces_init(&w->spaces, &w->modules);
	sample_store_init(&w->store);
	managed_frames_init(&w->managed);
	runtimes_init(&w->runtimes, &w->modules, &w->managed);
	w->spaces.runtimes = &w->runtimes;
	w->python = python_new(&w->modules, &w->managed);
	w->profile = profile_new();
	for (unsigned i = 0; i < ALLOC_SLOTS; i++)
		*vec_push(&w->processes) = NULL;
	return w;
}

static void process_free(struct alloc_process *p)
{
	if (!p)
		return;
	vec_done(&p->blocks);
	free(p);
}

void alloc_watch_free(struct alloc_watch *w)
{
	if (!w)
		return;
	vec_foreach (p, &w->processes)
		process_free(*p);
	vec_done(&w->processes);
	vec_done(&w->entries);
	map_u64_done(&w->index);
	profile_free(w->profile);
	runtimes_done(&w->runtimes);
	python_free(w->python);
	managed_frames_done(&w->managed);
	sample_store_done(&w->store);
	addr_spaces_done(&w->spaces);
	module_table_done(&w->modules);
	alloc_channel_close(&w->channel);
	arena_done(&w->arena);
	free(w);
}

/*
 * Whether the pid that the slot names is the process that wrote it: seen from another pid namespace
 * it would be a stranger. The real one has the channel among its mappings.
 */
static bool is_process(pid_t pid, struct buf *maps)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	if (pid <= 0 || file_read(path, MAX_MAPS, maps, NULL) < 0)
		return false;
	struct span s = buf_span(maps);

	return memmem(s.p, s.n, "memfd:perf-ops-alloc", 20) || memmem(s.p, s.n, "/alloc\n", 7);
}

static struct alloc_process *process_begin(struct alloc_watch *w, unsigned i)
{
	_cleanup_(buf_done) struct buf maps = { 0 };
	struct alloc_slot *slot = alloc_channel_slot(&w->channel, i);
	struct alloc_process *p = xcalloc(1, sizeof(*p));

	p->slot = i;
	p->pid = (pid_t)__atomic_load_n(&slot->pid, __ATOMIC_RELAXED);
	p->ring.slot = slot;
	p->known = is_process(p->pid, &maps);
	w->n_processes++;
	w->processes.v[i] = p;

	struct process *space = addr_spaces_get(&w->spaces, p->pid, NULL);

	/* the process itself wrote how it was at its first sample: it may be gone by now */
	addr_spaces_exec(&w->spaces, p->pid);
	addr_spaces_read_text(&w->spaces, space,
		span_of(slot->maps,
			MIN(__atomic_load_n(&slot->maps_bytes, __ATOMIC_RELAXED),
				(uint32_t)sizeof(slot->maps))));
	if (p->known)
		addr_spaces_read_text(&w->spaces, space, buf_span(&maps));
	return p;
}

static struct alloc_entry *entry_of(struct alloc_watch *w, uint32_t node, uint32_t thread)
{
	bool fresh;

	if (w->entries.n >= MAX_ENTRIES)
		thread = 0; /* sums without threads rather than nothing */
	uint32_t *slot = map_u64_put(&w->index, (uint64_t)node << 32 | thread, &fresh);

	if (fresh) {
		*slot = (uint32_t)w->entries.n;
		*vec_push(&w->entries) = (struct alloc_entry){ .node = node, .thread = thread };
	}
	return &w->entries.v[*slot];
}

/* Unwinds into w->frames without the frames of the library itself; how many. */
static size_t unwind(struct alloc_watch *w, const struct alloc_process *p, size_t *ret_skip)
{
	static const uint8_t dwarf[ALLOC_N_REGS] = { UNWIND_IP, UNWIND_SP, UNWIND_FP, 3, 12, 13, 14,
		15 };
	const struct alloc_sample *x = &w->sample;
	struct process *space = addr_spaces_get(&w->spaces, p->pid, NULL);
	struct unwind_regs regs = { 0 };
	struct unwind_result res;
	enum unwind_end end;
	size_t skip = 0;

	for (unsigned i = 0; i < ALLOC_N_REGS; i++)
		regs.r[dwarf[i]] = x->r.regs[i];

	struct stack_copy stack = { .base = regs.r[UNWIND_SP], .bytes = x->stack };

	unwind_user_regs(&w->spaces, space, &regs, &stack, w->frames, w->regs, &res);
	if (res.end == UNWIND_BAD && p->known &&
		addr_spaces_read_again(&w->spaces, space, x->r.time_ns))
		unwind_user_regs(&w->spaces, space, &regs, &stack, w->frames, w->regs, &res);

	size_t n = python_merge(w->python,
		&(struct python_sample){ .process = space,
			.tid = (pid_t)x->r.tid,
			.time_ns = x->r.time_ns,
			.frames = w->frames,
			.n = res.n,
			.room = ARRAY_LEN(w->frames),
			.regs = w->regs,
			.stack = &stack,
			.end = res.end },
		&end);

	w->ends[end]++;
	while (skip + 1 < n && w->frames[skip].module == w->frames[0].module)
		skip++;
	*ret_skip = skip;
	return n;
}

static uint32_t thread_of(struct alloc_watch *w, const struct alloc_process *p, uint32_t tid)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char path[64], name[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/task/%u/comm", (int)p->pid, tid);
	bool have = map_u64_get(&w->profile->thread_index,
			    (uint64_t)(uint32_t)p->pid << 32 | tid) != NULL;

	if (!have && p->known && file_read(path, sizeof(name), &b, NULL) == 0) {
		struct span s = span_trim(buf_span(&b));

		snprintf(name, sizeof(name), "%.*s", (int)s.n, (const char *)s.p);
	}
	return profile_add_thread(w->profile, p->pid, (int32_t)tid, name[0] ? name : NULL);
}

static void take_sample(struct alloc_watch *w, struct alloc_process *p)
{
	const struct alloc_sample *x = &w->sample;
	size_t skip, n = unwind(w, p, &skip);
	uint32_t thread = thread_of(w, p, x->r.tid);
	uint32_t node = sample_store_stack(&w->store, w->frames + skip, n - skip, thread);
	struct alloc_entry *e = entry_of(w, node, thread);

	if (!e->samples)
		e->time_ns = x->r.time_ns;
	e->samples++;
	e->bytes += x->bytes;
	e->objects += x->objects;
	w->n_samples++;
	if (x->r.place == UINT32_MAX) {
		e->untracked++;
		w->untracked++;
	} else if (alloc_slot_live(p->ring.slot, x->r.place, x->r.id)) {
		*vec_push(&p->blocks) = (struct alloc_block){ .entry = (uint32_t)(e - w->entries.v),
			.place = x->r.place,
			.id = x->r.id,
			.bytes = (float)x->bytes,
			.objects = (float)x->objects };
	}
}

static void process_drain(struct alloc_watch *w, struct alloc_process *p)
{
	/* no more than one ring full: the target may write as fast as we read */
	uint64_t until = p->ring.tail + alloc_ring_waiting(&p->ring);
	int r = 1;

	while (!p->broken && p->ring.tail < until &&
		(r = alloc_ring_next(&p->ring, &w->sample)) > 0)
		take_sample(w, p);
	if (r < 0) {
		p->broken = true;
		w->n_broken++;
	}
}

/* Adapts the mean distance so that at most rate_hz samples come and the tables do not overflow. */
static void adapt(struct alloc_watch *w, uint64_t now_ns, double fill)
{
	struct alloc_control *c = w->channel.control;
	uint64_t mean = __atomic_load_n(&c->mean_bytes, __ATOMIC_RELAXED), live = 0;
	double dt = (double)(now_ns - w->rate_from_ns) / 1e9;
	double rate = (double)(w->n_samples - w->rate_from_samples) / MAX(dt, 1e-3);

	vec_foreach (p, &w->processes)
		if (*p)
			live = MAX(
				live, __atomic_load_n(&(*p)->ring.slot->n_live, __ATOMIC_RELAXED));
	/* a few samples in a short time say little about a rate */
	double off = rate / (double)w->rate_hz;
	/* half a second's worth is free at any time: programs that run shortly need them */
	double allowed = (double)w->rate_hz * ((double)(now_ns - w->start_ns) / 1e9 + 0.5);
	bool fast = w->n_samples - w->rate_from_samples > 50 && off > 1 &&
		(double)w->n_samples > allowed;

	if (fast)
		mean = (uint64_t)((double)mean * MIN(off, 64.0));
	else if (fill > 0.5 || live > MAX_LIVE)
		mean *= 2;
	else if (dt < 0.02)
		return;
	else if (off < 0.5 && live < MAX_LIVE / 4)
		mean = MAX((uint64_t)((double)mean * MAX(off, 0.25)), MIN_MEAN_BYTES);
	__atomic_store_n(&c->mean_bytes, MIN(mean, MAX_MEAN_BYTES), __ATOMIC_RELAXED);
	w->rate_from_ns = now_ns;
	w->rate_from_samples = w->n_samples;
}

double alloc_watch_drain(struct alloc_watch *w, uint64_t now_ns)
{
	double fill = 0;

	for (unsigned i = 0; i < ALLOC_SLOTS; i++) {
		struct alloc_slot *s = alloc_channel_slot(&w->channel, i);

		if (!w->processes.v[i] &&
			!__atomic_load_n(&w->channel.control->owner[i], __ATOMIC_ACQUIRE))
			continue;
		if (!w->processes.v[i] && !__atomic_load_n(&s->ready, __ATOMIC_ACQUIRE))
			continue;
		struct alloc_process *p =
			w->processes.v[i] ? w->processes.v[i] : process_begin(w, i);

		fill = MAX(fill, (double)alloc_ring_waiting(&p->ring) / ALLOC_RING_BYTES);
		process_drain(w, p);
	}
	adapt(w, now_ns, fill);
	return fill;
}

/* Adds what this process still holds to the entries' sums; forgets what it has freed. */
static void look_at(struct alloc_watch *w, struct alloc_process *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->blocks.n; i++) {
		struct alloc_block b = p->blocks.v[i];

		if (!alloc_slot_live(p->ring.slot, b.place, b.id))
			continue;
		struct alloc_entry *e = &w->entries.v[b.entry];

		e->held++;
		e->held_bytes += (double)b.bytes;
		e->held_objects += (double)b.objects;
		p->blocks.v[kept++] = b;
	}
	p->blocks.n = kept;
}

static double sum_held(struct alloc_watch *w)
{
	double sum = 0;

	vec_foreach (e, &w->entries)
		e->held = 0, e->held_bytes = e->held_objects = 0;
	vec_foreach (p, &w->processes)
		if (*p)
			look_at(w, *p);
	vec_foreach (e, &w->entries)
		sum += e->held_bytes;
	return sum;
}

/* Every other point goes, and points come half as often from now on. */
static void thin_axis(struct alloc_watch *w)
{
	for (size_t i = 0; i < w->n_looks / 2; i++) {
		w->look_s[i] = w->look_s[2 * i + 1];
		w->look_bytes[i] = w->look_bytes[2 * i + 1];
		w->look_blocks[i] = w->look_blocks[2 * i + 1];
	}
	vec_foreach (e, &w->entries) {
		if (!e->looks)
			continue;
		for (size_t i = 0; i < w->n_looks / 2; i++)
			e->looks[i] = e->looks[2 * i + 1];
		memset(e->looks + w->n_looks / 2, 0,
			(ALLOC_LOOKS - w->n_looks / 2) * sizeof(*e->looks));
	}
	w->n_looks /= 2;
	w->look_every_s *= 2;
}

static void process_end(struct alloc_watch *w, struct alloc_process *p)
{
	w->dropped += p->ring.slot->dropped;
	w->dropped_bytes += (double)p->ring.slot->dropped_bytes;
	alloc_channel_release(&w->channel, p->slot);
	w->processes.v[p->slot] = NULL;
	process_free(p);
}

/*
 * Slots of processes that have ended are emptied a last time and, after a while in which the whole
 * target might end with them, given back.
 */
static void look_for_ended(struct alloc_watch *w, uint64_t now_ns)
{
	for (unsigned i = 0; i < ALLOC_SLOTS; i++) {
		struct alloc_process *p = w->processes.v[i];

		if (!p)
			continue;
		if (!p->gone &&
			((p->known && kill(p->pid, 0) < 0 && errno == ESRCH) ||
				__atomic_load_n(&p->ring.slot->ended, __ATOMIC_ACQUIRE))) {
			p->gone = true;
			p->gone_ns = now_ns;
			process_drain(w, p);
		}
		if (p->gone && now_ns - p->gone_ns > LATE_NS)
			process_end(w, p);
	}
}

void alloc_watch_look(struct alloc_watch *w, uint64_t now_ns)
{
	double t = (double)(now_ns - w->start_ns) / 1e9;

	look_for_ended(w, now_ns);
	if (w->n_looks && t < w->look_s[w->n_looks - 1] + w->look_every_s)
		return;
	if (w->n_looks == ALLOC_LOOKS)
		thin_axis(w);

	double sum = sum_held(w);
	size_t at = w->n_looks++;

	w->look_s[at] = t;
	w->look_bytes[at] = sum;
	w->look_blocks[at] = 0;
	vec_foreach (e, &w->entries) {
		if (!e->looks && e->held_bytes > 0)
			e->looks = arena_array(&w->arena, ALLOC_LOOKS, sizeof(*e->looks));
		if (e->looks)
			e->looks[at] = (float)e->held_bytes;
		w->look_blocks[at] += e->held;
	}
	if (sum <= w->peak_bytes)
		return;
	w->peak_bytes = sum;
	vec_foreach (e, &w->entries)
		e->peak_bytes = e->held_bytes;
}

/*
 * A program that gives everything back while it exits (interpreters, destructors) holds nothing at
 * its very end, which says nothing about how it ran: then the last look before that counts.
 */
static void pass_over_exit(struct alloc_watch *w, double sum)
{
	size_t i = w->n_looks;

	while (i > 1 && w->look_bytes[i - 1] < 0.6 * w->look_bytes[i - 2])
		i--;
	/* a few blocks are those that are just in use */
	if (i == 0 || w->look_blocks[i - 1] < 30 || sum >= 0.6 * w->look_bytes[i - 1])
		return;
	w->freed_at_exit = true;
	w->n_looks = i;
	vec_foreach (e, &w->entries) {
		e->held_bytes = e->looks ? (double)e->looks[i - 1] : 0;
		e->held_objects = e->bytes > 0 ? e->held_bytes * e->objects / e->bytes : 0;
	}
}

void alloc_watch_end(struct alloc_watch *w, uint64_t now_ns)
{
	alloc_watch_drain(w, now_ns);
	look_for_ended(w, now_ns);
	pass_over_exit(w, sum_held(w));
	for (unsigned i = 0; i < ALLOC_SLOTS; i++) {
		struct alloc_process *p = w->processes.v[i];

		if (!p)
			continue;
		w->dropped += p->ring.slot->dropped;
		w->dropped_bytes += (double)p->ring.slot->dropped_bytes;
	}
}
