/* SPDX-License-Identifier: MIT */
/* Cases: begin, complete, find, list, delete. */
#include "base/clock.h"
#include "base/file.h"
#include "store/db.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CASE_COLUMNS                                                                           \
	"c.id, c.time_ns, c.state, c.pid, c.pid_start, c.verb, c.target, c.project, c.title, " \
	"coalesce(d.schema, '')"
#define CASE_TABLES " FROM cases c LEFT JOIN documents d ON d.case_id = c.id "

const char *case_state_name(enum case_state s)
{
	static const char *const names[] = { "open", "complete", "interrupted" };

	return s < ARRAY_LEN(names) ? names[s] : "open";
}

/* Start time of a process in clock ticks since boot; 0 when it is gone. A pid alone may be reused.
 */
static int64_t pid_start(int64_t pid)
{
	char path[64];
	_cleanup_(buf_done) struct buf b = { 0 };
	uint64_t v = 0;

	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	if (file_read(path, 4096, &b, NULL) < 0)
		return 0;
	const char *p = strrchr(buf_cstr(&b), ')');

	/* field 22 of proc(5); the blank after ')' comes before field 3 */
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p || !span_parse_u64(span_of(p + 1, strcspn(p + 1, " ")), &v))
		return 0;
	return (int64_t)v;
}

static const char *text(sqlite3_stmt *q, int column, struct arena *a)
{
	const unsigned char *t = sqlite3_column_text(q, column);

	return t ? arena_strdup(a, (const char *)t) : "";
}

static void read_row(struct store *s, sqlite3_stmt *q, struct arena *a, struct casefile *ret)
{
	int64_t pid = sqlite3_column_int64(q, 3), start = sqlite3_column_int64(q, 4);

	*ret = (struct casefile){
		.id = sqlite3_column_int64(q, 0),
		.time_ns = (uint64_t)sqlite3_column_int64(q, 1),
		.verb = text(q, 5, a),
		.target = text(q, 6, a),
		.project = text(q, 7, a),
		.title = text(q, 8, a),
		.schema = text(q, 9, a),
	};
	if (strcmp(text(q, 2, a), "complete") == 0)
		ret->state = CASE_COMPLETE;
	else
		ret->state = pid_start(pid) == start && start ? CASE_OPEN : CASE_INTERRUPTED;
	ret->folder = arena_printf(a, "%s/case-%lld", s->home, (long long)ret->id);
}

int store_begin(struct store *s, const char *verb, const char *target, const char *project,
	bool with_folder, struct arena *a, struct casefile *ret, struct err *err)
{
	sqlite3_stmt *q = NULL;
	uint64_t now = clock_wall_ns();

	if (sqlite3_prepare_v2(s->db,
		    "INSERT INTO cases (time_ns, state, pid, pid_start, verb, target, project)"
		    " VALUES (?1, 'open', ?2, ?3, ?4, ?5, ?6)",
		    -1, &q, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(q, 1, (int64_t)now);
		sqlite3_bind_int64(q, 2, getpid());
		sqlite3_bind_int64(q, 3, pid_start(getpid()));
		sqlite3_bind_text(q, 4, verb, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 5, target, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 6, project, -1, SQLITE_STATIC);
	}
	int rc = q ? sqlite3_step(q) : SQLITE_ERROR;

	sqlite3_finalize(q);
	if (rc != SQLITE_DONE)
		return store_fail(s, err, "begin a case");
	*ret = (struct casefile){ .id = sqlite3_last_insert_rowid(s->db),
		.time_ns = now,
		.state = CASE_OPEN,
		.verb = arena_strdup(a, verb),
		.target = arena_strdup(a, target),
		.project = arena_strdup(a, project),
		.title = "",
		.schema = "" };
	ret->folder = arena_printf(a, "%s/case-%lld", s->home, (long long)ret->id);
	if (with_folder && mkdir(ret->folder, 0700) < 0 && errno != EEXIST) {
		int r = fail(err, errno, "cannot create the folder '%s': %m", ret->folder);

		store_abandon(s, ret);
		return r;
	}
	return 0;
}

static void bind_span(sqlite3_stmt *q, int place, struct span v)
{
	sqlite3_bind_blob64(q, place, v.p ? (const void *)v.p : "", v.n, SQLITE_STATIC);
}

int store_complete(struct store *s, const struct casefile *c, const char *title,
	const struct case_document *document, struct err *err)
{
	sqlite3_stmt *put = NULL, *close = NULL;
	bool ok = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;

	if (ok &&
		sqlite3_prepare_v2(s->db,
			"INSERT OR REPLACE INTO documents (case_id, schema, body, screen)"
			" VALUES (?1, ?2, ?3, ?4)",
			-1, &put, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(put, 1, c->id);
		sqlite3_bind_text(put, 2, document->schema, -1, SQLITE_STATIC);
		bind_span(put, 3, document->json);
		bind_span(put, 4, document->screen);
	}
	ok = ok && put && sqlite3_step(put) == SQLITE_DONE;
	if (ok &&
		sqlite3_prepare_v2(s->db,
			"UPDATE cases SET state = 'complete', title = ?2 WHERE id = ?1", -1, &close,
			NULL) == SQLITE_OK) {
		sqlite3_bind_int64(close, 1, c->id);
		sqlite3_bind_text(close, 2, title, -1, SQLITE_STATIC);
	}
	ok = ok && close && sqlite3_step(close) == SQLITE_DONE;
	sqlite3_finalize(put);
	sqlite3_finalize(close);
	if (ok && sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	int r = store_fail(s, err, "keep the case");

	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

static int run_with_id(struct store *s, const char *sql, int64_t id)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);

	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(q, 1, id);
		rc = sqlite3_step(q);
	}
	sqlite3_finalize(q);
	return rc;
}

void store_abandon(struct store *s, const struct casefile *c)
{
	rmdir(c->folder);
	run_with_id(s, "DELETE FROM cases WHERE id = ?1 AND state = 'open'", c->id);
}

int store_find(struct store *s, int64_t id, const char *verb, struct arena *a, struct casefile *ret,
	struct err *err)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(s->db,
		    "SELECT " CASE_COLUMNS CASE_TABLES
		    "WHERE (?1 > 0 AND c.id = ?1) OR (?1 = 0 AND c.state = 'complete' AND"
		    " (?2 IS NULL OR c.verb = ?2)) ORDER BY c.id DESC LIMIT 1",
		    -1, &q, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(q, 1, id);
		if (verb)
			sqlite3_bind_text(q, 2, verb, -1, SQLITE_STATIC);
	}
	int rc = q ? sqlite3_step(q) : SQLITE_ERROR;

	if (rc == SQLITE_ROW)
		read_row(s, q, a, ret);
	sqlite3_finalize(q);
	if (rc == SQLITE_ROW)
		return 0;
	if (rc != SQLITE_DONE)
		return store_fail(s, err, "look for a case");
	if (id)
		fail(err, ENOENT, "there is no case %lld", (long long)id);
	else
		fail(err, ENOENT, "there is no %s%scase yet", verb ? verb : "", verb ? " " : "");
	err_hint(err, id ? "all cases: perf-ops history" : "make one: perf-ops profile -- ./prog");
	return -ENOENT;
}

