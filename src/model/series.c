/* SPDX-License-Identifier: MIT */
/* Life and reading of a trial set. */
#include "model/series.h"

#include <stdlib.h>

struct trial_set *trial_set_new(void)
{
	struct trial_set *t = xcalloc(1, sizeof(*t));

	t->case_id = "";
	return t;
}

void trial_set_free(struct trial_set *t)
{
	if (!t)
		return;
	vec_done(&t->runs);
	arena_done(&t->arena);
	free(t);
}

const char *trial_metric_name(enum trial_metric m)
{
	return m == METRIC_CPU ? "cpu" : m == METRIC_RSS ? "rss" : "wall";
}

double trial_value(const struct trial_run *r, enum trial_metric m)
{
	return m == METRIC_CPU    ? r->user_s + r->sys_s
		: m == METRIC_RSS ? (double)r->max_rss_bytes
				  : r->wall_s;
}

double *trial_values(
	const struct trial_set *t, unsigned command, enum trial_metric m, size_t *ret_n)
{
	double *v = xreallocarray(NULL, t->runs.n + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < t->runs.n; i++)
		if (t->runs.v[i].command == command && t->runs.v[i].round < t->rounds)
			v[n++] = trial_value(&t->runs.v[i], m);
	*ret_n = n;
	return v;
}
