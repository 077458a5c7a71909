/* SPDX-License-Identifier: MIT */
/* The state of a walk, shared by its two halves: folders (project_scan.c), files
 * (project_scan_file.c). */
#pragma once

#include "diagnose/project_ignore.h"
#include "diagnose/project_scan.h"
#include "parse/source_head.h"

#include <sys/types.h>

enum { MAX_PER_FILE = 16 };

struct counter {
	uint32_t files;
	uint64_t bytes;
};

struct walk {
	const struct project_matcher *m;
	const struct scan_limits *limits;
	struct project_scan *s;
	dev_t root_dev;
	uint64_t deadline_ns;
	struct counter count[MATCH_MAX_LANGUAGES + 1]; /* of the folder being read */
	struct ignore_list *own_ignores; /* of the folder being read and those above */
	struct map_u64 fired;            /* (folder, detect) pairs that have a hit */
	/* the file being looked at */
	int fd;
	uint32_t dir;
	const char *name;
	char folder[4096]; /* its folder relative to the root, "" = not yet built */
	bool folder_known;
	uint32_t detects[MAX_PER_FILE], marked[MAX_PER_FILE];
	unsigned n_detects, n_marked;
	bool ignored, manifest;
	uint32_t manifest_format;
	unsigned language;
	struct span word;       /* the import being looked up */
	uint16_t *marker_tests; /* by detect: files whose text was searched for its markers */
	char head[SOURCE_HEAD_BYTES];
};

/* Path of the folder being read, relative to the root, "" for the root; a name_folder_fn. */
const char *walk_folder(void *walk);
/* Counts and classifies a regular file of the folder being read (w->fd, w->dir). */
void walk_look_at_file(struct walk *w, const char *name, size_t len);
/* Path of a folder below the root into `out`. */
void walk_path(const struct project_scan *s, uint32_t dir, char *out, size_t max);
