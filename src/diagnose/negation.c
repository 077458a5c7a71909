/* SPDX-License-Identifier: MIT */
/* Scope of negation in a text. */
#include "diagnose/negation.h"

enum { NEGATION_REACH = 6 };

struct negation {
	uint32_t *by; /* [words]: the negator in whose scope the word is, UINT32_MAX none */
};

static bool concept_covers(struct phrase_text *t, const char *id, uint32_t word)
{
	size_t c = phrase_concept_find(t->book, id);

	if (c == SIZE_MAX)
		return false;
	const struct phrase_spans *s = phrase_concept_spans(t, c);

	for (size_t i = 0; i < s->n; i++)
		if (word >= s->v[i].from && word < s->v[i].to)
			return true;
	return false;
}

struct negation *negation_find(struct phrase_text *t, struct arena *a)
{
	struct negation *n = arena_new(a, struct negation);
	const struct words *w = t->words;
	size_t c = phrase_concept_find(t->book, "negator");

	n->by = arena_array(a, w->n + 1, sizeof(*n->by));
	memset(n->by, 0xff, (w->n + 1) * sizeof(*n->by));
	if (c == SIZE_MAX)
		return n;
	const struct phrase_spans *s = phrase_concept_spans(t, c);

	for (size_t i = 0; i < s->n; i++) {
		uint32_t from = s->v[i].from, at = s->v[i].to;

		if (concept_covers(t, "negator-exempt", from))
			continue;
		for (; at < w->n && at < s->v[i].to + NEGATION_REACH; at++) {
			if (w->v[at].clause != w->v[from].clause || w->v[at].question ||
				concept_covers(t, "contrast", at))
				break;
			if (n->by[at] == UINT32_MAX)
				n->by[at] = from;
		}
	}
	return n;
}

bool negation_covers(const struct negation *n, struct phrase_span span)
{
	for (uint32_t i = span.from; i < span.to; i++)
		if (n->by[i] < span.from)
			return true;
	return false;
}
