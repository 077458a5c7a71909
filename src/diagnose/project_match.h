/* SPDX-License-Identifier: MIT */
/*
 * The knowledge about projects, compiled for looking at very many names: which language an
 * extension means, what is not the project's own, what a file name, dependency or import gives
 * away.
 */
#pragma once

#include "diagnose/name_index.h"
#include "knowledge/knowledge.h"
#include "parse/imports.h"
#include "parse/source_head.h"

/* Tags of the name indexes: class in the high byte, number of the record in the rest. */
enum match_class { MATCH_DETECT, MATCH_IGNORE, MATCH_MANIFEST, MATCH_LANGUAGE };
#define MATCH_TAG(class, i) ((uint32_t)(class) << 24 | (uint32_t)(i))
#define MATCH_CLASS(tag) ((enum match_class)((tag) >> 24))
#define MATCH_INDEX(tag) ((tag)&0xffffffu)

/* C or C++ headers: decided by the neighbours, counted apart until then. */
enum { MATCH_MAX_LANGUAGES = 250, MATCH_HEADER = MATCH_MAX_LANGUAGES, LANGUAGE_NONE = 255 };

struct name_word { /* one dependency or import name */
	uint32_t detect;
	struct name_word *next;
};

struct word_index {
	struct arena arena;
	struct map_u64 map;
	struct name_word **lists;
	size_t n_lists, cap_lists;
	struct word_glob {
		const char *glob;
		uint32_t detect;
		struct word_glob *next;
	} * globs;
};

struct project_matcher {
	const struct knowledge *k;
	struct name_index files, dirs, holds;
	struct map_u64 extensions, shebangs; /* hash of the name -> language number */
	struct word_index dependencies, imports;
	const char **marks; /* of generated files */
	size_t n_marks;
	struct source_marks generated;
	const char **hidden; /* names of hidden folders that detects look into */
	size_t n_hidden;
	enum import_style style[MATCH_MAX_LANGUAGES + 1];
	struct arena arena;
};

void project_matcher_init(struct project_matcher *m, const struct knowledge *k);
void project_matcher_done(struct project_matcher *m);
/* Language number of a file name by its extension; LANGUAGE_NONE. */
unsigned project_matcher_extension(const struct project_matcher *m, const char *name, size_t len);
/* Language number of an interpreter ("python3"); LANGUAGE_NONE. */
unsigned project_matcher_interpreter(const struct project_matcher *m, struct span program);
/* Whether a detect is about this language, or one of its family (typescript is javascript). */
bool project_detect_speaks(const struct k_detect *d, const char *language);
/* The language that manifests and detects name for a family: "javascript" for typescript, vue ...
 */
const char *language_family(const char *language);

/* Detects for a dependency name, upper and lower case and '_' and '-' being equal. */
void word_index_find(const struct word_index *x, struct span name,
	void (*found)(void *ctx, uint32_t detect), void *ctx);
/* The same for an import and the names it is below of: "a.b.c", "a.b", "a". */
void word_index_find_prefixes(const struct word_index *x, struct span name, const char *separator,
	void (*found)(void *ctx, uint32_t detect), void *ctx);
