/* SPDX-License-Identifier: MIT */
/* dpkg's info/PACKAGE.list and status files (man 1 dpkg-query, deb-version). */
#include "diagnose/tool_dpkg.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_LIST_BYTES = 4 << 20, MAX_STATUS_BYTES = 64 << 20, INSTALL_SLACK_S = 120 };

static bool lists_path(struct span list, const char *path)
{
	struct span line;

	while (span_next_line(&list, &line))
		if (span_eq(line, path))
			return true;
	return false;
}

static bool owns(struct arena *a, const char *root, const char *package, const char *path)
{
	struct stat file, list;
	const char *name = arena_printf(a, "%s/var/lib/dpkg/info/%s.list", root, package);

	if (stat(name, &list) != 0) {
		name = arena_printf(a, "%s/var/lib/dpkg/info/%s:amd64.list", root, package);
		if (stat(name, &list) != 0)
			return false;
	}
	_cleanup_(buf_done) struct buf text = { 0 };

	/* files keep the time of the package's build, so a later one was put there by somebody else
	 */
	return stat(path, &file) == 0 && file.st_mtime <= list.st_mtime + INSTALL_SLACK_S &&
		file_read(name, MAX_LIST_BYTES, &text, NULL) == 0 &&
		lists_path(buf_span(&text), path);
}

/* "1:3.19.0-1+b2" -> "3.19.0" */
static const char *upstream(struct arena *a, struct span v)
{
	const uint8_t *colon = v.n ? memchr(v.p, ':', v.n) : NULL;

	if (colon)
		v = span_from(v, (size_t)(colon - v.p) + 1);
	const uint8_t *dash = v.n ? memrchr(v.p, '-', v.n) : NULL;
	size_t n = dash ? (size_t)(dash - v.p) : v.n, i = 0;

	while (i < n && ((v.p[i] >= '0' && v.p[i] <= '9') || v.p[i] == '.'))
		i++;
	return arena_strndup(a, v.p, i);
}

/* One paragraph of the status file, from its Package: line on. */
static void take_package(
	struct arena *a, struct span rest, struct dpkg_question *q, const bool *mine, size_t n)
{
	struct span line, name;

	if (!span_next_line(&rest, &name) || name.n < 9)
		return;
	name = span_from(name, 9);
	for (size_t i = 0; i < n; i++) {
		struct span left = rest;

		if (!mine[i] || !span_eq(name, q[i].package))
			continue;
		while (span_next_line(&left, &line) && line.n)
			if (span_starts(line, "Version: "))
				q[i].version = upstream(a, span_from(line, 9));
	}
}

void tool_dpkg_versions(struct arena *a, const char *root, struct dpkg_question *q, size_t n)
{
	static const char mark[] = "\nPackage: ";
	bool *mine = arena_array(a, n ? n : 1, sizeof(*mine)), any = false;
	struct file_map status;

	for (size_t i = 0; i < n; i++) {
		q[i].version = "";
		mine[i] = owns(a, root, q[i].package, q[i].path);
		any |= mine[i];
	}
	if (!any ||
		file_map_open(&status, arena_printf(a, "%s/var/lib/dpkg/status", root),
			MAX_STATUS_BYTES, NULL) < 0)
		return;
	struct span s = status.s;

	if (span_starts(s, mark + 1))
		take_package(a, s, q, mine, n);
	for (const uint8_t *at; (at = memmem(s.p, s.n, mark, sizeof(mark) - 1));) {
		s = span_from(s, (size_t)(at - s.p) + 1);
		take_package(a, s, q, mine, n);
	}
	file_map_done(&status);
}
