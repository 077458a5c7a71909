/* SPDX-License-Identifier: MIT */
/* Facts of packages. */
#include "diagnose/project_fact.h"

#include <stdlib.h>
#include <strings.h>

enum { MAX_FACTS = 120 };

/* Kinds as in struct project_fact, most telling first; what is not listed comes last. */
static const char *const kind_order[] = { "framework", "orm", "database", "server", "queue",
	"runtime", "bundler", "compute", "library", "build", "package-manager", "monorepo", "test",
	"benchmark", "profiler", "load", "observability", "container", "orchestration", "deploy",
	"service", "port", "ci", "lint" };

static size_t kind_rank(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kind_order); i++)
		if (strcmp(kind_order[i], kind) == 0)
			return i;
	return ARRAY_LEN(kind_order);
}

void package_fact_add(
	struct package_set *s, struct package_draft *d, struct project_fact fact, uint32_t detect)
{
	if (d->facts.n == MAX_FACTS)
		return;
	for (size_t i = 0; i < d->facts.n; i++) {
		struct project_fact *f = &d->facts.v[i];

		if (strcasecmp(f->name, fact.name) != 0 || strcmp(f->kind, fact.kind) != 0)
			continue;
		if (!*f->version)
			f->version = fact.version;
		return;
	}
	(void)s;
	*vec_push(&d->facts) = fact;
	*vec_push(&d->fact_keys) = detect + 1;
}

static void vote(struct package_draft *d, const char *side, bool strong)
{
	bool both = strcmp(side, "both") == 0;
	bool front = both || strcmp(side, "frontend") == 0,
	     back = both || strcmp(side, "backend") == 0;

	d->strong_front = d->strong_front || (front && strong);
	d->strong_back = d->strong_back || (back && strong);
	d->weak_front = d->weak_front || front;
	d->weak_back = d->weak_back || back;
}

static bool is_javascript(const struct k_detect *d)
{
	for (size_t i = 0; i < d->languages.n; i++)
		if (strcmp(language_family(d->languages.v[i]), "javascript") == 0)
			return true;
	return d->languages.n == 0;
}

struct dep_look {
	struct package_set *s;
	struct package_draft *d;
	const struct manifest_at *at;
	const struct manifest_dep *dep;
	const char *evidence;
};

static void dep_found(void *ctx, uint32_t detect)
{
	struct dep_look *l = ctx;
	const struct k_detect *k = &l->s->m->k->detects[detect];
	const char *language = l->at->m.language;

	if (!project_detect_speaks(k, *language ? language : "c"))
		return;
	/* "*[tool.x]" and the like name a dependency only when the record means that language */
	if (!k->languages.n && !k->dependencies.n)
		return;
	if (*k->side && is_javascript(k))
		vote(l->d, k->side, true);
	package_fact_add(l->s, l->d,
		(struct project_fact){ .kind = k->kind,
			.name = k->name,
			.version = l->dep->version,
			.evidence = l->evidence },
		detect);
}

static void manifest_facts(struct package_set *s, const struct manifest_at *at)
{
	struct package_draft *d = s->drafts[s->package_of[at->dir]];
	const struct manifest *m = &at->m;
	const char *evidence = project_scan_file(s->scan, at->dir, at->file, s->a);
	struct dep_look look = { .s = s, .d = d, .at = at, .evidence = evidence };

	if (*m->side)
		vote(d, m->side, true);
	if (*m->workspace)
		package_fact_add(s, d,
			(struct project_fact){ .kind = "monorepo",
				.name = m->workspace,
				.version = "",
				.evidence = evidence },
			UINT32_MAX);
	if (*m->runtime)
		package_fact_add(s, d,
			(struct project_fact){ .kind = "runtime",
				.name = m->runtime,
				.version = m->runtime_version,
				.evidence = evidence },
			UINT32_MAX);
	for (size_t i = 0; i < m->n_deps; i++) {
		look.dep = &m->deps[i];
		word_index_find(&s->m->dependencies, span_str(m->deps[i].name), dep_found, &look);
	}
}

