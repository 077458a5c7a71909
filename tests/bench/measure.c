/* SPDX-License-Identifier: MIT */
/*
 * measure N CMD...: runs a command N times without a shell and prints medians with quartiles:
 * wall and CPU time and peak memory of each run by wait4 (not the high-water mark of all children).
 * For budgets until `perf-ops bench` exists.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct run {
	double wall_ms, cpu_ms, rss_mib;
};

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *name, const struct run *runs, int n, size_t offset)
{
	double *v = calloc((size_t)n, sizeof(*v));

	for (int i = 0; v && i < n; i++)
		v[i] = *(const double *)((const char *)&runs[i] + offset);
	qsort(v, (size_t)n, sizeof(*v), by_value);
	printf(" %s %.2f (%.2f..%.2f)", name, v[n / 2], v[n / 4], v[n * 3 / 4]);
	free(v);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (n < 1 || n > 10000)
		return fprintf(stderr, "usage: measure N CMD...\n"), 2;
	struct run *runs = calloc((size_t)n, sizeof(*runs));

	for (int i = 0; runs && i < n; i++) {
		double start = now_ms();
		pid_t pid = vfork();

		if (pid == 0) {
			int null = open("/dev/null", O_RDWR);

			dup2(null, 0);
			dup2(null, 1);
			dup2(null, 2);
			execvp(argv[2], argv + 2);
			_exit(127);
		}
		struct rusage ru;
		int status;

		if (pid < 0 || wait4(pid, &status, 0, &ru) < 0 || !WIFEXITED(status) ||
			WEXITSTATUS(status) != 0)
			return fprintf(stderr, "%s failed\n", argv[2]), 1;
		runs[i].wall_ms = now_ms() - start;
		runs[i].cpu_ms = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1e3 +
			(double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e3;
		runs[i].rss_mib = (double)ru.ru_maxrss / 1024;
	}
	printf("n %d", n);
	print("wall_ms", runs, n, offsetof(struct run, wall_ms));
	print("cpu_ms", runs, n, offsetof(struct run, cpu_ms));
	print("rss_mib", runs, n, offsetof(struct run, rss_mib));
	printf("\n");
	free(runs);
	return 0;
}
