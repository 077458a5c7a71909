/* SPDX-License-Identifier: MIT */
/* Tool probing against stand-ins that hang, lie, crash and babble; versions, cache, rights. */
#include "diagnose/tools.h"

#include "base/clock.h"
#include "base/file.h"
#include "diagnose/tool_dpkg.h"
#include "diagnose/tool_version.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char scratch[] = "/tmp/perf-ops-tools-XXXXXX";

static const char *fakes(struct arena *a, const char *name)
{
	return path_join(a, path_join(a, getenv("PERF_OPS_SOURCE"), "tests/fakes"), name);
}

static struct tool_found *tool(struct diagnosis *d, const char *id)
{
	for (size_t i = 0; i < d->n_tools; i++)
		if (strcmp(d->tools[i].record->id, id) == 0)
			return &d->tools[i];
	fail_msg("no tool %s", id);
	return NULL;
}

static struct diagnosis *probe(
	const char *project, const char *venv, const char *cache, uint64_t *ret_ns)
{
	struct diagnosis *d = diagnosis_new();
	struct tools_opts opts = {
		.search = { .project = project ? project : scratch,
			.path = fakes(&d->arena, "bin"),
			.home = scratch,
			.virtual_env = venv ? venv : "",
			.gopath = "",
			.gobin = "" },
		.cache = cache,
		.deadline_ns = 400000000, /* generous: the machine may be busy */
	};
	uint64_t start_ns = clock_mono_ns();

	tools_probe(d, knowledge_builtin(), &opts);
	if (ret_ns)
		*ret_ns = clock_mono_ns() - start_ns;
	return d;
}

static void misbehaving_tools(void **state)
{
	uint64_t took_ns;
	struct diagnosis *d = probe(NULL, NULL, NULL, &took_ns);

	assert_int_equal(d->n_tools, knowledge_builtin()->n_tools);
	assert_true(took_ns < 1500000000);
	/* hangs, though its child keeps the pipe open */
	assert_true(tool(d, "perf")->installed);
	assert_string_equal(tool(d, "perf")->problem, "gave no version in time");
	assert_string_equal(tool(d, "perf")->version, "");
	assert_string_equal(tool(d, "strace")->problem, "gave no version in time");
	/* lies: not installed, and says what it is */
	assert_false(tool(d, "hyperfine")->installed);
	assert_non_null(
		strstr(tool(d, "hyperfine")->problem, "is another program: it says 'hyperbola"));
	/* babbles for ever: cut off, nothing unprintable comes through */
	assert_true(tool(d, "valgrind-dhat")->installed);
	assert_string_equal(tool(d, "valgrind-dhat")->version, "");
	assert_string_equal(tool(d, "valgrind-dhat")->problem, "version not understood");
	assert_true(tool(d, "samply")->installed && tool(d, "samply")->broken);
	assert_non_null(strstr(tool(d, "samply")->problem, "crashed with signal 11"));
	assert_true(tool(d, "gdb")->broken);
	assert_non_null(
		strstr(tool(d, "gdb")->problem, "does not start (exit 1): gdb: /lib/libc.so.6"));
	assert_string_equal(tool(d, "austin")->version, "1.0.1");
	assert_non_null(strstr(tool(d, "austin")->problem, "1.0.1 is older than 3.0.0"));
	assert_string_equal(tool(d, "bpftrace")->problem, "version not understood");
	/* unusual but honest */
	assert_string_equal(tool(d, "wrk")->version, "4.1.0");
	assert_string_equal(tool(d, "wrk")->problem, "");
	assert_string_equal(tool(d, "k6")->version, "1.2.3");
	assert_non_null(strstr(tool(d, "wrk")->path, "tests/fakes/bin/wrk"));
	/* the embedded ones need nothing */
	assert_true(tool(d, "embedded-cpu")->installed);
	assert_string_equal(tool(d, "embedded-cpu")->version, PERF_OPS_VERSION);
	assert_false(tool(d, "vegeta")->installed);
	diagnosis_free(d);
}

/* Programs of the project are not run when an installer wrote the version down. */
static void recorded_versions(void **state)
{
	struct arena a = { 0 };
	const char *ran = path_join(&a, scratch, "ran");

	setenv("PERF_OPS_FAKE_RAN", ran, 1);
	const char *deep = path_join(&a, fakes(&a, "node"), "src");
	struct diagnosis *d = probe(deep, fakes(&a, "venv"), NULL, NULL);

	assert_string_equal(tool(d, "py-spy")->version, "9.8.7");
	assert_non_null(strstr(tool(d, "py-spy")->path, "venv/bin/py-spy"));
	assert_non_null(
		strstr(tool(d, "memray")->install, "tests/fakes/venv/bin/pip install memray"));
	diagnosis_free(d);
	d = probe(fakes(&a, "node"), NULL, NULL, NULL);
	assert_string_equal(tool(d, "size-limit")->version, "11.2.0");
	assert_false(path_exists(ran));
	diagnosis_free(d);
	arena_done(&a);
}

