/* SPDX-License-Identifier: MIT */
/* External programs: output, exit codes, deadlines, hostile children. */
#include "base/spawn.h"

#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static struct spawn_result run(const char *script, uint64_t timeout_ms, const char *input)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct spawn_result r;
	struct spawn_opts o = { .argv = argv,
		.timeout_ns = timeout_ms * 1000000,
		.max_output = 100,
		.input = input ? span_str(input) : (struct span){ 0 } };

	assert_int_equal(spawn_run(&o, &r, NULL), 0);
	return r;
}

static void output_and_code(void **state)
{
	struct spawn_result r = run("cat; echo oops >&2; exit 7", 5000, "hello");

	(void)state;
	assert_string_equal(buf_cstr(&r.out), "hello");
	assert_string_equal(buf_cstr(&r.err), "oops\n");
	assert_int_equal(r.exit_code, 7);
	assert_false(r.timed_out);
	spawn_result_done(&r);
}

/* A process that ended may stay a zombie until init takes notice; it runs no more. */
static bool runs(uint64_t pid)
{
	char path[64], state = 'Z';

	snprintf(path, sizeof(path), "/proc/%u/stat", (unsigned)pid);
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state != 'Z' && state != 'X';
}

static void deadline_kills_the_group(void **state)
{
	struct spawn_result r = run("trap '' TERM; sleep 60 & echo $!; wait", 300, NULL);

	(void)state;
	assert_true(r.timed_out);
	assert_int_equal(r.signal, SIGKILL);
	assert_true(r.wall_ns < 5000000000u);
	uint64_t grandchild = 0;

	assert_true(span_parse_u64(span_trim(buf_span(&r.out)), &grandchild));
	for (int i = 0; i < 200 && runs(grandchild); i++)
		usleep(10000);
	assert_false(runs(grandchild));
	spawn_result_done(&r);
}

static void output_is_bounded(void **state)
{
	struct spawn_result r = run("yes | head -c 3000000", 5000, NULL);

	(void)state;
	assert_int_equal(r.out.n, 100);
	assert_int_equal(r.exit_code, 0);
	spawn_result_done(&r);
}

static void a_grandchild_holding_the_pipe_does_not_hang_us(void **state)
{
	struct spawn_result r = run("sleep 30 & echo done", 20000, NULL);

	(void)state;
	assert_string_equal(buf_cstr(&r.out), "done\n");
	assert_false(r.timed_out);
	assert_true(r.wall_ns < 10000000000u);
	spawn_result_done(&r);
}

static void missing_program(void **state)
{
	const char *argv[] = { "/nonexistent/program", NULL };
	struct spawn_result r;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(spawn_run(&(struct spawn_opts){ .argv = argv }, &r, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nonexistent/program"));
}

static void side_by_side(void **state)
{
	const char *argv[] = { "sleep", "0.3", NULL };
	struct spawn_opts o[8];
	struct spawn_result r[8];
	int rc[8];
	uint64_t longest = 0, sum = 0;

	(void)state;
	for (int i = 0; i < 8; i++)
		o[i] = (struct spawn_opts){ .argv = argv, .timeout_ns = 20000000000u };
	spawn_run_all(o, 8, r, rc);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(rc[i], 0);
		assert_int_equal(r[i].exit_code, 0);
		longest = MAX(longest, r[i].wall_ns);
		sum += r[i].wall_ns;
	}
	/* one after the other, the last would have waited for all: eight in a row is 2.4 s each */
	assert_true(longest < sum / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_code),
		cmocka_unit_test(deadline_kills_the_group),
		cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(a_grandchild_holding_the_pipe_does_not_hang_us),
		cmocka_unit_test(missing_program),
		cmocka_unit_test(side_by_side),
	};

	return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
