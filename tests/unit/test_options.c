/* SPDX-License-Identifier: MIT */
/* Command line parsing. */
#include "cli/options.h"

#include "base/exit_code.h"
#include "unit.h"

struct values {
	bool flag, other;
	const char *text, *kind;
	unsigned count;
	double seconds;
};

static const struct option table[] = {
	{ .name = "flag",
		.short_name = 'f',
		.type = OPT_FLAG,
		.offset = offsetof(struct values, flag) },
	{ .name = "other",
		.short_name = 'o',
		.type = OPT_FLAG,
		.offset = offsetof(struct values, other) },
	{ .name = "text",
		.short_name = 't',
		.type = OPT_STRING,
		.offset = offsetof(struct values, text),
		.arg = "T" },
	{ .name = "kind",
		.type = OPT_CHOICE,
		.choices = "red|green",
		.offset = offsetof(struct values, kind),
		.arg = "K" },
	{ .name = "count",
		.type = OPT_UINT,
		.offset = offsetof(struct values, count),
		.arg = "N",
		.min = 1,
		.max = 50 },
	{ .name = "seconds",
		.type = OPT_SECONDS,
		.offset = offsetof(struct values, seconds),
		.arg = "S",
		.min = 0,
		.max = 3600 },
	{ 0 },
};

static int parse(struct values *v, struct parsed_args *p, struct err *err, const char *const *argv)
{
	int argc = 0;
	struct option_group g = { "Options", table, v };

	while (argv[argc])
		argc++;
	*v = (struct values){ 0 };
	err_clear(err);
	return options_parse(argc, argv, &g, 1, p, err);
}

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void good_lines(void **state)
{
	struct values v;
	struct parsed_args p;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
		parse(&v, &p, &err,
			ARGV("a", "-fo", "--text=x y", "b", "--sec", "500ms", "--", "ls", "-f")),
		0);
	assert_true(v.flag && v.other);
	assert_string_equal(v.text, "x y");
	assert_true(v.seconds == 0.5);
	assert_int_equal(p.n_positional, 2);
	assert_string_equal(p.positional[1], "b");
	assert_string_equal(p.command[1], "-f");
	parsed_args_done(&p);
	assert_int_equal(
		parse(&v, &p, &err, ARGV("-tabc", "--kind", "green", "--count", "7", "-")), 0);
	assert_string_equal(v.text, "abc");
	assert_string_equal(v.kind, "green");
	assert_int_equal(v.count, 7);
	assert_string_equal(p.positional[0], "-");
	parsed_args_done(&p);
}

static void bad_lines(void **state)
{
	static const struct {
		const char *argv[4];
		const char *says;
	} cases[] = {
		{ { "--txet", "x" }, "unknown option '--txet'" },
		{ { "-z" }, "unknown option '-z'" },
		{ { "--text" }, "needs a value" },
		{ { "-t" }, "needs a value" },
		{ { "--flag=1" }, "takes no value" },
		{ { "--kind", "blue" }, "red|green" },
		{ { "--count", "0" }, "whole number" },
		{ { "--count", "-3" }, "whole number" },
		{ { "--seconds", "soon" }, "duration" },
		{ { "--seconds", "2h" }, "0 to 3600" },
		{ { "--" }, "must be followed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct values v;
		struct parsed_args p;
		struct err err = { 0 };

		assert_true(parse(&v, &p, &err, cases[i].argv) < 0);
		assert_int_equal(err.exit_code, EXIT_USAGE);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("'%s' does not say '%s'", err.msg, cases[i].says);
	}
}

static void suggestions(void **state)
{
	struct values v;
	struct parsed_args p;
	struct err err = { 0 };

	(void)state;
	assert_true(parse(&v, &p, &err, ARGV("--secnods", "1")) < 0);
	assert_string_equal(err.hint, "did you mean --seconds?");
	assert_int_equal(edit_distance("profile", "profiel"), 1);
	assert_int_equal(edit_distance("", "abc"), 3);
}

static void durations(void **state)
{
	double s;

	(void)state;
	assert_true(parse_seconds("2", &s) && s == 2);
	assert_true(parse_seconds("1.5m", &s) && s == 90);
	assert_true(parse_seconds("250us", &s) && s > 0.00024 && s < 0.00026);
	assert_false(parse_seconds("s", &s));
	assert_false(parse_seconds("3x", &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(durations),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
