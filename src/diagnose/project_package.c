/* SPDX-License-Identifier: MIT */
/* Which folders are packages, and what belongs to each. */
#include "diagnose/project_package.h"

#include "base/file.h"

#include <stdlib.h>

enum { MANIFEST_MAX_BYTES = 512 * 1024 };

static bool is_format(const struct manifest_at *m, const struct manifest_format *f)
{
	return m->format == f;
}

static bool is_native_build(const struct manifest_at *m)
{
	return is_format(m, &manifest_cmake) || is_format(m, &manifest_meson) ||
		is_format(m, &manifest_makefile);
}

static bool is_native_list(const struct manifest_at *m)
{
	return is_format(m, &manifest_conanfile) || is_format(m, &manifest_vcpkg);
}

/* .github/scripts and the like serve the project, they are no part of it. */
static bool is_hidden(const struct project_scan *scan, uint32_t dir)
{
	for (; dir; dir = scan->dirs.v[dir].parent)
		if (scan->dirs.v[dir].name[0] == '.')
			return true;
	return false;
}

static void read_manifests(struct package_set *s)
{
	struct project_scan *scan = s->scan;

	vec_foreach (f, &scan->manifests) {
		if (is_hidden(scan, f->dir))
			continue;
		_cleanup_(buf_done) struct buf text = { 0 };
		struct manifest_at at = {
			.dir = f->dir, .format = manifest_formats[f->format], .file = f->file
		};
		const char *path = project_scan_file(scan, f->dir, f->file, &s->work);

		if (file_read_at(scan->root_fd, path, MANIFEST_MAX_BYTES, &text, NULL) < 0 ||
			manifest_parse(at.format, buf_span(&text), s->a, &at.m, NULL) < 0) {
			s->bad_manifests++;
			s->bad_manifest = path;
			continue;
		}
		*vec_push(&s->manifests) = at;
	}
}

static struct package_draft *draft_of(struct package_set *s, uint32_t dir)
{
	for (size_t i = s->n_drafts; i > 0; i--)
		if (s->drafts[i - 1]->dir == dir)
			return s->drafts[i - 1];
	return NULL;
}

static struct package_draft *add_draft(struct package_set *s, uint32_t dir)
{
	struct package_draft *d = draft_of(s, dir);

	if (d)
		return d;
	if (s->n_drafts == PROJECT_MAX_PACKAGES) {
		s->cut = true;
		return NULL;
	}
	if (s->n_drafts % 64 == 0)
		s->drafts = xreallocarray(s->drafts, s->n_drafts + 64, sizeof(*s->drafts));
	d = arena_new(&s->work, struct package_draft);
	d->dir = dir;
	d->manifest_language = "";
	s->drafts[s->n_drafts++] = d;
	return d;
}

/* The folder named by a relative path below another folder; UINT32_MAX when it was not walked. */
static uint32_t dir_at(const struct project_scan *scan, uint32_t dir, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");
		uint32_t found = UINT32_MAX;

		for (uint32_t i = dir + 1; i < scan->dirs.n && found == UINT32_MAX; i++) {
			if (scan->dirs.v[i].depth <= scan->dirs.v[dir].depth)
				break;
			if (scan->dirs.v[i].parent == dir &&
				span_eq(span_of(path, n), scan->dirs.v[i].name))
				found = i;
		}
		if (found == UINT32_MAX && n)
			return found;
		dir = n ? found : dir;
		path += n + (path[n] == '/');
	}
	return dir;
}

/* Programming source directly in a folder, shell apart. */
static bool has_source(const struct package_set *s, uint32_t dir, bool native_only)
{
	const struct knowledge *k = s->m->k;

	vec_foreach (c, &s->scan->cells) {
		if (c->dir != dir)
			continue;
		const char *id = c->language == MATCH_HEADER ? "c" : k->languages[c->language].id;
		bool native = c->language == MATCH_HEADER ||
			strcmp(k->languages[c->language].expert, "native") == 0;

		if (package_language_counts(s->m, c->language) && strcmp(id, "shell") != 0 &&
			(native || !native_only))
			return true;
	}
	return false;
}

static bool below(const struct project_scan *scan, uint32_t dir, uint32_t top)
{
	while (dir > top)
		dir = scan->dirs.v[dir].parent;
	return dir == top;
}

