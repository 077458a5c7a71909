/* SPDX-License-Identifier: MIT */
/* speedscope JSON (jlfwong/speedscope src/lib/file-format-spec.ts). */
#include "render/speedscope.h"

#include "base/alloc.h"
#include "base/json_writer.h"
#include "base/map.h"
#include "base/vec.h"
#include "render/writer.h"

#include <stdlib.h>

struct speedscope {
	struct json j;
	const struct profile *p;
	uint32_t *frame_of; /* profile frame -> shared frame: lines of one function are one frame */
};

static void shared_frames(struct speedscope *w)
{
	struct map_u64 index = { 0 };
	uint32_t n = 0;

	json_begin_object(&w->j, "shared");
	json_begin_array(&w->j, "frames");
	for (size_t i = 0; i < w->p->frames.n; i++) {
		const struct frame *f = &w->p->frames.v[i];
		bool fresh;
		uint32_t *slot = map_u64_put(&index, (uint64_t)f->function << 32 | f->file, &fresh);

		if (fresh) {
			*slot = n++;
			json_begin_object(&w->j, NULL);
			json_put_string(&w->j, "name", profile_str(w->p, f->function));
			if (f->file)
				json_put_string(&w->j, "file", profile_str(w->p, f->file));
			else if (f->module)
				json_put_string(&w->j, "file", profile_str(w->p, f->module));
			if (f->decl_line)
				json_put_uint(&w->j, "line", f->decl_line);
			json_end_object(&w->j);
		}
		w->frame_of[i] = *slot;
	}
	json_end_array(&w->j);
	json_end_object(&w->j);
	map_u64_done(&index);
}

/* speedscope knows only these units; anything else is a bare number. */
static const char *unit_name(const char *unit)
{
	static const char *const known[] = { "nanoseconds", "microseconds", "milliseconds",
		"seconds", "bytes" };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(unit, known[i]) == 0)
			return unit;
	return "none";
}

static void stack(struct speedscope *w, uint32_t node)
{
	vec_of(uint32_t) path = { 0 };

	for (uint32_t n = node; n; n = w->p->stacks.v[n].parent)
		*vec_push(&path) = w->frame_of[w->p->stacks.v[n].frame];
	json_begin_array(&w->j, NULL);
	for (size_t i = path.n; i-- > 0;)
		json_put_uint(&w->j, NULL, path.v[i]);
	json_end_array(&w->j);
	vec_done(&path);
}

static void thread_profile(struct speedscope *w, uint32_t thread, unsigned type)
{
	const struct profile *p = w->p;
	const struct profile_thread *t = &p->threads.v[thread];
	int64_t sum = 0;
	char *name;

	vec_foreach (s, &p->samples)
		sum += s->thread == thread && s->value[type] > 0 ? s->value[type] : 0;
	if (sum == 0)
		return;
	name = xasprintf(
		"%s (%d/%d) %s", profile_str(p, t->name), t->pid, t->tid, p->types[type].name);
	json_begin_object(&w->j, NULL);
	json_put_string(&w->j, "type", "sampled");
	json_put_string(&w->j, "name", name);
	json_put_string(&w->j, "unit", unit_name(p->types[type].unit));
	json_put_int(&w->j, "startValue", 0);
	json_put_int(&w->j, "endValue", sum);
	json_begin_array(&w->j, "samples");
	vec_foreach (s, &p->samples)
		if (s->thread == thread && s->value[type] > 0)
			stack(w, s->stack);
	json_end_array(&w->j);
	json_begin_array(&w->j, "weights");
	vec_foreach (s, &p->samples)
		if (s->thread == thread && s->value[type] > 0)
			json_put_int(&w->j, NULL, s->value[type]);
	json_end_array(&w->j);
	json_end_object(&w->j);
	free(name);
}

void speedscope_write(struct sink *out, const struct profile *p)
{
	struct speedscope w = { .p = p, .frame_of = xcalloc(p->frames.n + 1, sizeof(uint32_t)) };

	json_init(&w.j, out, false);
	json_begin_object(&w.j, NULL);
	json_put_string(&w.j, "$schema", "https://www.speedscope.app/file-format-schema.json");
	json_put_string(&w.j, "exporter", "perf-ops " PERF_OPS_VERSION);
	json_put_string(&w.j, "name", p->command);
	json_put_int(&w.j, "activeProfileIndex", 0);
	shared_frames(&w);
	json_begin_array(&w.j, "profiles");
	for (unsigned type = 0; type < p->n_types; type++)
		for (uint32_t t = 0; t < p->threads.n; t++)
			thread_profile(&w, t, type);
	json_end_array(&w.j);
	json_end_object(&w.j);
	sink_putc(out, '\n');
	free(w.frame_of);
}

static int write_profile(
	struct sink *out, const struct profile *p, const struct writer_opts *opts, struct err *err)
{
	speedscope_write(out, p);
	return 0;
}

const struct writer speedscope_writer = {
	.id = "speedscope",
	.title = "speedscope JSON",
	.extensions = ".speedscope.json .speedscope",
	.write = write_profile,
};
