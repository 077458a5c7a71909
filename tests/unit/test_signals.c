/* SPDX-License-Identifier: MIT */
/* Metrics, signals and evidence on baselines made by hand. */
#include "diagnose/evidence.h"
#include "diagnose/signals.h"
#include "unit.h"

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

/* An idle machine of 8 cores with an idle target, watched for a second. */
struct machine {
	struct baseline b;
	struct cpu_core cores[8];
	struct baseline_disk disk;
	struct target_thread threads[8];
	struct wait_share waits[2];
	struct target_peer peer;
};

static void quiet_machine(struct machine *m)
{
	*m = (struct machine){
		.disk = { .name = "sda", .util_ratio = 0.01, .await_ms = 1 },
		.threads = { { 1, "main", 0.01, 'S', "hrtimer_nanosleep", "sleep" } },
		.waits = { { "sleep", 1 } },
		.b = {
			.taken = true,
			.window_s = 1,
			.cpu = { .cores = 8, .idle_ratio = 0.97, .user_ratio = 0.03, .mhz = 3000,
				.max_mhz = 3000 },
			.memory = { .total_bytes = 16ull << 30, .available_bytes = 12ull << 30,
				.free_bytes = 8ull << 30 },
			.n_disks = 1,
			.fds_used = 1000,
			.fds_max = 1000000,
			.clocksource = "tsc",
			.governor = "",
			.psi_cpu = { true, 0, 0, 0, 0 },
			.psi_memory = { true, 0, 0, 0, 0 },
			.psi_io = { true, 0, 0, 0, 0 },
			.target = {
				.known = true,
				.cpu_cores = 0.01,
				.rss_bytes = 100 << 20,
				.tree_rss_bytes = 100 << 20,
				.rss_seconds = 1,
				.rss_slope_se = 1000,
				.fds = 10,
				.fd_limit = 1024,
				.n_threads = 1,
				.threads_total = 1,
				.n_waits = 1,
				.tree_cores = 0.01,
				.age_s = 100,
				.read_bytes_per_s = 0,
			},
		},
	};
	m->b.cpu.per_core = m->cores;
	m->b.disks = &m->disk;
	m->b.target.threads = m->threads;
	m->b.target.waits = m->waits;
	m->b.target.peers = &m->peer;
}

static void threads(struct machine *m, unsigned n, double each)
{
	struct baseline_target *t = &m->b.target;

	for (unsigned i = 0; i < n; i++)
		m->threads[i] =
			(struct target_thread){ (pid_t)(i + 1), "worker", each, 'R', "", "" };
	t->n_threads = t->threads_total = n;
	t->cpu_cores = t->tree_cores = t->user_cores = n * each;
	m->waits[0] = (struct wait_share){ "running", 1 };
}

static void one_core(struct machine *m)
{
	threads(m, 3, 0);
	m->threads[0].cpu_cores = 0.99;
	m->b.target.cpu_cores = m->b.target.tree_cores = 1;
}

/* The same on a machine that is full of other work: it gets half of what it wants. */
static void one_core_starved(struct machine *m)
{
	one_core(m);
	m->threads[0].cpu_cores = 0.4;
	m->threads[0].run_delay_cores = 0.6;
	m->b.target.cpu_cores = 0.4;
	m->b.target.run_delay_cores = 0.6;
	m->b.cpu.run_queue = 20;
	m->b.cpu.idle_ratio = 0;
	m->b.cpu.user_ratio = 1;
}

static void all_cores(struct machine *m)
{
	threads(m, 8, 0.98);
}

static void quota_all(struct machine *m)
{
	threads(m, 8, 0.25);
	m->b.cgroup = (struct baseline_cgroup){ .known = true,
		.version = 2,
		.path = "/x",
		.cpu_limit_cores = 2,
		.throttled_ratio = 0.9,
		.throttled_ms_per_s = 4000,
		.throttled_periods = 9 };
}

static void growing(struct machine *m)
{
	m->b.target.rss_slope_bytes_per_s = 8e6;
	m->b.target.rss_slope_se = 1e5;
	m->b.target.rss_step_bytes = 2e6;
	m->b.target.rss_grown_bytes = 8e6;
}

static void growing_slowly(struct machine *m)
{
	m->b.target.rss_slope_bytes_per_s = 80000;
	m->b.target.rss_slope_se = 2000;
	m->b.target.rss_step_bytes = 20480;
	m->b.target.rss_grown_bytes = 81920;
	m->b.target.rss_bytes = 30 << 20;
}

static void jumped(struct machine *m)
{
	m->b.target.rss_slope_bytes_per_s = 1e9;
	m->b.target.rss_slope_se = 2e8;
	m->b.target.rss_step_bytes = m->b.target.rss_grown_bytes = 9e8;
}

