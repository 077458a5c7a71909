/* SPDX-License-Identifier: MIT */
/* Chunked bump allocator. */
#include "base/arena.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_BYTES = 64 * 1024 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	_Alignas(16) uint8_t data[];
};

void arena_done(struct arena *a)
{
	if (!a)
		return;
	while (a->head) {
		struct arena_chunk *next = a->head->next;

		free(a->head);
		a->head = next;
	}
	a->used_bytes = 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need = (size + 15) & ~(size_t)15;

	if (need < size)
		abort();
	if (!a->head || a->head->size - a->head->used < need) {
		size_t room = MAX(need, (size_t)CHUNK_BYTES);
		struct arena_chunk *c = xcalloc(1, sizeof(*c) + room);

		c->size = room;
		/* a big block goes behind the current chunk, whose rest stays usable */
		if (a->head && need > CHUNK_BYTES / 4) {
			c->next = a->head->next;
			a->head->next = c;
			c->used = need;
			a->used_bytes += need;
			return c->data;
		}
		c->next = a->head;
		a->head = c;
	}
	void *p = a->head->data + a->head->used;

	a->head->used += need;
	a->used_bytes += need;
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		abort();
	return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const void *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	if (n)
		memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);

	va_end(ap);
	char *p = arena_alloc(a, (size_t)MAX(n, 0) + 1);

	vsnprintf(p, (size_t)MAX(n, 0) + 1, fmt, again);
	va_end(again);
	return p;
}
