/* SPDX-License-Identifier: MIT */
/* Real programs with known allocations, launched and sampled. */
#include "collect/observe.h"
#include "model/resource.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static char program[4096], null_path[] = "/dev/null";

static int set_up(void **state)
{
	const char *build = getenv("PERF_OPS_BUILD");
	char dir[4096];

	if (!build)
		return -1;
	snprintf(program, sizeof(program), "%s/tests/helpers/alloc-load", build);
	snprintf(dir, sizeof(dir), "%s/src/preload", build);
	return setenv("PERF_OPS_LIBDIR", dir, 1);
}

struct seen {
	struct observation o;
	const struct profile *p;           /* of the allocation sampler */
	const struct memory_trend *memory; /* of the mapping collector */
};

static void watch(const char *const *argv, struct seen *ret)
{
	int null = open(null_path, O_WRONLY);
	struct observe_opts opts = { .sampler = { .argv = argv, .child_stdout = null },
		.wanted = RESOURCE_MEMORY,
		.deep = RESOURCE_MEMORY };
	struct err err = { 0 };

	*ret = (struct seen){ 0 };
	assert_int_equal(observe(&opts, &ret->o, &err), 0);
	close(null);
	assert_int_equal(ret->o.outcome.signal, 0);
	vec_foreach (x, &ret->o.observed) {
		if (strcmp(x->collector->name, "allocation sampler") == 0 &&
			x->collected.profiles.v.n)
			ret->p = x->collected.profiles.v.v[0];
		if (x->collected.memory)
			ret->memory = x->collected.memory;
	}
}

/* Sum of a value, and the raw samples, of stacks whose leaf is the function. */
static double value_of(const struct profile *p, const char *function, const char *type, double *n)
{
	int at = profile_type(p, type);
	double sum = 0;

	assert_true(at >= 0);
	*n = 0;
	vec_foreach (s, &p->samples) {
		const struct frame *f = &p->frames.v[p->stacks.v[s->stack].frame];

		if (strcmp(profile_str(p, f->function), function) != 0)
			continue;
		sum += (double)s->value[at];
		*n += (double)s->count;
	}
	return sum;
}

/*
 * Within five standard errors: 1 / sqrt(n) with n samples of equal weight. On a machine without a
 * free CPU the distance between samples changes much within such a short program, then few heavy
 * samples are worth an eighth of their number.
 */
static void expect_bytes(const struct profile *p, const char *function, double truth)
{
	double n, sum = value_of(p, function, "alloc_space", &n);
	double limit = 5 / sqrt(fmax(n / 8, 1));

	if (n < 20 || fabs(sum / truth - 1) > limit)
		fail_msg("%s: %.0f bytes of %.0f in %.0f samples, %llu lost", function, sum, truth,
			n, (unsigned long long)p->quality.lost);
}

static void expect_nothing_held(const struct profile *p)
{
	static const char *const sites[] = { "site_small", "site_medium", "site_large",
		"grow_by_realloc" };
	double n;

	for (size_t i = 0; i < ARRAY_LEN(sites); i++)
		/* what was on its way from one thread to another shortly before the end may count
		 */
		assert_true(value_of(p, sites[i], "inuse_space", &n) <=
			0.15 * value_of(p, sites[i], "alloc_space", &n));
}

static void check_sites(const char *mode, double times)
{
	struct seen x;

	watch((const char *const[]){ program, mode, NULL }, &x);
	assert_non_null(x.p);
	expect_bytes(x.p, "site_small", times * 120e6);
	expect_bytes(x.p, "site_medium", times * 200e6);
	expect_bytes(x.p, "site_large", times * 300e6);
	expect_nothing_held(x.p);
	observation_done(&x.o);
}

static void bytes_by_site(void **state)
{
	check_sites("three", 1);
}

static void bytes_of_threads(void **state)
{
	check_sites("threads", 4);
}

static void bytes_of_children(void **state)
{
	check_sites("fork", 3);
}

static void bytes_over_an_exec(void **state)
{
	check_sites("exec", 1.1);
}

static void bytes_of_realloc_chains(void **state)
{
	struct seen x;

	watch((const char *const[]){ program, "realloc", NULL }, &x);
	assert_non_null(x.p);
	expect_bytes(x.p, "grow_by_realloc", 505e6);
	expect_nothing_held(x.p);
	observation_done(&x.o);
}

static void freed_by_another_thread(void **state)
{
	struct seen x;

	watch((const char *const[]){ program, "handover", NULL }, &x);
	assert_non_null(x.p);
	expect_bytes(x.p, "site_medium", 100e6);
	expect_nothing_held(x.p);
	observation_done(&x.o);
}

