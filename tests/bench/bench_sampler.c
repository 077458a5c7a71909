/* SPDX-License-Identifier: MIT */
/*
 * The sampler beside `perf record --call-graph dwarf` on one load, interleaved: what the target
 * loses, what the profiler itself uses, how complete the stacks are, and how long it takes from
 * the samples to ranked functions (perf: `perf script`).
 *	bench-sampler LOAD-PROGRAM [ROUNDS [UNITS]]
 * Figures are lower quartiles over the rounds: disturbance from other programs only adds time.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/spawn.h"
#include "collect/perf_event.h"
#include "collect/sampler.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MAX_ROUNDS = 100 };

enum mode { PLAIN, PERF_999, OURS_999, PERF_99, OURS_99, N_MODES };
static const char *const mode_names[] = { "alone", "perf dwarf 999 Hz", "perf-ops 999 Hz",
	"perf dwarf 99 Hz", "perf-ops 99 Hz" };

struct figures {
	double wall_ms[MAX_ROUNDS], cpu_ms[MAX_ROUNDS], own_ms[MAX_ROUNDS], after_ms[MAX_ROUNDS];
	double complete_pct, samples;
};

static struct figures all[N_MODES];
static const char *load, *units = "3";
static char data_path[64];
static double perf_fixed_ms; /* CPU time of perf for a program that does nothing */

