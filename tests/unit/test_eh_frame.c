/* SPDX-License-Identifier: MIT */
/* Unwind rows: hand-made call frame information, hostile bytes, and readelf's view of real files.
 */
#include "base/file.h"
#include "base/spawn.h"
#include "parse/eh_frame.h"
#include "parse/cfi_const.h"
#include "parse/elf_image.h"
#include "unit.h"

#include <unistd.h>

enum { SECTION_ADDR = 0x1000, FUNC = 0x4000 };

/* Writes entries the way an assembler does: length first, patched when the entry is done. */
struct section {
	uint8_t v[4096];
	size_t n, entry;
};

static void put(struct section *s, const void *p, size_t n)
{
	if (n)
		memcpy(s->v + s->n, p, n);
	s->n += n;
}

static void put8(struct section *s, uint8_t v)
{
	put(s, &v, 1);
}

static void put32(struct section *s, uint32_t v)
{
	put(s, &v, 4);
}

static void entry_begin(struct section *s)
{
	s->entry = s->n;
	put32(s, 0);
}

static void entry_end(struct section *s)
{
	while ((s->n - s->entry) % 8 != 4)
		put8(s, DW_CFA_nop);
	uint32_t length = (uint32_t)(s->n - s->entry - 4);

	memcpy(s->v + s->entry, &length, 4);
}

/* CIE as gcc writes it for x86-64: CFA = rsp+8, return address at CFA-8. */
static void put_cie(struct section *s, const char *augmentation)
{
	entry_begin(s);
	put32(s, 0);
	put8(s, 1);
	put(s, augmentation, strlen(augmentation) + 1);
	put8(s, 1);    /* code alignment */
	put8(s, 0x78); /* data alignment -8 */
	put8(s, 16);
	put8(s, 1);
	put8(s, DW_EH_PE_pcrel | DW_EH_PE_sdata4);
	put(s, (const uint8_t[]){ DW_CFA_def_cfa, 7, 8, DW_CFA_offset | 16, 1 }, 5);
	entry_end(s);
}

static void put_fde(struct section *s, uint64_t pc, uint32_t size, const uint8_t *insns, size_t n)
{
	entry_begin(s);
	put32(s, (uint32_t)s->n); /* back to the CIE at 0 */
	put32(s, (uint32_t)(pc - (SECTION_ADDR + s->n)));
	put32(s, size);
	put8(s, 0);
	put(s, insns, n);
	entry_end(s);
}

static void build(const struct section *s, struct unwind_rows *ret)
{
	*ret = (struct unwind_rows){ 0 };
	eh_frame_build(&(struct eh_frame_input){ .arch = &cfi_arch_x86_64,
			       .section = span_of(s->v, s->n),
			       .bases = { .section = SECTION_ADDR } },
		ret);
}

struct wanted_row {
	uint64_t pc;
	bool covered;
	uint8_t cfa_kind, cfa_reg;
	int32_t cfa_off;
	int saved; /* index of a saved register, -1 none */
	uint8_t saved_kind;
	int32_t saved_off;
};

static void check_rows(const struct unwind_rows *rows, const struct wanted_row *want, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct wanted_row *w = &want[i];
		const struct unwind_rule *r = unwind_rows_find(rows, w->pc);

		if (!w->covered) {
			assert_null(r);
			continue;
		}
		assert_non_null(r);
		assert_int_equal(r->cfa_kind, w->cfa_kind);
		assert_int_equal(r->cfa_reg, w->cfa_reg);
		assert_int_equal(r->cfa_off, w->cfa_off);
		if (w->saved >= 0) {
			assert_int_equal(r->saved[w->saved].kind, w->saved_kind);
			assert_int_equal(r->saved[w->saved].off, w->saved_off);
		}
	}
}

enum { RBX, RBP, R12 };

