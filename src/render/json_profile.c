/* SPDX-License-Identifier: MIT */
/* Profile result as JSON. */
#include "render/json_profile.h"

#include "base/json_writer.h"
#include "render/json_caveats.h"
#include "render/io_section.h"

#include <stdio.h>

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

/* Seconds of all threads together. */
static void waiting(struct json *j, const struct profile_quality *q)
{
	json_begin_object(j, "waiting");
	json_put_double(j, "wall_s", seconds(q->wall_ns), 6);
	json_put_double(j, "off_cpu_s", seconds(q->off_cpu_ns), 6);
	json_put_double(j, "idle_s", seconds(q->idle_ns), 6);
	json_put_double(j, "cpu_queue_s", seconds(q->queue_ns), 6);
	json_put_double(j, "switching_s", seconds(q->switching_ns), 6);
	json_put_double(j, "wall_error", q->wall_error_ratio, 5);
	json_put_uint(j, "waits", q->waits);
	json_put_uint(j, "wait_stacks", q->wait_stacks);
	json_end_object(j);
}

/* How the frames of Python were read; absent when none ran. */
static void python_quality(struct json *j, const struct profile_quality *q)
{
	if (q->python_samples == 0)
		return;
	json_begin_object(j, "python");
	json_put_uint(j, "samples", q->python_samples);
	json_put_uint(j, "unread", q->python_unread);
	json_put_uint(j, "torn", q->python_torn);
	json_put_uint(j, "mismatched", q->python_mismatched);
	json_put_uint(j, "corrected", q->python_corrected);
	json_put_double(j, "read_delay_s", seconds(q->python_delay_ns), 9);
	if (q->python_gil_ratio >= 0)
		json_put_double(j, "gil_held", q->python_gil_ratio, 4);
	else
		json_put_null(j, "gil_held");
	json_end_object(j);
}

static void quality(struct json *j, const struct profile_quality *q)
{
	json_begin_object(j, "quality");
	json_put_string(j, "rung", q->rung ? q->rung : "");
	json_put_double(j, "wanted_hz", q->wanted_hz, 2);
	json_put_double(j, "achieved_hz", q->achieved_hz, 2);
	json_put_uint(j, "throttled", q->throttled);
	json_put_uint(j, "truncated_stacks", q->truncated);
	json_put_double(j, "complete_stacks",
		q->samples ? 1 - (double)q->truncated / (double)q->samples : 0, 5);
	json_put_uint(j, "unsymbolised", q->unsymbolised);
	json_put_uint(j, "kernel_hidden", q->kernel_hidden);
	json_put_double(j, "duration_s", seconds(q->duration_ns), 6);
	json_put_double(j, "target_cpu_s", seconds(q->target_cpu_ns), 6);
	json_put_double(j, "target_system_s", seconds(q->target_sys_ns), 6);
	json_put_double(j, "own_cpu_s", seconds(q->own_cpu_ns), 6);
	if (q->slowdown_ratio >= 0)
		json_put_double(j, "slowdown", q->slowdown_ratio, 5);
	else
		json_put_null(j, "slowdown");
	if (q->imported) /* the file does not say */
		json_put_null(j, "stopped_target");
	else
		json_put_bool(j, "stopped_target", q->stopped);
	json_put_double(j, "longest_stop_s", seconds(q->max_stop_ns), 9);
	json_put_uint(j, "threads", q->n_threads);
	json_put_uint(j, "processes", q->n_processes);
	if (q->wall_ns)
		waiting(j, q);
	python_quality(j, q);
	json_end_object(j);
}

static void put_stack(struct json *j, const char *name, const struct profile *p, uint32_t stack)
{
	json_begin_array(j, name);
	for (uint32_t s = stack; s; s = p->stacks.v[s].parent)
		json_put_string(
			j, NULL, profile_str(p, p->frames.v[p->stacks.v[s].frame].function));
	json_end_array(j);
}

