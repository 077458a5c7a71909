/* SPDX-License-Identifier: MIT */
/* References, words and conditions of a knowledge set. */
#include "knowledge/check.h"

#include "base/buf.h"
#include "base/map.h"
#include "knowledge/condition.h"
#include "knowledge/knowledge.h"
#include "knowledge/schema.h"

#include <errno.h>
#include <string.h>

/* ---- ids --------------------------------------------------------------------------------- */

static bool well_formed(const char *id)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-._");

	return n > 0 && id[n] == '\0' && id[0] != '-' && id[0] != '.' && n <= 100;
}

static int check_kind_ids(const struct knowledge *k, const struct k_kind *kind, struct err *err)
{
	struct strtab seen;
	const char *list = k_list(k, kind);
	int r = 0;

	strtab_init(&seen);
	for (size_t i = 0; i < k_count(k, kind) && r == 0; i++) {
		const char *record = list + i * kind->size;
		const char *id = k_text(record, kind->id_offset);
		const char *origin = k_text(record, kind->origin_offset);
		uint32_t before = seen.n;

		strtab_add(&seen, id);
		if (!well_formed(id)) {
			r = fail(err, EINVAL,
				"%s: id '%.60s' must be lower-case letters, digits, '-', '.' or "
				"'_'",
				origin, id);
		} else if (seen.n == before) {
			for (size_t j = 0; j < i && r == 0; j++)
				if (strcmp(k_text(list + j * kind->size, kind->id_offset), id) == 0)
					r = fail(err, EEXIST,
						"%s: id '%s' is already used in %s at %s", origin,
						id, kind->name,
						k_text(list + j * kind->size, kind->origin_offset));
		}
	}
	strtab_done(&seen);
	return r;
}

int knowledge_check_ids(const struct knowledge *k, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < K_KIND_COUNT && r == 0; i++)
		if (k_kinds[i].id_offset != SIZE_MAX)
			r = check_kind_ids(k, &k_kinds[i], err);
	return r;
}

/* ---- references -------------------------------------------------------------------------- */

static bool in_words(const char *const *words, const char *s)
{
	for (; *words; words++)
		if (strcmp(*words, s) == 0)
			return true;
	return false;
}

static int unresolved(
	const char *origin, const char *key, const char *what, const char *id, struct err *err)
{
	return fail(err, ENOENT, "%s: '%s' names %s '%.80s', which does not exist", origin, key,
		what, id);
}

static int check_word(const char *origin, const char *key, const char *word,
	const char *const *words, struct err *err)
{
	if (in_words(words, word))
		return 0;
	struct buf all = { 0 };

	for (size_t i = 0; words[i]; i++)
		buf_printf(&all, "%s%s", i ? ", " : "", words[i][0] ? words[i] : "nothing");
	int r = fail(err, EINVAL, "%s: '%s' cannot be '%.60s' (one of: %s)", origin, key, word,
		buf_cstr(&all));

	buf_done(&all);
	return r;
}

/* Language ids; "any" and, for rules, "native" stand for groups. */
static int check_languages(
	const struct knowledge *k, const char *origin, const struct k_strings *l, struct err *err)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], "any") != 0 && strcmp(l->v[i], "native") != 0 &&
			!knowledge_language(k, l->v[i]))
			return unresolved(origin, "languages", "language", l->v[i], err);
	return 0;
}

static int check_tool_ids(const struct knowledge *k, const char *origin, const char *key,
	const struct k_strings *ids, struct err *err)
{
	for (size_t i = 0; i < ids->n; i++)
		if (!knowledge_tool(k, ids->v[i]))
			return unresolved(origin, key, "tool", ids->v[i], err);
	return 0;
}

/* What can be looked at; "counters" and "load" are modes of tools only, the others also of leaves.
 */
static int check_resource(const char *origin, const char *key, const char *word, struct err *err)
{
	static const char *const resources[] = { "cpu", "memory", "wall", "locks", "io", "latency",
		"throughput", "startup", "build", "bundle", "query", "bench", "load", "gc",
		"counters", NULL };

	return check_word(origin, key, word, resources, err);
}

static int check_resources(const char *origin, const struct k_strings *list, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < list->n && r == 0; i++)
		r = check_resource(origin, "resources", list->v[i], err);
	return r;
}

static bool metric_known(void *ctx, const char *name, size_t len)
{
	const struct knowledge *k = ctx;

	for (size_t i = 0; i < k->n_metrics; i++)
		if (strlen(k->metrics[i].id) == len && memcmp(k->metrics[i].id, name, len) == 0)
			return true;
	return false;
}

