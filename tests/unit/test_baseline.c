/* SPDX-License-Identifier: MIT */
/* The baseline on recorded machines: rates, wraps, cgroup v2, pressure, steal, throttling; and
 * live. */
#include "base/clock.h"
#include "collect/baseline.h"
#include "collect/cgroup.h"
#include "collect/counter.h"
#include "collect/look_series.h"
#include "collect/machine.h"
#include "collect/processes.h"
#include "fixture_tree.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static struct caveats caveats;

static int setup(void **state)
{
	caveats = (struct caveats){ 0 };
	return 0;
}

static int teardown(void **state)
{
	arena_done(&arena);
	return 0;
}

static void test_counters(void **state)
{
	assert_int_equal(counter_delta(5, 8), 3);
	assert_int_equal(counter_delta(UINT32_MAX - 9, 5), 15); /* 32-bit wrap */
	assert_int_equal(counter_delta(1000, 5), 0);            /* reset */
	assert_int_equal(counter_delta((uint64_t)UINT32_MAX + 100, 5), 0);
	assert_float_equal(counter_rate(0, 10, 0), 0, 0);
}

static void snapshot(struct fixture_tree *t, struct machine_snapshot *ret)
{
	struct procfs p;
	struct err err = { 0 };

	assert_int_equal(procfs_open(&p, t->root, &err), 0);
	if (machine_snapshot_take(&p, &arena, &caveats, ret, &err) < 0)
		fail_msg("%s", err.msg);
	procfs_done(&p);
}

static void test_machine_rates(void **state)
{
	struct fixture_tree t;
	struct machine_snapshot before, now;
	struct baseline b = { 0 };
	struct procfs p;

	fixture_tree_init(&t);
	fixture_tree_machine(&t);
	fixture_tree_file(
		&t, "proc/pressure/cpu", "some avg10=12.00 avg60=0 avg300=0 total=1000000\n");
	snapshot(&t, &before);
	fixture_tree_file(&t, "proc/stat",
		"cpu  1040 0 520 8100 110 10 20 50 0 0\n"
		"cpu0 540 0 250 4000 50 5 10 15 0 0\ncpu1 500 0 270 4100 60 5 10 35 0 0\n"
		"cpu7 900 0 0 0 0 0 0 0 0 0\n" /* came online */
		"intr 1600\nctxt 7000\nprocesses 104\nprocs_running 5\nprocs_blocked 0\n");
	fixture_tree_file(&t, "proc/vmstat",
		"pswpin 30\npswpout 20\npgfault 1400\npgmajfault 9\noom_kill 3\n");
	fixture_tree_file(&t, "proc/diskstats",
		"   8 0 sda 110 0 8800 540 210 0 16800 1060 4 2500 3500\n"
		"   8 1 sda1 110 0 8800 540 210 0 16800 1060 0 2500 3500\n"
		"   8 16 sdb 50 0 8000 1 1 1 1 1 1 1 1\n"); /* plugged in */
	fixture_tree_file(&t, "sys/block/sdb/size", "1\n");
	fixture_tree_file(&t, "proc/net/dev",
		"h\nh\n  lo: 900 1 0 0 0 0 0 0 900 1 0 0 0 0 0 0\n"
		"eth0: 5000 1 0 4 0 0 0 0 2200 1 0 0 0 0 0 0\n"
		"docker0: 9000 1 0 0 0 0 0 0 9000 1 0 0 0 0 0 0\n");
	fixture_tree_file(
		&t, "proc/net/snmp", "Tcp: OutSegs RetransSegs CurrEstab\nTcp: 1200 30 8\n");
	fixture_tree_file(
		&t, "proc/pressure/cpu", "some avg10=25.00 avg60=0 avg300=0 total=1500000\n");
	snapshot(&t, &now);
	now.time_ns = before.time_ns + 2000000000;
	now.own_cpu_ns = before.own_cpu_ns;
	assert_int_equal(procfs_open(&p, t.root, NULL), 0);
	machine_baseline(&p, &before, &now, &arena, &b);
	machine_facts(&p, &arena, &b);
	procfs_done(&p);
	fixture_tree_done(&t);

	/* 40 user, 20 system, 100 idle, 10 iowait, 20 steal of 190 */
	assert_float_equal(b.cpu.user_ratio, 40.0 / 190, 1e-9);
	assert_float_equal(b.cpu.steal_ratio, 20.0 / 190, 1e-9);
	assert_float_equal(b.cpu.iowait_ratio, 10.0 / 190, 1e-9);
	assert_float_equal(b.cpu.idle_ratio, 100.0 / 190, 1e-9);
	assert_int_equal(b.cpu.cores, 3);
	assert_float_equal(b.cpu.per_core[0].busy_ratio, 1, 1e-9);
	assert_float_equal(b.cpu.per_core[1].busy_ratio, 40.0 / 150, 1e-9);
	assert_float_equal(b.cpu.per_core[2].busy_ratio, 0, 0);
	assert_float_equal(b.cpu.run_queue, 4, 0); /* without ourselves */
	assert_float_equal(b.cpu.context_switches_per_s, 1000, 1e-9);
	assert_float_equal(b.cpu.forks_per_s, 2, 1e-9);
	assert_float_equal(b.memory.swap_in_per_s, 10, 1e-9);
	assert_float_equal(b.memory.major_faults_per_s, 2, 1e-9);
	assert_int_equal(b.memory.oom_kills, 3);
	assert_int_equal(b.memory.swap_used_bytes, 600 * 1024);
	assert_int_equal(b.memory.cached_bytes, 2040 * 1024);
	assert_int_equal(b.n_disks, 2); /* no partition, no idle loop device */
	assert_string_equal(b.disks[0].name, "sda");
	assert_float_equal(b.disks[0].util_ratio, 0.8, 1e-9);
	assert_float_equal(b.disks[0].await_ms, 5, 1e-9);
	assert_float_equal(b.disks[0].queue, 1, 1e-9);
	assert_float_equal(b.disks[0].read_bytes_per_s, 400 * 512, 1e-6);
	assert_string_equal(b.disks[1].name, "sdb");
	assert_float_equal(b.disks[1].util_ratio, 0, 0);
	assert_float_equal(b.net.rx_bytes_per_s, 2000, 1e-9); /* eth0 only: it has a device */
	assert_float_equal(b.net.drops_per_s, 2, 1e-9);
	assert_float_equal(b.net.retransmits_per_s, 10, 1e-9);
	assert_int_equal(b.net.time_wait, 17);
	assert_true(b.psi_cpu.known);
	assert_float_equal(b.psi_cpu.some_avg10, 25, 1e-9);
	assert_float_equal(b.psi_cpu.some_window_pct, 25, 1e-9);
	assert_false(b.psi_io.known);
	assert_string_equal(b.clocksource, "hpet");
	assert_string_equal(b.cpu.model, "Test CPU");
}

