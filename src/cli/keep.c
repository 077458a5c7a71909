/* SPDX-License-Identifier: MIT */
/* Keeping a result as a case. */
#include "cli/keep.h"

#include "base/file.h"
#include "render/collapsed.h"
#include "render/flame.h"
#include "render/json_bench.h"
#include "render/json_diagnosis.h"
#include "render/json_profile.h"
#include "render/pprof.h"
#include "render/report.h"
#include "render/speedscope.h"
#include "render/text_bench.h"
#include "render/text_diagnosis.h"
#include "render/text_profile.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_ARTIFACT_BYTES = 512 << 20 };

/* What one artifact is made from. */
struct source {
	const struct profile *profile;
	const struct diagnosis *diagnosis;
	const struct profile_result *result;
	const struct casefile *file;
};

static int put_flamegraph(struct sink *out, const struct source *s, struct err *err)
{
	(void)err;
	flame_page(out, s->profile, &(struct flame_opts){ .time_ns = s->file->time_ns });
	return 0;
}

static int put_pprof(struct sink *out, const struct source *s, struct err *err)
{
	return pprof_write(
		out, s->profile, &(struct pprof_opts){ .time_ns = s->file->time_ns }, err);
}

static int put_collapsed(struct sink *out, const struct source *s, struct err *err)
{
	(void)err;
	collapsed_write(
		out, s->profile, &(struct collapsed_opts){ .type = -1, .kind_suffix = true });
	return 0;
}

static int put_speedscope(struct sink *out, const struct source *s, struct err *err)
{
	(void)err;
	speedscope_write(out, s->profile);
	return 0;
}

static int put_report(struct sink *out, const struct source *s, struct err *err)
{
	(void)err;
	report_page(
		out, s->diagnosis, s->result, &(struct flame_opts){ .time_ns = s->file->time_ns });
	return 0;
}

static int write_artifact(const char *path,
	int (*put)(struct sink *, const struct source *, struct err *), const struct source *s,
	struct err *err)
{
	struct buf b;
	struct sink out;

	buf_init(&b, MAX_ARTIFACT_BYTES);
	sink_to_buf(&out, &b);
	int r = put(&out, s, err);
	int w = sink_done(&out);

	if (r == 0 && w < 0)
		r = fail(err, w, "'%s' would be too large", path);
	if (r == 0)
		r = file_write_atomic(path, buf_span(&b), 0600, err);
	buf_done(&b);
	return r;
}

/* Relative to the current folder where that is shorter to read. */
static const char *shown_path(struct invocation *inv, const char *path)
{
	char *cwd = getcwd(NULL, 0);
	size_t n = cwd ? strlen(cwd) : 0;
	const char *shown = path;

	if (n > 1 && strncmp(path, cwd, n) == 0 && path[n] == '/')
		shown = arena_strdup(inv->arena, path + n + 1);
	free(cwd);
	return shown;
}

static int write_artifacts(
	struct invocation *inv, const struct source *s, struct artifacts *ret, struct err *err)
{
	const struct {
		const char *name;
		int (*put)(struct sink *, const struct source *, struct err *);
		const char **shown;
	} all[] = {
		{ "flame.html", put_flamegraph, &ret->flamegraph },
		{ "cpu.pb.gz", put_pprof, &ret->pprof },
		{ "cpu.collapsed", put_collapsed, &ret->collapsed },
		{ "cpu.speedscope.json", put_speedscope, &ret->speedscope },
		{ "report.html", put_report, &ret->report },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const char *path = path_join(inv->arena, s->file->folder, all[i].name);
		int r = write_artifact(path, all[i].put, s, err);

		if (r < 0)
			return r;
		*all[i].shown = shown_path(inv, path);
	}
	return 0;
}

static int begin(struct invocation *inv, const char *verb, const char *target, const char *project,
	bool with_folder, struct caveats *caveats, struct store **ret, struct casefile *file,
	struct err *err)
{
	const char *notice = NULL;
	int r = store_open(store_home(inv->arena), inv->arena, ret, &notice, err);

	if (r == 0 && notice)
		caveat_add(caveats, inv->arena, "history-broken", "%s", notice);
	if (r == 0)
		r = store_begin(*ret, verb, target, project, with_folder, inv->arena, file, err);
	return r;
}

/* The document of a case: rendered once as JSON and once as the plain screen. */
static int complete(struct store *s, const struct casefile *file, const char *title,
	const char *schema, void (*json)(struct sink *, const void *),
	void (*screen)(struct sink *, const void *), const void *model, struct err *err)
{
	struct buf b[2] = { 0 };
	struct sink out;
	int r;

	sink_to_buf(&out, &b[0]);
	json(&out, model);
	sink_to_buf(&out, &b[1]);
	screen(&out, model);
	if (b[0].overflow || b[1].overflow)
		r = fail(err, EFBIG, "the result is too large to keep");
	else
		r = store_complete(s, file, title,
			&(struct case_document){ schema, buf_span(&b[0]), buf_span(&b[1]) }, err);
	buf_done(&b[0]);
	buf_done(&b[1]);
	return r;
}

