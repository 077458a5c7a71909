/* SPDX-License-Identifier: MIT */
/* Compiler of the phrase language: text of a cue or concept to the tables of phrase_item.h. */
#include "diagnose/phrase.h"

#include "base/vec.h"
#include "diagnose/phrase_item.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>

struct compiler {
	struct phrase_book *book;
	const char *text, *origin;
	struct err *err;
};

enum { PHRASE_MAX_BYTES = 1000, PHRASE_MAX_ITEMS = 24 };

static int compile_concept(
	struct phrase_book *b, const struct knowledge *k, size_t i, struct err *err);

static int bad(const struct compiler *c, const char *what)
{
	return fail(c->err, EINVAL, "%s: phrase '%s': %s", c->origin, c->text, what);
}

static const struct {
	const char *name;
	enum phrase_class class;
} classes[] = { { "num", PHRASE_NUMBER }, { "pct", PHRASE_PERCENT }, { "dur", PHRASE_DURATION },
	{ "bytes", PHRASE_BYTES }, { "rate", PHRASE_RATE }, { "times", PHRASE_TIMES },
	{ "path", PHRASE_PATH }, { "any", PHRASE_ANY } };

/* "30s", "500MB", "85": a limit in the base unit of its class. */
static bool parse_limit(struct arena *a, const char *s, size_t n, double *ret)
{
	struct words w;

	words_split(&w, span_of(s, n), a);
	if (w.n != 1 || !w.v[0].number)
		return false;
	*ret = w.v[0].value;
	return true;
}

/* <pct:85..> <dur:..1s> <num> */
static int parse_class(const struct compiler *c, const char *s, size_t n, struct phrase_alt *ret)
{
	const char *colon = memchr(s, ':', n);
	size_t name_len = colon ? (size_t)(colon - s) : n;
	bool found = false;

	*ret = (struct phrase_alt){ .kind = ALT_CLASS, .low = -INFINITY, .high = INFINITY };
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (strlen(classes[i].name) == name_len &&
			memcmp(classes[i].name, s, name_len) == 0) {
			ret->class = classes[i].class;
			found = true;
		}
	if (!found)
		return bad(
			c, "unknown number class (num, pct, dur, bytes, rate, times, path, any)");
	if (!colon)
		return 0;
	const char *range = colon + 1, *end = s + n;
	const char *dots = memmem(range, (size_t)(end - range), "..", 2);

	if (!dots)
		return bad(c, "a range is written <pct:85..100>, either side may be left out");
	if (dots > range && !parse_limit(&c->book->arena, range, (size_t)(dots - range), &ret->low))
		return bad(c, "the lower limit is not a number");
	if (dots + 2 < end &&
		!parse_limit(&c->book->arena, dots + 2, (size_t)(end - dots - 2), &ret->high))
		return bad(c, "the upper limit is not a number");
	return 0;
}

/* A word, or several when it has punctuation inside: "core-js", "isn't". */
static int parse_plain(const struct compiler *c, const char *text, struct phrase_alt *ret)
{
	struct phrase_book *b = c->book;
	struct words w;

	words_split(&w, span_str(text), &b->arena);
	if (w.n == 0)
		return bad(c, "it has no letters or digits");
	*ret = (struct phrase_alt){ .kind = w.n == 1 ? ALT_STEM : ALT_STEMS, .n_ids = w.n };
	ret->ids = arena_array(&b->arena, w.n, sizeof(*ret->ids));
	for (size_t i = 0; i < w.n; i++)
		ret->ids[i] = strtab_add(&b->vocabulary, w.v[i].stem);
	ret->id = ret->ids[0];
	return 0;
}