static int check_condition(
	const struct knowledge *k, const char *origin, const char *when, struct err *err)
{
	struct knowledge set = *k;
	int r = condition_check(when, metric_known, &set, err);

	if (r < 0)
		err_prefix(err, "%s", origin);
	return r;
}

/* {name} places of a text or a command template; names are read up to ':' or '}'. */
static int check_places(const char *origin, const char *text,
	bool (*known)(void *ctx, const char *name, size_t len), void *ctx, struct err *err)
{
	for (const char *p = text; (p = strchr(p, '{')); p++) {
		size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz0123456789_.");

		if (n == 0 || (p[1 + n] != '}' && p[1 + n] != ':'))
			continue; /* a brace of its own, as in awk or JSON */
		if (!known(ctx, p + 1, n))
			return fail(err, ENOENT, "%s: '{%.*s}' is not known here", origin, (int)n,
				p + 1);
	}
	return 0;
}

/* ---- kinds ------------------------------------------------------------------------------- */

static bool place_known(void *ctx, const char *name, size_t len)
{
	static const char *const places[] = { "pid", "seconds", "out", "cmd", "url", "dsn",
		"project", "connections", "rate", "hz", "port", "host", "script", "exe", "python",
		"node", "sql", NULL };
	char word[32];

	if (len >= sizeof(word))
		return false;
	memcpy(word, name, len);
	word[len] = '\0';
	return in_words(places, word);
}

static bool is_class(const struct knowledge *k, const char *word)
{
	for (size_t i = 0; i < k->n_tools; i++)
		for (size_t j = 0; j < k->tools[i].classes.n; j++)
			if (strcmp(k->tools[i].classes.v[j], word) == 0)
				return true;
	return false;
}

static int check_tool(const struct knowledge *k, const struct k_tool *t, struct err *err)
{
	static const char *const states[] = { "active", "slow", "abandoned", NULL };
	int r = check_word(t->origin, "status", t->status, states, err);

	if (r == 0)
		r = check_languages(k, t->origin, &t->languages, err);
	if (r == 0)
		r = check_resources(t->origin, &t->resources, err);
	for (size_t i = 0; i < t->conflicts.n && r == 0; i++)
		if (!knowledge_tool(k, t->conflicts.v[i]) && !is_class(k, t->conflicts.v[i]))
			r = unresolved(
				t->origin, "conflicts", "tool or class", t->conflicts.v[i], err);
	for (size_t i = 0; i < t->n_commands && r == 0; i++) {
		r = check_resource(t->origin, "mode", t->commands[i].mode, err);
		if (r == 0)
			r = check_places(t->origin, t->commands[i].attach, place_known, NULL, err);
		if (r == 0)
			r = check_places(
				t->origin, t->commands[i].production, place_known, NULL, err);
		if (r == 0)
			r = check_places(t->origin, t->commands[i].launch, place_known, NULL, err);
	}
	if (r == 0 && !t->embedded && t->binaries.n == 0 && t->modules.n == 0)
		r = fail(err, EINVAL,
			"%s: a tool needs 'binaries' or 'modules' to be found by, or 'embedded: "
			"true'",
			t->origin);
	if (r == 0 && t->sources.n == 0)
		r = fail(err, EINVAL, "%s: 'sources' must say where the claims come from",
			t->origin);
	return r;
}

static int check_expert(const struct knowledge *k, const struct k_expert *e, struct err *err)
{
	int r = check_languages(k, e->origin, &e->languages, err);

	if (r == 0 && e->fallback[0] && !knowledge_expert(k, e->fallback))
		r = unresolved(e->origin, "fallback", "expert", e->fallback, err);
	for (size_t i = 0; i < e->n_routes && r == 0; i++) {
		const struct k_expert_route *route = &e->routes[i];

		r = check_resource(e->origin, "resource", route->resource, err);
		if (r == 0)
			r = check_tool_ids(k, e->origin, "tools", &route->tools, err);
		if (r == 0)
			r = check_tool_ids(
				k, e->origin, "production_tools", &route->production_tools, err);
		for (size_t j = 0; j < route->production_tools.n && r == 0; j++)
			if (!knowledge_tool(k, route->production_tools.v[j])->production_safe)
				r = fail(err, EINVAL,
					"%s: production tool '%s' of '%s' is not production_safe",
					e->origin, route->production_tools.v[j], route->resource);
	}
	return r;
}

