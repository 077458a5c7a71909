/* SPDX-License-Identifier: MIT */
/*
 * The sampler on real programs: known shares come out, children and threads are followed, stacks
 * are complete, every failure has its name, and nothing is left behind when we are killed.
 */
#include "base/clock.h"
#include "base/exit_code.h"
#include "base/file.h"
#include "collect/perf_event.h"
#include "collect/sampler.h"
#include "collect/task_tree.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static char load_path[512];
static bool perf_works;

static int group_setup(void **state)
{
	const char *build = getenv("PERF_OPS_BUILD");
	enum perf_rung rung = PERF_RUNG_CPU_CLOCK;
	bool user_only = false;

	snprintf(load_path, sizeof(load_path), "%s/tests/helpers/sampler-load",
		build ? build : "build");
	perf_works = perf_probe(&rung, &user_only, NULL) == 0;
	if (!perf_works)
		print_message("# perf_event_open is refused here: its tests are skipped\n");
	return path_exists(load_path) ? 0 : -1;
}

static int sample(const char *mode, const char *seconds, const char *rung, struct profile **ret,
	struct sampler_outcome *outcome, struct err *err)
{
	const char *const argv[] = { load_path, mode, seconds, NULL };

	return sampler_run(
		&(struct sampler_opts){ .argv = argv, .force_rung = rung, .child_stdout = -1 }, ret,
		outcome, err);
}

/* Share of the profile's CPU time in stacks that contain the function. */
static double share(const struct profile *p, const char *function)
{
	int64_t in = 0, total = profile_total(p, 0);

	vec_foreach (s, &p->samples)
		for (uint32_t n = s->stack; n; n = p->stacks.v[n].parent) {
			const struct frame *f = &p->frames.v[p->stacks.v[n].frame];

			if (strcmp(profile_str(p, f->function), function) == 0) {
				in += s->value[0];
				break;
			}
		}
	return total ? (double)in / (double)total : 0;
}

static void check_ratio(const struct profile *p, double margin)
{
	static const struct {
		const char *name;
		double want;
	} parts[] = { { "work_a", 0.5 }, { "work_b", 0.3 }, { "work_c", 0.2 } };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		double got = share(p, parts[i].name);

		print_message("# %s %.1f %% (wanted %.0f)\n", parts[i].name, got * 100,
			parts[i].want * 100);
		assert_true(got > parts[i].want - margin && got < parts[i].want + margin);
	}
}

static void print_quality(const struct profile *p)
{
	const struct profile_quality *q = &p->quality;

	print_message("# %s: %llu samples, %.0f Hz, %.2f %% complete, lost %llu, own %.1f ms, "
		      "slowdown %.2f %%, longest stop %.2f ms\n",
		q->rung, (unsigned long long)q->samples, q->achieved_hz,
		100 - 100 * (double)q->truncated / (double)q->samples, (unsigned long long)q->lost,
		(double)q->own_cpu_ns / 1e6, q->slowdown_ratio * 100, (double)q->max_stop_ns / 1e6);
}

/* The stated slowdown and totals must agree with each other and with the clock of the OS. */
static void check_totals(const struct profile *p, double cpu_s)
{
	const struct profile_quality *q = &p->quality;

	assert_true((double)q->target_cpu_ns > cpu_s * 0.95e9);
	assert_true((double)q->target_cpu_ns < cpu_s * 1.5e9);
	assert_true((double)profile_total(p, 0) > 0.9 * (double)q->target_cpu_ns);
	assert_true((double)profile_total(p, 0) < 1.1 * (double)q->target_cpu_ns);
	assert_int_equal(profile_total_count(p), q->samples + q->kernel_hidden);
}

static void run_ratio(const char *mode, const char *rung, double margin)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	struct sampler_outcome out;
	struct err err = { 0 };

	if (sample(mode, "2", rung, &p, &out, &err) < 0)
		fail_msg("%s", err.msg);
	print_quality(p);
	assert_int_equal(out.exit_code, 3);
	assert_true(out.target_ended);
	assert_true(out.max_rss_bytes > 0);
	check_totals(p, 2);
	check_ratio(p, margin);
}

static void test_ratio(void **state)
{
	if (!perf_works)
		skip();
	run_ratio("ratio", NULL, 0.03);
}

static void test_ratio_user_only(void **state)
{
	if (!perf_works)
		skip();
	run_ratio("ratio", "user", 0.03);
}

static void test_ratio_threads(void **state)
{
	if (!perf_works)
		skip();
	run_ratio("threads", NULL, 0.03);
}

static void test_ratio_ptrace(void **state)
{
	run_ratio("ratio", "ptrace", 0.05);
}

static void test_ratio_ptrace_threads(void **state)
{
	run_ratio("threads", "ptrace", 0.08);
}

