/* SPDX-License-Identifier: MIT */
/* Matches frames against the frame_classes records, each string once. */
#include "collect/frame_kind.h"

#include "knowledge/knowledge.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

void frame_kinds_init(struct frame_kinds *f, const struct knowledge *k, const char *project_root)
{
	*f = (struct frame_kinds){ .k = k };
	if (!project_root || !*project_root)
		return;
	char real[PATH_MAX];

	/* debug information has real paths */
	if (realpath(project_root, real))
		project_root = real;
	size_t n = strlen(project_root);

	while (n > 1 && project_root[n - 1] == '/')
		n--;
	/* "/" as a root would make everything the project's */
	if (n > 1 && n < sizeof(f->root))
		snprintf(f->root, sizeof(f->root), "%.*s", (int)n, project_root);
}

void frame_kinds_done(struct frame_kinds *f)
{
	vec_foreach (row, &f->rows)
		free(*row);
	vec_done(&f->rows);
	map_u64_done(&f->by_module);
	map_u64_done(&f->by_file);
	map_u64_done(&f->by_frame);
}

static bool below_root(const struct frame_kinds *f, const char *path)
{
	size_t n = strlen(f->root);

	return n && strncmp(path, f->root, n) == 0 && path[n] == '/';
}

/* One bit per record: this string matches its list, or the list is empty. */
static const uint8_t *row_of(
	struct frame_kinds *f, struct map_u64 *map, uint32_t id, const char *path, bool files)
{
	bool fresh;
	uint32_t *slot = map_u64_put(map, id, &fresh);

	if (!fresh)
		return f->rows.v[*slot];
	char local[4096];

	/* inside the project a path is relative, so that system folders' globs cannot claim it */
	if (below_root(f, path)) {
		snprintf(local, sizeof(local), ".%s", path + strlen(f->root));
		path = local;
	}
	if (!*path)
		path = "?"; /* how records write "not known" */
	uint8_t *row = xcalloc(f->k->n_frame_classes / 8 + 1, 1);

	for (size_t i = 0; i < f->k->n_frame_classes; i++) {
		const struct k_frame_class *c = &f->k->frame_classes[i];
		const struct k_strings *globs = files ? &c->files : &c->modules;

		if (globs->n == 0 || knowledge_glob_any(globs, path))
			row[i / 8] |= (uint8_t)(1u << i % 8);
	}
	*slot = (uint32_t)f->rows.n;
	*vec_push(&f->rows) = row;
	return row;
}

static bool kind_from_name(const char *name, enum frame_kind *ret)
{
	static const enum frame_kind kinds[] = { FRAME_APP, FRAME_LIBRARY, FRAME_RUNTIME,
		FRAME_KERNEL };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(name, frame_kind_name(kinds[i])) == 0) {
			*ret = kinds[i];
			return true;
		}
	}
	return false;
}

static bool kind_by_record(struct frame_kinds *f, const struct profile *p,
	const struct frame_place *at, enum frame_kind *ret)
{
	if (!f->k || f->k->n_frame_classes == 0)
		return false;
	const char *function = profile_str(p, at->function);
	/* the project may define what is a library's elsewhere: there only the place of the source
	 * counts */
	bool own_source = below_root(f, profile_str(p, at->file));
	const uint8_t *modules =
		row_of(f, &f->by_module, at->module, profile_str(p, at->module), false);
	const uint8_t *files = row_of(f, &f->by_file, at->file, profile_str(p, at->file), true);

	for (size_t i = 0; i < f->k->n_frame_classes; i++) {
		const struct k_frame_class *c = &f->k->frame_classes[i];

		if (!(modules[i / 8] & files[i / 8] & 1u << i % 8))
			continue;
		if (own_source && c->files.n == 0)
			continue;
		if (c->functions.n && !knowledge_glob_any(&c->functions, function))
			continue;
		if ((c->functions.n || c->modules.n || c->files.n) && kind_from_name(c->kind, ret))
			return true;
	}
	return false;
}

bool frame_is_machinery(struct frame_kinds *f, const struct profile *p, const struct frame *fr)
{
	for (size_t i = 0; f->k && i < f->k->n_frame_classes; i++) {
		const struct k_frame_class *c = &f->k->frame_classes[i];

		if (strcmp(c->kind, "machinery") == 0 && c->functions.n && c->modules.n &&
			knowledge_glob_any(&c->modules, profile_str(p, fr->module)) &&
			knowledge_glob_any(&c->functions, profile_str(p, fr->function)))
			return true;
	}
	return false;
}

static enum frame_kind classify(
	struct frame_kinds *f, const struct profile *p, const struct frame_place *at)
{
	enum frame_kind kind;

	if (kind_by_record(f, p, at, &kind))
		return kind;
	if (at->toolchain)
		return FRAME_LIBRARY;
	if (below_root(f, profile_str(p, at->file)) || at->executable)
		return FRAME_APP;
	return below_root(f, profile_str(p, at->module)) ? FRAME_APP : FRAME_LIBRARY;
}

enum frame_kind frame_kind_of(
	struct frame_kinds *f, const struct profile *p, const struct frame_place *at)
{
	bool fresh;
	uint64_t key = hash_u64((uint64_t)at->function << 32 | at->file) ^
		((uint64_t)at->module << 2 | (uint64_t)at->executable << 1 | at->toolchain);
	uint32_t *slot = map_u64_put(&f->by_frame, key, &fresh);

	if (fresh) {
		enum frame_kind kind = classify(f, p, at);

		/* classify() does not touch by_frame, the slot is still valid */
		*slot = (uint32_t)kind;
	}
	return (enum frame_kind) * slot;
}
