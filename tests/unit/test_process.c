/* SPDX-License-Identifier: MIT */
/* Process inspection: recorded processes for the judgements, live ones for what only a kernel
 * gives. */
#include "diagnose/process.h"
#include "diagnose/process_build.h"
#include "diagnose/process_find.h"
#include "diagnose/process_flags.h"
#include "diagnose/process_runtime.h"
#include "base/file.h"
#include "base/spawn.h"
#include "fixture_tree.h"
#include "parse/elf_image.h"
#include "unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena arena;

static int teardown(void **state)
{
	arena_done(&arena);
	return 0;
}

static void test_version_match(void **state)
{
	assert_string_equal(
		version_match("/usr/lib/libpython3.11.so.1.0", "libpython{version}.so", &arena),
		"3.11");
	assert_string_equal(
		version_match("/x/libpython3.9d.so", "libpython{version}.so", &arena), "");
	assert_string_equal(
		version_match("/node-v20.1.0.tar.gz", "/node-v{version}.tar.gz", &arena), "20.1.0");
	assert_string_equal(
		version_match("rustc version 1.75.0 (x)", "rustc version {version}", &arena),
		"1.75.0");
	assert_string_equal(version_match("a 1. b", "a {version}", &arena), "1");
	assert_string_equal(version_match("no", "{version}", &arena), "");
	assert_string_equal(version_match("", "x", &arena), "");
}

static void test_runtimes(void **state)
{
	static const struct {
		const char *exe, *module, *producer, *go, *runtime, *version, *language;
	} cases[] = {
		{ "/usr/bin/python3.9", "", "", "", "python", "3.9", "python" },
		{ "/opt/app/server", "/opt/py/libpython3.12.so.1.0", "", "", "python", "3.12",
			"python" },
		{ "/usr/lib/jvm/java-17-nowhere/bin/java",
			"/usr/lib/jvm/java-17-nowhere/lib/server/libjvm.so", "", "", "java", "17",
			"java" },
		/* Python that loads a JVM stays Python */
		{ "/usr/bin/python3.11", "/usr/lib/jvm/lib/server/libjvm.so", "", "", "python",
			"3.11", "python" },
		{ "/usr/share/dotnet/dotnet",
			"/usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/libcoreclr.so", "",
			"", "dotnet", "8.0.1", "dotnet" },
		{ "/usr/bin/ruby3.1", "/usr/lib/x86_64-linux-gnu/libruby-3.1.so.3.1", "", "",
			"ruby", "3.1", "ruby" },
		{ "/usr/sbin/php-fpm8.2", "", "", "", "php", "8.2", "php" },
		{ "/srv/api", "", "", "go1.22.3", "go", "1.22.3", "go" },
		{ "/srv/api", "", "rustc version 1.75.0 (82e1608df 2023-12-21)", "", "rust",
			"1.75.0", "rust" },
		{ "/srv/api", "/usr/lib/libstdc++.so.6.0.30", "GCC: (Debian 12.2.0-14) 12.2.0", "",
			"native", "12.2.0", "cpp" },
		{ "/srv/api", "", "GCC: (Debian 12.2.0-14) 12.2.0", "", "native", "12.2.0", "c" },
		{ "/srv/api", "", "", "", "", "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *modules[] = { cases[i].module };
		struct process_view v = { .a = &arena,
			.pid = getpid(),
			.exe = cases[i].exe,
			.modules = { modules, *cases[i].module ? 1 : 0 } };
		struct build_notes notes = { .producer = cases[i].producer,
			.language = "",
			.go_version = cases[i].go,
			.go_module = "",
			.go_flags = "" };
		struct process_info info = { 0 };
		const char *file;

		process_runtime_judge(&v, &notes, knowledge_builtin(), &info, &file);
		if (strcmp(info.runtime, cases[i].runtime) != 0 ||
			strcmp(info.version, cases[i].version) != 0 ||
			strcmp(info.language, cases[i].language) != 0)
			fail_msg("%s: %s %s %s", cases[i].exe, info.runtime, info.version,
				info.language);
	}
}

static void test_flags(void **state)
{
	static const struct {
		const char *runtime;
		const char *args[5], *env[3];
		const char *text;
		bool debug;
	} cases[] = {
		{ "python", { "python", "-X", "dev", "a.py" }, { NULL }, "-X dev: development mode",
			true },
		{ "python", { "python", "a.py" }, { "PYTHONUNBUFFERED=1" }, "PYTHONUNBUFFERED=1",
			false },
		{ "node", { "node", "--inspect=127.0.0.1:9229", "a.js" }, { NULL }, "debugger",
			true },
		{ "node", { "node", "a.js" }, { "NODE_OPTIONS=--max-old-space-size=64 --no-opt" },
			"--max-old-space-size=64", true },
		{ "java", { "java", "-Xint", "-jar", "a.jar" }, { NULL }, "interpreter only",
			true },
		{ "java", { "java", "-jar", "a.jar" }, { "JAVA_TOOL_OPTIONS=-XX:+UseSerialGC" },
			"one thread collects", false },
		{ "go", { "api" }, { "GOGC=off" }, "GOGC=off", false },
		{ "cpp", { "api" }, { "MALLOC_PERTURB_=5" }, "allocator checks", true },
		{ "python", { "python", "a.py" }, { "GOGC=off" }, NULL, false },
	};
	const struct knowledge *k = knowledge_builtin();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct process_view v = { .a = &arena, .exe = "", .env_known = true };
		struct k_runtime runtime = { .id = cases[i].runtime };
		struct process_info info = { .build_because = "" };
		bool found = false;

		v.args.v = (const char **)(uintptr_t)cases[i].args;
		v.env.v = (const char **)(uintptr_t)cases[i].env;
		while (v.args.n < 5 && cases[i].args[v.args.n])
			v.args.n++;
		while (v.env.n < 3 && cases[i].env[v.env.n])
			v.env.n++;
		process_flags_judge(&v, &runtime, k, NULL, &info);
		for (size_t f = 0; f < info.n_flags; f++)
			found = found || !cases[i].text || strstr(info.flags[f], cases[i].text);
		if (found != (cases[i].text != NULL))
			fail_msg("case %zu: %zu flags, %s", i, info.n_flags,
				info.n_flags ? info.flags[0] : "");
		assert_int_equal(info.debug_build, cases[i].debug);
	}
}