static void test_prologue_and_remember(void **state)
{
	static const uint8_t insns[] = {
		DW_CFA_advance_loc | 1,
		DW_CFA_def_cfa_offset,
		16,
		DW_CFA_offset | 6,
		2,
		DW_CFA_advance_loc1,
		3,
		DW_CFA_def_cfa_register,
		6,
		DW_CFA_advance_loc2,
		0x20,
		0,
		DW_CFA_remember_state,
		DW_CFA_restore | 6,
		DW_CFA_def_cfa,
		7,
		8,
		DW_CFA_advance_loc4,
		1,
		0,
		0,
		0,
		DW_CFA_restore_state,
	};
	static const struct wanted_row want[] = {
		{ FUNC - 1, false },
		{ FUNC, true, CFA_REG, 7, 8, RBP, REG_SAME, 0 },
		{ FUNC + 1, true, CFA_REG, 7, 16, RBP, REG_CFA, -16 },
		{ FUNC + 3, true, CFA_REG, 7, 16, RBP, REG_CFA, -16 },
		{ FUNC + 4, true, CFA_REG, 6, 16, RBP, REG_CFA, -16 },
		{ FUNC + 0x23, true, CFA_REG, 6, 16, RBP, REG_CFA, -16 },
		{ FUNC + 0x24, true, CFA_REG, 7, 8, RBP, REG_SAME, 0 },
		{ FUNC + 0x25, true, CFA_REG, 6, 16, RBP, REG_CFA, -16 },
		{ FUNC + 0x3f, true, CFA_REG, 6, 16, RBP, REG_CFA, -16 },
		{ FUNC + 0x40, false },
		{ FUNC + 0x100, true, CFA_REG, 7, 8, -1 },
		{ FUNC + 0x110, false },
		{ UINT64_MAX, false },
		{ 0, false },
	};
	struct section s = { 0 };
	struct unwind_rows rows;

	put_cie(&s, "zR");
	put_fde(&s, FUNC + 0x100, 0x10, NULL, 0); /* files are not sorted by address */
	put_fde(&s, FUNC, 0x40, insns, sizeof(insns));
	put32(&s, 0);
	build(&s, &rows);
	check_rows(&rows, want, ARRAY_LEN(want));
	assert_int_equal(rows.n_fdes, 2);
	assert_int_equal(rows.n_bad, 0);
	const struct unwind_rule *r = unwind_rows_find(&rows, FUNC);

	assert_int_equal(r->ra.kind, REG_CFA);
	assert_int_equal(r->ra.off, -8);
	assert_false(r->signal);
	unwind_rows_done(&rows);
}

static void test_expressions(void **state)
{
	static const uint8_t plt[] = { DW_CFA_def_cfa_expression, 11, DW_OP_breg7, 8, DW_OP_breg16,
		0, DW_OP_lit15, DW_OP_and, DW_OP_lit11, DW_OP_ge, DW_OP_lit3, DW_OP_shl,
		DW_OP_plus };
	static const uint8_t realigned[] = { DW_CFA_def_cfa_expression, 3, DW_OP_breg6, 0x78,
		DW_OP_deref, DW_CFA_expression, 6, 2, DW_OP_breg6, 0, DW_CFA_expression, 12, 2,
		DW_OP_breg6, 0x70 };
	static const uint8_t unknown[] = { DW_CFA_def_cfa_expression, 2, DW_OP_lit1, DW_OP_drop };
	static const uint8_t outermost[] = { DW_CFA_undefined, 16 };
	static const struct wanted_row want[] = {
		{ FUNC, true, CFA_PLT, 7, 11, -1 },
		{ FUNC + 0x10, true, CFA_DEREF, 6, -8, RBP, REG_AT, 0 },
		{ FUNC + 0x10, true, CFA_DEREF, 6, -8, R12, REG_AT, -16 },
		{ FUNC + 0x20, false },
	};
	struct section s = { 0 };
	struct unwind_rows rows;

	put_cie(&s, "zR");
	put_fde(&s, FUNC, 0x10, plt, sizeof(plt));
	put_fde(&s, FUNC + 0x10, 0x10, realigned, sizeof(realigned));
	put_fde(&s, FUNC + 0x20, 0x10, unknown, sizeof(unknown));
	put_fde(&s, FUNC + 0x30, 0x10, outermost, sizeof(outermost));
	build(&s, &rows);
	check_rows(&rows, want, ARRAY_LEN(want));
	assert_int_equal(unwind_rows_find(&rows, FUNC + 0x30)->ra.kind, REG_UNDEFINED);
	unwind_rows_done(&rows);
}

static void test_signal_frame(void **state)
{
	struct section s = { 0 };
	struct unwind_rows rows;

	put_cie(&s, "zRS");
	put_fde(&s, FUNC, 0x10, NULL, 0);
	build(&s, &rows);
	assert_true(unwind_rows_find(&rows, FUNC)->signal);
	unwind_rows_done(&rows);
}

