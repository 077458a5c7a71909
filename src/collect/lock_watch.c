/* SPDX-License-Identifier: MIT */
/* Addresses of locks, and their owners. */
#include "collect/lock_watch.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <sys/uio.h>

static const uint64_t LOOK_EVERY_NS = 5000000, CPU_NODE_AGE_NS = 100000000;
enum { MAX_LOOKS = 64, MAX_LOCKS = 4096, MAX_SHOWN = 8 };

void lock_watch_done(struct lock_watch *w)
{
	vec_done(&w->locks);
	vec_done(&w->waits);
	vec_done(&w->holds);
	map_u64_done(&w->index);
	map_u64_done(&w->wait_index);
	map_u64_done(&w->hold_index);
}

uint64_t lock_address(uint64_t address, uint64_t op)
{
	switch (op & ~(uint64_t)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return address % 4 == 0 && address >= 65536 && address >> 47 == 0 ? address : 0;
	default:
		return 0;
	}
}

/* UINT32_MAX when there are too many. */
static uint32_t lock_of(struct lock_watch *w, pid_t pid, uint64_t address)
{
	uint64_t h = hash_u64(address) ^ hash_u64((uint64_t)(uint32_t)pid) * 3;

	for (;; h++) {
		bool fresh;
		const uint32_t *have = map_u64_get(&w->index, h);

		if (have && w->locks.v[*have].address == address && w->locks.v[*have].pid == pid)
			return *have;
		if (have)
			continue;
		if (w->locks.n >= MAX_LOCKS)
			return UINT32_MAX;
		*map_u64_put(&w->index, h, &fresh) = (uint32_t)w->locks.n;
		*vec_push(&w->locks) = (struct lock_seen){ .pid = pid, .address = address };
		return (uint32_t)(w->locks.n - 1);
	}
}

void lock_watch_wait(struct lock_watch *w, pid_t pid, uint64_t address, uint32_t thread,
	uint32_t node, uint64_t weight)
{
	uint32_t lock = lock_of(w, pid, address);
	bool fresh;

	if (lock == UINT32_MAX)
		return;
	uint32_t *slot = map_u64_put(
		&w->wait_index, (uint64_t)lock << 52 ^ (uint64_t)thread << 32 ^ node, &fresh);

	if (fresh) {
		*slot = (uint32_t)w->waits.n;
		*vec_push(&w->waits) =
			(struct lock_site){ .lock = lock, .node = node, .thread = thread };
	}
	w->waits.v[*slot].weight += weight;
	w->waits.v[*slot].count++;
}

static void held_at(struct lock_watch *w, uint32_t lock, uint32_t node)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&w->hold_index, (uint64_t)lock << 32 | node, &fresh);

	if (fresh) {
		*slot = (uint32_t)w->holds.n;
		*vec_push(&w->holds) = (struct lock_site){ .lock = lock, .node = node };
	}
	w->holds.v[*slot].count++;
}

/* Lock word, recursion count, owner, users. */
static pid_t read_owner(pid_t pid, uint64_t address)
{
	uint32_t mutex[4] = { 0 };
	struct iovec local = { .iov_base = mutex, .iov_len = sizeof(mutex) };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)address, // NOLINT
		.iov_len = sizeof(mutex) };

	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != (ssize_t)sizeof(mutex))
		return 0;
	return mutex[0] && mutex[2] <= INT32_MAX ? (pid_t)mutex[2] : 0;
}

