/* SPDX-License-Identifier: MIT */
/* Hand-made results for renderer tests. */
#include "sample_models.h"

#include "base/alloc.h"

#include <stdlib.h>

const char sample_hostile_text[] =
	"</script><img src=x onerror=alert(1)>\033[2J\033]0;own\a\"'&;\t\r\n\x9b"
	"31m\xff\xe2\x80\xae"
	"evil";

void sample_result_init(struct sample_result *s, struct profile *p)
{
	*s = (struct sample_result){ .profile = p };
	s->finding[0] = (struct finding){
		.rank = 1,
		.title = "every row scans the whole account table",
		.resource = "cpu",
		.cause = "linear-search-in-loop",
		.share = 0.92,
		.ci = { 0.91, 0.93 },
		.where = { .function = "account_by_code",
			.file = "/home/dev/ledger/ledger.c",
			.line = 30,
			.decl_line = 25,
			.module = "/home/dev/ledger/build/ledger",
			.stack = "_start;main;post;account_by_code;__strcmp_evex" },
		.why = "every row scans the whole account table, so the time per row grows with "
		       "the table.",
		.fix = { "look codes up in a hash table built once",
			"sort the table once and use bsearch" },
		.verify = "perf-ops optimize --patch FIX --bench './ledger import april.csv'",
		.rule = "native-linear-search",
		.evidence = { "strcmp is 71 % of it", "called from the loop at ledger.c:59" },
		.confidence = 0.86,
		.bound_ratio = 12.1,
		.n_excerpt = 4,
		.excerpt = { { 28, "\tfor (size_t i = 0; i < book->n; i++) {", 0.02 },
			{ 29, "\t\t/* codes are short */", 0 },
			{ 30, "\t\tif (strcmp(book->account[i].code, code) == 0)", 0.9 },
			{ 31, "\t\t\treturn &book->account[i];", 0 } },
	};
	s->finding[1] = (struct finding){
		.rank = 2,
		.title = "parse_amount is hot",
		.resource = "cpu",
		.cause = "",
		.share = 0.043,
		.ci = { 0.038, 0.049 },
		.where = { .function = "std::vector<Setting, std::allocator<Setting> "
				       ">::_M_realloc_insert"
				       "<Setting const&>(Setting const&)",
			.file = "src/import/csv.c",
			.line = 40,
			.module = "ledger",
			.stack = "main;parse" },
		.why = "strtod is 60 % of it",
		.fix = { NULL },
		.verify = "",
		.rule = "",
		.evidence = { NULL },
		.confidence = 0,
		.bound_ratio = 1.04,
	};
	s->findings =
		(struct findings){ .v = s->finding, .n = 2, .rest_share = 0.021, .remark = "" };
	s->run = (struct profile_run){ .tool = "embedded",
		.command = p->command,
		.profile = p,
		.seconds = (double)p->quality.duration_ns / 1e9 };
	s->result = (struct profile_result){
		.case_id = "17",
		.target = p->command,
		.resource = "cpu",
		.runs = &s->run,
		.n_runs = 1,
		.findings = &s->findings,
		.artifacts = { .flamegraph = "case-17/flame.html", .pprof = "case-17/cpu.pb.gz" },
		.not_measured = { "memory (add --memory)", "time waiting was 1 % of wall",
			"hardware counters (none on this machine)" },
		.next = "perf-ops report",
		.next_why = "the page to look at or send",
	};
	caveat_add(&p->caveats, &p->arena, "kernel-not-sampled",
		"kernel time (12 %% of this process) is one bucket: perf_event_paranoid is 3");
}

void sample_result_done(struct sample_result *s)
{
	profile_free(s->profile);
	arena_done(&s->arena);
}