static void cgroup_of(
	struct fixture_tree *t, pid_t pid, const char *path, struct cgroup_snapshot *ret)
{
	struct procfs p;
	struct err err = { 0 };

	assert_int_equal(procfs_open(&p, t->root, &err), 0);
	if (cgroup_snapshot_take(&p, pid, path, &arena, ret, &err) < 0)
		fail_msg("%s", err.msg);
	procfs_done(&p);
}

static void test_cgroup_v2(void **state)
{
	struct fixture_tree t;
	struct cgroup_snapshot before, now;
	struct baseline_cgroup c;

	fixture_tree_init(&t);
	fixture_tree_machine(&t);
	fixture_tree_file(&t, "proc/812/cgroup", "0::/kubepods/pod1/app\n");
#define APP "sys/fs/cgroup/kubepods/pod1/app/"
#define POD "sys/fs/cgroup/kubepods/pod1/"
	fixture_tree_file(&t, APP "cpu.max", "max 100000\n");
	fixture_tree_file(&t, APP "cpu.stat",
		"usage_usec 9\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n");
	fixture_tree_file(&t, APP "memory.max", "1000000000\n");
	fixture_tree_file(&t, APP "memory.current", "900000000\n");
	fixture_tree_file(&t, APP "memory.stat", "anon 5\ninactive_file 100000000\n");
	fixture_tree_file(&t, APP "memory.events", "low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\n");
	fixture_tree_file(&t, APP "pids.max", "max\n");
	fixture_tree_file(&t, APP "pids.current", "40\n");
	fixture_tree_file(&t, APP "cpu.pressure", "some avg10=40.00 avg60=0 avg300=0 total=5\n");
	fixture_tree_file(&t, POD "cpu.max", "150000 100000\n");
	fixture_tree_file(&t, POD "cpu.stat",
		"usage_usec 9\nnr_periods 100\nnr_throttled 10\nthrottled_usec 1000000\n");
	fixture_tree_file(&t, POD "memory.max", "2000000000\n");
	fixture_tree_file(&t, POD "pids.max", "50\n");
	fixture_tree_file(&t, POD "pids.current", "45\n");
	cgroup_of(&t, 812, NULL, &before);
	fixture_tree_file(&t, POD "cpu.stat",
		"usage_usec 9\nnr_periods 120\nnr_throttled 18\nthrottled_usec 1600000\n");
	cgroup_of(&t, 812, NULL, &now);
	cgroup_baseline(&before, &now, 2, &c);
	assert_int_equal(c.version, 2);
	assert_string_equal(c.path, "/kubepods/pod1/app");
	assert_float_equal(c.cpu_limit_cores, 1.5, 1e-9); /* the pod's */
	assert_float_equal(c.throttled_ratio, 0.4, 1e-9);
	assert_float_equal(c.throttled_ms_per_s, 300, 1e-9);
	assert_int_equal(c.memory_limit_bytes, 1000000000);
	assert_int_equal(c.memory_working_bytes, 800000000);
	assert_int_equal(c.memory_limit_hits, 12);
	assert_int_equal(c.oom_kills, 1);
	assert_int_equal(c.pids_max, 50);
	assert_int_equal(c.pids, 45);
	assert_float_equal(c.psi_cpu.some_avg10, 40, 1e-9);
	cgroup_baseline(NULL, &now, 0, &c);
	assert_true(c.throttled_ratio < 0);
	/* by name, and as a folder */
	cgroup_of(&t, 0, "kubepods/pod1", &now);
	assert_float_equal(now.cpu_limit_cores, 1.5, 1e-9);
	cgroup_of(&t, 0, "/sys/fs/cgroup/kubepods/pod1", &now);
	assert_float_equal(now.cpu_limit_cores, 1.5, 1e-9);
	fixture_tree_done(&t);
}

