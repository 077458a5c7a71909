/* SPDX-License-Identifier: MIT */
/* Matcher of the phrase language; phrase_compile.c turns text into these tables. */
#include "diagnose/phrase.h"

#include "base/vec.h"
#include "diagnose/phrase_item.h"

struct phrase_word_ids {
	uint32_t stem, exact, ext; /* strtab ids, UINT32_MAX when not in the vocabulary */
	bool filler, negator;
};

static uint32_t lookup_prefixed(
	const struct phrase_book *b, char prefix, const char *s, struct arena *a)
{
	return strtab_find(&b->vocabulary, arena_printf(a, "%c%s", prefix, s));
}

static void mark(struct phrase_text *t, uint32_t id)
{
	if (id != UINT32_MAX)
		t->present[id] = true;
}

void phrase_text_init(
	struct phrase_text *t, const struct phrase_book *b, const struct words *w, struct arena *a)
{
	*t = (struct phrase_text){ .book = b, .words = w, .arena = a };
	t->ids = arena_array(a, w->n + 1, sizeof(*t->ids));
	t->present = arena_array(a, b->vocabulary.n + 1, sizeof(*t->present));
	t->concepts = arena_array(a, b->n_concepts + 1, sizeof(*t->concepts));
	for (size_t i = 0; i < w->n; i++) {
		const struct word *x = &w->v[i];
		struct phrase_word_ids *id = &t->ids[i];

		id->stem = strtab_find(&b->vocabulary, x->stem);
		id->exact = lookup_prefixed(b, '=', x->raw, a);
		id->ext = x->dotted ? lookup_prefixed(b, '.', x->lower, a) : UINT32_MAX;
		mark(t, id->stem);
		mark(t, id->exact);
		mark(t, id->ext);
	}
	for (size_t c = 0; c < b->n_concepts; c++) {
		bool filler = strcmp(b->concepts[c].id, "filler") == 0;

		if (!filler && strcmp(b->concepts[c].id, "negator") != 0)
			continue;
		const struct phrase_spans *s = phrase_concept_spans(t, c);

		for (size_t i = 0; i < s->n; i++)
			for (uint32_t j = s->v[i].from; j < s->v[i].to; j++)
				*(filler ? &t->ids[j].filler : &t->ids[j].negator) = true;
	}
}

static bool wild_match(const struct phrase_alt *alt, const char *w)
{
	size_t n = strlen(w), k = strlen(alt->text);

	if (alt->wild_front && alt->wild_back)
		return strstr(w, alt->text) != NULL;
	if (alt->wild_front)
		return n >= k && memcmp(w + n - k, alt->text, k) == 0;
	return n >= k && memcmp(w, alt->text, k) == 0;
}

static bool class_match(const struct phrase_alt *alt, const struct word *w)
{
	if (alt->class == PHRASE_PATH)
		return w->path;
	if (alt->class == PHRASE_ANY)
		return !w->question;
	if (!w->number || w->value < alt->low || w->value > alt->high)
		return false;
	switch (alt->class) {
	case PHRASE_NUMBER:
		return w->unit == WORD_UNIT_NONE;
	case PHRASE_PERCENT:
		return w->unit == WORD_UNIT_PERCENT;
	case PHRASE_DURATION:
		return w->unit == WORD_UNIT_SECONDS;
	case PHRASE_BYTES:
		return w->unit == WORD_UNIT_BYTES;
	case PHRASE_RATE:
		return w->unit == WORD_UNIT_RATE;
	case PHRASE_TIMES:
		return w->unit == WORD_UNIT_TIMES;
	default:
		return false;
	}
}

/* Longest match of one alternative at word i; returns the end, 0 when none (ends are > i >= 0). */
static uint32_t alt_match(struct phrase_text *t, const struct phrase_alt *alt, uint32_t i)
{
	const struct word *w = &t->words->v[i];
	const struct phrase_word_ids *id = &t->ids[i];
	bool hit = false;

	switch (alt->kind) {
	case ALT_STEM:
		hit = id->stem == alt->id && !w->question && !w->in_path;
		break;
	case ALT_STEMS:
		for (size_t k = 0; k < alt->n_ids; k++)
			if (i + k >= t->words->n || t->ids[i + k].stem != alt->ids[k])
				return 0;
		return i + (uint32_t)alt->n_ids;
	case ALT_EXACT:
		hit = id->exact == alt->id;
		break;
	case ALT_EXTENSION:
		hit = id->ext == alt->id;
		break;
	case ALT_WILD:
		hit = wild_match(alt, w->lower);
		break;
	case ALT_CLASS:
		hit = class_match(alt, w);
		break;
	case ALT_QUESTION:
		hit = w->question;
		break;
	case ALT_CONCEPT: {
		const struct phrase_spans *s = phrase_concept_spans(t, alt->id);
		uint32_t best = 0;

		for (size_t k = 0; k < s->n; k++)
			if (s->v[k].from == i && s->v[k].to > best)
				best = s->v[k].to;
		return best;
	}
	}
	return hit ? i + 1 : 0;
}

static uint32_t item_match(struct phrase_text *t, const struct phrase_item *item, uint32_t i)
{
	uint32_t best = 0;

	for (size_t k = 0; k < item->n; k++) {
		uint32_t end = alt_match(t, &item->alts[k], i);

		best = MAX(best, end);
	}
	return best;
}

/* Words that may stand between two items: the gap they ask for, or up to two fillers. */
enum { GAP_NEAR_WORDS = 4, GAP_FILLERS = 2 };

