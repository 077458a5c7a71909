/* SPDX-License-Identifier: MIT */
/* Lexical path joining: the files need not exist here. */
#include "parse/source_path.h"

enum { MAX_PATH_BYTES = 8192 };

struct path {
	char s[MAX_PATH_BYTES];
	size_t n;
};

static void add_part(struct path *p, const char *part, size_t n)
{
	if (n == 0 || (n == 1 && part[0] == '.'))
		return;
	if (n == 2 && part[0] == '.' && part[1] == '.') {
		size_t cut = p->n;

		while (cut > 0 && p->s[cut - 1] != '/')
			cut--;
		bool up_again = p->n - cut == 2 && memcmp(p->s + cut, "..", 2) == 0;

		if (p->n > 1 && !up_again) {
			/* keep the root's slash */
			p->n = cut > 1 ? cut - 1 : cut;
			return;
		}
		if (p->n == 1 && p->s[0] == '/')
			return;
	}
	if (n + 2 > sizeof(p->s) - p->n)
		return;
	if (p->n && p->s[p->n - 1] != '/')
		p->s[p->n++] = '/';
	memcpy(p->s + p->n, part, n);
	p->n += n;
}

static void add_path(struct path *p, const char *s)
{
	if (*s == '/') {
		p->n = 1;
		p->s[0] = '/';
	}
	while (*s) {
		size_t n = strcspn(s, "/");

		add_part(p, s, n);
		s += n;
		while (*s == '/')
			s++;
	}
}

const char *source_path(struct arena *a, const char *comp_dir, const char *dir, const char *name)
{
	struct path p;

	p.n = 0;
	if (!*name)
		return "";
	if (*name != '/') {
		/* version 5 names the compilation's folder again, which may be relative itself */
		if (*dir != '/' && strcmp(dir, comp_dir) != 0)
			add_path(&p, comp_dir);
		add_path(&p, dir);
	}
	add_path(&p, name);
	return arena_strndup(a, p.s, p.n);
}