static double children_cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
		(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static bool read_work(const char *text, double *ret_wall_ms, double *ret_cpu_ms)
{
	unsigned long long wall, cpu;
	const char *at = strstr(text, "work ");

	if (!at || sscanf(at, "work %llu %llu", &wall, &cpu) != 2)
		return false;
	*ret_wall_ms = (double)wall / 1e6;
	*ret_cpu_ms = (double)cpu / 1e6;
	return true;
}

static int spawn(const char *const *argv, struct spawn_result *ret)
{
	*ret = (struct spawn_result){ 0 };
	return spawn_run(&(struct spawn_opts){ .argv = argv,
				 .max_output = (size_t)200 << 20,
				 .timeout_ns = 120000000000u },
		ret, NULL);
}

static bool run_plain(struct figures *f, int round)
{
	struct spawn_result r;
	bool ok = spawn((const char *const[]){ load, "work", units, NULL }, &r) == 0 &&
		read_work(buf_cstr(&r.out), &f->wall_ms[round], &f->cpu_ms[round]);

	spawn_result_done(&r);
	return ok;
}

/* perf script prints a block per sample, leaf first; complete ones end in the thread's first
 * function. */
static void count_complete(struct span text, struct figures *f)
{
	struct span line, last = { 0 };
	double n = 0, complete = 0;

	while (span_next_line(&text, &line)) {
		if (span_trim(line).n) {
			last = line;
			continue;
		}
		n++;
		complete += memmem(last.p, last.n, " _start", 7) ||
			memmem(last.p, last.n, " clone", 6) ||
			memmem(last.p, last.n, " __clone", 8) ||
			memmem(last.p, last.n, "kernel", 6);
	}
	f->samples = n;
	f->complete_pct = n > 0 ? 100 * complete / n : 0;
}

static bool run_perf(struct figures *f, int round, const char *hz)
{
	struct spawn_result r;
	double before = children_cpu_ms();
	bool ok = spawn((const char *const[]){ "perf", "record", "-q", "-F", hz, "--call-graph",
				"dwarf", "-o", data_path, load, "work", units, NULL },
			  &r) == 0 &&
		read_work(buf_cstr(&r.out), &f->wall_ms[round], &f->cpu_ms[round]);

	f->own_ms[round] = children_cpu_ms() - before - f->cpu_ms[round] - perf_fixed_ms;
	spawn_result_done(&r);

	uint64_t start = clock_mono_ns();

	ok = ok && spawn((const char *const[]){ "perf", "script", "-i", data_path, NULL }, &r) == 0;
	f->after_ms[round] = (double)(clock_mono_ns() - start) / 1e6;
	count_complete(buf_span(&r.out), f);
	spawn_result_done(&r);
	unlink(data_path);
	return ok;
}

static bool run_ours(struct figures *f, int round, double hz)
{
	const char *const argv[] = { load, "work", units, NULL };
	char out_path[] = "/tmp/bench-sampler-XXXXXX";
	int out = mkstemp(out_path);
	_cleanup_(buf_done) struct buf text = { 0 };
	_cleanup_(profile_freep) struct profile *p = NULL;
	struct err err = { 0 };
	uint64_t start = clock_mono_ns();
	int r = sampler_run(&(struct sampler_opts){ .argv = argv, .hz = hz, .child_stdout = out },
		&p, NULL, &err);
	uint64_t took = clock_mono_ns() - start;

	if (r < 0)
		fprintf(stderr, "%s\n", err.msg);
	file_read(out_path, 4096, &text, NULL);
	close(out);
	unlink(out_path);
	if (r < 0 || !read_work(buf_cstr(&text), &f->wall_ms[round], &f->cpu_ms[round]))
		return false;
	f->own_ms[round] = (double)p->quality.own_cpu_ns / 1e6;
	f->after_ms[round] = (double)(took - p->quality.duration_ns) / 1e6;
	f->samples = (double)p->quality.samples;
	f->complete_pct = 100 - 100 * (double)p->quality.truncated / f->samples;
	return true;
}

static bool run(enum mode m, int round)
{
	struct figures *f = &all[m];

	switch (m) {
	case PERF_999:
		return run_perf(f, round, "999");
	case PERF_99:
		return run_perf(f, round, "99");
	case OURS_999:
		return run_ours(f, round, 999);
	case OURS_99:
		return run_ours(f, round, 99);
	default:
		return run_plain(f, round);
	}
}

static int by_value(const void *va, const void *vb)
{
	const double *a = va, *b = vb;

	return *a < *b ? -1 : *a > *b;
}

static double quartile(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return v[n / 4];
}

/*
 * Cost of one sample for the thread it interrupts, measured on ourselves and much less disturbed by
 * other programs than the runs are. stack_bytes 0: no registers and no stack, which is the floor
 * that any sampler with a timer pays here.
 */
static double sample_us(uint32_t stack_bytes)
{
	struct perf_config c = {
		.rung = PERF_RUNG_CPU_CLOCK, .hz = 999, .stack_bytes = stack_bytes
	};
	struct perf_event_attr attr;

	perf_attr_fill(&attr, &c, 1 << 20);
	if (stack_bytes == 0) {
		attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME;
		attr.sample_regs_user = 0;
	}
	return (double)perf_sample_cost_ns(&attr, 4 << 20) / 1e3;
}

static void print_sample_costs(void)
{
	double least = sample_us(0), perf = sample_us(8 << 10), ours = sample_us(24 << 10);

	printf("one sample, calibrated: floor %.1f us, as perf dwarf %.1f us, as ours %.1f us; at "
	       "999 Hz "
	       "%.2f, %.2f, %.2f %%; at 99 Hz ours %.2f %%\n",
		least, perf, ours, least * 0.0999, perf * 0.0999, ours * 0.0999, ours * 0.0099);
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 8;
	double wall[N_MODES], cpu[N_MODES], own[N_MODES], after[N_MODES], loss[N_MODES],
		full[N_MODES];
	struct spawn_result r;

	if (argc < 2 || rounds < 1 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: bench-sampler LOAD-PROGRAM [ROUNDS [UNITS]]\n");
		return 2;
	}
	load = argv[1];
	if (argc > 3)
		units = argv[3];
	snprintf(data_path, sizeof(data_path), "/tmp/bench-sampler-%d.data", (int)getpid());

	double before = children_cpu_ms();

	if (spawn((const char *const[]){ "perf", "record", "-q", "-F", "999", "--call-graph",
			  "dwarf", "-o", data_path, "true", NULL },
		    &r) < 0 ||
		r.exit_code != 0) {
		fprintf(stderr, "bench-sampler: perf record does not work here\n");
		return 77;
	}
	spawn_result_done(&r);
	perf_fixed_ms = children_cpu_ms() - before;
	unlink(data_path);
	for (int i = 0; i < rounds; i++)
		for (int m = 0; m < N_MODES; m++)
			if (!run(m, i)) {
				fprintf(stderr, "bench-sampler: %s failed\n", mode_names[m]);
				return 1;
			}
	printf("%-20s %9s %9s %9s %10s %10s %12s\n", "", "wall ms", "cpu ms", "own ms", "target +%",
		"with own", "to result ms");
	for (int m = 0; m < N_MODES; m++) {
		wall[m] = quartile(all[m].wall_ms, rounds);
		cpu[m] = quartile(all[m].cpu_ms, rounds);
		own[m] = quartile(all[m].own_ms, rounds);
		after[m] = quartile(all[m].after_ms, rounds);
		loss[m] = 100 * (cpu[m] / cpu[PLAIN] - 1);
		full[m] = loss[m] + 100 * own[m] / cpu[PLAIN];
		printf("%-20s %9.1f %9.1f %9.1f %9.2f%% %9.2f%% %12.1f\n", mode_names[m], wall[m],
			cpu[m], own[m], loss[m], full[m], after[m]);
	}
	printf("target +%%: more CPU time of the target itself; with own: and what the profiler "
	       "uses, "
	       "which the target loses when no CPU is idle\n");
	print_sample_costs();
	printf("slowdown at 999 Hz, ours / perf: target %.2f, with own %.2f (wanted <= 0.33)\n",
		loss[OURS_999] / loss[PERF_999], full[OURS_999] / full[PERF_999]);
	printf("slowdown at 99 Hz: target %.2f %%, with own %.2f %% (wanted < 1)\n", loss[OURS_99],
		full[OURS_99]);
	printf("samples to result, perf script / ours: %.1f (wanted >= 5)\n",
		after[PERF_999] / after[OURS_999]);
	printf("complete stacks: ours %.2f %% of %.0f, perf %.2f %% of %.0f (wanted >= 99.5)\n",
		all[OURS_999].complete_pct, all[OURS_999].samples, all[PERF_999].complete_pct,
		all[PERF_999].samples);
	return 0;
}
