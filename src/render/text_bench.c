/* SPDX-License-Identifier: MIT */
/* A trial set as the user sees it: a table, one sentence per comparison, what disturbed the run. */
#include "render/text_bench.h"

#include "base/human.h"
#include "render/page.h"

#include <math.h>
#include <string.h>

enum { INDENT = 1, NAME_LEAST = 6, NAME_MOST = 24 };

static const char *time_text(char *out, double s)
{
	return human_ns(out, (uint64_t)(fmax(s, 0) * 1e9));
}

/* "171 … 240 ms", the unit once when both have the same */
static void range_text(struct buf *out, double low, double high, bool ascii)
{
	char a[HUMAN_LEN], b[HUMAN_LEN];

	time_text(a, low);
	time_text(b, high);
	char *unit_a = strchr(a, ' '), *unit_b = strchr(b, ' ');

	if (unit_a && unit_b && strcmp(unit_a, unit_b) == 0)
		*unit_a = '\0';
	buf_printf(out, "%s %s %s", a, ascii ? ".." : "…", b);
}

/* Where the columns start, after the names. */
static unsigned name_columns(const struct page *pg, const struct trial_set *t)
{
	unsigned w = NAME_LEAST;

	for (size_t i = 0; i < t->n_commands; i++)
		w = MAX(w, page_width(pg, t->commands[i].name));
	return MIN(w, (unsigned)NAME_MOST) + INDENT + 2;
}

static void heading(struct page *pg, unsigned at)
{
	static const char *const titles[] = { "median", "range", "cpu", "peak mem" };
	static const unsigned columns[] = { 0, 11, 31, 42 };

	for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
		page_to(pg, at + columns[i], true);
		page_ink(pg, INK_DIM, titles[i]);
	}
	page_line(pg);
}

static void command_row(struct page *pg, const struct trial_command *c, unsigned at)
{
	struct buf range = { 0 };
	char text[HUMAN_LEN];

	range_text(&range, c->least_s, c->most_s, pg->style.ascii);
	page_to(pg, INDENT, false);
	page_cut(pg, INK_STRONG, c->name, at - INDENT - 2);
	page_to(pg, at, true);
	page_put(pg, time_text(text, c->median_s));
	page_to(pg, at + 11, true);
	page_put(pg, buf_cstr(&range));
	page_to(pg, at + 31, true);
	page_put(pg, time_text(text, c->cpu_s));
	page_to(pg, at + 42, true);
	page_put(pg, human_bytes(text, c->max_rss_bytes));
	page_line(pg);
	buf_done(&range);
}

static const char *than(enum trial_metric m, bool less)
{
	if (m == METRIC_RSS)
		return less ? "smaller" : "larger";
	return less ? "faster" : "slower";
}

static double signed_pct(double ratio)
{
	return (ratio - 1) * 100;
}

/* "6.6 % faster", "12x slower" */
static void change_text(struct buf *out, const struct trial_comparison *c)
{
	double r = c->ratio;

	if (r < 0.5 || r > 2)
		buf_printf(out, "%.*fx %s", r < 0.1 || r > 10 ? 0 : 1, r < 1 ? 1 / r : r,
			than(c->metric, r < 1));
	else
		buf_printf(out, "%.1f %% %s", fabs(signed_pct(r)), than(c->metric, r < 1));
}

/* The interval in the terms of change_text() when it is one-sided, else with signs. */
static void interval_text(struct buf *out, const struct trial_comparison *c, bool ascii)
{
	double low = c->ci[0], high = c->ci[1];
	const char *to = ascii ? ".." : "…";

	if (!isfinite(high) || low <= 0)
		buf_puts(out, "unknown");
	else if (c->ratio < 0.5 && high < 1)
		buf_printf(out, "%.1f %s %.1fx", 1 / high, to, 1 / low);
	else if (c->ratio > 2 && low > 1)
		buf_printf(out, "%.1f %s %.1fx", low, to, high);
	else if (high < 1)
		buf_printf(out, "%.1f %s %.1f %%", -signed_pct(high), to, -signed_pct(low));
	else if (low > 1)
		buf_printf(out, "%.1f %s %.1f %%", signed_pct(low), to, signed_pct(high));
	else
		buf_printf(out, "%+.1f %s %+.1f %%", signed_pct(low), to, signed_pct(high));
}

static bool is(const struct trial_comparison *c, const char *verdict)
{
	return strcmp(c->verdict, verdict) == 0;
}

static enum ink verdict_ink(const struct trial_comparison *c)
{
	return is(c, "improved")        ? INK_GAIN
		: is(c, "regressed")    ? INK_COST
		: is(c, "inconclusive") ? INK_CAVEAT
					: INK_STRONG;
}

static const char *verdict_word(const struct trial_comparison *c)
{
	return is(c, "improved")      ? "IMPROVED"
		: is(c, "regressed")  ? "REGRESSED"
		: is(c, "negligible") ? "NEGLIGIBLE"
		: is(c, "no-change")  ? "NO CHANGE"
				      : "INCONCLUSIVE";
}

