/* SPDX-License-Identifier: MIT */
/*
 * Input and output of real programs: exact counts and bytes by file and socket, times and stacks
 * where they belong. Skipped where tracepoints cannot be had.
 */
#include "base/file.h"
#include "collect/io_watch.h"
#include "collect/tracepoint.h"
#include "model/resource.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char load_path[512], folder[64];

static int group_setup(void **state)
{
	const char *build = getenv("PERF_OPS_BUILD");
	uint64_t id;
	int r = tracepoint_id("raw_syscalls", "sys_enter", &id, NULL);

	(void)state;
	snprintf(load_path, sizeof(load_path), "%s/tests/helpers/io-load", build ? build : "build");
	if (r < 0) {
		print_message("# no tracepoints here: skipped\n");
		exit(77);
	}
	snprintf(folder, sizeof(folder), "/var/tmp/perf-ops-io-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int group_teardown(void **state)
{
	char path[256];
	static const char *const modes[] = { "small-writes", "sync-each", "read-again",
		"many-stats" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, modes[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static struct profile *watch(const char *mode, unsigned count)
{
	char n[16];
	const char *const argv[] = { load_path, mode, n, folder, NULL };
	struct profile *p = NULL;
	struct err err = { 0 };
	int out = open("/dev/null", O_WRONLY | O_CLOEXEC);

	snprintf(n, sizeof(n), "%u", count);
	int r = sampler_run(&(struct sampler_opts){ .argv = argv,
				    .child_stdout = out,
				    .wants = RESOURCE_CPU | RESOURCE_IO,
				    .hz = 4999 },
		&p, NULL, &err);

	close(out);
	if (r < 0)
		fail_msg("%s: %s", mode, err.msg);
	assert_non_null(p->io);
	for (size_t i = 0; i < p->io->rows.n; i++) {
		const struct io_row *row = &p->io->rows.v[i];

		if (io_row_calls(row) < 20)
			continue;
		print_message("# %s: %s '%s' read %.0f/%.0f write %.0f/%.0f sync %.0f open %.0f "
			      "stat %.0f, %.3f ms\n",
			mode, io_kind_name(row->kind), strtab_get(&p->io->strings, row->name),
			row->op[IO_READ].calls, row->op[IO_READ].bytes, row->op[IO_WRITE].calls,
			row->op[IO_WRITE].bytes, row->op[IO_SYNC].calls, row->op[IO_OPEN].calls,
			row->op[IO_STAT].calls, io_row_ns(row) / 1e6);
	}
	return p;
}

static const struct io_row *row_with(const struct profile *p, const char *text)
{
	vec_foreach (r, &p->io->rows)
		if (strstr(strtab_get(&p->io->strings, r->name), text))
			return r;
	fail_msg("no row with '%s'", text);
	return NULL;
}

/* Sum of a value over stacks that contain the function. */
static double value_in(const struct profile *p, const char *type, const char *function)
{
	int at = profile_type(p, type);
	double in = 0;

	assert_true(at >= 0);
	vec_foreach (s, &p->samples)
		for (uint32_t n = s->stack; n; n = p->stacks.v[n].parent) {
			const struct frame *f = &p->frames.v[p->stacks.v[n].frame];

			if (strcmp(profile_str(p, f->function), function) != 0)
				continue;
			in += (double)s->value[at];
			break;
		}
	print_message("# %s in %s: %.0f\n", type, function, in);
	return in;
}

static void writes_are_counted(void **state)
{
	struct profile *p = watch("small-writes", 400);
	const struct io_row *r = row_with(p, "/small-writes");

	(void)state;
	assert_int_equal(r->kind, IO_FILE);
	assert_int_equal(r->op[IO_WRITE].calls, 400);
	assert_int_equal(r->op[IO_WRITE].bytes, 6400);
	assert_int_equal(r->op[IO_WRITE].small, 400);
	assert_int_equal(r->op[IO_OPEN].calls, 1);
	profile_free(p);
}

static void syncs_have_their_time_and_stack(void **state)
{
	struct profile *p = watch("sync-each", 200);
	const struct io_row *r = row_with(p, "/sync-each");

	(void)state;
	assert_int_equal(r->op[IO_SYNC].calls, 200);
	assert_int_equal(r->op[IO_WRITE].calls, 200);
	assert_int_equal(r->op[IO_WRITE].bytes, 1800);
	assert_true(r->op[IO_SYNC].ns > r->op[IO_WRITE].ns);
	double stacks = value_in(p, "io", "sync_each"), table = io_row_ns(r);

	/* the stacks are sampled, the table is exact */
	assert_true(stacks > 0.5 * table && stacks < 2 * table);
	profile_free(p);
}

static void files_read_again_are_named(void **state)
{
	struct profile *p = watch("read-again", 1000);
	const struct io_row *r = row_with(p, "/read-again");

	(void)state;
	assert_int_equal(r->op[IO_OPEN].calls, 1001);
	assert_int_equal(r->op[IO_READ].calls, 2000);
	assert_int_equal(r->op[IO_READ].bytes, 3000000);
	assert_int_equal(r->size_bytes, 3000);
	assert_true(io_row_reread_factor(r) == 1000);
	assert_true(value_in(p, "io_calls", "read_again") > 1000);
	profile_free(p);
}

static void stats_go_to_their_path(void **state)
{
	struct profile *p = watch("many-stats", 3000);
	const struct io_row *r = row_with(p, "/many-stats");

	(void)state;
	assert_int_equal(r->op[IO_STAT].calls, 3000);
	assert_int_equal(r->op[IO_STAT].failed, 3000);
	profile_free(p);
}

static void sockets_have_their_address(void **state)
{
	struct profile *p = watch("chat", 500);
	double sent = 0;

	(void)state;
	vec_foreach (r, &p->io->rows)
		if (r->kind == IO_SOCKET)
			sent += r->op[IO_WRITE].calls;
	assert_int_equal(sent, 1000); /* both ends */
	assert_int_equal(row_with(p, "tcp 127.0.0.1:")->kind, IO_SOCKET);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_are_counted),
		cmocka_unit_test(syncs_have_their_time_and_stack),
		cmocka_unit_test(files_read_again_are_named),
		cmocka_unit_test(stats_go_to_their_path),
		cmocka_unit_test(sockets_have_their_address),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
