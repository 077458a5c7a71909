/* SPDX-License-Identifier: MIT */
/*
 * The baseline beside vmstat, iostat, free and sar over the same seconds, under a small load of our
 * own. Each tool takes its own window, so they agree within a tolerance, not exactly; a tool that
 * is not installed is left out and said.
 */
#include "base/file.h"
#include "base/spawn.h"
#include "collect/baseline.h"
#include "unit.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WINDOW_S = 3, TOOLS = 4 };

static struct arena arena;

/* ---- load ---------------------------------------------------------------------------------- */

static void compute_half(void)
{
	for (;;) {
		for (volatile unsigned i = 0; i < 20000000; i++)
			;
		usleep(20000);
	}
}

/* Writes around and to the disk; the file has no name, so nothing stays behind. */
static void write_file(void)
{
	static char block[1 << 16];
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);

	for (off_t at = 0; fd >= 0; at = (at + (off_t)sizeof(block)) % (64 << 20)) {
		if (pwrite(fd, block, sizeof(block), at) < 0 || fdatasync(fd) < 0)
			break;
		usleep(5000);
	}
	pause();
}

static pid_t start(void (*body)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body();
		_exit(0);
	}
	return pid;
}

/* ---- tools --------------------------------------------------------------------------------- */

static const char *const commands[TOOLS][8] = {
	{ "vmstat", "-w", "3", "2", NULL },
	{ "iostat", "-dxk", "-y", "3", "1", NULL },
	{ "free", "-b", NULL },
	{ "sar", "-u", "ALL", "3", "1", NULL },
};
static struct spawn_result results[TOOLS];
static int rc[TOOLS];

static void *run_tools(void *arg)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin:/usr/sbin", "LC_ALL=C",
		"S_TIME_FORMAT=ISO", NULL };
	struct spawn_opts opts[TOOLS];

	for (size_t i = 0; i < TOOLS; i++)
		opts[i] = (struct spawn_opts){ .argv = commands[i],
			.envp = env,
			.timeout_ns = 20000000000ull,
			.max_output = 100000 };
	spawn_run_all(opts, TOOLS, results, rc);
	return arg;
}

/* Words of the n-th line (from the end when negative) of a tool's output. */
static size_t words_of_line(struct span text, int line, struct span *words, size_t max)
{
	struct span l, all[400];
	size_t n = 0, w = 0;

	while (n < ARRAY_LEN(all) && span_next_line(&text, &l))
		if (span_trim(l).n)
			all[n++] = l;
	if ((line < 0 ? (size_t)-line : (size_t)line + 1) > n)
		return 0;
	l = all[line < 0 ? n - (size_t)-line : (size_t)line];
	while (w < max && span_next_word(&l, &words[w]))
		w++;
	return w;
}

static double number(struct span word)
{
	double v = NAN;

	span_parse_double(word, &v);
	return v;
}

/* Value under a heading: both lines have the same number of words. */
static double column(struct span text, int heading, int line, const char *name, size_t shift)
{
	struct span names[64], values[64];
	size_t n = words_of_line(text, heading, names, 64),
	       m = words_of_line(text, line, values, 64);

	for (size_t i = 0; i < n; i++)
		if (span_eq(names[i], name) && i + shift < m)
			return number(values[i + shift]);
	return NAN;
}

static unsigned compared;

static void close_to(const char *what, double ours, double theirs, double tolerance)
{
	if (isnan(theirs)) {
		print_message("# %s: not understood\n", what);
		return;
	}
	print_message("# %s: %.4g here, %.4g there (± %.3g)\n", what, ours, theirs, tolerance);
	compared++;
	if (!(fabs(ours - theirs) <= tolerance))
		fail_msg(
			"%s: %g here, %g there, more than %g apart", what, ours, theirs, tolerance);
}

static bool ran(size_t tool)
{
	bool ok = rc[tool] == 0 && results[tool].exit_code == 0;

	if (!ok)
		print_message("# %s is not installed: not compared\n", commands[tool][0]);
	return ok;
}

