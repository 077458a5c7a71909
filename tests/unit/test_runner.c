/* SPDX-License-Identifier: MIT */
/* Commands as words, the launcher's figures, and whole sessions of real short commands. */
#include "measure/command_line.h"
#include "measure/runner.h"
#include "measure/session.h"

#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

static void words(void **state)
{
	static const struct {
		const char *text;
		bool shell;
		const char *words[4];
	} cases[] = {
		{ "/bin/echo a  b", false, { "/bin/echo", "a", "b" } },
		{ "/bin/echo 'a  $b' \"c \\\" d\"", false, { "/bin/echo", "a  $b", "c \" d" } },
		{ "/bin/echo ''", false, { "/bin/echo", "" } },
		{ "/bin/echo a\\ b", false, { "/bin/echo", "a b" } },
		{ "echo a | cat", true, { "/bin/sh", "-c", "echo a | cat" } },
		{ "echo \"$HOME\"", true, { "/bin/sh", "-c", "echo \"$HOME\"" } },
		{ "A=1 /bin/echo", true, { "/bin/sh", "-c", "A=1 /bin/echo" } },
		{ "exit 3", true, { "/bin/sh", "-c", "exit 3" } },
		{ "/bin/echo x > /dev/null", true, { "/bin/sh", "-c", "/bin/echo x > /dev/null" } },
	};
	struct arena a = { 0 };
	const char *const *argv;
	bool shell;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = 0;

		assert_int_equal(command_line_parse(
					 cases[i].text, SHELL_WHEN_NEEDED, &a, &argv, &shell, NULL),
			0);
		assert_int_equal(shell, cases[i].shell);
		for (; n < 4 && cases[i].words[n]; n++)
			assert_string_equal(argv[n], cases[i].words[n]);
		assert_null(argv[n]);
	}
	assert_int_equal(
		command_line_parse("", SHELL_WHEN_NEEDED, &a, &argv, &shell, NULL), -EINVAL);
	assert_int_equal(
		command_line_parse("/bin/echo 'a", SHELL_WHEN_NEEDED, &a, &argv, &shell, NULL),
		-EINVAL);
	assert_int_equal(
		command_line_parse("no-such-program-x", SHELL_WHEN_NEEDED, &a, &argv, &shell, NULL),
		-ENOENT);
	arena_done(&a);
}

static void start(
	struct runner **r, const char *const *const *argvs, size_t n, enum run_output output)
{
	struct runner_opts o = { .argvs = argvs, .n_argvs = n, .output = output };

	assert_int_equal(runner_start(&o, r, NULL), 0);
}

/* Peak memory is the child's own: neither ours nor that of a larger child before it. */
static void peak_memory(void **state)
{
	static const char *const small[] = { "/bin/true", NULL };
	static const char *const big[] = { "/usr/bin/perl", "-e",
		"my $x = 'x' x 60000000; print length $x;", NULL };
	static const char *const *const argvs[] = { small, big };
	size_t size = (size_t)150 << 20;
	char *ours = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct run_result res;
	struct runner *r;

	(void)state;
	assert_true(ours != MAP_FAILED);
	start(&r, argvs, 2, OUTPUT_NULL);
	memset(ours, 1, size); /* grown after the launcher was forked, as buffers do */
	assert_int_equal(runner_run(r, 1, 0, 0, &res, NULL), 0);
	assert_int_equal(res.run.exit_code, 0);
	assert_true(res.run.max_rss_bytes > 55000000);
	assert_int_equal(runner_run(r, 0, 0, 0, &res, NULL), 0);
	assert_true(res.run.max_rss_bytes > 0 && res.run.max_rss_bytes < (20 << 20));
	runner_stop(r);
	munmap(ours, size);
}

static void ends(void **state)
{
	static const char *const fails[] = { "/bin/sh", "-c", "exit 7", NULL };
	static const char *const killed[] = { "/bin/sh", "-c", "kill -9 $$", NULL };
	static const char *const sleeps[] = { "/bin/sh", "-c", "sleep 30 & sleep 30", NULL };
	static const char *const missing[] = { "/no/such/program", NULL };
	static const char *const padded[] = { "/bin/sh", "-c", "test ${#PERF_OPS_PAD} = 123",
		NULL };
	static const char *const busy[] = { "/bin/sh", "-c",
		"i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done", NULL };
	static const char *const *const argvs[] = { fails, killed, sleeps, missing, padded, busy };
	struct run_result res;
	struct runner *r;

	(void)state;
	start(&r, argvs, 6, OUTPUT_NULL);
	assert_int_equal(runner_run(r, 0, 0, 0, &res, NULL), 0);
	assert_int_equal(res.run.exit_code, 7);
	assert_int_equal(runner_run(r, 1, 0, 0, &res, NULL), 0);
	assert_int_equal(res.run.signal, SIGKILL);
	assert_int_equal(res.run.exit_code, -1);
	assert_int_equal(runner_run(r, 2, 0, 0.1, &res, NULL), 0);
	assert_true(res.timed_out && res.run.wall_s >= 0.1 && res.run.wall_s < 20);
	assert_int_equal(runner_run(r, 3, 0, 0, &res, NULL), -ENOENT);
	assert_int_equal(runner_run(r, 4, 123, 0, &res, NULL), 0);
	assert_int_equal(res.run.exit_code, 0);
	assert_int_equal(runner_run(r, 4, 0, 0, &res, NULL), 0);
	assert_int_equal(res.run.exit_code, 1);
	assert_int_equal(runner_run(r, 5, 0, 0, &res, NULL), 0);
	assert_false(res.timed_out);
	assert_true(res.run.user_s + res.run.sys_s > 0.001 && res.run.wall_s > 0.001);
	runner_stop(r);
}

