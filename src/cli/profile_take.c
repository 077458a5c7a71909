/* SPDX-License-Identifier: MIT */
/* Measuring one profile and everything that follows from it. */
#include "cli/profile_take.h"

#include "analyze/quality.h"
#include "analyze/verdict.h"
#include "base/human.h"
#include "cli/run.h"
#include "cli/source_files.h"
#include "cli/style.h"
#include "cli/target.h"
#include "cli/target_safety.h"
#include "model/profile_merge.h"
#include "render/json_profile.h"
#include "render/text_profile.h"
#include "render/text_table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct watch {
	const struct invocation *inv;
	const char *title;
	uint64_t limit_ns; /* 0: open end */
};

static int on_progress(void *ctx, uint64_t elapsed_ns, uint64_t samples)
{
	const struct watch *w = ctx;
	char elapsed[HUMAN_LEN], limit[HUMAN_LEN], count[HUMAN_LEN];

	human_ns(elapsed, elapsed_ns);
	human_count(count, samples);
	if (w->limit_ns)
		progress_line(w->inv, "sampling %s   %s of %s   %s samples", w->title, elapsed,
			human_ns(limit, w->limit_ns), count);
	else
		progress_line(w->inv, "sampling %s   %s   %s samples   Ctrl-C: show the result",
			w->title, elapsed, count);
	return cli_interrupted();
}

static void add_outcome_caveats(struct profile *p, const struct sampler_outcome *o)
{
	/* what we ended ourselves, after --seconds or Ctrl-C, is as it should be */
	if (!o->target_ended)
		return;
	if (o->signal)
		caveat_add(&p->caveats, &p->arena, "target-killed",
			"the command was ended by signal %d (%s)", o->signal, strsignal(o->signal));
	else if (o->exit_code > 0)
		caveat_add(&p->caveats, &p->arena, "target-failed",
			"the command ended with exit code %d", o->exit_code);
}

static int watch_target(struct invocation *inv, const struct profile_request *req,
	struct profile_taken *t, struct err *err)
{
	bool attached = inv->target.pid != 0;
	struct watch watch = { .inv = inv,
		.title = target_title(inv),
		.limit_ns = (uint64_t)((req->seconds > 0          ? req->seconds
						       : attached ? 10
								  : 0) *
			1e9) };
	struct observe_opts opts = {
		.sampler = { .argv = attached ? NULL : inv->target.argv,
			.pid = inv->target.pid,
			.more_pids = req->more_pids,
			.n_more_pids = req->n_more_pids,
			.hz = req->hz,
			.duration_ns = watch.limit_ns,
			.user_only = req->user_only,
			.force_rung = req->rung,
			.project_root = req->project_root,
			.knowledge = inv->knowledge,
			.child_stdout = STDERR_FILENO,
			.progress = on_progress,
			.progress_ctx = &watch },
		.wanted = req->resources ? req->resources : RESOURCE_ALL,
		.deep = req->resources,
		.passive_only = target_is_read_only(inv),
	};

	if (!inv->err_can_rewrite)
		note_line(inv, "sampling %s", watch.title);
	int r = observe(&opts, &t->observation, err);

	progress_done(inv);
	if (r == 0 && t->observation.profile)
		add_outcome_caveats(t->observation.profile, &t->observation.outcome);
	return r;
}

/* The part of the samples that code nobody knows a name of has must be smaller elsewhere. */
static bool is_better_named(
	const struct profile *p, const struct profile *than, const struct knowledge *k)
{
	int a = profile_type(p, "cpu"), b = profile_type(than, "cpu");

	return a >= 0 &&
		(b < 0 ||
			findings_named_share(p, (unsigned)a, k) >
				findings_named_share(than, (unsigned)b, k) + 0.1);
}

static double total_of(const struct profile *p, const char *type)
{
	int i = profile_type(p, type);

	return i < 0 ? 0 : (double)profile_total(p, (unsigned)i);
}

