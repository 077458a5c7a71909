/* SPDX-License-Identifier: MIT */
/* .go.buildinfo; format: debug/buildinfo/buildinfo.go of the Go distribution. */
#include "parse/pclntab.h"

enum { MAX_MODINFO_BYTES = 4 << 20, FLAG_INLINE_STRINGS = 2, FLAG_BIG_ENDIAN = 1 };

static struct span varint_string(struct cursor *c)
{
	uint64_t n = cursor_uleb(c);

	return n > MAX_MODINFO_BYTES ? (struct span){ 0 } : cursor_bytes(c, n);
}

/* Before 1.18: the pointer at off leads to a string header (address, length). */
static struct span pointed_string(
	const struct elf_image *img, struct span data, size_t off, unsigned bytes)
{
	struct cursor c = cursor_of(data, off);
	struct span header = elf_image_at(img, bytes == 8 ? cursor_u64(&c) : cursor_u32(&c));

	c = cursor_of(header, 0);
	uint64_t addr = bytes == 8 ? cursor_u64(&c) : cursor_u32(&c);
	uint64_t n = bytes == 8 ? cursor_u64(&c) : cursor_u32(&c);

	if (c.bad || n > MAX_MODINFO_BYTES)
		return (struct span){ 0 };
	return span_sub(elf_image_at(img, addr), 0, n);
}

static void read_lines(struct go_build *b, struct span info)
{
	struct span line;

	b->deps = info;
	while (span_next_line(&info, &line)) {
		static const char flags[] = "build\t-gcflags=";

		if (span_starts(line, "mod\t")) {
			struct span rest = span_from(line, 4);
			const uint8_t *tab = memchr(rest.p, '\t', rest.n);

			b->module = arena_strndup(
				&b->arena, rest.p, tab ? (size_t)(tab - rest.p) : rest.n);
		} else if (span_starts(line, flags)) {
			struct span rest = span_from(line, sizeof(flags) - 1);

			b->gcflags = arena_strndup(&b->arena, rest.p, rest.n);
		}
	}
}

bool go_build_read(struct go_build *ret, const struct elf_image *img)
{
	const struct elf_section *s = elf_image_section(img, ".go.buildinfo");
	struct span data = s ? elf_section_raw(img, s) : (struct span){ 0 }, version, info;

	*ret = (struct go_build){ .version = "", .module = "", .gcflags = "" };
	if (data.n < 32 || memcmp(data.p, "\xff Go buildinf:", 14) != 0)
		return false;
	unsigned ptr_bytes = data.p[14], flags = data.p[15];

	if (flags & FLAG_INLINE_STRINGS) {
		struct cursor c = cursor_of(data, 32);

		version = varint_string(&c);
		info = varint_string(&c);
	} else if (!(flags & FLAG_BIG_ENDIAN) && (ptr_bytes == 8 || ptr_bytes == 4)) {
		version = pointed_string(img, data, 16, ptr_bytes);
		info = pointed_string(img, data, 16 + ptr_bytes, ptr_bytes);
	} else {
		return false;
	}
	if (!span_starts(version, "go") && !span_starts(version, "devel"))
		return false;
	ret->version = arena_strndup(&ret->arena, version.p, MIN(version.n, (size_t)128));
	/* sixteen bytes of mark stand on both sides */
	if (info.n > 33)
		read_lines(ret, span_sub(info, 16, info.n - 32));
	return true;
}

void go_build_done(struct go_build *b)
{
	if (b)
		arena_done(&b->arena);
}
