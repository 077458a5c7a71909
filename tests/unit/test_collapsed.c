/* SPDX-License-Identifier: MIT */
/* Collapsed stacks: what each producer writes, and lines that are wrong. */
#include "base/buf.h"
#include "base/file.h"
#include "collect/profile_file.h"

#include "unit.h"

static struct profile *read_text(struct profile_set *set, const char *text)
{
	const struct format *format;
	struct err err = { 0 };
	int r = profile_bytes_read(span_str(text), "test", NULL, set, &format, &err);

	if (r < 0)
		print_error("%s\n", err.msg);
	assert_int_equal(r, 0);
	assert_string_equal(format->id, "collapsed");
	return set->v.v[0];
}

/* "root;...;leaf" of a sample, kinds as in the file. */
static void stack_text(const struct profile *p, uint32_t node, struct buf *b)
{
	if (p->stacks.v[node].parent)
		stack_text(p, p->stacks.v[node].parent, b);
	const struct frame *f = &p->frames.v[p->stacks.v[node].frame];

	buf_printf(b, "%s%s/%s%s", b->n ? ";" : "", profile_str(p, f->function),
		frame_kind_name((enum frame_kind)f->kind), f->inlined ? "/inlined" : "");
	if (f->line)
		buf_printf(b, "@%s:%u", profile_str(p, f->file), f->line);
}

static void test_producers(void **state)
{
	static const struct {
		const char *text, *stack;
		int64_t value;
		int32_t pid, tid;
		const char *thread;
	} cases[] = {
		{ "a;b;c 12\n", "a/app;b/app;c/app", 12, 0, 0, "" },
		{ "a;b 12", "a/app;b/app", 12, 0, 0, "" },
		{ "a;b\t12\r\n", "a/app;b/app", 12, 0, 0, "" },
		{ "# a comment 3\na;f(int, char) const 7\n", "a/app;f(int, char) const/app", 7, 0,
			0, "" },
		{ "a_[j];b_[i];c_[k];d_[0];e_[1] 3\n", "a/jit;b/app/inlined;c/kernel;d/app;e/jit",
			3, 0, 0, "" },
		{ "[main loop tid=77];run 3\n", "run/app", 3, 0, 77, "main loop" },
		{ "my prog-12/34;run 3\n", "run/app", 3, 12, 34, "my prog" },
		{ "process 99:\"python w.py\";f 3\n", "f/app", 3, 99, 99, "python w.py" },
		{ "<module> (app.py:10);load (lib/io.py:3) 5\n",
			"<module>/app@app.py:10;load/app@lib/io.py:3", 5, 0, 0, "" },
		{ "bash;main;--;sys_read 2\n", "bash/app;main/app;sys_read/kernel", 2, 0, 0, "" },
		{ "a;[unknown] 2\n", "a/app;[unknown]/unknown", 2, 0, 0, "" },
		{ "a;b 18446744073709551615000 1\n", "a/app;b 18446744073709551615000/app", 1, 0, 0,
			"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile_set set = { 0 };
		struct profile *p = read_text(&set, cases[i].text);
		_cleanup_(buf_done) struct buf b = { 0 };

		assert_int_equal(p->samples.n, 1);
		stack_text(p, p->samples.v[0].stack, &b);
		assert_string_equal(buf_cstr(&b), cases[i].stack);
		assert_int_equal(p->samples.v[0].value[0], cases[i].value);
		const struct profile_thread *t = &p->threads.v[p->samples.v[0].thread];

		assert_int_equal(t->pid, cases[i].pid);
		assert_int_equal(t->tid, cases[i].tid);
		assert_string_equal(profile_str(p, t->name), cases[i].thread);
		profile_set_done(&set);
	}
}

static void test_differential(void **state)
{
	struct profile_set set = { 0 };
	struct profile *p = read_text(&set, "a;b 10 12\na;c 0 5\na;d 7 0\n");

	(void)state;
	assert_int_equal(p->n_types, 2);
	assert_string_equal(p->types[0].name, "samples");
	assert_int_equal(profile_total(p, 0), 17);
	assert_string_equal(p->types[1].name, "before");
	assert_int_equal(profile_total(p, 1), 17);
	profile_set_done(&set);
	/* one line without a second column: names that end in numbers, not two columns */
	p = read_text(&set, "a;b 10 12\na;c 5\n");
	assert_int_equal(p->n_types, 1);
	assert_int_equal(profile_total(p, 0), 17);
	profile_set_done(&set);
}

static void test_decimals_keep_the_total(void **state)
{
	struct profile_set set = { 0 };
	struct profile *p = read_text(&set, "a;b 0.25\na;c 0.25\na;d 0.25\na;e 0.25\na;f 2.5\n");

	(void)state;
	assert_in_range(profile_total(p, 0), 3, 4);
	profile_set_done(&set);
}

static void test_neighbours_share_the_way(void **state)
{
	struct profile_set set = { 0 };
	struct profile *p = read_text(&set, "a;bc;d 1\na;b;d 1\na;bc;d;e 1\na 1\nab;c 1\na;bc 1\n");

	(void)state;
	/* a, bc, d, b, d, e, ab, c */
	assert_int_equal(p->stacks.n, 1 + 8);
	assert_int_equal(p->samples.n, 6);
	assert_int_equal(profile_total(p, 0), 6);
	profile_set_done(&set);
}

static void test_wrong_files(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "is empty" },
		{ "# only a comment\n", "no stacks" },
		{ "no count\nnone here\n", "no line ends with a count" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile_set set = { 0 };
		const struct format *format;
		struct err err = { 0 };

		assert_true(profile_bytes_read(span_str(cases[i].text), "test",
				    &(struct profile_file_opts){ .format = "collapsed" }, &set,
				    &format, &err) < 0);
		assert_non_null(strstr(err.msg, cases[i].says));
		profile_set_done(&set);
	}
	struct profile_set set = { 0 };
	struct profile *p = read_text(&set,
		"a;b 1\na;c 1\na;d 1\na;e 1\na;f 1\na;g 1\na;h 1\na;i 1\na;j 1\na;k 1\nbad\n");
	bool said = false;

	assert_int_equal(profile_total(p, 0), 10);
	for (const struct caveat *c = p->caveats.first; c; c = c->next)
		said |= strcmp(c->id, "lines-skipped") == 0;
	assert_true(said);
	profile_set_done(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_producers),
		cmocka_unit_test(test_differential),
		cmocka_unit_test(test_decimals_keep_the_total),
		cmocka_unit_test(test_neighbours_share_the_way),
		cmocka_unit_test(test_wrong_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