void sample_result_make_hostile(struct sample_result *s)
{
	const char *evil = sample_hostile_text;

	for (size_t i = 0; i < 2; i++) {
		struct finding *f = &s->finding[i];

		f->title = f->why = f->verify = f->cause = f->rule = evil;
		f->where = (struct finding_place){
			.function = evil, .file = evil, .line = 1, .module = evil, .stack = evil
		};
		f->fix[0] = f->evidence[0] = evil;
		f->excerpt[0] = (struct source_line){ .line = 1, .text = evil, .share = 0.5 };
		f->n_excerpt = 1;
	}
	s->findings.remark = evil;
	s->run.tool = s->run.command = evil;
	s->result.case_id = s->result.target = s->result.next = s->result.next_why = evil;
	s->result.not_measured[0] = evil;
	s->result.artifacts.flamegraph = s->result.artifacts.pprof = evil;
}

struct profile *sample_hostile_profile(void)
{
	struct profile *p = profile_new();
	const char *evil = sample_hostile_text;
	uint32_t s = profile_string(p, evil), node = 0;
	uint32_t main_name = profile_string(p, "main");

	profile_add_type(p, "cpu", "nanoseconds");
	p->period_ns = 1000000;
	p->command = evil;
	p->quality.rung = evil;
	p->quality.samples = 30;
	p->quality.duration_ns = 30000000;
	for (uint8_t k = 0; k <= FRAME_UNKNOWN; k++) {
		struct frame f = { .function = k ? s : main_name,
			.file = s,
			.module = s,
			.line = k + 1u,
			.kind = k,
			.linkage = s };

		node = profile_add_stack(p, node, profile_add_frame(p, &f));
		profile_add_sample(p, node, profile_add_thread(p, 1, k + 1, evil), 0, 5,
			&(int64_t){ 5000000 });
	}
	caveat_add(&p->caveats, &p->arena, "hostile", "%s", evil);
	return p;
}

static void fill_words(struct diagnosis *d)
{
	static struct symptom_alternative other[] = { { "latency.specific", 0.41 } };
	static const char *because[] = { "sometimes takes", "usually" };

	d->text = "checkout sometimes takes 4 seconds, usually 80 ms";
	d->symptom = (struct symptom){ .leaf = "latency.intermittent",
		.class_name = "latency",
		.language = "python",
		.confidence = 0.88,
		.request = REQUEST_SYMPTOM,
		.request_confidence = 0.97,
		.alternatives = other,
		.n_alternatives = 1,
		.because = because,
		.n_because = 2 };
}

static void fill_project(struct diagnosis *d)
{
	static const char *evidence[] = { "pyproject.toml", "41 .py files" };
	static struct language_share languages[] = { { "python", 0.91, 41, 402112, evidence, 2 },
		{ "typescript", 0.09, 6, 40001, evidence, 0 } };
	static struct project_fact facts[] = { { "framework", "django", "4.2", "pyproject.toml" },
		{ "database", "psycopg", "3.1", "pyproject.toml" },
		{ "service", "gunicorn", "", "Procfile" } };
	static struct project_package packages[] = {
		{ .path = ".", .name = "shop", .language = "python", .facts = facts, .n_facts = 3 },
		{ .path = "web", .name = "shop-web", .language = "typescript" }
	};

	d->project = (struct project){ .root = "/srv/shop",
		.found = true,
		.languages = languages,
		.n_languages = 2,
		.packages = packages,
		.n_packages = 2,
		.javascript_side = "",
		.files_seen = 214,
		.files_skipped = 9100 };
}

