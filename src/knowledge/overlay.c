/* SPDX-License-Identifier: MIT */
/* Run-time overlays of the user's own knowledge. */
#include "knowledge/overlay.h"

#include "knowledge/check.h"
#include "knowledge/knowledge.h"
#include "knowledge/loader.h"
#include "knowledge/schema.h"

#include <string.h>

static void put_list(struct knowledge *k, const struct k_kind *kind, const char *list, size_t n)
{
	memcpy((char *)k + kind->list_offset, &list, sizeof(list));
	memcpy((char *)k + kind->count_offset, &n, sizeof(n));
}

static void merge_kind(const struct knowledge *base, const struct knowledge *over,
	const struct k_kind *kind, struct arena *a, struct knowledge *ret)
{
	const char *b = k_list(base, kind), *o = k_list(over, kind);
	size_t n_base = k_count(base, kind), n_over = k_count(over, kind), size = kind->size;

	if (!n_over || !n_base) {
		put_list(ret, kind, n_over ? o : b, n_over ? n_over : n_base);
		return;
	}
	char *all = arena_array(a, n_base + n_over, size);

	if (kind->id_offset == SIZE_MAX) { /* first match wins: the user's records go first */
		memcpy(all, o, n_over * size);
		memcpy(all + n_over * size, b, n_base * size);
		put_list(ret, kind, all, n_base + n_over);
		return;
	}
	size_t n = n_base;

	memcpy(all, b, n_base * size);
	for (size_t i = 0; i < n_over; i++) {
		const char *record = o + i * size, *id = k_text(record, kind->id_offset);
		size_t at = 0;

		while (at < n_base && strcmp(k_text(all + at * size, kind->id_offset), id) != 0)
			at++;
		memcpy(all + (at < n_base ? at : n++) * size, record, size);
	}
	put_list(ret, kind, all, n);
}

int knowledge_merge(const struct knowledge *base, const struct knowledge *over, struct arena *a,
	struct knowledge *ret, struct err *err)
{
	int r = knowledge_check_ids(over, err);

	if (r < 0)
		return r;
	struct knowledge all = { 0 };

	for (size_t i = 0; i < K_KIND_COUNT; i++)
		merge_kind(base, over, &k_kinds[i], a, &all);
	r = knowledge_check(&all, err);
	if (r == 0)
		*ret = all;
	return r;
}

static int merge_over(const struct knowledge *base, const struct knowledge *over, struct arena *a,
	const struct knowledge **ret, struct err *err)
{
	struct knowledge *all = arena_new(a, struct knowledge);
	int r = knowledge_merge(base, over, a, all, err);

	if (r == 0)
		*ret = all;
	return r;
}

int knowledge_overlay_text(const struct knowledge *base, struct span text, const char *name,
	struct arena *a, const struct knowledge **ret, struct err *err)
{
	struct knowledge over;
	int r = knowledge_load_text(text, name, a, &over, err);

	return r < 0 ? r : merge_over(base, &over, a, ret, err);
}

int knowledge_overlay(const struct knowledge *base, const char *dir, struct arena *a,
	const struct knowledge **ret, struct err *err)
{
	struct knowledge over;
	int r = knowledge_load_dir(dir, a, &over, err);

	return r < 0 ? r : merge_over(base, &over, a, ret, err);
}