static void profile_json(struct sink *out, const void *model)
{
	json_profile(out, model, false);
}

static void profile_screen(struct sink *out, const void *model)
{
	struct text_style style = text_style_plain();

	text_profile(out, model, &style);
}

static void diagnosis_json(struct sink *out, const void *model)
{
	json_diagnosis(out, model, false);
}

static void diagnosis_screen(struct sink *out, const void *model)
{
	struct text_style style = text_style_plain();

	text_diagnosis(out, model, &style);
}

static void bench_json(struct sink *out, const void *model)
{
	json_bench(out, model, false);
}

static void bench_screen(struct sink *out, const void *model)
{
	struct text_style style = text_style_plain();

	text_bench(out, model, &style);
}

void keep_begin(
	struct invocation *inv, const char *target, const char *project_root, struct keeping *ret)
{
	struct keeping k = { 0 };

	if (begin(inv, "profile", target, project_root, true, &k.notes, &k.store, &k.file, &k.err) <
		0) {
		store_close(k.store);
		k.store = NULL;
	}
	*ret = k;
}

void keep_nothing(struct keeping *k)
{
	if (k->store)
		store_abandon(k->store, &k->file);
	store_close(k->store);
	k->store = NULL;
}

void keep_profile(struct invocation *inv, struct keeping *k, const struct diagnosis *d,
	struct profile_result *r, struct caveats *caveats)
{
	struct source s = { .profile = r->profile, .diagnosis = d, .result = r, .file = &k->file };
	int rc = k->store ? 0 : k->err.code;

	caveats_append(caveats, inv->arena, &k->notes);
	if (rc == 0) {
		r->case_id = arena_printf(inv->arena, "%lld", (long long)k->file.id);
		rc = write_artifacts(inv, &s, &r->artifacts, &k->err);
	}
	if (rc == 0) {
		const struct finding *top = r->findings->n ? &r->findings->v[0] : NULL;
		const char *title = top
			? arena_printf(inv->arena, "%s  %s", top->where.function,
				  *top->cause ? top->cause : "hot, cause not recognised")
			: *r->findings->remark ? r->findings->remark
					       : "nothing dominates";

		rc = complete(k->store, &k->file, title, "perf-ops/profile/1", profile_json,
			profile_screen, r, &k->err);
	}
	if (rc < 0) {
		caveat_add(caveats, inv->arena, "history-not-written", "the result is not kept: %s",
			k->err.msg);
		r->artifacts = (struct artifacts){ 0 };
		r->case_id = "";
	}
	store_close(k->store);
	k->store = NULL;
}

void keep_diagnosis(struct invocation *inv, struct diagnosis *d)
{
	struct store *store = NULL;
	struct casefile file = { 0 };
	struct err err = { 0 };
	const char *target = d->has_process
		? arena_printf(inv->arena, "pid %d %s", (int)d->process.pid, d->process.comm)
		: "";
	int rc = begin(inv, "diagnose", target, d->project.root ? d->project.root : "", false,
		&d->caveats, &store, &file, &err);

	if (rc == 0) {
		d->case_id = arena_printf(&d->arena, "%lld", (long long)file.id);
		const char *title = arena_printf(
			inv->arena, "%s%s%s", d->symptom.leaf, *d->text ? "  " : "", d->text);

		rc = complete(store, &file, title, "perf-ops/diagnose/1", diagnosis_json,
			diagnosis_screen, d, &err);
	}
	if (rc < 0) {
		caveat_add(&d->caveats, &d->arena, "history-not-written",
			"the result is not kept: %s", err.msg);
		d->case_id = "";
	}
	store_close(store);
}

void keep_bench(struct invocation *inv, struct trial_set *t, const char *project_root)
{
	struct store *store = NULL;
	struct casefile file = { 0 };
	struct err err = { 0 };
	const char *title = t->n_commands > 1
		? arena_printf(inv->arena, "%s vs %s  %s", t->commands[1].name, t->commands[0].name,
			  t->comparisons[0].verdict)
		: "median of one command";
	int rc = begin(inv, "bench", t->commands[0].text, project_root, false, &t->caveats, &store,
		&file, &err);

	if (rc == 0) {
		t->case_id = arena_printf(&t->arena, "%lld", (long long)file.id);
		rc = complete(
			store, &file, title, "perf-ops/bench/1", bench_json, bench_screen, t, &err);
	}
	if (rc < 0) {
		caveat_add(&t->caveats, &t->arena, "history-not-written",
			"the result is not kept: %s", err.msg);
		t->case_id = "";
	}
	store_close(store);
}
