/* SPDX-License-Identifier: MIT */
/*
 * A trial set: commands that were run again and again, every run in the order it happened, and what
 * follows from comparing them. Rounds pair the runs: each command once per round, in random order.
 */
#pragma once

#include "base/arena.h"
#include "base/vec.h"
#include "model/caveat.h"

enum trial_metric { METRIC_WALL, METRIC_CPU, METRIC_RSS };

struct trial_run {
	unsigned command, order, round; /* order counts from 1 through the session */
	double wall_s, user_s, sys_s;   /* of the process and the children it waited for */
	uint64_t max_rss_bytes;         /* the largest single process among them */
	uint64_t minor_faults, major_faults, voluntary_switches, involuntary_switches;
	int exit_code, signal; /* exit_code -1 when ended by a signal */
	unsigned pad_bytes;    /* environment padding, the same in all runs of a round */
};

struct trial_command {
	const char *text; /* as given */
	const char *name; /* short and different from the others, for tables */
	bool shell;       /* run through sh -c */
	size_t runs;
	double median_s, ci_s[2], least_s, most_s;
	double ci_coverage;   /* 0: too few runs for 95 % */
	double cpu_s;         /* median */
	double max_rss_bytes; /* median */
};

struct trial_comparison {
	unsigned a, b; /* b against a */
	enum trial_metric metric;
	size_t pairs;
	double ratio, ci[2]; /* b / a; the interval holds over all looks taken */
	double level;        /* nominal level of that interval, e.g. 0.0123 */
	double p;            /* two-sided signed-rank, of this look alone */
	double b_less_share; /* pairs in which b was less */
	double mean_ratio;   /* geometric mean; far from `ratio` when the tails changed */
	double mde;          /* smallest change found in 80 % of such sessions, as a ratio - 1 */
	double pairs_for_margin; /* to find a change of the margin; 0 unknown */
	const char *verdict;     /* improved regressed negligible no-change inconclusive */
};

/* A run that stands out, and what was unusual about it. */
struct trial_outlier {
	size_t run;          /* index in runs */
	double excess_s;     /* over the median of its command */
	const char *because; /* "41 involuntary switches, median 1"; "" when nothing shows */
};

struct trial_set {
	struct arena arena;
	struct trial_command *commands;
	size_t n_commands;
	vec_of(struct trial_run) runs; /* warm-up runs are not among them */
	struct trial_comparison
		*comparisons; /* per other command: the gating metric, then the rest */
	size_t n_comparisons;
	struct trial_outlier *outliers;
	size_t n_outliers;

	uint64_t seed;
	enum trial_metric metric; /* the one verdicts are about */
	double margin_ratio;
	unsigned rounds_planned, rounds; /* complete rounds */
	unsigned warmup;
	double seconds;           /* of the whole session */
	double drift_ratio;       /* how far the level wandered meanwhile; 0: it did not */
	double drift_z;           /* von Neumann's ratio as a normal deviate */
	double floor_s;           /* least time of a process that does nothing; 0: not measured */
	uint64_t rss_floor_bytes; /* peaks up to here may be the launcher's own */
	bool interrupted, out_of_time, stopped_early;
	const char *case_id;
	struct caveats caveats;
};

struct trial_set *trial_set_new(void);
void trial_set_free(struct trial_set *t);
const char *trial_metric_name(enum trial_metric m); /* "wall", "cpu", "rss" */
/* Seconds or bytes. */
double trial_value(const struct trial_run *r, enum trial_metric m);
/* Values of one command in rounds below `rounds`, in order; malloc'ed. */
double *trial_values(
	const struct trial_set *t, unsigned command, enum trial_metric m, size_t *ret_n);
