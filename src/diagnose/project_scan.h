/* SPDX-License-Identifier: MIT */
/*
 * One walk over a project's folders: source bytes per folder and language, and the files that say
 * something (manifests, settings, what detects look for). Bounded in files, folders, depth, time
 * and memory; links are not followed, so there are no loops; pseudo file systems are not entered.
 */
#pragma once

#include "base/err.h"
#include "base/vec.h"
#include "diagnose/project_match.h"

struct scan_limits {
	uint64_t files, dirs, hits, heads; /* heads: files whose first bytes are read */
	unsigned depth;
	uint64_t time_ns;
};

extern const struct scan_limits scan_default_limits;

struct scan_dir {
	const char *name; /* "" for the root */
	uint32_t parent;  /* number of its parent, smaller than its own; 0 for the root */
	uint32_t depth;
};

struct scan_cell { /* own source of one language directly in one folder */
	uint32_t dir;
	uint8_t language; /* number, or MATCH_HEADER */
	uint32_t files;
	uint64_t bytes;
};

enum hit_how { HIT_FILE, HIT_IMPORT };

struct scan_hit { /* a detect that fired */
	uint32_t dir, detect;
	enum hit_how how;
	const char *file, *word; /* word: what was imported */
	uint8_t language;        /* of the importing file */
};

struct scan_manifest {
	uint32_t dir, format;
	const char *file;
};

struct scan_settings {
	uint32_t dir;
	const char *file;
};

struct project_scan {
	struct arena arena;
	int root_fd;
	vec_of(struct scan_dir) dirs;
	vec_of(struct scan_cell) cells;
	vec_of(struct scan_hit) hits;
	vec_of(struct scan_manifest) manifests;
	vec_of(struct scan_settings) settings;
	uint64_t files_seen, files_skipped, dirs_skipped, unreadable;
	uint64_t heads_read;
	const char *limit; /* which limit ended the walk early, NULL none */
};

/* root must be a folder. The descriptor of the root stays open until done, for reading manifests.
 */
int project_scan_run(const struct project_matcher *m, const char *root,
	const struct scan_limits *limits, struct project_scan *ret, struct err *err);
void project_scan_done(struct project_scan *s);
/* Path of a folder relative to the root, "." for the root itself. Arena-owned. */
const char *project_scan_path(const struct project_scan *s, uint32_t dir, struct arena *a);
/* Path of a file relative to the root. */
const char *project_scan_file(
	const struct project_scan *s, uint32_t dir, const char *file, struct arena *a);