static bool native_above(const struct package_set *s, uint32_t dir)
{
	for (size_t i = 0; i < s->n_drafts; i++)
		if (s->drafts[i]->native && s->drafts[i]->dir != dir &&
			below(s->scan, dir, s->drafts[i]->dir))
			return true;
	return false;
}

/* A make project has its source beside the Makefile or in one of the usual folders. */
static bool is_make_project(const struct package_set *s, uint32_t dir)
{
	static const char *const usual[] = { "src", "source", "sources", "lib", "core" };
	const struct project_scan *scan = s->scan;

	if (has_source(s, dir, true))
		return true;
	for (uint32_t i = dir + 1;
		i < scan->dirs.n && scan->dirs.v[i].depth > scan->dirs.v[dir].depth; i++)
		for (size_t u = 0; u < ARRAY_LEN(usual) && scan->dirs.v[i].parent == dir; u++)
			if (strcmp(scan->dirs.v[i].name, usual[u]) == 0 && has_source(s, i, true))
				return true;
	return false;
}

/* Python source anywhere below, so that docs/requirements.txt doesn't make a package. */
static bool has_python_below(const struct package_set *s, uint32_t dir)
{
	vec_foreach (c, &s->scan->cells)
		if (c->language != MATCH_HEADER &&
			strcmp(s->m->k->languages[c->language].id, "python") == 0 &&
			below(s->scan, c->dir, dir))
			return true;
	return false;
}

static bool is_documentation(const char *name)
{
	return strcmp(name, "docs") == 0 || strcmp(name, "doc") == 0 ||
		strcmp(name, "documentation") == 0;
}

/* Lists of requirements in a folder of their own belong to the folder above. */
static uint32_t home_of(const struct package_set *s, const struct manifest_at *m)
{
	const struct scan_dir *d = &s->scan->dirs.v[m->dir];

	if (is_format(m, &manifest_requirements) &&
		(strcmp(d->name, "requirements") == 0 || strcmp(d->name, "deps") == 0))
		return d->parent;
	if (is_format(m, &manifest_gradle_catalog) && strcmp(d->name, "gradle") == 0)
		return d->parent;
	return m->dir;
}

static bool makes_package(const struct package_set *s, const struct manifest_at *m)
{
	uint32_t dir = home_of(s, m);

	if (is_native_build(m)) {
		if (native_above(s, dir))
			return false;
		return is_format(m, &manifest_makefile) ? is_make_project(s, dir) : m->m.package;
	}
	if (is_native_list(m) || is_format(m, &manifest_gradle_catalog))
		return false;
	if (m->m.package)
		return true;
	if (is_format(m, &manifest_requirements) || is_format(m, &manifest_conda_env))
		return !is_documentation(s->scan->dirs.v[dir].name) && has_python_below(s, dir);
	return false;
}

static void add_members(struct package_set *s, const struct manifest_at *m)
{
	if (!*m->m.workspace)
		return;
	for (size_t i = 0; i < m->m.n_members; i++) {
		const char *path = m->m.members[i];

		if (strpbrk(path, "*?[!"))
			continue; /* globs name folders that have manifests of their own */
		uint32_t dir = dir_at(s->scan, m->dir, path);

		if (dir != UINT32_MAX)
			add_draft(s, dir);
	}
}

/* A folder with its own container image and source is a service, also without a manifest. */
static void add_container_folders(struct package_set *s)
{
	vec_foreach (h, &s->scan->hits) {
		const struct k_detect *d = &s->m->k->detects[h->detect];

		if (h->dir && h->how == HIT_FILE && strcmp(d->id, "dockerfile") == 0 &&
			has_source(s, h->dir, false))
			add_draft(s, h->dir);
	}
}

static int by_dir(const void *a, const void *b)
{
	const struct package_draft *x = *(struct package_draft *const *)a,
				   *y = *(struct package_draft *const *)b;

	return x->dir < y->dir ? -1 : x->dir > y->dir;
}

static int manifest_by_dir(const void *a, const void *b)
{
	const struct manifest_at *x = a, *y = b;

	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	return x->format < y->format ? -1 : x->format > y->format;
}

