/* SPDX-License-Identifier: MIT */
/* The phrase language on a small vocabulary of its own, negation included. */
#include "diagnose/phrase.h"

#include "unit.h"

#include "diagnose/negation.h"

static const char *filler[] = { "a|the|is|very" }, *negator[] = { "not|no|without" };
static const char *exempt[] = { "not only|sure" }, *contrast[] = { "but|because" };
static const char *slow[] = { "slow|sluggish", "takes forever" };
static const struct k_concept concepts[] = {
	{ .id = "filler", .origin = "t:1", .phrases = { filler, 1 } },
	{ .id = "negator", .origin = "t:2", .phrases = { negator, 1 } },
	{ .id = "negator-exempt", .origin = "t:3", .phrases = { exempt, 1 } },
	{ .id = "contrast", .origin = "t:4", .phrases = { contrast, 1 } },
	{ .id = "slow", .origin = "t:5", .phrases = { slow, 2 } },
};
static const struct knowledge small = { .concepts = concepts, .n_concepts = ARRAY_LEN(concepts) };

static bool positive(void *ctx, struct phrase_span span)
{
	return !negation_covers(ctx, span);
}

/* "yes", "negated", "no" */
static const char *match(const char *phrase, const char *text)
{
	struct phrase_book b;
	struct phrase p;
	struct words w;
	struct phrase_text t;
	struct arena a = { 0 };
	struct phrase_span spans[PHRASE_MAX_SPANS];
	size_t n;

	assert_int_equal(phrase_book_init(&b, &small, NULL), 0);
	assert_int_equal(phrase_compile(&b, phrase, "test", &p, NULL), 0);
	words_split(&w, span_str(text), &a);
	phrase_text_init(&t, &b, &w, &a);
	struct negation *neg = negation_find(&t, &a);
	const char *r = phrase_match(&t, &p, positive, neg, spans, &n) ? "yes"
		: phrase_match(&t, &p, NULL, NULL, spans, &n)          ? "negated"
								       : "no";

	arena_done(&a);
	phrase_book_done(&b);
	return r;
}

static void matches(void **state)
{
	static const struct {
		const char *phrase, *text, *expect;
	} cases[] = {
		{ "memory leak", "There are memory leaks", "yes" },
		{ "memory leak", "leak of memory", "no" },
		{ "cpu high", "the CPU is very high", "yes" },
		{ "cpu high", "the CPU of the host goes high", "no" },
		{ "cpu .. high", "the CPU of the host goes high", "yes" },
		{ "cpu ... high", "cpu one two three four five six high", "yes" },
		{ "cpu ... high", "cpu. then high", "no" },
		{ "cpu high", "cpu, high", "no" },
		{ "high|hot cpu|core", "a hot core", "yes" },
		{ "=Go", "our Go service", "yes" },
		{ "=Go", "let it go", "no" },
		{ ".js", "main.js is big", "yes" },
		{ ".js", "js is big", "no" },
		{ "*deadlock*", "ER_LOCK_DEADLOCK", "yes" },
		{ "er_*", "ER_LOCK_DEADLOCK", "yes" },
		{ "core-js", "two core-js copies", "yes" },
		{ "isn't idle", "it is not idle", "yes" },
		{ "@slow", "this takes forever", "yes" },
		{ "@slow .. page", "sluggish start page", "yes" },
		{ "<pct:90..> cpu", "95% cpu", "yes" },
		{ "<pct:90..> cpu", "55% cpu", "no" },
		{ "<dur:1s..>", "waits 300 ms", "no" },
		{ "<dur:1s..>", "waits 2 minutes", "yes" },
		{ "<bytes:1MB..>", "a 12MB bundle", "yes" },
		{ "<path>", "GET /orders", "yes" },
		{ "^why", "Why is it slow", "yes" },
		{ "^why", "that is why", "no" },
		{ "^^use", "it is slow, use a map", "yes" },
		{ "^^use", "Use a map", "yes" },
		{ "^^use", "we use a map", "no" },
		{ "idle", "GET /idle/page", "no" },
		{ "why ... ?", "why is it slow?", "yes" },
		{ "cpu & idle", "idle is the cpu", "yes" },
		{ "cpu & idle", "idle. cpu", "no" },
		{ "cpu && idle", "idle. cpu", "yes" },
		{ "memory & !leak", "memory is high", "yes" },
		{ "memory & !leak", "memory leak", "no" },
		{ "memory && !cpu", "memory. cpu", "no" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (strcmp(match(cases[i].phrase, cases[i].text), cases[i].expect) != 0)
			fail_msg("'%s' on '%s': not %s", cases[i].phrase, cases[i].text,
				cases[i].expect);
}

static void negates(void **state)
{
	static const struct {
		const char *phrase, *text, *expect;
	} cases[] = {
		{ "leak", "it is not a leak", "negated" },
		{ "leak", "no leak, none at all", "negated" },
		{ "leak", "there isn't any leak here", "negated" },
		{ "leak", "not slow, but a leak", "yes" },
		{ "leak", "not because of a leak", "yes" },
		{ "leak", "not in one two three four five six leak", "yes" },
		{ "leak", "not only a leak", "yes" },
		{ "leak", "no crash. It is a leak", "yes" },
		{ "leak", "no crash, a leak", "yes" },
		{ "leak", "it is not a leak. Or maybe a leak", "yes" },
		{ "not scale", "it does not scale", "yes" },
		{ "cpu .. high", "cpu is not high", "no" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (strcmp(match(cases[i].phrase, cases[i].text), cases[i].expect) != 0)
			fail_msg("'%s' on '%s': not %s", cases[i].phrase, cases[i].text,
				cases[i].expect);
}

static void rejects(void **state)
{
	static const char *const bad[] = { "", "a||b", "@nothing", "<pct", "<weight>", "<pct:90>",
		"<pct:x..>", "a && ", "& a", "!a", "!a & b", "\xc2\xa0 & &", "..." };
	struct phrase_book b;
	struct phrase p;

	assert_int_equal(phrase_book_init(&b, &small, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = { 0 };

		if (phrase_compile(&b, bad[i], "file.yaml:7", &p, &err) == 0)
			fail_msg("'%s' was accepted", bad[i]);
		assert_non_null(strstr(err.msg, "file.yaml:7"));
	}
	phrase_book_done(&b);
}

static void rejects_cycles(void **state)
{
	static const char *one[] = { "x @two" }, *two[] = { "@one y" };
	const struct k_concept loop[] = { { .id = "one", .origin = "t:1", .phrases = { one, 1 } },
		{ .id = "two", .origin = "t:2", .phrases = { two, 1 } } };
	const struct knowledge k = { .concepts = loop, .n_concepts = 2 };
	struct phrase_book b;
	struct err err = { 0 };

	assert_true(phrase_book_init(&b, &k, &err) < 0);
	assert_non_null(strstr(err.msg, "contains itself"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),
		cmocka_unit_test(negates),
		cmocka_unit_test(rejects),
		cmocka_unit_test(rejects_cycles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
