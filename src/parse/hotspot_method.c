/* SPDX-License-Identifier: MIT */
/* JDK: oops/{method,constMethod,constantPool,symbol}.hpp: names and lines of methods. */
#include "parse/hotspot_vm.h"

#include "parse/java_name.h"
#include "parse/unsigned5.h"

#include <stdlib.h>

enum { MAX_SYMBOL = 4096, MAX_LINE_BYTES = 64 << 10, HAS_LINES = 1, PIECE = 256 };

static uint64_t field(
	const uint8_t *p, const struct hotspot_layout *l, enum hotspot_field f, unsigned bytes)
{
	uint64_t v = 0;

	memcpy(&v, p + l->at[f], bytes);
	return v;
}

/* Class files allow any UTF-8 in names, but no controls; nothing else is a symbol. */
static bool read_symbol(struct hotspot *h, uint64_t addr, struct buf *ret)
{
	const struct hotspot_layout *l = &h->layout;
	uint16_t n = 0;
	char text[MAX_SYMBOL];

	if (!addr || !memory_read(&h->mem, addr + l->at[HS_SYMBOL_LENGTH], &n, 2) || n == 0 ||
		n > sizeof(text) || !memory_read(&h->mem, addr + l->at[HS_SYMBOL_BODY], text, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	buf_clear(ret);
	buf_add(ret, text, n);
	return true;
}

/* Entries follow the pool's head; the lowest bit has been a mark in some versions. */
static bool pool_symbol(struct hotspot *h, uint64_t pool, uint16_t index, struct buf *ret)
{
	uint64_t symbol;

	return index &&
		memory_read_u64(
			&h->mem, pool + h->layout.at[HS_SIZE_POOL] + 8ull * index, &symbol) &&
		read_symbol(h, symbol & ~1ull, ret);
}

static void read_source(struct hotspot *h, uint64_t pool, const uint8_t *pool_head, uint64_t holder,
	struct span class_name, struct buf *ret)
{
	_cleanup_(buf_done) struct buf base = { 0 };
	const struct hotspot_layout *l = &h->layout;
	uint16_t index = 0;
	size_t package = 0;

	if (hotspot_has(l, HS_POOL_SOURCE))
		index = (uint16_t)field(pool_head, l, HS_POOL_SOURCE, 2);
	else if (!hotspot_has(l, HS_KLASS_SOURCE) ||
		!memory_read(&h->mem, holder + l->at[HS_KLASS_SOURCE], &index, 2))
		return;
	if (!pool_symbol(h, pool, index, &base))
		return;
	for (size_t i = 0; i < class_name.n; i++)
		if (class_name.p[i] == '/')
			package = i + 1;
	/* hidden classes have an address after a slash or plus; their package ends before it */
	buf_add(ret, class_name.p, package);
	buf_puts(ret, buf_cstr(&base));
}

/* Bytes of unknown length: as much as there is in front of unreadable memory. */
static size_t read_some(struct hotspot *h, uint64_t addr, uint8_t *to, size_t n)
{
	size_t at = 0;

	while (at < n) {
		size_t step = MIN(n - at, (size_t)PIECE - (addr + at) % PIECE);

		if (!memory_read(&h->mem, addr + at, to + at, step))
			break;
		at += step;
		/* the table ends with a zero, which is also part of nothing before JDK 20 */
		if (memchr(to + at - step, 0, step) && h->layout.excluded)
			break;
	}
	return at;
}

static void read_lines(struct hotspot *h, struct hotspot_method *m, uint64_t table)
{
	uint8_t *bytes = xmalloc(MAX_LINE_BYTES);
	size_t want = MIN((size_t)MAX_LINE_BYTES, 64 + 12 * (size_t)m->code_bytes);
	struct unsigned5 u = { .excluded = h->layout.excluded };
	struct line_entry e = { 0 };

	u.in = cursor_of(span_of(bytes, read_some(h, table, bytes, want)), 0);
	m->first_line = h->lines.n;
	while (unsigned5_line(&u, &e)) {
		if (e.bci >= m->code_bytes || e.line == 0 || e.line > UINT16_MAX) {
			h->n_bad++;
			break;
		}
		*vec_push(&h->lines) =
			(struct hotspot_line){ .bci = (uint16_t)e.bci, .line = (uint16_t)e.line };
		m->n_lines++;
		m->decl_line = m->decl_line ? MIN(m->decl_line, e.line) : e.line;
	}
	free(bytes);
}

static bool read_method(struct hotspot *h, uint64_t addr, struct hotspot_method *m)
{
	const struct hotspot_layout *l = &h->layout;
	_cleanup_(buf_done) struct buf class_name = { 0 }, name = { 0 }, text = { 0 }, file = { 0 };
	uint8_t head[4096] = { 0 }, pool[4096] = { 0 };
	uint64_t pool_addr, holder, symbol;

	if (!addr || addr % 8 ||
		!memory_read_u64(&h->mem, addr + l->at[HS_METHOD_CONST], &m->const_method) ||
		!memory_read(&h->mem, m->const_method, head, l->at[HS_SIZE_CONST]))
		return false;
	pool_addr = field(head, l, HS_CONST_POOL, 8);
	if (!memory_read(&h->mem, pool_addr, pool, l->at[HS_SIZE_POOL]))
		return false;
	holder = field(pool, l, HS_POOL_HOLDER, 8);
	if (!memory_read_u64(&h->mem, holder + l->at[HS_KLASS_NAME], &symbol) ||
		!read_symbol(h, symbol, &class_name) ||
		!pool_symbol(h, pool_addr, (uint16_t)field(head, l, HS_CONST_NAME, 2), &name))
		return false;
	java_method_name(&text, buf_span(&class_name), buf_span(&name));
	read_source(h, pool_addr, pool, holder, buf_span(&class_name), &file);
	m->addr = addr;
	m->function = strtab_add(h->names, buf_cstr(&text));
	m->file = strtab_add(h->names, buf_cstr(&file));
	m->code_bytes = (uint32_t)field(head, l, HS_CONST_CODE_SIZE, 2);
	if (head[l->at[HS_CONST_FLAGS]] & HAS_LINES)
		read_lines(h, m, m->const_method + l->at[HS_SIZE_CONST] + m->code_bytes);
	return true;
}

static const struct hotspot_method *method_at(struct hotspot *h, uint64_t addr)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&h->method_index, addr, &fresh);
	struct hotspot_method m = { 0 };
	uint64_t now;

	/* a class may have been unloaded and its memory used again */
	if (!fresh && *slot) {
		const struct hotspot_method *have = &h->methods.v[*slot - 1];

		if (memory_read_u64(&h->mem, addr + h->layout.at[HS_METHOD_CONST], &now) &&
			now == have->const_method)
			return have;
	}
	if (!read_method(h, addr, &m)) {
		h->n_bad++;
		*slot = 0;
		return NULL;
	}
	*vec_push(&h->methods) = m;
	*slot = (uint32_t)h->methods.n;
	return &h->methods.v[h->methods.n - 1];
}

bool hotspot_method_frame(
	struct hotspot *h, uint64_t method, int32_t bci, struct hotspot_frame *ret)
{
	const struct hotspot_method *m = method_at(h, method);
	int32_t best = -1;

	if (!m)
		return false;
	*ret = (struct hotspot_frame){
		.function = m->function, .file = m->file, .decl_line = m->decl_line
	};
	for (size_t i = 0; i < m->n_lines; i++) {
		const struct hotspot_line *l = &h->lines.v[m->first_line + i];

		if ((int32_t)l->bci <= bci && (int32_t)l->bci > best) {
			best = l->bci;
			ret->line = l->line;
		}
	}
	return true;
}

int32_t hotspot_bci(struct hotspot *h, uint64_t method, uint64_t bcp)
{
	const struct hotspot_method *m = method_at(h, method);
	uint64_t code = m ? m->const_method + h->layout.at[HS_SIZE_CONST] : 0;

	return m && bcp >= code && bcp < code + m->code_bytes ? (int32_t)(bcp - code) : -1;
}