bool lock_watch_look(struct lock_watch *w, struct off_cpu *o, uint64_t now_ns)
{
	struct map_u64 looked = { 0 };
	unsigned left = MAX_LOOKS;

	if (now_ns < w->last_ns + LOOK_EVERY_NS)
		return w->contended;
	w->last_ns = now_ns;
	for (size_t i = 0; i < o->tasks.n && left; i++) {
		const struct off_task *t = &o->tasks.v[i];
		bool fresh;

		if (t->state != OFF_WAITING || !t->lock)
			continue;
		uint32_t lock = lock_of(w, t->pid, t->lock);

		if (lock == UINT32_MAX)
			continue;
		map_u64_put(&looked, lock, &fresh);
		if (!fresh)
			continue;
		left--;
		pid_t owner = read_owner(t->pid, t->lock);
		const struct off_task *by = owner ? off_cpu_task(o, owner) : NULL;

		if (!by || by->pid != t->pid || by == t || by->state == OFF_ENDED)
			continue;
		w->locks.v[lock].n_looks++;
		if (by->state == OFF_WAITING && by->has_node)
			held_at(w, lock, by->node);
		else if (by->cpu_node_ns && by->cpu_node_ns + CPU_NODE_AGE_NS > now_ns)
			held_at(w, lock, by->cpu_node);
	}
	w->contended = looked.n > 0;
	map_u64_done(&looked);
	return w->contended;
}

/* ---- into the profile ---- */

static int by_wait(const void *pa, const void *pb)
{
	const struct profile_lock *a = pa, *b = pb;

	if (a->wait_ns != b->wait_ns)
		return a->wait_ns < b->wait_ns ? 1 : -1;
	return a->address < b->address ? -1 : a->address > b->address;
}

static uint64_t life_of(const struct off_cpu *o, const struct profile_thread *th)
{
	uint64_t ns = 0;

	vec_foreach (t, &o->tasks)
		if (t->pid == th->pid && t->tid == th->tid)
			ns += t->since_ns - t->begin_ns;
	return ns;
}

/* The heaviest place and the number of threads of one lock; 0 when nobody waited for it. */
static double sum_waits(const struct lock_watch *w, uint32_t lock, const bool *counts,
	const struct off_cpu *o, struct profile_lock *ret, uint32_t *ret_node)
{
	struct map_u64 threads = { 0 };
	uint64_t best = 0;
	double sum = 0;

	for (size_t i = 0; i < w->waits.n; i++) {
		const struct lock_site *x = &w->waits.v[i];
		bool fresh;

		if (x->lock != lock || !counts[i])
			continue;
		sum += (double)x->weight;
		ret->waits += x->count;
		if (x->weight > best) {
			best = x->weight;
			*ret_node = x->node;
		}
		map_u64_put(&threads, x->thread, &fresh);
		if (fresh) {
			ret->threads++;
			ret->threads_ns += life_of(o, &o->s->profile->threads.v[x->thread]);
		}
	}
	map_u64_done(&threads);
	return sum;
}

static void find_holder(const struct lock_watch *w, uint32_t lock, const uint32_t *stack_of,
	struct profile_lock *ret)
{
	uint64_t best = 0;

	vec_foreach (h, &w->holds) {
		if (h->lock == lock && h->count > best) {
			best = h->count;
			ret->holder_stack = stack_of[h->node];
		}
	}
	ret->looks = w->locks.v[lock].n_looks;
	ret->holder_looks = best;
}

void lock_watch_fill(struct lock_watch *w, struct off_cpu *o, struct wait_classes *classes,
	const uint32_t *stack_of, uint64_t lock_ns)
{
	struct profile *p = o->s->profile;
	bool *counts = xcalloc(w->waits.n + 1, sizeof(*counts));
	double all = 0;

	for (size_t i = 0; i < w->waits.n; i++) {
		counts[i] = wait_class_of(classes, stack_of[w->waits.v[i].node]).kind == WAIT_LOCK;
		all += counts[i] ? (double)w->waits.v[i].weight : 0;
	}
	for (uint32_t i = 0; i < w->locks.n && all > 0; i++) {
		struct profile_lock l = { .pid = w->locks.v[i].pid,
			.address = w->locks.v[i].address };
		uint32_t node = 0;
		double sum = sum_waits(w, i, counts, o, &l, &node);

		if (sum <= 0)
			continue;
		l.wait_ns = (uint64_t)(sum / all * (double)lock_ns);
		l.wait_stack = stack_of[node];
		find_holder(w, i, stack_of, &l);
		*vec_push(&p->locks) = l;
	}
	if (p->locks.n)
		qsort(p->locks.v, p->locks.n, sizeof(p->locks.v[0]), by_wait);
	p->locks.n = MIN(p->locks.n, (size_t)MAX_SHOWN);
	free(counts);
}
