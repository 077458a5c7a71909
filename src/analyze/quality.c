/* SPDX-License-Identifier: MIT */
/* Grade of a profile's data and what it allows to be said. */
#include "analyze/quality.h"

#include "model/resource.h"

#define LIMITED_CONFIDENCE 0.85 /* factor on the confidence in a cause when data is limited */
#define MIN_CONFIDENCE 0.45     /* as in findings.c: below, no cause is named */

/* One thing that can go wrong: as a ratio, with the limits from which it matters. */
struct flaw {
	double ratio, limited, poor;
	const char *text; /* what the ratio is of: "of the samples were lost" */
};

const char *quality_grade_name(enum quality_grade g)
{
	static const char *const names[] = { "good", "limited", "poor" };

	return names[g];
}

static double part(uint64_t n, uint64_t of)
{
	return of ? (double)n / (double)of : 0;
}

static void add(struct quality_verdict *q, enum quality_grade g, const char *text)
{
	size_t n = 0, at = 0;

	while (n + 1 < QUALITY_REASONS && q->because[n])
		n++;
	if (n + 1 == QUALITY_REASONS)
		return;
	/* a worse grade than so far goes to the front */
	at = g > q->grade ? 0 : n;
	for (size_t i = n; i > at; i--)
		q->because[i] = q->because[i - 1];
	q->because[at] = text;
	q->grade = MAX(q->grade, g);
}

static void judge_ratios(
	const struct profile *p, double named_share, struct arena *a, struct quality_verdict *ret)
{
	const struct profile_quality *q = &p->quality;
	int type = profile_type(p, "cpu");
	double seen = type >= 0 ? (double)profile_total(p, (unsigned)type) / 1e9 : 0;
	double cpu = (double)q->target_cpu_ns / 1e9;
	const struct flaw flaws[] = {
		{ part(q->lost, q->samples + q->lost), 0.02, 0.2, "of the samples were lost" },
		{ part(q->truncated, q->samples), 0.05, 0.4, "of the stacks are incomplete" },
		{ part(q->unsymbolised, q->samples), 0.2, 0.6, "of the samples have no name" },
		{ part(q->kernel_hidden, q->samples + q->kernel_hidden), 0.2, 0.8,
			"of the time is in the kernel and could not be looked into" },
		{ named_share < 0 ? 0 : 1 - named_share, 0.4, 0.9,
			"of the time has no application function on its stack" },
		{ cpu > 0.2 && seen > 0 ? 1 - seen / cpu : 0, 0.2, 0.6,
			"of the CPU time was not seen by the sampling clock" },
		{ part(q->python_unread, q->python_samples), 0.05, 0.4,
			"of the Python frames could not be read" },
		/* what ran is known all the same, the callers are those of a moment later */
		{ part(q->python_torn + q->python_mismatched, q->python_samples), 0.3, 1.1,
			"of the Python stacks are approximate" },
	};

	for (size_t i = 0; i < ARRAY_LEN(flaws); i++)
		if (flaws[i].ratio > flaws[i].limited)
			add(ret, flaws[i].ratio > flaws[i].poor ? QUALITY_POOR : QUALITY_LIMITED,
				arena_printf(a, "%.0f %% %s", 100 * flaws[i].ratio, flaws[i].text));
}

void quality_judge(
	const struct profile *p, double named_share, struct arena *a, struct quality_verdict *ret)
{
	const struct profile_quality *q = &p->quality;
	int cpu = profile_type(p, "cpu");
	/* without CPU time it is the first of what there is that the findings rest on */
	uint64_t samples = p->n_types ? profile_type_count(p, cpu >= 0 ? (unsigned)cpu : 0) : 0;

	*ret = (struct quality_verdict){ 0 };
	/* a program that waits has few CPU samples, and that is what it is */
	if (samples < 30 && profile_type(p, "off-cpu") < 0)
		add(ret, QUALITY_POOR,
			arena_printf(a, "only %llu samples", (unsigned long long)samples));
	else if (samples < 200)
		add(ret, QUALITY_LIMITED,
			arena_printf(a, "only %llu samples%s", (unsigned long long)samples,
				cpu >= 0 ? " of CPU time" : ""));
	if (samples && cpu >= 0)
		judge_ratios(p, named_share, a, ret);
	if (q->throttled)
		add(ret, QUALITY_LIMITED,
			arena_printf(a, "the kernel throttled the sampling %llu times",
				(unsigned long long)q->throttled));
}

static void take_back(struct finding *f, struct arena *a)
{
	f->title = arena_printf(a, "%s: the data is too poor to name a cause", f->where.function);
	f->why = "the quality of this profile does not carry a cause";
	f->cause = f->rule = "";
	f->fix[0] = NULL;
	f->evidence[0] = NULL;
	f->confidence = 0;
}

void quality_gate(const struct quality_verdict *q, struct arena *a, struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct finding *x = &f->v[i];

		/* the samples' quality says nothing of what was measured in other ways */
		if (!*x->cause || strcmp(x->resource, "cpu") != 0 || q->grade == QUALITY_GOOD)
			continue;
		x->confidence *= q->grade == QUALITY_LIMITED ? LIMITED_CONFIDENCE : 0;
		if (x->confidence < MIN_CONFIDENCE)
			take_back(x, a);
	}
}
