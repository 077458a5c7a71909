/* SPDX-License-Identifier: MIT */
/* JDK: memory/heap.cpp (segment map), code/codeBlob.hpp, code/nmethod.hpp. */
#include "parse/hotspot_vm.h"

#include "parse/unsigned5.h"

#include <stdlib.h>

enum { MAX_HEAPS = 8, MAX_HOPS = 256, MAX_BLOB_BYTES = 64 << 20, MAX_FRAME_BYTES = 1 << 20 };

void hotspot_init(struct hotspot *h, const struct memory_reader *mem,
	const struct hotspot_layout *layout, struct strtab *names)
{
	*h = (struct hotspot){ .mem = *mem, .layout = *layout, .names = names };
}

void hotspot_done(struct hotspot *h)
{
	vec_done(&h->heaps);
	vec_done(&h->methods);
	map_u64_done(&h->method_index);
	vec_done(&h->lines);
}

static bool read_u64(struct hotspot *h, uint64_t addr, enum hotspot_field f, uint64_t *ret)
{
	return memory_read_u64(&h->mem, addr + h->layout.at[f], ret);
}

static uint64_t get(
	const uint8_t *p, const struct hotspot_layout *l, enum hotspot_field f, unsigned bytes)
{
	uint64_t v = 0;

	memcpy(&v, p + l->at[f], bytes);
	return v;
}

static bool heap_read(struct hotspot *h, uint64_t addr, struct hotspot_heap *ret)
{
	const struct hotspot_layout *l = &h->layout;
	const struct {
		enum hotspot_field space, bound;
		uint64_t *to;
	} parts[] = { { HS_HEAP_MEMORY, HS_SPACE_LOW, &ret->low },
		{ HS_HEAP_MEMORY, HS_SPACE_HIGH, &ret->high },
		{ HS_HEAP_SEGMAP, HS_SPACE_LOW, &ret->segmap_low },
		{ HS_HEAP_SEGMAP, HS_SPACE_HIGH, &ret->segmap_high } };
	uint32_t log2 = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!memory_read_u64(&h->mem, addr + l->at[parts[i].space] + l->at[parts[i].bound],
			    parts[i].to))
			return false;
	if (!memory_read(&h->mem, addr + l->at[HS_HEAP_LOG2_SEGMENT], &log2, 4) || log2 < 3 ||
		log2 > 16)
		return false;
	h->log2_segment = log2;
	return ret->low && ret->low < ret->high && ret->high - ret->low <= 4ull << 30 &&
		ret->segmap_low < ret->segmap_high;
}

bool hotspot_heaps_read(struct hotspot *h)
{
	const struct hotspot_layout *l = &h->layout;
	uint64_t array = 0, data = 0, heap;
	uint32_t n = 1;

	h->heaps.n = 0;
	if (hotspot_has(l, HS_CODE_HEAP)) {
		data = l->at[HS_CODE_HEAP];
	} else if (!memory_read_u64(&h->mem, l->at[HS_CODE_HEAPS], &array) || !array ||
		!memory_read(&h->mem, array + l->at[HS_ARRAY_LEN], &n, 4) ||
		!read_u64(h, array, HS_ARRAY_DATA, &data) || n > MAX_HEAPS) {
		return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct hotspot_heap r;

		if (!memory_read_u64(&h->mem, data + 8 * i, &heap) || !heap ||
			!heap_read(h, heap, &r)) {
			h->heaps.n = 0;
			return false;
		}
		*vec_push(&h->heaps) = r;
	}
	return h->heaps.n > 0;
}

static const struct hotspot_heap *heap_of(const struct hotspot *h, uint64_t pc)
{
	vec_foreach (r, &h->heaps)
		if (pc >= r->low && pc < r->high)
			return r;
	return NULL;
}

bool hotspot_is_code(const struct hotspot *h, uint64_t pc)
{
	return heap_of(h, pc) != NULL;
}