static void choose_packages(struct package_set *s)
{
	add_draft(s, 0);
	/* folders come before what is below them, so that a native build above is already known */
	if (s->manifests.n)
		qsort(s->manifests.v, s->manifests.n, sizeof(*s->manifests.v), manifest_by_dir);
	vec_foreach (m, &s->manifests) {
		uint32_t dir = home_of(s, m);
		struct package_draft *d =
			dir == 0 || makes_package(s, m) ? add_draft(s, dir) : draft_of(s, dir);

		if (!d)
			continue;
		d->native = d->native || (is_native_build(m) && makes_package(s, m));
		if (!d->name && *m->m.name)
			d->name = m->m.name;
		else if (!d->name && is_format(m, &manifest_csproj)) /* the file has the name */
			d->name = arena_strndup(
				s->a, m->file, (size_t)(path_ext(m->file) - m->file) - 1);
		if (!*d->manifest_language)
			d->manifest_language = m->m.language;
		d->workspace = d->workspace || *m->m.workspace;
	}
	vec_foreach (m, &s->manifests)
		add_members(s, m);
	add_container_folders(s);
	qsort(s->drafts, s->n_drafts, sizeof(*s->drafts), by_dir);
}

/* Every folder belongs to the nearest package at or above it. */
static void assign_folders(struct package_set *s)
{
	size_t next = 1;

	s->package_of = arena_array(&s->work, s->scan->dirs.n, sizeof(*s->package_of));
	for (uint32_t d = 1; d < s->scan->dirs.n; d++) {
		s->package_of[d] = s->package_of[s->scan->dirs.v[d].parent];
		if (next < s->n_drafts && s->drafts[next]->dir == d)
			s->package_of[d] = (uint32_t)next++;
	}
	vec_foreach (c, &s->scan->cells)
		s->drafts[s->package_of[c->dir]]->bytes[c->language] += c->bytes;
}

bool package_language_counts(const struct project_matcher *m, unsigned language)
{
	return language == MATCH_HEADER ||
		(language < m->k->n_languages && !*m->k->languages[language].kind);
}

unsigned package_main_language(const struct project_matcher *m, const uint64_t *bytes)
{
	unsigned best = LANGUAGE_NONE, other = LANGUAGE_NONE;

	for (unsigned l = 0; l < MATCH_MAX_LANGUAGES && l < m->k->n_languages; l++) {
		if (!bytes[l])
			continue;
		if (package_language_counts(m, l) &&
			(best == LANGUAGE_NONE || bytes[l] > bytes[best]))
			best = l;
		if (other == LANGUAGE_NONE || bytes[l] > bytes[other])
			other = l;
	}
	return best != LANGUAGE_NONE ? best : other;
}

static unsigned language_number(const struct knowledge *k, const char *id)
{
	for (unsigned l = 0; l < k->n_languages && l < MATCH_MAX_LANGUAGES; l++)
		if (strcmp(k->languages[l].id, id) == 0)
			return l;
	return LANGUAGE_NONE;
}

/*
 * A .h file is C++ when its package has more C++ than C. A library of headers alone stays C.
 */
static void settle_headers(struct package_set *s)
{
	unsigned c = language_number(s->m->k, "c"), cpp = language_number(s->m->k, "cpp");
	uint64_t all_c = 0, all_cpp = 0;

	if (c == LANGUAGE_NONE || cpp == LANGUAGE_NONE)
		return;
	for (size_t i = 0; i < s->n_drafts; i++) {
		all_c += s->drafts[i]->bytes[c];
		all_cpp += s->drafts[i]->bytes[cpp];
	}
	for (size_t i = 0; i < s->n_drafts; i++) {
		uint64_t *b = s->drafts[i]->bytes;
		bool is_cpp = b[c] + b[cpp] ? b[cpp] > b[c] : all_cpp > all_c;

		b[is_cpp ? cpp : c] += b[MATCH_HEADER];
		b[MATCH_HEADER] = 0;
	}
}

void package_set_build(struct package_set *s)
{
	read_manifests(s);
	choose_packages(s);
	assign_folders(s);
	settle_headers(s);
}

void package_set_done(struct package_set *s)
{
	for (size_t i = 0; i < s->n_drafts; i++) {
		vec_done(&s->drafts[i]->facts);
		vec_done(&s->drafts[i]->fact_keys);
	}
	vec_done(&s->manifests);
	free(s->drafts);
	arena_done(&s->work);
}