static void count_line(const char *path, size_t *ret)
{
	struct buf b = { 0 };
	struct span rest, line;

	*ret = 0;
	assert_int_equal(file_read(path, 1 << 20, &b, NULL), 0);
	rest = buf_span(&b);
	while (span_next_line(&rest, &line))
		++*ret;
	buf_done(&b);
}

static void cached_answers(void **state)
{
	struct arena a = { 0 };
	const char *cache = path_join(&a, scratch, "versions"),
		   *bin = path_join(&a, scratch, "bin");
	const char *prog = path_join(&a, bin, "k6"), *count = path_join(&a, scratch, "count");
	struct k_strings args = { (const char *const[]){ "version" }, 1 };
	struct tool_question q[2] = { { prog, &args }, { prog, &args } };
	struct tool_answer answer[2];
	size_t runs;

	assert_int_equal(path_make_dirs(bin, NULL), 0);
	const char *script = arena_printf(&a, "#!/bin/sh\necho x >>%s\necho k6 v1.0.0\n", count);

	assert_int_equal(file_write_atomic(prog, span_str(script), 0700, NULL), 0);
	tool_ask(q, 2, 2000000000, cache, answer);
	assert_string_equal(answer[0].text, "k6 v1.0.0");
	assert_string_equal(answer[1].text, "k6 v1.0.0"); /* asked once for both */
	tool_ask(q, 2, 2000000000, cache, answer);
	assert_string_equal(answer[1].text, "k6 v1.0.0");
	count_line(count, &runs);
	assert_int_equal(runs, 1);
	/* another program under the same name is asked again */
	script = arena_printf(&a, "#!/bin/sh\necho x >>%s\necho k6 v2.0.0 new\n", count);
	assert_int_equal(file_write_atomic(prog, span_str(script), 0700, NULL), 0);
	tool_ask(q, 1, 2000000000, cache, answer);
	assert_string_equal(answer[0].text, "k6 v2.0.0 new");
	count_line(count, &runs);
	assert_int_equal(runs, 2);
	/* a damaged cache is ignored and mended */
	static const char junk[] = "\t\t\t\nzz\t1\t0\t0\t0\tx\n\xff\xff\n1\t2\t3\n";

	assert_int_equal(file_write_atomic(cache, span_str(junk), 0600, NULL), 0);
	tool_ask(q, 1, 2000000000, cache, answer);
	assert_string_equal(answer[0].text, "k6 v2.0.0 new");
	tool_ask(q, 1, 2000000000, cache, answer);
	count_line(count, &runs);
	assert_int_equal(runs, 3);
	/* a cache that cannot be written changes nothing */
	tool_ask(q, 1, 2000000000, "/proc/no/such/file", answer);
	assert_string_equal(answer[0].text, "k6 v2.0.0 new");
	/* no time: not asked, not wrong */
	tool_ask(q, 1, 0, NULL, answer);
	assert_false(answer[0].asked);
	arena_done(&a);
}

/* A program with no version written down that another user owns is not run by us. */
static void foreign_programs(void **state)
{
	struct arena a = { 0 };
	const char *bin = path_join(&a, scratch, "bin"), *prog = path_join(&a, bin, "k6");
	const char *ran = path_join(&a, scratch, "ran");
	const char *script = arena_printf(&a, "#!/bin/sh\ntouch %s\necho k6 v1.0.0\n", ran);
	struct diagnosis *d = diagnosis_new();
	struct tools_opts opts = { .search = { .project = scratch,
					   .path = bin,
					   .home = scratch,
					   .virtual_env = "",
					   .gopath = "",
					   .gobin = "" },
		.deadline_ns = 1000000000 };

	assert_int_equal(path_make_dirs(bin, NULL), 0);
	assert_int_equal(file_write_atomic(prog, span_str(script), 0777, NULL), 0);
	assert_int_equal(chmod(prog, 0777), 0); /* everybody may change it */
	tools_probe(d, knowledge_builtin(), &opts);
	assert_true(tool(d, "k6")->installed);
	assert_string_equal(
		tool(d, "k6")->problem, "version not asked: the program belongs to another user");
	assert_false(path_exists(ran));
	diagnosis_free(d);
	arena_done(&a);
}

