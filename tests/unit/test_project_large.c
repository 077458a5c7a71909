/* SPDX-License-Identifier: MIT */
/*
 * Project detection on a tree of 100,000 files: at most a second of CPU time and 30 MB. CPU time,
 * because a machine that runs other tests makes the wall clock say nothing; the wall is printed.
 */
#include "diagnose/project.h"

#include "base/file.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 100000, PER_DIR = 50, PER_PACKAGE = 1000, MAX_RSS_KIB = 30 * 1024 };

static const char *const extensions[] = { "py", "js", "ts", "go", "java", "c", "h", "cpp", "rs",
	"md", "json", "yaml", "png", "css", "html" };

static void write_file(int dirfd, const char *name, const char *text, size_t n)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0 && write(fd, text, n) == (ssize_t)n);
	close(fd);
}

static int open_dir(int parent, const char *name)
{
	assert_true(mkdirat(parent, name, 0755) == 0);
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void make_tree(int root)
{
	static const char manifest[] =
		"{\"name\": \"part\", \"dependencies\": {\"express\": \"^4\"}}";
	char name[32], text[2400];
	int package = -1, dir = -1;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 40 == 39 ? '\n' : (char)('a' + i % 23);
	for (unsigned i = 0; i < FILES; i++) {
		if (i % PER_PACKAGE == 0) {
			snprintf(name, sizeof(name), "part%u", i / PER_PACKAGE);
			if (package >= 0)
				close(package);
			package = open_dir(root, name);
			write_file(package, "package.json", manifest, sizeof(manifest) - 1);
		}
		if (i % PER_DIR == 0) {
			snprintf(name, sizeof(name), "dir%u", i / PER_DIR);
			if (dir >= 0)
				close(dir);
			dir = open_dir(package, name);
		}
		snprintf(name, sizeof(name), "file%u.%s", i, extensions[i % ARRAY_LEN(extensions)]);
		write_file(dir, name, text, 100 + i % 2000);
	}
	close(package);
	close(dir);
}

/* VmHWM, not ru_maxrss: that one is inherited through exec from whoever started the test. */
static long own_peak_kib(void)
{
	struct buf b = { 0 };
	long kib = 0;

	assert_int_equal(file_read("/proc/self/status", 65536, &b, NULL), 0);
	const char *line = strstr(buf_cstr(&b), "VmHWM:");

	if (line)
		kib = strtol(line + strlen("VmHWM:"), NULL, 10);
	buf_done(&b);
	return kib;
}

static void hundred_thousand_files(void **state)
{
	char root[] = "/tmp/perf-ops-large-XXXXXX";
	uint64_t best_cpu_ns = UINT64_MAX, best_wall_ns = UINT64_MAX;

	(void)state;
	assert_non_null(mkdtemp(root));
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	make_tree(fd);
	close(fd);
	for (int run = 0; run < 3; run++) {
		struct arena a = { 0 };
		struct caveats c = { 0 };
		struct project p;
		uint64_t cpu = clock_self_cpu_ns(), wall = clock_mono_ns();

		assert_int_equal(project_detect(knowledge_builtin(), root, &a, &p, &c, NULL), 0);
		best_cpu_ns = MIN(best_cpu_ns, clock_self_cpu_ns() - cpu);
		best_wall_ns = MIN(best_wall_ns, clock_mono_ns() - wall);
		assert_int_equal(p.files_seen, FILES + FILES / PER_PACKAGE);
		assert_false(p.truncated);
		assert_int_equal(p.n_packages, 1 + FILES / PER_PACKAGE);
		arena_done(&a);
	}
	long peak_kib = own_peak_kib();

	printf("# %d files: %.0f ms wall, %.0f ms CPU, %ld KiB\n", FILES,
		(double)best_wall_ns / 1e6, (double)best_cpu_ns / 1e6, peak_kib);
	char *command = xasprintf("rm -rf '%s'", root);

	assert_int_equal(system(command), 0);
	free(command);
	assert_true(best_cpu_ns < 1000000000ull);
	assert_in_range(peak_kib, 1, MAX_RSS_KIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(hundred_thousand_files) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