/* A setting that is missing where a limit calls for it. */
static void test_flag_from_limits(void **state)
{
	const char *args[] = { "api" }, *env[] = { "GOMAXPROCS=2" };
	struct process_view v = { .a = &arena, .exe = "", .args = { args, 1 }, .env_known = true };
	struct k_runtime runtime = { .id = "go" };
	struct baseline b = { .taken = true,
		.cpu = { .cores = 8 },
		.cgroup = { .known = true, .cpu_limit_cores = 1.5, .throttled_ratio = -1 } };
	struct process_info info = { .build_because = "" };
	struct metrics m;

	metrics_init(&m, knowledge_builtin(), &b);
	process_flags_judge(&v, &runtime, knowledge_builtin(), &m, &info);
	assert_non_null(strstr(info.flags[0], "it is 8 although the quota is 1.5 cores"));
	v.env.v = env;
	v.env.n = 1;
	process_flags_judge(&v, &runtime, knowledge_builtin(), &m, &info);
	for (size_t i = 0; i < info.n_flags; i++)
		assert_null(strstr(info.flags[i], "is not set"));
}

static void test_command_line_hides_secrets(void **state)
{
	const char *args[] = { "app", "--password", "hunter2",
		"--db=postgres://joe:hunter2@db/x?y=1", "--api-key=hunter2", "PGPASSWORD=hunter2",
		"--user", "joe", "a\nb" };
	struct string_list list = { args, ARRAY_LEN(args) };
	const char *line = process_view_command_line(&list, &arena, 500);

	assert_string_equal(line,
		"app --password *** --db=postgres://joe:***@db/x?y=1 --api-key=*** PGPASSWORD=*** "
		"--user joe a b");
	assert_int_equal(strlen(process_view_command_line(&list, &arena, 10)), 10);
}

