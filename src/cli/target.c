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
#include <unistd.h>

static const char *link_of(struct arena *a, const char *path)
{
	char text[4096];
	ssize_t n = readlink(path, text, sizeof(text) - 1);

	return n > 0 ? arena_strndup(a, text, (size_t)n) : "";
}

/* The folder of the script or program that a process runs; "" when it is one of the system's. */
static const char *program_folder(struct arena *a, pid_t pid)
{
	static const char *const system[] = { "/usr/", "/bin/", "/sbin/", "/lib" };
	_cleanup_(buf_done) struct buf line = { 0 };
	const char *found = link_of(a, arena_printf(a, "/proc/%d/exe", (int)pid));

	file_read(arena_printf(a, "/proc/%d/cmdline", (int)pid), 64 << 10, &line, NULL);
	for (size_t at = strlen(buf_cstr(&line)) + 1; at < line.n; at += strlen(line.p + at) + 1) {
		const char *arg = line.p + at;

		if (arg[0] == '/' && path_exists(arg) && !path_is_dir(arg)) {
			found = arena_strdup(a, arg);
			break;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(system); i++)
		if (strncmp(found, system[i], strlen(system[i])) == 0)
			return "";
	return arena_strndup(a, found, (size_t)(path_base(found) - found));
}

/* Where a running process's project is: what it was started in, else where its program lies; NULL.
 */
static const char *process_project(struct arena *a, pid_t pid)
{
	const char *cwd = arena_printf(a, "/proc/%d/cwd", (int)pid), *path = link_of(a, cwd);
	const char *ns = link_of(a, arena_printf(a, "/proc/%d/ns/mnt", (int)pid));

	/* in another mount namespace only the link leads there */
	if (*ns && strcmp(ns, link_of(a, "/proc/self/ns/mnt")) != 0)
		return *path && strcmp(path, "/") != 0 ? cwd : NULL;
	if (!*path || strcmp(path, "/") == 0)
		path = program_folder(a, pid);
	return *path && path_is_dir(path) ? path : NULL;
}

int target_project_root(struct invocation *inv, const char **ret, struct err *err)
{
	const char *own = inv->target.pid && !inv->target.project_given
		? process_project(inv->arena, inv->target.pid)
		: NULL;

	if (own) {
		*ret = own;
		return 0;
	}
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
