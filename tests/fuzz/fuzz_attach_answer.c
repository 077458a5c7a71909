/* SPDX-License-Identifier: MIT */
/* Answers of a hostile JVM, its compressed streams, and its tables of types: memory is the input.
 */
#include "base/map.h"
#include "parse/attach_protocol.h"
#include "parse/hotspot_vm.h"
#include "parse/unsigned5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *p;
	size_t n;
};

/* Addresses are offsets; what is beyond the end cannot be read. */
static size_t read_bytes(void *ctx, const struct memory_piece *v, size_t n)
{
	const struct bytes *b = ctx;

	for (size_t i = 0; i < n; i++) {
		if (v[i].addr > b->n || v[i].len > b->n - v[i].addr)
			return i;
		memcpy(v[i].to, b->p + v[i].addr, v[i].len);
	}
	return n;
}

static size_t walk(const uint8_t *data, size_t size)
{
	struct bytes b = { .p = data, .n = size };
	struct memory_reader m = { .ctx = &b, .read = read_bytes };
	uint64_t symbols[HOTSPOT_N_SYMBOLS];
	struct hotspot_frame frames[HOTSPOT_MAX_INLINE];
	struct hotspot_layout l;
	struct hotspot_blob blob;
	struct strtab names;
	struct hotspot h;
	size_t n = 0;

	for (size_t i = 0; i < HOTSPOT_N_SYMBOLS; i++)
		symbols[i] = 8 * i;
	hotspot_layout_read(&l, &m, symbols, NULL);
	/* the walk itself with a layout that may be anything in bounds */
	memset(&l, 0, sizeof(l));
	for (size_t i = 0; i < HS_N_FIELDS; i++)
		l.at[i] = i < size ? data[i] : 8 * i;
	l.at[HS_SIZE_PC] = 8 + l.at[HS_SIZE_PC] % 56;
	l.blob_offsets = size & 1;
	l.excluded = size & 2 ? 1 : 0;
	strtab_init(&names);
	hotspot_init(&h, &m, &l, &names);
	if (hotspot_heaps_read(&h))
		for (uint64_t pc = 0; pc < size; pc += size / 16 + 1)
			if (hotspot_blob_find(&h, pc, &blob))
				n += hotspot_compiled_frames(&h, &blob, pc, frames);
	for (uint64_t at = 0; at < size; at += 64)
		n += hotspot_method_frame(&h, at, 3, &frames[0]);
	hotspot_done(&h);
	strtab_done(&names);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text;
	struct unsigned5 u = { .in = cursor_of(span_of(data, size), 0), .excluded = size & 1 };
	struct line_entry line = { 0 };
	struct scope_entry scope;
	size_t n = 0;

	if (attach_answer_parse(span_of(data, size), &text, NULL) == 0)
		n += text.n;
	while (unsigned5_line(&u, &line))
		n++;
	u.in = cursor_of(span_of(data, size), 0);
	while (unsigned5_scope(&u, &scope))
		n++;
	return n + walk(data, size) == SIZE_MAX;
}
