/* SPDX-License-Identifier: MIT */
/* The plan of a diagnosis. */
#include "diagnose/plan.h"

#include "base/alloc.h"
#include "diagnose/command.h"
#include "diagnose/tools.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_STEPS = 4, MAX_REFUSALS = 8, MAX_RESOURCES = 8, MAX_FALLBACKS = 4, MAX_INSTEAD = 60 };

struct planner {
	struct diagnosis *d;
	const struct knowledge *k;
	const struct k_expert *expert;
	bool strict; /* the production rule holds */
	const char *resources[MAX_RESOURCES];
	size_t n_resources;
	struct plan_step steps[MAX_STEPS];
	const struct k_tool *tool[MAX_STEPS];       /* of each step */
	const struct tool_found *better[MAX_STEPS]; /* would see more, but is not installed */
	const char *chosen[MAX_RESOURCES];          /* command for each resource, NULL none */
	size_t n_steps;
	struct plan_refusal refused[MAX_REFUSALS];
	size_t n_refused;
};

static bool has_word(const struct k_strings *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], word) == 0)
			return true;
	return false;
}

/* ---- who ------------------------------------------------------------------------------- */

static const struct k_expert *expert_by_word(const struct knowledge *k, const char *word)
{
	for (size_t i = 0; word && i < k->n_experts; i++)
		if (has_word(&k->experts[i].words, word))
			return &k->experts[i];
	return NULL;
}

static const struct k_expert *expert_by_project(
	const struct diagnosis *d, const struct knowledge *k)
{
	for (size_t i = 0; i < d->project.n_languages; i++) {
		const struct k_language *l = knowledge_language(k, d->project.languages[i].name);

		if (!l || l->kind[0]) /* markup and data are not what runs */
			continue;
		const struct k_expert *e = knowledge_expert_for(k, l->id);
		const char *side = d->project.javascript_side ? d->project.javascript_side : "";

		if (e == expert_by_word(k, "javascript-backend") && strcmp(side, "frontend") == 0)
			e = expert_by_word(k, "javascript-frontend");
		return e;
	}
	return NULL;
}

const struct k_expert *plan_expert(const struct diagnosis *d, const struct knowledge *k)
{
	const struct k_expert *e = expert_by_word(k, d->symptom.class_name); /* bundle, database */
	const char *word = d->symptom.language;

	if (!e && d->target.dsn && !d->target.pid && !d->target.argv)
		e = expert_by_word(k, "sql");
	if (!e && d->has_process && d->process.language && d->process.language[0])
		e = knowledge_expert_for(k, d->process.language);
	if (!e && d->target.argv && d->target.argv[0]) {
		const struct k_language *l = command_interpreter(k, d->target.argv[0]);

		e = l ? knowledge_expert_for(k, l->id) : NULL;
	}
	if (!e && strcmp(word, "none") != 0)
		e = expert_by_word(k, word);
	if (!e)
		e = expert_by_project(d, k);
	return e ? e : knowledge_expert(k, "general");
}

/* ---- with what ------------------------------------------------------------------------- */

static const struct k_expert_route *route_for(const struct k_expert *e, const char *resource)
{
	for (size_t i = 0; i < e->n_routes; i++)
		if (strcmp(e->routes[i].resource, resource) == 0)
			return &e->routes[i];
	return NULL;
}

static const struct tool_found *found(const struct diagnosis *d, const char *id)
{
	for (size_t i = 0; i < d->n_tools; i++)
		if (strcmp(d->tools[i].record->id, id) == 0)
			return &d->tools[i];
	return NULL;
}

