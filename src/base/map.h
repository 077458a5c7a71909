/* SPDX-License-Identifier: MIT */
/*
 * Two open-addressing tables that cover the needs of the tree: 64-bit keys to 32-bit values, and
 * interned strings (each distinct string gets a small id, 0 is always the empty string).
 */
#pragma once

#include "base/arena.h"

struct map_u64_slot {
	uint64_t key;
	uint32_t value;
	bool used;
};

struct map_u64 {
	struct map_u64_slot *slots;
	size_t n, cap;
};

void map_u64_done(struct map_u64 *m);
/* Slot for key, created with value 0 when absent (*ret_new tells); valid until the next put. */
uint32_t *map_u64_put(struct map_u64 *m, uint64_t key, bool *ret_new);
/* NULL when absent. */
const uint32_t *map_u64_get(const struct map_u64 *m, uint64_t key);

struct strtab {
	struct arena text;
	const char **v; /* id -> string */
	uint32_t n;
	size_t v_cap;
	uint32_t *slots; /* id + 1, 0 = free */
	size_t slots_cap;
};

void strtab_init(struct strtab *t);
void strtab_done(struct strtab *t);
uint32_t strtab_add(struct strtab *t, const char *s);
uint32_t strtab_addn(struct strtab *t, const void *s, size_t n);
/* "" for an id that is out of range. */
const char *strtab_get(const struct strtab *t, uint32_t id);
/* UINT32_MAX when the string was never added. */
uint32_t strtab_find(const struct strtab *t, const char *s);

uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);
uint64_t hash_u64(uint64_t x);
