/* SPDX-License-Identifier: MIT */
/* Line number programs; DWARF 5 section 6.2, older headers as in DWARF 2 to 4. */
#include "parse/dwarf_line.h"

#include "parse/dwarf_const.h"
#include "parse/source_path.h"

struct program {
	struct dw r;
	unsigned version, addr_bytes, offset_bytes;
	unsigned min_inst, line_range, opcode_base;
	int line_base;
	uint8_t lengths[256];
};

/* ---- file names -------------------------------------------------------------------------------
 */

static void add_file(struct dw_lines *l, const char *name, uint64_t dir)
{
	if (l->files.n >= DW_MAX_FILES)
		return;
	*vec_push(&l->files) =
		(struct dw_line_file){ .name = name, .dir = dir < l->dirs.n ? l->dirs.v[dir] : "" };
}

static void read_old_names(const struct dw_unit *u, struct program *p, struct dw_lines *l)
{
	*vec_push(&l->dirs) = u->comp_dir;
	while (!p->r.bad && l->dirs.n < DW_MAX_FILES) {
		const char *dir = dw_cstr(&p->r);

		if (!*dir)
			break;
		*vec_push(&l->dirs) = dir;
	}
	add_file(l, u->name, 0); /* files count from 1 */
	while (!p->r.bad && l->files.n < DW_MAX_FILES) {
		const char *name = dw_cstr(&p->r);

		if (!*name)
			break;
		uint64_t dir = dw_uleb(&p->r);

		dw_uleb(&p->r); /* time */
		dw_uleb(&p->r); /* length */
		add_file(l, name, dir);
	}
}

enum { MAX_FORMATS = 16 };

/* One table of version 5: entry formats, then entries of (path, directory, ...). */
static void read_new_table(
	struct dwarf *d, const struct dw_unit *u, struct program *p, struct dw_lines *l, bool dirs)
{
	struct dw_attr formats[MAX_FORMATS];
	unsigned n = dw_u8(&p->r);

	if (n > MAX_FORMATS) {
		p->r.bad = true;
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		formats[i].name = dw_code(&p->r);
		formats[i].form = dw_code(&p->r);
		formats[i].implicit = 0;
	}
	uint64_t count = dw_uleb(&p->r);

	for (uint64_t k = 0; k < count && k < DW_MAX_FILES && n && !p->r.bad; k++) {
		const char *name = "";
		uint64_t dir = 0;

		for (unsigned i = 0; i < n; i++) {
			struct dw_value v;

			dw_read_form(d, u, &p->r, &formats[i], &v);
			if (formats[i].name == DW_LNCT_path)
				name = v.s;
			else if (formats[i].name == DW_LNCT_directory_index)
				dir = v.u;
		}
		if (p->r.bad)
			break;
		if (dirs)
			*vec_push(&l->dirs) = name;
		else
			add_file(l, name, dir);
	}
}

const char *dw_lines_path(
	struct dwarf *d, const struct dw_unit *u, struct dw_lines *l, uint64_t file)
{
	if (file >= l->files.n)
		return "";
	struct dw_line_file *f = &l->files.v[file];

	if (!f->path)
		f->path = source_path(&d->text, u->comp_dir, f->dir, f->name);
	return f->path;
}

/* ---- the program ------------------------------------------------------------------------------
 */

struct state {
	uint64_t addr;
	uint64_t file;
	uint64_t line;
	size_t first; /* first row of the sequence */
	bool sorted;
};

static void emit(struct dw_lines *l, struct state *st)
{
	if (l->rows.n >= DW_MAX_ROWS)
		return;
	struct dw_row row = { .addr = st->addr,
		.file = (uint32_t)MIN(st->file, (uint64_t)UINT32_MAX),
		.line = st->line > INT32_MAX ? 0 : (uint32_t)st->line };

	if (l->rows.n > st->first) {
		struct dw_row *last = &l->rows.v[l->rows.n - 1];

		/* of several rows at one address the last is in force */
		if (last->addr == row.addr) {
			*last = row;
			return;
		}
		if (last->addr > row.addr)
			st->sorted = false;
	}
	*vec_push(&l->rows) = row;
}