/* Stacks are leaf first. */
static void locks(struct json *j, const struct profile *p)
{
	char address[32];

	json_begin_array(j, "locks");
	vec_foreach (l, &p->locks) {
		snprintf(address, sizeof(address), "0x%llx", (unsigned long long)l->address);
		json_begin_object(j, NULL);
		json_put_int(j, "pid", l->pid);
		json_put_string(j, "address", address);
		json_put_double(j, "wait_s", seconds(l->wait_ns), 6);
		json_put_uint(j, "waits_seen", l->waits);
		json_put_uint(j, "threads", l->threads);
		json_put_double(j, "threads_s", seconds(l->threads_ns), 6);
		json_put_uint(j, "owner_looks", l->looks);
		json_put_uint(j, "owner_found", l->holder_looks);
		put_stack(j, "waits_at", p, l->wait_stack);
		put_stack(j, "held_at", p, l->holder_stack);
		json_end_object(j);
	}
	json_end_array(j);
}

static void run(struct json *j, const struct profile_run *r)
{
	const struct profile_quality *q = r->profile ? &r->profile->quality : NULL;

	json_begin_object(j, NULL);
	json_put_string(j, "tool", r->tool);
	json_put_string(j, "command", r->command);
	json_put_double(j, "seconds", r->seconds, 3);
	json_put_uint(j, "samples", q ? q->samples : 0);
	json_put_uint(j, "lost", q ? q->lost : 0);
	json_begin_array(j, "values");
	for (unsigned i = 0; r->profile && i < r->profile->n_types; i++) {
		json_begin_object(j, NULL);
		json_put_string(j, "type", r->profile->types[i].name);
		json_put_string(j, "unit", r->profile->types[i].unit);
		json_put_int(j, "total", profile_total(r->profile, i));
		json_put_uint(j, "samples", profile_type_count(r->profile, i));
		json_end_object(j);
	}
	json_end_array(j);
	if (r->profile && r->profile->locks.n)
		locks(j, r->profile);
	if (q) {
		quality(j, q);
	} else {
		json_begin_object(j, "quality");
		json_end_object(j);
	}
	json_end_object(j);
}

static void strings(struct json *j, const char *key, const char *const *v, size_t max)
{
	json_begin_array(j, key);
	for (size_t i = 0; i < max && v[i]; i++)
		json_put_string(j, NULL, v[i]);
	json_end_array(j);
}

static void where(struct json *j, const struct finding_place *w)
{
	json_begin_object(j, "where");
	json_put_string(j, "function", w->function);
	json_put_string(j, "file", w->file ? w->file : "");
	json_put_uint(j, "line", w->line);
	json_put_uint(j, "decl_line", w->decl_line);
	json_put_string(j, "module", w->module ? w->module : "");
	json_put_string(j, "stack", w->stack ? w->stack : "");
	json_end_object(j);
}