static void run_children(const char *rung)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	struct err err = { 0 };

	if (sample("children", "2", rung, &p, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	print_quality(p);
	assert_true(p->quality.n_processes >= 2);
	assert_true(share(p, "work_a") > 0.4);
}

static void test_children(void **state)
{
	if (!perf_works)
		skip();
	run_children(NULL);
}

static void test_children_ptrace(void **state)
{
	run_children("ptrace");
}

static void run_complete(const char *mode, const char *rung, const char *outer)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	struct err err = { 0 };

	if (sample(mode, "2", rung, &p, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	print_quality(p);
	assert_true((double)p->quality.truncated <= 0.005 * (double)p->quality.samples);
	assert_true(share(p, outer) > 0.9);
	assert_true(share(p, "_start") > 0.9);
}

static void test_complete_qsort(void **state)
{
	if (!perf_works)
		skip();
	run_complete("qsort", NULL, "sort_once");
}

static void test_complete_ptrace(void **state)
{
	run_complete("qsort", "ptrace", "sort_once");
}

static void test_through_signal_handler(void **state)
{
	if (!perf_works)
		skip();
	run_complete("signal", NULL, "raise");
}

/* A container that refuses perf_event_open: the same command still gives a profile. */
static long refuse(struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags)
{
	errno = EPERM;
	return -1;
}

static void test_refused_falls_to_ptrace(void **state)
{
	long (*real)(struct perf_event_attr *, pid_t, int, int, unsigned long) =
		perf_event_open_call;
	_cleanup_(profile_freep) struct profile *p = NULL;
	struct err err = { 0 };

	perf_event_open_call = refuse;
	int r = sample("ratio", "0.5", NULL, &p, NULL, &err);

	perf_event_open_call = real;
	if (r < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(p->quality.rung, "ptrace stops");
	assert_true(p->quality.stopped);
	assert_true(p->quality.max_stop_ns > 0);
}

/* ---- named failures ---- */

static void check_error(const struct sampler_opts *o, int exit_code, const char *part)
{
	struct profile *p = NULL;
	struct err err = { 0 };
	int r = sampler_run(o, &p, NULL, &err);

	print_message("# %s (%s)\n", err.msg, err.hint);
	assert_true(r < 0);
	assert_null(p);
	assert_int_equal(err.exit_code, exit_code);
	assert_non_null(strstr(err.msg, part));
}

static pid_t start_load(const char *mode, const char *seconds)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(load_path, load_path, mode, seconds, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 200; i++) { /* until its exec is through */
		_cleanup_(buf_done) struct buf b = { 0 };
		_cleanup_(freep) char *path = xasprintf("/proc/%d/comm", (int)pid);

		if (file_read(path, 64, &b, NULL) == 0 && strstr(buf_cstr(&b), "sampler-load"))
			break;
		sleep_ns(5000000);
	}
	return pid;
}

static void end_load(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_named_failures(void **state)
{
	const char *const missing[] = { "/nonexistent/program", NULL };
	const char *const quick[] = { "true", NULL };
	pid_t gone = fork();

	if (gone == 0)
		_exit(0);
	check_error(&(struct sampler_opts){ .argv = missing, .child_stdout = -1 },
		EXIT_NOT_MEASURED, "cannot run '/nonexistent/program'");
	check_error(
		&(struct sampler_opts){
			.argv = missing, .child_stdout = -1, .force_rung = "ptrace" },
		EXIT_NOT_MEASURED, "cannot run '/nonexistent/program'");
	check_error(&(struct sampler_opts){ .argv = quick, .child_stdout = -1, .hz = 20 },
		EXIT_NOT_MEASURED, "no samples: 'true' ran");
	sleep_ns(50000000);
	check_error(&(struct sampler_opts){ .pid = gone }, EXIT_NOT_MEASURED, "has already ended");
	waitpid(gone, NULL, 0);
	check_error(
		&(struct sampler_opts){ .pid = gone }, EXIT_NOT_MEASURED, "there is no process");
	check_error(&(struct sampler_opts){ .pid = 2 }, EXIT_NOT_MEASURED, "kernel thread");
}

static void test_idle_and_dying_targets(void **state)
{
	if (!perf_works)
		skip();
	pid_t pid = start_load("sleep", "60");

	check_error(&(struct sampler_opts){ .pid = pid, .duration_ns = 300000000 },
		EXIT_NOT_MEASURED, "was idle");
	end_load(pid);

	_cleanup_(profile_freep) struct profile *p = NULL;
	struct sampler_outcome out;
	struct err err = { 0 };

	pid = start_load("ratio", "0.7");
	if (sampler_run(
		    &(struct sampler_opts){ .pid = pid, .hz = 999, .duration_ns = 20000000000u },
		    &p, &out, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(out.target_ended);
	assert_non_null(p->caveats.first);
	assert_string_equal(p->caveats.first->id, "target-ended");
	end_load(pid);
}

static void test_attach_never_stops(void **state)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	struct sampler_outcome out;
	struct err err = { 0 };

	if (!perf_works)
		skip();
	pid_t pid = start_load("threads", "30");

	if (sampler_run(&(struct sampler_opts){ .pid = pid, .hz = 499, .duration_ns = 1000000000 },
		    &p, &out, &err) < 0)
		fail_msg("%s", err.msg);
	print_quality(p);
	assert_false(p->quality.stopped);
	assert_false(out.target_ended);
	assert_int_equal(out.exit_code, -1);
	assert_true(p->quality.n_threads >= 3);
	/* every sample once: the rate is not higher than asked for */
	assert_true(p->quality.achieved_hz < 499 * 1.03);
	assert_true(p->quality.achieved_hz > 499 * 0.9);
	end_load(pid);
}

static int stop_at_once(void *ctx, uint64_t elapsed_ns, uint64_t samples)
{
	++*(int *)ctx;
	return samples > 20;
}

static void test_stop_by_callback(void **state)
{
	const char *const argv[] = { load_path, "ratio", "60", NULL };
	int calls = 0;

	for (int i = 0; i < 2; i++) {
		_cleanup_(profile_freep) struct profile *p = NULL;
		struct sampler_outcome out;
		struct err err = { 0 };

		if (i == 0 && !perf_works)
			continue;
		if (sampler_run(&(struct sampler_opts){ .argv = argv,
					.child_stdout = -1,
					.force_rung = i ? "ptrace" : NULL,
					.progress = stop_at_once,
					.progress_ctx = &calls },
			    &p, &out, &err) < 0)
			fail_msg("%s", err.msg);
		assert_true(out.wall_ns < 5000000000u);
		assert_int_equal(out.signal, SIGTERM); /* what we started, we end */
		assert_true(p->quality.samples > 20);
	}
	assert_true(calls >= 1);
}

/* ---- killed ---- */

static char task_state(pid_t pid)
{
	struct proc_task_stat st;

	return task_stat_read(pid, &st) ? st.state : '-';
}

static uint64_t tracer_of(pid_t pid)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	_cleanup_(freep) char *path = xasprintf("/proc/%d/status", (int)pid);
	struct proc_task_status st = { 0 };

	if (file_read(path, 65536, &b, NULL) == 0)
		proc_task_status_parse(buf_span(&b), &st, NULL);
	return st.tracer;
}

static void killed_while_sampling(const char *rung, unsigned kill_after_us)
{
	const char *const argv[] = { load_path, "stopped", "20", NULL };
	int out[2];
	char text[32] = "";

	assert_int_equal(pipe(out), 0);
	pid_t sampler = fork();

	if (sampler == 0) {
		struct profile *p;

		sampler_run(
			&(struct sampler_opts){
				.argv = argv, .child_stdout = out[1], .force_rung = rung },
			&p, NULL, NULL);
		_exit(0);
	}
	close(out[1]);
	assert_true(read(out[0], text, sizeof(text) - 1) > 0);
	close(out[0]);

	uint64_t load;

	assert_true(span_parse_u64(span_trim(span_str(text)), &load));
	usleep(kill_after_us);
	kill(sampler, SIGKILL);
	waitpid(sampler, NULL, 0);
	usleep(30000);
	/* the program goes on as if nothing had been there */
	assert_int_equal(task_state((pid_t)load), 'R');
	assert_int_equal(tracer_of((pid_t)load), 0);
	kill((pid_t)load, SIGKILL);
}

static void test_kill_leaves_nothing(void **state)
{
	for (unsigned i = 0; i < 20; i++) {
		killed_while_sampling("ptrace", 20000 + 7777 * i);
		if (perf_works && i < 3)
			killed_while_sampling(NULL, 50000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ratio),
		cmocka_unit_test(test_ratio_user_only),
		cmocka_unit_test(test_ratio_threads),
		cmocka_unit_test(test_ratio_ptrace),
		cmocka_unit_test(test_ratio_ptrace_threads),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_children_ptrace),
		cmocka_unit_test(test_complete_qsort),
		cmocka_unit_test(test_complete_ptrace),
		cmocka_unit_test(test_through_signal_handler),
		cmocka_unit_test(test_refused_falls_to_ptrace),
		cmocka_unit_test(test_named_failures),
		cmocka_unit_test(test_idle_and_dying_targets),
		cmocka_unit_test(test_attach_never_stops),
		cmocka_unit_test(test_stop_by_callback),
		cmocka_unit_test(test_kill_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
