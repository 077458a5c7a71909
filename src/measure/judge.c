/* SPDX-License-Identifier: MIT */
/* Comparisons, verdicts, drift and outliers of a trial set. */
#include "measure/judge.h"

#include "stats/order.h"
#include "stats/run_order.h"
#include "stats/sequential.h"
#include "stats/signed_rank.h"
#include "stats/sign_flip.h"
#include "stats/verdict.h"

#include <math.h>
#include <string.h>

#define ALPHA 0.05
#define POWER 0.8

enum { N_METRICS = 3, BLOCKS = 5, OUTLIERS_KEPT = 5 };

struct comparison_test {
	struct sequential change, equivalence;
	double alpha;
};

struct judge {
	struct comparison_test *tests; /* parallel to the comparisons */
	size_t n;
};

/* The declared metric has alpha to itself; the others share another one. */
static double alpha_of(const struct trial_set *t, bool gate)
{
	return ALPHA / (double)(t->n_commands - 1) / (gate ? 1 : N_METRICS - 1);
}

struct judge *judge_new(const struct trial_set *t)
{
	struct judge *j = xcalloc(1, sizeof(*j));
	size_t others = t->n_commands - 1;

	j->n = others * N_METRICS;
	j->tests = xcalloc(j->n + 1, sizeof(*j->tests));
	for (size_t i = 0; i < j->n; i++) {
		struct comparison_test *test = &j->tests[i];

		test->alpha = alpha_of(t, i < others);
		sequential_init(&test->change, test->alpha, t->rounds_planned, t->seed + i);
		sequential_init(
			&test->equivalence, 2 * test->alpha, t->rounds_planned, t->seed + i);
	}
	return j;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->n; i++) {
		sequential_done(&j->tests[i].change);
		sequential_done(&j->tests[i].equivalence);
	}
	free(j->tests);
	free(j);
}

/* ln(b / a) per round; malloc'ed. */
static double *log_ratios(
	const struct trial_set *t, const struct trial_comparison *c, size_t *ret_n)
{
	size_t n, m;
	double *a = trial_values(t, c->a, c->metric, &n), *b = trial_values(t, c->b, c->metric, &m);

	n = MIN(n, m);
	for (size_t i = 0; i < n; i++)
		a[i] = log(fmax(b[i], 1e-9) / fmax(a[i], 1e-9));
	free(b);
	*ret_n = n;
	return a;
}

static bool compare(const struct trial_set *t, struct comparison_test *test, bool last,
	struct trial_comparison *c)
{
	struct interval ci, equivalence, plain;
	size_t n, less = 0;
	_cleanup_(freep) double *d = log_ratios(t, c, &n);
	struct look look = sequential_look(&test->change, d, n, last);
	struct look wide = sequential_look(&test->equivalence, d, n, last);
	double estimate = hodges_lehmann(d, n);

	signed_rank_ci(d, n, look.level, &ci);
	signed_rank_ci(d, n, wide.level, &equivalence);
	signed_rank_ci(d, n, ALPHA, &plain);
	for (size_t i = 0; i < n; i++)
		less += d[i] < 0;
	double se = interval_se(plain, ALPHA);
	enum verdict v = n < JUDGE_LEAST_PAIRS
		? VERDICT_INCONCLUSIVE
		: verdict_of(estimate, ci, equivalence, t->margin_ratio);

	c->pairs = n;
	c->ratio = n ? exp(estimate) : 1;
	c->ci[0] = exp(ci.low);
	c->ci[1] = exp(ci.high);
	c->level = look.level;
	c->p = signed_rank_test(d, n).p;
	c->b_less_share = n ? (double)less / (double)n : 0;
	c->mean_ratio = exp(sign_flip_mean(d, n));
	c->mde = isfinite(plain.low) ? minimum_detectable(se, ALPHA, POWER) : INFINITY;
	c->pairs_for_margin = isfinite(plain.low) && t->margin_ratio > 0
		? pairs_needed(se, n, t->margin_ratio, ALPHA, POWER)
		: 0;
	c->verdict = verdict_name(v);
	return v != VERDICT_INCONCLUSIVE;
}

bool judge_look(struct judge *j, struct trial_set *t, bool last)
{
	size_t others = t->n_commands - 1;
	bool all = true;

	if (!t->comparisons)
		t->comparisons = arena_array(&t->arena, j->n + 1, sizeof(*t->comparisons));
	t->n_comparisons = j->n;
	for (size_t i = 0; i < j->n; i++) {
		/* the declared metric first, then the others in their order */
		unsigned metric = i < others ? t->metric : (unsigned)(i / others) - 1;

		if (i >= others && metric >= (unsigned)t->metric)
			metric++;
		t->comparisons[i] = (struct trial_comparison){
			.a = 0, .b = (unsigned)(i % others) + 1, .metric = (enum trial_metric)metric
		};
		bool clear = compare(t, &j->tests[i], last, &t->comparisons[i]);

		all = all && (clear || i >= others);
	}
	return all;
}

