/* SPDX-License-Identifier: MIT */
/* Go's function, file, line and inline tables. */
#include "parse/pclntab.h"

#include "base/alloc.h"
#include "parse/go_module.h"

#include <stdlib.h>

enum { MAGIC_116 = 0xfffffffa, MAGIC_118 = 0xfffffff0, MAGIC_120 = 0xfffffff1 };
enum { PCDATA_INL_TREE = 2, FUNCDATA_INL_TREE = 3 };
enum { MAX_INLINE = 256, MAX_FUNCTIONS = 8 << 20, FLAG_TOP_FRAME = 1, FLAG_SP_WRITE = 2 };

struct pclntab {
	const struct elf_image *img;
	struct span table; /* from the header on */
	uint32_t version;  /* the magic number */
	unsigned quantum, ptr_bytes;
	uint64_t n_funcs;
	uint64_t text;   /* functions count from here (1.18 and later) */
	uint64_t gofunc; /* function data counts from here (1.18 and later), 0 unknown */
	struct span names, cu, files, pc, functab;
	char *goroot;
};

/* _func, as far as it is needed */
struct func {
	uint64_t entry;
	uint32_t name, pcsp, pcfile, pcln, n_pcdata, cu;
	uint32_t start_line;
	uint8_t id, flag, n_funcdata;
	size_t pcdata; /* offset in functab of the tables behind the struct */
};

/* ---- header -----------------------------------------------------------------------------------
 */

static uint64_t word(struct cursor *c, unsigned bytes)
{
	return bytes == 8 ? cursor_u64(c) : cursor_u32(c);
}

static bool read_header(struct pclntab *t)
{
	struct cursor c = cursor_of(t->table, 0);

	t->version = cursor_u32(&c);
	if (t->version != MAGIC_116 && t->version != MAGIC_118 && t->version != MAGIC_120)
		return false;
	if (cursor_u16(&c) != 0)
		return false;
	t->quantum = cursor_u8(&c);
	t->ptr_bytes = cursor_u8(&c);
	if ((t->quantum != 1 && t->quantum != 2 && t->quantum != 4) ||
		(t->ptr_bytes != 4 && t->ptr_bytes != 8))
		return false;
	t->n_funcs = word(&c, t->ptr_bytes);
	word(&c, t->ptr_bytes); /* number of files */
	if (t->version != MAGIC_116)
		t->text = word(&c, t->ptr_bytes);
	t->names = span_from(t->table, word(&c, t->ptr_bytes));
	t->cu = span_from(t->table, word(&c, t->ptr_bytes));
	t->files = span_from(t->table, word(&c, t->ptr_bytes));
	t->pc = span_from(t->table, word(&c, t->ptr_bytes));
	t->functab = span_from(t->table, word(&c, t->ptr_bytes));
	if (c.bad || t->n_funcs == 0 || t->n_funcs > MAX_FUNCTIONS)
		return false;
	uint64_t entry_bytes = t->version == MAGIC_116 ? 2 * t->ptr_bytes : 8;

	return t->n_funcs < t->functab.n / entry_bytes && t->names.n && t->pc.n;
}

static uint64_t segment_text(const struct elf_image *img)
{
	const struct elf_section *s = elf_image_section(img, ".text");

	return s ? s->addr : 0;
}

struct pclntab *pclntab_open(const struct elf_image *img)
{
	struct go_module m;

	if (!go_module_find(img, &m))
		return NULL;
	struct pclntab *t = xcalloc(1, sizeof(*t));

	t->img = img;
	t->table = m.pclntab;
	if (!read_header(t)) {
		free(t);
		return NULL;
	}
	/* newer linkers leave the header's text start empty, and a PIE has it only in a relocation
	 */
	if (m.text)
		t->text = m.text;
	else if (t->text == 0)
		t->text = segment_text(img);
	t->gofunc = m.gofunc;
	return t;
}

void pclntab_free(struct pclntab *t)
{
	if (!t)
		return;
	free(t->goroot);
	free(t);
}

/* ---- functions --------------------------------------------------------------------------------
 */

/* Entry i of the function table: address and offset of its _func. */
static void functab_entry(
	const struct pclntab *t, uint64_t i, uint64_t *ret_addr, uint64_t *ret_off)
{
	if (t->version == MAGIC_116) {
		struct cursor c = cursor_of(t->functab, i * 2 * t->ptr_bytes);

		*ret_addr = word(&c, t->ptr_bytes);
		*ret_off = word(&c, t->ptr_bytes);
	} else {
		struct cursor c = cursor_of(t->functab, i * 8);

		*ret_addr = t->text + cursor_u32(&c);
		*ret_off = cursor_u32(&c);
	}
}