/* The segment map counts back to the start of a block, a byte at a time; 0xff is free. */
static bool block_of(struct hotspot *h, const struct hotspot_heap *r, uint64_t pc, uint64_t *ret)
{
	uint64_t segment = (pc - r->low) >> h->log2_segment;
	uint8_t tag = 0;

	for (int hops = 0; hops < MAX_HOPS; hops++) {
		if (r->segmap_low + segment >= r->segmap_high ||
			!memory_read(&h->mem, r->segmap_low + segment, &tag, 1) || tag == 0xff)
			return false;
		if (tag == 0) {
			*ret = r->low + (segment << h->log2_segment);
			return true;
		}
		if (tag > segment)
			return false;
		segment -= tag;
	}
	return false;
}

static enum hotspot_blob_kind kind_of(const char *name)
{
	static const struct {
		const char *name;
		enum hotspot_blob_kind kind;
	} kinds[] = { { "nmethod", HOTSPOT_COMPILED }, { "native nmethod", HOTSPOT_WRAPPER },
		{ "Interpreter", HOTSPOT_INTERPRETER }, { "vtable chunks", HOTSPOT_VTABLE } };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(name, kinds[i].name) == 0)
			return kinds[i].kind;
	return HOTSPOT_STUB;
}

static bool read_name(struct hotspot *h, uint64_t addr, char *ret, size_t cap)
{
	size_t n = 0;

	while (n + 1 < cap) {
		/* never over the end of a page at once: the next one may not be there */
		size_t step = MIN(cap - 1 - n, 8 - ((addr + n) & 7));

		if (!memory_read(&h->mem, addr + n, ret + n, step))
			return false;
		for (size_t i = 0; i < step; i++, n++)
			if (ret[n] == 0)
				return true;
	}
	ret[n] = 0;
	return true;
}

static bool blob_sane(const struct hotspot_heap *r, const struct hotspot_blob *b)
{
	return b->code_begin >= b->addr && b->code_begin < b->code_end && b->code_begin >= r->low &&
		b->code_end <= r->high && b->code_end - b->addr <= MAX_BLOB_BYTES &&
		b->frame_bytes <= MAX_FRAME_BYTES;
}

static void read_bounds(struct hotspot_blob *b, const uint8_t *p, const struct hotspot_layout *l)
{
	if (l->blob_offsets) {
		b->code_begin = b->addr + get(p, l, HS_BLOB_CODE_OFFSET, 4);
		b->code_end = b->addr + get(p, l, HS_BLOB_DATA_OFFSET, 4);
	} else {
		b->code_begin = get(p, l, HS_BLOB_CODE_BEGIN, 8);
		b->code_end = get(p, l, HS_BLOB_CODE_END, 8);
	}
}

/* Bytes of a blob's head that hold the fields asked for. */
static size_t head_bytes(const struct hotspot_layout *l)
{
	size_t n = MAX(l->at[HS_SIZE_NMETHOD], 64);

	for (int f = HS_BLOB_NAME; f <= HS_NM_IMMUTABLE_SIZE; f++)
		if (l->at[f] != UINT64_MAX)
			n = MAX(n, l->at[f] + 8);
	return n;
}

static bool read_nmethod(struct hotspot_blob *b, const uint8_t *p, const struct hotspot_layout *l)
{
	b->compile_id = (uint32_t)get(p, l, HS_NM_COMPILE_ID, 4);
	b->method = get(p, l, HS_NM_METHOD, 8);
	if (hotspot_has(l, HS_NM_ORIG_PC))
		b->orig_pc_offset = (int32_t)get(p, l, HS_NM_ORIG_PC, 4);
	if (hotspot_has(l, HS_NM_DEOPT))
		b->deopt_pc = hotspot_has(l, HS_NM_SCOPES_BEGIN) && !hotspot_has(l, HS_NM_IMMUTABLE)
			? get(p, l, HS_NM_DEOPT, 8)
			: b->addr + get(p, l, HS_NM_DEOPT, 4);
	return b->method != 0;
}