static void test_debug_frame(void **state)
{
	struct section s = { 0 };
	struct unwind_rows rows = { 0 };
	uint64_t pc = FUNC, size = 0x20;

	entry_begin(&s);
	put32(&s, UINT32_MAX);
	put8(&s, 3);
	put8(&s, 0);
	put(&s, (const uint8_t[]){ 1, 0x78, 16, DW_CFA_def_cfa, 7, 8, DW_CFA_offset | 16, 1 }, 8);
	entry_end(&s);
	entry_begin(&s);
	put32(&s, 0); /* the CIE's offset in the section */
	put(&s, &pc, 8);
	put(&s, &size, 8);
	put(&s, (const uint8_t[]){ DW_CFA_advance_loc | 4, DW_CFA_def_cfa_offset, 48 }, 3);
	entry_end(&s);
	eh_frame_build(&(struct eh_frame_input){ .arch = &cfi_arch_x86_64,
			       .debug_frame = true,
			       .section = span_of(s.v, s.n) },
		&rows);
	assert_int_equal(unwind_rows_find(&rows, FUNC)->cfa_off, 8);
	assert_int_equal(unwind_rows_find(&rows, FUNC + 4)->cfa_off, 48);
	assert_null(unwind_rows_find(&rows, FUNC + 0x20));
	unwind_rows_done(&rows);
}

/* Every cut and every single changed byte: no crash, and lookups stay inside the table. */
static void test_hostile(void **state)
{
	static const uint8_t insns[] = { DW_CFA_advance_loc | 1, DW_CFA_def_cfa_offset, 16,
		DW_CFA_restore_state, DW_CFA_advance_loc | 1 };
	struct section s = { 0 };
	struct unwind_rows rows;

	put_cie(&s, "zR");
	put_fde(&s, FUNC, 0x40, insns, sizeof(insns));
	build(&s, &rows);
	assert_int_equal(rows.n_bad, 1); /* restore without remember */
	assert_non_null(unwind_rows_find(&rows, FUNC));
	assert_null(unwind_rows_find(&rows, FUNC + 1));
	unwind_rows_done(&rows);

	struct section whole = s;

	for (size_t n = 0; n <= whole.n; n++) {
		s.n = n;
		build(&s, &rows);
		unwind_rows_find(&rows, FUNC + 1);
		unwind_rows_done(&rows);
	}
	for (size_t i = 0; i < whole.n * 256; i++) {
		s = whole;
		s.v[i / 256] = (uint8_t)i;
		build(&s, &rows);
		unwind_rows_find(&rows, FUNC + 1);
		unwind_rows_done(&rows);
	}
}

/* ---- against readelf -wF ---- */

static bool reg_number(struct span name, uint8_t *ret)
{
	static const char *const names[] = { "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp",
		"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15" };

	for (uint8_t i = 0; i < ARRAY_LEN(names); i++)
		if (span_eq(name, names[i])) {
			*ret = i;
			return true;
		}
	return false;
}

static struct span next_word(struct span *s)
{
	*s = span_trim(*s);
	size_t n = 0;

	while (n < s->n && s->p[n] != ' ')
		n++;
	struct span w = span_sub(*s, 0, n);

	*s = span_from(*s, n);
	return w;
}

/* "rsp+16" */
static bool same_cfa(struct span cell, const struct unwind_rule *r)
{
	size_t n = 0;
	uint8_t reg;
	uint64_t off;

	if (span_eq(cell, "exp"))
		return !r || r->cfa_kind != CFA_REG || r->ra.kind == REG_UNDEFINED;
	while (n < cell.n && cell.p[n] != '+' && cell.p[n] != '-')
		n++;
	if (!r || n == cell.n || !reg_number(span_sub(cell, 0, n), &reg) ||
		!span_parse_u64(span_from(cell, n + 1), &off))
		return false;
	int64_t signed_off = cell.p[n] == '-' ? -(int64_t)off : (int64_t)off;

	return r->cfa_kind == CFA_REG && r->cfa_reg == reg && r->cfa_off == signed_off;
}

/* "c-16", "u", "s", "exp", and "r9" of "r9 (r9)" */
static bool same_reg(struct span cell, const struct reg_rule *r)
{
	uint64_t off;

	if (span_starts(cell, "r"))
		return r->kind == REG_REG && span_parse_u64(span_from(cell, 1), &off) &&
			r->reg == off;
	if (span_starts(cell, "c+") && span_parse_u64(span_from(cell, 2), &off))
		return r->kind == REG_CFA && r->off == (int64_t)off;

	if (span_eq(cell, "u"))
		return r->kind == REG_UNDEFINED || r->kind == REG_SAME;
	if (span_eq(cell, "s"))
		return r->kind == REG_SAME;
	if (span_starts(cell, "c-") && span_parse_u64(span_from(cell, 2), &off))
		return r->kind == REG_CFA && r->off == -(int64_t)off;
	return r->kind == REG_AT || r->kind == REG_UNKNOWN || r->kind == REG_CFA;
}

