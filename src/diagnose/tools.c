/* SPDX-License-Identifier: MIT */
/* Probing and judging tools. */
#include "diagnose/tools.h"

#include "base/alloc.h"
#include "base/file.h"
#include "diagnose/tool_dpkg.h"
#include "diagnose/tool_version.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_DEADLINE_MS = 120, MAX_CONTROL_BYTES = 64 << 10 };

static bool has_word(const struct k_strings *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], word) == 0)
			return true;
	return false;
}

const char *tools_cache_file(struct arena *a)
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (!base || base[0] != '/')
		base = home && home[0] == '/' ? path_join(a, home, ".cache") : NULL;
	if (!base)
		return NULL;
	const char *dir = path_join(a, base, "perf-ops");

	return path_make_dirs(dir, NULL) == 0 ? path_join(a, dir, "tool-versions") : NULL;
}

/* ---- finding ----------------------------------------------------------------------------- */

static bool find_fact(const struct project *p, const char *name, struct tool_found *t)
{
	for (size_t i = 0; i < p->n_packages; i++) {
		for (size_t j = 0; j < p->packages[i].n_facts; j++) {
			const struct project_fact *f = &p->packages[i].facts[j];

			if (strcasecmp(f->name, name) != 0)
				continue;
			t->path = f->evidence ? f->evidence : "";
			t->version = f->version ? f->version : "";
			return true;
		}
	}
	return false;
}

/* "default_version = '1.3.1'" of a PostgreSQL extension's control file */
static const char *control_version(struct arena *a, const char *path)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	const char *v;

	if (strcmp(path_ext(path), "control") != 0 ||
		file_read(path, MAX_CONTROL_BYTES, &b, NULL) < 0)
		return "";
	size_t n = tool_version_find(buf_cstr(&b), "default_version", &v);

	return n ? arena_strndup(a, v, n) : "";
}

static bool find_file(struct arena *a, const char *pattern, struct tool_found *t)
{
	glob_t g;
	bool hit = glob(pattern, GLOB_NOSORT, NULL, &g) == 0 && g.gl_pathc > 0;

	if (hit) {
		t->path = arena_strdup(a, g.gl_pathv[0]);
		t->version = control_version(a, t->path);
	}
	globfree(&g);
	return hit;
}

/* "python:tracemalloc": there when the runtime is; its name is looked for like a program's. */
static bool find_runtime(struct arena *a, const struct tool_places *places, const char *runtime,
	struct tool_found *t)
{
	const char *path =
		strcmp(runtime, "python") == 0 ? tool_places_look(a, places, "python3") : NULL;

	if (!path)
		path = tool_places_look(a, places, runtime);
	if (!path)
		return false;
	t->path = path;
	char *real = realpath(path, NULL);
	const char *v;
	size_t n = real ? tool_version_find(path_base(real), "", &v) : 0; /* python3.11 */

	t->version = n ? arena_strndup(a, v, n) : "";
	free(real);
	return true;
}

static bool find_module(struct diagnosis *d, const struct tool_places *places, const char *module,
	struct tool_found *t)
{
	size_t n = strcspn(module, ":");
	const char *rest = module[n] ? module + n + 1 : "";

	if (strncmp(module, "file:", 5) == 0)
		return find_file(&d->arena, rest, t);
	if (strncmp(module, "fact:", 5) == 0)
		return find_fact(&d->project, rest, t);
	return find_runtime(&d->arena, places, arena_strndup(&d->arena, module, n), t);
}

/* Sets path, installed and, where no run is needed, version. True when it must be asked. */
static bool find(struct diagnosis *d, const struct tool_places *places, struct tool_found *t)
{
	const struct k_tool *record = t->record;

	if (record->embedded) {
		t->installed = true;
		t->version = PERF_OPS_VERSION;
		return false;
	}
	for (size_t i = 0; i < record->binaries.n; i++) {
		const char *path = tool_places_look(&d->arena, places, record->binaries.v[i]);

		if (!path)
			continue;
		t->installed = true;
		t->path = path;
		t->version = tool_recorded_version(&d->arena, path);
		return !t->version[0] && record->version_args.n > 0;
	}
	for (size_t i = 0; i < record->modules.n && !t->installed; i++)
		t->installed = find_module(d, places, record->modules.v[i], t);
	/* a runtime can be asked like a program; other files cannot */
	return t->installed && !t->version[0] && record->version_args.n > 0 &&
		access(t->path, X_OK) == 0;
}

/* ---- believing --------------------------------------------------------------------------- */

static bool contains_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (; *text; text++)
		if (strncasecmp(text, word, n) == 0)
			return true;
	return n == 0;
}