static void large(struct machine *m)
{
	m->b.target.rss_bytes = m->b.target.tree_rss_bytes = 11ull << 30;
}

static void same_lock(struct machine *m)
{
	threads(m, 7, 0);
	m->waits[0] = (struct wait_share){ "lock", 0.85 };
	m->b.target.waiting_same_wchan = 6;
	m->b.target.same_futex = true;
}

static void on_disk(struct machine *m)
{
	m->waits[0] = (struct wait_share){ "disk", 0.9 };
	m->b.target.disk_threads = 0.9;
}

static void on_database(struct machine *m)
{
	m->waits[0] = (struct wait_share){ "socket", 0.9 };
	m->peer = (struct target_peer){ "10.0.0.7:5432", "PostgreSQL", "database", 41 };
	m->b.target.n_peers = 1;
}

static void queueing(struct machine *m)
{
	m->b.target.accept_queue = 100;
}

static void children_busy(struct machine *m)
{
	m->b.target.descendants = 1;
	m->b.target.tree_cores = 1;
	m->b.target.busiest_child = 77;
	m->b.target.busiest_child_cores = 0.99;
	m->b.target.busiest_child_wanted = m->b.target.children_wanted_cores = 0.99;
	m->waits[0] = (struct wait_share){ "child", 1 };
}

static void bursts(struct machine *m)
{
	m->b.window_s = 20;
	m->b.target.cpu_cores = m->b.target.tree_cores = m->threads[0].cpu_cores = 0.2;
	m->b.target.cpu_bursts = 5;
	m->b.target.burst_period_s = 4;
}

static void serialised(struct machine *m)
{
	threads(m, 4, 0.25);
	m->b.target.any_running_share = 1;
	m->waits[0] = (struct wait_share){ "lock", 0.7 };
}

static const struct scene {
	const char *name;
	void (*apply)(struct machine *m);
	const char *signal, *leaf;
} scenes[] = {
	{ "one core", one_core, "target-one-core", "cpu.one-core" },
	{ "one core, starved", one_core_starved, "target-one-core", "cpu.one-core" },
	{ "all cores", all_cores, "target-all-cores", "cpu.all-cores" },
	{ "quota", quota_all, "group-throttled", "cpu.all-cores" },
	{ "growing", growing, "target-growing-fast", "memory.growing" },
	{ "growing slowly", growing_slowly, "target-growing", "memory.growing" },
	{ "jumped", jumped, "target-jumped", "memory.sudden" },
	{ "large", large, "target-large", "memory.high-stable" },
	{ "same lock", same_lock, "target-waits-same-lock", "throughput.cpu-idle" },
	{ "disk", on_disk, "target-waits-disk", "throughput.cpu-idle" },
	{ "database", on_database, "target-waits-database", "throughput.cpu-idle" },
	{ "queue", queueing, "target-accept-queue", "throughput.queue" },
	{ "children", children_busy, "target-children-one-core", "cpu.one-core" },
	{ "bursts", bursts, "target-bursts", "cpu.periodic" },
	{ "serialised", serialised, "target-serialised-threads", "cpu.one-core" },
};

static bool has_signal(const struct signal_found *s, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s[i].id, id) == 0)
			return true;
	return false;
}

static struct symptom nothing_said(void)
{
	return (struct symptom){ .leaf = "unknown", .class_name = "unknown", .language = "none" };
}

static void apply(struct machine *m, bool has_target, struct symptom *s)
{
	struct signal_found *found;
	size_t n;

	signals_find(knowledge_builtin(), &m->b, &arena, &found, &n);
	struct evidence_opts opts = { .knowledge = knowledge_builtin(),
		.signals = found,
		.n_signals = n,
		.has_target = has_target };

	evidence_apply(&opts, &arena, s, &caveats);
}

static void test_scenes(void **state)
{
	const struct knowledge *k = knowledge_builtin();

	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		struct machine m;
		struct signal_found *found;
		struct symptom s = nothing_said();
		size_t n;

		quiet_machine(&m);
		scenes[i].apply(&m);
		signals_find(k, &m.b, &arena, &found, &n);
		if (!has_signal(found, n, scenes[i].signal))
			fail_msg("%s: no signal %s", scenes[i].name, scenes[i].signal);
		for (size_t f = 0; f < n; f++)
			if (strchr(found[f].text, '?') || strchr(found[f].text, '{'))
				fail_msg("%s: %s has a hole: %s", scenes[i].name, found[f].id,
					found[f].text);
		apply(&m, true, &s);
		if (strcmp(s.leaf, scenes[i].leaf) != 0 || s.confidence < 0.4)
			fail_msg("%s: %s %.2f instead of %s", scenes[i].name, s.leaf, s.confidence,
				scenes[i].leaf);
		assert_true(s.from_signals && s.n_because > 0);
		assert_memory_equal(s.because[0], "measured: ", 10);
	}
}

