/* SPDX-License-Identifier: MIT */
/*
 * The words classifier: free text to request kind, symptom leaf and language.
 *
 * Log-linear and readable: every cue of knowledge/symptoms that is found in the text adds its
 * weights (log-odds) to leaves, request kinds and languages; softmax turns the sums into
 * confidences. Nothing else decides, so each point can be traced to words of the text.
 * See docs/internals/symptom.md.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "model/diagnosis.h"

struct knowledge;
struct symptom_engine;

/* Compiles the cues; fails with file and line when a phrase or label cannot be understood. */
int symptom_engine_new(const struct knowledge *k, struct symptom_engine **ret, struct err *err);
void symptom_engine_free(struct symptom_engine *e);

/* Evidence from elsewhere (signals of the baseline, the target): added like the vote of a cue. */
struct symptom_evidence {
	const char *label; /* leaf id or class name; others are ignored */
	double weight;     /* log-odds */
	const char *because;
};

/*
 * Classifies; any bytes are accepted, an empty text without evidence gives "unknown". `because`
 * has the words as they stand in the text, strongest first. Strings belong to the arena or to the
 * knowledge. Deterministic.
 */
void symptom_classify(const struct symptom_engine *e, struct span text,
	const struct symptom_evidence *extra, size_t n_extra, struct arena *a, struct symptom *ret);

/* A cue found in a text: what symptom_classify adds up, for tests, fitting and explanations. */
struct symptom_hit {
	const char *cue;   /* id */
	const char *words; /* of the text, "…" between parts that stand apart */
	bool negated;
	size_t index; /* of the cue in the knowledge */
};

void symptom_hits(const struct symptom_engine *e, struct span text, struct arena *a,
	struct symptom_hit **ret, size_t *ret_n);