static int parse_alt(const struct compiler *c, const char *s, size_t n, struct phrase_alt *ret)
{
	struct phrase_book *b = c->book;
	char *w = arena_strndup(&b->arena, s, n);

	*ret = (struct phrase_alt){ 0 };
	if (n == 0)
		return bad(c, "empty alternative");
	if (n == 1 && *s == '?') {
		ret->kind = ALT_QUESTION;
		return 0;
	}
	if (s[0] == '<') {
		if (s[n - 1] != '>')
			return bad(c, "a number class ends with '>'");
		return parse_class(c, s + 1, n - 2, ret);
	}
	if (s[0] == '@') {
		size_t at = phrase_concept_find(b, w + 1);

		if (at == SIZE_MAX)
			return bad(c, "it names a concept that does not exist");
		*ret = (struct phrase_alt){ .kind = ALT_CONCEPT, .id = (uint32_t)at };
		return 0;
	}
	if (s[0] == '=' && n > 1) {
		*ret = (struct phrase_alt){ .kind = ALT_EXACT,
			.id = strtab_add(&b->vocabulary, w) };
		return 0;
	}
	for (char *p = w; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (s[0] == '.' && n > 1 && strcmp(w, ".net") != 0) {
		*ret = (struct phrase_alt){ .kind = ALT_EXTENSION,
			.id = strtab_add(&b->vocabulary, w) };
		return 0;
	}
	if (n > 2 && (s[0] == '*' || s[n - 1] == '*')) {
		*ret = (struct phrase_alt){
			.kind = ALT_WILD, .wild_front = s[0] == '*', .wild_back = s[n - 1] == '*'
		};
		if (ret->wild_back)
			w[n - 1] = '\0';
		ret->text = ret->wild_front ? w + 1 : w;
		return 0;
	}
	return parse_plain(c, w, ret);
}

static int parse_item(const struct compiler *c, const char *s, size_t n, struct phrase_item *ret)
{
	struct phrase_book *b = c->book;
	size_t n_alts = 1, k = 0, from = 0;

	for (size_t i = 0; i < n; i++)
		n_alts += s[i] == '|';
	ret->alts = arena_array(&b->arena, n_alts, sizeof(*ret->alts));
	ret->n = n_alts;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != '|')
			continue;
		int r = parse_alt(c, s + from, i - from, &ret->alts[k++]);

		if (r < 0)
			return r;
		from = i + 1;
	}
	return 0;
}

struct phrase_parse {
	vec_of(struct phrase_part) parts;
	vec_of(struct phrase_seq) seqs;
	vec_of(struct phrase_item) items;
	bool start, clause, absent;
	enum phrase_gap gap;
};

static int end_seq(const struct compiler *c, struct phrase_parse *p)
{
	if (p->items.n == 0)
		return bad(c, "a part has no words");
	if (p->items.n > PHRASE_MAX_ITEMS)
		return bad(c, "too many words");
	struct phrase_item *items = arena_array(&c->book->arena, p->items.n, sizeof(*items));

	memcpy(items, p->items.v, p->items.n * sizeof(*items));
	*vec_push(&p->seqs) = (struct phrase_seq){ .items = items,
		.n = p->items.n,
		.sentence_start = p->start,
		.clause_start = p->clause,
		.absent = p->absent };
	p->items.n = 0;
	p->start = p->clause = p->absent = false;
	p->gap = GAP_NONE;
	return 0;
}

static int end_part(const struct compiler *c, struct phrase_parse *p)
{
	int r = end_seq(c, p);

	if (r < 0)
		return r;
	if (p->seqs.n > 1 && p->seqs.v[0].absent)
		return bad(c, "a part must not begin with '!' when more follows in the sentence");
	struct phrase_seq *seqs = arena_array(&c->book->arena, p->seqs.n, sizeof(*seqs));

	memcpy(seqs, p->seqs.v, p->seqs.n * sizeof(*seqs));
	*vec_push(&p->parts) = (struct phrase_part){ .seqs = seqs, .n = p->seqs.n };
	p->seqs.n = 0;
	return 0;
}

static int parse_token(const struct compiler *c, struct phrase_parse *p, const char *s, size_t n)
{
	if (n == 2 && memcmp(s, "&&", 2) == 0)
		return end_part(c, p);
	if (n == 1 && *s == '&')
		return end_seq(c, p);
	if (n == 2 && memcmp(s, "..", 2) == 0)
		return p->gap = GAP_NEAR, 0;
	if (n == 3 && memcmp(s, "...", 3) == 0)
		return p->gap = GAP_SENTENCE, 0;
	if (*s == '!' && n > 1 && p->items.n == 0) {
		p->absent = true;
		s++, n--;
	}
	if (n > 2 && s[0] == '^' && s[1] == '^' && p->items.n == 0) {
		p->clause = true;
		s += 2, n -= 2;
	} else if (*s == '^' && n > 1 && p->items.n == 0) {
		p->start = true;
		s++, n--;
	}
	struct phrase_item *item = vec_push(&p->items);

	*item = (struct phrase_item){ .gap = p->gap };
	p->gap = GAP_NONE;
	return parse_item(c, s, n, item);
}