/* A quiet machine and an idle target: only the fact that it is idle. */
static void test_no_false_alarm(void **state)
{
	struct machine m;
	struct signal_found *found;
	size_t n;

	quiet_machine(&m);
	signals_find(knowledge_builtin(), &m.b, &arena, &found, &n);
	for (size_t i = 0; i < n; i++)
		if (found[i].severity != SEVERITY_INFO)
			fail_msg("%s: %s", found[i].id, found[i].text);
	m.b.target.known = false;
	signals_find(knowledge_builtin(), &m.b, &arena, &found, &n);
	assert_int_equal(n, 0);
	m.b.taken = false;
	signals_find(knowledge_builtin(), &m.b, &arena, &found, &n);
	assert_int_equal(n, 0);
}

static void test_machine_signals(void **state)
{
	struct machine m;
	struct signal_found *found;
	size_t n;

	quiet_machine(&m);
	m.b.target.known = false;
	m.b.cpu.run_queue = 30;
	m.b.cpu.steal_ratio = 0.2;
	m.b.cpu.user_ratio = 0.75;
	m.b.cpu.idle_ratio = 0.02;
	m.b.psi_memory.some_window_pct = 30;
	m.b.memory.available_bytes = 1 << 28;
	m.b.memory.swap_in_per_s = 900;
	m.b.memory.oom_kills = 2;
	m.b.net.retransmits_per_s = 40;
	m.b.net.segments_out_per_s = 1000;
	m.b.net.listen_overflows_per_s = 3;
	m.disk = (struct baseline_disk){ "sda", 0.99, 0, 1e8, 0, 900, 80, 12 };
	m.b.clocksource = "hpet";
	m.b.fds_used = 900000;
	signals_find(knowledge_builtin(), &m.b, &arena, &found, &n);
	static const char *const want[] = { "cpu-saturated", "cpu-steal", "cpu-all-busy",
		"memory-pressure", "memory-low", "memory-swapping", "memory-oom", "net-retransmits",
		"net-listen-overflows", "disk-saturated", "disk-slow", "clock-slow",
		"fds-near-limit" };

	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		if (!has_signal(found, n, want[i]))
			fail_msg("no signal %s", want[i]);
	assert_int_equal(found[0].severity, SEVERITY_CRITICAL);
}

static struct symptom words(const char *leaf, const char *class_name, double confidence)
{
	static const char *because[] = { "\"the words\"" };
	struct symptom s = nothing_said();

	s.leaf = leaf;
	s.class_name = class_name;
	s.confidence = confidence;
	s.because = because;
	s.n_because = 1;
	return s;
}

static bool has_caveat(const char *id)
{
	for (struct caveat *c = caveats.first; c; c = c->next)
		if (strcmp(c->id, id) == 0)
			return true;
	return false;
}

static void test_words_and_evidence(void **state)
{
	struct machine m;

	/* agree: stronger together, the words stay the first reason */
	struct symptom s = words("cpu.one-core", "cpu", 0.8);

	quiet_machine(&m);
	one_core(&m);
	apply(&m, true, &s);
	assert_string_equal(s.leaf, "cpu.one-core");
	assert_true(s.confidence > 0.95);
	assert_string_equal(s.because[0], "\"the words\"");
	assert_false(has_caveat("words-against-evidence"));

	/* one thread against "all cores": measured decides and says so */
	s = words("cpu.all-cores", "cpu", 0.8);
	apply(&m, true, &s);
	assert_string_equal(s.leaf, "cpu.one-core");
	assert_true(has_caveat("words-against-evidence"));
	assert_non_null(strstr(s.because[s.n_because - 1], "against cpu.all-cores"));

	/* "the CPU is idle", but one thread is pegged */
	caveats = (struct caveats){ 0 };
	s = words("throughput.cpu-idle", "throughput", 0.85);
	apply(&m, true, &s);
	assert_string_equal(s.leaf, "cpu.one-core");
	assert_true(has_caveat("words-against-evidence"));

	/* what no look can see keeps its verdict; the evidence is an alternative */
	caveats = (struct caveats){ 0 };
	s = words("latency.intermittent", "latency", 0.88);
	apply(&m, true, &s);
	assert_string_equal(s.leaf, "latency.intermittent");
	assert_true(s.n_alternatives > 0);
	assert_string_equal(s.alternatives[0].leaf, "cpu.one-core");
	assert_false(has_caveat("words-against-evidence"));

	/* a leak over days is not refuted by a second without growth */
	quiet_machine(&m);
	s = words("memory.growing", "memory", 0.9);
	apply(&m, true, &s);
	assert_string_equal(s.leaf, "memory.growing");
	assert_true(s.confidence > 0.5);

	/* "one core is busy" while it idles: kept, with less confidence, and said */
	caveats = (struct caveats){ 0 };
	s = words("cpu.one-core", "cpu", 0.9);
	apply(&m, true, &s);
	assert_string_equal(s.leaf, "cpu.one-core");
	assert_true(s.confidence < 0.9);
	assert_true(has_caveat("words-against-evidence"));
}

