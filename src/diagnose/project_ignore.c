/* SPDX-License-Identifier: MIT */
/* The project's own ignore lists. */
#include "diagnose/project_ignore.h"

#include "base/alloc.h"
#include "base/file.h"
#include "parse/ignore_file.h"

#include <stdlib.h>

enum { FOR_FILES = 1, HERE = 2 };

static const char *const source_names[] = { "lib", "src", "app", "source", "pkg", "cmd", "core" };

static void add(void *ctx, const struct ignore_pattern *p)
{
	struct ignore_list *l = ctx;
	_cleanup_(freep) char *pattern = xstrndup((const char *)p->path.p, p->path.n);

	/* "*" alone shuts out everything that no "!" names; too broad to say what is source */
	if (!p->negated && strcmp(pattern, "*") == 0)
		return;
	/* lists copied from a template shut out "lib/" anywhere, where tracked source often is */
	for (size_t i = 0; i < ARRAY_LEN(source_names) && !p->negated && !p->here; i++)
		if (strcmp(pattern, source_names[i]) == 0)
			return;
	name_index_add(p->negated ? &l->no : &l->yes, pattern,
		(p->dirs_only ? 0u : (unsigned)FOR_FILES) | (p->here ? (unsigned)HERE : 0u));
}

static void read_one(struct ignore_list *l, int dirfd, const char *name,
	void (*read)(struct span in, ignore_fn fn, void *ctx))
{
	_cleanup_(buf_done) struct buf text = { 0 };

	if (file_read_at(dirfd, name, IGNORE_MAX_BYTES, &text, NULL) == 0)
		read(buf_span(&text), add, l);
}

struct ignore_list *ignore_list_read(
	int dirfd, bool gitignore, bool gitattributes, uint32_t dir, struct ignore_list *above)
{
	if (!gitignore && !gitattributes)
		return NULL;
	struct ignore_list *l = xcalloc(1, sizeof(*l));

	l->above = above;
	l->dir = dir;
	if (gitignore)
		read_one(l, dirfd, ".gitignore", gitignore_read);
	if (gitattributes)
		read_one(l, dirfd, ".gitattributes", gitattributes_read);
	return l;
}

void ignore_list_free(struct ignore_list *l)
{
	if (!l)
		return;
	name_index_done(&l->yes);
	name_index_done(&l->no);
	free(l);
}

struct question {
	void *ctx;
	name_folder_fn folder;
	bool is_dir, here, hit;
};

static const char *ask_folder(void *ctx)
{
	struct question *q = ctx;

	return q->folder(q->ctx);
}

static void found(void *ctx, uint32_t tag)
{
	struct question *q = ctx;

	q->hit = q->hit || ((q->is_dir || (tag & FOR_FILES)) && (q->here || !(tag & HERE)));
}

bool ignore_list_has(const struct ignore_list *l, const char *name, size_t len, bool is_dir,
	uint32_t dir, name_folder_fn folder, void *ctx)
{
	struct question q = { .ctx = ctx, .folder = folder, .is_dir = is_dir };

	for (; l; l = l->above) {
		q.here = l->dir == dir;
		q.hit = false;
		name_index_match(&l->no, name, len, ask_folder, found, &q);
		if (q.hit)
			return false;
		name_index_match(&l->yes, name, len, ask_folder, found, &q);
		if (q.hit)
			return true;
	}
	return false;
}
