/* SPDX-License-Identifier: MIT */
/* Reading source text: functions, loops, array walks. */
#include "analyze/source.h"
#include "unit.h"

static const char text_c[] =
	"/* for (;;) { not a loop } */\n"  /* 1 */
	"static int find(const char *k)\n" /* 2 */
	"{\n"
	"\tfor (size_t i = 0; i < n; i++)\n" /* 4 */
	"\t\tif (strcmp(v[i].k, k) == 0)\n"
	"\t\t\treturn i; // } for\n"
	"\tputs(\"while (1) {\");\n" /* 7 */
	"\treturn -1;\n"
	"}\n"
	"double sum(void)\n" /* 10 */
	"{\n"
	"\tfor (int x = 0; x < W; x++) {\n"
	"\t\tfor (int y = 0; y < H; y++)\n" /* 13 */
	"\t\t\ts += g[(size_t)y * W + x];\n"
	"\t}\n"
	"\tfor (int y = 0; y < H; y++)\n" /* 16 */
	"\t\tfor (int x = 0; x < W; x++)\n"
	"\t\t\ts += g[y * W + x];\n"
	"\tfor (int i = 0; i < n; i++)\n" /* 19 */
	"\t\tfor (int j = i + 1; j < n; j++)\n"
	"\t\t\ts += a[i] == a[j];\n"
	"}\n"
	"int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\n" /* 23 */
	"int proto(void);\n"                                               /* 24 */
	"void sieve(void) {\n"                                             /* 25 */
	"\tfor (int i = 2; i < n; i++)\n"
	"\t\tfor (int j = i * i; j < n; j += i)\n"
	"\t\t\tc[j] = 1;\n"
	"}\n";

static const char text_rs[] = "fn id_of(&mut self, tag: &'a str) -> usize {\n" /* 1 */
			      "    if let Some(id) = self.names.iter().position(|n| n == tag) {\n"
			      "        return id;\n"
			      "    }\n"
			      "    for (i, n) in self.names.iter().enumerate() {\n" /* 5 */
			      "        work('{', n);\n"
			      "    }\n"
			      "    loop {\n" /* 8 */
			      "        if done() { break; }\n"
			      "    }\n"
			      "    7\n"
			      "}\n";

static const char text_py[] = "import re  # for x in y:\n" /* 1 */
			      "\n"
			      "def outer(items):\n" /* 3 */
			      "    \"\"\"for each:\n"
			      "while it lasts:\n"
			      "    \"\"\"\n"
			      "    for a in items:\n" /* 7 */
			      "        for b in items:\n"
			      "            if a == b and \"for c in d:\":\n"
			      "                yield (a,\n"
			      "b)\n" /* 11: a continuation line may stand anywhere */
			      "        done()\n"
			      "    return 1\n"
			      "\n"
			      "@decorated(\n" /* 15 */
			      "    limit=3)\n"
			      "async def walk(tree):\n"
			      "    async for n in tree:\n" /* 18 */
			      "        walk(n)\n"
			      "    return [m\n"
			      "        for m in tree if m]\n" /* 21 */
			      "total = 0\n"
			      "while total < 10:\n" /* 23 */
			      "    total += 1\n"
			      "f = lambda x: x\n";

static const char text_java[] = "class Shop {\n" /* 1 */
				"    private static int one() { return 1; }\n"
				"    String page(int rows)\n" /* 3 */
				"    {\n"
				"        String t = \"\";\n" /* 5 */
				"        for (int i = 0; i < rows; i++)\n"
				"            t += i;\n" /* 7 */
				"        return t;\n"
				"    }\n"
				"    synchronized void each() {\n"        /* 10 */
				"        for (int i = 0; i < 3; i++) {\n" /* 11 */
				"            one();\n"
				"        }\n"
				"    }\n"
				"    void locked() {\n" /* 15 */
				"        synchronized (this) {\n"
				"            one();\n" /* 17 */
				"        }\n"
				"    }\n"
				"}\n";

static bool read_text(void *ctx, const char *file, struct span *ret)
{
	if (strcmp(file, "a.c") == 0)
		*ret = span_str(text_c);
	else if (strcmp(file, "a.rs") == 0)
		*ret = span_str(text_rs);
	else if (strcmp(file, "a.py") == 0)
		*ret = span_str(text_py);
	else if (strcmp(file, "Shop.java") == 0)
		*ret = span_str(text_java);
	else
		return false;
	return true;
}

static const struct source_reader reader = { .read = read_text };

static void functions_and_loops(void **state)
{
	struct source s;
	struct source_function fn;

	source_init(&s, &reader);

	const struct source_file *f = source_open(&s, "a.c");

	assert_non_null(f);
	assert_ptr_equal(f, source_open(&s, "a.c"));
	assert_null(source_open(&s, "missing.c"));
	assert_true(source_function(&s, f, 2, &fn));
	assert_int_equal(fn.last, 9);
	assert_int_equal(fn.n_loops, 1);
	assert_int_equal(source_loop_depth(&fn, 5), 1);
	assert_int_equal(source_loop_depth(&fn, 8), 0);
	assert_true(source_function(&s, f, 10, &fn));
	assert_int_equal(source_loop_depth(&fn, 14), 2);
	assert_true(source_strided(f, &fn, 14));
	assert_false(source_strided(f, &fn, 18));
	assert_true(source_pairwise(f, &fn, 21));
	assert_false(source_pairwise(f, &fn, 18));
	assert_true(source_same_bounds(f, &fn, 21));
	assert_false(source_same_bounds(f, &fn, 14));
	assert_true(source_function(&s, f, 25, &fn));
	assert_false(source_pairwise(f, &fn, 28));
	assert_true(source_function(&s, f, 23, &fn));
	assert_int_equal(source_calls(f, &fn, "fib"), 2);
	assert_false(source_function(&s, f, 24, &fn));
	assert_false(source_function(&s, f, 0, &fn));
	assert_false(source_function(&s, f, 999, &fn));
	assert_true(span_eq(source_line(f, 9), "}"));
	assert_int_equal(source_line(f, 999).n, 0);
	source_done(&s);
}