/* ---- recorded processes --------------------------------------------------------------------- */

static void record(struct fixture_tree *t, int pid, const char *comm, const char *status)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "proc/%d/stat", pid);
	snprintf(text, sizeof(text),
		"%d (%s) S 1 1 1 0 -1 4194304 0 0 0 0 5 5 0 0 20 0 3 0 100 1000000 300 "
		"18446744073709551615 0 0 0",
		pid, comm);
	fixture_tree_file(t, path, text);
	snprintf(path, sizeof(path), "proc/%d/status", pid);
	fixture_tree_file(t, path, status);
	snprintf(path, sizeof(path), "proc/%d/cmdline", pid);
	fixture_tree_file(t, path, comm);
}

static void test_recorded(void **state)
{
	struct fixture_tree t;
	struct process_opts opts = { .pid = 71, .knowledge = knowledge_builtin() };
	struct process_info p;
	struct caveats caveats = { 0 };
	struct err err = { 0 };
	bool traced = false;
	pid_t pid;

	fixture_tree_init(&t);
	fixture_tree_machine(&t);
	record(&t, 71, "api", "Uid:\t0\t0\nTracerPid:\t99\nVmRSS:\t 500 kB\n");
	record(&t, 72, "api", "Uid:\t0\t0\n");
	record(&t, 73, "worker: main", "Uid:\t0\t0\n");
	fixture_tree_file(&t, "proc/71/cgroup",
		"0::/system.slice/docker-0123456789abcdef0123456789abcdef.scope\n");
	opts.root = t.root;
	assert_int_equal(process_inspect(&opts, &arena, &caveats, &p, NULL, &err), 0);
	assert_int_equal(p.tracer, 99);
	assert_int_equal(p.rss_bytes, 500 * 1024);
	assert_int_equal(p.threads, 3);
	assert_string_equal(p.container, "docker:0123456789ab");
	for (struct caveat *c = caveats.first; c; c = c->next)
		traced = traced || strcmp(c->id, "already-traced") == 0;
	assert_true(traced);
	assert_int_equal(process_lookup("71", t.root, &pid, &err), 0);
	assert_int_equal(process_lookup("api", t.root, &pid, &err), -EEXIST);
	assert_non_null(strstr(err.msg, "71 (api), 72 (api)"));
	assert_int_equal(process_lookup("worker", t.root, &pid, &err), 0);
	assert_int_equal(pid, 73);
	assert_int_equal(process_lookup("nobody", t.root, &pid, &err), -ESRCH);
	assert_int_equal(process_lookup("12345", t.root, &pid, &err), -ESRCH);
	assert_int_equal(process_lookup("", t.root, &pid, &err), -EINVAL);
	assert_int_equal(process_lookup(":70000", t.root, &pid, &err), -EINVAL);
	assert_int_equal(process_lookup(":80", t.root, &pid, &err), -ENOENT);
	opts.pid = 555;
	assert_int_equal(process_inspect(&opts, &arena, &caveats, &p, NULL, &err), -ESRCH);
	fixture_tree_done(&t);
}

/* ---- live ----------------------------------------------------------------------------------- */

static void test_self(void **state)
{
	struct process_opts opts = { .pid = getpid(), .knowledge = knowledge_builtin() };
	struct caveats caveats = { 0 };
	struct process_info p;
	struct process_view v;

	assert_int_equal(process_inspect(&opts, &arena, &caveats, &p, &v, NULL), 0);
	assert_string_equal(p.comm, "test_process");
	assert_string_equal(path_base(p.exe), "test_process");
	assert_string_equal(p.runtime, "native");
	assert_true(p.has_symbols);
	assert_int_equal(p.threads, 1);
	assert_int_equal(p.parent, getppid());
	assert_false(p.other_mount_ns || p.other_pid_ns || p.exe_deleted);
	assert_true(v.env_known && process_view_env(&v, "PATH"));
	assert_true(p.rss_bytes > 0 && p.start_age_ns < 3600ull * 1000000000);
}

