/* SPDX-License-Identifier: MIT */
/* From words and target to a diagnosis. */
#include "diagnose/diagnose.h"

#include "base/alloc.h"
#include "collect/baseline.h"
#include "diagnose/environment.h"
#include "diagnose/evidence.h"
#include "diagnose/plan.h"
#include "diagnose/process.h"
#include "diagnose/project.h"
#include "diagnose/signals.h"
#include "diagnose/symptom.h"
#include "diagnose/tools.h"

#include <stdlib.h>
#include <string.h>

static int read_words(struct diagnosis *d, const struct diagnose_opts *o, struct err *err)
{
	struct symptom_engine *engine = NULL;
	int r = symptom_engine_new(o->knowledge, &engine, err);

	if (r < 0)
		return r;
	symptom_classify(engine, span_str(d->text), NULL, 0, &d->arena, &d->symptom);
	symptom_engine_free(engine);
	return 0;
}

static int look_at_machine(struct diagnosis *d, const struct diagnose_opts *o, struct err *err)
{
	struct baseline_opts b = { .window_s = o->window_s,
		.pid = d->target.pid,
		.cgroup = d->target.cgroup,
		.knowledge = o->knowledge,
		.progress = o->progress,
		.progress_ctx = o->progress_ctx };

	return baseline_take(&b, &d->arena, &d->caveats, &d->baseline, err);
}

/* The process if there is one, else the command that would be started here. */
static int look_at_target(struct diagnosis *d, const struct diagnose_opts *o, struct err *err)
{
	struct process_view view = { 0 };
	struct environment_opts e = { .knowledge = o->knowledge, .override = o->environment };

	if (d->target.pid) {
		struct process_opts p = {
			.pid = d->target.pid, .knowledge = o->knowledge, .baseline = &d->baseline
		};
		int r = process_inspect(&p, &d->arena, &d->caveats, &d->process, &view, err);

		if (r < 0)
			return r;
		d->has_process = true;
		e.process = &d->process;
		e.view = &view;
	} else if (d->target.argv) {
		process_view_of_command(d->target.argv, &d->arena, &view);
		e.view = &view;
	}
	return environment_judge(&e, &d->arena, &d->caveats, &d->environment, err);
}

static void weigh_evidence(struct diagnosis *d, const struct diagnose_opts *o)
{
	struct evidence_opts e = { .knowledge = o->knowledge,
		.has_words = *d->text != '\0',
		.has_target = d->has_process };

	signals_find(o->knowledge, &d->baseline, &d->arena, &d->signals, &d->n_signals);
	e.signals = d->signals;
	e.n_signals = d->n_signals;
	e.process = d->has_process ? &d->process : NULL;
	evidence_apply(&e, &d->arena, &d->symptom, &d->caveats);
	if (strcmp(d->symptom.language, "none") == 0 && d->target.argv) {
		d->symptom.language = project_symptom_language(
			project_language_of_command(o->knowledge, d->target.argv));
	}
}

static void look_for_tools(struct diagnosis *d, const struct diagnose_opts *o)
{
	struct tool_rights rights;
	struct tools_opts t = { .cache = tools_cache_file(&d->arena) };

	tools_probe(d, o->knowledge, &t);
	tools_rights(&rights);
	tools_judge(d, &rights);
}

static int fill(struct diagnosis *d, const struct diagnose_opts *o, struct err *err)
{
	int r = read_words(d, o, err);

	if (r == 0)
		r = project_detect(
			o->knowledge, d->target.project, &d->arena, &d->project, &d->caveats, err);
	/* our own busy part is over before the machine is watched */
	if (r == 0)
		r = look_at_machine(d, o, err);
	if (r == 0)
		r = look_at_target(d, o, err);
	if (r < 0)
		return r;
	weigh_evidence(d, o);
	if (!o->skip_tools)
		look_for_tools(d, o);
	plan_make(d, o->knowledge);
	return 0;
}

int diagnose_run(const struct diagnose_opts *opts, struct diagnosis **ret, struct err *err)
{
	struct diagnosis *d = diagnosis_new();

	d->text = arena_strdup(&d->arena, opts->text ? opts->text : "");
	d->target = opts->target;
	int r = fill(d, opts, err);

	if (r < 0)
		diagnosis_free(d);
	else
		*ret = d;
	return r;
}
