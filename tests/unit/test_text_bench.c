/* SPDX-License-Identifier: MIT */
/* The screen, the table and the CSV of a trial set with known figures. */
#include "render/text_bench.h"

#include "unit.h"

#include <math.h>

struct sample {
	double ratio, low, high, pairs_for_margin;
	const char *verdict;
};

static struct trial_set *sample_set(const struct sample *s)
{
	struct trial_set *t = trial_set_new();

	t->n_commands = 2;
	t->commands = arena_array(&t->arena, 2, sizeof(*t->commands));
	t->commands[0] = (struct trial_command){ .text = "./parse-old in.json",
		.name = "old",
		.runs = 24,
		.median_s = 0.1842,
		.least_s = 0.171,
		.most_s = 0.24,
		.cpu_s = 0.181,
		.max_rss_bytes = 41 << 20 };
	t->commands[1] = (struct trial_command){ .text = "./parse-new|\"x\"",
		.name = "new",
		.runs = 24,
		.median_s = 0.1719,
		.least_s = 0.16,
		.most_s = 0.231,
		.cpu_s = 0.169,
		.max_rss_bytes = 42 << 20 };
	*vec_push(&t->runs) = (struct trial_run){ .command = 1, .order = 1, .wall_s = 0.21 };
	t->n_comparisons = 2;
	t->comparisons = arena_array(&t->arena, 2, sizeof(*t->comparisons));
	t->comparisons[0] = (struct trial_comparison){ .b = 1,
		.pairs = 24,
		.ratio = s->ratio,
		.ci = { s->low, s->high },
		.mde = 0.021,
		.verdict = s->verdict,
		.pairs_for_margin = s->pairs_for_margin };
	t->comparisons[1] = (struct trial_comparison){ .b = 1,
		.metric = METRIC_CPU,
		.pairs = 24,
		.ratio = 0.935,
		.ci = { 0.921, 0.95 },
		.mde = 0.01,
		.verdict = "improved" };
	t->outliers = arena_array(&t->arena, 1, sizeof(*t->outliers));
	t->outliers[0] = (struct trial_outlier){
		.run = 0, .excess_s = 0.038, .because = "41 involuntary switches, median 1"
	};
	t->n_outliers = 1;
	t->margin_ratio = 0.01;
	t->rounds = t->rounds_planned = 24;
	t->seconds = 9;
	t->drift_ratio = 0.11;
	return t;
}

static void screen(struct buf *b, const struct sample *s, unsigned width)
{
	struct trial_set *t = sample_set(s);
	struct text_style style = text_style_plain();
	struct sink out;

	style.width = width;
	buf_clear(b);
	sink_to_buf(&out, b);
	text_bench(&out, t, &style);
	trial_set_free(t);
}

static void improved(void **state)
{
	struct buf b = { 0 };

	(void)state;
	screen(&b, &(struct sample){ 0.934, 0.92, 0.949, 0, "improved" }, 80);
	assert_string_equal(buf_cstr(&b),
		"         median     range               cpu        peak mem\n"
		" old     184 ms     171 … 240 ms        181 ms     41.0 MiB\n"
		" new     172 ms     160 … 231 ms        169 ms     42.0 MiB\n"
		" new vs old   6.6 % faster   95 % CI 5.1 … 8.0 %   IMPROVED   24 pairs, 9.0 s\n"
		"   cpu -6.5 % (-7.9 … -5.0)\n"
		" The machine drifted 11 % meanwhile; pairing removed it. Detectable here: 2.1 %.\n"
		" run 1 (+38.0 ms): 41 involuntary switches, median 1\n"
		"Next   perf-ops show --json   every run in its order\n");
	buf_done(&b);
}

static void wordings(void **state)
{
	static const struct {
		struct sample s;
		const char *has, *has_too;
	} cases[] = {
		{ { 1.05, 1.03, 1.07, 0, "regressed" }, "5.0 % slower   95 % CI 3.0 … 7.0 %",
			"REGRESSED" },
		{ { 0.1, 0.08, 0.125, 0, "improved" }, "10.0x faster   95 % CI 8.0 … 12.5x",
			"IMPROVED" },
		{ { 4, 3.5, 4.5, 0, "regressed" }, "4.0x slower   95 % CI 3.5 … 4.5x",
			"REGRESSED" },
		{ { 1.001, 0.995, 1.006, 0, "no-change" },
			"same within ±1 %   95 % CI -0.5 … +0.6 %", "NO CHANGE" },
		{ { 1.004, 1.002, 1.006, 0, "negligible" }, "0.4 % slower", "NEGLIGIBLE" },
		{ { 1.01, 0.996, 1.031, 84, "inconclusive" },
			"95 % CI -0.4 … +3.1 %   INCONCLUSIVE", "About 60 more pairs" },
		{ { 1.01, 0, INFINITY, 0, "inconclusive" }, "95 % CI unknown", "INCONCLUSIVE" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		screen(&b, &cases[i].s, 100);
		if (!strstr(buf_cstr(&b), cases[i].has) || !strstr(buf_cstr(&b), cases[i].has_too))
			fail_msg("no '%s' or no '%s' in:\n%s", cases[i].has, cases[i].has_too,
				buf_cstr(&b));
	}
	buf_done(&b);
}

static void files(void **state)
{
	struct trial_set *t = sample_set(&(struct sample){ 0.934, 0.92, 0.949, 0, "improved" });
	struct buf b = { 0 };
	struct sink out;

	(void)state;
	sink_to_buf(&out, &b);
	bench_csv(&out, t);
	assert_non_null(strstr(buf_cstr(&b), "\n1,0,\"./parse-new|\"\"x\"\"\",0.210000000,"));
	buf_clear(&b);
	bench_markdown(&out, t);
	assert_non_null(strstr(buf_cstr(&b),
		"| `./parse-new\\|\"x\"` | 172 ms | 160 … 231 ms | 169 ms | 42.0 MiB | "
		"6.6 % faster (95 % CI 5.1 … 8.0 %) | IMPROVED |"));
	buf_done(&b);
	trial_set_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(improved), cmocka_unit_test(wordings),
		cmocka_unit_test(files) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