static void test_port(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int ready[2];
	char spec[16];
	pid_t found = 0;
	struct err err = { 0 };

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 5), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	char c;

	assert_int_equal(read(ready[0], &c, 1), 1);
	close(fd); /* now only the child holds it */
	snprintf(spec, sizeof(spec), ":%u", ntohs(sa.sin_port));
	if (process_lookup(spec, NULL, &found, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(found, pid);
	struct process_opts opts = { .pid = pid, .knowledge = knowledge_builtin() };
	struct caveats caveats = { 0 };
	struct process_info p;

	assert_int_equal(process_inspect(&opts, &arena, &caveats, &p, NULL, &err), 0);
	assert_int_equal(p.n_listening, 1);
	assert_int_equal(p.listening[0], ntohs(sa.sin_port));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
}

/* Thirty small functions, so that shares mean something. */
static const char source[] =
	"int rand(void);\n"
	"#define F(n) __attribute__((noinline)) int f##n(int a, int b) { int s = a; for (int i = "
	"0; i < b; i++) "
	"s += rand() * n ^ s; return s; }\n"
	"#define T(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) F(n##8) "
	"F(n##9)\n"
	"T(1) T(2) T(3)\n"
	"int main(int c, char **v) { return f10(c, 2) + f29(c, 3) + f35(c, 4); }\n";

static bool compile(const char *dir, const char *flags, const char *out)
{
	char *script = arena_printf(&arena, "cc %s -x c - -o %s/%s", flags, dir, out);
	const char *argv[] = { "sh", "-c", script, NULL };
	struct spawn_opts opts = { .argv = argv,
		.timeout_ns = 30000000000ull,
		.max_output = 10000,
		.input = span_str(source) };
	struct spawn_result r = { 0 };
	bool ok = spawn_run(&opts, &r, NULL) == 0 && r.exit_code == 0;

	spawn_result_done(&r);
	return ok;
}

static void test_builds(void **state)
{
	static const struct {
		const char *flags;
		bool known, debug, symbols, dwarf, frames;
	} cases[] = {
		{ "-O0 -g", true, true, true, true, true },
		{ "-O0 -s", true, true, false, false, true },
		{ "-O2 -g", true, false, true, true, false },
		{ "-O2 -fno-omit-frame-pointer -g", true, false, true, true, true },
		{ "-O2 -s", false, false, false, false, false },
	};
	struct fixture_tree t;

	fixture_tree_init(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct process_info p = { 0 };
		struct build_notes notes;
		struct caveats caveats = { 0 };

		if (!compile(t.root, cases[i].flags, "prog")) {
			fixture_tree_done(&t);
			skip(); /* no C compiler here */
		}
		const char *path = path_join(&arena, t.root, "prog");

		process_build_read(
			path, path, false, knowledge_builtin(), &arena, &caveats, &p, &notes);
		if (p.debug_build_known != cases[i].known || p.debug_build != cases[i].debug ||
			p.has_symbols != cases[i].symbols || p.has_debug_info != cases[i].dwarf)
			fail_msg("%s: known %d debug %d symbols %d dwarf %d (%s)", cases[i].flags,
				p.debug_build_known, p.debug_build, p.has_symbols, p.has_debug_info,
				p.build_because);
#if defined(__x86_64__)
		if (!p.frame_pointers_known || p.frame_pointers != cases[i].frames)
			fail_msg("%s: frame pointers %d, ratio %g", cases[i].flags,
				p.frame_pointers, p.frame_pointer_ratio);
#endif
	}
	fixture_tree_done(&t);
}

static void test_not_elf(void **state)
{
	struct process_info p = { 0 };
	struct build_notes notes;
	struct caveats caveats = { 0 };

	process_build_read("/proc/self/status", "status", false, knowledge_builtin(), &arena,
		&caveats, &p, &notes);
	assert_false(notes.is_elf);
	assert_int_equal(caveats.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version_match),
		cmocka_unit_test(test_runtimes),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_flag_from_limits),
		cmocka_unit_test(test_command_line_hides_secrets),
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_self),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_builds),
		cmocka_unit_test(test_not_elf),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
