/* SPDX-License-Identifier: MIT */
/* Generated code of V8 by address. */
#include "collect/v8_code.h"

#include <string.h>

enum {
	MAX_CODE_BYTES = 4 << 20,
	MAX_INLINED = 4096,
	SCAN_CHUNK = 16 << 10,
	SCAN_MAX = 256 << 10, /* a page of V8's heap */
	HOLDER_ALIGN = 16, /* instructions are aligned to 32, their object's header is 16 or more */
	MAX_HOLDERS = 8,
	MAX_CODES = 1 << 16,
};

void v8_codes_init(struct v8_codes *c, struct v8_heap *h)
{
	*c = (struct v8_codes){ .h = h };
}

static void code_done(struct v8_code *x)
{
	free(x->positions.p);
	free(x->inlined);
	free(x->inlinings);
}

void v8_codes_done(struct v8_codes *c)
{
	vec_foreach (x, &c->v)
		code_done(x);
	vec_done(&c->v);
	map_u64_done(&c->missed);
}

bool v8_code_is_baseline(const struct v8_heap *h, const struct v8_code *code)
{
	return (int32_t)code->kind == h->l->kind_baseline;
}

bool v8_code_is_regexp(const struct v8_heap *h, const struct v8_code *code)
{
	return (int32_t)code->kind == h->l->kind_regexp;
}

/* ---- one Code object ----------------------------------------------------------------------------
 */

/* Start, size and kind; false when the object is none or does not hold pc. */
static bool read_header(struct v8_heap *h, uint64_t tagged, uint64_t pc, struct v8_code *ret)
{
	const struct v8_layout *l = h->l;
	uint32_t size, flags;
	uint64_t start = tagged - 1 + (uint64_t)l->code_start;

	if (v8_type(h, tagged) != (unsigned)l->type_code)
		return false;
	if (l->code_start_is_pointer && !v8_field(h, tagged, l->code_start, &start))
		return false;
	if (!v8_read(h, tagged - 1 + (uint64_t)l->code_size, &size, 4) ||
		!v8_read(h, tagged - 1 + (uint64_t)l->code_flags, &flags, 4) ||
		size > MAX_CODE_BYTES || pc < start || pc - start >= size)
		return false;
	*ret = (struct v8_code){ .start = start,
		.end = start + size,
		.object = tagged,
		.kind = (flags & (uint32_t)l->code_kind_mask) >> l->code_kind_shift,
		.checked_ns = h->now_ns };
	return v8_field(h, tagged, l->code_deopt_data, &ret->tables);
}

static bool element(struct v8_heap *h, uint64_t array, size_t i, uint64_t *ret)
{
	return v8_field(h, array, h->l->array_data + (int32_t)(8 * i), ret);
}

static size_t length_of(struct v8_heap *h, uint64_t array)
{
	uint64_t word;

	return v8_field(h, array, h->l->array_length, &word) && v8_is_smi(word) &&
			word >> 32 <= V8_MAX_TABLE
		? (size_t)(word >> 32)
		: 0;
}

static void read_inlinings(struct v8_heap *h, struct v8_code *x)
{
	uint64_t table;
	struct v8_table raw;

	if (!element(h, x->tables, (size_t)h->l->deopt_inlining, &table) || !v8_is_object(table) ||
		!v8_read_bytes(h, table, &raw))
		return;
	x->n_inlinings = MIN(raw.n / 16, (size_t)MAX_INLINED); /* position, function, padding */
	x->inlinings = xcalloc(x->n_inlinings + 1, sizeof(*x->inlinings));
	for (size_t i = 0; i < x->n_inlinings; i++) {
		memcpy(&x->inlinings[i].position, raw.p + 16 * i, 8);
		memcpy(&x->inlinings[i].function, raw.p + 16 * i + 8, 4);
	}
	free(raw.p);
}

/* What optimised code knows of itself (src/objects/deoptimization-data.h). */
static void read_deopt(struct v8_heap *h, struct v8_code *x)
{
	const struct v8_layout *l = h->l;
	uint64_t word, literals;

	if (length_of(h, x->tables) <= (size_t)MAX(l->deopt_inlining, l->deopt_shared))
		return;
	if (element(h, x->tables, (size_t)l->deopt_shared, &word)) {
		if (v8_type(h, word) == (unsigned)l->type_shared_wrapper &&
			l->type_shared_wrapper > 0)
			v8_field(h, word, 8, &word);
		x->function = v8_function_of_shared(h, word);
	}
	if (!x->function || !element(h, x->tables, (size_t)l->deopt_inlined_count, &word) ||
		!v8_is_smi(word) || word >> 32 == 0 || word >> 32 > MAX_INLINED ||
		!element(h, x->tables, (size_t)l->deopt_literals, &literals) ||
		length_of(h, literals) < word >> 32)
		return;
	x->n_inlined = (size_t)(word >> 32);
	x->inlined = xcalloc(x->n_inlined, sizeof(*x->inlined));
	for (size_t i = 0; i < x->n_inlined; i++)
		if (element(h, literals, i, &word))
			/* maybe held weakly: that is in the tag */
			x->inlined[i] = v8_function_of_shared(h, (word & ~3ull) | 1);
	read_inlinings(h, x);
}