static bool read_func(const struct pclntab *t, uint64_t off, struct func *f)
{
	struct cursor c = cursor_of(t->functab, off);

	*f = (struct func){ 0 };
	f->entry = t->version == MAGIC_116 ? word(&c, t->ptr_bytes) : t->text + cursor_u32(&c);
	f->name = cursor_u32(&c);
	cursor_u32(&c); /* args */
	cursor_u32(&c); /* deferreturn */
	f->pcsp = cursor_u32(&c);
	f->pcfile = cursor_u32(&c);
	f->pcln = cursor_u32(&c);
	f->n_pcdata = cursor_u32(&c);
	f->cu = cursor_u32(&c);
	if (t->version == MAGIC_120)
		f->start_line = cursor_u32(&c);
	f->id = cursor_u8(&c);
	f->flag = cursor_u8(&c);
	cursor_u8(&c);
	f->n_funcdata = cursor_u8(&c);
	f->pcdata = c.at;
	return !c.bad && f->n_pcdata < 64;
}

static bool find_func(const struct pclntab *t, uint64_t pc, struct func *ret)
{
	uint64_t lo = 0, hi = t->n_funcs, addr, off, end;

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		functab_entry(t, mid, &addr, &off);
		if (addr <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return false;
	functab_entry(t, lo - 1, &addr, &off);
	/* the entry behind the last function has only an address: the end of the text */
	functab_entry(t, lo, &end, &hi);
	return pc < end && read_func(t, off, ret) && ret->entry == addr;
}

static bool read_varint(struct cursor *c, uint32_t *ret)
{
	uint32_t v = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t b = cursor_u8(c);

		v |= shift < 32 ? (uint32_t)(b & 0x7f) << shift : 0;
		if (!(b & 0x80)) {
			*ret = v;
			return !c->bad;
		}
	}
	return false;
}

/* Value in force at pc of a delta-coded table; false when the table does not reach there. */
static bool pc_value(
	const struct pclntab *t, const struct func *f, uint32_t off, uint64_t pc, int32_t *ret)
{
	struct cursor c = cursor_of(t->pc, off);
	uint64_t at = f->entry;
	int32_t value = -1;
	uint32_t delta, step;

	if (off == 0)
		return false;
	for (bool first = true;; first = false) {
		if (!read_varint(&c, &delta) || (delta == 0 && !first) || !read_varint(&c, &step))
			return false;
		value = (int32_t)((uint32_t)value + (delta & 1 ? ~(delta >> 1) : delta >> 1));
		at += (uint64_t)step * t->quantum;
		if (pc < at) {
			*ret = value;
			return true;
		}
	}
}

static const char *text_at(struct span s, uint32_t off)
{
	const char *r = span_cstr(s, off);

	return r ? r : "";
}

static const char *file_name(const struct pclntab *t, const struct func *f, int32_t file)
{
	if (file < 0)
		return "";
	struct cursor c = cursor_of(t->cu, ((uint64_t)f->cu + (uint32_t)file) * 4);
	uint32_t off = cursor_u32(&c);

	return c.bad || off == UINT32_MAX ? "" : text_at(t->files, off);
}

static void place(
	const struct pclntab *t, const struct func *f, uint64_t pc, struct pclntab_frame *ret)
{
	int32_t file, line;

	ret->file = pc_value(t, f, f->pcfile, pc, &file) ? file_name(t, f, file) : "";
	ret->line = pc_value(t, f, f->pcln, pc, &line) && line > 0 ? (uint32_t)line : 0;
}

/* ---- inlined calls ----------------------------------------------------------------------------
 */

struct inlined_call {
	int32_t parent;     /* before 1.20 */
	int32_t file, line; /* before 1.20: of the call */
	uint32_t name, parent_pc;
	uint32_t start_line; /* 1.20 and later */
};

/* The function's inline tree, empty when it has none. */
static struct span inline_tree(const struct pclntab *t, const struct func *f)
{
	if (f->n_pcdata <= PCDATA_INL_TREE || f->n_funcdata <= FUNCDATA_INL_TREE)
		return (struct span){ 0 };
	size_t at = f->pcdata + f->n_pcdata * 4;

	if (t->version == MAGIC_116) {
		/* absolute pointers, aligned */
		at += -at & (t->ptr_bytes - 1);
		struct cursor c =
			cursor_of(t->functab, at + (size_t)FUNCDATA_INL_TREE * t->ptr_bytes);
		uint64_t addr = word(&c, t->ptr_bytes);

		return c.bad || addr == 0 ? (struct span){ 0 } : elf_image_at(t->img, addr);
	}
	struct cursor c = cursor_of(t->functab, at + FUNCDATA_INL_TREE * 4);
	uint32_t off = cursor_u32(&c);

	if (c.bad || off == UINT32_MAX || t->gofunc == 0)
		return (struct span){ 0 };
	return elf_image_at(t->img, t->gofunc + off);
}