static void finding(struct json *j, const struct finding *f)
{
	struct buf fix = { 0 };

	json_begin_object(j, NULL);
	json_put_uint(j, "rank", f->rank);
	json_put_string(j, "title", f->title);
	json_put_string(j, "resource", f->resource);
	json_put_string(j, "cause", f->cause);
	json_put_double(j, "share", f->share, 5);
	json_begin_array(j, "ci");
	json_put_double(j, NULL, f->ci[0], 5);
	json_put_double(j, NULL, f->ci[1], 5);
	json_end_array(j);
	where(j, &f->where);
	json_put_string(j, "why", f->why);
	for (size_t i = 0; i < FINDING_MAX_TEXT && f->fix[i]; i++)
		buf_printf(&fix, "%s%s", i ? "; or " : "", f->fix[i]);
	json_put_string(j, "fix", buf_cstr(&fix));
	strings(j, "fixes", f->fix, FINDING_MAX_TEXT);
	json_put_string(j, "verify", f->verify);
	json_put_string(j, "rule", f->rule);
	strings(j, "evidence", f->evidence, FINDING_MAX_TEXT);
	json_put_double(j, "confidence", f->confidence, 3);
	if (f->bound_ratio > 0)
		json_put_double(j, "bound_ratio", f->bound_ratio, 2);
	else
		json_put_null(j, "bound_ratio");
	json_begin_array(j, "excerpt");
	for (size_t i = 0; i < f->n_excerpt; i++) {
		json_begin_object(j, NULL);
		json_put_uint(j, "line", f->excerpt[i].line);
		json_put_string(j, "text", f->excerpt[i].text);
		json_put_double(j, "share", f->excerpt[i].share, 5);
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
	buf_done(&fix);
}

static void artifact(struct json *j, const char *key, const char *path)
{
	if (path)
		json_put_string(j, key, path);
}

static void memory(struct json *j, const struct memory_trend *m)
{
	json_begin_object(j, "memory");
	json_put_string(j, "shape", memory_shape_name(m->shape));
	json_put_string(j, "because", m->because);
	json_put_double(j, "slope_bytes_per_s", m->slope_bytes_per_s, 0);
	json_put_double(j, "slope_se", m->slope_se, 0);
	json_put_double(j, "peak_bytes", m->peak_bytes, 0);
	json_put_double(j, "limit_bytes", m->limit_bytes, 0);
	json_put_double(j, "step_bytes", m->step_bytes, 0);
	json_put_double(j, "step_from_s", m->step_from_s, 3);
	json_put_double(j, "step_to_s", m->step_to_s, 3);
	json_put_double(j, "huge_page_bytes", m->huge_bytes, 0);
	json_begin_array(j, "parts");
	for (size_t i = 0; i < m->n_parts; i++) {
		json_begin_object(j, NULL);
		json_put_string(j, "name", m->parts[i].name);
		json_put_double(j, "first_bytes", m->parts[i].first, 0);
		json_put_double(j, "last_bytes", m->parts[i].last, 0);
		json_end_object(j);
	}
	json_end_array(j);
	json_begin_array(j, "time_s");
	for (size_t i = 0; i < m->n; i++)
		json_put_double(j, NULL, m->time_s[i], 3);
	json_end_array(j);
	json_begin_array(j, "rss_bytes");
	for (size_t i = 0; i < m->n; i++)
		json_put_double(j, NULL, m->rss_bytes[i], 0);
	json_end_array(j);
	json_end_object(j);
}

void json_profile(struct sink *out, const struct profile_result *r, bool pretty)
{
	struct arena arena = { 0 };
	struct caveats all;
	struct json j;

	json_init(&j, out, pretty);
	json_begin_object(&j, NULL);
	json_put_string(&j, "schema", "perf-ops/profile/1");
	json_put_string(&j, "case", r->case_id);
	json_put_string(&j, "target", r->target);
	json_put_string(&j, "resource", r->resource);
	json_begin_array(&j, "runs");
	for (size_t i = 0; i < r->n_runs; i++)
		run(&j, &r->runs[i]);
	json_end_array(&j);
	json_begin_object(&j, "data_quality");
	json_put_string(&j, "grade", r->grade ? r->grade : "");
	json_begin_array(&j, "because");
	for (size_t i = 0; r->because && r->because[i]; i++)
		json_put_string(&j, NULL, r->because[i]);
	json_end_array(&j);
	json_end_object(&j);
	json_begin_array(&j, "findings");
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		finding(&j, &r->findings->v[i]);
	json_end_array(&j);
	json_put_string(
		&j, "remark", r->findings && r->findings->remark ? r->findings->remark : "");
	json_put_double(&j, "rest_share", r->findings ? r->findings->rest_share : 0, 5);
	if (r->memory)
		memory(&j, r->memory);
	if (r->profile)
		json_io(&j, r->profile->io);
	strings(&j, "not_measured", r->not_measured, PROFILE_RESULT_NOT_MEASURED);
	json_begin_object(&j, "artifacts");
	artifact(&j, "flamegraph", r->artifacts.flamegraph);
	artifact(&j, "pprof", r->artifacts.pprof);
	artifact(&j, "collapsed", r->artifacts.collapsed);
	artifact(&j, "speedscope", r->artifacts.speedscope);
	artifact(&j, "report", r->artifacts.report);
	json_end_object(&j);
	profile_result_caveats(r, &arena, &all);
	json_caveats(&j, &all);
	arena_done(&arena);
	json_put_string(&j, "next", r->next ? r->next : "");
	json_end_object(&j);
}
