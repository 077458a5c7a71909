/* SPDX-License-Identifier: MIT */
/*
 * The history: one SQLite file of cases, and a folder per case for what is too big or too useful to
 * hide in a database (flamegraph, pprof, ...). A case is created open and closed when its document
 * is in; one whose process died stays open and is shown as interrupted.
 *
 * Several perf-ops at once are fine (write-ahead log, busy time-out). A database that is no
 * database is kept aside and a new one begun. Nothing that looks like a secret is stored: callers
 * pass documents that renderers have already cleared.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct store;

enum case_state { CASE_OPEN, CASE_COMPLETE, CASE_INTERRUPTED };
const char *case_state_name(enum case_state s);

struct casefile {
	int64_t id;
	uint64_t time_ns; /* wall clock at its start */
	enum case_state state;
	const char *verb;    /* "profile", "diagnose" */
	const char *target;  /* for display */
	const char *project; /* absolute folder */
	const char *title;   /* one line: the verdict, or the words */
	const char *schema;  /* of the document, "" while open */
	const char *folder;  /* absolute; exists only when something was put there */
};

/* PERF_OPS_HOME, else XDG_DATA_HOME/perf-ops, else ~/.local/share/perf-ops; "" when none is known.
 */
const char *store_home(struct arena *a);

/*
 * Opens the history in `home`, creating and migrating it. *ret_notice (arena, may be NULL) gets a
 * sentence when something was put right. Fails when the folder cannot be written or the history is
 * of a newer perf-ops.
 */
int store_open(const char *home, struct arena *a, struct store **ret, const char **ret_notice,
	struct err *err);
void store_close(struct store *s);

/* A new open case; strings live in the arena. Its folder is created when `with_folder`. */
int store_begin(struct store *s, const char *verb, const char *target, const char *project,
	bool with_folder, struct arena *a, struct casefile *ret, struct err *err);
/* What a case says: as JSON for programs, as a plain 80-column screen for people. */
struct case_document {
	const char *schema; /* of the JSON */
	struct span json, screen;
};

/* Puts the document in and closes the case; all or nothing. */
int store_complete(struct store *s, const struct casefile *c, const char *title,
	const struct case_document *document, struct err *err);
/* Takes a case back that came to nothing: row and empty folder. */
void store_abandon(struct store *s, const struct casefile *c);

/* id 0: the last complete one, of that verb when given. -ENOENT when there is none. */
int store_find(struct store *s, int64_t id, const char *verb, struct arena *a, struct casefile *ret,
	struct err *err);
/* The document of a case, as it was stored. */
int store_document(
	struct store *s, int64_t id, struct arena *a, struct case_document *ret, struct err *err);
/* Newest first, at most max. */
int store_list(struct store *s, size_t max, struct arena *a, struct casefile **ret, size_t *ret_n,
	struct err *err);
/* Row, document and folder. */
int store_delete(struct store *s, int64_t id, struct err *err);
/* Deletes all but the newest `keep`; cases being measured right now stay. *ret_n: how many went. */
int store_prune(struct store *s, size_t keep, size_t *ret_n, struct err *err);