static void test_cgroup_v1_in_container(void **state)
{
	struct fixture_tree t;
	struct cgroup_snapshot now;

	fixture_tree_init(&t);
	fixture_tree_machine(&t);
	/* docker without a cgroup namespace: the mount starts at the container's own group */
	fixture_tree_file(&t, "proc/self/mountinfo",
		"31 25 0:26 /docker/ab /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n"
		"32 25 0:27 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
		"33 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
	fixture_tree_file(&t, "sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n");
	fixture_tree_file(
		&t, "proc/7/cgroup", "4:memory:/docker/ab\n2:cpu,cpuacct:/docker/ab\n0::/\n");
	fixture_tree_file(&t, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
	fixture_tree_file(&t, "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
	fixture_tree_file(&t, "sys/fs/cgroup/cpu/cpu.stat",
		"nr_periods 9\nnr_throttled 3\nthrottled_time 5\n");
	fixture_tree_file(
		&t, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	fixture_tree_file(&t, "sys/fs/cgroup/memory/memory.usage_in_bytes", "4096\n");
	fixture_tree_file(&t, "sys/fs/cgroup/memory/memory.failcnt", "6\n");
	fixture_tree_file(
		&t, "sys/fs/cgroup/memory/memory.oom_control", "oom_kill_disable 0\noom_kill 2\n");
	cgroup_of(&t, 7, NULL, &now);
	assert_int_equal(now.version, 1);
	assert_float_equal(now.cpu_limit_cores, 0.5, 1e-9);
	assert_int_equal(now.cpu.throttled, 3);
	assert_int_equal(now.memory_limit, 0);
	assert_int_equal(now.memory, 4096);
	assert_int_equal(now.limit_hits, 6);
	assert_int_equal(now.events.oom_kill, 2);
	fixture_tree_done(&t);
}

static void test_missing_sources(void **state)
{
	struct fixture_tree t;
	struct baseline b;
	struct err err = { 0 };
	struct baseline_opts opts = { .knowledge = knowledge_builtin() };

	fixture_tree_init(&t);
	opts.root = t.root;
	assert_int_equal(
		baseline_take(&opts, &arena, &caveats, &b, &err), -ENOENT); /* no /proc at all */
	fixture_tree_file(&t, "proc/stat", "cpu 1 2 3 4\ncpu0 1 2 3 4\n");
	fixture_tree_file(&t, "proc/meminfo", "MemTotal: 10 kB\n");
	assert_int_equal(baseline_take(&opts, &arena, &caveats, &b, &err), 0);
	assert_true(b.taken && caveats.n >= 3);
	assert_int_equal(b.cpu.cores, 1);
	opts.window_s = -1;
	assert_int_equal(baseline_take(&opts, &arena, &caveats, &b, &err), -EINVAL);
	opts.window_s = NAN;
	assert_int_equal(baseline_take(&opts, &arena, &caveats, &b, &err), -EINVAL);
	opts.window_s = 0;
	opts.cgroup = "no/such";
	fixture_tree_file(
		&t, "proc/self/mountinfo", "33 25 0:28 / /nowhere rw - cgroup2 cgroup2 rw\n");
	assert_int_equal(baseline_take(&opts, &arena, &caveats, &b, &err), -ENOENT);
	opts.cgroup = NULL;
	opts.pid = 4242;
	assert_int_equal(baseline_take(&opts, &arena, &caveats, &b, &err), -ESRCH);
	fixture_tree_done(&t);
}

static void test_process_lists(void **state)
{
	struct process_sample b[] = {
		{ .pid = 5,
			.start_ticks = 1,
			.cpu_ticks = 100,
			.rss_pages = 10,
			.time_ns = 1,
			.has_io = true,
			.io_bytes = 0,
			.comm = "db" },
		{ .pid = 9, .start_ticks = 1, .cpu_ticks = 5000, .time_ns = 1, .comm = "old" },
	};
	struct process_sample n[] = {
		{ .pid = 5,
			.start_ticks = 1,
			.cpu_ticks = 300,
			.rss_pages = 1000000,
			.time_ns = 2000000001,
			.has_io = true,
			.io_bytes = 8192,
			.comm = "db",
			.threads = 3 },
		/* the pid was used again: the old ticks say nothing */
		{ .pid = 9,
			.ppid = 12,
			.start_ticks = 170,
			.cpu_ticks = 15,
			.time_ns = 2000000001,
			.comm = "new" },
		{ .pid = 12,
			.ppid = 5,
			.start_ticks = 1,
			.cpu_ticks = 0,
			.time_ns = 2000000001,
			.comm = "kid" },
	};
	struct process_list before = { .v = b, .n = 2, .cap = 2 },
			    now = { .v = n, .n = 3, .cap = 3 };
	struct baseline base = { 0 };
	struct baseline_target target = { 0 };

	assert_float_equal(process_cores(&b[0], &n[0]), 1, 1e-6);
	/* 150 ms of CPU since it started 300 ms ago */
	assert_float_equal(process_cores(&b[1], &n[1]), 0.5, 1e-6);
	processes_top(&before, &now, &arena, &base);
	assert_int_equal(base.n_top, 2);
	assert_int_equal(base.top[0].pid, 5);
	assert_float_equal(base.top[0].io_bytes_per_s, 4096, 1e-3);
	assert_int_equal(base.top[1].pid, 9);
	assert_true(base.top[1].io_bytes_per_s < 0);
	processes_tree(&before, &now, 5, &target);
	assert_int_equal(target.descendants, 2);
	assert_float_equal(target.tree_cores, 1.5, 1e-6);
	assert_int_equal(target.busiest_child, 9);
}

static void test_look_series(void **state)
{
	struct look_series s = { 0 };
	double slope, se, period;

	for (int i = 0; i < 21; i++)
		look_series_add(&s, i * 0.05, 0, 1e6 + i * 0.05 * 3e6 + (i % 3) * 100);
	look_series_rss_slope(&s, &slope, &se);
	assert_true(fabs(slope - 3e6) < 1000);
	assert_true(se > 0 && se < 1000);
	/* one jump: the line fits badly and the error says so */
	s.n = 0;
	for (int i = 0; i < 21; i++)
		look_series_add(&s, i * 0.05, 0, i < 10 ? 1e6 : 9e6);
	look_series_rss_slope(&s, &slope, &se);
	assert_float_equal(look_series_rss_step(&s), 8e6, 1);
	assert_true(se > slope / 20);
	/* a burst of 0.5 s every 2 s */
	s.n = 0;
	double cpu = 0;

	for (int i = 0; i < 81; i++) {
		look_series_add(&s, i * 0.25, cpu, 0);
		cpu += i % 8 >= 4 && i % 8 < 6 ? 0.25 : 0.001;
	}
	assert_int_equal(look_series_bursts(&s, &period), 10);
	assert_float_equal(period, 2, 0.05);
	/* steady load has none */
	s.n = 0;
	for (int i = 0; i < 81; i++)
		look_series_add(&s, i * 0.25, i * 0.25, 0);
	assert_int_equal(look_series_bursts(&s, &period), 0);
}

/* ---- live ---------------------------------------------------------------------------------- */

static pid_t start(void (*body)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body();
		_exit(0);
	}
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void spin(void)
{
	for (volatile unsigned i = 0;; i++)
		;
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_lock(void *arg)
{
	pthread_mutex_lock(&held);
	return arg;
}

static void blocked(void)
{
	pthread_t t[5];

	pthread_mutex_lock(&held);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		pthread_create(&t[i], NULL, wait_for_lock, NULL);
	pause();
}

static void leak(void)
{
	for (;;) {
		char *p = mmap(
			NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		memset(p, 1, 1 << 20);
		usleep(25000);
	}
}

static void take(pid_t pid, double window, struct baseline *b)
{
	struct err err = { 0 };
	struct baseline_opts opts = {
		.window_s = window, .pid = pid, .knowledge = knowledge_builtin()
	};

	if (baseline_take(&opts, &arena, &caveats, b, &err) < 0)
		fail_msg("%s", err.msg);
}

static void test_live_spinner(void **state)
{
	pid_t pid = start(spin);
	struct baseline b;
	bool found = false;

	take(pid, 0.6, &b);
	stop(pid);
	assert_true(b.target.known);
	/* other programs may take part of the core from it: ready or running is what counts */
	assert_true(b.target.cpu_cores + b.target.run_delay_cores > 0.8);
	assert_true(b.target.cpu_cores < 1.1);
	assert_int_equal(b.target.n_threads, 1);
	assert_int_equal(b.target.threads[0].state, 'R');
	for (size_t i = 0; i < b.n_top; i++) {
		found = found || b.top[i].pid == pid;
		assert_int_not_equal(b.top[i].pid, getpid());
	}
	assert_true(found);
	assert_true(b.window_s > 0.55 && b.window_s < 1.5);
}

static void test_live_blocked(void **state)
{
	pid_t pid = start(blocked);
	struct baseline b;

	usleep(100000);
	take(pid, 0.3, &b);
	stop(pid);
	assert_true(b.target.cpu_cores < 0.05);
	assert_int_equal(b.target.threads_total, 6);
	assert_true(b.target.running_threads < 0.2);
	assert_true(fabs(b.target.rss_slope_bytes_per_s) < 1e5);
	if (b.target.same_futex)
		assert_int_equal(b.target.waiting_same_wchan, 5);
}

static void test_live_leak(void **state)
{
	pid_t pid = start(leak);
	struct baseline b;

	bool seen = false;

	/* about 40 MiB/s when nothing else runs; other programs may keep it from running for a
	 * while */
	for (int attempt = 0; attempt < 4 && !seen; attempt++) {
		take(pid, 0.8, &b);
		seen = b.target.rss_slope_bytes_per_s > 2e6 &&
			b.target.rss_slope_bytes_per_s > 4 * b.target.rss_slope_se;
	}
	stop(pid);
	assert_true(seen);
}

static void brief(void)
{
	usleep(200000);
}

static void test_live_ending(void **state)
{
	pid_t pid = start(brief);
	struct baseline b;
	bool said = false;

	take(pid, 0.6, &b);
	stop(pid);
	for (struct caveat *c = caveats.first; c; c = c->next)
		said = said || strcmp(c->id, "target-ended") == 0;
	assert_true(said);
}

static void test_live_levels(void **state)
{
	struct baseline b;
	uint64_t t0 = clock_mono_ns();

	take(0, 0, &b);
	/* the budget is 200 ms on a host with 5,000 processes */
	assert_true(clock_mono_ns() - t0 < 1000000000);
	assert_float_equal(b.window_s, 0, 0);
	assert_true(b.n_top > 0 && b.top[0].rss_bytes > 0);
	assert_true(b.cpu.user_ratio == 0 && b.memory.total_bytes > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_counters, setup),
		cmocka_unit_test_setup(test_machine_rates, setup),
		cmocka_unit_test_setup(test_cgroup_v2, setup),
		cmocka_unit_test_setup(test_cgroup_v1_in_container, setup),
		cmocka_unit_test_setup(test_missing_sources, setup),
		cmocka_unit_test_setup(test_process_lists, setup),
		cmocka_unit_test_setup(test_look_series, setup),
		cmocka_unit_test_setup(test_live_spinner, setup),
		cmocka_unit_test_setup(test_live_blocked, setup),
		cmocka_unit_test_setup(test_live_leak, setup),
		cmocka_unit_test_setup(test_live_ending, setup),
		cmocka_unit_test_setup(test_live_levels, setup),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
