/* SPDX-License-Identifier: MIT */
/* Shortened names keep what people look for. */
#include "render/name.h"

#include "base/alloc.h"
#include "render/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
	unsigned width;
	const char *name, *want;
} cases[] = {
	{ 0, "account_by_code", "account_by_code" },
	{ 0, "parse.constprop.0", "parse" },
	{ 0, "parse.isra.0.cold", "parse" },
	{ 0, "parse(char const*) [clone .part.0]", "parse" },
	{ 0,
		"ns::Table::find(std::__cxx11::basic_string<char, std::char_traits<char>, "
		"std::allocator<char> > const&) const",
		"ns::Table::find" },
	{ 0, "std::vector<int, std::allocator<int> >::push_back(int&&)",
		"std::vector<int>::push_back" },
	{ 0, "void std::__introsort_loop<int*, long>(int*, int*, long)",
		"std::__introsort_loop<int*, long>" },
	{ 0, "operator new(unsigned long)", "operator new" },
	{ 0, "Matrix::operator()(int, int)", "Matrix::operator()" },
	{ 0, "bool operator< <Key>(Key const&, Key const&)", "operator< <Key>" },
	{ 0, "main::{lambda(int)#1}::operator()(int) const", "main::{lambda#1}::operator()" },
	{ 0, "(anonymous namespace)::parse(int)", "parse" },
	{ 0, "main.(*Table).Get", "main.(*Table).Get" },
	{ 0, "main.main.func1", "main.main.func1" },
	{ 0, "core::iter::Iterator::next::h0123456789abcdef", "core::iter::Iterator::next" },
	{ 0, "<alloc::vec::Vec<T> as core::iter::Extend<T>>::extend",
		"<alloc::vec::Vec<T> as core::iter::Extend<T>>::extend" },
	{ 24, "<alloc::vec::Vec<T> as core::iter::Extend<T>>::extend", "<Vec as Extend>::extend" },
	{ 24, "std::unordered_map<std::string, Setting>::find", "unordered_map<…>::find" },
	{ 26, "std::unordered_map<std::string, Setting>::find", "…::unordered_map<…>::find" },
	{ 20, "github.com/acme/billing/ledger.(*Table).Get", "ledger.(*Table).Get" },
	{ 10, "a_function_with_a_long_name", "a_fu…_name" },
	{ 0, "[libfoo.so+0x1234]", "[libfoo.so+0x1234]" },
	{ 0, "(", "(" },
	{ 0, "", "" },
	{ 8, "<<<<<<<<<<<<<<<<<<<<", "<<…>" },
};

static void test_names(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = { 0 };

		name_short(&b, cases[i].name, cases[i].width);
		if (cases[i].width && utf8_width(buf_cstr(&b)) > cases[i].width + 2)
			fail_msg("'%s' is wider than %u", buf_cstr(&b), cases[i].width);
		assert_string_equal(buf_cstr(&b), cases[i].want);
		buf_done(&b);
	}
}

/* Any bytes, any width: it ends, stays inside the width and never becomes empty. */
static void test_any_bytes(void **state)
{
	static const char alphabet[] = "ab:<>(){}[] ,./*&#operator\xc3\xa9\xff";
	uint32_t seed = 7;

	for (int round = 0; round < 20000; round++) {
		char s[48];
		size_t n = 0;

		for (; n < 1 + round % 46u; n++) {
			seed = seed * 1664525 + 1013904223;
			s[n] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		s[n] = '\0';
		struct buf b = { 0 };
		unsigned width = round % 3 ? 4 + seed % 30 : 0;

		name_short(&b, s, width);
		assert_true(b.n > 0);
		if (width && utf8_width(buf_cstr(&b)) > width)
			fail_msg("'%s' -> '%s' is wider than %u", s, buf_cstr(&b), width);
		buf_done(&b);
	}
}

static void test_paths(void **state)
{
	struct buf b = { 0 };

	path_short(&b, "/home/dev/shop/src/import/csv.c", 20);
	assert_string_equal(buf_cstr(&b), "…/src/import/csv.c");
	buf_clear(&b);
	path_short(&b, "csv.c", 20);
	assert_string_equal(buf_cstr(&b), "csv.c");
	buf_clear(&b);
	path_short(&b, "/x/a_very_long_file_name.cpp", 12);
	assert_int_equal(utf8_width(buf_cstr(&b)), 12);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
