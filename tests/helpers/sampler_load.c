/* SPDX-License-Identifier: MIT */
/*
 * A program to be sampled, with known shares:
 *	sampler-load MODE SECONDS
 * ratio     half, three tenths and two tenths of its CPU time in work_a, work_b, work_c
 * threads   the same, a thread for each
 * children  two children that do `ratio`
 * qsort     works inside callbacks of the C library's qsort, from a deep recursion
 * sleep     uses no CPU
 * stopped   prints its pid and works (for tests that look at its state)
 * signal    works inside a signal handler
 * work      a fixed amount of work (SECONDS times an arbitrary unit) in two threads with stacks of
 *           some kilobytes; prints wall and CPU time in nanoseconds
 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static volatile uint64_t sink;

static double thread_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline __attribute__((always_inline)) void burn_until(double end)
{
	while (thread_cpu() < end)
		for (uint64_t i = 0; i < 200000; i++)
			sink += i * 3;
}

static NOINLINE void work_a(double end)
{
	burn_until(end);
}

static NOINLINE void work_b(double end)
{
	burn_until(end);
	sink++;
}

static NOINLINE void work_c(double end)
{
	burn_until(end);
	sink += 2;
}

/* Rounds of 20 ms by the thread's own CPU clock: exact whatever else the machine does. */
static NOINLINE void ratio(double seconds)
{
	double start = thread_cpu();

	for (double done = 0; done < seconds; done += 0.020) {
		work_a(start + done + 0.010);
		work_b(start + done + 0.016);
		work_c(start + done + 0.020);
	}
}

static void *thread_a(void *arg)
{
	work_a(*(double *)arg * 0.5);
	return NULL;
}

static void *thread_b(void *arg)
{
	work_b(*(double *)arg * 0.3);
	return NULL;
}

static void *thread_c(void *arg)
{
	work_c(*(double *)arg * 0.2);
	return NULL;
}

static void threads(double seconds)
{
	void *(*const fns[])(void *) = { thread_a, thread_b, thread_c };
	pthread_t t[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, fns[i], &seconds);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
}

static void children(double seconds)
{
	for (int i = 0; i < 2; i++)
		if (fork() == 0) {
			ratio(seconds / 2);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
}

static int compare(const void *va, const void *vb)
{
	const uint32_t *a = va, *b = vb;

	sink += *a;
	return *a < *b ? -1 : *a > *b;
}

static NOINLINE uint64_t sort_once(uint32_t seed)
{
	static __thread uint32_t v[20000];

	for (size_t i = 0; i < 20000; i++)
		v[i] = seed = seed * 1664525 + 1013904223;
	qsort(v, 20000, sizeof(v[0]), compare);
	return v[77]; /* something to do after it, so that it is no tail call */
}

static NOINLINE void recurse(int depth, uint32_t seed)
{
	volatile char local[40];

	local[0] = (char)depth;
	if (depth > 0)
		recurse(depth - 1, seed + (uint32_t)local[0]);
	else
		sink += sort_once(seed);
	sink += (uint64_t)local[0];
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void *fixed_work(void *arg)
{
	uint32_t n = *(uint32_t *)arg;

	for (uint32_t i = 0; i < n; i++)
		recurse(60, i);
	return NULL;
}

static void work_fixed(double units)
{
	uint32_t n = (uint32_t)(units * 400);
	uint64_t start = clock_ns(CLOCK_MONOTONIC);
	pthread_t t[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, fixed_work, &n);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	printf("work %llu %llu\n", (unsigned long long)(clock_ns(CLOCK_MONOTONIC) - start),
		(unsigned long long)clock_ns(CLOCK_PROCESS_CPUTIME_ID));
}

static double handler_end;

static void on_signal(int sig)
{
	(void)sig;
	work_a(handler_end);
}

int main(int argc, char **argv)
{
	double seconds = argc > 2 ? atof(argv[2]) : 1;
	const char *mode = argc > 1 ? argv[1] : "";

	if (strcmp(mode, "ratio") == 0) {
		ratio(seconds);
	} else if (strcmp(mode, "stopped") == 0) {
		printf("%d\n", (int)getpid());
		fflush(stdout);
		ratio(seconds);
	} else if (strcmp(mode, "threads") == 0) {
		threads(seconds);
	} else if (strcmp(mode, "children") == 0) {
		children(seconds);
	} else if (strcmp(mode, "qsort") == 0) {
		for (uint32_t i = 0; thread_cpu() < seconds; i++)
			recurse((int)(i % 60), i);
	} else if (strcmp(mode, "work") == 0) {
		work_fixed(seconds);
		return 0;
	} else if (strcmp(mode, "sleep") == 0) {
		sleep((unsigned)seconds);
	} else if (strcmp(mode, "signal") == 0) {
		signal(SIGUSR1, on_signal);
		handler_end = seconds;
		raise(SIGUSR1);
	} else {
		fprintf(stderr, "usage: sampler-load MODE SECONDS\n");
		return 2;
	}
	return 3; /* so that tests see the exit code arrive */
}