/*
 * Whose values of a type count when several runs have it: the runtime's own account, unless it
 * misses most of what was seen from outside (other programs in the tree); else `otherwise`.
 */
static const struct profile *best_account(
	const struct profile_taken *t, const char *type, const struct profile *otherwise)
{
	double most = 0;

	if (strcmp(type, "cpu") == 0)
		return otherwise;
	for (size_t i = 0; i < t->result.n_runs; i++)
		most = MAX(most, total_of(t->runs[i].profile, type));
	for (size_t i = 0; i < t->result.n_runs; i++) {
		const struct profile *p = t->runs[i].profile;

		if (p->firsthand && total_of(p, type) > 0 && total_of(p, type) >= most / 2)
			return p;
	}
	return otherwise;
}

/*
 * All runs in one profile. CPU time was seen by the sampler and perhaps by a runtime's own door as
 * well: it is taken once, from the one that names more of it.
 */
static struct profile *join_runs(struct invocation *inv, struct profile_taken *t)
{
	const struct profile *cpu = t->runs[0].profile;
	struct profile *all = profile_new();

	for (size_t i = 1; i < t->result.n_runs; i++)
		if (is_better_named(t->runs[i].profile, cpu, inv->knowledge))
			cpu = t->runs[i].profile;
	for (size_t i = 0; i < t->result.n_runs; i++) {
		const struct profile *p = t->runs[i].profile;
		unsigned types = 0;

		for (unsigned k = 0; k < p->n_types; k++)
			if (profile_type(all, p->types[k].name) < 0 &&
				(strcmp(p->types[k].name, "cpu") != 0 || p == cpu) &&
				p == best_account(t, p->types[k].name, p))
				types |= 1u << k;
		profile_merge(all, p, types);
	}
	all->quality = t->runs[0].profile->quality;
	all->period_ns = t->runs[0].profile->period_ns;
	all->language = arena_strdup(&all->arena, t->runs[0].profile->language);
	all->producer = arena_strdup(&all->arena, t->runs[0].profile->producer);
	all->command = arena_strdup(&all->arena, target_title(inv));
	return all;
}

static void add_run(
	struct invocation *inv, struct profile_taken *t, const char *tool, const struct profile *p)
{
	if (t->result.n_runs == PROFILE_MAX_RUNS)
		return;
	t->runs[t->result.n_runs++] = (struct profile_run){ .tool = tool,
		.command = target_title(inv),
		.profile = p,
		.seconds = (double)p->quality.duration_ns / 1e9 };
}

static void list_runs(struct invocation *inv, struct profile_taken *t)
{
	if (t->observation.profile)
		add_run(inv, t, "embedded", t->observation.profile);
	vec_foreach (o, &t->observation.observed) {
		vec_foreach (p, &o->collected.profiles.v)
			if ((*p)->n_types)
				add_run(inv, t, o->collector->name, *p);
	}
}

/* What collectors have to say beyond their profiles. */
static void add_collector_caveats(struct invocation *inv, struct profile_taken *t)
{
	if (!t->observation.profile)
		caveat_add(&t->caveats, inv->arena, "no-cpu-samples", "%s",
			t->observation.sampler_error.msg);
	vec_foreach (o, &t->observation.observed)
		caveats_append(&t->caveats, inv->arena, &o->collected.caveats);
}

/* Pages of the joined profile alone show what limits it, too. */
static void collect_caveats(struct profile_taken *t)
{
	struct profile *p = t->profile;

	for (size_t i = 0; i < t->result.n_runs; i++)
		caveats_append(&p->caveats, &p->arena, &t->runs[i].profile->caveats);
	caveats_append(&p->caveats, &p->arena, &t->caveats);
}

