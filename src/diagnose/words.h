/* SPDX-License-Identifier: MIT */
/*
 * Free text cut into words: lower case, light English stems, numbers with their unit, sentences
 * and clauses. Knows nothing about performance; what words mean is in knowledge/symptoms.
 */
#pragma once

#include "base/arena.h"

enum word_unit {
	WORD_UNIT_NONE,
	WORD_UNIT_PERCENT,
	WORD_UNIT_SECONDS, /* any duration, in seconds */
	WORD_UNIT_BYTES,   /* any size, in bytes (1 kB = 1000, 1 KiB = 1024) */
	WORD_UNIT_RATE,    /* anything per time: req/s, MB/s, rps; value as written */
	WORD_UNIT_TIMES,   /* 30x */
};

struct word {
	uint32_t start, len; /* bytes of words.text, unit included */
	const char *raw;     /* as written, without unit */
	const char *lower;
	const char *stem;
	bool number;   /* value and unit are set */
	bool question; /* stands for a '?' at the end of a sentence; no text */
	bool path;     /* "/api/orders": first word after a slash that starts a path */
	bool in_path;  /* any word of a path: a name, not speech */
	bool dotted;   /* directly after a dot: "js" in main.js */
	bool first;    /* first word of its sentence */
	enum word_unit unit;
	double value;
	uint16_t sentence, clause; /* clause numbers go through the whole text */
};

struct words {
	struct span text; /* the text with plain quotes and dashes; word.start points into it */
	struct word *v;
	size_t n;
	size_t n_text;  /* words without the '?' marks */
	bool truncated; /* the text was longer than WORDS_MAX_BYTES or WORDS_MAX */
};

enum { WORDS_MAX_BYTES = 16 << 10, WORDS_MAX = 3000 };

/* Any bytes are accepted; what is not ASCII is kept as part of a word. Never fails. */
void words_split(struct words *ret, struct span text, struct arena *a);

/* The stem of a lower-case word, in place; the buffer may need no extra room. */
void words_stem(char *w);
