/* SPDX-License-Identifier: MIT */
/*
 * Which lock a thread waits for and who holds it. The address is the futex's, from the registers of
 * the wait; the holder is read from the lock itself while somebody waits: glibc's pthread_mutex_t
 * has the owner's thread id 8 bytes behind the futex word (struct __pthread_mutex_s, nptl). Locks
 * that do not tell their owner (Rust's, semaphores, read-write locks) have waiters only.
 */
#pragma once

#include "base/vec.h"
#include "collect/off_cpu.h"
#include "collect/wait_class.h"

struct lock_seen {
	pid_t pid;
	uint64_t address;
	uint32_t n_looks; /* times it was read while somebody waited */
};

/* Waits at one place for one lock; or looks that found one place holding it. */
struct lock_site {
	uint32_t lock, node, thread;
	uint64_t weight, count;
};

struct lock_watch {
	vec_of(struct lock_seen) locks;
	struct map_u64 index; /* hash of (pid, address) -> locks */
	vec_of(struct lock_site) waits, holds;
	struct map_u64 wait_index, hold_index;
	uint64_t last_ns;
	bool contended;
};

void lock_watch_done(struct lock_watch *w);

/* The address a thread waits on by the registers of its futex call, 0: they are of another call. */
uint64_t lock_address(uint64_t first_arg, uint64_t second_arg);
/* One wait of known weight for the lock. */
void lock_watch_wait(struct lock_watch *w, pid_t pid, uint64_t address, uint32_t thread,
	uint32_t node, uint64_t weight);
/*
 * Reads the owners of the locks that are waited for now; not more often than is useful. Whether
 * there are any.
 */
bool lock_watch_look(struct lock_watch *w, struct off_cpu *o, uint64_t now_ns);
/*
 * The locks into the profile, those with stacks of class lock only; lock_ns is what all waits for
 * locks took.
 */
void lock_watch_fill(struct lock_watch *w, struct off_cpu *o, struct wait_classes *classes,
	const uint32_t *stack_of, uint64_t lock_ns);
