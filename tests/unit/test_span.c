/* SPDX-License-Identifier: MIT */
/* Reading borrowed bytes never leaves the buffer. */
#include "base/span.h"

#include "unit.h"

static void numbers(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t value;
	} cases[] = { { "0", true, 0 }, { "42", true, 42 }, { "0x1F", true, 31 },
		{ "18446744073709551615", true, UINT64_MAX }, { "18446744073709551616", false, 0 },
		{ "", false, 0 }, { "1a", false, 0 }, { "-1", false, 0 }, { "0x", false, 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t v = 0;

		assert_int_equal(span_parse_u64(span_str(cases[i].text), &v), cases[i].ok);
		if (cases[i].ok)
			assert_int_equal(v, cases[i].value);
	}
}

static void doubles(void **state)
{
	double v;

	(void)state;
	assert_true(span_parse_double(span_str("-12.50"), &v) && v == -12.5);
	assert_true(span_parse_double(span_str(".5"), &v) && v == 0.5);
	assert_false(span_parse_double(span_str("1,5"), &v));
	assert_false(span_parse_double(span_str("."), &v));
	assert_false(span_parse_double(span_str("1e3"), &v));
}

static void leb128(void **state)
{
	/* the examples of the DWARF 5 standard, tables 7.1 and 7.2 (figures 46 and 47) */
	static const struct {
		uint8_t bytes[2];
		size_t n;
		uint64_t u;
		int64_t s;
		bool is_signed;
	} cases[] = { { { 2 }, 1, 2, 0, false }, { { 127 }, 1, 127, 0, false },
		{ { 0x80, 1 }, 2, 128, 0, false }, { { 57 + 0x80, 100 }, 2, 12857, 0, false },
		{ { 2 }, 1, 0, 2, true }, { { 0x7e }, 1, 0, -2, true },
		{ { 127 + 0x80, 0 }, 2, 0, 127, true }, { { 1 + 0x80, 0x7f }, 2, 0, -127, true },
		{ { 0x80, 0x7f }, 2, 0, -128, true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cursor c = cursor_of(span_of(cases[i].bytes, cases[i].n), 0);

		if (cases[i].is_signed)
			assert_int_equal(cursor_sleb(&c), cases[i].s);
		else
			assert_int_equal(cursor_uleb(&c), cases[i].u);
		assert_false(c.bad);
		assert_int_equal(c.at, cases[i].n);
	}
}

static void past_the_end(void **state)
{
	static const uint8_t endless[] = { 0x80, 0x80, 0x80 };
	struct cursor c = cursor_of(span_of(endless, sizeof(endless)), 0);

	(void)state;
	cursor_uleb(&c);
	assert_true(c.bad);
	c = cursor_of(span_of(endless, sizeof(endless)), 1);
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.bad);
	assert_null(span_cstr(span_of("abc", 3), 0));
	assert_string_equal(span_cstr(span_of("abc", 4), 1), "bc");
	assert_int_equal(span_sub(span_of("abc", 3), UINT64_MAX, 2).n, 0);
	assert_int_equal(span_sub(span_of("abc", 3), 1, 2).n, 2);
}

static void lines(void **state)
{
	struct span s = span_str("one\n\ntwo"), line;

	(void)state;
	assert_true(span_next_line(&s, &line) && span_eq(line, "one"));
	assert_true(span_next_line(&s, &line) && line.n == 0);
	assert_true(span_next_line(&s, &line) && span_eq(line, "two"));
	assert_false(span_next_line(&s, &line));
	assert_true(span_eq(span_trim(span_str(" \tx y\r\n")), "x y"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(doubles),
		cmocka_unit_test(leb128),
		cmocka_unit_test(past_the_end),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
