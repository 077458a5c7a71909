/* SPDX-License-Identifier: MIT */
/* List of caveats. */
#include "model/caveat.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>

static void append(struct caveats *c, struct arena *a, const char *id, const char *text)
{
	for (const struct caveat *k = c->first; k; k = k->next)
		if (strcmp(k->id, id) == 0 && strcmp(k->text, text) == 0)
			return;
	struct caveat *k = arena_new(a, struct caveat);

	k->id = arena_strdup(a, id);
	k->text = arena_strdup(a, text);
	if (!c->first)
		c->first = k;
	else
		*c->tail = k;
	c->tail = &k->next;
	c->n++;
}

void caveat_add(struct caveats *c, struct arena *a, const char *id, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	append(c, a, id, text);
}

void caveats_append(struct caveats *to, struct arena *a, const struct caveats *from)
{
	for (const struct caveat *k = from->first; k; k = k->next)
		append(to, a, k->id, k->text);
}
