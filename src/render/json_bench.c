/* SPDX-License-Identifier: MIT */
/* A trial set as JSON, every run in it. */
#include "render/json_bench.h"

#include "base/json_writer.h"
#include "render/json_caveats.h"

static void put_pair(struct json *j, const char *key, double a, double b, int decimals)
{
	json_begin_array(j, key);
	json_put_double(j, NULL, a, decimals);
	json_put_double(j, NULL, b, decimals);
	json_end_array(j);
}

static void put_run(struct json *j, const struct trial_run *r)
{
	json_begin_object(j, NULL);
	json_put_uint(j, "order", r->order);
	json_put_uint(j, "round", r->round);
	json_put_double(j, "wall_s", r->wall_s, 9);
	json_put_double(j, "cpu_s", r->user_s + r->sys_s, 6);
	json_put_double(j, "user_s", r->user_s, 6);
	json_put_double(j, "sys_s", r->sys_s, 6);
	json_put_uint(j, "max_rss_bytes", r->max_rss_bytes);
	json_put_int(j, "exit", r->exit_code);
	json_put_int(j, "signal", r->signal);
	json_put_uint(j, "minor_faults", r->minor_faults);
	json_put_uint(j, "major_faults", r->major_faults);
	json_put_uint(j, "voluntary_switches", r->voluntary_switches);
	json_put_uint(j, "involuntary_switches", r->involuntary_switches);
	json_put_uint(j, "pad_bytes", r->pad_bytes);
	json_end_object(j);
}

static void put_command(struct json *j, const struct trial_set *t, unsigned index)
{
	const struct trial_command *c = &t->commands[index];

	json_begin_object(j, NULL);
	json_put_string(j, "command", c->text);
	json_put_string(j, "name", c->name);
	json_put_bool(j, "shell", c->shell);
	json_put_double(j, "median_s", c->median_s, 9);
	json_begin_array(j, "ci95");
	for (unsigned k = 0; k < 2; k++) {
		if (c->ci_coverage > 0)
			json_put_double(j, NULL, c->ci_s[k], 9);
		else
			json_put_null(j, NULL);
	}
	json_end_array(j);
	json_put_double(j, "min_s", c->least_s, 9);
	json_put_double(j, "max_s", c->most_s, 9);
	json_put_double(j, "cpu_median_s", c->cpu_s, 6);
	json_put_double(j, "max_rss_median_bytes", c->max_rss_bytes, 0);
	json_begin_array(j, "runs");
	for (size_t i = 0; i < t->runs.n; i++)
		if (t->runs.v[i].command == index && t->runs.v[i].round < t->rounds)
			put_run(j, &t->runs.v[i]);
	json_end_array(j);
	json_end_object(j);
}

static void put_comparison(
	struct json *j, const struct trial_set *t, const struct trial_comparison *c)
{
	json_begin_object(j, NULL);
	json_put_uint(j, "a", c->a);
	json_put_uint(j, "b", c->b);
	json_put_string(j, "metric", trial_metric_name(c->metric));
	json_put_bool(j, "gate", c->metric == t->metric);
	json_put_double(j, "ratio", c->ratio, 6);
	put_pair(j, "ci95", c->ci[0], c->ci[1], 6);
	json_put_double(j, "level", c->level, 6);
	json_put_double(j, "p", c->p, 9);
	json_put_string(j, "verdict", c->verdict);
	json_put_double(j, "mde", c->mde, 6);
	json_put_uint(j, "pairs", c->pairs);
	json_put_double(j, "pairs_for_margin", c->pairs_for_margin, 0);
	json_put_double(j, "b_less_share", c->b_less_share, 4);
	json_put_double(j, "mean_ratio", c->mean_ratio, 6);
	json_end_object(j);
}

static void put_design(struct json *j, const struct trial_set *t)
{
	json_begin_object(j, "design");
	json_put_string(j, "order", "random within each round");
	json_put_uint(j, "seed", t->seed);
	json_put_string(j, "metric", trial_metric_name(t->metric));
	json_put_double(j, "margin", t->margin_ratio, 6);
	json_put_uint(j, "warmup", t->warmup);
	json_put_uint(j, "rounds", t->rounds);
	json_put_uint(j, "rounds_planned", t->rounds_planned);
	json_put_bool(j, "stopped_early", t->stopped_early);
	json_put_bool(j, "out_of_time", t->out_of_time);
	json_put_bool(j, "interrupted", t->interrupted);
	json_put_double(j, "seconds", t->seconds, 3);
	json_end_object(j);
	json_begin_object(j, "machine");
	json_put_double(j, "drift", t->drift_ratio, 4);
	json_put_double(j, "drift_z", t->drift_z, 3);
	json_put_double(j, "floor_s", t->floor_s, 9);
	json_put_uint(j, "rss_floor_bytes", t->rss_floor_bytes);
	json_end_object(j);
}

void json_bench(struct sink *out, const struct trial_set *t, bool pretty)
{
	struct json j;

	json_init(&j, out, pretty);
	json_begin_object(&j, NULL);
	json_put_string(&j, "schema", "perf-ops/bench/1");
	json_put_string(&j, "case", t->case_id);
	put_design(&j, t);
	json_begin_array(&j, "commands");
	for (unsigned i = 0; i < t->n_commands; i++)
		put_command(&j, t, i);
	json_end_array(&j);
	json_begin_array(&j, "comparisons");
	for (size_t i = 0; i < t->n_comparisons; i++)
		put_comparison(&j, t, &t->comparisons[i]);
	json_end_array(&j);
	json_begin_array(&j, "outliers");
	for (size_t i = 0; i < t->n_outliers; i++) {
		const struct trial_outlier *o = &t->outliers[i];

		json_begin_object(&j, NULL);
		json_put_uint(&j, "order", t->runs.v[o->run].order);
		json_put_double(&j, "excess_s", o->excess_s, 9);
		json_put_string(&j, "because", o->because);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_caveats(&j, &t->caveats);
	json_end_object(&j);
}
