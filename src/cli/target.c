/* SPDX-License-Identifier: MIT */
/* The target as typed turned into the target as it is. */
#include "cli/target.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/secret.h"
#include "diagnose/process_find.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int target_project_root(struct invocation *inv, const char **ret, struct err *err)
{
	char *path = realpath(inv->target.project, NULL);
	int r = 0;

	if (!path || !path_is_dir(path)) {
		r = fail(err, path ? ENOTDIR : errno, "cannot look into the project folder '%s'%s",
			inv->target.project, path ? ": it is no folder" : "");
		if (err)
			err->exit_code = EXIT_USAGE;
	} else {
		*ret = arena_strdup(inv->arena, path);
	}
	free(path);
	return r;
}

static const char *command_title(const struct invocation *inv)
{
	struct buf b;

	buf_init(&b, 400);
	for (const char *const *a = inv->target.argv; *a; a++) {
		if (b.n)
			buf_putc(&b, ' ');
		secret_put_argument(&b, *a, a > inv->target.argv ? a[-1] : NULL);
	}
	const char *title = arena_printf(inv->arena, "%s%s", buf_cstr(&b), b.overflow ? " …" : "");

	buf_done(&b);
	return title;
}

static const char *pid_title(const struct invocation *inv)
{
	char path[64];
	_cleanup_(buf_done) struct buf comm = { 0 };

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)inv->target.pid);
	file_read(path, 4096, &comm, NULL);
	struct span name = span_trim(buf_span(&comm));

	return arena_printf(inv->arena, "pid %d %.*s", (int)inv->target.pid, (int)name.n,
		name.n ? (const char *)name.p : "");
}

const char *target_title(const struct invocation *inv)
{
	if (inv->target.argv)
		return command_title(inv);
	return inv->target.pid ? pid_title(inv) : "";
}

int target_resolve(struct invocation *inv, struct err *err)
{
	if (!inv->target_options.pid || inv->target.pid)
		return 0;
	return process_lookup(inv->target_options.pid, NULL, &inv->target.pid, err);
}
