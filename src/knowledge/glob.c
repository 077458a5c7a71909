/* SPDX-License-Identifier: MIT */
/* Globs over function names, paths and values: linear in practice, never exponential. */
#include "knowledge/knowledge.h"

/* Matches one [...] class at *pattern; *ret_next is behind the ']'. No ']' means a literal '['. */
static bool class_matches(const char *pattern, char c, const char **ret_next)
{
	const char *p = pattern + 1;
	bool negated = *p == '!' || *p == '^', hit = false;

	p += negated;
	for (const char *first = p; *p && (*p != ']' || p == first); p++) {
		if (p[1] == '-' && p[2] && p[2] != ']') {
			hit |= (unsigned char)c >= (unsigned char)p[0] &&
				(unsigned char)c <= (unsigned char)p[2];
			p += 2;
		} else {
			hit |= *p == c;
		}
	}
	if (*p != ']') {
		*ret_next = pattern + 1;
		return c == '[';
	}
	*ret_next = p + 1;
	return hit != negated;
}

bool knowledge_glob(const char *pattern, const char *text)
{
	/* only the last star needs to be retried: an earlier one cannot help when a later one
	 * failed */
	const char *star = NULL, *resume = NULL;

	while (*text) {
		const char *next = pattern + 1;
		bool hit;

		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
			continue;
		}
		if (*pattern == '[')
			hit = class_matches(pattern, *text, &next);
		else if (*pattern == '\\' && pattern[1])
			hit = pattern[1] == *text, next = pattern + 2;
		else
			hit = *pattern == '?' || (*pattern && *pattern == *text);
		if (hit) {
			pattern = next;
			text++;
		} else if (star) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool knowledge_glob_any(const struct k_strings *patterns, const char *text)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (knowledge_glob(patterns->v[i], text))
			return true;
	return false;
}