bool hotspot_blob_find(struct hotspot *h, uint64_t pc, struct hotspot_blob *ret)
{
	const struct hotspot_layout *l = &h->layout;
	const struct hotspot_heap *r = heap_of(h, pc);
	struct hotspot_blob b = { 0 };
	size_t n = head_bytes(l);
	uint8_t *p;

	if (!r || !block_of(h, r, pc, &b.addr))
		return false;
	b.addr += l->at[HS_SIZE_HEAP_BLOCK];
	p = xcalloc(1, n);
	/* small blobs at the end of a heap are shorter than an nmethod */
	size_t there = MIN(n, r->high > b.addr ? (size_t)(r->high - b.addr) : 0);
	bool ok = memory_read(&h->mem, b.addr, p, there) &&
		read_name(h, get(p, l, HS_BLOB_NAME, 8), b.name, sizeof(b.name));

	if (ok) {
		read_bounds(&b, p, l);
		b.kind = kind_of(b.name);
		/* in words; -1 where stubs say that they have none */
		int32_t words = (int32_t)get(p, l, HS_BLOB_FRAME_SIZE, 4);

		b.frame_bytes = words > 0 ? (uint32_t)words * 8 : 0;
		int16_t complete = (int16_t)get(p, l, HS_BLOB_FRAME_COMPLETE, 2);

		b.frame_complete = complete > 0 ? (uint32_t)complete : 0;
		ok = blob_sane(r, &b);
	}
	if (ok && (b.kind == HOTSPOT_COMPILED || b.kind == HOTSPOT_WRAPPER))
		ok = read_nmethod(&b, p, l);
	free(p);
	if (ok && (pc < b.code_begin || pc > b.code_end))
		ok = false;
	if (!ok)
		h->n_bad++;
	else
		*ret = b;
	return ok;
}

bool hotspot_blob_same(struct hotspot *h, const struct hotspot_blob *b)
{
	const struct hotspot_layout *l = &h->layout;
	uint64_t method = 0;
	uint32_t id = 0;

	if (b->kind != HOTSPOT_COMPILED && b->kind != HOTSPOT_WRAPPER)
		return true;
	return memory_read(&h->mem, b->addr + l->at[HS_NM_COMPILE_ID], &id, 4) &&
		id == b->compile_id && read_u64(h, b->addr, HS_NM_METHOD, &method) &&
		method == b->method;
}

/* The three arrays that map code to methods. */
struct debug_info {
	uint8_t *bytes; /* owns */
	struct span pcs, scopes, metadata;
};

enum { MAX_DEBUG_BYTES = 4 << 20 };

static struct span read_range(struct hotspot *h, uint64_t from, uint64_t to, uint8_t *at)
{
	if (to <= from || !memory_read(&h->mem, from, at, to - from))
		return (struct span){ 0 };
	return span_of(at, to - from);
}

struct ranges {
	uint64_t pcs, pcs_end, scopes, scopes_end, metadata, metadata_end;
};

static bool debug_ranges(struct hotspot *h, const struct hotspot_blob *b, struct ranges *r)
{
	const struct hotspot_layout *l = &h->layout;
	size_t n = head_bytes(l);
	uint8_t *p = xcalloc(1, n);
	bool ok = memory_read(&h->mem, b->addr, p, n);

	if (ok && hotspot_has(l, HS_NM_IMMUTABLE)) {
		uint64_t base = get(p, l, HS_NM_IMMUTABLE, 8);

		r->pcs = base + get(p, l, HS_NM_SCOPES_PCS, 4);
		r->pcs_end = r->scopes = base + get(p, l, HS_NM_SCOPES_DATA, 4);
		r->scopes_end = base + get(p, l, HS_NM_IMMUTABLE_SIZE, 4);
		if (hotspot_has(l, HS_BLOB_MUTABLE_DATA)) {
			uint64_t data = get(p, l, HS_BLOB_MUTABLE_DATA, 8);

			r->metadata = data + get(p, l, HS_BLOB_RELOCATION_SIZE, 4);
			r->metadata_end = data + get(p, l, HS_BLOB_MUTABLE_SIZE, 4);
		} else {
			r->metadata = b->code_end + get(p, l, HS_NM_METADATA, 2);
			r->metadata_end = b->addr + get(p, l, HS_BLOB_SIZE, 4);
		}
	} else if (ok) {
		r->metadata = b->addr + get(p, l, HS_NM_METADATA, 4);
		r->scopes = hotspot_has(l, HS_NM_SCOPES_BEGIN)
			? get(p, l, HS_NM_SCOPES_BEGIN, 8)
			: b->addr + get(p, l, HS_NM_SCOPES_DATA, 4);
		r->metadata_end = r->scopes;
		r->pcs = r->scopes_end = b->addr + get(p, l, HS_NM_SCOPES_PCS, 4);
		r->pcs_end = b->addr + get(p, l, HS_NM_DEPENDENCIES, 4);
	}
	free(p);
	return ok && r->pcs <= r->pcs_end && r->scopes <= r->scopes_end &&
		r->metadata <= r->metadata_end && r->pcs_end - r->pcs <= MAX_DEBUG_BYTES &&
		r->scopes_end - r->scopes <= MAX_DEBUG_BYTES &&
		r->metadata_end - r->metadata <= MAX_DEBUG_BYTES;
}