/* Without a target the machine's state alone may not overrule words. */
static void test_machine_counts_less(void **state)
{
	struct machine m;
	struct symptom s = words("latency.specific", "latency", 0.7), alone = nothing_said();

	quiet_machine(&m);
	m.b.target.known = false;
	m.b.cpu.run_queue = 30;
	m.b.cpu.user_ratio = 1;
	m.b.cpu.idle_ratio = 0;
	apply(&m, false, &s);
	assert_string_equal(s.leaf, "latency.specific");
	apply(&m, false, &alone);
	for (size_t i = 0; i < alone.n_alternatives; i++)
		assert_true(alone.alternatives[i].confidence <= alone.confidence);
	/* nothing voted: untouched */
	quiet_machine(&m);
	m.b.target.known = false;
	s = words("latency.specific", "latency", 0.7);
	apply(&m, false, &s);
	assert_float_equal(s.confidence, 0.7, 0);
	assert_false(s.from_signals);
}

static void test_language_of_process(void **state)
{
	struct process_info p = { .language = "python" };
	struct evidence_opts opts = { .knowledge = knowledge_builtin(), .process = &p };
	struct symptom s = nothing_said();

	evidence_apply(&opts, &arena, &s, &caveats);
	assert_string_equal(s.language, "python");
	s.language = "go";
	evidence_apply(&opts, &arena, &s, &caveats);
	assert_string_equal(s.language, "go");
}

/* Every name that knowledge may use is produced, and nothing else. */
static void test_metric_names(void **state)
{
	const struct knowledge *k = knowledge_builtin();
	struct machine m;
	struct metrics all;

	quiet_machine(&m);
	on_database(&m);
	m.b.window_s = 10;
	m.b.governor = "performance";
	m.b.cpu.per_core = m.cores;
	m.b.memory.swap_total_bytes = 100;
	m.b.net.segments_out_per_s = 1000;
	m.b.cgroup = (struct baseline_cgroup){ .known = true,
		.cpu_limit_cores = 2,
		.memory_limit_bytes = 1000,
		.memory_working_bytes = 10,
		.pids_max = 10,
		.pids = 5,
		.psi_cpu = { .known = true },
		.psi_memory = { .known = true },
		.psi_io = { .known = true } };
	m.b.target.cpu_cores = 0.5;
	m.b.target.busiest_child = 9;
	m.b.target.burst_period_s = 1;
	metrics_init(&all, k, &m.b);
	for (size_t i = 0; i < all.n; i++) {
		bool known = false;

		for (size_t j = 0; j < k->n_metrics; j++)
			known = known || strcmp(k->metrics[j].id, all.v[i].id) == 0;
		if (!known)
			fail_msg("knowledge/metrics does not name %s", all.v[i].id);
	}
	for (size_t j = 0; j < k->n_metrics; j++)
		if (strstr(k->metrics[j].origin, "metrics/baseline.yaml") &&
			!metrics_find(&all, k->metrics[j].id, strlen(k->metrics[j].id)))
			fail_msg("no value for %s", k->metrics[j].id);
}

static void test_format(void **state)
{
	static const struct {
		const char *place, *want;
	} cases[] = {
		{ "{cpu.busy_ratio} of", "3 %" },
		{ "{target.rss_bytes}", "100.0 MiB" },
		{ "{target.rss_slope_bytes_per_s}", "-1.0 KiB/s" },
		{ "{disk.await_ms}", "1 ms" },
		{ "{cpu.mhz}", "3000 MHz" },
		{ "{window_s}", "1 s" },
		{ "{no.such}", "?" },
		{ "{ awk }", "{" },
	};
	struct machine m;
	struct metrics all;

	quiet_machine(&m);
	m.b.target.rss_slope_bytes_per_s = -1024;
	metrics_init(&all, knowledge_builtin(), &m.b);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = { 0 };

		metrics_put_place(&all, cases[i].place, &b);
		assert_string_equal(buf_cstr(&b), cases[i].want);
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_scenes, setup),
		cmocka_unit_test_setup(test_no_false_alarm, setup),
		cmocka_unit_test_setup(test_machine_signals, setup),
		cmocka_unit_test_setup(test_words_and_evidence, setup),
		cmocka_unit_test_setup(test_machine_counts_less, setup),
		cmocka_unit_test_setup(test_language_of_process, setup),
		cmocka_unit_test_setup(test_metric_names, setup),
		cmocka_unit_test_setup(test_format, setup),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
