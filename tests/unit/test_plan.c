/* SPDX-License-Identifier: MIT */
/* Plans: routing, templates, the production rule over every tool, conflicts, secrets. */
#include "diagnose/plan.h"

#include "diagnose/command.h"
#include "diagnose/tools.h"
#include "unit.h"

static struct tool_rights all_rights = {
	.root = true, .perf_event_paranoid = 0, .ptrace_scope = 0
};

/* Every tool of the knowledge, installed or not by name. */
static struct diagnosis *diagnosis(
	const char *leaf, const char *language, enum env_kind env, const char *const *installed)
{
	const struct knowledge *k = knowledge_builtin();
	struct diagnosis *d = diagnosis_new();
	const struct k_leaf *l = knowledge_leaf(k, leaf);

	d->symptom.leaf = leaf;
	d->symptom.class_name = l ? l->class_name : "unknown";
	d->symptom.language = language;
	d->environment.kind = env;
	d->tools = arena_array(&d->arena, k->n_tools, sizeof(*d->tools));
	d->n_tools = k->n_tools;
	for (size_t i = 0; i < k->n_tools; i++) {
		bool here = !installed || k->tools[i].embedded;

		for (size_t j = 0; installed && installed[j]; j++)
			here |= strcmp(installed[j], k->tools[i].id) == 0;
		d->tools[i] = (struct tool_found){ .record = &k->tools[i],
			.name = k->tools[i].name,
			.installed = here,
			.path = "",
			.version = "",
			.problem = "",
			.why_not = "",
			.install = "install it" };
	}
	return d;
}

static void finish(struct diagnosis *d)
{
	tools_judge(d, &all_rights);
	plan_make(d, knowledge_builtin());
}

#define WITH(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NOTHING ((const char *const[]){ NULL })

static const struct plan_step *step_with(const struct diagnosis *d, const char *text)
{
	for (size_t i = 0; i < d->n_plan; i++)
		if (strstr(d->plan[i].command, text))
			return &d->plan[i];
	return NULL;
}

static const struct plan_refusal *refused(const struct diagnosis *d, const char *text)
{
	for (size_t i = 0; i < d->n_refused; i++)
		if (strstr(d->refused[i].what, text))
			return &d->refused[i];
	return NULL;
}

static void python_in_production(void **state)
{
	struct diagnosis *d = diagnosis("latency.intermittent", "python", ENV_PRODUCTION, NULL);

	d->target.pid = 4121;
	finish(d);
	assert_true(d->n_plan >= 1);
	const struct plan_step *s = step_with(d, "py-spy record");

	assert_non_null(s);
	assert_non_null(strstr(s->command, "--nonblocking"));
	assert_non_null(strstr(s->command, "--pid 4121"));
	assert_string_equal(s->mode, "background");
	assert_null(step_with(d, "strace"));
	assert_non_null(refused(d, "pyinstrument"));
	assert_true(refused(d, "pyinstrument")->why[0] && refused(d, "pyinstrument")->instead[0]);
	diagnosis_free(d);

	d = diagnosis(
		"memory.growing", "python", ENV_UNKNOWN, NULL); /* unknown counts as production */
	d->target.pid = 7;
	finish(d);
	assert_null(step_with(d, "memray"));
	assert_non_null(refused(d, "memray attach"));
	assert_non_null(step_with(d, "perf-ops diagnose --pid 7"));
	assert_non_null(strstr(refused(d, "memray attach")->instead, "perf-ops diagnose --pid 7"));
	diagnosis_free(d);
}

static void python_in_development(void **state)
{
	struct diagnosis *d =
		diagnosis("memory.growing", "none", ENV_DEVELOPMENT, WITH("memray", "py-spy"));

	d->target.argv = WITH("/usr/bin/python3.11", "app.py", "--name", "O'Hara & sons");
	finish(d);
	assert_string_equal(d->plan[0].tool, "memray");
	assert_non_null(strstr(d->plan[0].command,
		"/usr/bin/python3.11 -m memray run --aggregate --output memray-memory.bin app.py "
		"--name "
		"'O'\\''Hara & sons'"));
	assert_string_equal(d->plan[0].mode, "foreground");
	diagnosis_free(d);

	/* outside PATH: by its path */
	d = diagnosis("cpu.one-core", "python", ENV_DEVELOPMENT, WITH("py-spy"));
	d->target.pid = 9;
	for (size_t i = 0; i < d->n_tools; i++)
		if (strcmp(d->tools[i].record->id, "py-spy") == 0)
			d->tools[i].path = "/srv/my app/venv/bin/py-spy";
	finish(d);
	assert_true(strncmp(d->plan[0].command, "'/srv/my app/venv/bin/py-spy' record ", 37) == 0);
	diagnosis_free(d);

	/* one that hangs when asked for its version comes last */
	d = diagnosis("memory.growing", "python", ENV_DEVELOPMENT, WITH("memray", "tracemalloc"));
	d->target.argv = WITH("python3", "app.py");
	for (size_t i = 0; i < d->n_tools; i++)
		if (strcmp(d->tools[i].record->id, "memray") == 0)
			d->tools[i].problem = "gave no version in time";
	finish(d);
	assert_string_equal(d->plan[0].tool, "tracemalloc");
	diagnosis_free(d);

	/* the preferred tool is missing: the next one, and how to get the better one */
	d = diagnosis("memory.growing", "python", ENV_DEVELOPMENT, WITH("tracemalloc"));
	d->target.argv = WITH("python3", "app.py");
	finish(d);
	assert_string_equal(d->plan[0].tool, "tracemalloc");
	assert_non_null(strstr(d->plan[0].why, "memray would see more: install it"));
	diagnosis_free(d);
}

