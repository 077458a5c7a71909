/* SPDX-License-Identifier: MIT */
/* What a compiled phrase consists of; shared by the compiler and the matcher only. */
#pragma once

#include "diagnose/phrase.h"

enum phrase_alt_kind {
	ALT_STEM,
	ALT_STEMS,
	ALT_EXACT,
	ALT_EXTENSION,
	ALT_WILD,
	ALT_CLASS,
	ALT_CONCEPT,
	ALT_QUESTION
};

enum phrase_class {
	PHRASE_NUMBER,
	PHRASE_PERCENT,
	PHRASE_DURATION,
	PHRASE_BYTES,
	PHRASE_RATE,
	PHRASE_TIMES,
	PHRASE_PATH,
	PHRASE_ANY,
};

struct phrase_alt {
	enum phrase_alt_kind kind;
	uint32_t id; /* vocabulary id, or index of the concept */
	enum phrase_class class;
	double low, high; /* limits of a number class, in its base unit */
	const char *text; /* of a wildcard */
	uint32_t *ids;    /* of ALT_STEMS: "core-js" is two words */
	size_t n_ids;
	bool wild_front, wild_back;
};

enum phrase_gap { GAP_NONE, GAP_NEAR, GAP_SENTENCE };

struct phrase_item {
	struct phrase_alt *alts;
	size_t n;
	enum phrase_gap gap; /* what may stand before it */
};
