/* SPDX-License-Identifier: MIT */
/* Numbered pieces of text. */
#include "parse/text_tokens.h"

/* Eight bytes at a time, multipliers of MurmurHash3's finaliser. */
static uint64_t token_hash(const uint8_t *s, size_t n)
{
	uint64_t h = n * 0x9e3779b97f4a7c15u, w;

	for (; n >= 8; s += 8, n -= 8) {
		memcpy(&w, s, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	w = 0;
	if (n)
		memcpy(&w, s, n);
	h = (h ^ w) * 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 29;
}

static uint32_t *find_slot(const struct text_tokens *t, const void *s, size_t n)
{
	size_t i = token_hash(s, n) & (t->n_slots - 1);

	for (; t->slots[i]; i = (i + 1) & (t->n_slots - 1)) {
		const struct text_token *have = &t->v.v[t->slots[i] - 1];

		if (have->n == n && (!n || memcmp(have->text, s, n) == 0))
			break;
	}
	return &t->slots[i];
}

static void grow(struct text_tokens *t)
{
	t->n_slots = t->n_slots ? t->n_slots * 2 : 1024;
	free(t->slots);
	t->slots = xcalloc(t->n_slots, sizeof(*t->slots));
	for (size_t i = 0; i < t->v.n; i++)
		*find_slot(t, t->v.v[i].text, t->v.v[i].n) = (uint32_t)i + 1;
}

void text_tokens_done(struct text_tokens *t)
{
	vec_done(&t->v);
	free(t->slots);
	t->slots = NULL;
	t->n_slots = 0;
}

uint32_t text_tokens_add(struct text_tokens *t, const void *s, size_t n, bool *ret_new)
{
	if (t->v.n * 2 >= t->n_slots)
		grow(t);
	uint32_t *slot = find_slot(t, s, n);

	*ret_new = !*slot;
	if (!*slot) {
		*vec_push(&t->v) = (struct text_token){ .text = arena_strndup(t->arena, s, n),
			.n = (uint32_t)n };
		*slot = (uint32_t)t->v.n;
	}
	return *slot - 1;
}
