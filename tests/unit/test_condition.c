/* SPDX-License-Identifier: MIT */
/* The condition language: values, precedence, unknown metrics, every kind of error. */
#include "knowledge/condition.h"

#include "unit.h"

#include <errno.h>

static bool read_metric(void *ctx, const char *name, size_t len, double *ret)
{
	static const struct {
		const char *name;
		double v;
	} metrics[] = { { "two", 2 }, { "half", 0.5 }, { "zero", 0 }, { "net.drops_per_s", 7 },
		{ "nan", 0.0 / 0.0 } };

	for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
		if (strlen(metrics[i].name) == len && memcmp(metrics[i].name, name, len) == 0) {
			*ret = metrics[i].v;
			return true;
		}
	}
	return false;
}

static bool is_known(void *ctx, const char *name, size_t len)
{
	double v;

	return read_metric(ctx, name, len, &v) || (len == 4 && memcmp(name, "gone", 4) == 0);
}

static void evaluates(void **state)
{
	static const struct {
		const char *text;
		enum condition_result result;
		const char *missing;
	} cases[] = {
		{ "two > 1", CONDITION_TRUE, "" },
		{ "two<2", CONDITION_FALSE, "" },
		{ "two <= 2 and half >= 0.5", CONDITION_TRUE, "" },
		{ "two == 2 and half != 0.5", CONDITION_FALSE, "" },
		{ "1 + 2 * 3 == 7", CONDITION_TRUE, "" },
		{ "(1 + 2) * 3 == 9", CONDITION_TRUE, "" },
		{ "8 / two / two == 2", CONDITION_TRUE, "" },
		{ "10 - 3 - 2 == 5", CONDITION_TRUE, "" },
		{ "-two < -1", CONDITION_TRUE, "" },
		{ "half == 50%", CONDITION_TRUE, "" },
		{ "not two > 3", CONDITION_TRUE, "" },
		{ "not not two > 3", CONDITION_FALSE, "" },
		{ "two > 3 or half < 1 and two > 1", CONDITION_TRUE, "" },
		{ "(two > 3 or half < 1) and two > 5", CONDITION_FALSE, "" },
		{ "net.drops_per_s > 5", CONDITION_TRUE, "" },
		{ "\ttwo\n>  1 ", CONDITION_TRUE, "" },
		/* an unknown metric: only as far as it matters */
		{ "gone > 1", CONDITION_NA, "gone" },
		{ "gone > 1 and two > 1", CONDITION_NA, "gone" },
		{ "two > 3 and gone > 1", CONDITION_FALSE, "" },
		{ "gone > 1 and two > 3", CONDITION_FALSE, "" },
		{ "gone > 1 or two > 1", CONDITION_TRUE, "" },
		{ "not gone > 1", CONDITION_NA, "gone" },
		{ "gone + 1 > other_gone", CONDITION_NA, "gone" },
		{ "nan > 1", CONDITION_NA, "nan" },
		{ "two / zero > 1", CONDITION_NA, "division by zero" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char missing[64];

		if (condition_eval(cases[i].text, read_metric, NULL, missing) != cases[i].result)
			fail_msg("%s: wrong result", cases[i].text);
		if (strcmp(missing, cases[i].missing) != 0)
			fail_msg("%s: missing is '%s'", cases[i].text, missing);
		if (strstr(cases[i].text, "other_gone"))
			continue;
		struct err err = { 0 };

		if (condition_check(cases[i].text, is_known, NULL, &err) != 0)
			fail_msg("%s: %s", cases[i].text, err.msg);
	}
}

static void refuses(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "ends too early" },
		{ "two", "is a number, not a comparison" },
		{ "two >", "ends too early" },
		{ "two > 1 and", "ends too early" },
		{ "two > 1 two", "unexpected 'two'" },
		{ "two = 1", "unexpected '= 1'" },
		{ "(two > 1", "')' is missing" },
		{ "two > 1)", "unexpected ')'" },
		{ "1 < two < 3", "chained" },
		{ "two and half > 0", "needs a comparison on both sides" },
		{ "not two", "needs a comparison" },
		{ "(two > 1) + 1 > 0", "needs numbers" },
		{ "(two > 1) > 0", "needs numbers" },
		{ "-(two > 1) > 0", "needs a number" },
		{ "tow > 1", "unknown metric 'tow'" },
		{ "two > 1.2.3", "is not a number" },
		{ "two > 1e9", "after a number" },
		{ "two > or", "unexpected 'or'" },
		{ "two & 1", "unexpected '& 1'" },
		{ "two > \"x\"", "unexpected" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { 0 };

		if (condition_check(cases[i].text, is_known, NULL, &err) != -EINVAL)
			fail_msg("%s: accepted", cases[i].text);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s: says '%s'", cases[i].text, err.msg);
		/* what cannot be read is not applicable, never true */
		assert_int_not_equal(
			condition_eval(cases[i].text, read_metric, NULL, NULL), CONDITION_TRUE);
	}
}

static void is_bounded(void **state)
{
	char deep[5000];
	struct err err = { 0 };

	memset(deep, '(', sizeof(deep));
	deep[100] = '\0';
	assert_int_equal(condition_check(deep, is_known, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "nested too deeply"));
	for (size_t i = 0; i + 4 < sizeof(deep); i += 4)
		memcpy(deep + i, "not ", 4);
	deep[400] = '\0';
	assert_int_equal(condition_check(deep, is_known, NULL, &err), -EINVAL);
	memset(deep, '1', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(condition_check(deep, is_known, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "longer than"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluates),
		cmocka_unit_test(refuses),
		cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