/* The tool's way to look at a resource; where it has none of its own, at what the CPU does. */
static const struct k_tool_command *way(const struct k_tool *t, const char *resource)
{
	static const char *const as_cpu[] = { "latency", "throughput", "startup", "build", NULL };
	const struct k_tool_command *cpu = NULL;

	for (size_t i = 0; i < t->n_commands; i++) {
		if (strcmp(t->commands[i].mode, resource) == 0)
			return &t->commands[i];
		if (strcmp(t->commands[i].mode, "cpu") == 0 ||
			(strcmp(t->commands[i].mode, "load") == 0 &&
				strcmp(resource, "throughput") == 0))
			cpu = &t->commands[i];
	}
	for (size_t i = 0; as_cpu[i]; i++)
		if (strcmp(as_cpu[i], resource) == 0)
			return cpu;
	return NULL;
}

/* The template that fits the target; NULL when the tool cannot be used on it. */
static const char *fitting(
	const struct planner *p, const struct k_tool_command *w, bool may_restart)
{
	const char *attach = p->strict && w->production[0] ? w->production : w->attach;

	if (p->d->target.pid) {
		/* a launch would mean a restart of the running process: tools that need no process
		 * aside */
		bool restarts = strstr(w->launch, "{cmd}") || strstr(w->launch, "{script}") ||
			strstr(w->launch, "{exe}");

		return attach[0]                                     ? attach
			: w->launch[0] && (may_restart || !restarts) ? w->launch
								     : NULL;
	}
	if (p->d->target.argv)
		return w->launch[0] ? w->launch : NULL;
	if (p->strict)
		return attach[0] ? attach : w->launch[0] ? w->launch : NULL;
	return w->launch[0] ? w->launch : attach[0] ? attach : NULL;
}

static unsigned seconds_for(const struct k_tool *t, const char *resource)
{
	if (strcmp(t->id, "embedded-baseline") == 0 || t->method == K_TRACING)
		return 10;
	return strcmp(resource, "memory") == 0 ? 60 : 30;
}

static const char *out_name(struct arena *a, const struct k_tool *t, const struct k_tool_command *w)
{
	static const struct {
		const char *format, *extension;
	} known[] = { { "speedscope", ".speedscope.json" }, { "pprof", ".pb.gz" },
		{ "jfr", ".jfr" }, { "svg", ".svg" }, { "collapsed", ".collapsed.txt" },
		{ "perf-data", ".data" }, { "firefox", ".json.gz" }, { "cpuprofile", "" },
		{ "heapprofile", "" }, { "html", "" }, { "text", ".txt" }, { "memray", ".bin" } };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].format, w->output) == 0)
			return arena_printf(a, "%s-%s%s", t->id, w->mode, known[i].extension);
	return arena_printf(a, "%s-%s.out", t->id, w->mode);
}

static const char *phrase(const char *resource)
{
	static const struct {
		const char *resource, *words;
	} known[] = { { "cpu", "where the processor time goes" },
		{ "memory", "what takes the memory" }, { "wall", "what it waits for" },
		{ "locks", "who waits for which lock" },
		{ "io", "reads, writes and their waiting" }, { "latency", "what slow requests do" },
		{ "throughput", "what limits the rate" }, { "bundle", "what is in the bundle" },
		{ "query", "which statements cost most, and their plans" },
		{ "startup", "what start-up does" }, { "build", "what the build waits for" },
		{ "bench", "how long it takes, with its spread" },
		{ "load", "latency and errors under load" }, { "gc", "what the collector does" } };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].resource, resource) == 0)
			return known[i].words;
	return resource;
}

/* A program outside PATH (virtual environment, ~/.cargo/bin) is named by its path. */
static const char *reachable(struct arena *a, const struct tool_found *f, const char *command)
{
	size_t n = strcspn(command, " ");
	const char *slash = f && f->path ? strrchr(f->path, '/') : NULL, *list = getenv("PATH");

	if (!slash || strlen(slash + 1) != n || strncmp(slash + 1, command, n) != 0)
		return command;
	size_t dir = (size_t)(slash - f->path);

	for (; list && *list; list += strcspn(list, ":"), list += *list == ':')
		if (strcspn(list, ":") == dir && strncmp(list, f->path, dir) == 0)
			return command;
	return arena_printf(a, "%s%s", command_quote(a, f->path), command + n);
}