static struct span blob(sqlite3_stmt *q, int column, struct arena *a)
{
	size_t n = (size_t)sqlite3_column_bytes(q, column);

	return span_of(arena_strndup(a, sqlite3_column_blob(q, column), n), n);
}

int store_document(
	struct store *s, int64_t id, struct arena *a, struct case_document *ret, struct err *err)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db,
		"SELECT schema, body, screen FROM documents WHERE case_id = ?1", -1, &q, NULL);

	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(q, 1, id);
		rc = sqlite3_step(q);
	}
	if (rc == SQLITE_ROW)
		*ret = (struct case_document){
			.schema = text(q, 0, a), .json = blob(q, 1, a), .screen = blob(q, 2, a)
		};
	sqlite3_finalize(q);
	if (rc == SQLITE_ROW)
		return 0;
	return rc == SQLITE_DONE
		? fail(err, ENOENT, "case %lld has no result: it was interrupted", (long long)id)
		: store_fail(s, err, "read a case");
}

int store_list(struct store *s, size_t max, struct arena *a, struct casefile **ret, size_t *ret_n,
	struct err *err)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db,
		"SELECT " CASE_COLUMNS CASE_TABLES "ORDER BY c.id DESC LIMIT ?1", -1, &q, NULL);
	struct casefile *rows = arena_array(a, max, sizeof(*rows));
	size_t n = 0;

	if (rc == SQLITE_OK)
		sqlite3_bind_int64(q, 1, (int64_t)max);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(q);
		if (rc == SQLITE_ROW && n < max)
			read_row(s, q, a, &rows[n++]);
	}
	sqlite3_finalize(q);
	if (rc != SQLITE_DONE)
		return store_fail(s, err, "list the cases");
	*ret = rows;
	*ret_n = n;
	return 0;
}

/* Only plain files of the case's own folder: nothing is followed, nothing below is entered. */
static void remove_folder(const char *folder)
{
	_cleanup_(dir_closep) DIR *d = opendir(folder);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	rmdir(folder);
}

int store_delete(struct store *s, int64_t id, struct err *err)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	struct casefile c;
	int r = store_find(s, id, NULL, &a, &c, err);

	if (r < 0)
		return r;
	if (run_with_id(s, "DELETE FROM cases WHERE id = ?1", id) != SQLITE_DONE)
		return store_fail(s, err, "delete a case");
	remove_folder(c.folder);
	return 0;
}

int store_prune(struct store *s, size_t keep, size_t *ret_n, struct err *err)
{
	enum { AT_ONCE = 500 };
	size_t gone = 0;

	for (;;) {
		_cleanup_(arena_done) struct arena a = { 0 };
		struct casefile *rows;
		size_t n, before = gone;
		int r = store_list(s, keep + AT_ONCE, &a, &rows, &n, err);

		for (size_t i = keep; r == 0 && i < n; i++) {
			if (rows[i].state == CASE_OPEN)
				continue;
			r = store_delete(s, rows[i].id, err);
			gone += r == 0;
			/* another perf-ops may have deleted it */
			r = r == -ENOENT ? 0 : r;
		}
		*ret_n = gone;
		if (r < 0 || gone == before)
			return r;
	}
}