static uint32_t seq_match_at(struct phrase_text *t, const struct phrase_seq *q, uint32_t at)
{
	uint32_t end = item_match(t, &q->items[0], at);

	for (size_t k = 1; end && k < q->n; k++) {
		const struct phrase_item *item = &q->items[k];
		uint32_t next = 0, skipped = 0;

		for (uint32_t i = end; i < t->words->n; i++, skipped++) {
			if (t->words->v[i].sentence != t->words->v[at].sentence)
				break;
			if (item->gap == GAP_NONE &&
				t->words->v[i].clause != t->words->v[end - 1].clause)
				break;
			next = item_match(t, item, i);
			if (next)
				break;
			if (t->ids[i].negator) /* "high" in "cpu is not high" is not what the gap
						  means */
				break;
			if (item->gap == GAP_NONE && (!t->ids[i].filler || skipped >= GAP_FILLERS))
				break;
			if (item->gap == GAP_NEAR && skipped >= GAP_NEAR_WORDS)
				break;
		}
		end = next;
	}
	return end;
}

static bool alt_possible(struct phrase_text *t, const struct phrase_alt *alt)
{
	if (alt->kind == ALT_STEM || alt->kind == ALT_EXACT || alt->kind == ALT_EXTENSION)
		return t->present[alt->id];
	if (alt->kind == ALT_STEMS)
		return t->present[alt->ids[0]];
	if (alt->kind == ALT_CONCEPT)
		return phrase_concept_spans(t, alt->id)->n > 0;
	return true;
}

static bool seq_possible(struct phrase_text *t, const struct phrase_seq *q)
{
	for (size_t i = 0; i < q->n; i++) {
		bool any = false;

		for (size_t k = 0; k < q->items[i].n && !any; k++)
			any = alt_possible(t, &q->items[i].alts[k]);
		if (!any)
			return false;
	}
	return true;
}

/* The next match of a sequence from word *at on; *at becomes the word after its start. */
static bool seq_next(
	struct phrase_text *t, const struct phrase_seq *q, uint32_t *at, struct phrase_span *ret)
{
	for (uint32_t i = *at; i < t->words->n; i++) {
		if (q->sentence_start && !t->words->v[i].first)
			continue;
		if (q->clause_start && i > 0 && t->words->v[i].clause == t->words->v[i - 1].clause)
			continue;
		uint32_t end = seq_match_at(t, q, i);

		if (end) {
			*ret = (struct phrase_span){ i, end };
			*at = i + 1;
			return true;
		}
	}
	return false;
}

static bool seq_in_sentence(struct phrase_text *t, const struct phrase_seq *q, uint16_t sentence,
	struct phrase_span *ret)
{
	uint32_t at = 0;

	while (seq_next(t, q, &at, ret))
		if (t->words->v[ret->from].sentence == sentence)
			return true;
	return false;
}

/* One part: its first sequence anchors, the others must (or must not) be in the same sentence. */
static bool part_match(struct phrase_text *t, const struct phrase_part *p,
	bool (*usable)(void *ctx, struct phrase_span span), void *ctx, struct phrase_span *ret)
{
	uint32_t at = 0;
	struct phrase_span first;

	for (size_t i = 0; i < p->n; i++)
		if (!p->seqs[i].absent && !seq_possible(t, &p->seqs[i]))
			return false;
	while (seq_next(t, &p->seqs[0], &at, &first)) {
		struct phrase_span all = first, other;
		bool ok = !usable || usable(ctx, first);

		for (size_t i = 1; ok && i < p->n; i++) {
			bool found = seq_in_sentence(
				t, &p->seqs[i], t->words->v[first.from].sentence, &other);

			ok = found != p->seqs[i].absent;
			if (ok && usable && found)
				ok = usable(ctx, other);
			if (ok && found) {
				all.from = MIN(all.from, other.from);
				all.to = MAX(all.to, other.to);
			}
		}
		if (ok) {
			*ret = all;
			return true;
		}
	}
	return false;
}

bool phrase_match(struct phrase_text *t, const struct phrase *p,
	bool (*usable)(void *ctx, struct phrase_span span), void *ctx,
	struct phrase_span *ret_spans, size_t *ret_n)
{
	size_t n = 0;
	struct phrase_span s;

	for (size_t i = 0; i < p->n; i++) {
		const struct phrase_part *part = &p->parts[i];
		bool absent = part->n == 1 && part->seqs[0].absent;

		if (part_match(t, part, absent ? NULL : usable, ctx, &s) == absent)
			return false;
		if (!absent && n < PHRASE_MAX_SPANS)
			ret_spans[n++] = s;
	}
	*ret_n = n;
	return n > 0;
}

static void concept_add(
	struct phrase_text *t, struct phrase_spans *s, size_t *cap, struct phrase_span span)
{
	if (s->n == *cap) {
		struct phrase_span *v = arena_array(t->arena, *cap ? *cap * 2 : 8, sizeof(*v));

		if (s->n)
			memcpy(v, s->v, s->n * sizeof(*v));
		s->v = v;
		*cap = *cap ? *cap * 2 : 8;
	}
	s->v[s->n++] = span;
}

const struct phrase_spans *phrase_concept_spans(struct phrase_text *t, size_t concept)
{
	struct phrase_spans *s = &t->concepts[concept];
	const struct phrase_concept *c = &t->book->concepts[concept];
	size_t cap = 0;

	if (s->known)
		return s;
	s->known = true; /* concepts cannot contain themselves: checked when compiled */
	for (size_t i = 0; i < c->n; i++) {
		const struct phrase_part *part = &c->phrases[i].parts[0];
		uint32_t at = 0;
		struct phrase_span span;

		if (!seq_possible(t, &part->seqs[0]))
			continue;
		while (seq_next(t, &part->seqs[0], &at, &span))
			concept_add(t, s, &cap, span);
	}
	return s;
}
