/* SPDX-License-Identifier: MIT */
/* Hash tables: integer keys and interned strings. */
#include "base/map.h"

#include "base/alloc.h"

#include <stdlib.h>

/* finaliser of MurmurHash3 (public domain), spreads keys that differ in few bits */
uint64_t hash_u64(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ull;
	return x ^ x >> 33;
}

/* FNV-1a with a final mix; the inputs are short names */
uint64_t hash_bytes(const void *p, size_t n, uint64_t seed)
{
	const uint8_t *b = p;
	uint64_t h = 0xcbf29ce484222325ull ^ seed;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3ull;
	return hash_u64(h);
}

void map_u64_done(struct map_u64 *m)
{
	free(m->slots);
	*m = (struct map_u64){ 0 };
}

static struct map_u64_slot *find_slot(struct map_u64_slot *slots, size_t cap, uint64_t key)
{
	size_t i = hash_u64(key) & (cap - 1);

	while (slots[i].used && slots[i].key != key)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static void map_u64_grow(struct map_u64 *m)
{
	size_t cap = m->cap ? m->cap * 2 : 64;
	struct map_u64_slot *slots = xcalloc(cap, sizeof(*slots));

	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].used)
			*find_slot(slots, cap, m->slots[i].key) = m->slots[i];
	free(m->slots);
	m->slots = slots;
	m->cap = cap;
}

uint32_t *map_u64_put(struct map_u64 *m, uint64_t key, bool *ret_new)
{
	if (m->n * 4 >= m->cap * 3)
		map_u64_grow(m);
	struct map_u64_slot *s = find_slot(m->slots, m->cap, key);

	if (ret_new)
		*ret_new = !s->used;
	if (!s->used) {
		*s = (struct map_u64_slot){ .key = key, .used = true };
		m->n++;
	}
	return &s->value;
}

const uint32_t *map_u64_get(const struct map_u64 *m, uint64_t key)
{
	if (!m->cap)
		return NULL;
	struct map_u64_slot *s = find_slot(m->slots, m->cap, key);

	return s->used ? &s->value : NULL;
}

void strtab_init(struct strtab *t)
{
	*t = (struct strtab){ 0 };
	strtab_addn(t, "", 0);
}

void strtab_done(struct strtab *t)
{
	arena_done(&t->text);
	free(t->v);
	free(t->slots);
	*t = (struct strtab){ 0 };
}

static uint32_t *strtab_slot(const struct strtab *t, const void *s, size_t n)
{
	size_t i = hash_bytes(s, n, 0) & (t->slots_cap - 1);

	for (; t->slots[i]; i = (i + 1) & (t->slots_cap - 1)) {
		const char *have = t->v[t->slots[i] - 1];

		if (strncmp(have, s, n) == 0 && have[n] == '\0')
			break;
	}
	return &t->slots[i];
}

static void strtab_grow(struct strtab *t)
{
	t->slots_cap = t->slots_cap ? t->slots_cap * 2 : 128;
	free(t->slots);
	t->slots = xcalloc(t->slots_cap, sizeof(*t->slots));
	for (uint32_t id = 0; id < t->n; id++)
		*strtab_slot(t, t->v[id], strlen(t->v[id])) = id + 1;
}

uint32_t strtab_addn(struct strtab *t, const void *s, size_t n)
{
	const void *nul = n ? memchr(s, 0, n) : NULL;

	if (nul)
		n = (size_t)((const char *)nul - (const char *)s);
	if ((size_t)t->n * 4 >= t->slots_cap * 3)
		strtab_grow(t);
	uint32_t *slot = strtab_slot(t, s, n);

	if (*slot)
		return *slot - 1;
	if (t->n == t->v_cap) {
		t->v_cap = t->v_cap ? t->v_cap * 2 : 128;
		t->v = xreallocarray(t->v, t->v_cap, sizeof(*t->v));
	}
	t->v[t->n] = arena_strndup(&t->text, s, n);
	*slot = ++t->n;
	return t->n - 1;
}

uint32_t strtab_add(struct strtab *t, const char *s)
{
	return strtab_addn(t, s, strlen(s));
}

const char *strtab_get(const struct strtab *t, uint32_t id)
{
	return id < t->n ? t->v[id] : "";
}

uint32_t strtab_find(const struct strtab *t, const char *s)
{
	if (!t->slots_cap)
		return UINT32_MAX;
	uint32_t *slot = strtab_slot(t, s, strlen(s));

	return *slot ? *slot - 1 : UINT32_MAX;
}