static const char *printable(struct arena *a, const char *s)
{
	char *t = arena_strdup(a, s);

	for (char *c = t; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return t;
}

/* Whether a folder of examples, documentation or (when asked) tests lies between it and its
 * package. */
static bool beside_the_program(const struct package_set *s, uint32_t dir, bool tests)
{
	static const char *const names[] = { "docs", "doc", "examples", "example", "samples",
		"sample", "demo", "demos", "tutorials", "tests", "test", "spec", "specs",
		"__tests__", "e2e" };
	uint32_t top = s->drafts[s->package_of[dir]]->dir;
	size_t n = tests ? ARRAY_LEN(names) : 9;

	for (; dir > top; dir = s->scan->dirs.v[dir].parent)
		for (size_t i = 0; i < n; i++)
			if (strcmp(s->scan->dirs.v[dir].name, names[i]) == 0)
				return true;
	return false;
}

static bool about_tests(const char *kind)
{
	static const char *const kinds[] = { "test", "benchmark", "load", "profiler", "lint", "ci",
		"build", "package-manager" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

static void hit_fact(struct package_set *s, const struct scan_hit *h)
{
	const struct k_detect *k = &s->m->k->detects[h->detect];
	struct package_draft *d = s->drafts[s->package_of[h->dir]];

	/* what examples and tests use is not what the program is made of */
	if ((h->how == HIT_IMPORT || strcmp(k->kind, "runtime") == 0) &&
		beside_the_program(s, h->dir, !about_tests(k->kind)))
		return;
	const char *file = printable(s->a, project_scan_file(s->scan, h->dir, h->file, &s->work));

	/* the configuration of a tool runs in Node whatever the package is */
	if (h->how == HIT_IMPORT && strstr(h->file, ".config.") && strcmp(k->kind, "runtime") == 0)
		return;
	if (*k->side)
		vote(d, k->side, h->how == HIT_FILE && strcmp(k->kind, "runtime") != 0);
	package_fact_add(s, d,
		(struct project_fact){ .kind = k->kind,
			.name = k->name,
			.version = "",
			.evidence = h->how == HIT_FILE ? file
						       : arena_printf(s->a, "%s imports %s", file,
								 printable(&s->work, h->word)) },
		h->detect);
}

static int hit_by_depth(const void *a, const void *b)
{
	const struct scan_hit *x = a, *y = b;

	if (x->how != y->how)
		return x->how == HIT_FILE ? -1 : 1;
	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	if (x->detect != y->detect)
		return x->detect < y->detect ? -1 : 1;
	return strcmp(x->file, y->file);
}

void package_facts_build(struct package_set *s)
{
	vec_foreach (m, &s->manifests)
		manifest_facts(s, m);
	if (s->scan->hits.n)
		qsort(s->scan->hits.v, s->scan->hits.n, sizeof(*s->scan->hits.v), hit_by_depth);
	vec_foreach (h, &s->scan->hits)
		hit_fact(s, h);
}

void package_facts_sort(struct package_draft *d)
{
	/* insertion: few, and equal kinds keep their order */
	for (size_t i = 1; i < d->facts.n; i++) {
		struct project_fact f = d->facts.v[i];
		size_t at = i;

		for (; at > 0 && kind_rank(d->facts.v[at - 1].kind) > kind_rank(f.kind); at--)
			d->facts.v[at] = d->facts.v[at - 1];
		d->facts.v[at] = f;
	}
}

const char *package_side(const struct package_draft *d)
{
	bool strong = d->strong_front || d->strong_back;
	bool front = strong ? d->strong_front : d->weak_front,
	     back = strong ? d->strong_back : d->weak_back;

	if (front && back)
		return "both";
	return front ? "frontend" : back ? "backend" : "";
}
