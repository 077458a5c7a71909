/* SPDX-License-Identifier: MIT */
/* JSON from a stream: grammar, values, limits; each text read in one piece and byte by byte. */
#include "parse/json_stream.h"

#include "base/decimal.h"
#include "unit.h"

#include <errno.h>
#include <math.h>

/* Everything that is read, as text that can be compared. */
static void dump(struct json_stream *j, struct buf *out)
{
	struct json_number n;
	struct span s;

	switch (json_kind_next(j)) {
	case JSON_KIND_OBJECT:
		json_enter_object(j);
		buf_putc(out, '{');
		while (json_next_key(j, &s)) {
			buf_printf(out, "%.*s:", (int)s.n, s.n ? (const char *)s.p : "");
			dump(j, out);
		}
		buf_putc(out, '}');
		break;
	case JSON_KIND_ARRAY:
		json_enter_array(j);
		buf_putc(out, '[');
		while (json_next_element(j))
			dump(j, out);
		buf_putc(out, ']');
		break;
	case JSON_KIND_STRING:
		if (json_take_string(j, &s))
			buf_printf(out, "'%.*s' ", (int)s.n, s.n ? (const char *)s.p : "");
		break;
	case JSON_KIND_NUMBER:
		if (!json_take_number(j, &n))
			break;
		if (n.whole)
			buf_printf(out, "%lld ", (long long)n.i);
		else
			buf_printf(out, "%.17g ", n.d);
		break;
	case JSON_KIND_BOOL:
		buf_puts(out, json_take_bool(j, false) ? "true " : "false ");
		break;
	case JSON_KIND_NULL:
		json_skip(j);
		buf_puts(out, "null ");
		break;
	case JSON_KIND_NONE:
		break;
	}
}

struct trickle {
	struct span left;
	size_t step;
};

static ssize_t trickle(void *ctx, void *to, size_t n)
{
	struct trickle *t = ctx;

	n = MIN(MIN(n, t->step), t->left.n);
	if (n)
		memcpy(to, t->left.p, n);
	t->left = span_from(t->left, n);
	return (ssize_t)n;
}

enum how { TAKEN, SKIPPED };

static int read_as(struct span text, size_t step, enum how how, struct buf *out, struct err *err)
{
	struct trickle t = { text, step };
	struct byte_stream in;
	struct json_stream j;

	byte_stream_init(&in, trickle, &t);
	json_stream_init(&j, &in);
	if (how == TAKEN)
		dump(&j, out);
	else
		json_skip(&j);

	int r = json_stream_finish(&j, err);

	json_stream_done(&j);
	byte_stream_done(&in);
	return r;
}

/* In every way; the results must agree. Returns the common result. */
static int read_all_ways(struct span text, struct buf *out)
{
	struct buf again = { 0 };
	struct err err = { 0 };
	int r = read_as(text, SIZE_MAX, TAKEN, out, &err);

	assert_int_equal(r < 0, err.msg[0] != 0);
	for (size_t step = 1; step <= 3; step++) {
		buf_clear(&again);
		assert_int_equal(read_as(text, step, TAKEN, &again, NULL), r);
		assert_string_equal(buf_cstr(&again), buf_cstr(out));
		assert_int_equal(read_as(text, step, SKIPPED, NULL, NULL), r);
	}
	assert_int_equal(read_as(text, SIZE_MAX, SKIPPED, NULL, NULL), r);
	buf_done(&again);
	return r;
}