static void nothing_installed(void **state)
{
	struct diagnosis *d = diagnosis("cpu.one-core", "cpp", ENV_DEVELOPMENT, NOTHING);

	d->target.argv = WITH("./ledger", "import", "april.csv");
	finish(d);
	assert_string_equal(d->plan[0].command, "perf-ops profile -- ./ledger import april.csv");
	assert_string_equal(d->next, d->plan[0].command);
	diagnosis_free(d);

	d = diagnosis("unknown", "none", ENV_UNKNOWN, NOTHING);
	finish(d);
	assert_true(d->n_plan >= 1);
	assert_non_null(strstr(d->plan[0].command, "--pid PID"));
	diagnosis_free(d);

	d = diagnosis("bundle.duplicates", "none", ENV_DEVELOPMENT, NOTHING);
	finish(d);
	assert_true(d->n_plan == 1);
	assert_string_equal(d->plan[0].command, "install it"); /* the first step is to get a tool */
	diagnosis_free(d);
}

static void experts(void **state)
{
	static const struct {
		const char *leaf, *language, *expert;
	} cases[] = {
		{ "cpu.one-core", "go", "go" },
		{ "cpu.one-core", "c", "native" },
		{ "cpu.one-core", "cpp", "native" },
		{ "latency.all", "javascript-backend", "javascript-backend" },
		{ "latency.all", "javascript-frontend", "typescript-frontend" },
		{ "bundle.assets", "none", "typescript-frontend" },
		{ "database.locks", "python", "postgres" },
		{ "cpu.one-core", "dotnet", "dotnet" },
		{ "cpu.one-core", "none", "general" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct diagnosis *d =
			diagnosis(cases[i].leaf, cases[i].language, ENV_DEVELOPMENT, NULL);

		assert_string_equal(plan_expert(d, knowledge_builtin())->id, cases[i].expert);
		diagnosis_free(d);
	}
	/* what runs counts more than what the words say */
	struct diagnosis *d = diagnosis("cpu.one-core", "java", ENV_DEVELOPMENT, NULL);

	d->target.argv = WITH("python3", "x.py");
	assert_string_equal(plan_expert(d, knowledge_builtin())->id, "python");
	d->target.argv = NULL;
	d->has_process = true;
	d->process.language = "rust";
	assert_string_equal(plan_expert(d, knowledge_builtin())->id, "rust");
	diagnosis_free(d);
}

/* In production no plan of any leaf and language has a tool that is not safe, and all are refused.
 */
static void production_matrix(void **state)
{
	static const char *const languages[] = { "python", "go", "rust", "javascript-backend",
		"javascript-frontend", "java", "c", "cpp", "ruby", "php", "dotnet", "sql", "none" };
	const struct knowledge *k = knowledge_builtin();
	size_t plans = 0;

	for (size_t l = 0; l < k->n_leaves; l++) {
		for (size_t i = 0; i < ARRAY_LEN(languages) * 6; i++) {
			struct diagnosis *d = diagnosis(k->leaves[l].id, languages[i / 6],
				i % 2 ? ENV_PRODUCTION : ENV_UNKNOWN, NULL);

			d->target.pid = i % 3 == 0 ? 99 : 0;
			d->target.argv = i % 3 == 1 ? WITH("python3", "x.py") : NULL;
			finish(d);
			for (size_t s = 0; s < d->n_plan; s++) {
				for (size_t t = 0; t < k->n_tools; t++)
					if (strcmp(k->tools[t].name, d->plan[s].tool) == 0 &&
						!k->tools[t].production_safe)
						fail_msg("%s in production for %s",
							k->tools[t].name, k->leaves[l].id);
				/* safe only in its safe form */
				if (d->target.pid && strstr(d->plan[s].command, "py-spy"))
					assert_non_null(
						strstr(d->plan[s].command, "--nonblocking"));
				assert_null(strstr(d->plan[s].command, "ANALYZE"));
				assert_null(strstr(d->plan[s].command, "strace"));
			}
			for (size_t r = 0; r < d->n_refused; r++)
				assert_true(d->refused[r].why[0] != '\0');
			plans += d->n_plan;
			diagnosis_free(d);
		}
	}
	assert_true(plans > k->n_leaves * ARRAY_LEN(languages));
}

static void conflicts(void **state)
{
	const struct knowledge *k = knowledge_builtin();
	static const struct {
		const char *a, *b;
		bool conflict;
	} cases[] = {
		{ "strace", "gdb", true }, /* two tracers on one process */
		{ "perf", "oha", true },   /* load test and CPU profile on the same cores */
		{ "hyperfine", "embedded-cpu", true },
		{ "hyperfine", "poop", true },
		{ "oha", "wrk", true },
		{ "memray", "heaptrack", true },
		{ "py-spy", "py-spy", true },
		{ "embedded-cpu", "embedded-baseline", false },
		{ "perf", "sysstat", false },
		{ "py-spy", "embedded-baseline", false },
		{ "psql", "embedded-cpu", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct k_tool *a = knowledge_tool(k, cases[i].a),
				    *b = knowledge_tool(k, cases[i].b);

		if (plan_conflict(a, b) != cases[i].conflict ||
			plan_conflict(b, a) != cases[i].conflict)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	}
	struct diagnosis *d = diagnosis("cpu.all-cores", "c", ENV_PRODUCTION, NOTHING);

	d->target.pid = 12;
	finish(d);
	assert_int_equal(d->n_plan, 2); /* sampler and baseline */
	assert_int_equal(d->plan[0].n_parallel, 1);
	assert_int_equal(d->plan[0].parallel_with[0], 2);
	assert_int_equal(d->plan[1].parallel_with[0], 1);
	diagnosis_free(d);
}

static void secrets_stay_out(void **state)
{
	static const char *const dsns[] = { "postgresql://bob:s3cret@db/shop",
		"host=db password=s3cret user=bob", "bob:s3cret@db" };

	for (size_t i = 0; i < ARRAY_LEN(dsns); i++) {
		struct diagnosis *d =
			diagnosis("database.single-query", "none", ENV_DEVELOPMENT, NULL);

		d->target.dsn = dsns[i];
		finish(d);
		const struct plan_step *s = step_with(d, "psql \"$DATABASE_URL\"");

		assert_non_null(s);
		for (size_t j = 0; j < d->n_plan; j++)
			assert_null(strstr(d->plan[j].command, "s3cret"));
		diagnosis_free(d);
	}
	struct diagnosis *d = diagnosis("database.single-query", "none", ENV_DEVELOPMENT, NULL);

	d->target.dsn = "postgresql:///shop";
	finish(d);
	assert_non_null(step_with(d, "psql postgresql:///shop"));
	diagnosis_free(d);
}

static void templates(void **state)
{
	const struct knowledge *k = knowledge_builtin();
	struct diagnosis *d = diagnosis("unknown", "none", ENV_DEVELOPMENT, NOTHING);

	assert_string_equal(
		command_fill(d, k, "a {pid} {cmd} {nope} {x", 5, "o"), "a PID COMMAND {nope} {x");
	assert_string_equal(command_fill(d, k, "awk '{ print }' {seconds}{out}", 5, "o u"),
		"awk '{ print }' 5'o u'");
	d->target.argv = WITH("./a b", "$(rm -rf /)", "");
	assert_string_equal(command_fill(d, k, "{cmd}", 1, ""), "'./a b' '$(rm -rf /)' ''");
	assert_string_equal(command_fill(d, k, "x {cmd:q}", 1, ""),
		"x ''\\''./a b'\\'' '\\''$(rm -rf /)'\\'' '\\'''\\'''");
	assert_string_equal(command_fill(d, k, "{script}", 1, ""), "'./a b' '$(rm -rf /)' ''");
	d->target.argv = WITH("/opt/py/bin/python3.12", "-m", "app");
	assert_string_equal(command_fill(d, k, "{script}", 1, ""), "-m app");
	assert_string_equal(
		command_fill(d, k, "{python} {node}", 1, ""), "/opt/py/bin/python3.12 node");
	d->target.url = "http://x/?a=1&b=2";
	assert_string_equal(command_fill(d, k, "{url}", 1, ""), "'http://x/?a=1&b=2'");
	diagnosis_free(d);
}

static void requests(void **state)
{
	struct diagnosis *d = diagnosis("unknown", "none", ENV_DEVELOPMENT, WITH("hyperfine"));

	d->symptom.request = REQUEST_BENCHMARK;
	d->target.argv = WITH("./prog", "x y");
	finish(d);
	assert_int_equal(d->n_plan, 1);
	assert_non_null(strstr(d->plan[0].command, "hyperfine -N --warmup 3"));
	assert_non_null(strstr(d->plan[0].command, "'./prog '\\''x y'\\'''"));
	diagnosis_free(d);

	d = diagnosis("latency.all", "go", ENV_DEVELOPMENT, WITH("oha"));
	d->target.url = "http://127.0.0.1:8080/";
	finish(d);
	assert_non_null(step_with(d, "oha "));
	assert_string_equal(step_with(d, "oha ")->mode, "background");
	diagnosis_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(python_in_production),
		cmocka_unit_test(python_in_development),
		cmocka_unit_test(nothing_installed),
		cmocka_unit_test(experts),
		cmocka_unit_test(production_matrix),
		cmocka_unit_test(conflicts),
		cmocka_unit_test(secrets_stay_out),
		cmocka_unit_test(templates),
		cmocka_unit_test(requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