static void package_database(void **state)
{
	struct arena a = { 0 };
	const char *info = path_join(&a, scratch, "var/lib/dpkg/info");
	const char *list = path_join(&a, info, "linux-perf.list"),
		   *prog = path_join(&a, scratch, "perf");
	const char *status = path_join(&a, scratch, "var/lib/dpkg/status");
	struct dpkg_question q[] = { { prog, "linux-perf", NULL }, { prog, "valgrind", NULL } };
	static const char text[] =
		"Package: other\nVersion: 9.9-9\n\nPackage: linux-perf\nStatus: install ok "
		"installed\n"
		"Version: 2:6.1.192-2+b1\n\nPackage: valgrind\nVersion: 1:3.19.0-1\n";

	assert_int_equal(path_make_dirs(info, NULL), 0);
	assert_int_equal(file_write_atomic(prog, span_str("x"), 0755, NULL), 0);
	assert_int_equal(
		file_write_atomic(list, span_str(arena_printf(&a, "/.\n%s\n", prog)), 0644, NULL),
		0);
	assert_int_equal(file_write_atomic(status, span_str(text), 0644, NULL), 0);
	tool_dpkg_versions(&a, scratch, q, 2);
	assert_string_equal(q[0].version, "6.1.192");
	assert_string_equal(q[1].version, ""); /* has no list: does not own it */
	/* changed after the installation: not the package's program any more */
	struct timespec later[2] = { { .tv_sec = time(NULL) + 4000 },
		{ .tv_sec = time(NULL) + 4000 } };

	assert_int_equal(utimensat(AT_FDCWD, prog, later, 0), 0);
	tool_dpkg_versions(&a, scratch, q, 2);
	assert_string_equal(q[0].version, "");
	tool_dpkg_versions(&a, "/nonexistent", q, 2);
	assert_string_equal(q[0].version, "");
	arena_done(&a);
}

static void versions(void **state)
{
	static const struct {
		const char *text, *pattern, *version;
	} cases[] = {
		{ "py-spy 0.4.3", "", "0.4.3" },
		{ "wrk debian/4.1.0-3+b2 [epoll]", "", "4.1.0" },
		{ "h2load nghttp2/1.52.0", "", "1.52.0" },
		{ "GNU gdb (Debian 13.1-3) 13.1", "", "13.1" },
		{ "k6 v0.49.0 (go1.21)", "", "0.49.0" },
		{ "valgrind-3.19.0", "valgrind-", "3.19.0" },
		{ "build 7 of 2023. Version: 12.8", "Version:", "12.8" },
		{ "no digits", "", "" },
		{ "build 12345", "", "" },
		{ "1. 2. 3.", "", "" },
		{ "other 1.2", "absent", "" },
		{ "11111111111111111111111111111111111111111.2 3.4", "", "3.4" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *v = "";
		size_t n = tool_version_find(cases[i].text, cases[i].pattern, &v);

		if (n != strlen(cases[i].version) || strncmp(v, cases[i].version, n) != 0)
			fail_msg("'%s': '%.*s'", cases[i].text, (int)n, v);
	}
	assert_true(tool_version_compare("1.9", "1.10") < 0);
	assert_true(tool_version_compare("2", "1.10") > 0);
	assert_int_equal(tool_version_compare("1.2", "1.2.0"), 0);
	assert_int_equal(tool_version_compare("1.2.0-rc1", "1.2"), 0);
	assert_true(tool_version_compare("", "0.1") < 0);
}

static void production_and_rights(void **state)
{
	struct diagnosis *d = probe(NULL, NULL, NULL, NULL);
	struct tool_rights user = { .root = false, .perf_event_paranoid = 3, .ptrace_scope = 1 };
	struct tool_rights root = { .root = true, .perf_event_paranoid = 3, .ptrace_scope = 1 };

	d->environment.kind = ENV_UNKNOWN;
	tools_judge(d, &root);
	for (size_t i = 0; i < d->n_tools; i++)
		if (!d->tools[i].record->production_safe && d->tools[i].usable_here)
			fail_msg("%s is usable in production", d->tools[i].name);
	assert_true(tool(d, "perf")->usable_here);
	assert_non_null(strstr(tool(d, "strace")->why_not, "unsafe here: stops the target"));
	assert_false(tool(d, "gdb")->usable_here);
	d->environment.kind = ENV_DEVELOPMENT;
	tools_judge(d, &root);
	assert_true(tool(d, "strace")->usable_here);
	assert_false(tool(d, "gdb")->usable_here); /* does not start */
	assert_non_null(strstr(tool(d, "gdb")->why_not, "does not start"));
	tools_judge(d, &user);
	assert_non_null(strstr(tool(d, "perf")->why_not, "perf_event_paranoid is 3"));
	assert_string_equal(tool(d, "bpftrace")->why_not, "needs root");
	assert_true(tool(d, "strace")->usable_here); /* our own child may be traced */
	d->target.pid = 1;
	tools_judge(d, &user);
	assert_non_null(strstr(tool(d, "strace")->why_not, "ptrace_scope is 1"));
	diagnosis_free(d);
}

static int make_scratch(void **state)
{
	return mkdtemp(scratch) ? 0 : -1;
}

static int remove_scratch(void **state)
{
	struct arena a = { 0 };
	static const char *const files[] = { "bin/k6", "bin", "versions", "count", "ran", "perf",
		"var/lib/dpkg/info/linux-perf.list", "var/lib/dpkg/info", "var/lib/dpkg/status",
		"var/lib/dpkg", "var/lib", "var" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		remove(path_join(&a, scratch, files[i]));
	rmdir(scratch);
	arena_done(&a);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(misbehaving_tools),
		cmocka_unit_test(recorded_versions),
		cmocka_unit_test(cached_answers),
		cmocka_unit_test(foreign_programs),
		cmocka_unit_test(package_database),
		cmocka_unit_test(versions),
		cmocka_unit_test(production_and_rights),
	};

	return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
