/* SPDX-License-Identifier: MIT */
/*
 * The DWARF reader on small programs of two compilers and four versions (tests/fuzz/corpus/dwarf,
 * made from one source): names, inlined calls, lines.
 */
#include "base/file.h"
#include "parse/demangle.h"
#include "parse/dwarf.h"
#include "parse/elf_symbols.h"
#include "unit.h"

struct program {
	struct buf file;
	struct elf_image img;
	struct elf_symbols symbols;
	struct dwarf *dwarf;
};

static void program_open(struct program *p, const char *name)
{
	char path[4096];

	*p = (struct program){ 0 };
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/dwarf/%s", getenv("PERF_OPS_SOURCE"),
		name);
	assert_int_equal(file_read(path, 1 << 20, &p->file, NULL), 0);
	assert_int_equal(elf_image_init(&p->img, buf_span(&p->file), NULL), 0);
	elf_symbols_init(&p->symbols, &p->img, NULL);
	struct dwarf_sections s = { .info = elf_debug_section(&p->img, "info"),
		.abbrev = elf_debug_section(&p->img, "abbrev"),
		.line = elf_debug_section(&p->img, "line"),
		.str = elf_debug_section(&p->img, "str"),
		.line_str = elf_debug_section(&p->img, "line_str"),
		.ranges = elf_debug_section(&p->img, "ranges"),
		.rnglists = elf_debug_section(&p->img, "rnglists"),
		.addr = elf_debug_section(&p->img, "addr"),
		.str_offsets = elf_debug_section(&p->img, "str_offsets"),
		.aranges = elf_debug_section(&p->img, "aranges"),
		.is64 = true };

	assert_true(elf_image_text_range(&p->img, &s.text_lo, &s.text_hi));
	p->dwarf = dwarf_new(&s);
}

static void program_close(struct program *p)
{
	dwarf_free(p->dwarf);
	elf_symbols_done(&p->symbols);
	elf_image_done(&p->img);
	buf_done(&p->file);
}

static const struct elf_symbol *symbol(const struct program *p, const char *part)
{
	for (size_t i = 0; i < p->symbols.n; i++)
		if (strstr(p->symbols.v[i].name, part))
			return &p->symbols.v[i];
	fail_msg("no symbol with '%s'", part);
	return NULL;
}

static void display(const struct dwarf_frame *f, struct buf *out)
{
	if (*f->linkage)
		demangle(f->linkage, out);
	else
		demangle_shorten_cpp(f->name, out);
}

/* Somewhere in the function there is an inlined call of that name with lines in [lo, hi]. */
static void assert_inlined(
	struct program *p, const char *function, const char *inlined, uint32_t lo, uint32_t hi)
{
	const struct elf_symbol *s = symbol(p, function);
	_cleanup_(buf_done) struct buf name = { 0 };

	for (uint64_t a = s->addr; a < s->addr + s->size; a++) {
		struct dwarf_frame v[8];
		size_t n = dwarf_lookup(p->dwarf, a, v, 8);

		for (size_t i = 1; i < n; i++) {
			display(&v[i], &name);
			if (strcmp(buf_cstr(&name), inlined) != 0 || v[i].line == 0)
				continue;
			assert_true(v[i].inlined);
			assert_string_equal(path_base(v[i].file), "t.cc");
			assert_in_range(v[i].line, lo, hi);
			return;
		}
	}
	fail_msg("%s is not inlined into %s", inlined, function);
}

static void assert_function(struct program *p, const char *part, const char *name, uint32_t line)
{
	_cleanup_(buf_done) struct buf got = { 0 };
	struct dwarf_frame v[8];
	size_t n = dwarf_lookup(p->dwarf, symbol(p, part)->addr, v, 8);

	assert_true(n >= 1);
	display(&v[0], &got);
	assert_string_equal(buf_cstr(&got), name);
	assert_false(v[0].inlined);
	assert_string_equal(v[0].file, "/src/t.cc");
	assert_int_equal(v[0].decl_line, line);
}

