/* SPDX-License-Identifier: MIT */
/* The history: cases, broken and newer files, many writers, kills at any moment. */
#include "store/store.h"

#include "base/file.h"
#include "store/migrations.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct home {
	struct arena a;
	char dir[64];
};

static int setup(void **state)
{
	struct home *h = calloc(1, sizeof(*h));

	snprintf(h->dir, sizeof(h->dir), "/tmp/perf-ops-store-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct home *h = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", h->dir);
	assert_int_equal(system(command), 0);
	arena_done(&h->a);
	free(h);
	return 0;
}

static struct store *open_store(struct home *h)
{
	struct store *s = NULL;
	struct err err = { 0 };

	if (store_open(h->dir, &h->a, &s, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static int64_t add(struct home *h, struct store *s, const char *verb, const char *body)
{
	struct casefile c;

	assert_int_equal(store_begin(s, verb, "./prog", "/src", true, &h->a, &c, NULL), 0);
	assert_int_equal(store_complete(s, &c, "title",
				 &(struct case_document){
					 "perf-ops/x/1", span_str(body), span_str("screen") },
				 NULL),
		0);
	return c.id;
}

static void a_case_comes_back_as_it_was(void **state)
{
	struct home *h = *state;
	struct store *s = open_store(h);
	int64_t first = add(h, s, "profile", "{\"a\":1}"), second = add(h, s, "diagnose", "{}");
	struct casefile c;
	struct case_document doc;

	assert_true(second > first);
	store_close(s);
	s = open_store(h);
	assert_int_equal(store_find(s, 0, NULL, &h->a, &c, NULL), 0);
	assert_int_equal(c.id, second);
	assert_int_equal(store_find(s, 0, "profile", &h->a, &c, NULL), 0);
	assert_int_equal(c.id, first);
	assert_int_equal(c.state, CASE_COMPLETE);
	assert_string_equal(c.title, "title");
	assert_true(path_is_dir(c.folder));
	assert_int_equal(store_document(s, first, &h->a, &doc, NULL), 0);
	assert_true(span_eq(doc.json, "{\"a\":1}") && span_eq(doc.screen, "screen"));
	assert_int_equal(store_find(s, 99, NULL, &h->a, &c, NULL), -ENOENT);
	assert_int_equal(store_delete(s, first, NULL), 0);
	assert_false(path_exists(c.folder));
	assert_int_equal(store_document(s, first, &h->a, &doc, NULL), -ENOENT);
	store_close(s);
}

static void a_case_whose_process_died_is_interrupted(void **state)
{
	struct home *h = *state;
	pid_t pid = fork();

	if (pid == 0) {
		struct casefile c;

		_exit(store_begin(open_store(h), "profile", "x", "/", false, &h->a, &c, NULL) < 0);
	}
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	struct store *s = open_store(h);
	struct casefile *rows, mine;
	size_t n;

	assert_int_equal(store_begin(s, "profile", "y", "/", false, &h->a, &mine, NULL), 0);
	assert_int_equal(store_list(s, 10, &h->a, &rows, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].state, CASE_OPEN);
	assert_int_equal(rows[1].state, CASE_INTERRUPTED);
	store_abandon(s, &mine);
	assert_int_equal(store_list(s, 10, &h->a, &rows, &n, NULL), 0);
	assert_int_equal(n, 1);
	store_close(s);
}

static void pruning_keeps_the_newest_and_the_running(void **state)
{
	struct home *h = *state;
	struct store *s = open_store(h);
	struct casefile *rows, running, old;
	size_t n;

	assert_int_equal(store_begin(s, "profile", "x", "/", true, &h->a, &running, NULL), 0);
	for (int i = 0; i < 7; i++)
		add(h, s, "profile", "{}");
	assert_int_equal(store_find(s, running.id + 1, NULL, &h->a, &old, NULL), 0);
	assert_true(path_is_dir(old.folder));
	assert_int_equal(store_prune(s, 3, &n, NULL), 0);
	assert_int_equal(n, 4);
	assert_int_equal(store_list(s, 10, &h->a, &rows, &n, NULL), 0);
	assert_int_equal(n, 4);
	assert_int_equal(rows[3].id, running.id);
	assert_false(path_exists(old.folder));
	assert_true(path_is_dir(running.folder));
	assert_int_equal(store_prune(s, 3, &n, NULL), 0);
	assert_int_equal(n, 0);
	store_close(s);
}

static void put(struct home *h, const char *bytes, size_t n)
{
	struct arena *a = &h->a;

	assert_int_equal(file_write_atomic(
				 path_join(a, h->dir, "history.db"), span_of(bytes, n), 0600, NULL),
		0);
}

static void a_broken_file_is_kept_aside(void **state)
{
	struct home *h = *state;
	struct store *s = NULL;
	const char *notice = NULL;

	put(h, "this is no database, but somebody's notes", 41);
	assert_int_equal(store_open(h->dir, &h->a, &s, &notice, NULL), 0);
	assert_non_null(notice);
	assert_non_null(strstr(notice, "broken"));
	add(h, s, "profile", "{}");
	store_close(s);
}

/* All of them find the broken file at once; one puts it aside, nobody's case is lost. */
static void many_find_the_broken_file(void **state)
{
	enum { PROCESSES = 8 };
	struct home *h = *state;
	struct casefile *rows;
	int status, aside = 0;
	size_t n;

	put(h, "this is no database, but somebody's notes", 41);
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() == 0) {
			add(h, open_store(h), "profile", "{}");
			_exit(0);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	struct store *s = open_store(h);

	assert_int_equal(store_list(s, 100, &h->a, &rows, &n, NULL), 0);
	assert_int_equal(n, PROCESSES);
	store_close(s);
	DIR *d = opendir(h->dir);

	for (struct dirent *e; (e = readdir(d));)
		aside += strstr(e->d_name, ".broken-") != NULL;
	closedir(d);
	assert_int_equal(aside, 1);
}

/* Damage further in is not put aside: the other cases may be readable. It is said what to do. */
static void damage_inside_is_said(void **state)
{
	struct home *h = *state;
	struct store *s = open_store(h);
	const char *path = path_join(&h->a, h->dir, "history.db");
	struct casefile c;
	struct err err = { 0 };
	struct buf b = { 0 };

	for (int i = 0; i < 200; i++)
		add(h, s, "profile",
			"{\"a\": \"some text to fill pages, some text to fill pages, some text to "
			"fill pages\"}");
	store_close(s);
	assert_int_equal(file_read(path, 1 << 24, &b, NULL), 0);
	assert_true(b.n > 40000);
	memset(b.p + 4096, 0xa5, b.n - 4096);
	put(h, b.p, b.n);
	buf_done(&b);
	int r = store_open(h->dir, &h->a, &s, NULL, &err);

	if (r == 0) {
		r = store_begin(s, "profile", "x", "/", false, &h->a, &c, &err);
		store_close(s);
	}
	assert_true(r < 0);
	assert_non_null(strstr(err.msg, h->dir));
	assert_non_null(strstr(err.hint, "move"));
}

static const char *const steps[] = {
#define X(sql) sql,
	STORE_MIGRATIONS(X)
#undef X
};

/* A history of every older schema opens, keeps its cases and takes new ones. */
static void every_older_schema_migrates(void **state)
{
	struct home *h = *state;
	const char *path = path_join(&h->a, h->dir, "history.db");

	for (size_t version = 1; version < ARRAY_LEN(steps); version++) {
		struct casefile *rows;
		sqlite3 *db;
		char sql[64];
		size_t n;

		unlink(path);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		for (size_t i = 0; i < version; i++)
			assert_int_equal(sqlite3_exec(db, steps[i], NULL, NULL, NULL), SQLITE_OK);
		snprintf(sql, sizeof(sql), "PRAGMA user_version = %zu", version);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db,
					 "INSERT INTO cases (time_ns, state, pid, pid_start, verb, "
					 "target, project)"
					 " VALUES (1, 'complete', 1, 1, 'profile', 'old', '/')",
					 NULL, NULL, NULL),
			SQLITE_OK);
		sqlite3_close(db);
		struct store *s = open_store(h);

		add(h, s, "diagnose", "{}");
		assert_int_equal(store_list(s, 10, &h->a, &rows, &n, NULL), 0);
		assert_int_equal(n, 2);
		assert_string_equal(rows[1].target, "old");
		store_close(s);
	}
}

static void a_newer_history_is_left_alone(void **state)
{
	struct home *h = *state;
	struct store *s = open_store(h);
	struct err err = { 0 };
	sqlite3 *db;

	store_close(s);
	assert_int_equal(sqlite3_open(path_join(&h->a, h->dir, "history.db"), &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, "PRAGMA user_version = 999", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_open(h->dir, &h->a, &s, NULL, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "newer"));
}

static void a_folder_that_cannot_be_written_is_said(void **state)
{
	struct home *h = *state;
	struct store *s;
	struct err err = { 0 };

	assert_true(store_open("/proc/nowhere/perf-ops", &h->a, &s, NULL, &err) < 0);
	assert_non_null(strstr(err.msg, "/proc/nowhere"));
	assert_true(store_open("", &h->a, &s, NULL, &err) < 0);
}

enum { ROUNDS = 120 };

static _Noreturn void write_for_ever(struct home *h, unsigned seed)
{
	struct arena a = { 0 };
	struct store *s;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct casefile c;

		if (store_open(h->dir, &a, &s, NULL, NULL) < 0)
			_exit(3);
		if (store_begin(s, "profile", "x", "/", i % 2, &a, &c, NULL) < 0 ||
			store_complete(s, &c, "t",
				&(struct case_document){ "s", span_str("{\"body\": 1}"), { 0 } },
				NULL) < 0)
			_exit(4);
		store_close(s);
		usleep(seed % 500);
	}
	_exit(0);
}

static void many_writers_and_kills_break_nothing(void **state)
{
	enum { WRITERS = 8 };
	struct home *h = *state;
	pid_t pids[WRITERS];
	int status, killed = 0;

	store_close(open_store(h));
	for (unsigned i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			write_for_ever(h, i * 97);
	}
	/* half of them are killed while they write */
	for (unsigned i = 0; i < WRITERS; i += 2) {
		usleep(30000 + i * 7000);
		kill(pids[i], SIGKILL);
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		if (WIFSIGNALED(status))
			killed++;
		else
			assert_int_equal(WEXITSTATUS(status), 0);
	}
	assert_true(killed > 0);
	struct store *s = open_store(h);
	struct casefile *rows;
	size_t n, complete = 0;

	assert_int_equal(store_list(s, 5000, &h->a, &rows, &n, NULL), 0);
	for (size_t i = 0; i < n; i++) {
		struct case_document doc = { 0 };

		assert_int_not_equal(rows[i].state, CASE_OPEN);
		if (rows[i].state != CASE_COMPLETE)
			continue;
		complete++;
		assert_int_equal(store_document(s, rows[i].id, &h->a, &doc, NULL), 0);
		assert_true(span_eq(doc.json, "{\"body\": 1}"));
	}
	assert_true(complete >= WRITERS / 2 * ROUNDS);
	store_close(s);
	sqlite3 *db;
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_open(path_join(&h->a, h->dir, "history.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(q, 0), "ok");
	sqlite3_finalize(q);
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_case_comes_back_as_it_was),
		T(a_case_whose_process_died_is_interrupted),
		T(a_broken_file_is_kept_aside),
		T(pruning_keeps_the_newest_and_the_running),
		T(many_find_the_broken_file),
		T(damage_inside_is_said),
		T(every_older_schema_migrates),
		T(a_newer_history_is_left_alone),
		T(a_folder_that_cannot_be_written_is_said),
		T(many_writers_and_kills_break_nothing),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
