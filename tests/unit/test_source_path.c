/* SPDX-License-Identifier: MIT */
/* Joining of source paths. */
#include "parse/source_path.h"
#include "unit.h"

static const struct {
	const char *comp_dir, *dir, *name, *want;
} cases[] = {
	{ "/src/app", "", "main.c", "/src/app/main.c" },
	{ "/src/app", "lib", "x.c", "/src/app/lib/x.c" },
	{ "/src/app", "/usr/include", "x.h", "/usr/include/x.h" },
	{ "/src/app", "lib", "/abs/x.c", "/abs/x.c" },
	{ "/src/app/build", "..", "x.c", "/src/app/x.c" },
	{ "/src/app/build", "../lib/./sub/..", "x.c", "/src/app/lib/x.c" },
	{ "/src", "../../../..", "x.c", "/x.c" },
	{ "", "", "x.c", "x.c" },
	{ "", "../a", "x.c", "../a/x.c" },
	{ "", "../../a", "x.c", "../../a/x.c" },
	{ "./malloc", "./malloc", "malloc.c", "malloc/malloc.c" },
	{ "/src//app/", "", ".//main.c", "/src/app/main.c" },
	{ "/src", "", "", "" },
};

static void joined(void **state)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(source_path(&a, cases[i].comp_dir, cases[i].dir, cases[i].name),
			cases[i].want);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(joined) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
