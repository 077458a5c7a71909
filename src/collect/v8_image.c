/* SPDX-License-Identifier: MIT */
/* V8 in a binary: layout and builtins. */
#include "collect/v8_image.h"

#include "parse/eh_frame.h"
#include "parse/v8_positions.h"

#include <elf.h>
#include <string.h>

enum { MIN_V8_BYTES = 8 << 20, MIN_BLOB_BYTES = 256 << 10 };

uint16_t v8_frame_offset(const uint8_t *code, size_t n)
{
	static const uint8_t enter[] = { 0x55, 0x48, 0x89, 0xe5 };

	for (size_t i = 0; i + sizeof(enter) <= n; i++)
		if (memcmp(code + i, enter, sizeof(enter)) == 0)
			return (uint16_t)i;
	return V8_NO_FRAME;
}

static void add_builtins(struct v8_image *v, struct elf_image *img)
{
	struct elf_symbols symbols;
	struct buf text = { 0 };

	elf_symbols_init(&symbols, img, NULL);
	for (size_t i = 0; i < symbols.n; i++) {
		const struct elf_symbol *s = &symbols.v[i];

		if (strncmp(s->name, "Builtins_", 9) != 0)
			continue;
		struct span code = elf_image_at(img, s->addr);
		size_t n = MIN(code.n, MIN((size_t)s->size, (size_t)V8_PROLOGUE_BYTES));
		bool named = v8_builtin_name(s->name, &text);

		*vec_push(&v->builtins) = (struct v8_builtin){ .start = s->addr,
			.end = s->addr + s->size,
			.name = named ? arena_strdup(&v->arena, buf_cstr(&text)) : NULL,
			.frame_at = v8_frame_offset(code.p, n),
			.interprets = v8_builtin_interprets(s->name) };
	}
	buf_done(&text);
	elf_symbols_done(&symbols);
	if (v->builtins.n) { /* the symbol of the blob may be that of a pointer to it */
		v->layout.blob_start = v->builtins.v[0].start;
		v->layout.blob_end = v->builtins.v[v->builtins.n - 1].end;
	}
}

/* Without symbols: the largest piece of code that has no unwind rows. */
static void find_blob(struct v8_image *v, const struct unwind_rows *rows)
{
	uint64_t best = MIN_BLOB_BYTES;

	for (size_t i = 0; rows && i + 1 < rows->rows.n; i++) {
		uint64_t from = rows->base + rows->rows.v[i].pc;
		uint64_t to = rows->base + rows->rows.v[i + 1].pc;

		if (rows->rows.v[i].rule || to - from <= best)
			continue;
		best = to - from;
		v->layout.blob_start = from;
		v->layout.blob_end = to;
	}
}

struct v8_image *v8_image_new(struct elf_image *img, const struct unwind_rows *rows)
{
	struct v8_layout layout;
	uint64_t lo, hi;

	if (img->machine != EM_X86_64 || !elf_image_text_range(img, &lo, &hi) ||
		hi - lo < MIN_V8_BYTES || v8_layout_read(img, &layout, NULL) < 0)
		return NULL;
	struct v8_image *v = xcalloc(1, sizeof(*v));

	v->layout = layout;
	add_builtins(v, img);
	if (!v->layout.blob_start)
		find_blob(v, rows);
	return v;
}

void v8_image_free(struct v8_image *v)
{
	if (!v)
		return;
	vec_done(&v->builtins);
	arena_done(&v->arena);
	free(v);
}

const struct v8_builtin *v8_image_builtin(const struct v8_image *v, uint64_t vaddr)
{
	size_t lo = 0, hi = v->builtins.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v->builtins.v[mid].start <= vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* padding behind a builtin is its own: a return address may point there */
	return lo && vaddr < v->layout.blob_end ? &v->builtins.v[lo - 1] : NULL;
}
