/* SPDX-License-Identifier: MIT */
/* The word splitter: words, stems, contractions, numbers with units, sentences and clauses. */
#include "diagnose/words.h"

#include "unit.h"

#include <math.h>

static const char *joined(const struct words *w, struct arena *a, bool stems)
{
	const char *s = "";

	for (size_t i = 0; i < w->n; i++)
		s = arena_printf(
			a, "%s%s%s", s, i ? " " : "", stems ? w->v[i].stem : w->v[i].lower);
	return s;
}

static void splits_words(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "" },
		{ "  ", "" },
		{ "CPU is high", "cpu is high" },
		{ "It isn't slow, it can't start", "it is not slow it can not start" },
		{ "won\xe2\x80\x99t", "will not" },
		{ "cannot", "can not" },
		{ "the server's log", "the server log" },
		{ "C++, C# and .NET", "c++ c# and .net" },
		{ "an N+1 problem", "an n+1 problem" },
		{ "N + 1 queries", "n+1 queries" },
		{ "std::bad_alloc", "std bad_alloc" },
		{ "core-js", "core js" },
		{ "why?", "why ?" },
		{ "a?b", "a b" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a = { 0 };
		struct words w;

		words_split(&w, span_str(cases[i].text), &a);
		assert_string_equal(joined(&w, &a, false), cases[i].words);
		arena_done(&a);
	}
}

static void stems_agree(void **state)
{
	static const char *const pairs[][2] = { { "leaks", "leaking" }, { "query", "queries" },
		{ "spike", "spikes" }, { "spiked", "spikes" }, { "stopped", "stopping" },
		{ "optimise", "optimized" }, { "serialisation", "serialization" },
		{ "slow", "slowly" }, { "crashes", "crashed" }, { "used", "use" },
		{ "cached", "cache" } };
	static const char *const kept[] = { "cpu", "redis", "status", "kubernetes2", "class",
		"c++" };

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		char a[32], b[32];

		snprintf(a, sizeof(a), "%s", pairs[i][0]);
		snprintf(b, sizeof(b), "%s", pairs[i][1]);
		words_stem(a);
		words_stem(b);
		assert_string_equal(a, b);
	}
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		char a[32];

		snprintf(a, sizeof(a), "%s", kept[i]);
		words_stem(a);
		assert_string_equal(a, kept[i]);
	}
}

static void reads_numbers(void **state)
{
	static const struct {
		const char *text;
		enum word_unit unit;
		double value;
	} cases[] = {
		{ "400%", WORD_UNIT_PERCENT, 400 },
		{ "95 percent", WORD_UNIT_PERCENT, 95 },
		{ "2.8 GiB", WORD_UNIT_BYTES, 2.8 * 1073741824 },
		{ "12MB", WORD_UNIT_BYTES, 12e6 },
		{ "500mb+", WORD_UNIT_BYTES, 500e6 },
		{ "3G", WORD_UNIT_BYTES, 3e9 },
		{ "9 s", WORD_UNIT_SECONDS, 9 },
		{ "300ms", WORD_UNIT_SECONDS, 0.3 },
		{ "15 minutes", WORD_UNIT_SECONDS, 900 },
		{ "2m20s", WORD_UNIT_SECONDS, 140 },
		{ "0m3.003s", WORD_UNIT_SECONDS, 3.003 },
		{ "a minute", WORD_UNIT_SECONDS, 60 },
		{ "several seconds", WORD_UNIT_SECONDS, 3 },
		{ "half an hour", WORD_UNIT_SECONDS, 1800 },
		{ "1,048,576", WORD_UNIT_NONE, 1048576 },
		{ "50k", WORD_UNIT_NONE, 50000 },
		{ "5M+", WORD_UNIT_NONE, 5e6 },
		{ "1.2k req/s", WORD_UNIT_RATE, 1200 },
		{ "100 MB/s", WORD_UNIT_RATE, 100 },
		{ "70 requests per second", WORD_UNIT_RATE, 70 },
		{ "313/s", WORD_UNIT_RATE, 313 },
		{ "800 rps", WORD_UNIT_RATE, 800 },
		{ "30x", WORD_UNIT_TIMES, 30 },
		{ "42 widgets", WORD_UNIT_NONE, 42 },
		{ "4 h", WORD_UNIT_NONE, 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a = { 0 };
		struct words w;

		words_split(&w, span_str(cases[i].text), &a);
		assert_true(w.n >= 1);
		assert_true(w.v[0].number);
		assert_int_equal(w.v[0].unit, cases[i].unit);
		assert_true(
			fabs(w.v[0].value - cases[i].value) <= 1e-9 * fabs(cases[i].value) + 1e-12);
		arena_done(&a);
	}
}

static void ranges_share_the_unit(void **state)
{
	struct arena a = { 0 };
	struct words w;

	words_split(&w, span_str("300-500ms or 70 to 100 percent"), &a);
	assert_int_equal(w.v[0].unit, WORD_UNIT_SECONDS);
	assert_int_equal(w.v[1].unit, WORD_UNIT_SECONDS);
	assert_int_equal(w.v[3].unit, WORD_UNIT_PERCENT);
	assert_int_equal(w.v[5].unit, WORD_UNIT_PERCENT);
	arena_done(&a);
}

static void marks_places(void **state)
{
	struct arena a = { 0 };
	struct words w;

	words_split(&w, span_str("GET /api/orders in main.js. Slow, not idle"), &a);
	assert_string_equal(w.v[1].lower, "api");
	assert_true(w.v[1].path);
	assert_false(w.v[2].path);
	assert_string_equal(w.v[5].lower, "js");
	assert_true(w.v[5].dotted);
	assert_true(w.v[0].first);
	assert_true(w.v[6].first);
	assert_int_not_equal(w.v[5].sentence, w.v[6].sentence);
	assert_int_equal(w.v[6].sentence, w.v[7].sentence);
	assert_int_not_equal(w.v[6].clause, w.v[7].clause);
	arena_done(&a);
}

static void bounds_long_texts(void **state)
{
	struct arena a = { 0 };
	struct words w;
	char *text = malloc(WORDS_MAX_BYTES * 4);

	for (size_t i = 0; i < WORDS_MAX_BYTES * 4; i++)
		text[i] = i % 3 == 2 ? ' ' : 'x';
	words_split(&w, span_of(text, WORDS_MAX_BYTES * 4), &a);
	assert_true(w.truncated);
	assert_true(w.n <= WORDS_MAX);
	memset(text, 0xff, 300);
	words_split(&w, span_of(text, 300), &a);
	assert_int_equal(w.n, 1);
	free(text);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_words),
		cmocka_unit_test(stems_agree),
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(ranges_share_the_unit),
		cmocka_unit_test(marks_places),
		cmocka_unit_test(bounds_long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