/* Some honest programs exit with 1 after their version; the loader's and interpreters' own
 * complaints do so too, and often contain digits. */
static bool is_complaint(const struct tool_answer *answer)
{
	static const char *const words[] = { "not found", "error", "cannot", "no such file",
		"traceback", "permission denied", "exec format" };

	for (size_t i = 0; answer->exit_code && i < ARRAY_LEN(words); i++)
		if (contains_word(answer->text, words[i]))
			return true;
	return answer->exit_code == 126 || answer->exit_code == 127;
}

static void believe(struct arena *a, struct tool_found *t, const struct tool_answer *answer)
{
	const char *v;
	size_t n = tool_version_find(answer->text, t->record->version_pattern, &v);
	bool expected = contains_word(answer->text, t->record->version_expect);

	if (!answer->asked) {
		t->problem = "version not asked: no time left or not startable";
	} else if (answer->timed_out) {
		t->problem = "gave no version in time";
	} else if (answer->signal) {
		t->problem = arena_printf(
			a, "crashed with signal %d when asked for its version", answer->signal);
		t->broken = true;
	} else if (n && expected && !is_complaint(answer)) {
		t->version = arena_strndup(a, v, n);
	} else if (answer->exit_code) {
		t->problem = arena_printf(
			a, "does not start (exit %d): %.100s", answer->exit_code, answer->text);
		t->broken = true;
	} else if (!expected) {
		t->installed = false; /* a program of that name, but not this tool */
		t->problem = arena_printf(
			a, "%s is another program: it says '%.60s'", t->path, answer->text);
	} else {
		t->problem = "version not understood";
	}
}

static void check_minimum(struct arena *a, struct tool_found *t)
{
	const char *minimum = t->record->minimum_version;

	if (t->installed && minimum[0] && t->version[0] &&
		tool_version_compare(t->version, minimum) < 0)
		t->problem = arena_printf(a, "%s is older than %s: %s", t->version, minimum,
			t->record->minimum_reason);
}

static const char *apt_package(const struct k_tool *t)
{
	for (size_t i = 0; i < t->n_installs; i++)
		if (t->installs[i].kind == K_APT)
			return t->installs[i].package;
	return NULL;
}

/* Takes those out of `asked` whose version the package database knows. Returns how many are left.
 */
static size_t without_packaged(struct arena *a, struct tool_found *tools, size_t *asked, size_t n)
{
	struct dpkg_question *q = xcalloc(n + 1, sizeof(*q));
	size_t *which = xcalloc(n + 1, sizeof(*which)), m = 0, left = 0;

	for (size_t i = 0; i < n; i++) {
		const char *package = apt_package(tools[asked[i]].record);

		if (package && strncmp(tools[asked[i]].path, "/usr/", 5) == 0) {
			q[m] = (struct dpkg_question){ tools[asked[i]].path, package, "" };
			which[m++] = asked[i];
		}
	}
	tool_dpkg_versions(a, "", q, m);
	for (size_t i = 0; i < m; i++)
		tools[which[i]].version = q[i].version;
	for (size_t i = 0; i < n; i++)
		if (!tools[asked[i]].version[0])
			asked[left++] = asked[i];
	free(which);
	free(q);
	return left;
}

/* Root must not run what another user can change (a virtual environment found through --pid). */
static bool is_trusted(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid()) &&
		!(st.st_mode & S_IWOTH);
}

static size_t without_foreign(struct tool_found *tools, size_t *asked, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_trusted(tools[asked[i]].path))
			asked[left++] = asked[i];
		else
			tools[asked[i]].problem =
				"version not asked: the program belongs to another user";
	}
	return left;
}

static void ask(struct arena *a, struct tool_found *tools, const size_t *asked, size_t n,
	const struct tools_opts *opts)
{
	struct tool_question *questions = xcalloc(n + 1, sizeof(*questions));
	struct tool_answer *answers = xcalloc(n + 1, sizeof(*answers));
	uint64_t deadline_ns =
		opts->deadline_ns ? opts->deadline_ns : DEFAULT_DEADLINE_MS * 1000000ull;

	for (size_t i = 0; i < n; i++)
		questions[i] = (struct tool_question){ tools[asked[i]].path,
			&tools[asked[i]].record->version_args };
	tool_ask(questions, n, deadline_ns, opts->cache, answers);
	for (size_t i = 0; i < n; i++)
		believe(a, &tools[asked[i]], &answers[i]);
	free(answers);
	free(questions);
}