/* More than a pipe holds: it only ends when somebody reads. */
static void drains_pipe(void **state)
{
	static const char *const babbles[] = { "/usr/bin/head", "-c", "1000000", "/dev/zero",
		NULL };
	static const char *const *const argvs[] = { babbles };
	struct run_result res;
	struct runner *r;

	(void)state;
	start(&r, argvs, 1, OUTPUT_PIPE);
	assert_int_equal(runner_run(r, 0, 0, 10, &res, NULL), 0);
	assert_int_equal(res.run.exit_code, 0);
	assert_false(res.timed_out);
	runner_stop(r);
}

static struct trial_set *session(const char *a, const char *b, unsigned rounds, uint64_t seed)
{
	const char *const texts[] = { a, b };
	struct session_opts o = { .texts = texts,
		.n_texts = b ? 2 : 1,
		.rounds = rounds,
		.warmup = 1,
		.margin_ratio = 0.01,
		.seed = seed };
	struct trial_set *t;
	struct err err = { 0 };

	if (session_run(&o, &t, &err) < 0)
		fail_msg("%s", err.msg);
	return t;
}

static void finds_a_difference(void **state)
{
	struct trial_set *t = session("sleep 0.02", "sleep 0.10", 10, 5);

	(void)state;
	assert_true(t->n_comparisons == 3 && t->rounds >= 6 && t->runs.n == t->rounds * 2);
	assert_string_equal(t->comparisons[0].verdict, "regressed");
	assert_true(t->comparisons[0].ratio > 2 && t->comparisons[0].ratio < 6);
	assert_true(
		t->comparisons[0].ci[0] > 1 && t->comparisons[0].ci[0] <= t->comparisons[0].ratio);
	assert_string_equal(t->commands[0].name, "0.02");
	trial_set_free(t);
}

/* The same seed gives the same order; both orders occur. */
static void order_is_recorded(void **state)
{
	struct trial_set *t = session("true", "true", 12, 99), *u = session("true", "true", 12, 99);
	unsigned first = 0, n = 0;

	(void)state;
	for (size_t i = 0; i < t->runs.n && i < u->runs.n; i++) {
		assert_int_equal(t->runs.v[i].command, u->runs.v[i].command);
		assert_int_equal(t->runs.v[i].pad_bytes, u->runs.v[i].pad_bytes);
		assert_int_equal(t->runs.v[i].order, i + 1);
		if (i % 2 == 0) {
			first += t->runs.v[i].command == 0;
			n++;
		}
	}
	assert_true(first > 0 && first < n);
	assert_string_equal(t->commands[0].name, "A");
	trial_set_free(t);
	trial_set_free(u);
}

static void names(void **state)
{
	static const struct {
		const char *a, *b, *name_a, *name_b;
	} cases[] = {
		{ "test -n old/in.json", "test -n new/in.json", "old", "new" },
		{ "true", "true --version", "true", "true --version" },
		{ "test 1 -lt 2", "test 1 -lt 3", "2", "3" },
		{ "true a_1 x", "true a_2 x", "1", "2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct trial_set *t = session(cases[i].a, cases[i].b, 2, 1);

		assert_string_equal(t->commands[0].name, cases[i].name_a);
		assert_string_equal(t->commands[1].name, cases[i].name_b);
		trial_set_free(t);
	}
}

static void one_command(void **state)
{
	struct trial_set *t = session("sleep 0.01", NULL, 8, 1);

	(void)state;
	assert_int_equal(t->commands[0].runs, 8);
	assert_true(t->commands[0].median_s >= 0.01 &&
		t->commands[0].ci_s[0] <= t->commands[0].median_s &&
		t->commands[0].median_s <= t->commands[0].ci_s[1]);
	trial_set_free(t);
}

static void failure_is_an_error(void **state)
{
	const char *const texts[] = { "exit 3" };
	struct session_opts o = { .texts = texts, .n_texts = 1, .rounds = 6 };
	struct trial_set *t;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(session_run(&o, &t, &err), -ECHILD);
	assert_non_null(strstr(err.msg, "exit code 3"));
	o.ignore_failure = true;
	assert_int_equal(session_run(&o, &t, NULL), 0);
	assert_int_equal(t->runs.v[0].exit_code, 3);
	trial_set_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(words), cmocka_unit_test(peak_memory),
		cmocka_unit_test(ends), cmocka_unit_test(drains_pipe),
		cmocka_unit_test(finds_a_difference), cmocka_unit_test(order_is_recorded),
		cmocka_unit_test(one_command), cmocka_unit_test(names),
		cmocka_unit_test(failure_is_an_error) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
