/* SPDX-License-Identifier: MIT */
/* The list of manifest formats and what they share. */
#include "parse/manifest.h"

#include "parse/manifest_build.h"

#define X(n) &manifest_##n,
const struct manifest_format *const manifest_formats[MANIFEST_FORMATS] = { MANIFESTS(X) };
#undef X

/* QUOTED_REACH: how far a quoted text may be or go on, so that a hostile line costs no square time
 */
enum { TEXT_MAX = 120, VERSION_MAX = 40, QUOTED_REACH = 1000 };

const char *manifest_text(struct arena *a, struct span s)
{
	s = span_trim(s);
	if (s.n == 0)
		return "";
	size_t n = MIN(s.n, (size_t)TEXT_MAX);

	while (n < s.n && n && (s.p[n] & 0xc0) == 0x80) /* not in the middle of a UTF-8 sequence */
		n--;
	char *t = arena_strndup(a, s.p, n);

	for (char *c = t; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return t;
}

static bool version_char(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c && strchr(".^~<>=!*,|+- ()[]", c));
}

const char *manifest_version(struct arena *a, struct span s)
{
	bool digit = false;

	s = span_trim(s);
	if (span_starts(s, "==")) /* exactly this version */
		s = span_trim(span_from(s, 2));
	if (s.n == 0 || s.n > VERSION_MAX)
		return "";
	for (size_t i = 0; i < s.n; i++) {
		if (!version_char(s.p[i]))
			return "";
		digit = digit || (s.p[i] >= '0' && s.p[i] <= '9');
	}
	/* "latest" or "workspace" say nothing; a long hex word may be a token */
	if (!digit)
		return "";
	size_t run = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool alnum = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] | 32) >= 'a';

		run = alnum && s.p[i] != '~' && s.p[i] != '|' ? run + 1 : 0;
		if (run > 16)
			return "";
	}
	return arena_strndup(a, s.p, s.n);
}

/* Arrays grow by doubling inside the arena; the old halves are dropped with it. */
static void *grown(struct arena *a, void *v, size_t n, size_t size)
{
	if (n && (n < 8 || (n & (n - 1))))
		return v;
	void *bigger = arena_array(a, n ? n * 2 : 8, size);

	if (n)
		memcpy(bigger, v, n * size);
	return bigger;
}

void manifest_add_dep(struct manifest *m, struct arena *a, struct span name, struct span version)
{
	name = span_trim(name);
	if (name.n == 0 || name.n > TEXT_MAX)
		return;
	if (m->n_deps == MANIFEST_MAX_DEPS) {
		m->cut = true;
		return;
	}
	m->deps = grown(a, m->deps, m->n_deps, sizeof(*m->deps));
	m->deps[m->n_deps++] = (struct manifest_dep){ .name = manifest_text(a, name),
		.version = manifest_version(a, version) };
}

void manifest_add_member(struct manifest *m, struct arena *a, struct span glob)
{
	glob = span_trim(glob);
	if (span_starts(glob, "./"))
		glob = span_from(glob, 2);
	while (glob.n && glob.p[glob.n - 1] == '/')
		glob.n--;
	if (glob.n == 0 || glob.n > TEXT_MAX)
		return;
	if (m->n_members == MANIFEST_MAX_MEMBERS) {
		m->cut = true;
		return;
	}
	m->members = grown(a, m->members, m->n_members, sizeof(*m->members));
	m->members[m->n_members++] = manifest_text(a, glob);
}

static bool requirement_name_char(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		c == '.' || c == '_' || c == '-';
}

void manifest_add_requirement(struct manifest *m, struct arena *a, struct span s)
{
	size_t n = 0;

	s = span_trim(s);
	while (n < s.n && requirement_name_char(s.p[n]))
		n++;
	if (n == 0)
		return;
	struct span name = span_sub(s, 0, n), rest = span_trim(span_from(s, n));

	if (rest.n && rest.p[0] == '[') {
		const uint8_t *end = memchr(rest.p, ']', rest.n);

		rest = end ? span_trim(span_from(rest, (uint64_t)(end - rest.p) + 1))
			   : (struct span){ 0 };
	}
	/* anything else than a version, a marker or an address is no requirement
	 * ("git+https://...") */
	if (rest.n && (!rest.p[0] || !strchr("=<>~!;#@(", rest.p[0])))
		return;
	size_t v = 0;

	while (v < rest.n && rest.p[v] != ';' && rest.p[v] != '#' && rest.p[v] != '@')
		v++;
	/* "name @ https://token@host/..." has no version to show */
	struct span version =
		v < rest.n && rest.p[v] == '@' ? (struct span){ 0 } : span_sub(rest, 0, v);

	manifest_add_dep(m, a, name, version);
}

void manifest_set(const char **field, struct arena *a, struct span s)
{
	if (!*field && span_trim(s).n)
		*field = manifest_text(a, s);
}

bool text_next_quoted(struct span s, size_t *at, struct span *ret)
{
	size_t limit = MIN(s.n, *at + QUOTED_REACH);

	for (size_t i = *at; i < limit; i++) {
		int q = s.p[i];

		if (q == '\n')
			return false;
		if (q != '"' && q != '\'')
			continue;
		for (size_t e = i + 1; e < MIN(s.n, i + QUOTED_REACH) && s.p[e] != '\n'; e++) {
			if (s.p[e] == '\\') {
				e++;
			} else if (s.p[e] == q) {
				*ret = span_sub(s, i + 1, e - i - 1);
				*at = e + 1;
				return true;
			}
		}
		return false;
	}
	return false;
}

struct span text_without_comment(struct span line, const char *mark)
{
	size_t n = strlen(mark);
	int quote = 0;

	for (size_t i = 0; i < line.n; i++) {
		int c = line.p[i];

		if (quote) {
			if (c == '\\')
				i++;
			else if (c == quote)
				quote = 0;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (line.n - i >= n && memcmp(line.p + i, mark, n) == 0) {
			return span_trim(span_sub(line, 0, i));
		}
	}
	return span_trim(line);
}

static bool word_char(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		c == '_';
}

bool text_find_word(struct span s, const char *word, size_t *ret_end)
{
	size_t n = strlen(word);

	for (size_t at = 0; at + n <= s.n;) {
		const uint8_t *hit = memmem(s.p + at, s.n - at, word, n);

		if (!hit)
			return false;
		size_t from = (size_t)(hit - s.p);

		at = from + 1;
		if ((from && word_char(s.p[from - 1])) ||
			(from + n < s.n && word_char(s.p[from + n])))
			continue;
		*ret_end = from + n;
		return true;
	}
	return false;
}

bool text_has(struct span s, const char *needle)
{
	return s.n && memmem(s.p, s.n, needle, strlen(needle));
}

struct span text_word(struct span s)
{
	size_t n = 0;

	while (n < s.n && (word_char(s.p[n]) || (s.p[n] && strchr(".-+/:@", s.p[n]))))
		n++;
	return span_sub(s, 0, n);
}

int manifest_parse(const struct manifest_format *f, struct span in, struct arena *a,
	struct manifest *ret, struct err *err)
{
	struct manifest m = { .package = true };
	int r = f->parse(in, a, &m, err);

	if (r < 0)
		return r;
	const char **texts[] = { &m.name, &m.language, &m.runtime, &m.runtime_version, &m.workspace,
		&m.side };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!*texts[i])
			*texts[i] = "";
	if (!*m.language)
		m.language = f->language;
	*ret = m;
	return 0;
}
