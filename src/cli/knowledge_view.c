/* SPDX-License-Identifier: MIT */
/* Filtering and joining for the verbs that show knowledge. */
#include "cli/knowledge_view.h"

#include "cli/style.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void view_page(struct page *pg, const struct invocation *inv)
{
	struct text_style style = style_of(inv);

	page_init(pg, inv->out, &style);
}

bool view_same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

bool view_has(const struct k_strings *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (view_same(list->v[i], word))
			return true;
	return false;
}

static bool one_matches(const char *word, const char *const *texts, size_t n,
	const struct k_strings *const *lists, size_t n_lists)
{
	for (size_t i = 0; i < n; i++)
		if (strcasestr(texts[i], word))
			return true;
	for (size_t i = 0; i < n_lists; i++)
		if (view_has(lists[i], word))
			return true;
	return false;
}

bool view_matches(const struct invocation *inv, const char *const *texts, size_t n,
	const struct k_strings *const *lists, size_t n_lists)
{
	for (int i = 0; i < inv->n_args; i++)
		if (!one_matches(inv->args[i], texts, n, lists, n_lists))
			return false;
	return true;
}

const char *view_join(struct arena *a, const struct k_strings *list)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < list->n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", list->v[i]);
	return arena_strdup(a, buf_cstr(&b));
}

void view_file(struct page *pg, const char *origin, const char **previous)
{
	const char *colon = strrchr(origin, ':');
	size_t n = colon ? (size_t)(colon - origin) : strlen(origin);
	char file[512];

	if (*previous && strncmp(*previous, origin, n + 1) == 0)
		return;
	*previous = origin;
	snprintf(file, sizeof(file), "%.*s", (int)MIN(n, sizeof(file) - 1), origin);
	page_ink(pg, INK_DIM, file);
	page_line(pg);
}

int view_nothing(const struct invocation *inv, const char *what, struct err *err)
{
	int r = inv->n_args
		? fail(err, EINVAL, "no %s matches '%s'", what, inv->args[inv->n_args - 1])
		: fail(err, EINVAL, "no %s matches these options", what);

	err_hint(err, "all of them: perf-ops %ss", what);
	return r;
}
