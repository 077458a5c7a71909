/* SPDX-License-Identifier: MIT */
/* Measuring one profile and everything that follows from it. */
#include "cli/profile_take.h"

#include "analyze/findings.h"
#include "base/human.h"
#include "cli/run.h"
#include "cli/source_files.h"
#include "cli/style.h"
#include "cli/target.h"
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

static int sample(struct invocation *inv, const struct profile_request *req,
	struct profile_taken *t, struct err *err)
{
	bool attached = inv->target.pid != 0;
	struct watch watch = { .inv = inv,
		.title = target_title(inv),
		.limit_ns = (uint64_t)((req->seconds > 0          ? req->seconds
						       : attached ? 10
								  : 0) *
			1e9) };
	struct sampler_opts opts = {
		.argv = attached ? NULL : inv->target.argv,
		.pid = inv->target.pid,
		.hz = req->hz,
		.duration_ns = watch.limit_ns,
		.user_only = req->user_only,
		.force_rung = req->rung,
		.project_root = req->project_root,
		.knowledge = inv->knowledge,
		.child_stdout = STDERR_FILENO,
		.progress = on_progress,
		.progress_ctx = &watch,
	};

	if (!inv->err_can_rewrite)
		note_line(inv, "sampling %s", watch.title);
	int r = sampler_run(&opts, &t->profile, &t->outcome, err);

	progress_done(inv);
	if (r == 0)
		add_outcome_caveats(t->profile, &t->outcome);
	return r;
}

/* What this run could not see, said so that nobody takes silence for "nothing there". */
static void name_what_is_missing(struct profile_result *r, struct profile *p)
{
	const struct profile_quality *q = &p->quality;
	size_t n = 0;

	r->not_measured[n++] = "memory, locks and I/O";
	if (q->duration_ns) {
		uint64_t idle = q->n_threads == 1 && q->target_cpu_ns < q->duration_ns
			? q->duration_ns - q->target_cpu_ns
			: 0;

		if (idle * 50 > q->duration_ns)
			r->not_measured[n++] =
				arena_printf(&p->arena, "time off the CPU (%.0f %% of wall)",
					100.0 * (double)idle / (double)q->duration_ns);
		else if (q->n_threads > 1)
			r->not_measured[n++] = "time off the CPU";
	}
	if (!q->rung || !strstr(q->rung, "cycles"))
		r->not_measured[n++] = "hardware counters";
}

int profile_take(struct invocation *inv, const struct profile_request *req,
	struct profile_taken *ret, struct err *err)
{
	struct profile_taken t = { 0 };

	keep_begin(inv, target_title(inv), req->project_root, &t.keeping);
	int r = sample(inv, req, &t, err);

	if (r < 0) {
		keep_nothing(&t.keeping);
		return r;
	}
	struct source_files sources;

	t.profile->command = arena_strdup(&t.profile->arena, target_title(inv));
	source_files_init(&sources, req->project_root, inv->target.pid);
	findings_from_profile(t.profile,
		&(struct findings_opts){ .knowledge = inv->knowledge, .reader = &sources.reader },
		inv->arena, &t.findings);
	source_files_done(&sources);
	t.run = (struct profile_run){ .tool = "embedded",
		.command = target_title(inv),
		.profile = t.profile,
		.seconds = (double)t.profile->quality.duration_ns / 1e9 };
	*ret = t;
	/* the run is pointed to, so it must stand in its final place */
	ret->result = (struct profile_result){
		.case_id = "",
		.target = ret->run.command,
		.resource = "cpu",
		.runs = &ret->run,
		.n_runs = 1,
		.findings = &ret->findings,
		.next = "",
		.next_why = "",
	};
	name_what_is_missing(&ret->result, t.profile);
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
	keep_profile(inv, &t->keeping, t->profile, d, &t->result);
	if (*t->result.case_id) {
		t->result.next = "perf-ops report";
		t->result.next_why = "the page to look at or send";
	}
}

void profile_taken_done(struct profile_taken *t)
{
	keep_nothing(&t->keeping);
	profile_freep(&t->profile);
}
