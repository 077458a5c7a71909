/* SPDX-License-Identifier: MIT */
/* Knowledge about projects, compiled for look-ups. */
#include "diagnose/project_match.h"

#include "base/alloc.h"
#include "parse/manifest.h"

#include <stdlib.h>

enum { WORD_MAX = 160 };

const char *language_family(const char *language)
{
	static const char *const families[][2] = { { "typescript", "javascript" },
		{ "vue", "javascript" }, { "svelte", "javascript" }, { "astro", "javascript" },
		{ "coffeescript", "javascript" }, { "kotlin", "java" }, { "scala", "java" },
		{ "groovy", "java" }, { "clojure", "java" }, { "cpp", "c" }, { "cuda", "c" },
		{ "objective-c", "c" }, { "fsharp", "csharp" }, { "visual-basic", "csharp" },
		{ "erlang", "elixir" }, { "jupyter", "python" } };

	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (strcmp(families[i][0], language) == 0)
			return families[i][1];
	return language;
}

bool project_detect_speaks(const struct k_detect *d, const char *language)
{
	const char *family = language_family(language);

	if (d->languages.n == 0 || !*language)
		return true;
	for (size_t i = 0; i < d->languages.n; i++)
		if (strcmp(d->languages.v[i], "any") == 0 ||
			strcmp(language_family(d->languages.v[i]), family) == 0)
			return true;
	return false;
}