/* One sentence: who, how much, how sure, the word, from how much. Parts never break in the middle.
 */
static void comparison(struct page *pg, const struct trial_set *t, const struct trial_comparison *c)
{
	struct buf part[4] = { 0 };
	char s[HUMAN_LEN];

	buf_printf(&part[0], "%s vs %s", t->commands[c->b].name, t->commands[c->a].name);
	if (is(c, "no-change"))
		buf_printf(&part[1], "same within %s%g %%", pg->style.ascii ? "+-" : "±",
			t->margin_ratio * 100);
	else if (!is(c, "inconclusive"))
		change_text(&part[1], c);
	buf_puts(&part[2], "95 % CI ");
	interval_text(&part[2], c, pg->style.ascii);
	buf_printf(&part[3], "%zu pairs, %s", c->pairs, time_text(s, t->seconds));
	page_to(pg, INDENT, false);
	page_cut(pg, INK_STRONG, buf_cstr(&part[0]), pg->style.width - INDENT);
	for (size_t i = 1; i < ARRAY_LEN(part); i++) {
		const char *text = buf_cstr(&part[i]);
		unsigned need =
			page_width(pg, text) + (i == 3 ? page_width(pg, verdict_word(c)) + 3 : 0);

		if (!*text)
			continue;
		if (pg->col + 3 + need > pg->style.width) {
			page_line(pg);
			page_to(pg, INDENT + 2, false);
		} else {
			page_put(pg, "   ");
		}
		if (i == 3) {
			page_ink(pg, verdict_ink(c), verdict_word(c));
			page_put(pg, "   ");
		}
		page_ink(pg, i == 3 ? INK_DIM : INK_NONE, text);
	}
	page_line(pg);
	for (size_t i = 0; i < ARRAY_LEN(part); i++)
		buf_done(&part[i]);
}

/* cpu and peak memory beside the declared metric: what else changed, not judged. */
static void other_metrics(struct page *pg, const struct trial_set *t, unsigned b)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < t->n_comparisons; i++) {
		const struct trial_comparison *c = &t->comparisons[i];

		if (c->b != b || c->metric == t->metric || !isfinite(c->ci[1]))
			continue;
		buf_printf(&text, "%s%s %+.1f %% (%+.1f %s %+.1f)", text.n ? " · " : "",
			c->metric == METRIC_RSS           ? "peak memory"
				: c->metric == METRIC_CPU ? "cpu"
							  : "time",
			signed_pct(c->ratio), signed_pct(c->ci[0]), pg->style.ascii ? ".." : "…",
			signed_pct(c->ci[1]));
	}
	if (text.n) {
		page_to(pg, INDENT + 2, false);
		page_wrap(pg, INK_DIM, INDENT + 2, buf_cstr(&text));
		page_line(pg);
	}
	buf_done(&text);
}

static void more_runs(struct buf *out, const struct trial_set *t, const struct trial_comparison *c)
{
	char s[HUMAN_LEN];

	if (c->pairs < 6) {
		buf_puts(out, " At least 6 pairs are needed to tell anything.");
		return;
	}
	double more = c->pairs_for_margin - (double)c->pairs;

	if (more >= 1 && t->rounds)
		buf_printf(out, " About %.0f more pairs (~%s) would show %g %%.", more,
			time_text(s, more * t->seconds / t->rounds), t->margin_ratio * 100);
}

static void remarks(struct page *pg, const struct trial_set *t)
{
	struct buf text = { 0 };

	if (t->drift_ratio >= 0.005)
		buf_printf(&text, "The machine drifted %.0f %% meanwhile%s",
			fmax(t->drift_ratio * 100, 1),
			t->n_commands > 1 ? "; pairing removed it."
					  : ": compare in one session, not with earlier figures.");
	if (t->n_comparisons && isfinite(t->comparisons[0].mde))
		buf_printf(&text, "%sDetectable here: %.1f %%.", text.n ? " " : "",
			t->comparisons[0].mde * 100);
	for (size_t i = 0; i + 1 < t->n_commands; i++)
		if (is(&t->comparisons[i], "inconclusive")) {
			more_runs(&text, t, &t->comparisons[i]);
			break;
		}
	if (text.n) {
		const char *s = buf_cstr(&text);

		page_to(pg, INDENT, false);
		page_wrap(pg, INK_DIM, INDENT, s + (*s == ' '));
		page_line(pg);
	}
	buf_done(&text);
}

static void outliers(struct page *pg, const struct trial_set *t)
{
	for (size_t i = 0; i < t->n_outliers && i < 3; i++) {
		const struct trial_outlier *o = &t->outliers[i];
		char s[HUMAN_LEN];

		page_to(pg, INDENT, false);
		page_printf(
			pg, "run %u (+%s): ", t->runs.v[o->run].order, time_text(s, o->excess_s));
		page_wrap(pg, INK_DIM, INDENT + 2,
			*o->because ? o->because : "no cause seen in its own counters");
		page_line(pg);
	}
}