int phrase_compile(struct phrase_book *b, const char *text, const char *origin, struct phrase *ret,
	struct err *err)
{
	struct compiler c = { b, text, origin, err };
	struct phrase_parse p = { 0 };
	const char *s = text;
	int r = 0;

	if (strlen(text) > PHRASE_MAX_BYTES)
		return bad(&c, "too long");
	while (r >= 0 && *s) {
		size_t n = strcspn(s, " ");

		if (n)
			r = parse_token(&c, &p, s, n);
		s += n + (s[n] == ' ');
	}
	if (r >= 0)
		r = end_part(&c, &p);
	if (r >= 0 && p.parts.v[0].seqs[0].absent)
		r = bad(&c, "the first part must not begin with '!'");
	if (r >= 0) {
		ret->n = p.parts.n;
		ret->parts = arena_array(&b->arena, p.parts.n, sizeof(*ret->parts));
		memcpy(ret->parts, p.parts.v, p.parts.n * sizeof(*ret->parts));
	}
	vec_done(&p.parts);
	vec_done(&p.seqs);
	vec_done(&p.items);
	return r;
}

/* ---- the book ---------------------------------------------------------------------------- */

size_t phrase_concept_find(const struct phrase_book *b, const char *id)
{
	for (size_t i = 0; i < b->n_concepts; i++)
		if (strcmp(b->concepts[i].id, id) == 0)
			return i;
	return SIZE_MAX;
}

static int check_no_cycle(struct phrase_book *b, const struct knowledge *k, const struct phrase *p,
	size_t concept, struct err *err)
{
	const struct phrase_seq *q = &p->parts[0].seqs[0];

	if (p->n != 1 || p->parts[0].n != 1)
		return fail(err, EINVAL, "%s: concept '%s': '&' is for cues only",
			k->concepts[concept].origin, k->concepts[concept].id);
	for (size_t i = 0; i < q->n; i++)
		for (size_t j = 0; j < q->items[i].n; j++) {
			const struct phrase_alt *alt = &q->items[i].alts[j];
			int r = alt->kind == ALT_CONCEPT ? compile_concept(b, k, alt->id, err) : 0;

			if (r < 0)
				return r;
		}
	return 0;
}

static int compile_concept(
	struct phrase_book *b, const struct knowledge *k, size_t i, struct err *err)
{
	struct phrase_concept *c = &b->concepts[i];
	const struct k_concept *record = &k->concepts[i];

	if (c->compiled)
		return 0;
	if (c->compiling)
		return fail(err, EINVAL, "%s: concept '%s' contains itself", record->origin,
			record->id);
	c->compiling = true;
	c->phrases = arena_array(&b->arena, record->phrases.n + 1, sizeof(*c->phrases));
	for (size_t j = 0; j < record->phrases.n; j++) {
		int r = phrase_compile(
			b, record->phrases.v[j], record->origin, &c->phrases[c->n], err);

		if (r >= 0)
			r = check_no_cycle(b, k, &c->phrases[c->n], i, err);
		if (r < 0)
			return r;
		c->n++;
	}
	c->compiled = true;
	return 0;
}

int phrase_book_init(struct phrase_book *b, const struct knowledge *k, struct err *err)
{
	*b = (struct phrase_book){ .n_concepts = k->n_concepts };
	strtab_init(&b->vocabulary);
	b->concepts = arena_array(&b->arena, k->n_concepts + 1, sizeof(*b->concepts));
	for (size_t i = 0; i < k->n_concepts; i++)
		b->concepts[i].id = k->concepts[i].id;
	for (size_t i = 0; i < k->n_concepts; i++) {
		int r = compile_concept(b, k, i, err);

		if (r < 0) {
			phrase_book_done(b);
			return r;
		}
	}
	return 0;
}

void phrase_book_done(struct phrase_book *b)
{
	strtab_done(&b->vocabulary);
	arena_done(&b->arena);
	*b = (struct phrase_book){ 0 };
}
