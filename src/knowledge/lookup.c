/* SPDX-License-Identifier: MIT */
/* Records by id. The lists are short (tens to hundreds): a scan is faster than building an index.
 */
#include "knowledge/knowledge.h"

#include <string.h>

#define LOOKUP(name, type, list)                                           \
	const struct type *name(const struct knowledge *k, const char *id) \
	{                                                                  \
		for (size_t i = 0; id && i < k->n_##list; i++)             \
			if (strcmp(k->list[i].id, id) == 0)                \
				return &k->list[i];                        \
		return NULL;                                               \
	}

LOOKUP(knowledge_tool, k_tool, tools)
LOOKUP(knowledge_expert, k_expert, experts)
LOOKUP(knowledge_cause, k_cause, causes)
LOOKUP(knowledge_rule, k_rule, rules)
LOOKUP(knowledge_leaf, k_leaf, leaves)
LOOKUP(knowledge_language, k_language, languages)

static bool names_language(const struct k_expert *e, const char *language)
{
	for (size_t i = 0; i < e->languages.n; i++)
		if (strcmp(e->languages.v[i], language) == 0)
			return true;
	return false;
}

const struct k_expert *knowledge_expert_for(const struct knowledge *k, const char *language)
{
	const struct k_language *l = knowledge_language(k, language);

	for (size_t i = 0; language && i < k->n_experts; i++)
		if (names_language(&k->experts[i], language))
			return &k->experts[i];
	const struct k_expert *e = l ? knowledge_expert(k, l->expert) : NULL;

	return e ? e : knowledge_expert(k, "general");
}
