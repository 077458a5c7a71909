/* SPDX-License-Identifier: MIT */
/*
 * Which words of a text are negated: those after a negator ("not", "no", "without" ...) up to the
 * end of the clause, a word of contrast ("but", "however" ...), or a few words. The words are the
 * concepts `negator`, `negator-exempt` and `contrast` of the knowledge.
 */
#pragma once

#include "diagnose/phrase.h"

struct negation;

struct negation *negation_find(struct phrase_text *t, struct arena *a);
/* A match is negated when a negator that stands before it has any of its words in scope. */
bool negation_covers(const struct negation *n, struct phrase_span span);