/* Adds a step, or only the reason to one that runs the same command. */
static void add_step(struct planner *p, const struct k_tool *t, const struct k_tool_command *w,
	const char *template, const char *resource, const struct tool_found *better,
	const char **ret_command)
{
	struct arena *a = &p->d->arena;
	unsigned seconds = seconds_for(t, resource);
	const char *command = reachable(a, found(p->d, t->id),
		command_fill(p->d, p->k, template, seconds, out_name(a, t, w)));
	bool attached = template != w->launch;
	const char *why = phrase(resource);

	*ret_command = command;
	for (size_t i = 0; i < p->n_steps; i++) {
		if (strcmp(p->steps[i].command, command) != 0)
			continue;
		if (!strstr(p->steps[i].why, why))
			p->steps[i].why = arena_printf(a, "%s; %s", p->steps[i].why, why);
		return;
	}
	if (p->n_steps == MAX_STEPS)
		return;
	if (p->d->target.pid && !attached && strstr(template, "{cmd}"))
		why = arena_printf(a, "%s (starts it anew)", why);
	for (size_t i = 0; better && i < p->n_steps; i++)
		if (p->better[i] == better)
			better = NULL; /* said already */
	p->better[p->n_steps] = better;
	p->tool[p->n_steps] = t;
	p->steps[p->n_steps++] = (struct plan_step){ .tool = t->name,
		.command = command,
		.why = why,
		.mode = t->method == K_LOAD || (attached && seconds >= 30 && p->d->target.pid)
			? "background"
			: "foreground" };
}

/* The best tool that is here and allowed. *better: the first preferred one that is not installed.
 */
static bool choose_of(struct planner *p, size_t which, const struct k_strings *ids,
	bool may_restart, bool doubtful, const struct tool_found **better)
{
	const char *resource = p->resources[which];

	for (size_t i = 0; i < ids->n; i++) {
		const struct tool_found *f = found(p->d, ids->v[i]);
		const struct k_tool_command *w = f ? way(f->record, resource) : NULL;
		const char *template = w ? fitting(p, w, may_restart) : NULL;

		if (!template)
			continue;
		/* one that did not even tell its version may hang: only when nothing else is there
		 */
		if (f->usable_here && (doubtful || f->version[0] || !f->problem[0])) {
			add_step(p, f->record, w, template, resource, *better, &p->chosen[which]);
			return true;
		}
		if (!f->installed && !*better && !f->why_not[0] &&
			strcmp(f->record->status, "abandoned") != 0)
			*better = f;
	}
	return false;
}

static void choose(struct planner *p, size_t which)
{
	const struct tool_found *better = NULL;

	/* first without restarting anything; a restart only where that is allowed at all */
	for (int pass = 0; pass < 4; pass++) {
		const struct k_expert *e = p->expert;
		bool restart = pass & 1, doubtful = pass & 2;

		if (restart && p->strict)
			continue;

		for (int depth = 0; e && depth < MAX_FALLBACKS;
			depth++, e = knowledge_expert(p->k, e->fallback)) {
			const struct k_expert_route *route = route_for(e, p->resources[which]);

			if (route &&
				choose_of(p, which,
					p->strict ? &route->production_tools : &route->tools,
					restart, doubtful, &better))
				return;
		}
	}
	if (!better || p->n_steps == MAX_STEPS || !better->install[0])
		return;
	p->tool[p->n_steps] = NULL; /* installing measures nothing: no question of conflicts */
	p->steps[p->n_steps++] = (struct plan_step){ .tool = better->name,
		.command = better->install,
		.mode = "foreground",
		.why = arena_printf(&p->d->arena,
			"nothing on this machine shows %s; then diagnose again",
			phrase(p->resources[which])) };
}

/* ---- what not --------------------------------------------------------------------------- */

static void refuse(
	struct planner *p, const struct tool_found *f, const char *why, const char *instead)
{
	const struct k_tool *t = f->record;
	const char *what = t->name;

