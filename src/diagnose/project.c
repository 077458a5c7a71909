/* SPDX-License-Identifier: MIT */
/* Project detection: scan, packages, facts, settings, summary. */
#include "diagnose/project.h"

#include "base/clock.h"
#include "base/file.h"
#include "diagnose/project_fact.h"
#include "diagnose/project_settings.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	MAX_LANGUAGES_SHOWN = 20,
	MAX_EVIDENCE = 4,
	ROOT_LEAST = 10 /* the root's own source is at least a tenth, or it speaks for all */
};

static int resolve(
	const char *folder, struct arena *a, const char **ret, bool *ret_was_file, struct err *err)
{
	_cleanup_(freep) char *real = realpath(folder, NULL);

	if (!real && path_is_dir(folder)) {
		/* /proc/PID/cwd of a container names a path that is only there */
		char text[PATH_MAX];
		ssize_t n = readlink(folder, text, sizeof(text));

		*ret_was_file = false;
		*ret = n > 0 ? arena_strndup(a, text, (size_t)n) : arena_strdup(a, folder);
		return 0;
	}
	if (!real) {
		int r = fail(err, errno, "cannot open project folder '%s': %m", folder);

		err_hint(err, "name an existing folder with --project DIR");
		return r;
	}
	*ret_was_file = !path_is_dir(real);
	if (*ret_was_file) {
		char *slash = strrchr(real, '/');

		slash[slash == real] = '\0';
	}
	*ret = arena_strdup(a, real);
	return 0;
}

static void add_evidence(struct language_share *l, struct arena *a, const char *text)
{
	if (l->n_evidence == MAX_EVIDENCE)
		return;
	for (size_t i = 0; i < l->n_evidence; i++)
		if (strcmp(l->evidence[i], text) == 0)
			return;
	l->evidence[l->n_evidence++] = arena_strdup(a, text);
}

/* Manifests first, they say more than a count of files. */
static void language_evidence(const struct package_set *s, struct language_share *l)
{
	l->evidence = arena_array(s->a, MAX_EVIDENCE, sizeof(*l->evidence));
	vec_foreach (m, &s->manifests)
		if (l->n_evidence < MAX_EVIDENCE - 1 &&
			strcmp(language_family(m->m.language), language_family(l->name)) == 0)
			add_evidence(l, s->a, project_scan_file(s->scan, m->dir, m->file, s->a));
	add_evidence(l, s->a,
		arena_printf(s->a, "%llu source file%s", (unsigned long long)l->files,
			l->files == 1 ? "" : "s"));
}