static bool inlined_at(
	const struct pclntab *t, struct span tree, int32_t i, struct inlined_call *ret)
{
	bool new = t->version == MAGIC_120;
	struct cursor c = cursor_of(tree, (uint64_t)(uint32_t)i * (new ? 16 : 20));

	*ret = (struct inlined_call){ .parent = -1 };
	if (new) {
		cursor_u32(&c); /* function id */
		ret->name = cursor_u32(&c);
		ret->parent_pc = cursor_u32(&c);
		ret->start_line = cursor_u32(&c);
	} else {
		ret->parent = (int16_t)cursor_u16(&c);
		cursor_u16(&c);
		ret->file = (int32_t)cursor_u32(&c);
		ret->line = (int32_t)cursor_u32(&c);
		ret->name = cursor_u32(&c);
		ret->parent_pc = cursor_u32(&c);
	}
	return !c.bad && i >= 0;
}

static int32_t inline_index(const struct pclntab *t, const struct func *f, uint64_t pc)
{
	struct cursor c = cursor_of(t->functab, f->pcdata + PCDATA_INL_TREE * 4);
	uint32_t off = cursor_u32(&c);
	int32_t i;

	return !c.bad && pc_value(t, f, off, pc, &i) ? i : -1;
}

/* Innermost first into v; the last one is the function itself. */
static size_t expand(
	const struct pclntab *t, const struct func *f, uint64_t pc, struct pclntab_frame *v)
{
	struct span tree = inline_tree(t, f);
	int32_t i = tree.n ? inline_index(t, f, pc) : -1;
	struct pclntab_frame now = { 0 };
	size_t n = 0;

	place(t, f, pc, &now);
	while (i >= 0 && n < MAX_INLINE - 1) {
		struct inlined_call call;

		if (!inlined_at(t, tree, i, &call))
			break;
		now.name = text_at(t->names, call.name);
		now.decl_line = call.start_line > INT32_MAX ? 0 : call.start_line;
		now.inlined = true;
		v[n++] = now;
		now = (struct pclntab_frame){ 0 };
		if (t->version == MAGIC_120) {
			uint64_t at = f->entry + call.parent_pc;

			place(t, f, at, &now);
			i = inline_index(t, f, at);
		} else {
			now.file = file_name(t, f, call.file);
			now.line = call.line > 0 ? (uint32_t)call.line : 0;
			i = call.parent;
		}
	}
	now.name = text_at(t->names, f->name);
	now.decl_line = f->start_line > INT32_MAX ? 0 : f->start_line;
	v[n++] = now;
	return n;
}

size_t pclntab_lookup(struct pclntab *t, uint64_t pc, struct pclntab_frame *ret, size_t max)
{
	struct pclntab_frame v[MAX_INLINE];
	struct func f;

	if (max == 0 || !find_func(t, pc, &f))
		return 0;
	size_t n = expand(t, &f, pc, v);

	if (!*v[n - 1].name)
		return 0;
	size_t keep = MIN(n, max);

	/* v has the innermost first: the function itself, then the innermost calls */
	ret[0] = v[n - 1];
	for (size_t i = 1; i < keep; i++)
		ret[i] = v[keep - 1 - i];
	return keep;
}

bool pclntab_sp_delta(struct pclntab *t, uint64_t pc, int32_t *ret_bytes)
{
	struct func f;

	return find_func(t, pc, &f) && pc_value(t, &f, f.pcsp, pc, ret_bytes);
}

bool pclntab_is_top(struct pclntab *t, uint64_t pc)
{
	static const char *const tops[] = { "runtime.goexit", "runtime.mstart", "runtime.rt0_go" };
	struct func f;

	if (!find_func(t, pc, &f))
		return false;
	if (f.flag & FLAG_TOP_FRAME)
		return true;
	/* 1.16 has no flags */
	const char *name = text_at(t->names, f.name);

	for (size_t i = 0; i < ARRAY_LEN(tops); i++)
		if (strcmp(name, tops[i]) == 0)
			return true;
	return false;
}

bool pclntab_switches_stack(struct pclntab *t, uint64_t pc)
{
	struct func f;

	return find_func(t, pc, &f) && f.flag & FLAG_SP_WRITE;
}

/* The distribution's folder is what stands before "/src/runtime/" in a runtime function's file. */
const char *pclntab_goroot(struct pclntab *t)
{
	if (t->goroot)
		return t->goroot;
	t->goroot = xstrdup("");
	for (uint64_t i = 0; i < t->n_funcs; i++) {
		uint64_t addr, off;
		struct func f;

		functab_entry(t, i, &addr, &off);
		if (!read_func(t, off, &f) ||
			strcmp(text_at(t->names, f.name), "runtime.goexit") != 0)
			continue;
		struct pclntab_frame at;

		place(t, &f, addr, &at);
		const char *cut = strstr(at.file, "/src/runtime/");

		if (cut) {
			free(t->goroot);
			t->goroot = xstrndup(at.file, (size_t)(cut - at.file));
		}
		break;
	}
	return t->goroot;
}
