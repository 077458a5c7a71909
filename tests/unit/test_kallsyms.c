/* SPDX-License-Identifier: MIT */
/* Kernel symbols and perf maps. */
#include "parse/jit_name.h"
#include "parse/kallsyms.h"
#include "unit.h"

static void assert_name(const struct text_symbols *t, uint64_t addr, const char *want)
{
	const struct text_symbol *s = text_symbols_find(t, addr);

	if (!want) {
		assert_null(s);
		return;
	}
	assert_non_null(s);
	assert_true(span_eq(s->name, want));
}

static void kernel(void **state)
{
	static const char text[] = "ffffffff81000040 t asm_exc_page_fault\n"
				   "ffffffff81000000 T _stext\n"
				   "ffffffff82000000 D some_data\n"
				   "not a line\n"
				   "0000000000000000 A fixed_percpu_data\n"
				   "ffffffffc0200000 t nft_do_chain\t[nf_tables]\n";
	struct text_symbols t;

	assert_true(kallsyms_parse(&t, span_str(text)));
	assert_int_equal(t.s.n, 3);
	assert_name(&t, 0xffffffff80ffffff, NULL);
	assert_name(&t, 0xffffffff81000000, "_stext");
	assert_name(&t, 0xffffffff8100003f, "_stext");
	assert_name(&t, 0xffffffff81000040, "asm_exc_page_fault");
	assert_name(&t, 0xffffffffc0200010, "nft_do_chain");
	assert_true(span_eq(text_symbols_find(&t, 0xffffffffc0200010)->module, "nf_tables"));
	assert_name(&t, 0xffffffffc0300000, NULL);
	text_symbols_done(&t);
}

static void hidden_addresses(void **state)
{
	struct text_symbols t;

	assert_false(kallsyms_parse(&t, span_str("0000000000000000 T a\n0000000000000000 t b\n")));
	assert_false(kallsyms_parse(&t, span_str("")));
	assert_name(&t, 0, NULL);
}

static void maps(void **state)
{
	static const char text[] = "7f0000 20 old\n"
				   "0x7f0100 0x10 py::f:/app/x.py\n"
				   "7f0010 20 newer with spaces\r\n"
				   "7f0200 zz bad\n"
				   "7f0300 0 empty\n"
				   "10 ffffffffffffffff wraps\n";
	struct text_symbols t;

	perf_map_parse(&t, span_str(text));
	assert_int_equal(t.s.n, 3);
	assert_name(&t, 0x7f0005, "old");
	assert_name(&t, 0x7f0010, "newer with spaces");
	assert_name(&t, 0x7f001f, "newer with spaces");
	assert_name(&t, 0x7f002f, "newer with spaces");
	assert_name(&t, 0x7f0030, NULL);
	assert_name(&t, 0x7f0100, "py::f:/app/x.py");
	assert_name(&t, 0x7f0300, NULL);
	text_symbols_done(&t);
}

static const struct {
	const char *raw, *function, *file;
	uint32_t line;
} jit_names[] = {
	{ "JS:*hot /app/a.js:3:11", "hot", "/app/a.js", 3 },
	{ "LazyCompile:~f /app/my dir/a.js:42", "f", "/app/my dir/a.js", 42 },
	{ "JS:^ file:///app/m.mjs:7:1", "(anonymous)", "file:///app/m.mjs", 7 },
	{ "py::parse:/app/x.py", "parse", "/app/x.py", 0 },
	{ "py::Cart.total:/app/x.py", "Cart.total", "/app/x.py", 0 },
	{ "JS:*native", "JS:*native", "", 0 },
	{ "Builtin:ArrayMap", "Builtin:ArrayMap", "", 0 },
	{ "py::", "py::", "", 0 },
	{ "Ljava/util/HashMap;::get", "Ljava/util/HashMap;::get", "", 0 },
	{ "", "", "", 0 },
};

static void names_of_jit_compilers(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(jit_names); i++) {
		struct jit_name j;

		jit_name_parse(&j, span_str(jit_names[i].raw));
		assert_true(span_eq(j.function, jit_names[i].function));
		assert_true(span_eq(j.file, jit_names[i].file));
		assert_int_equal(j.line, jit_names[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel),
		cmocka_unit_test(hidden_addresses),
		cmocka_unit_test(maps),
		cmocka_unit_test(names_of_jit_compilers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
