/* SPDX-License-Identifier: MIT */
/*
 * The little phrase language of knowledge/symptoms (docs/internals/symptom.md): compiled once,
 * matched against split words. A phrase is words in order, with alternatives, gaps, named
 * concepts and number classes; parts may be required anywhere in the sentence or in the text.
 */
#pragma once

#include "base/err.h"
#include "base/map.h"
#include "diagnose/words.h"
#include "knowledge/knowledge.h"

struct phrase_item;

struct phrase_seq { /* words in order within one sentence */
	struct phrase_item *items;
	size_t n;
	bool sentence_start; /* ^ : the first word must start its sentence */
	bool clause_start;   /* ^^ : the first word must start a clause */
	bool absent;         /* ! : the part must not occur */
};

struct phrase_part { /* sequences that must share a sentence */
	struct phrase_seq *seqs;
	size_t n;
};

struct phrase { /* parts that must all be somewhere in the text */
	struct phrase_part *parts;
	size_t n;
};

struct phrase_span { /* words [from, to) of a match */
	uint32_t from, to;
};

struct phrase_concept {
	const char *id;
	struct phrase *phrases;
	size_t n;
	bool compiled, compiling;
};

/* The vocabulary and concepts shared by all phrases. */
struct phrase_book {
	struct strtab vocabulary;
	struct phrase_concept *concepts;
	size_t n_concepts;
	struct arena arena;
};

int phrase_book_init(struct phrase_book *b, const struct knowledge *k, struct err *err);
void phrase_book_done(struct phrase_book *b);
/* `origin` goes into the error message of a phrase that cannot be understood. */
int phrase_compile(struct phrase_book *b, const char *text, const char *origin, struct phrase *ret,
	struct err *err);
/* The index of a concept, SIZE_MAX when there is none of that id. */
size_t phrase_concept_find(const struct phrase_book *b, const char *id);

/* A text prepared for matching: word ids, and the matches of concepts found so far. */
struct phrase_text {
	const struct phrase_book *book;
	const struct words *words;
	struct phrase_word_ids *ids;
	bool *present;                 /* [vocabulary]: does the id occur at all */
	struct phrase_spans *concepts; /* [n_concepts] */
	struct arena *arena;
};

struct phrase_spans {
	struct phrase_span *v;
	size_t n;
	bool known;
};

void phrase_text_init(
	struct phrase_text *t, const struct phrase_book *b, const struct words *w, struct arena *a);
const struct phrase_spans *phrase_concept_spans(struct phrase_text *t, size_t concept);

enum { PHRASE_MAX_SPANS = 8 };

/*
 * Matches a phrase. ret_spans gets one span per part that must be present (at most
 * PHRASE_MAX_SPANS). `usable`, when given, says whether a first-part match may count (negation);
 * the first match it accepts is taken.
 */
bool phrase_match(struct phrase_text *t, const struct phrase *p,
	bool (*usable)(void *ctx, struct phrase_span span), void *ctx,
	struct phrase_span *ret_spans, size_t *ret_n);