static void values(void **state)
{
	static const char *const cases[][2] = {
		{ "{}", "{}" },
		{ " [ ] ", "[]" },
		{ "\xef\xbb\xbf[1]", "[1 ]" },
		{ "[[],[[]],{}]", "[[][[]]{}]" },
		{ "{\"a\":{\"b\":[1,2]},\"c\":\"d\"}", "{a:{b:[1 2 ]}c:'d' }" },
		{ "{\"a\" : 1 ,\n\t\"b\"\r:\ttrue}", "{a:1 b:true }" },
		{ "{\"\":0}", "{:0 }" },
		{ "{\"a\\n\":1,\"a\\u006e\":2}", "{a\n:1 an:2 }" },
		{ "[true,false,null]", "[true false null ]" },
		{ "[NaN,Infinity,-Infinity]", "[null null null ]" },
		{ "7", "7 " },
		{ "\xef\xbb\xbf"
		  "67",
			"67 " },
		{ "\"x\"", "'x' " },
		{ "[0,-0,1,-1,9007199254740993]", "[0 0 1 -1 9007199254740993 ]" },
		{ "[9223372036854775807,-9223372036854775808]",
			"[9223372036854775807 -9223372036854775808 ]" },
		{ "[9223372036854775808,18446744073709551615]",
			"[9.2233720368547758e+18 1.8446744073709552e+19 ]" },
		{ "[123456789012345678901234567890]", "[1.2345678901234568e+29 ]" },
		{ "[0.1,-2.50,1e3,1E+2,5e-1,0e9]", "[0.10000000000000001 -2.5 1000 100 0.5 0 ]" },
		{ "[1234567.890123456,0.000001234]", "[1234567.890123456 1.234e-06 ]" },
		{ "[2.2250738585072011e-308,1e400,1e-400]", "[2.2250738585072009e-308 inf 0 ]" },
		{ "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "['\"\\/\b\f\n\r\t' ]" },
		{ "[\"\\u00e9\\u20AC\\ud83d\\ude00\"]",
			"['\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80' ]" },
		{ "[\"\\ud83d\",\"\\ud83dx\",\"\\ude00\",\"\\ud83d\\u0041\"]",
			"['\xef\xbf\xbd' '\xef\xbf\xbdx' '\xef\xbf\xbd' '\xef\xbf\xbd"
			"A' ]" },
		{ "[\"\xc3\xa9\xf0\x9f\x98\x80\"]", "['\xc3\xa9\xf0\x9f\x98\x80' ]" },
		/* not UTF-8: alone, overlong, surrogate, beyond the end of Unicode, cut */
		{ "[\"\x80\",\"\xc0\xaf\",\"\xf5\"]",
			"['\xef\xbf\xbd' '\xef\xbf\xbd\xef\xbf\xbd' '\xef\xbf\xbd' ]" },
		{ "[\"\xed\xa0\x80z\",\"\xe2\x82\"]",
			"['\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz' '\xef\xbf\xbd\xef\xbf\xbd' ]" },
		{ "[\"a long text without anything special in it \x7f\"]",
			"['a long text without anything special in it \x7f' ]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out = { 0 };

		assert_int_equal(read_all_ways(span_str(cases[i][0]), &out), 0);
		assert_string_equal(buf_cstr(&out), cases[i][1]);
		buf_done(&out);
	}
}

static void rejected(void **state)
{
	static const char *const wrong[] = { "[1,]", "[,1]", "[1 2]", "[1,,2]", "{\"a\":1,}", "{,}",
		"{\"a\"}", "{\"a\" 1}", "{a:1}", "{'a':1}", "{1:2}", "{\"a\":}", "[1}", "{\"a\":1]",
		"]", "}", "[01]", "[-01]", "[+1]", "[.5]", "[1.]", "[1.e1]", "[1ex]", "[1e+]",
		"[-]", "[--1]", "[0x10]", "[1_000]", "[tru ]", "[True]", "[nul ]", "[nullx]",
		"[NaNx]", "[Infinit ]", "[-Inf]", "[\"\\x\"]", "[\"\\u12\"]", "[\"\\u12g4\"]",
		"[\"a\tb\"]", "[\"a\nb\"]", "['a']", "[1] x", "[1][2]", "{} {}", "[1]\0",
		"/* c */ []", "[1 // c\n]", "[\"a\" \"b\"]", "[\"a\":1]", "1 2", "*", "<html>",
		"[\x01]", "{\"a\":1 \"b\":2}", "[1e5.5]", "[1.5.5]" };
	static const char *const cut[] = { "", " ", "[", "[1", "[1,", "[12.", "[1e", "[-", "{",
		"{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "[\"a", "[\"a\\",
		"[\"\\u00", "[\"\\ud83d\\u", "[tru", "[nu", "[-Inf", "\xef\xbb\xbf", "[[[[" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong) + ARRAY_LEN(cut); i++) {
		bool is_cut = i >= ARRAY_LEN(wrong);
		const char *text = is_cut ? cut[i - ARRAY_LEN(wrong)] : wrong[i];
		struct buf out = { 0 };
		/* the NUL counts in one case */
		size_t n = strcmp(text, "[1]") == 0 ? 4 : strlen(text);
		int r = read_all_ways(span_of(text, n), &out);

		if (r != (is_cut ? -ENODATA : -EINVAL))
			fail_msg("'%s' gives %d", text, r);
		buf_done(&out);
	}
}

static void errors_name_the_byte(void **state)
{
	struct err err = { 0 };
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(read_as(span_str("{\"a\": [1, 2, x]}"), 1, TAKEN, &out, &err), -EINVAL);
	assert_string_equal(err.msg, "not readable as JSON at byte 13: not a JSON value");
	assert_int_equal(read_as(span_str("{\"a\": [1, 2"), 1, SKIPPED, &out, &err), -ENODATA);
	assert_string_equal(err.msg, "not readable as JSON at byte 11: the file ends too early");
	buf_done(&out);
}

static void limits(void **state)
{
	struct buf in = { 0 }, out = { 0 };

	(void)state;
	for (int i = 0; i < JSON_STREAM_MAX_DEPTH; i++)
		buf_putc(&in, '[');
	for (int i = 0; i < JSON_STREAM_MAX_DEPTH; i++)
		buf_putc(&in, ']');
	assert_int_equal(read_as(buf_span(&in), SIZE_MAX, SKIPPED, NULL, NULL), 0);
	buf_clear(&in);
	for (int i = 0; i < 1000000; i++)
		buf_puts(&in, i & 1 ? "{\"a\":" : "[");
	assert_int_equal(read_as(buf_span(&in), SIZE_MAX, SKIPPED, NULL, NULL), -EFBIG);

	/* a long string is skipped but not taken, with and without escapes */
	for (int escape = 0; escape < 2; escape++) {
		buf_clear(&in);
		buf_puts(&in, escape ? "[\"\\n" : "[\"");
		for (int i = 0; i < JSON_STREAM_MAX_STRING + 1; i++)
			buf_putc(&in, 'x');
		buf_puts(&in, "\", 1]");
		assert_int_equal(read_as(buf_span(&in), SIZE_MAX, SKIPPED, NULL, NULL), 0);
		assert_int_equal(read_as(buf_span(&in), SIZE_MAX, TAKEN, &out, NULL), -EFBIG);
	}
	buf_clear(&in);
	for (int i = 0; i < JSON_STREAM_MAX_NUMBER + 1; i++)
		buf_putc(&in, '7');
	assert_int_equal(read_as(buf_span(&in), SIZE_MAX, TAKEN, &out, NULL), -EFBIG);
	buf_done(&in);
	buf_done(&out);
}

/* Longer than the window: strings, keys, numbers and blanks across its end. */
static void long_text(void **state)
{
	struct buf in = { 0 }, out = { 0 }, want = { 0 };

	(void)state;
	buf_putc(&in, '[');
	buf_putc(&want, '[');
	for (int i = 0; i < 60000; i++) {
		buf_printf(&in, "%s{ \"key %d\" :  %d, \"t\\u0041\":\"v\\\\%d\" }", i ? "," : "", i,
			i * 977, i);
		buf_printf(&want, "{key %d:%d tA:'v\\%d' }", i, i * 977, i);
	}
	buf_putc(&in, ']');
	buf_putc(&want, ']');
	for (size_t step = 1; step < 100000; step = step * 7 + 1) {
		buf_clear(&out);
		assert_int_equal(read_as(buf_span(&in), step, TAKEN, &out, NULL), 0);
		assert_true(want.n == out.n && memcmp(want.p, out.p, out.n) == 0);
	}
	buf_done(&in);
	buf_done(&out);
	buf_done(&want);
}

/* What readers do: take some, leave the rest, values of other kinds than expected. */
static void partly(void **state)
{
	struct span text = span_str("{\"skip\":{\"a\":[1,{\"b\":2}]},\"list\":[5,\"x\",6,[7],8],"
				    "\"n\":1e3,\"big\":1e30,\"s\":3,\"o\":[1],\"last\":true}"),
		    key, s;
	int64_t sum = 0, first = 0;
	struct byte_stream in;
	struct json_stream j;
	bool last = false;

	(void)state;
	byte_stream_init_span(&in, &text);
	json_stream_init(&j, &in);
	assert_true(json_enter_object(&j));
	while (json_next_key(&j, &key)) {
		if (span_eq(key, "list") && json_enter_array(&j)) {
			while (json_next_element(&j)) {
				sum += json_take_i64(&j, 100);
				if (sum > 110)
					break;
			}
			json_leave(&j);
		} else if (span_eq(key, "n")) {
			first = json_take_i64(&j, 0);
		} else if (span_eq(key, "big")) {
			assert_true(json_take_i64(&j, 0) == INT64_MAX);
		} else if (span_eq(key, "s")) {
			assert_false(json_take_string(&j, &s));
		} else if (span_eq(key, "o")) {
			assert_false(json_enter_object(&j));
		} else if (span_eq(key, "last")) {
			last = json_take_bool(&j, false);
		}
	}
	assert_int_equal(json_stream_finish(&j, NULL), 0);
	assert_int_equal(sum, 5 + 100 + 6);
	assert_int_equal(first, 1000);
	assert_true(last);
	json_stream_done(&j);
	byte_stream_done(&in);
}

static void decimals(void **state)
{
	/* borders of doubles, from the definition of the format */
	static const struct {
		const char *text;
		double value;
	} cases[] = {
		{ "0", 0 },
		{ "-1.5e+2", -150 },
		{ "+2", 2 },
		{ "9007199254740993", 9007199254740992.0 }, /* tie, to even */
		{ "9007199254740993.0000000000000000001", 9007199254740994.0 },
		{ "9007199254740995", 9007199254740996.0 },
		{ "1.7976931348623157e308", 0x1.fffffffffffffp1023 },
		{ "1.7976931348623158e308", 0x1.fffffffffffffp1023 },
		{ "1.7976931348623159e308", HUGE_VAL },
		{ "4.9406564584124654e-324", 0x1p-1074 },
		{ "2.4703282292062327e-324", 0 },
		{ "2.4703282292062328e-324", 0x1p-1074 },
		{ "2.2250738585072014e-308", 0x1p-1022 },
		{ "0.000000000000000000000000000000000000000000001e45", 1 },
		{ "123456789012345678901234567890e-29", 1.2345678901234567 },
		{ "1e999999999999", HUGE_VAL },
		{ "0e999999999999", 0 },
		{ "1e-999999999999", 0 },
	};
	static const char *const bad[] = { "", "-", ".", "1e", "1e+", "e5", "1x", " 1", "1 ", "0x1",
		"1.2.3", "inf", "nan", "1e5e5" };
	struct buf b = { 0 };
	double d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(decimal_parse(span_str(cases[i].text), &d));
		if (!(d == cases[i].value))
			fail_msg("%s: %.17g", cases[i].text, d);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(decimal_parse(span_str(bad[i]), &d));
	/* 2^53 + 1 with 1200 zeros behind the point, and a one behind them */
	buf_puts(&b, "9007199254740993.");
	for (int i = 0; i < 1200; i++)
		buf_putc(&b, '0');
	assert_true(decimal_parse(buf_span(&b), &d) && d == 9007199254740992.0);
	buf_putc(&b, '1');
	assert_true(decimal_parse(buf_span(&b), &d) && d == 9007199254740994.0);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(rejected),
		cmocka_unit_test(errors_name_the_byte),
		cmocka_unit_test(limits),
		cmocka_unit_test(long_text),
		cmocka_unit_test(partly),
		cmocka_unit_test(decimals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