static void against_vmstat(const struct baseline *b, struct span out)
{
	/* headings: the second line; the last line is the mean of the window */
	double user = column(out, 1, -1, "us", 0), system = column(out, 1, -1, "sy", 0);
	double ours_user = 100 * b->cpu.user_ratio,
	       ours_system = 100 * (b->cpu.system_ratio + b->cpu.irq_ratio);

	/* whole percents there; our own share is taken out here */
	close_to("vmstat us", ours_user, user, 5);
	close_to("vmstat sy", ours_system, system, 5);
	close_to("vmstat id", 100 * b->cpu.idle_ratio, column(out, 1, -1, "id", 0), 5);
	close_to("vmstat wa", 100 * b->cpu.iowait_ratio, column(out, 1, -1, "wa", 0), 5);
	close_to("vmstat st", 100 * b->cpu.steal_ratio, column(out, 1, -1, "st", 0), 5);
	double cs = column(out, 1, -1, "cs", 0);

	close_to("vmstat cs", b->cpu.context_switches_per_s, cs, 0.35 * cs + 300);
	double free_kib = column(out, 1, -1, "free", 0);

	close_to("vmstat free MiB", (double)b->memory.free_bytes / 1048576, free_kib / 1024, 400);
	close_to("vmstat swpd MiB", (double)b->memory.swap_used_bytes / 1048576,
		column(out, 1, -1, "swpd", 0) / 1024, 50);
}

static void against_free(const struct baseline *b, struct span out)
{
	/* "Mem:" is a word more than the headings have */
	double mib = 1048576;

	close_to("free total MiB", (double)b->memory.total_bytes / mib,
		column(out, 0, 1, "total", 1) / mib, 0.1);
	close_to("free available MiB", (double)b->memory.available_bytes / mib,
		column(out, 0, 1, "available", 1) / mib, 500);
	close_to("free buff/cache MiB", (double)b->memory.cached_bytes / mib,
		column(out, 0, 1, "buff/cache", 1) / mib, 500);
	close_to("free swap MiB", (double)b->memory.swap_total_bytes / mib,
		column(out, 0, 2, "total", 1) / mib, 0.1);
}

static void against_sar(const struct baseline *b, struct span out)
{
	/* "Average: all ..." under "... CPU %usr ..."; the time takes the place of "Average:" */
	close_to("sar %idle", 100 * b->cpu.idle_ratio, column(out, 1, -1, "%idle", 0), 5);
	close_to("sar %iowait", 100 * b->cpu.iowait_ratio, column(out, 1, -1, "%iowait", 0), 5);
	close_to("sar %steal", 100 * b->cpu.steal_ratio, column(out, 1, -1, "%steal", 0), 5);
	close_to("sar %usr", 100 * b->cpu.user_ratio,
		column(out, 1, -1, "%usr", 0) + column(out, 1, -1, "%nice", 0), 5);
}

/* Every disk that iostat lists and we list too; the headings are the line that starts "Device". */
static void against_iostat(const struct baseline *b, struct span out)
{
	struct span words[64];
	int heading = -1;

	for (int i = 0; heading < 0 && i < 20; i++)
		if (words_of_line(out, i, words, 64) && span_eq(words[0], "Device"))
			heading = i;
	assert_true(heading >= 0);
	for (int i = heading + 1; words_of_line(out, i, words, 64); i++) {
		for (size_t d = 0; d < b->n_disks; d++) {
			const struct baseline_disk *disk = &b->disks[d];

			if (!span_eq(words[0], disk->name))
				continue;
			double written = column(out, heading, i, "wkB/s", 0);

			close_to("iostat %util", 100 * disk->util_ratio,
				column(out, heading, i, "%util", 0), 5);
			close_to("iostat wkB/s", disk->write_bytes_per_s / 1024, written,
				0.4 * written + 2000);
			double writes = column(out, heading, i, "w/s", 0);

			close_to("iostat w/s", disk->writes_per_s, writes, 0.4 * writes + 50);
			close_to("iostat aqu-sz", disk->queue, column(out, heading, i, "aqu-sz", 0),
				0.5);
		}
	}
}

static void test_against_tools(void **state)
{
	struct baseline_opts opts = { .window_s = WINDOW_S, .knowledge = knowledge_builtin() };
	struct caveats caveats = { 0 };
	struct baseline b;
	struct err err = { 0 };
	pthread_t tools;
	pid_t load[] = { start(compute_half), start(write_file) };

	usleep(300000);
	assert_int_equal(pthread_create(&tools, NULL, run_tools, NULL), 0);
	int r = baseline_take(&opts, &arena, &caveats, &b, &err);

	pthread_join(tools, NULL);
	for (size_t i = 0; i < ARRAY_LEN(load); i++) {
		kill(load[i], SIGKILL);
		waitpid(load[i], NULL, 0);
	}
	if (r < 0)
		fail_msg("%s", err.msg);
	if (ran(0))
		against_vmstat(&b, buf_span(&results[0].out));
	if (ran(1))
		against_iostat(&b, buf_span(&results[1].out));
	if (ran(2))
		against_free(&b, buf_span(&results[2].out));
	if (ran(3))
		against_sar(&b, buf_span(&results[3].out));
	for (size_t i = 0; i < TOOLS; i++)
		spawn_result_done(&results[i]);
	if (compared == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_against_tools) };
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	arena_done(&arena);
	return r;
}