/* What this observation could not see, said so that nobody takes silence for "nothing there". */
static void name_what_is_missing(struct profile_result *r, struct profile *p)
{
	static const struct {
		enum resource resource;
		const char *text;
	} all[] = {
		{ RESOURCE_WALL, "time off the CPU" },
		{ RESOURCE_LOCK, "locks" },
		{ RESOURCE_MEMORY, "memory" },
		{ RESOURCE_IO, "I/O" },
	};
	const struct profile_quality *q = &p->quality;
	unsigned seen = 0;
	size_t n = 0;

	for (unsigned i = 0; i < p->n_types; i++)
		seen |= resource_of_type(p->types[i].name);
	if (seen & RESOURCE_WALL)
		seen |= RESOURCE_LOCK; /* waiting for locks is part of waiting */
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!(seen & all[i].resource))
			r->not_measured[n++] = all[i].text;
	if (!q->rung || !strstr(q->rung, "cycles"))
		r->not_measured[n++] = "hardware counters";
}

void profile_explain(
	struct invocation *inv, const struct profile_request *req, struct profile_taken *t)
{
	struct source_files sources;

	vec_foreach (o, &t->observation.observed)
		if (o->collected.memory)
			t->result.memory = o->collected.memory;
	if (t->result.memory)
		t->profile->memory_shape = memory_shape_name(t->result.memory->shape);
	source_files_init(&sources, req->project_root, inv->target.pid);
	verdict_from_profile(t->profile,
		&(struct verdict_opts){ .knowledge = inv->knowledge,
			.reader = &sources.reader,
			.resources = req->resources,
			.memory_weight =
				t->result.memory ? memory_trend_weight(t->result.memory) : 0 },
		inv->arena, &t->findings, &t->result.resource);
	source_files_done(&sources);

	int cpu = profile_type(t->profile, "cpu");
	double named =
		cpu >= 0 ? findings_named_share(t->profile, (unsigned)cpu, inv->knowledge) : -1;

	quality_judge(t->profile, named, inv->arena, &t->quality);
	quality_gate(&t->quality, inv->arena, &t->findings);
	t->result.grade = quality_grade_name(t->quality.grade);
	t->result.because = t->quality.because;
	name_what_is_missing(&t->result, t->profile);
	t->result.caveats = &t->caveats;
}

int profile_take(struct invocation *inv, const struct profile_request *req,
	struct profile_taken *ret, struct err *err)
{
	*ret = (struct profile_taken){ 0 };
	keep_begin(inv, target_title(inv), req->project_root, &ret->keeping);
	int r = watch_target(inv, req, ret, err);

	if (r < 0) {
		keep_nothing(&ret->keeping);
		return r;
	}
	list_runs(inv, ret);
	ret->profile = join_runs(inv, ret);
	if (ret->observation.profile) { /* moves with the values it belongs to */
		ret->profile->io = ret->observation.profile->io;
		ret->observation.profile->io = NULL;
	}
	ret->result = (struct profile_result){
		.case_id = "",
		.target = target_title(inv),
		.runs = ret->runs,
		.n_runs = ret->result.n_runs,
		.findings = &ret->findings,
		.next = "",
		.next_why = "",
	};
	ret->result.profile = ret->profile;
	add_collector_caveats(inv, ret);
	collect_caveats(ret);
	profile_explain(inv, req, ret);
	return 0;
}

void profile_show(struct invocation *inv, const struct profile_taken *t)
{
	struct text_style style = style_of(inv);

	if (inv->common.json)
		json_profile(inv->out, &t->result, true);
	else
		text_profile(inv->out, &t->result, &style);
}

void profile_show_table(struct invocation *inv, const struct profile_taken *t)
{
	struct text_style style = style_of(inv);

	sink_putc(inv->out, '\n');
	text_table(inv->out, t->profile, &(struct text_table_opts){ 0 }, &style);
}

void profile_keep(struct invocation *inv, const struct profile_request *req,
	const struct diagnosis *d, struct profile_taken *t)
{
	keep_profile(inv, &t->keeping, d, &t->result, &t->caveats);
	if (*t->result.case_id) {
		t->result.next = "perf-ops report";
		t->result.next_why = "the page to look at or send";
	}
}

void profile_taken_done(struct profile_taken *t)
{
	keep_nothing(&t->keeping);
	profile_freep(&t->profile);
	observation_done(&t->observation);
}
