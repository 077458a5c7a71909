/* SPDX-License-Identifier: MIT */
/* Strings and code objects of CPython. */
#include "parse/python_object.h"

#include "parse/python_lines.h"

void python_code_done(struct python_code *c)
{
	buf_done(&c->function);
	buf_done(&c->file);
	buf_done(&c->lines);
}

static uint64_t word_at(const uint8_t *p, size_t off)
{
	uint64_t v;

	memcpy(&v, p + off, sizeof(v));
	return v;
}

static uint32_t half_at(const uint8_t *p, size_t off)
{
	uint32_t v;

	memcpy(&v, p + off, sizeof(v));
	return v;
}

/* Appends one character; what would disturb a terminal or a line-based format becomes '?'. */
static void put_utf8(struct buf *b, uint32_t c)
{
	uint8_t s[4];
	size_t n;

	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		c = '?';
	if (c < 0x80) {
		s[0] = (uint8_t)c;
		n = 1;
	} else if (c < 0x800) {
		s[0] = (uint8_t)(0xc0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		s[0] = (uint8_t)(0xe0 | c >> 12);
		n = 3;
	} else {
		s[0] = (uint8_t)(0xf0 | c >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		s[i] = (uint8_t)(0x80 | (c >> 6 * (n - 1 - i) & 63));
	buf_add(b, s, n);
}

/*
 * `state` is a bit field: interned 2 bits, kind 3 (bytes a character), compact, ascii
 * (Include/cpython/unicodeobject.h); in free-threaded builds from 3.14 on interned has a byte.
 */
static bool text_form(
	const struct python_layout *l, uint32_t state, unsigned *ret_kind, uint64_t *ret_data)
{
	unsigned shift = l->free_threaded && l->minor >= 14 ? 8 : 2;
	unsigned kind = state >> shift & 7;
	bool compact = state >> (shift + 3) & 1, ascii = state >> (shift + 4) & 1;

	if (!compact || (kind != 1 && kind != 2 && kind != 4) || (ascii && kind != 1))
		return false;
	*ret_kind = kind;
	*ret_data = ascii ? l->text_ascii : l->text_compact;
	return true;
}

bool python_text(const struct memory_reader *m, const struct python_layout *l, uint64_t addr,
	size_t max, struct buf *ret)
{
	uint8_t raw[PYTHON_MAX_PATH * 4];
	uint64_t length, data;
	uint32_t state;
	unsigned kind;

	buf_clear(ret);
	if (addr == 0 || addr % 8 || !memory_read(m, addr + l->text_length, &length, 8) ||
		!memory_read(m, addr + l->text_state, &state, 4) ||
		!text_form(l, state, &kind, &data) || length > (uint64_t)1 << 40)
		return false;
	size_t n = (size_t)MIN(length, (uint64_t)MIN(max, (size_t)PYTHON_MAX_PATH));

	if (n && !memory_read(m, addr + data, raw, n * kind))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t c = 0;

		memcpy(&c, raw + i * kind, kind);
		put_utf8(ret, c);
	}
	return true;
}

static void mark_of(
	const struct python_layout *l, const uint8_t *code, struct python_code_mark *ret)
{
	*ret = (struct python_code_mark){ .type = word_at(code, l->ob_type),
		.filename = word_at(code, l->code_filename),
		.name = word_at(code, l->code_name),
		.lines = word_at(code, l->code_lines),
		.first_line = half_at(code, l->code_first_line) };
}

bool python_code_mark_read(const struct memory_reader *m, const struct python_layout *l,
	uint64_t addr, struct python_code_mark *ret)
{
	uint8_t code[PYTHON_MAX_CODE];

	if (addr == 0 || addr % 8 || l->code_size > sizeof(code) ||
		!memory_read(m, addr, code, l->code_size))
		return false;
	mark_of(l, code, ret);
	return true;
}

bool python_code_mark_equal(const struct python_code_mark *a, const struct python_code_mark *b)
{
	return a->type == b->type && a->filename == b->filename && a->name == b->name &&
		a->lines == b->lines && a->first_line == b->first_line;
}

static bool is_code_type(
	const struct memory_reader *m, const struct python_layout *l, uint64_t type)
{
	uint64_t name;
	char text[5];

	return type && type % 8 == 0 && memory_read_u64(m, type + l->type_name, &name) &&
		memory_read(m, name, text, sizeof(text)) && memcmp(text, "code", 5) == 0;
}

static bool read_bytes(const struct memory_reader *m, const struct python_layout *l, uint64_t addr,
	size_t max, struct buf *ret)
{
	uint8_t part[4096];
	uint64_t size;

	buf_clear(ret);
	if (addr == 0 || addr % 8 || !memory_read_u64(m, addr + l->bytes_size, &size) || size > max)
		return false;
	for (uint64_t at = 0; at < size; at += sizeof(part)) {
		size_t n = (size_t)MIN(size - at, (uint64_t)sizeof(part));

		if (!memory_read(m, addr + l->bytes_data + at, part, n))
			return false;
		buf_add(ret, part, n);
	}
	return true;
}

/* Where the instructions are: inside the code object from 3.11 on, before that a bytes object. */
static bool code_range(const struct memory_reader *m, const struct python_layout *l, uint64_t addr,
	const uint8_t *code, struct python_code *ret)
{
	uint64_t n, bytes;

	if (l->minor >= 11) {
		n = word_at(code, l->bytes_size) * 2; /* ob_size counts code units */
		ret->code_from = addr + l->code_bytes;
	} else {
		bytes = word_at(code, l->code_bytes);
		if (bytes % 8 || !memory_read_u64(m, bytes + l->bytes_size, &n))
			return false;
		ret->code_from = bytes + l->bytes_data;
	}
	if (n == 0 || n > (uint64_t)1 << 32)
		return false;
	ret->code_to = ret->code_from + n;
	return true;
}

bool python_code_read(const struct memory_reader *m, const struct python_layout *l, uint64_t addr,
	uint64_t type, struct python_code *ret)
{
	uint8_t code[PYTHON_MAX_CODE];
	uint64_t name;

	*ret = (struct python_code){ 0 };
	if (addr == 0 || addr % 8 || l->code_size > sizeof(code) ||
		!memory_read(m, addr, code, l->code_size))
		return false;
	mark_of(l, code, &ret->mark);
	if (type ? ret->mark.type != type : !is_code_type(m, l, ret->mark.type))
		return false;
	if (!code_range(m, l, addr, code, ret))
		return false;
	if (l->code_tlbc != PYTHON_NONE)
		ret->tlbc = word_at(code, l->code_tlbc);
	name = l->code_qualname != PYTHON_NONE ? word_at(code, l->code_qualname) : 0;
	if (!(name && python_text(m, l, name, PYTHON_MAX_NAME, &ret->function)) &&
		!python_text(m, l, ret->mark.name, PYTHON_MAX_NAME, &ret->function))
		return false;
	if (!python_text(m, l, ret->mark.filename, PYTHON_MAX_PATH, &ret->file))
		return false;
	/* code objects made for C code in between have no file (3.12+) */
	ret->internal = ret->file.n == 0 || span_eq(buf_span(&ret->file), "<shim>");
	/* a table that cannot be read costs the line, not the frame */
	if (!read_bytes(m, l, ret->mark.lines, PYTHON_MAX_LINES, &ret->lines))
		buf_clear(&ret->lines);
	return true;
}

/* Free-threaded builds: {size, copies[]}; copy 0 is the code object's own. */
static uint64_t code_copy(
	const struct python_code *c, const struct memory_reader *m, uint32_t tlbc_index)
{
	uint64_t n, base;

	if (tlbc_index == 0 || c->tlbc == 0 || !memory_read_u64(m, c->tlbc, &n) ||
		tlbc_index >= n ||
		!memory_read_u64(m, c->tlbc + 8 + 8 * (uint64_t)tlbc_index, &base))
		return c->code_from;
	return base;
}

uint32_t python_code_line(const struct python_code *c, const struct python_layout *l,
	const struct memory_reader *m, uint64_t instr, uint32_t tlbc_index)
{
	uint64_t size = c->code_to - c->code_from, offset;

	if (l->minor < 11) {
		int32_t index = (int32_t)(uint32_t)instr;

		offset = index < 0 ? 0 : (uint64_t)index * (l->minor == 10 ? 2 : 1);
	} else {
		uint64_t from = code_copy(c, m, tlbc_index);

		/* before the first instruction: a frame that has just been made */
		offset = instr < from && from - instr <= 2 ? 0 : instr - from;
	}
	if (offset >= size)
		return 0;
	return python_line(l->minor, buf_span(&c->lines), c->mark.first_line, offset);
}
