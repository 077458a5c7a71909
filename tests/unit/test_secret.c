/* SPDX-License-Identifier: MIT */
/* Secrets in texts and command lines are hidden, everything else stays as it is. */
#include "base/secret.h"

#include "unit.h"

static void texts(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "checkout sometimes takes 4 s, usually 80 ms",
			"checkout sometimes takes 4 s, usually 80 ms" },
		{ "slow with postgres://app:pw@db/shop", "slow with postgres://app:***@db/shop" },
		{ "postgres://app:p/a?b#c@d@db/shop?x=1", "postgres://app:***@db/shop?x=1" },
		{ "https://TOKEN@github.com/a", "https://***@github.com/a" },
		{ "see https://site.org/@name and http://h:80/x",
			"see https://site.org/@name and http://h:80/x" },
		{ "run --password hunter2 -v", "run --password *** -v" },
		{ "DB_PASSWORD='a b' PORT=80", "DB_PASSWORD=*** PORT=80" },
		{ "host=h;password=x;port=1", "host=h;password=***" },
		{ "http://h/x?user=u&token=abc", "http://h/x?user=u&token=***" },
		{ "Authorization: Bearer abc.def", "Authorization: Bearer ***" },
		{ "the api key: ok, password: hunter2", "the api key: ok, password: ***" },
		{ "with ghp_0123456789abcdefghij in it", "with *** in it" },
		{ "the author=me of tokens is slow", "the author=me of tokens is slow" },
		{ "", "" },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(secret_hide(&a, cases[i].text), cases[i].expected);
	arena_done(&a);
}

static void arguments(void **state)
{
	static const struct {
		const char *before, *arg, *expected;
	} cases[] = {
		{ NULL, "--db-password=a b'c", "--db-password=***" },
		{ "--token", "abc", "***" },
		{ "--tokens=5", "abc", "abc" },
		{ NULL, "--dsn=mysql://u:p@h/d", "--dsn=mysql://u:***@h/d" },
		{ NULL, "PGPASSWORD=", "PGPASSWORD=" },
		{ NULL, "while true; do PASSWORD=x y; done",
			"while true; do PASSWORD=*** y; done" },
		{ "-p", "8080", "8080" },
		{ NULL, "./prog", "./prog" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = { 0 };

		secret_put_argument(&b, cases[i].arg, cases[i].before);
		assert_string_equal(buf_cstr(&b), cases[i].expected);
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(texts), cmocka_unit_test(arguments) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