/* Lower case, '_' as '-'; the length, 0 when the name is too long to be one. */
static size_t normalise(struct span name, char *out)
{
	if (name.n >= WORD_MAX)
		return 0;
	for (size_t i = 0; i < name.n; i++) {
		int c = name.p[i];

		out[i] = (char)(c == '_' ? '-' : c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	out[name.n] = '\0';
	return name.n;
}

static void word_index_add(struct word_index *x, const char *name, uint32_t detect)
{
	char word[WORD_MAX];
	size_t n = normalise(span_str(name), word);
	bool is_new;

	if (!n)
		return;
	if (strpbrk(name, "*?[")) {
		struct word_glob *g = arena_new(&x->arena, struct word_glob);

		*g = (struct word_glob){
			.glob = arena_strdup(&x->arena, word), .detect = detect, .next = x->globs
		};
		x->globs = g;
		return;
	}
	uint32_t *slot = map_u64_put(&x->map, hash_bytes(word, n, 0), &is_new);

	if (is_new) {
		if (x->n_lists == x->cap_lists) {
			x->cap_lists = x->cap_lists ? x->cap_lists * 2 : 512;
			x->lists = xreallocarray(x->lists, x->cap_lists, sizeof(*x->lists));
		}
		x->lists[x->n_lists] = NULL;
		*slot = (uint32_t)x->n_lists++;
	}
	struct name_word *w = arena_new(&x->arena, struct name_word);

	*w = (struct name_word){ .detect = detect, .next = x->lists[*slot] };
	x->lists[*slot] = w;
}

static void word_index_done(struct word_index *x)
{
	map_u64_done(&x->map);
	free(x->lists);
	arena_done(&x->arena);
}

static void find_exact(const struct word_index *x, const char *word, size_t n,
	void (*found)(void *ctx, uint32_t detect), void *ctx)
{
	const uint32_t *slot = x->map.n ? map_u64_get(&x->map, hash_bytes(word, n, 0)) : NULL;

	for (const struct name_word *w = slot ? x->lists[*slot] : NULL; w; w = w->next)
		found(ctx, w->detect);
}

void word_index_find(const struct word_index *x, struct span name,
	void (*found)(void *ctx, uint32_t detect), void *ctx)
{
	char word[WORD_MAX];
	size_t n = normalise(name, word);

	if (!n)
		return;
	find_exact(x, word, n, found, ctx);
	for (const struct word_glob *g = x->globs; g; g = g->next)
		if (knowledge_glob(g->glob, word))
			found(ctx, g->detect);
}

void word_index_find_prefixes(const struct word_index *x, struct span name, const char *separator,
	void (*found)(void *ctx, uint32_t detect), void *ctx)
{
	char word[WORD_MAX];
	size_t n = normalise(name, word);

	while (n) {
		find_exact(x, word, n, found, ctx);
		word[n] = '\0';
		const char *cut = NULL;

		for (char *c = word; (c = strstr(c, separator)); c++)
			cut = c;
		n = cut ? (size_t)(cut - word) : 0;
		word[n] = '\0';
	}
}

static void add_language_names(struct project_matcher *m, unsigned i)
{
	const struct k_language *l = &m->k->languages[i];
	bool is_new;

	m->style[i] = import_style_of(l->id);
	for (size_t e = 0; e < l->extensions.n; e++) {
		const char *ext = l->extensions.v[e];
		uint32_t *slot =
			map_u64_put(&m->extensions, hash_bytes(ext, strlen(ext), 0), &is_new);

		if (is_new)
			*slot = strcmp(ext, "h") == 0 ? MATCH_HEADER : i;
	}
	for (size_t s = 0; s < l->shebangs.n; s++) {
		uint32_t *slot = map_u64_put(&m->shebangs,
			hash_bytes(l->shebangs.v[s], strlen(l->shebangs.v[s]), 0), &is_new);

		if (is_new)
			*slot = i;
	}
	for (size_t f = 0; f < l->files.n; f++)
		name_index_add(&m->files, l->files.v[f], MATCH_TAG(MATCH_LANGUAGE, i));
}

static void add_hidden(struct project_matcher *m, const char *pattern)
{
	size_t n = strcspn(pattern, "/");

	if (pattern[0] != '.' || !pattern[n])
		return;
	for (size_t i = 0; i < m->n_hidden; i++)
		if (span_eq(span_of(pattern, n), m->hidden[i]))
			return;
	if (m->n_hidden % 16 == 0)
		m->hidden = xreallocarray(m->hidden, m->n_hidden + 16, sizeof(*m->hidden));
	m->hidden[m->n_hidden++] = arena_strndup(&m->arena, pattern, n);
}

/* In these languages what sources import has the names that manifests use. */
static bool imports_are_dependencies(const struct k_detect *d)
{
	static const char *const languages[] = { "python", "javascript", "go", "rust", "ruby" };

	for (size_t i = 0; i < d->languages.n; i++)
		for (size_t l = 0; l < ARRAY_LEN(languages); l++)
			if (strcmp(language_family(d->languages.v[i]), languages[l]) == 0)
				return true;
	return false;
}

static void add_detect(struct project_matcher *m, uint32_t i)
{
	const struct k_detect *d = &m->k->detects[i];

	for (size_t f = 0; f < d->files.n; f++) {
		name_index_add(&m->files, d->files.v[f], MATCH_TAG(MATCH_DETECT, i));
		add_hidden(m, d->files.v[f]);
	}
	for (size_t n = 0; n < d->dependencies.n; n++) {
		word_index_add(&m->dependencies, d->dependencies.v[n], i);
		if (imports_are_dependencies(d))
			word_index_add(&m->imports, d->dependencies.v[n], i);
	}
	for (size_t n = 0; n < d->imports.n; n++)
		word_index_add(&m->imports, d->imports.v[n], i);
}

static void add_ignore(struct project_matcher *m, uint32_t i)
{
	const struct k_ignore *g = &m->k->ignores[i];

	for (size_t d = 0; d < g->dirs.n && !g->holds.n; d++)
		name_index_add(&m->dirs, g->dirs.v[d], MATCH_TAG(MATCH_IGNORE, i));
	for (size_t h = 0; h < g->holds.n; h++)
		name_index_add(&m->holds, g->holds.v[h], MATCH_TAG(MATCH_IGNORE, i));
	for (size_t f = 0; f < g->files.n; f++)
		name_index_add(&m->files, g->files.v[f], MATCH_TAG(MATCH_IGNORE, i));
	if (!g->markers.n)
		return;
	m->marks = xreallocarray(m->marks, m->n_marks + g->markers.n, sizeof(*m->marks));
	memcpy(m->marks + m->n_marks, g->markers.v, g->markers.n * sizeof(*m->marks));
	m->n_marks += g->markers.n;
}

void project_matcher_init(struct project_matcher *m, const struct knowledge *k)
{
	*m = (struct project_matcher){ .k = k };
	for (unsigned i = 0; i < k->n_languages && i < MATCH_MAX_LANGUAGES; i++)
		add_language_names(m, i);
	m->style[MATCH_HEADER] = IMPORT_C;
	for (uint32_t i = 0; i < k->n_ignores; i++)
		add_ignore(m, i);
	source_marks_init(&m->generated, m->marks, m->n_marks);
	for (uint32_t i = 0; i < k->n_detects; i++)
		add_detect(m, i);
	for (uint32_t i = 0; i < MANIFEST_FORMATS; i++)
		for (const char *const *f = manifest_formats[i]->files; *f; f++)
			name_index_add(&m->files, *f, MATCH_TAG(MATCH_MANIFEST, i));
}

void project_matcher_done(struct project_matcher *m)
{
	name_index_done(&m->files);
	name_index_done(&m->dirs);
	name_index_done(&m->holds);
	map_u64_done(&m->extensions);
	map_u64_done(&m->shebangs);
	word_index_done(&m->dependencies);
	word_index_done(&m->imports);
	free(m->marks);
	free(m->hidden);
	arena_done(&m->arena);
}

static unsigned language_at(const struct map_u64 *map, const char *word, size_t n)
{
	const uint32_t *slot = map->n ? map_u64_get(map, hash_bytes(word, n, 0)) : NULL;

	return slot ? *slot : (unsigned)LANGUAGE_NONE;
}

unsigned project_matcher_extension(const struct project_matcher *m, const char *name, size_t len)
{
	const char *dot = memrchr(name, '.', len);
	char ext[16];

	if (!dot || dot == name || len - (size_t)(dot - name) > sizeof(ext))
		return LANGUAGE_NONE;
	size_t n = len - (size_t)(dot + 1 - name);

	for (size_t i = 0; i < n; i++)
		ext[i] = (char)(dot[1 + i] >= 'A' && dot[1 + i] <= 'Z' ? dot[1 + i] + 32
								       : dot[1 + i]);
	return language_at(&m->extensions, ext, n);
}

unsigned project_matcher_interpreter(const struct project_matcher *m, struct span program)
{
	return program.n ? language_at(&m->shebangs, (const char *)program.p, program.n)
			 : (unsigned)LANGUAGE_NONE;
}
