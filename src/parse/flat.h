/* SPDX-License-Identifier: MIT */
/*
 * One flat stream of "path, value" events for every configuration format (TOML, YAML, JSON, XML,
 * INI and .env), so that who looks for a dependency or a setting is written once. No tree is built:
 * memory does not grow with the input.
 */
#pragma once

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

enum {
	FLAT_MAX_DEPTH = 24,      /* deeper containers are passed over */
	FLAT_MAX_BYTES = 4 << 20, /* larger files are refused by the readers */
};

/*
 * One event. key[0..depth) is the path; the elements of a list have the key "[]". A container that
 * opens (table, mapping, list element, XML element) gives an event with `open`. All spans are
 * borrowed and die with the call; a value is as written, without its quotes, escapes kept.
 */
struct flat {
	struct span key[FLAT_MAX_DEPTH];
	unsigned depth;
	struct span value;
	bool open;
	uint32_t line; /* from 1; 0 unknown */
};

typedef void (*flat_fn)(void *ctx, const struct flat *f);

/* Whether the path is exactly these NULL-ended keys; "*" stands for any one key. */
bool flat_is(const struct flat *f, const char *const *path);
#define FLAT_IS(f, ...) flat_is(f, (const char *const[]){ __VA_ARGS__, NULL })
/* Whether the path begins with these NULL-ended keys. */
bool flat_below(const struct flat *f, const char *const *path);
#define FLAT_BELOW(f, ...) flat_below(f, (const char *const[]){ __VA_ARGS__, NULL })
/* The last key; empty at the top. */
struct span flat_last(const struct flat *f);
/* Appends a key when there is room; false when the path is too deep. */
bool flat_push(struct flat *f, struct span key);
/* Takes one pair of matching quotes off. */
struct span span_unquote(struct span s);
