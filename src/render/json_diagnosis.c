/* SPDX-License-Identifier: MIT */
/* Diagnosis as JSON. The baseline, the largest part, is in json_baseline.c. */
#include "render/json_diagnosis.h"

#include "base/json_writer.h"
#include "render/json_caveats.h"
#include "knowledge/records.h"
#include "render/json_baseline.h"

static const char *method_name(const struct k_tool *t)
{
	static const char *const names[] = { [K_SAMPLING] = "sampling",
		[K_TRACING] = "tracing",
		[K_INSTRUMENTING] = "instrumenting",
		[K_LOAD] = "load",
		[K_TIMING] = "timing",
		[K_ANALYSIS] = "analysis" };

	return t && (unsigned)t->method < ARRAY_LEN(names) ? names[t->method] : "";
}

/* Parts that were not looked at are zeroed; readers of the JSON get "" rather than null. */
static void text(struct json *j, const char *key, const char *s)
{
	json_put_string(j, key, s ? s : "");
}

static void strings(struct json *j, const char *key, const char *const *v, size_t n)
{
	json_begin_array(j, key);
	for (size_t i = 0; i < n; i++)
		json_put_string(j, NULL, v[i]);
	json_end_array(j);
}

static void symptom(struct json *j, const struct symptom *s)
{
	json_begin_object(j, "symptom");
	text(j, "class", s->class_name);
	text(j, "leaf", s->leaf);
	text(j, "language", s->language);
	json_put_double(j, "confidence", s->confidence, 4);
	json_begin_array(j, "alternatives");
	for (size_t i = 0; i < s->n_alternatives; i++) {
		json_begin_object(j, NULL);
		text(j, "leaf", s->alternatives[i].leaf);
		json_put_double(j, "confidence", s->alternatives[i].confidence, 4);
		json_end_object(j);
	}
	json_end_array(j);
	strings(j, "because", s->because, s->n_because);
	json_put_double(j, "request_confidence", s->request_confidence, 4);
	json_put_bool(j, "from_signals", s->from_signals);
	json_put_string(j, "question", s->question);
	json_end_object(j);
}

static void facts(struct json *j, const struct project_fact *f, size_t n)
{
	json_begin_array(j, "facts");
	for (size_t i = 0; i < n; i++) {
		json_begin_object(j, NULL);
		text(j, "kind", f[i].kind);
		text(j, "name", f[i].name);
		text(j, "version", f[i].version);
		text(j, "evidence", f[i].evidence);
		json_end_object(j);
	}
	json_end_array(j);
}

static void project(struct json *j, const struct project *p)
{
	json_begin_object(j, "project");
	text(j, "root", p->root);
	json_put_bool(j, "found", p->found);
	json_begin_array(j, "languages");
	for (size_t i = 0; i < p->n_languages; i++) {
		const struct language_share *l = &p->languages[i];

		json_begin_object(j, NULL);
		text(j, "name", l->name);
		json_put_double(j, "share", l->share, 4);
		json_put_uint(j, "files", l->files);
		json_put_uint(j, "bytes", l->bytes);
		strings(j, "evidence", l->evidence, l->n_evidence);
		json_end_object(j);
	}
	json_end_array(j);
	json_begin_array(j, "packages");
	for (size_t i = 0; i < p->n_packages; i++) {
		json_begin_object(j, NULL);
		text(j, "path", p->packages[i].path);
		text(j, "name", p->packages[i].name);
		text(j, "language", p->packages[i].language);
		text(j, "javascript_side", p->packages[i].javascript_side);
		facts(j, p->packages[i].facts, p->packages[i].n_facts);
		json_end_object(j);
	}
	json_end_array(j);
	text(j, "javascript_side", p->javascript_side ? p->javascript_side : "");
	json_begin_array(j, "databases");
	for (size_t i = 0; i < p->n_databases; i++) {
		json_begin_object(j, NULL);
		text(j, "kind", p->databases[i].kind);
		text(j, "host", p->databases[i].host);
		text(j, "name", p->databases[i].name);
		text(j, "evidence", p->databases[i].evidence);
		json_end_object(j);
	}
	json_end_array(j);
	json_put_uint(j, "files_seen", p->files_seen);
	json_put_uint(j, "files_skipped", p->files_skipped);
	json_put_bool(j, "truncated", p->truncated);
	json_end_object(j);
}