static void read_tables(struct v8_heap *h, struct v8_code *x)
{
	uint8_t first[V8_PROLOGUE_BYTES];
	uint64_t positions;
	size_t n = remote_memory_bytes(
		&h->mem, x->start, first, MIN(sizeof(first), (size_t)(x->end - x->start)));

	x->frame_at = v8_frame_offset(first, n);
	if (v8_field(h, x->object, h->l->code_positions, &positions) && v8_is_object(positions))
		v8_read_bytes(h, positions, &x->positions);
	if (!v8_code_is_baseline(h, x) && !v8_code_is_regexp(h, x))
		read_deopt(h, x);
}

/* ---- finding it ---------------------------------------------------------------------------------
 */

/* The Code of an object that holds instructions: itself, or what its header points to. */
static bool code_of_holder(struct v8_heap *h, uint64_t holder, uint64_t pc, struct v8_code *ret)
{
	if (read_header(h, holder, pc, ret))
		return true;
	for (int32_t at = 8; at <= 40; at += 8) {
		uint64_t word;

		if (v8_field(h, holder, at, &word) && v8_is_object(word) &&
			read_header(h, word, pc, ret))
			return true;
	}
	return false;
}

/*
 * Objects that hold instructions lie one after the other and begin with their map: looks
 * backwards for the nearest one that holds pc.
 */
static bool scan_back(struct v8_codes *c, uint64_t pc, uint64_t lowest, struct v8_code *ret)
{
	struct v8_heap *h = c->h;
	uint64_t end = (pc & ~(uint64_t)(HOLDER_ALIGN - 1)) + HOLDER_ALIGN;
	uint64_t stop = MAX(lowest, pc > SCAN_MAX ? pc - SCAN_MAX : 0);
	_Alignas(8) uint8_t chunk[SCAN_CHUNK];
	unsigned tries = 0;

	while (end > stop) {
		uint64_t from = MAX(stop, end > SCAN_CHUNK ? end - SCAN_CHUNK : 0);
		size_t n = (size_t)(end - from);

		if (!v8_read(h, from, chunk, n))
			return false;
		for (uint64_t at = end - HOLDER_ALIGN; at >= from; at -= HOLDER_ALIGN) {
			uint64_t map;

			memcpy(&map, chunk + (at - from), 8);
			if (!v8_is_object(map) || (c->instruction_map && map != c->instruction_map))
				continue;
			if (v8_type(h, at + 1) != (unsigned)h->l->type_instruction_stream)
				continue;
			if (code_of_holder(h, at + 1, pc, ret)) {
				c->instruction_map = map;
				return true;
			}
			if (++tries == MAX_HOLDERS)
				return false;
		}
		end = from;
	}
	return false;
}

static size_t lower_bound(const struct v8_codes *c, uint64_t pc)
{
	size_t lo = 0, hi = c->v.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->v.v[mid].end <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void remove_at(struct v8_codes *c, size_t i)
{
	code_done(&c->v.v[i]);
	memmove(&c->v.v[i], &c->v.v[i + 1], (c->v.n - i - 1) * sizeof(c->v.v[0]));
	c->v.n--;
}

static const struct v8_code *insert(struct v8_codes *c, struct v8_code *x)
{
	size_t i = lower_bound(c, x->start);

	while (i < c->v.n && c->v.v[i].start < x->end)
		remove_at(c, i);
	if (c->v.n >= MAX_CODES)
		remove_at(c, c->v.n - 1);
	i = MIN(i, c->v.n);
	read_tables(c->h, x);
	vec_push(&c->v);
	memmove(&c->v.v[i + 1], &c->v.v[i], (c->v.n - 1 - i) * sizeof(c->v.v[0]));
	c->v.v[i] = *x;
	return &c->v.v[i];
}

/* Code is freed and its place used again: asks whether it is still the same. */
static bool still_there(struct v8_codes *c, struct v8_code *x)
{
	struct v8_code now;

	if (c->h->now_ns < x->checked_ns + V8_TRUST_NS)
		return true;
	if (!read_header(c->h, x->object, x->start, &now) || now.start != x->start ||
		now.end != x->end || now.tables != x->tables || now.kind != x->kind)
		return false;
	x->checked_ns = c->h->now_ns;
	return true;
}

static bool missed_lately(struct v8_codes *c, uint64_t pc)
{
	if (c->h->now_ns > c->missed_ns + V8_TRUST_NS) {
		map_u64_done(&c->missed);
		c->missed = (struct map_u64){ 0 };
		c->missed_ns = c->h->now_ns;
	}
	return map_u64_get(&c->missed, pc) != NULL;
}

const struct v8_code *v8_codes_find(
	struct v8_codes *c, uint64_t pc, uint64_t lowest, uint64_t closure)
{
	size_t i = lower_bound(c, pc);
	struct v8_code x;
	uint64_t word;

	if (i < c->v.n && c->v.v[i].start <= pc) {
		if (still_there(c, &c->v.v[i]))
			return &c->v.v[i];
		remove_at(c, i);
	}
	if (closure && v8_field(c->h, closure, c->h->l->function_code, &word) &&
		v8_is_object(word) && code_of_holder(c->h, word, pc, &x))
		return insert(c, &x);
	if (missed_lately(c, pc))
		return NULL;
	if (scan_back(c, pc, lowest, &x))
		return insert(c, &x);
	map_u64_put(&c->missed, pc, NULL);
	return NULL;
}
