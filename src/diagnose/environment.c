/* SPDX-License-Identifier: MIT */
/* Weighs what speaks for production, development and CI. */
#include "diagnose/environment.h"

#include "base/vec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Weight of a class of evidence: a setting made for the very purpose decides, circumstances only
 * when there is no setting. One setting against another of equal weight: the careful side wins.
 */
#define STRONG 10.0
#define HINT 4.0

struct piece {
	enum env_kind kind;
	double weight;
	const char *text;
};

struct weighing {
	const struct environment_opts *opts;
	struct arena *a;
	vec_of(struct piece) pieces;
};

static enum env_kind kind_of(const char *word)
{
	if (strcmp(word, "production") == 0)
		return ENV_PRODUCTION;
	return strcmp(word, "ci") == 0 ? ENV_CI : ENV_DEVELOPMENT;
}

static void add(struct weighing *w, enum env_kind kind, double weight, const char *text)
{
	for (size_t i = 0; i < w->pieces.n; i++)
		if (strcmp(w->pieces.v[i].text, text) == 0)
			return;
	*vec_push(&w->pieces) = (struct piece){ kind, weight, text };
}

static const char *lower(const char *s, struct arena *a)
{
	char *out = arena_strndup(a, s, strnlen(s, 256));

	for (char *c = out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return out;
}

/* ---- variables ------------------------------------------------------------------------------ */

/* Patterns are written in lower case; an empty list means that the variable's presence is enough.
 */
static bool value_matches(const struct k_env_evidence *e, const char *value, struct arena *a)
{
	return e->values.n == 0 || knowledge_glob_any(&e->values, lower(value, a));
}

static double weight_of(const struct k_env_evidence *e)
{
	static const struct {
		const char *what;
		double weight;
	} weights[] = {
		{ "", STRONG },
		{ "setting", STRONG },
		{ "orchestrator", 5 },
		{ "container", 1.5 },
		{ "ci", 8 },
		{ "unit", 3 },
		{ "shell", 2 },
		{ "place", 1 },
		{ "tool", 3 },
		{ "parent", 3 },
		{ "test", 5 },
		{ "listen", 1.5 },
		{ "command", 4 },
		{ "terminal", 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(weights); i++)
		if (strcmp(e->what, weights[i].what) == 0)
			return weights[i].weight;
	return 1;
}

/* The value is shown only when the record names values: then it is one of them. */
static const char *describe(const struct k_env_evidence *e, const char *name, const char *value,
	const char *where, struct arena *a)
{
	if (e->values.n && strlen(value) <= 80)
		return arena_printf(a, "%s=%s%s%s", name, value, *where ? " in " : "", where);
	return arena_printf(a, "%s is set%s%s", name, *where ? " in " : "", where);
}

static void judge_assignment(
	struct weighing *w, const char *assignment, const char *where, double scale)
{
	const struct knowledge *k = w->opts->knowledge;
	const char *eq = strchr(assignment, '=');
	size_t n = eq ? (size_t)(eq - assignment) : 0;

	if (n == 0 || n > 128 || eq[1] == '\0')
		return;
	const char *name = arena_strndup(w->a, assignment, n);

	for (size_t i = 0; i < k->n_env_evidence; i++) {
		const struct k_env_evidence *e = &k->env_evidence[i];

		if (!*e->variable || !knowledge_glob(e->variable, name) ||
			!value_matches(e, eq + 1, w->a))
			continue;
		add(w, kind_of(e->kind), weight_of(e) * scale,
			describe(e, name, eq + 1, where, w->a));
		return; /* the first record that knows this value */
	}
}

/* Records without a variable match texts of a class: units, paths, commands. */
static void judge_text(struct weighing *w, const char *what, const char *text, const char *shown)
{
	const struct knowledge *k = w->opts->knowledge;

	for (size_t i = 0; i < k->n_env_evidence; i++) {
		const struct k_env_evidence *e = &k->env_evidence[i];

		if (*e->variable || strcmp(e->what, what) != 0 ||
			!knowledge_glob_any(&e->values, lower(text, w->a)))
			continue;
		add(w, kind_of(e->kind), weight_of(e), shown);
		return;
	}
}

/* ---- circumstances of a running process -------------------------------------------------------
 */

static const char *comm_at(struct procfs *p, pid_t pid, struct proc_task_stat *ret)
{
	struct span text;

	if (pid <= 0 || procfs_read_pid(p, pid, "stat", &text, NULL) < 0 ||
		proc_task_stat_parse(text, ret, NULL) < 0)
		return NULL;
	return ret->comm;
}

/* A shell with a terminal above it: somebody started it by hand. */
static void judge_ancestors(struct weighing *w, struct procfs *p)
{
	struct proc_task_stat st = w->opts->view->stat;

	for (int depth = 0; depth < 16 && st.ppid > 1; depth++) {
		const char *comm = comm_at(p, st.ppid, &st);

		if (!comm)
			return;
		judge_text(w, "parent", comm, arena_printf(w->a, "started by %s", comm));
		if (st.tty)
			judge_text(w, "shell", comm,
				arena_printf(w->a, "started from a %s on a terminal", comm));
	}
}

static void judge_process(struct weighing *w, struct procfs *p)
{
	const struct process_info *i = w->opts->process;
	const struct process_view *v = w->opts->view;
	const char *line = process_view_command_line(&v->args, w->a, 4000);

	if (*i->unit)
		judge_text(w, "unit", i->unit, arena_printf(w->a, "systemd unit %s", i->unit));
	if (*i->container) {
		const char *shown = arena_printf(w->a, "runs in container %s", i->container);

		judge_text(w, "orchestrator", i->container, shown);
		judge_text(w, "container", i->container, shown);
	}
	if (*i->cwd)
		judge_text(w, "place", i->cwd, arena_printf(w->a, "works in %s", i->cwd));
	if (*v->exe)
		judge_text(w, "place", v->exe, arena_printf(w->a, "its program is in %s", v->exe));
	for (size_t n = 0; n < i->n_listening; n++) {
		const char *port = arena_printf(w->a, ":%u", i->listening[n]);

		judge_text(w, "listen", port,
			arena_printf(w->a, "listens on port %u", i->listening[n]));
	}
	judge_text(w, "command", line, "started by a command for development or tests");
	if (v->stat.tty)
		judge_text(w, "terminal", "terminal", "has a terminal");
	judge_ancestors(w, p);
}

/* ---- verdict ----------------------------------------------------------------------------------
 */

static int compare_pieces(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return (x->weight < y->weight) - (x->weight > y->weight);
}

/*
 * What is development must be clear, since tools that may harm are allowed there: weak
 * circumstances have to add up. A CI machine says so in several variables, which count once, and
 * tests with test settings; a setting made for the purpose beats it. What is neither clearly one
 * nor the other stays unknown, which counts as production.
 */
static enum env_kind verdict_of(const double *sum)
{
	double production = sum[ENV_PRODUCTION], development = sum[ENV_DEVELOPMENT];
	double ci = MIN(sum[ENV_CI], 8.0);

	if (ci >= 2) {
		if (production - ci > 1.9 && production > development)
			return ENV_PRODUCTION;
		return development - ci > 1.9 && development - production > 3.9 ? ENV_DEVELOPMENT
										: ENV_CI;
	}
	if (production - development > 1.9)
		return ENV_PRODUCTION;
	return development - production > 3.9 ? ENV_DEVELOPMENT : ENV_UNKNOWN;
}

static void decide(struct weighing *w, struct caveats *caveats, struct environment *ret)
{
	double sum[4] = { 0 };
	const struct piece *against = NULL;

	for (size_t i = 0; i < w->pieces.n; i++)
		sum[w->pieces.v[i].kind] += w->pieces.v[i].weight;
	enum env_kind best = verdict_of(sum);

	if (w->pieces.n > 1)
		qsort(w->pieces.v, w->pieces.n, sizeof(*w->pieces.v), compare_pieces);
	ret->kind = best;
	ret->because = arena_array(w->a, w->pieces.n, sizeof(*ret->because));
	ret->n_because = 0;
	for (size_t i = 0; i < w->pieces.n; i++)
		if (w->pieces.v[i].kind == best || best == ENV_UNKNOWN)
			ret->because[ret->n_because++] = w->pieces.v[i].text;
	for (size_t i = 0; i < w->pieces.n && best != ENV_UNKNOWN; i++) {
		if (w->pieces.v[i].kind == best ||
			(best == ENV_CI && w->pieces.v[i].kind == ENV_DEVELOPMENT))
			continue;
		if (w->pieces.v[i].weight < 2)
			continue; /* a folder against a setting is no contradiction */
		against = against ? against : &w->pieces.v[i];
		ret->because[ret->n_because++] = arena_printf(w->a, "but %s speaks for %s",
			w->pieces.v[i].text, env_kind_name(w->pieces.v[i].kind));
	}
	if (best == ENV_UNKNOWN && sum[ENV_PRODUCTION] >= STRONG && sum[ENV_DEVELOPMENT] >= STRONG)
		caveat_add(caveats, w->a, "environment-contradiction",
			"settings for production and for development are both there: treated as "
			"production; --env "
			"decides it");
	if (against && against->weight >= 3)
		caveat_add(caveats, w->a, "environment-contradiction",
			"%s although %s speaks for %s; --env decides it", env_kind_name(best),
			against->text, env_kind_name(against->kind));
}

static int apply_override(
	const char *word, struct arena *a, struct environment *ret, struct err *err)
{
	enum env_kind kind = strcmp(word, "production") == 0 ? ENV_PRODUCTION
		: strcmp(word, "development") == 0           ? ENV_DEVELOPMENT
							     : ENV_UNKNOWN;

	if (kind == ENV_UNKNOWN)
		return fail(err, EINVAL, "--env cannot be '%s' (production or development)", word);
	ret->kind = kind;
	ret->because = arena_array(a, 1, sizeof(*ret->because));
	ret->because[0] = arena_printf(a, "--env %s", word);
	ret->n_because = 1;
	return 0;
}

int environment_judge(const struct environment_opts *opts, struct arena *a, struct caveats *caveats,
	struct environment *ret, struct err *err)
{
	struct weighing w = { .opts = opts, .a = a };
	struct environment env = { 0 };
	struct procfs p;
	int r;

	if (opts->override) {
		r = apply_override(opts->override, a, &env, err);
		if (r == 0)
			*ret = env;
		return r;
	}
	for (size_t i = 0; opts->view && i < opts->view->env.n; i++)
		judge_assignment(&w, opts->view->env.v[i], "", 1);
	/* what a project's files say is not yet what this process got */
	for (size_t i = 0; i < opts->n_hints; i++)
		judge_assignment(
			&w, opts->hints[i].assignment, opts->hints[i].where, HINT / STRONG);
	if (opts->view && opts->process) {
		r = procfs_open(&p, opts->root, err);
		if (r < 0) {
			vec_done(&w.pieces);
			return r;
		}
		judge_process(&w, &p);
		procfs_done(&p);
	}
	decide(&w, caveats, &env);
	vec_done(&w.pieces);
	*ret = env;
	return 0;
}