static int row_compare(const void *a, const void *b)
{
	const struct dw_row *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void end_sequence(struct dwarf *d, struct dw_lines *l, struct state *st)
{
	size_t n = l->rows.n - st->first;

	if (n && !st->sorted)
		qsort(l->rows.v + st->first, n, sizeof(*l->rows.v), row_compare);
	uint64_t lo = n ? l->rows.v[st->first].addr : 0;

	if (n && dw_is_text(d, lo) && st->addr > lo)
		*vec_push(&l->sequences) = (struct dw_sequence){
			.lo = lo, .hi = st->addr, .first = (uint32_t)st->first, .n = (uint32_t)n
		};
	else
		l->rows.n = st->first; /* code that the linker dropped */
	*st = (struct state){ .file = 1, .line = 1, .first = l->rows.n, .sorted = true };
}

static void extended(struct dwarf *d, struct program *p, struct dw_lines *l, struct state *st)
{
	uint64_t n = dw_uleb(&p->r);

	if (n == 0 || !dw_need(&p->r, n)) {
		p->r.bad |= n != 0;
		return;
	}
	struct dw sub = { .p = p->r.p, .end = p->r.p + n };

	p->r.p += n;
	switch (dw_u8(&sub)) {
	case DW_LNE_end_sequence:
		end_sequence(d, l, st);
		break;
	case DW_LNE_set_address:
		st->addr = dw_uint(&sub, (unsigned)MIN(n - 1, (uint64_t)8));
		break;
	case DW_LNE_define_file: {
		const char *name = dw_cstr(&sub);

		if (!sub.bad)
			add_file(l, name, dw_uleb(&sub));
		break;
	}
	default:
		break;
	}
}

static void standard(struct program *p, struct dw_lines *l, struct state *st, unsigned op)
{
	switch (op) {
	case DW_LNS_copy:
		emit(l, st);
		break;
	case DW_LNS_advance_pc:
		st->addr += dw_uleb(&p->r) * p->min_inst;
		break;
	case DW_LNS_advance_line:
		st->line += (uint64_t)dw_sleb(&p->r);
		break;
	case DW_LNS_set_file:
		st->file = dw_uleb(&p->r);
		break;
	case DW_LNS_const_add_pc:
		st->addr += (uint64_t)((255 - p->opcode_base) / p->line_range) * p->min_inst;
		break;
	case DW_LNS_fixed_advance_pc:
		st->addr += dw_uint(&p->r, 2);
		break;
	case DW_LNS_set_column:
		dw_uleb(&p->r);
		break;
	default:
		/* negate_stmt and others without operands, and those newer than us */
		for (unsigned i = 0; i < p->lengths[op]; i++)
			dw_uleb(&p->r);
	}
}

static void run(struct dwarf *d, struct program *p, struct dw_lines *l)
{
	struct state st = { .file = 1, .line = 1, .sorted = true };

	while (!p->r.bad && p->r.p < p->r.end) {
		unsigned op = *p->r.p++;

		if (op >= p->opcode_base) {
			unsigned adjusted = op - p->opcode_base;

			st.addr += (uint64_t)(adjusted / p->line_range) * p->min_inst;
			st.line +=
				(uint64_t)(int64_t)(p->line_base + (int)(adjusted % p->line_range));
			emit(l, &st);
		} else if (op == 0) {
			extended(d, p, l, &st);
		} else {
			standard(p, l, &st, op);
		}
	}
	l->rows.n = st.first; /* a sequence without an end has no extent */
}

static bool read_header(
	struct dwarf *d, const struct dw_unit *u, struct program *p, struct dw_lines *l)
{
	p->r = dw_at(d->s.line, u->line_off);
	uint64_t length = dw_uint(&p->r, 4);

	p->offset_bytes = 4;
	if (length == 0xffffffff) {
		p->offset_bytes = 8;
		length = dw_uint(&p->r, 8);
	}
	if (p->r.bad || length > (uint64_t)(p->r.end - p->r.p))
		return false;
	p->r.end = p->r.p + length;
	p->version = (unsigned)dw_uint(&p->r, 2);
	if (p->version < 2 || p->version > 5)
		return false;
	p->addr_bytes = u->addr_bytes;
	if (p->version >= 5) {
		p->addr_bytes = dw_u8(&p->r);
		dw_u8(&p->r); /* segment selector size */
	}
	uint64_t header = dw_uint(&p->r, p->offset_bytes);

	if (p->r.bad || header > (uint64_t)(p->r.end - p->r.p))
		return false;
	const uint8_t *program = p->r.p + header;

	p->min_inst = dw_u8(&p->r);
	if (p->version >= 4)
		dw_u8(&p->r); /* maximum operations per instruction: 1 but for VLIW machines */
	dw_u8(&p->r);         /* default is_stmt */
	p->line_base = (int8_t)dw_u8(&p->r);
	p->line_range = dw_u8(&p->r);
	p->opcode_base = dw_u8(&p->r);
	for (unsigned i = 1; i < p->opcode_base; i++)
		p->lengths[i] = dw_u8(&p->r);
	if (p->r.bad || p->line_range == 0 || p->opcode_base == 0)
		return false;
	if (p->version >= 5) {
		/* gas writes 32-bit line tables for 64-bit units: offsets have the table's size */
		struct dw_unit sized = *u;

		sized.offset_bytes = (uint8_t)p->offset_bytes;
		read_new_table(d, &sized, p, l, true);
		read_new_table(d, &sized, p, l, false);
	} else {
		read_old_names(u, p, l);
	}
	p->r.p = program;
	p->r.bad = false;
	return true;
}

static int sequence_compare(const void *a, const void *b)
{
	const struct dw_sequence *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

struct dw_lines *dw_unit_lines(struct dwarf *d, struct dw_unit *u)
{
	if (u->lines)
		return u->lines;
	struct program p = { 0 };
	struct dw_lines *l = xcalloc(1, sizeof(*l));

	u->lines = l;
	if (!u->has_lines || !read_header(d, u, &p, l))
		return l;
	if (!dw_spend(d, (uint64_t)(p.r.end - p.r.p)))
		return l;
	run(d, &p, l);
	if (l->sequences.n)
		qsort(l->sequences.v, l->sequences.n, sizeof(*l->sequences.v), sequence_compare);
	return l;
}

void dw_lines_free(struct dw_lines *l)
{
	if (!l)
		return;
	vec_done(&l->rows);
	vec_done(&l->sequences);
	vec_done(&l->dirs);
	vec_done(&l->files);
	free(l);
}

static const struct dw_row *find_in(
	const struct dw_lines *l, const struct dw_sequence *s, uint64_t addr)
{
	size_t lo = s->first, hi = s->first + s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->rows.v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == s->first)
		return NULL;
	return &l->rows.v[lo - 1];
}

const struct dw_row *dw_lines_find(const struct dw_lines *l, uint64_t addr)
{
	size_t lo = 0, hi = l->sequences.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->sequences.v[mid].lo <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = lo, steps = 0; i > 0 && steps < 8; i--, steps++)
		if (addr < l->sequences.v[i - 1].hi)
			return find_in(l, &l->sequences.v[i - 1], addr);
	return NULL;
}