static void optimised_program(const char *file, const char *hidden)
{
	struct program p;

	program_open(&p, file);
	assert_function(&p, "Cart5total", "shop::Cart::total", 4);
	assert_function(&p, "hidden", hidden, 5);
	assert_function(&p, "_start", "_start", 7);
	assert_inlined(&p, "Cart5total", "shop::Cart::twice", 2, 2);
	assert_inlined(&p, "Cart5total", "shop::add<int>", 3, 3);
	program_close(&p);
}

static const char qualified[] = "shop::(anonymous namespace)::hidden";

static void gcc(void **state)
{
	/* version 2 has no namespaces */
	optimised_program("gcc-dwarf5", qualified);
	optimised_program("gcc-dwarf4", qualified);
	optimised_program("gcc-dwarf2", "hidden");
	optimised_program("gcc-dwarf64", qualified);
	optimised_program("gcc-types", qualified);
}

static void gcc_compressed(void **state)
{
	optimised_program("gcc-compressed", qualified);
}

static void clang(void **state)
{
	struct program p;

	optimised_program("clang-dwarf5", qualified);
	program_open(&p, "clang-dwarf4");
	assert_function(&p, "Cart5total", "shop::Cart::total", 4);
	assert_function(&p, "hidden", "shop::(anonymous namespace)::hidden", 5);
	program_close(&p);
}

/* The rest of a split program is in another file: lines are known, names come from symbols. */
static void split(void **state)
{
	static const char *const files[] = { "gcc-split", "clang-split" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct program p;
		struct dwarf_frame v[8];
		struct dwarf_unit_facts facts;

		program_open(&p, files[i]);
		size_t n = dwarf_lookup(p.dwarf, symbol(&p, "hidden")->addr, v, 8);

		assert_int_equal(n, 1);
		assert_string_equal(path_base(v[0].file), "t.cc");
		assert_int_equal(v[0].line, 5);
		dwarf_unit_facts(p.dwarf, 0, true, &facts);
		assert_true(facts.split);
		program_close(&p);
	}
}

static void facts_of(const char *file, struct dwarf_unit_facts *ret, struct program *p)
{
	program_open(p, file);
	assert_int_equal(dwarf_unit_count(p->dwarf), 1);
	dwarf_unit_facts(p->dwarf, 0, true, ret);
}

static void build_facts(void **state)
{
	struct program p;
	struct dwarf_unit_facts f;

	facts_of("gcc-dwarf5", &f, &p);
	assert_non_null(strstr(f.producer, "-O2"));
	assert_string_equal(f.comp_dir, "/src");
	assert_true(f.other_variables * 8 >= f.stack_variables);
	program_close(&p);
	facts_of("clang-dwarf4", &f, &p);
	assert_non_null(strstr(f.producer, "clang"));
	assert_true(f.stack_variables > 8 * f.other_variables);
	program_close(&p);
}

/* More calls than room: the function itself and the innermost calls are kept. */
static void chains_are_cut_in_the_middle(void **state)
{
	struct program p;

	program_open(&p, "gcc-dwarf5");
	const struct elf_symbol *s = symbol(&p, "Cart5total");

	for (uint64_t a = s->addr; a < s->addr + s->size; a++) {
		struct dwarf_frame all[8], one[8];
		size_t n = dwarf_lookup(p.dwarf, a, all, 8);

		assert_true(n >= 1);
		assert_int_equal(dwarf_lookup(p.dwarf, a, one, 1), 1);
		assert_string_equal(one[0].linkage, all[0].linkage);
	}
	assert_int_equal(dwarf_lookup(p.dwarf, 0, (struct dwarf_frame[1]){ 0 }, 1), 0);
	assert_int_equal(dwarf_lookup(p.dwarf, UINT64_MAX, (struct dwarf_frame[1]){ 0 }, 1), 0);
	program_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gcc),
		cmocka_unit_test(gcc_compressed),
		cmocka_unit_test(clang),
		cmocka_unit_test(split),
		cmocka_unit_test(build_facts),
		cmocka_unit_test(chains_are_cut_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