static void fill_machine(struct diagnosis *d)
{
	static struct cpu_core cores[] = { { 0.42 }, { 0.20 } };
	static struct baseline_disk disks[] = {
		{ .name = "sda", .util_ratio = 0.02, .await_ms = 0.4 }
	};
	static struct top_process top[] = { { 4121, "gunicorn", 0.21, 210u << 20, 0, 9 },
		{ 900, "postgres", 0.12, 90u << 20, -1, 1 } };
	static struct wait_share waits[] = { { "lock", 0.78 }, { "running", 0.22 } };
	static struct target_peer peers[] = { { "10.0.0.7:5432", "postgresql", "database", 41 } };
	static struct target_thread threads[] = { { 4125, "gunicorn", 0.2, 'R', "", "running" },
		{ 4126, "gunicorn", 0, 'S', "futex_wait_queue", "lock" } };

	d->baseline = (struct baseline){ .taken = true,
		.window_s = 1,
		.cpu = { .cores = 2,
			.user_ratio = 0.25,
			.system_ratio = 0.06,
			.idle_ratio = 0.69,
			.per_core = cores,
			.run_queue = 0.4,
			.load1 = 0.52,
			.model = "EPYC" },
		.memory = { .total_bytes = 24ull << 30, .available_bytes = 21ull << 30 },
		.disks = disks,
		.n_disks = 1,
		.psi_cpu = { true, 0.3, 0 },
		.psi_io = { true, 0, 0 },
		.top = top,
		.n_top = 2,
		.target = { .known = true,
			.cpu_cores = 0.21,
			.user_cores = 0.19,
			.system_cores = 0.02,
			.rss_bytes = 210u << 20,
			.threads = threads,
			.n_threads = 2,
			.threads_total = 9,
			.waiting_same_wchan = 7,
			.same_futex = true,
			.waits = waits,
			.n_waits = 2,
			.peers = peers,
			.n_peers = 1,
			.connections_established = 41 } };
}

static void fill_plan(struct diagnosis *d)
{
	static struct plan_step plan[] = {
		{ 1, "embedded", "perf-ops profile --wall --locks --pid 4121 --seconds 30",
			"background", { 2 }, 1, "" },
		{ 2, "query", "perf-ops query --locks --dsn $DATABASE_URL", "foreground", { 1 }, 1,
			"the pool's connections all go to one server" },
	};
	static struct plan_refusal refused[] = { { "memray attach", "injects code", "" },
		{ "strace", "stops every syscall", "perf-ops profile --io" } };

	d->plan = plan;
	d->n_plan = 2;
	d->refused = refused;
	d->n_refused = 2;
	d->next = "perf-ops profile";
}

struct diagnosis *sample_diagnosis(void)
{
	static const char *because[] = { "DJANGO_SETTINGS_MODULE=shop.prod" };
	static struct signal_found signals[] = {
		{ "threads-same-futex", SEVERITY_CRITICAL,
			"7 of 9 threads waiting on one futex (2.1 s of the last 3.0 s)", 7,
			"> half of the threads", "/proc/PID/task/*/wchan", "latency.intermittent",
			1.2 },
		{ "pool-full", SEVERITY_WARNING,
			"41 connections to 10.0.0.7:5432, 0 idle — pool may be exhausted", 41,
			"no idle connection", "/proc/net/tcp", "latency.intermittent", 0.8 },
	};
	static struct tool_found tools[] = {
		{ NULL, "embedded", true, "", "", "", "", true, "" },
		{ NULL, "py-spy", true, "/usr/bin/py-spy", "0.4.2", "", "", true, "" },
		{ NULL, "memray", true, "/usr/bin/memray", "1.11", "", "", false,
			"unsafe here: injects" },
		{ NULL, "austin", false, "", "", "pip install austin-dist", "", true, "" },
	};
	struct diagnosis *d = diagnosis_new();

	d->case_id = "17";
	d->target.pid = 4121;
	fill_words(d);
	fill_project(d);
	d->has_process = true;
	d->process = (struct process_info){ .pid = 4121,
		.comm = "gunicorn: worker",
		.exe = "/usr/bin/python3",
		.cmdline = "gunicorn shop.wsgi",
		.runtime = "python",
		.version = "3.11.7",
		.threads = 9,
		.cgroup = "",
		.container = "",
		.unit = "",
		.rss_bytes = 210u << 20 };
	d->environment =
		(struct environment){ .kind = ENV_PRODUCTION, .because = because, .n_because = 1 };
	fill_machine(d);
	d->signals = signals;
	d->n_signals = 2;
	d->tools = tools;
	d->n_tools = 4;
	fill_plan(d);
	caveat_add(&d->caveats, &d->arena, "short-window", "rates are from a window of 1 s");
	return d;
}