static void summarize(struct trial_set *t, unsigned command)
{
	struct trial_command *c = &t->commands[command];
	size_t n;
	_cleanup_(freep) double *wall = trial_values(t, command, METRIC_WALL, &n);
	_cleanup_(freep) double *cpu = trial_values(t, command, METRIC_CPU, &n);
	_cleanup_(freep) double *rss = trial_values(t, command, METRIC_RSS, &n);
	struct interval ci;

	sort_doubles(wall, n);
	c->runs = n;
	if (!n)
		return;
	median_ci(wall, n, ALPHA, &ci);
	c->ci_coverage = median_ci_rank(n, ALPHA, NULL) ? 1 - ALPHA : 0;
	c->median_s = sorted_median(wall, n);
	c->ci_s[0] = ci.low;
	c->ci_s[1] = ci.high;
	c->least_s = wall[0];
	c->most_s = wall[n - 1];
	c->cpu_s = median_of(cpu, n);
	c->max_rss_bytes = median_of(rss, n);
}

/* How far the level wandered: the medians of the fifths of the session, when order matters at all.
 */
static void find_drift(struct trial_set *t, const double *level, size_t n)
{
	double low = INFINITY, high = -INFINITY;

	von_neumann_ratio(level, n, &t->drift_z);
	if (n < 4 * BLOCKS || t->drift_z > -2.58) /* one-sided 0.5 % */
		return;
	for (size_t b = 0; b < BLOCKS; b++) {
		size_t from = n * b / BLOCKS, to = n * (b + 1) / BLOCKS;
		double m = median_of(level + from, to - from);

		low = fmin(low, m);
		high = fmax(high, m);
	}
	t->drift_ratio = expm1(high - low);
}

/* What was most unusual about a run among the runs of its command. */
static const char *explain(struct trial_set *t, size_t at)
{
	static const char *const names[] = { "involuntary switches", "major faults",
		"voluntary switches", "minor faults" };
	const struct trial_run *r = &t->runs.v[at];
	size_t n = t->runs.n, mine = 0, n_mine = 0, best = 0;
	_cleanup_(freep) double *v = xreallocarray(NULL, n + 1, sizeof(*v));
	double best_z = 3.5, best_median = 0, best_value = 0;

	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		n_mine = 0;
		for (size_t i = 0; i < n; i++) {
			const struct trial_run *o = &t->runs.v[i];
			const uint64_t values[] = { o->involuntary_switches, o->major_faults,
				o->voluntary_switches, o->minor_faults };

			if (o->command != r->command)
				continue;
			if (i == at)
				mine = n_mine;
			v[n_mine++] = (double)values[k];
		}
		double z = robust_z(v, n_mine, mine, 1);

		if (z > best_z) {
			best_z = z;
			best = k + 1;
			best_value = v[mine];
			best_median = median_of(v, n_mine);
		}
	}
	double waited = r->wall_s - r->user_s - r->sys_s;

	if (best)
		return arena_printf(&t->arena, "%.0f %s, median %.0f", best_value, names[best - 1],
			best_median);
	if (waited > r->wall_s / 2 &&
		waited > t->commands[r->command].median_s - t->commands[r->command].cpu_s)
		return arena_printf(&t->arena, "waited %.1f ms of it", waited * 1e3);
	return "";
}

static void find_outliers(struct trial_set *t, const double *level, const size_t *index, size_t n)
{
	_cleanup_(freep) bool *out = xcalloc(n + 1, sizeof(*out));

	t->outliers = arena_array(&t->arena, OUTLIERS_KEPT, sizeof(*t->outliers));
	t->n_outliers = 0;
	mad_outliers(level, n, out);
	while (t->n_outliers < OUTLIERS_KEPT) {
		size_t worst = n;

		for (size_t i = 0; i < n; i++)
			if (out[i] && level[i] > 0 && (worst == n || level[i] > level[worst]))
				worst = i;
		if (worst == n)
			break;
		out[worst] = false;
		const struct trial_run *r = &t->runs.v[index[worst]];

		t->outliers[t->n_outliers++] = (struct trial_outlier){ .run = index[worst],
			.excess_s = r->wall_s - t->commands[r->command].median_s,
			.because = explain(t, index[worst]) };
	}
}

void judge_describe(struct trial_set *t)
{
	_cleanup_(freep) double *level = xreallocarray(NULL, t->runs.n + 1, sizeof(*level));
	_cleanup_(freep) size_t *index = xreallocarray(NULL, t->runs.n + 1, sizeof(*index));
	size_t n = 0;

	for (unsigned c = 0; c < t->n_commands; c++)
		summarize(t, c);
	for (size_t i = 0; i < t->runs.n; i++) {
		const struct trial_run *r = &t->runs.v[i];

		if (r->round >= t->rounds)
			continue;
		level[n] =
			log(fmax(r->wall_s, 1e-9) / fmax(t->commands[r->command].median_s, 1e-9));
		index[n++] = i;
	}
	find_drift(t, level, n);
	find_outliers(t, level, index, n);
}