struct compared {
	size_t rows, wrong;
	char columns[24][8];
	size_t n_columns;
};

static void compare_row(struct compared *c, struct span line, const struct unwind_rows *rows)
{
	static const char *const saved[] = { "rbx", "rbp", "r12", "r13", "r14", "r15" };
	struct span rest = line, cell = next_word(&rest);
	uint64_t pc;

	if (!span_parse_hex(cell, &pc))
		return;
	const struct unwind_rule *r = unwind_rows_find(rows, pc);
	bool same = same_cfa(next_word(&rest), r);

	for (size_t i = 2; same && r && i < c->n_columns; i++) {
		cell = next_word(&rest);
		if (span_starts(cell, "r")) /* its name in brackets follows */
			next_word(&rest);
		if (strcmp(c->columns[i], "ra") == 0)
			same = same_reg(cell, &r->ra);
		for (size_t k = 0; k < ARRAY_LEN(saved); k++)
			if (strcmp(c->columns[i], saved[k]) == 0)
				same = same && same_reg(cell, &r->saved[k]);
	}
	c->rows++;
	if (!same && c->wrong++ < 5)
		print_message("# differs: %.*s (ours: kind %d reg %d off %d)\n", (int)line.n,
			(const char *)line.p, r ? r->cfa_kind : -1, r ? r->cfa_reg : -1,
			r ? r->cfa_off : 0);
}

static void compare_lines(struct compared *c, struct span text, const struct unwind_rows *rows)
{
	struct span line;
	bool in_fde = false;

	while (span_next_line(&text, &line)) {
		struct span t = span_trim(line);

		if (t.n == 0) {
			in_fde = false;
		} else if (memmem(line.p, line.n, " FDE ", 5)) {
			in_fde = true;
		} else if (in_fde && span_starts(t, "LOC")) {
			c->n_columns = 0;
			for (struct span w; (w = next_word(&t)).n && c->n_columns < 24;)
				snprintf(c->columns[c->n_columns++], sizeof(c->columns[0]), "%.*s",
					(int)w.n, (const char *)w.p);
		} else if (in_fde) {
			compare_row(c, t, rows);
		}
	}
}

static void compare_file(const char *path)
{
	const char *const argv[] = { "readelf", "-wF", path, NULL };
	struct spawn_result out = { 0 };
	struct file_map file = { 0 };
	struct elf_image elf;
	struct unwind_rows rows = { 0 };
	struct compared c = { 0 };

	if (spawn_run(&(struct spawn_opts){ .argv = argv,
			      .max_output = (size_t)256 << 20,
			      .timeout_ns = 60000000000u },
		    &out, NULL) < 0)
		skip();
	assert_int_equal(file_map_open(&file, path, (size_t)1 << 30, NULL), 0);
	assert_int_equal(elf_image_init(&elf, file.s, NULL), 0);
	const struct elf_section *s = elf_image_section(&elf, ".eh_frame");

	assert_non_null(s);
	eh_frame_build(&(struct eh_frame_input){ .arch = &cfi_arch_x86_64,
			       .section = elf_section_raw(&elf, s),
			       .bases = { .section = s->addr } },
		&rows);
	compare_lines(&c, buf_span(&out.out), &rows);
	print_message("# %s: %zu rows compared, %zu differ; %zu rows, %zu rules\n", path, c.rows,
		c.wrong, rows.rows.n, rows.rules.n);
	assert_true(c.rows > 20);
	assert_int_equal(c.wrong, 0);
	assert_int_equal(rows.n_bad, 0);
	unwind_rows_done(&rows);
	elf_image_done(&elf);
	file_map_done(&file);
	spawn_result_done(&out);
}

static void test_readelf_self(void **state)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)getpid());
	compare_file(path);
}

static void test_readelf_libc(void **state)
{
	static const char *const libc = "/lib/x86_64-linux-gnu/libc.so.6";

	if (!path_exists(libc))
		skip();
	compare_file(libc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prologue_and_remember),
		cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_signal_frame),
		cmocka_unit_test(test_debug_frame),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_readelf_self),
		cmocka_unit_test(test_readelf_libc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
