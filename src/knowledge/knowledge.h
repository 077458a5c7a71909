/* SPDX-License-Identifier: MIT */
/*
 * The knowledge set: the built-in tables, or those with folders of the user's YAML on top.
 * An overlay record with the id of a built-in one replaces it; a new id is added; records without
 * id (aliases, frame classes, ignores) are put before the built-in ones, so that they win.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "knowledge/records.h"

/* The tables compiled in; never fails, costs nothing. */
const struct knowledge *knowledge_builtin(void);

/*
 * base plus every *.yaml below dir, checked like the built-in ones (unknown keys, bad enum words,
 * duplicate and unresolved ids, conditions that name no metric: an error with file and line).
 * Everything lives in the arena.
 */
int knowledge_overlay(const struct knowledge *base, const char *dir, struct arena *a,
	const struct knowledge **ret, struct err *err);

const struct k_tool *knowledge_tool(const struct knowledge *k, const char *id);
const struct k_expert *knowledge_expert(const struct knowledge *k, const char *id);
const struct k_cause *knowledge_cause(const struct knowledge *k, const char *id);
const struct k_rule *knowledge_rule(const struct knowledge *k, const char *id);
const struct k_leaf *knowledge_leaf(const struct knowledge *k, const char *id);
const struct k_language *knowledge_language(const struct knowledge *k, const char *id);
/* The expert for a language id; "general" when none names it. */
const struct k_expert *knowledge_expert_for(const struct knowledge *k, const char *language);

/* Case-sensitive glob with *, ? and [..] where * matches any text (also '/' and ':'). */
bool knowledge_glob(const char *pattern, const char *text);
bool knowledge_glob_any(const struct k_strings *patterns, const char *text);