static void one_command(struct page *pg, const struct trial_set *t)
{
	const struct trial_command *c = &t->commands[0];
	struct buf ci = { 0 };
	char s[HUMAN_LEN], m[HUMAN_LEN];

	page_to(pg, INDENT, false);
	page_printf(pg, "median %s", time_text(m, c->median_s));
	if (c->ci_coverage > 0) {
		range_text(&ci, c->ci_s[0], c->ci_s[1], pg->style.ascii);
		page_printf(pg, "   95 %% CI %s", buf_cstr(&ci));
	}
	page_printf(pg, "   %zu runs, %s", c->runs, time_text(s, t->seconds));
	page_line(pg);
	buf_done(&ci);
}

static void next_step(struct page *pg, const struct trial_set *t)
{
	page_ink(pg, INK_STRONG, "Next");
	page_to(pg, 7, false);
	if (t->n_commands == 1)
		page_put(pg, "perf-ops bench 'BEFORE' 'AFTER'   compares two, in turns");
	else if (is(&t->comparisons[0], "inconclusive"))
		page_put(pg,
			"perf-ops bench --pairs N or --metric cpu   more runs, or a quieter "
			"measure");
	else if (is(&t->comparisons[0], "regressed"))
		page_put(pg, "perf-ops profile -- COMMAND   where the slower one spends it");
	else
		page_put(pg, "perf-ops show --json   every run in its order");
	page_line(pg);
}

void text_bench(struct sink *out, const struct trial_set *t, const struct text_style *style)
{
	struct page pg;

	page_init(&pg, out, style);
	unsigned at = name_columns(&pg, t);

	heading(&pg, at);
	for (size_t i = 0; i < t->n_commands; i++)
		command_row(&pg, &t->commands[i], at);
	if (t->n_commands == 1)
		one_command(&pg, t);
	for (size_t i = 0; i + 1 < t->n_commands && i < t->n_comparisons; i++) {
		comparison(&pg, t, &t->comparisons[i]);
		other_metrics(&pg, t, t->comparisons[i].b);
	}
	remarks(&pg, t);
	outliers(&pg, t);
	for (const struct caveat *k = t->caveats.first; k; k = k->next) {
		page_ink(&pg, INK_CAVEAT, "Caveat ");
		page_wrap(&pg, INK_NONE, 7, k->text);
		page_line(&pg);
	}
	next_step(&pg, t);
}

static void csv_field(struct sink *out, const char *s)
{
	sink_putc(out, '"'); /* RFC 4180: quotes are doubled */
	for (; *s; s++) {
		if (*s == '"')
			sink_putc(out, '"');
		sink_putc(out, *s);
	}
	sink_putc(out, '"');
}

void bench_csv(struct sink *out, const struct trial_set *t)
{
	sink_puts(out,
		"order,round,command,wall_s,user_s,sys_s,max_rss_bytes,exit,signal,minor_faults,"
		"major_faults,voluntary_switches,involuntary_switches,pad_bytes\n");
	for (size_t i = 0; i < t->runs.n; i++) {
		const struct trial_run *r = &t->runs.v[i];

		sink_printf(out, "%u,%u,", r->order, r->round);
		csv_field(out, t->commands[r->command].text);
		sink_printf(out, ",%.9f,%.6f,%.6f,%llu,%d,%d,%llu,%llu,%llu,%llu,%u\n", r->wall_s,
			r->user_s, r->sys_s, (unsigned long long)r->max_rss_bytes, r->exit_code,
			r->signal, (unsigned long long)r->minor_faults,
			(unsigned long long)r->major_faults,
			(unsigned long long)r->voluntary_switches,
			(unsigned long long)r->involuntary_switches, r->pad_bytes);
	}
}

static void markdown_cell(struct sink *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '|')
			sink_putc(out, '\\');
		sink_putc(out, *s == '\n' ? ' ' : *s);
	}
}

void bench_markdown(struct sink *out, const struct trial_set *t)
{
	char s[HUMAN_LEN];

	sink_puts(out,
		"| command | median | range | cpu | peak memory | against the first | verdict |\n"
		"|:---|---:|---:|---:|---:|---:|:---|\n");
	for (size_t i = 0; i < t->n_commands; i++) {
		const struct trial_command *c = &t->commands[i];
		struct buf b = { 0 };

		sink_puts(out, "| `");
		markdown_cell(out, c->text);
		sink_printf(out, "` | %s | ", time_text(s, c->median_s));
		range_text(&b, c->least_s, c->most_s, false);
		sink_printf(out, "%s | %s | ", buf_cstr(&b), time_text(s, c->cpu_s));
		sink_printf(out, "%s | ", human_bytes(s, c->max_rss_bytes));
		buf_clear(&b);
		if (i && i <= t->n_comparisons) {
			const struct trial_comparison *k = &t->comparisons[i - 1];

			change_text(&b, k);
			buf_puts(&b, " (95 % CI ");
			interval_text(&b, k, false);
			sink_printf(out, "%s) | %s |\n", buf_cstr(&b), verdict_word(k));
		} else {
			sink_puts(out, "| |\n");
		}
		buf_done(&b);
	}
}