static bool debug_read(struct hotspot *h, const struct hotspot_blob *b, struct debug_info *ret)
{
	struct ranges r = { 0 };

	*ret = (struct debug_info){ 0 };
	if (!debug_ranges(h, b, &r))
		return false;
	size_t pcs = r.pcs_end - r.pcs, scopes = r.scopes_end - r.scopes;

	ret->bytes = xmalloc(pcs + scopes + (r.metadata_end - r.metadata) + 1);
	ret->pcs = read_range(h, r.pcs, r.pcs_end, ret->bytes);
	ret->scopes = read_range(h, r.scopes, r.scopes_end, ret->bytes + pcs);
	ret->metadata = read_range(h, r.metadata, r.metadata_end, ret->bytes + pcs + scopes);
	return ret->pcs.n && ret->scopes.n && ret->metadata.n;
}

/*
 * Where a call returns there is an entry of its own; between calls the next one counts, as the JVM
 * itself approximates (PcDesc's match of the first at or after the address).
 */
static uint32_t scope_at(const struct hotspot_layout *l, struct span pcs, int32_t offset)
{
	uint64_t step = l->at[HS_SIZE_PC];
	uint32_t before = 0;

	for (uint64_t at = 0; at + step <= pcs.n; at += step) {
		int32_t pc;
		uint32_t scope;

		memcpy(&pc, pcs.p + at + MIN(l->at[HS_PC_OFFSET], step - 4), 4);
		memcpy(&scope, pcs.p + at + MIN(l->at[HS_PC_SCOPE], step - 4), 4);
		if (pc >= offset && scope != 0)
			return scope;
		if (scope)
			before = scope;
	}
	return before;
}

size_t hotspot_compiled_frames(struct hotspot *h, const struct hotspot_blob *b, uint64_t pc,
	struct hotspot_frame ret[HOTSPOT_MAX_INLINE])
{
	struct debug_info d;
	size_t n = 0;

	if (b->kind == HOTSPOT_COMPILED && debug_read(h, b, &d)) {
		uint32_t at = scope_at(&h->layout, d.pcs, (int32_t)(pc - b->code_begin));
		uint64_t limit = d.scopes.n;

		/* callers lie before what they inline, so this comes to an end */
		while (at && at < limit && n < HOTSPOT_MAX_INLINE) {
			struct unsigned5 u = { .in = cursor_of(d.scopes, at),
				.excluded = h->layout.excluded };
			struct scope_entry e;
			uint64_t method;

			if (!unsigned5_scope(&u, &e))
				break;
			struct span slot = span_sub(d.metadata, 8 * ((uint64_t)e.method - 1), 8);

			if (e.method == 0 || slot.n != 8)
				break;
			memcpy(&method, slot.p, 8);
			if (!hotspot_method_frame(h, method, e.bci, &ret[n]))
				break;
			n++;
			limit = at;
			at = e.sender;
		}
	}
	if (b->kind == HOTSPOT_COMPILED)
		free(d.bytes);
	if (n == 0 && hotspot_method_frame(h, b->method, -1, &ret[0]))
		n = 1;
	return n;
}
