/* SPDX-License-Identifier: MIT */
/* A finding: one bottleneck, where it is, how sure we are, why it is slow and what to do. */
#pragma once

#include "model/caveat.h"

enum { FINDING_MAX_TEXT = 8, FINDING_EXCERPT_LINES = 7 };

struct source_line {
	uint32_t line;
	const char *text; /* tabs kept, no newline */
	double share;     /* of the total, samples on this line; 0 = none */
};

struct finding_place {
	const char *function; /* display name */
	const char *file;     /* "" unknown */
	uint32_t line;        /* hottest line of the function; 0 unknown */
	uint32_t decl_line;
	const char *module;
	const char *stack; /* "main;run;page_add;strlen", root first, of the heaviest path */
};

struct finding {
	unsigned rank;        /* 1 = most recoverable */
	const char *title;    /* one line */
	const char *resource; /* "cpu", "wall", "lock", "io", "memory" */
	const char *cause;    /* cause id, "" = hot, cause not recognised */
	double share;         /* 0..1 of the resource */
	double ci[2];         /* 95 % interval of the share */
	struct finding_place where;
	const char *why;                   /* sentences */
	const char *fix[FINDING_MAX_TEXT]; /* NULL-ended, most recommended first */
	const char *verify;
	const char *rule;                       /* rule id, "" when none fired */
	const char *evidence[FINDING_MAX_TEXT]; /* NULL-ended, one fact each, with numbers */
	double confidence;                      /* 0..1 that the cause is right */
	double bound_ratio; /* at most this many times faster (Amdahl); 0 = not known */
	struct source_line excerpt[FINDING_EXCERPT_LINES];
	size_t n_excerpt;
};

/* Findings of one profile, ranked; everything inside belongs to the arena given by the caller. */
struct findings {
	struct finding *v;
	size_t n;
	double rest_share;  /* the largest share that is not a finding */
	const char *remark; /* "nothing dominates: ..." or "" */
	struct caveats caveats;
};
