/* SPDX-License-Identifier: MIT */
/* Paths of flat events. */
#include "parse/flat.h"

bool flat_below(const struct flat *f, const char *const *path)
{
	unsigned i = 0;

	for (; path[i]; i++) {
		if (i >= f->depth)
			return false;
		if (strcmp(path[i], "*") != 0 && !span_eq(f->key[i], path[i]))
			return false;
	}
	return true;
}

bool flat_is(const struct flat *f, const char *const *path)
{
	unsigned n = 0;

	while (path[n])
		n++;
	return n == f->depth && flat_below(f, path);
}

struct span flat_last(const struct flat *f)
{
	return f->depth ? f->key[f->depth - 1] : (struct span){ 0 };
}

bool flat_push(struct flat *f, struct span key)
{
	if (f->depth == FLAT_MAX_DEPTH)
		return false;
	f->key[f->depth++] = key;
	return true;
}

struct span span_unquote(struct span s)
{
	if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
		return span_sub(s, 1, s.n - 2);
	return s;
}