static void process(struct json *j, const struct process_info *p)
{
	json_begin_object(j, "process");
	json_put_int(j, "pid", p->pid);
	text(j, "comm", p->comm);
	text(j, "exe", p->exe);
	text(j, "cmdline", p->cmdline);
	text(j, "runtime", p->runtime);
	text(j, "version", p->version);
	text(j, "because", p->runtime_because);
	text(j, "language", p->language);
	json_put_int(j, "parent", p->parent);
	text(j, "parent_comm", p->parent_comm);
	text(j, "user", p->user);
	text(j, "cwd", p->cwd);
	json_put_uint(j, "threads", p->threads);
	json_begin_array(j, "children");
	for (size_t i = 0; i < p->n_children; i++)
		json_put_int(j, NULL, p->children[i]);
	json_end_array(j);
	text(j, "cgroup", p->cgroup);
	text(j, "container", p->container);
	text(j, "unit", p->unit);
	if (p->debug_build_known)
		json_put_bool(j, "debug_build", p->debug_build);
	json_put_bool(j, "has_symbols", p->has_symbols);
	json_put_bool(j, "has_debug_info", p->has_debug_info);
	if (p->frame_pointers_known)
		json_put_bool(j, "frame_pointers", p->frame_pointers);
	text(j, "build_because", p->build_because);
	json_put_bool(j, "exe_deleted", p->exe_deleted);
	json_put_int(j, "tracer", p->tracer);
	strings(j, "flags", p->flags, p->n_flags);
	json_begin_array(j, "listening");
	for (size_t i = 0; i < p->n_listening; i++)
		json_put_uint(j, NULL, p->listening[i]);
	json_end_array(j);
	json_put_uint(j, "rss_bytes", p->rss_bytes);
	json_put_double(j, "age_s", (double)p->start_age_ns / 1e9, 1);
	json_end_object(j);
}

static void signals(struct json *j, const struct diagnosis *d)
{
	json_begin_array(j, "signals");
	for (size_t i = 0; i < d->n_signals; i++) {
		const struct signal_found *s = &d->signals[i];

		json_begin_object(j, NULL);
		text(j, "id", s->id);
		text(j, "severity", severity_name(s->severity));
		text(j, "text", s->text);
		json_put_double(j, "value", s->value, 6);
		text(j, "threshold", s->threshold);
		text(j, "source", s->source);
		text(j, "leaf", s->leaf);
		json_end_object(j);
	}
	json_end_array(j);
}

static void tools(struct json *j, const struct diagnosis *d)
{
	json_begin_array(j, "tools");
	for (size_t i = 0; i < d->n_tools; i++) {
		const struct tool_found *t = &d->tools[i];

		json_begin_object(j, NULL);
		text(j, "name", t->name);
		text(j, "id", t->record ? t->record->id : t->name);
		json_put_bool(j, "installed", t->installed);
		text(j, "version", t->version);
		text(j, "method", method_name(t->record));
		json_put_bool(j, "production_safe", t->record && t->record->production_safe);
		text(j, "install", t->install);
		text(j, "path", t->path);
		json_put_bool(j, "usable_here", t->usable_here);
		text(j, "why_not", t->why_not);
		text(j, "problem", t->problem);
		json_end_object(j);
	}
	json_end_array(j);
}

static void plan(struct json *j, const struct diagnosis *d)
{
	json_begin_array(j, "plan");
	for (size_t i = 0; i < d->n_plan; i++) {
		const struct plan_step *s = &d->plan[i];

		json_begin_object(j, NULL);
		json_put_uint(j, "step", s->step);
		text(j, "tool", s->tool);
		text(j, "command", s->command);
		text(j, "mode", s->mode);
		json_begin_array(j, "parallel_with");
		for (size_t k = 0; k < s->n_parallel && k < ARRAY_LEN(s->parallel_with); k++)
			json_put_uint(j, NULL, s->parallel_with[k]);
		json_end_array(j);
		text(j, "why", s->why);
		json_end_object(j);
	}
	json_end_array(j);
	json_begin_array(j, "refused");
	for (size_t i = 0; i < d->n_refused; i++) {
		json_begin_object(j, NULL);
		text(j, "what", d->refused[i].what);
		text(j, "why", d->refused[i].why);
		text(j, "instead", d->refused[i].instead);
		json_end_object(j);
	}
	json_end_array(j);
}

void json_diagnosis(struct sink *out, const struct diagnosis *d, bool pretty)
{
	struct json j;

	json_init(&j, out, pretty);
	json_begin_object(&j, NULL);
	json_put_string(&j, "schema", "perf-ops/diagnose/1");
	json_put_string(&j, "case", d->case_id);
	json_put_string(&j, "request", request_kind_name(d->symptom.request));
	json_put_string(&j, "text", d->text);
	symptom(&j, &d->symptom);
	project(&j, &d->project);
	if (d->has_process)
		process(&j, &d->process);
	json_begin_object(&j, "environment");
	json_put_string(&j, "kind", env_kind_name(d->environment.kind));
	strings(&j, "because", d->environment.because, d->environment.n_because);
	json_end_object(&j);
	json_baseline(&j, &d->baseline);
	signals(&j, d);
	tools(&j, d);
	plan(&j, d);
	json_caveats(&j, &d->caveats);
	json_put_string(&j, "next", d->next);
	json_end_object(&j);
}