	if (t->attaches && p->d->target.pid)
		what = arena_printf(&p->d->arena, "%s attach", t->name);
	else if (t->needs_restart && p->d->target.pid)
		what = arena_printf(&p->d->arena, "%s (restart)", t->name);
	for (size_t i = 0; i < p->n_refused; i++)
		if (strcmp(p->refused[i].what, what) == 0)
			return;
	if (p->n_refused < MAX_REFUSALS)
		p->refused[p->n_refused++] =
			(struct plan_refusal){ .what = what, .why = why, .instead = instead };
}

/* The command, or for a long one the step that has it. */
static const char *instead_of(struct planner *p, const char *command)
{
	if (!command && p->n_steps)
		command = p->steps[0].command;
	for (size_t i = 0; command && strlen(command) > MAX_INSTEAD && i < p->n_steps; i++)
		if (strcmp(p->steps[i].command, command) == 0)
			return arena_printf(&p->d->arena, "step %zu (%s)", i + 1, p->steps[i].tool);
	return command ? command : "";
}

static void refuse_route(struct planner *p, size_t which)
{
	const struct k_expert *e = p->expert;
	const char *instead = instead_of(p, p->chosen[which]);

	if (!p->chosen[which] && p->strict && p->d->environment.kind == ENV_UNKNOWN)
		instead = "--env development, if nobody depends on it";

	for (int depth = 0; e && depth < MAX_FALLBACKS;
		depth++, e = knowledge_expert(p->k, e->fallback)) {
		const struct k_expert_route *route = route_for(e, p->resources[which]);

		for (size_t i = 0; route && i < route->tools.n; i++) {
			const struct tool_found *f = found(p->d, route->tools.v[i]);

			if (!f)
				continue;
			if (p->strict && !f->record->production_safe && (f->installed || i < 2))
				refuse(p, f, f->record->production_reason, instead);
			else if (f->installed && f->why_not[0] &&
				!(p->strict && !f->record->production_safe))
				refuse(p, f, f->why_not, instead);
		}
	}
}

/* ---- together ---------------------------------------------------------------------------- */

static bool names(const struct k_tool *a, const struct k_tool *b)
{
	if (has_word(&a->conflicts, b->id))
		return true;
	for (size_t i = 0; i < b->classes.n; i++)
		if (has_word(&a->conflicts, b->classes.v[i]))
			return true;
	return false;
}

bool plan_conflict(const struct k_tool *a, const struct k_tool *b)
{
	return a == b || names(a, b) || names(b, a);
}

static void number(struct planner *p)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		struct plan_step *s = &p->steps[i];

		s->step = (unsigned)i + 1;
		if (p->better[i] && p->better[i]->install[0])
			s->why = arena_printf(&p->d->arena, "%s; %s would see more: %s", s->why,
				p->better[i]->name, p->better[i]->install);
		for (size_t j = 0; j < p->n_steps; j++)
			if (j != i && p->tool[i] && p->tool[j] &&
				!plan_conflict(p->tool[i], p->tool[j]) &&
				s->n_parallel < ARRAY_LEN(s->parallel_with))
				s->parallel_with[s->n_parallel++] = (unsigned)j + 1;
	}
}

static void want(struct planner *p, const char *resource)
{
	for (size_t i = 0; i < p->n_resources; i++)
		if (strcmp(p->resources[i], resource) == 0)
			return;
	if (p->n_resources < MAX_RESOURCES)
		p->resources[p->n_resources++] = resource;
}

static void want_all(struct planner *p)
{
	const struct k_leaf *leaf = knowledge_leaf(p->k, p->d->symptom.leaf);
	bool bench = p->d->symptom.request == REQUEST_BENCHMARK;

	if (bench)
		want(p, p->d->target.url && !p->d->target.argv ? "load" : "bench");
	if (!bench && p->expert && route_for(p->expert, p->d->symptom.class_name))
		want(p, p->d->symptom.class_name); /* "latency", "startup": the expert has a way for
						      it */
	for (size_t i = 0; !bench && leaf && i < leaf->resources.n; i++)
		want(p, leaf->resources.v[i]);
	if (!bench && p->n_resources == 0) {
		want(p, "cpu");
		want(p, "wall");
	}
	if (p->d->symptom.request == REQUEST_OPTIMIZE)
		want(p, "bench"); /* an optimisation without a before is a guess */
	if (p->d->target.dsn)
		want(p, "query");
	if (p->d->target.url && !p->strict && !bench)
		want(p, "load");
}