static void rust_closures_and_loops(void **state)
{
	struct source s;
	struct source_function fn;

	source_init(&s, &reader);

	const struct source_file *f = source_open(&s, "a.rs");

	assert_true(source_function(&s, f, 1, &fn));
	assert_int_equal(fn.last, 12);
	assert_int_equal(source_loop_depth(&fn, 2), 1);
	assert_int_equal(source_loop_depth(&fn, 3), 0);
	assert_int_equal(source_loop_depth(&fn, 6), 1);
	assert_int_equal(source_loop_depth(&fn, 9), 1);
	source_done(&s);
}

/* Every prefix of a text must be read without harm. */
static struct span cut;

static bool read_cut(void *ctx, const char *file, struct span *ret)
{
	*ret = cut;
	return true;
}

static void cut_texts_do_no_harm(void **state)
{
	const struct source_reader r = { .read = read_cut };

	for (size_t n = 0; n < sizeof(text_c); n++) {
		struct source s;
		struct source_function fn;

		cut = span_of(text_c, n);
		source_init(&s, &r);

		const struct source_file *f = source_open(&s, "x.c");

		for (uint32_t l = 0; l < 26; l++) {
			if (!source_function(&s, f, l, &fn))
				continue;
			for (uint32_t k = 1; k < 26; k++) {
				(void)source_strided(f, &fn, k);
				(void)source_pairwise(f, &fn, k);
				(void)source_same_bounds(f, &fn, k);
			}
			(void)source_calls(f, &fn, "fib");
		}
		source_done(&s);
	}
}

static void python_by_indentation(void **state)
{
	static const struct {
		uint32_t decl, first, last, loops;
		struct {
			uint32_t line, depth;
		} at[4];
	} cases[] = {
		{ 3, 3, 13, 2, { { 7, 1 }, { 9, 2 }, { 11, 2 }, { 12, 1 } } },
		{ 15, 15, 21, 2, { { 18, 1 }, { 19, 1 }, { 20, 1 }, { 21, 1 } } },
		{ 1, 1, 26, 5, { { 23, 1 }, { 24, 1 }, { 22, 0 }, { 25, 0 } } }, /* the module */
	};
	struct source s;
	struct source_function fn;

	source_init(&s, &(struct source_reader){ .read = read_text });
	const struct source_file *f = source_open(&s, "a.py");

	assert_non_null(f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(source_function(&s, f, cases[i].decl, &fn));
		assert_int_equal(fn.first, cases[i].first);
		assert_int_equal(fn.last, cases[i].last);
		assert_int_equal(fn.n_loops, cases[i].loops);
		for (size_t k = 0; k < 4; k++)
			assert_int_equal(
				source_loop_depth(&fn, cases[i].at[k].line), cases[i].at[k].depth);
	}
	assert_true(source_function(&s, f, 3, &fn));
	assert_true(source_same_bounds(f, &fn, 9));
	assert_true(source_function(&s, f, 15, &fn));
	assert_int_equal(source_calls(f, &fn, "walk"), 1);
	assert_false(source_function(&s, f, 25, &fn)); /* a lambda */
	assert_false(source_function(&s, f, 900, &fn));
	/* comments and docstrings are no text of the program, strings are no code */
	assert_null(strstr(f->plain, "lasts"));
	assert_non_null(strstr(f->plain, "for c in d"));
	assert_null(strstr(f->code, "for c in d"));
	source_done(&s);
}

/* A JVM names the first line of code of a method. */
static void java_methods_around_their_code(void **state)
{
	static const struct {
		uint32_t decl, first, last, loops, line, depth;
	} cases[] = { { 2, 2, 2, 0, 2, 0 }, { 5, 3, 9, 1, 7, 1 }, { 11, 10, 14, 1, 12, 1 },
		{ 17, 15, 19, 0, 17, 0 }, { 16, 15, 19, 0, 17, 0 } };
	struct source s;
	struct source_function fn;

	source_init(&s, &(struct source_reader){ .read = read_text });
	const struct source_file *f = source_open(&s, "Shop.java");

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(source_function(&s, f, cases[i].decl, &fn));
		assert_int_equal(fn.first, cases[i].first);
		assert_int_equal(fn.last, cases[i].last);
		assert_int_equal(fn.n_loops, cases[i].loops);
		assert_int_equal(source_loop_depth(&fn, cases[i].line), cases[i].depth);
	}
	source_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_and_loops),
		cmocka_unit_test(rust_closures_and_loops),
		cmocka_unit_test(cut_texts_do_no_harm),
		cmocka_unit_test(python_by_indentation),
		cmocka_unit_test(java_methods_around_their_code),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
