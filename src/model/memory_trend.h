/* SPDX-License-Identifier: MIT */
/*
 * How the memory of a target developed while it was watched, and what that is called: growing,
 * sudden, high but stable, or unremarkable. With the figures that say so.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

enum memory_shape {
	MEMORY_UNKNOWN, /* watched too short */
	MEMORY_UNREMARKABLE,
	MEMORY_HIGH_STABLE, /* much, but no longer growing */
	MEMORY_SUDDEN,      /* most of it came at once */
	MEMORY_GROWING,     /* still growing at the end, steadily */
};
const char *memory_shape_name(enum memory_shape s);  /* "growing", "high-stable" ... */
const char *memory_shape_words(enum memory_shape s); /* "growing", "high but stable" ... */

enum { MEMORY_LOOKS = 240, MEMORY_PARTS = 12 };

/* Resident bytes by what is mapped there; of the whole process tree. */
struct memory_part {
	const char *name; /* "heap", "anonymous", "stack", "file", "shared", or a file's path */
	double first, last;
};

struct memory_trend {
	size_t n;                    /* looks, in the order of time */
	double time_s[MEMORY_LOOKS]; /* from the start of the observation */
	double rss_bytes[MEMORY_LOOKS];
	double peak_bytes,
		limit_bytes; /* limit: of the cgroup, else the machine's memory; 0 unknown */
	struct memory_part parts[MEMORY_PARTS]; /* by how much they grew; n_parts 0: not readable */
	size_t n_parts;
	double parts_from_s, parts_to_s; /* between which two looks */
	double huge_bytes;               /* of it in huge pages, at the last look */
	/* set by memory_trend_judge */
	enum memory_shape shape;
	double slope_bytes_per_s, slope_se;        /* of the second half */
	double grown_bytes;                        /* in the second half, by the fitted line */
	double step_bytes, step_from_s, step_to_s; /* the largest rise in a tenth of the time */
	const char *because;                       /* one sentence with the figures */
};

/* Adds a look; when there are too many, every other one goes. */
void memory_trend_add(struct memory_trend *m, double time_s, double rss_bytes);
/* Fills the second half of the struct; texts live in the arena. */
void memory_trend_judge(struct memory_trend *m, struct arena *a);
/* 0..1: how much of a problem the memory is, for ranking beside other resources. */
double memory_trend_weight(const struct memory_trend *m);
