/* SPDX-License-Identifier: MIT */
/* The history in SQLite: opening, migrating, keeping a broken file aside. */
#include "store/store.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "store/db.h"
#include "store/migrations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 10000 };

static const char *const migrations[] = {
#define X(sql) sql,
	STORE_MIGRATIONS(X)
#undef X
};

int store_fail(struct store *s, struct err *err, const char *what)
{
	int rc = sqlite3_extended_errcode(s->db) & 0xff;

	int r = fail(err,
		rc == SQLITE_FULL           ? ENOSPC
			: rc == SQLITE_BUSY ? EBUSY
					    : EIO,
		"cannot %s in '%s': %s", what, s->home, sqlite3_errmsg(s->db));

	/* only a file that is wrong from its beginning is put aside by itself: the rest may be
	 * readable */
	if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
		err_hint(err,
			"the file is damaged: move '%s/history.db' away and a new one is begun",
			s->home);
	return r;
}

const char *store_home(struct arena *a)
{
	const char *own = getenv("PERF_OPS_HOME"), *data = getenv("XDG_DATA_HOME"),
		   *home = getenv("HOME");

	if (own && *own)
		return arena_strdup(a, own);
	if (data && data[0] == '/')
		return path_join(a, data, "perf-ops");
	return home && home[0] == '/' ? path_join(a, home, ".local/share/perf-ops") : "";
}

static int user_version(struct store *s)
{
	sqlite3_stmt *q = NULL;
	int v = -1;

	if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL) == SQLITE_OK &&
		sqlite3_step(q) == SQLITE_ROW)
		v = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return v;
}

/* In one transaction, so that a kill leaves the old schema or the new one. */
static int migrate(struct store *s, struct err *err)
{
	int newest = (int)ARRAY_LEN(migrations);

	if (user_version(s) == newest)
		return 0;
	if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(s, err, "prepare the history");
	int have = user_version(s);

	if (have > newest) {
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
		fail(err, ENOTSUP, "the history in '%s' was written by a newer perf-ops", s->home);
		err_hint(err, "use that version, or another folder with PERF_OPS_HOME");
		return -ENOTSUP;
	}
	for (int i = MAX(have, 0); i < newest; i++) {
		if (sqlite3_exec(s->db, migrations[i], NULL, NULL, NULL) != SQLITE_OK) {
			int r = store_fail(s, err, "bring the history up to date");

			sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
			return r;
		}
	}
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d; COMMIT", newest);
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(s, err, "bring the history up to date");
	return 0;
}

/* SQLITE_OK, or the code that says what is wrong with the file. */
static int open_file(struct store *s, const char *path)
{
	int rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

	if (rc != SQLITE_OK)
		return rc;
	sqlite3_busy_timeout(s->db, BUSY_MS);
	/* NORMAL with a write-ahead log: a power cut may lose the last case, never break the file
	 */
	return sqlite3_exec(s->db,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
		"SELECT count(*) FROM sqlite_master;",
		NULL, NULL, NULL);
}

/* *ret_rc: how opening the file that is there now went. */
static int keep_aside(struct store *s, const char *path, struct arena *a, const char **ret_notice,
	int *ret_rc, struct err *err)
{
	const char *aside = arena_printf(
		a, "%s.broken-%llu", path, (unsigned long long)(clock_wall_ns() / 1000000000u));

	sqlite3_close(s->db);
	s->db = NULL;
	/* another perf-ops may have put it aside meanwhile: its new file must stay */
	_cleanup_(fd_closep) int lock =
		open(arena_printf(a, "%s.lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return fail(
			err, errno, "the history '%s' is broken and cannot be locked: %m", path);
	*ret_rc = open_file(s, path);
	if (*ret_rc != SQLITE_NOTADB && *ret_rc != SQLITE_CORRUPT)
		return 0;
	sqlite3_close(s->db);
	s->db = NULL;
	if (rename(path, aside) < 0)
		return fail(err, errno, "the history '%s' is broken and cannot be moved aside: %m",
			path);
	/* a log that belongs to the broken file must not be applied to the new one */
	unlink(arena_printf(a, "%s-wal", path));
	unlink(arena_printf(a, "%s-shm", path));
	if (ret_notice)
		*ret_notice = arena_printf(a,
			"the history was broken and is kept as '%s'; a new one was begun", aside);
	/* made while the lock is held, so that who waits for it finds a good file */
	*ret_rc = open_file(s, path);
	return 0;
}

int store_open(const char *home, struct arena *a, struct store **ret, const char **ret_notice,
	struct err *err)
{
	if (!*home)
		return fail(err, ENOENT,
			"no folder for the history is known: neither HOME nor PERF_OPS_HOME is "
			"set");
	int r = path_make_dirs(home, err);

	if (r < 0)
		return r;
	struct store *s = xcalloc(1, sizeof(*s));
	const char *path = path_join(a, home, "history.db");

	s->home = xstrdup(home);
	int rc = open_file(s, path);

	if (rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT)
		r = keep_aside(s, path, a, ret_notice, &rc, err);
	if (r == 0 && rc != SQLITE_OK)
		r = store_fail(s, err, "open the history");
	if (r == 0)
		r = migrate(s, err);
	if (r < 0)
		store_close(s);
	else
		*ret = s;
	return r;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sqlite3_close(s->db);
	free(s->home);
	free(s);
}