static int by_bytes(const void *a, const void *b)
{
	const struct language_share *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void sum_languages(const struct package_set *s, struct project *ret)
{
	const struct knowledge *k = s->m->k;
	uint64_t bytes[MATCH_MAX_LANGUAGES + 1] = { 0 }, files[MATCH_MAX_LANGUAGES + 1] = { 0 };
	uint64_t counted = 0, all = 0;

	for (size_t i = 0; i < s->n_drafts; i++)
		for (unsigned l = 0; l < MATCH_MAX_LANGUAGES && l < k->n_languages; l++)
			bytes[l] += s->drafts[i]->bytes[l];
	vec_foreach (c, &s->scan->cells)
		files[c->language] += c->files;
	for (unsigned l = 0; l < MATCH_MAX_LANGUAGES && l < k->n_languages; l++) {
		all += bytes[l];
		counted += package_language_counts(s->m, l) ? bytes[l] : 0;
	}
	struct language_share *v = arena_array(s->a, k->n_languages + 1, sizeof(*v));
	size_t n = 0;

	for (unsigned l = 0; l < MATCH_MAX_LANGUAGES && l < k->n_languages; l++) {
		if (!bytes[l] || (counted && !package_language_counts(s->m, l)))
			continue;
		v[n++] = (struct language_share){ .name = k->languages[l].id,
			.bytes = bytes[l],
			.files = files[l],
			.share = (double)bytes[l] / (double)(counted ? counted : all) };
	}
	if (n)
		qsort(v, n, sizeof(*v), by_bytes);
	n = MIN(n, (size_t)MAX_LANGUAGES_SHOWN);
	/* headers were counted apart; their files belong to whichever language got their bytes */
	for (size_t i = 0; i < n; i++) {
		if (files[MATCH_HEADER] &&
			(strcmp(v[i].name, "c") == 0 || strcmp(v[i].name, "cpp") == 0)) {
			v[i].files += files[MATCH_HEADER];
			files[MATCH_HEADER] = 0;
		}
		language_evidence(s, &v[i]);
	}
	ret->languages = v;
	ret->n_languages = n;
}

static const char *draft_language(
	const struct package_set *s, const struct package_draft *d, const struct project *p)
{
	unsigned l = package_main_language(s->m, d->bytes);
	uint64_t own = 0, all = 0;

	for (size_t i = 0; i < p->n_languages; i++)
		all += p->languages[i].bytes;
	for (unsigned i = 0; i <= MATCH_MAX_LANGUAGES; i++)
		own += package_language_counts(s->m, i) ? d->bytes[i] : 0;
	/* the root of several packages often has nothing but scripts and configuration of its tools
	 */
	if (d->dir == 0 &&
		(d->workspace || own * ROOT_LEAST < all || l == LANGUAGE_NONE ||
			!package_language_counts(s->m, l)) &&
		p->n_languages)
		return p->languages[0].name;
	return l != LANGUAGE_NONE ? s->m->k->languages[l].id : d->manifest_language;
}

static bool has_javascript(const struct package_set *s, const struct package_draft *d)
{
	for (unsigned l = 0; l < MATCH_MAX_LANGUAGES && l < s->m->k->n_languages; l++)
		if (d->bytes[l] &&
			strcmp(language_family(s->m->k->languages[l].id), "javascript") == 0)
			return true;
	return strcmp(d->manifest_language, "javascript") == 0;
}

static void write_packages(struct package_set *s, struct project *ret)
{
	bool front = false, back = false;

	ret->packages = arena_array(s->a, s->n_drafts, sizeof(*ret->packages));
	for (size_t i = 0; i < s->n_drafts; i++) {
		struct package_draft *d = s->drafts[i];
		struct project_package *p = &ret->packages[ret->n_packages++];
		const char *folder = s->scan->dirs.v[d->dir].name;

		p->path = project_scan_path(s->scan, d->dir, s->a);
		p->name = d->name ? d->name
				  : arena_strdup(s->a, d->dir ? folder : path_base(ret->root));
		p->language = draft_language(s, d, ret);
		p->javascript_side = has_javascript(s, d) ? package_side(d) : "";
		package_facts_sort(d);
		p->facts = arena_array(s->a, d->facts.n, sizeof(*p->facts));
		if (d->facts.n)
			memcpy(p->facts, d->facts.v, d->facts.n * sizeof(*p->facts));
		p->n_facts = d->facts.n;
		front = front || strcmp(p->javascript_side, "frontend") == 0 ||
			strcmp(p->javascript_side, "both") == 0;
		back = back || strcmp(p->javascript_side, "backend") == 0 ||
			strcmp(p->javascript_side, "both") == 0;
	}
	ret->javascript_side = front && back ? "both" : front ? "frontend" : back ? "backend" : "";
}

static void write_caveats(const struct package_set *s, struct project *p, struct caveats *c)
{
	const struct project_scan *scan = s->scan;

	p->truncated = scan->limit != NULL || s->cut;
	if (scan->limit)
		caveat_add(c, s->a, "project-scan-truncated",
			"the project was not read to its end (limit: %s): %llu files in %zu "
			"folders were seen, languages and "
			"packages may be incomplete",
			scan->limit, (unsigned long long)scan->files_seen, scan->dirs.n);
	if (scan->heads_read >= scan_default_limits.heads)
		caveat_add(c, s->a, "project-heads-limited",
			"only the first %llu source files were looked into for imports and marks "
			"of generated code",
			(unsigned long long)scan->heads_read);
	if (s->cut)
		caveat_add(c, s->a, "project-packages-truncated",
			"only the first %d packages are listed", PROJECT_MAX_PACKAGES);
	if (scan->unreadable)
		caveat_add(c, s->a, "project-unreadable",
			"%llu %s of the project cannot be read and %s left out",
			(unsigned long long)scan->unreadable,
			scan->unreadable == 1 ? "file or folder" : "files or folders",
			scan->unreadable == 1 ? "is" : "are");
	if (s->bad_manifests == 1)
		caveat_add(c, s->a, "project-manifest-unreadable",
			"'%s' cannot be understood and is left out", s->bad_manifest);
	else if (s->bad_manifests)
		caveat_add(c, s->a, "project-manifest-unreadable",
			"%llu manifests ('%s' is one) cannot be understood and are left out",
			(unsigned long long)s->bad_manifests, s->bad_manifest);
}

int project_detect(const struct knowledge *k, const char *folder, struct arena *a,
	struct project *ret, struct caveats *caveats, struct err *err)
{
	uint64_t start_ns = clock_mono_ns();
	struct project p = { .javascript_side = "" };
	struct project_scan scan;
	struct project_matcher m;
	bool was_file = false;
	int r = resolve(folder, a, &p.root, &was_file, err);

	if (r < 0)
		return r;
	if (strcmp(p.root, "/") == 0) {
		p.packages = arena_new(a, struct project_package);
		caveat_add(caveats, a, "project-not-looked-at",
			"'/' is the whole file system and no project; name one with --project DIR");
		*ret = p;
		return 0;
	}
	project_matcher_init(&m, k);
	/* through the path as given: the root of another mount namespace has a name only there */
	r = project_scan_run(&m, was_file ? p.root : folder, &scan_default_limits, &scan, err);
	if (r < 0) {
		project_matcher_done(&m);
		return r;
	}
	struct package_set s = { .m = &m, .scan = &scan, .a = a };

	package_set_build(&s);
	sum_languages(&s, &p);
	project_settings_read(&s, &p);
	package_facts_build(&s);
	write_packages(&s, &p);
	write_caveats(&s, &p, caveats);
	if (was_file)
		caveat_add(caveats, a, "project-is-file",
			"the project was given as a file; its folder was looked at");
	p.found = p.n_languages > 0 || p.n_packages > 1 ||
		(p.n_packages == 1 && p.packages[0].n_facts > 0);
	p.files_seen = scan.files_seen;
	p.files_skipped = scan.files_skipped;
	package_set_done(&s);
	project_scan_done(&scan);
	project_matcher_done(&m);
	p.scan_ns = clock_mono_ns() - start_ns;
	*ret = p;
	return 0;
}