static bool is_leaf_class(const struct knowledge *k, const char *label)
{
	for (size_t i = 0; i < k->n_leaves; i++)
		if (strcmp(k->leaves[i].class_name, label) == 0)
			return true;
	return false;
}

static int check_votes(const struct knowledge *k, const char *origin, const char *key,
	const struct k_cue_vote *v, size_t n, const char *const *words, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		int r = 0;

		if (words)
			r = check_word(origin, key, v[i].label, words, err);
		else if (!knowledge_leaf(k, v[i].label) && !is_leaf_class(k, v[i].label))
			r = unresolved(origin, key, "leaf or class", v[i].label, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool concept_known(const struct knowledge *k, const char *name, size_t n)
{
	for (size_t i = 0; i < k->n_concepts; i++)
		if (strlen(k->concepts[i].id) == n && memcmp(k->concepts[i].id, name, n) == 0)
			return true;
	return false;
}

static int check_phrases(const struct knowledge *k, const char *origin,
	const struct k_strings *phrases, struct err *err)
{
	for (size_t i = 0; i < phrases->n; i++) {
		for (const char *p = phrases->v[i]; (p = strchr(p, '@')); p++) {
			size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz0123456789-_");

			if (n && !concept_known(k, p + 1, n))
				return fail(err, ENOENT,
					"%s: phrase '%.80s' uses the unknown concept '@%.*s'",
					origin, phrases->v[i], (int)n, p + 1);
		}
	}
	return 0;
}

/* what words or a process can imply: symptom.language of the diagnosis */
static const char *const implied_languages[] = { "python", "go", "rust", "javascript-backend",
	"javascript-frontend", "java", "c", "cpp", "ruby", "php", "dotnet", "sql", "none", NULL };

static int check_cue(const struct knowledge *k, const struct k_cue *c, struct err *err)
{
	static const char *const requests[] = { "symptom", "profile", "benchmark", "optimize",
		"why", NULL };
	int r = check_phrases(k, c->origin, &c->phrases, err);

	if (r == 0)
		r = check_votes(k, c->origin, "votes", c->votes, c->n_votes, NULL, err);
	if (r == 0)
		r = check_votes(k, c->origin, "negated", c->negated, c->n_negated, NULL, err);
	if (r == 0)
		r = check_votes(k, c->origin, "request", c->request, c->n_request, requests, err);
	if (r == 0)
		r = check_votes(k, c->origin, "language", c->language, c->n_language,
			implied_languages, err);
	return r;
}

static int check_frames(const char *origin, const char *key, const struct k_frame_match *f,
	size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (f[i].names.n == 0)
			return fail(
				err, EINVAL, "%s: an entry of '%s' has no 'names'", origin, key);
		if (f[i].info < 0 || f[i].info > 1 || f[i].warning < f[i].info || f[i].warning > 1)
			return fail(err, EINVAL,
				"%s: '%s' needs 0 <= info <= warning <= 1, not %g and %g", origin,
				key, f[i].info, f[i].warning);
	}
	return 0;
}

static int check_rule(const struct knowledge *k, const struct k_rule *rule, struct err *err)
{
	int r = check_languages(k, rule->origin, &rule->languages, err);

	if (r == 0 && !knowledge_cause(k, rule->cause))
		r = unresolved(rule->origin, "cause", "cause", rule->cause, err);
	for (size_t i = 0; i < rule->vetoes.n && r == 0; i++)
		if (!knowledge_rule(k, rule->vetoes.v[i]))
			r = unresolved(rule->origin, "vetoes", "rule", rule->vetoes.v[i], err);
	if (r == 0)
		r = check_frames(rule->origin, "frames", rule->frames, rule->n_frames, err);
	if (r == 0)
		r = check_frames(rule->origin, "never", rule->never, rule->n_never, err);
	if (r == 0 && rule->when[0])
		r = check_condition(k, rule->origin, rule->when, err);
	if (r == 0 && (rule->confidence < 0 || rule->confidence > 1))
		r = fail(err, EINVAL, "%s: 'confidence' must be between 0 and 1, not %g",
			rule->origin, rule->confidence);
	return r;
}

static int check_signal(const struct knowledge *k, const struct k_signal *s, struct err *err)
{
	static const char *const severities[] = { "info", "warning", "critical", NULL };
	static const char *const scopes[] = { "", "target", "group", "machine", NULL };
	struct knowledge set = *k;
	int r = check_word(s->origin, "severity", s->severity, severities, err);

	if (r == 0)
		r = check_condition(k, s->origin, s->when, err);
	if (r == 0 && s->value[0] && !metric_known(&set, s->value, strlen(s->value)))
		r = unresolved(s->origin, "value", "metric", s->value, err);
	if (r == 0)
		r = check_places(s->origin, s->text, metric_known, &set, err);
	if (r == 0 && s->leaf[0] && !knowledge_leaf(k, s->leaf))
		r = unresolved(s->origin, "leaf", "leaf", s->leaf, err);
	if (r == 0)
		r = check_votes(k, s->origin, "votes", s->votes, s->n_votes, NULL, err);
	return r == 0 ? check_word(s->origin, "scope", s->scope, scopes, err) : r;
}

static int check_recognition(const struct knowledge *k, struct err *err)
{
	static const char *const sides[] = { "", "backend", "frontend", "both", NULL };
	static const char *const env_kinds[] = { "production", "development", "ci", NULL };
	static const char *const frame_kinds[] = { "library", "runtime", "kernel", "app", "entry",
		"special", "accessor", "allocator", "collector", "spawner", "trampoline",
		"machinery", NULL };
	int r = 0;

	for (size_t i = 0; i < k->n_languages && r == 0; i++)
		if (!knowledge_expert(k, k->languages[i].expert))
			r = unresolved(k->languages[i].origin, "expert", "expert",
				k->languages[i].expert, err);
	for (size_t i = 0; i < k->n_detects && r == 0; i++) {
		r = check_languages(k, k->detects[i].origin, &k->detects[i].languages, err);
		if (r == 0)
			r = check_word(
				k->detects[i].origin, "side", k->detects[i].side, sides, err);
	}
	for (size_t i = 0; i < k->n_env_evidence && r == 0; i++)
		r = check_word(
			k->env_evidence[i].origin, "kind", k->env_evidence[i].kind, env_kinds, err);
	for (size_t i = 0; i < k->n_frame_classes && r == 0; i++)
		r = check_word(k->frame_classes[i].origin, "kind", k->frame_classes[i].kind,
			frame_kinds, err);
	return r;
}

static bool runtime_known(const struct knowledge *k, const char *id)
{
	for (size_t i = 0; i < k->n_runtimes; i++)
		if (strcmp(k->runtimes[i].id, id) == 0)
			return true;
	return strcmp(id, "any") == 0;
}

static bool flag_place_known(void *ctx, const char *name, size_t len)
{
	return (len == 5 && (!memcmp(name, "match", 5) || !memcmp(name, "value", 5))) ||
		metric_known(ctx, name, len);
}

static int check_flag(const struct knowledge *k, const struct k_flag *f, struct err *err)
{
	static const char *const builds[] = { "", "debug", NULL };
	struct knowledge set = *k;
	int r = check_word(f->origin, "build", f->build, builds, err);

	for (size_t i = 0; i < f->runtimes.n && r == 0; i++)
		if (!runtime_known(k, f->runtimes.v[i]))
			r = unresolved(f->origin, "runtimes", "runtime", f->runtimes.v[i], err);
	if (r == 0 && f->when[0])
		r = check_condition(k, f->origin, f->when, err);
	return r == 0 ? check_places(f->origin, f->text, flag_place_known, &set, err) : r;
}

static int check_process(const struct knowledge *k, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < k->n_runtimes && r == 0; i++)
		r = check_word(k->runtimes[i].origin, "language", k->runtimes[i].language,
			implied_languages, err);
	for (size_t i = 0; i < k->n_flags && r == 0; i++)
		r = check_flag(k, &k->flags[i], err);
	return r;
}

int knowledge_check(const struct knowledge *k, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < k->n_tools && r == 0; i++)
		r = check_tool(k, &k->tools[i], err);
	for (size_t i = 0; i < k->n_experts && r == 0; i++)
		r = check_expert(k, &k->experts[i], err);
	for (size_t i = 0; i < k->n_leaves && r == 0; i++)
		r = check_resources(k->leaves[i].origin, &k->leaves[i].resources, err);
	for (size_t i = 0; i < k->n_concepts && r == 0; i++)
		r = check_phrases(k, k->concepts[i].origin, &k->concepts[i].phrases, err);
	for (size_t i = 0; i < k->n_cues && r == 0; i++)
		r = check_cue(k, &k->cues[i], err);
	for (size_t i = 0; i < k->n_rules && r == 0; i++)
		r = check_rule(k, &k->rules[i], err);
	for (size_t i = 0; i < k->n_signals && r == 0; i++)
		r = check_signal(k, &k->signals[i], err);
	if (r == 0)
		r = check_process(k, err);
	return r == 0 ? check_recognition(k, err) : r;
}