static void leak_is_told_from_cache(void **state)
{
	struct seen x;
	double n;

	watch((const char *const[]){ program, "leak", NULL }, &x);
	assert_non_null(x.p);
	/* both hold much, the leak grows */
	double leak = value_of(x.p, "leak_one", "inuse_space", &n);

	assert_true(fabs(leak / 32.1e6 - 1) < 5 / sqrt(n));
	assert_true(fabs(value_of(x.p, "cache_one", "inuse_space", &n) / 12e6 - 1) < 0.3);
	assert_true(value_of(x.p, "leak_one", "inuse_growth", &n) > 0.3 * leak);
	assert_true(value_of(x.p, "cache_one", "inuse_growth", &n) <
		0.2 * value_of(x.p, "leak_one", "inuse_growth", &n));
	assert_non_null(x.memory);
	assert_int_equal(x.memory->shape, MEMORY_GROWING);
	observation_done(&x.o);
}

static void sudden_allocation_is_seen(void **state)
{
	struct seen x;
	double n;

	watch((const char *const[]){ program, "sudden", NULL }, &x);
	assert_non_null(x.p);
	assert_true(value_of(x.p, "load_all", "peak_space", &n) >= 96 << 20);
	assert_non_null(x.memory);
	assert_int_equal(x.memory->shape, MEMORY_SUDDEN);
	assert_true(x.memory->step_bytes > 45e6);
	observation_done(&x.o);
}

/* perf-ops is killed: the target goes on and nothing of the channel is left. */
static void target_survives_our_end(void **state)
{
	int out[2];
	char pid_text[32] = "";

	assert_int_equal(pipe(out), 0);
	pid_t watcher = fork();

	if (watcher == 0) {
		const char *const argv[] = { "/bin/sh", "-c", "echo $$; exec \"$0\" forever",
			program, NULL };
		struct observe_opts opts = { .sampler = { .argv = argv, .child_stdout = out[1] },
			.wanted = RESOURCE_MEMORY,
			.deep = RESOURCE_MEMORY };
		struct observation o = { 0 };

		close(out[0]);
		_exit(observe(&opts, &o, NULL) < 0);
	}
	close(out[1]);
	assert_true(read(out[0], pid_text, sizeof(pid_text) - 1) > 0);
	pid_t target = (pid_t)strtol(pid_text, NULL, 10);

	nanosleep(&(struct timespec){ .tv_nsec = 400000000 }, NULL);
	kill(watcher, SIGKILL);
	assert_int_equal(waitpid(watcher, NULL, 0), watcher);
	/* long enough for its ring to fill up */
	nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL);
	assert_int_equal(kill(target, 0), 0);
	char path[64], state_of[512] = "";

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)target);
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0 && read(fd, state_of, sizeof(state_of) - 1) > 0);
	close(fd);
	assert_null(strstr(state_of, ") T "));
	kill(target, SIGKILL);
	close(out[0]);
	/* the folder of the observation is removed by its guard */
	snprintf(path, sizeof(path), "/tmp/perf-ops-%d-*", (int)watcher);
	bool left = true;

	for (int i = 0; left && i < 500; i++) {
		glob_t found;

		left = glob(path, 0, NULL, &found) == 0;
		globfree(&found);
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	assert_false(left);
}

static void static_programs_get_a_named_answer(void **state)
{
	struct seen x;
	char name[4200];
	const char *text = "";

	snprintf(name, sizeof(name), "%s-static", program);
	watch((const char *const[]){ name, "three", NULL }, &x);
	assert_null(x.p);
	vec_foreach (o, &x.o.observed)
		for (const struct caveat *c = o->collected.caveats.first; c; c = c->next)
			if (strcmp(c->id, "allocations-unseen") == 0)
				text = c->text;
	assert_non_null(strstr(text, "statically linked"));
	observation_done(&x.o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_by_site),
		cmocka_unit_test(bytes_of_threads),
		cmocka_unit_test(bytes_of_children),
		cmocka_unit_test(bytes_over_an_exec),
		cmocka_unit_test(bytes_of_realloc_chains),
		cmocka_unit_test(freed_by_another_thread),
		cmocka_unit_test(leak_is_told_from_cache),
		cmocka_unit_test(sudden_allocation_is_seen),
		cmocka_unit_test(target_survives_our_end),
		cmocka_unit_test(static_programs_get_a_named_answer),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
