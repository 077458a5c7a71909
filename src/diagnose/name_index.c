/* SPDX-License-Identifier: MIT */
/* Compiled file name patterns. */
#include "diagnose/name_index.h"

#include "base/alloc.h"
#include "knowledge/knowledge.h"

#include <stdlib.h>

static bool is_wild(const char *s)
{
	return s[strcspn(s, "*?[")] != '\0';
}

static void add_to_list(
	struct name_index *x, struct map_u64 *m, struct span key, struct name_rule *r)
{
	bool is_new;
	uint32_t *slot = map_u64_put(m, hash_bytes(key.p, key.n, 0), &is_new);

	if (is_new) {
		if (x->n_lists == x->cap_lists) {
			x->cap_lists = x->cap_lists ? x->cap_lists * 2 : 256;
			x->lists = xreallocarray(x->lists, x->cap_lists, sizeof(*x->lists));
		}
		x->lists[x->n_lists] = NULL;
		*slot = (uint32_t)x->n_lists++;
	}
	r->next = x->lists[*slot];
	x->lists[*slot] = r;
}

void name_index_add(struct name_index *x, const char *pattern, uint32_t tag)
{
	struct name_rule *r = arena_new(&x->arena, struct name_rule);
	const char *slash = strrchr(pattern, '/');
	const char *name = arena_strdup(&x->arena, slash ? slash + 1 : pattern);

	r->tag = tag;
	r->glob = name;
	if (slash)
		r->above = arena_strndup(&x->arena, pattern, (size_t)(slash - pattern));
	if (!is_wild(name)) {
		add_to_list(x, &x->names, span_str(name), r);
		return;
	}
	const char *dot = strrchr(name, '.');

	if (name[0] == '*' && dot && dot[1] && !is_wild(dot)) {
		/* "*.ext" needs no more than the extension; "*_test.go" is tested in its list */
		add_to_list(x, &x->extensions, span_str(dot + 1), r);
		return;
	}
	unsigned char first = is_wild((const char[]){ name[0], '\0' }) ? 0 : (unsigned char)name[0];

	r->next = x->globs[first];
	x->globs[first] = r;
}

/* Whether the last folders of `folder` match the pattern "a/b", folder by folder. */
static bool above_matches(const char *above, const char *folder)
{
	size_t depth = 1;
	const char *from = folder + strlen(folder);

	for (const char *c = above; *c; c++)
		depth += *c == '/';
	while (from > folder) {
		if (from[-1] == '/' && --depth == 0)
			break;
		from--;
	}
	if (depth > 1 || !*from)
		return false;
	return knowledge_glob(above, from);
}

struct match {
	const char *name;
	const char *folder; /* NULL: not asked yet */
	name_folder_fn ask;
	void (*found)(void *ctx, uint32_t tag);
	void *ctx;
};

static void test(struct match *m, const struct name_rule *r)
{
	for (; r; r = r->next) {
		if (!knowledge_glob(r->glob, m->name))
			continue;
		if (r->above && !m->folder)
			m->folder = m->ask(m->ctx);
		if (!r->above || above_matches(r->above, m->folder))
			m->found(m->ctx, r->tag);
	}
}

static void test_list(const struct name_index *x, const struct map_u64 *map, const char *key,
	size_t len, struct match *m)
{
	const uint32_t *slot = map->n ? map_u64_get(map, hash_bytes(key, len, 0)) : NULL;

	if (slot)
		test(m, x->lists[*slot]);
}

void name_index_match(const struct name_index *x, const char *name, size_t len,
	name_folder_fn folder, void (*found)(void *ctx, uint32_t tag), void *ctx)
{
	struct match m = { .name = name, .ask = folder, .found = found, .ctx = ctx };
	const char *dot = memrchr(name, '.', len);

	if (len == 0)
		return;
	test_list(x, &x->names, name, len, &m);
	if (dot)
		test_list(x, &x->extensions, dot + 1, len - (size_t)(dot + 1 - name), &m);
	test(&m, x->globs[(unsigned char)name[0]]);
	test(&m, x->globs[0]);
}

void name_index_done(struct name_index *x)
{
	map_u64_done(&x->names);
	map_u64_done(&x->extensions);
	free(x->lists);
	arena_done(&x->arena);
	*x = (struct name_index){ 0 };
}
