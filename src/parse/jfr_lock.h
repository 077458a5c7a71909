/* SPDX-License-Identifier: MIT */
/*
 * Who held the lock: a monitor event names the thread that had it before, and what that thread did
 * meanwhile (parked, slept, read, ran) has a stack. Where a function on that stack is one in which
 * others waited for the same monitor, it is the critical section: there the waiting is charged.
 */
#pragma once

#include "base/vec.h"
#include "model/profile.h"

struct jfr_lock_wait {
	uint64_t start_ns, duration_ns;
	uint64_t owner;   /* thread key, 0 unknown */
	uint64_t monitor; /* address, or its class where the address is not known */
	uint32_t stack;   /* of the one who waits, in the profile of locks */
	uint32_t thread;
};

struct jfr_activity {
	uint64_t thread; /* key */
	uint64_t start_ns, end_ns;
	uint64_t stack_key;
};

struct jfr_locks {
	vec_of(struct jfr_lock_wait) waits;
	vec_of(struct jfr_activity) doing;
};

void jfr_locks_done(struct jfr_locks *l);
/*
 * Adds all waits to p (values: nanoseconds, contentions). stack_of gives the profile's stack for a
 * stack key. Returns the waiting time that could be charged to holders.
 */
uint64_t jfr_locks_charge(struct jfr_locks *l, struct profile *p,
	uint32_t (*stack_of)(void *ctx, uint64_t key), void *ctx);