/* ---- which tools matter here -------------------------------------------------------------- */

/* Position in the routes of the expert and its fallbacks for what is wanted; then in its others. */
static size_t relevance(const struct planner *p, const struct k_tool *t)
{
	const struct k_expert *e = p->expert;
	size_t rank = 0;

	for (int depth = 0; e && depth < MAX_FALLBACKS;
		depth++, e = knowledge_expert(p->k, e->fallback)) {
		for (size_t i = 0; i < p->n_resources; i++) {
			const struct k_expert_route *r = route_for(e, p->resources[i]);

			for (size_t j = 0; r && j < r->tools.n; j++, rank++)
				if (strcmp(r->tools.v[j], t->id) == 0)
					return rank;
			for (size_t j = 0; r && j < r->production_tools.n; j++, rank++)
				if (strcmp(r->production_tools.v[j], t->id) == 0)
					return rank;
		}
	}
	for (size_t i = 0; p->expert && i < p->expert->n_routes; i++)
		if (has_word(&p->expert->routes[i].tools, t->id))
			return rank;
	return SIZE_MAX;
}

struct ranked {
	struct tool_found tool;
	size_t rank, at;
};

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* The tools of this target first; the others are marked. */
static void sort_tools(struct planner *p)
{
	struct diagnosis *d = p->d;
	struct ranked *r = xcalloc(d->n_tools ? d->n_tools : 1, sizeof(*r));

	for (size_t i = 0; i < d->n_tools; i++) {
		r[i] = (struct ranked){ d->tools[i], relevance(p, d->tools[i].record), i };
		r[i].tool.aside = r[i].rank == SIZE_MAX;
	}
	qsort(r, d->n_tools, sizeof(*r), by_rank);
	for (size_t i = 0; i < d->n_tools; i++)
		d->tools[i] = r[i].tool;
	free(r);
}

void plan_make(struct diagnosis *d, const struct knowledge *k)
{
	struct planner p = { .d = d,
		.k = k,
		.expert = plan_expert(d, k),
		.strict = production_rule(&d->environment) };

	want_all(&p);
	for (size_t i = 0; p.expert && i < p.n_resources; i++)
		choose(&p, i);
	if (p.expert && (p.n_steps == 0 || (d->target.pid && p.n_steps == 1)) &&
		p.n_resources < MAX_RESOURCES) {
		size_t n = p.n_resources;

		want(&p, "cpu"); /* says at least what it computes meanwhile, and costs nothing */
		if (p.n_resources > n)
			choose(&p, n);
	}
	for (size_t i = 0; p.expert && i < p.n_resources; i++)
		refuse_route(&p, i);
	number(&p);
	sort_tools(&p);
	d->plan = arena_array(&d->arena, p.n_steps ? p.n_steps : 1, sizeof(*d->plan));
	memcpy(d->plan, p.steps, p.n_steps * sizeof(*d->plan));
	d->n_plan = p.n_steps;
	d->refused = arena_array(&d->arena, p.n_refused ? p.n_refused : 1, sizeof(*d->refused));
	memcpy(d->refused, p.refused, p.n_refused * sizeof(*d->refused));
	d->n_refused = p.n_refused;
	d->next = p.n_steps ? d->plan[0].command : "perf-ops tools";
	for (size_t i = 0; i < p.n_steps; i++) {
		if (strncmp(d->plan[i].command, "perf-ops profile", 16) == 0) {
			d->next = d->plan[i].command;
			break;
		}
	}
}