/* The virtual environment that the target's own interpreter or script stands in, NULL none. */
static const char *own_venv(struct diagnosis *d)
{
	bool launched = d->target.argv && d->target.argv[0];
	const char *line = launched                    ? d->target.argv[0]
		: d->has_process && d->process.cmdline ? d->process.cmdline
						       : "";
	const char *program = launched ? line : arena_strndup(&d->arena, line, strcspn(line, " "));
	const char *slash = strrchr(program, '/'), *base = "";
	char here[4096];

	if (!slash || slash - program < 4 || memcmp(slash - 4, "/bin", 4) != 0)
		return NULL;
	if (program[0] != '/')
		base = !launched                     ? (d->process.cwd ? d->process.cwd : "")
			: getcwd(here, sizeof(here)) ? here
						     : "";
	const char *dir = arena_strndup(&d->arena, program, (size_t)(slash - 4 - program));

	if (program[0] != '/')
		dir = path_join(&d->arena, base, dir);
	return dir[0] == '/' && path_exists(path_join(&d->arena, dir, "pyvenv.cfg")) ? dir : NULL;
}

void tools_probe(struct diagnosis *d, const struct knowledge *k, const struct tools_opts *opts)
{
	struct tool_search search = opts->search;
	struct tool_places places;
	struct tool_found *tools = arena_array(&d->arena, k->n_tools, sizeof(*tools));
	size_t *asked = xcalloc(k->n_tools + 1, sizeof(*asked)), n = 0;

	if (!search.project)
		search.project = d->project.root ? d->project.root : d->target.project;
	if (!search.virtual_env)
		search.virtual_env = own_venv(d);
	tool_places_find(&d->arena, &search, &places);
	tool_managers_find(&d->arena, &places);
	for (size_t i = 0; i < k->n_tools; i++) {
		tools[i] = (struct tool_found){ .record = &k->tools[i],
			.name = k->tools[i].name,
			.path = "",
			.version = "",
			.problem = "",
			.why_not = "" };
		if (find(d, &places, &tools[i]))
			asked[n++] = i;
		tools[i].install = tool_install_command(&d->arena, &k->tools[i], &places);
	}
	n = without_packaged(&d->arena, tools, asked, n);
	n = without_foreign(tools, asked, n);
	ask(&d->arena, tools, asked, n, opts);
	for (size_t i = 0; i < k->n_tools; i++)
		check_minimum(&d->arena, &tools[i]);
	d->tools = tools;
	d->n_tools = k->n_tools;
	free(asked);
}

/* ---- judging ----------------------------------------------------------------------------- */

static int read_setting(const char *path)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	uint64_t v;
	bool negative;

	if (file_read(path, 64, &b, NULL) < 0)
		return -1;
	struct span s = span_trim(buf_span(&b));

	negative = span_starts(s, "-");
	if (negative) /* perf_event_paranoid of -1 allows everything, as 0 does for our question */
		return 0;
	return span_parse_u64(s, &v) && v < 100 ? (int)v : -1;
}

void tools_rights(struct tool_rights *ret)
{
	*ret = (struct tool_rights){ .root = geteuid() == 0,
		.perf_event_paranoid = read_setting("/proc/sys/kernel/perf_event_paranoid"),
		.ptrace_scope = read_setting("/proc/sys/kernel/yama/ptrace_scope") };
}

bool production_rule(const struct environment *env)
{
	return env->kind != ENV_DEVELOPMENT && env->kind != ENV_CI;
}

static const char *forbidden(struct arena *a, const struct diagnosis *d, const struct k_tool *t,
	const struct tool_rights *rights)
{
	if (production_rule(&d->environment) && !t->production_safe)
		return arena_printf(a, "unsafe here: %s", t->production_reason);
	if (rights->root)
		return "";
	if (t->needs_root)
		return "needs root";
	if (has_word(&t->classes, "perf") && rights->perf_event_paranoid > 2)
		return arena_printf(a,
			"kernel.perf_event_paranoid is %d: needs root, or sysctl "
			"kernel.perf_event_paranoid=1",
			rights->perf_event_paranoid);
	if (d->target.pid && has_word(&t->classes, "ptrace") && rights->ptrace_scope > 0)
		return arena_printf(a, "kernel.yama.ptrace_scope is %d: attaching needs root",
			rights->ptrace_scope);
	return "";
}

void tools_judge(struct diagnosis *d, const struct tool_rights *rights)
{
	for (size_t i = 0; i < d->n_tools; i++) {
		struct tool_found *t = &d->tools[i];

		t->why_not = forbidden(&d->arena, d, t->record, rights);
		if (!t->why_not[0] && t->broken)
			t->why_not = t->problem;
		t->usable_here = t->installed && !t->why_not[0];
	}
}
