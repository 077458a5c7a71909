/* SPDX-License-Identifier: MIT */
/*
 * pyinstrument's JSON (joerick/pyinstrument renderers/jsonrenderer.py): a tree of frames with the
 * wall time of each and all below it in seconds. What a frame has beyond its children is its own.
 */
#include "parse/format.h"
#include "parse/import_frame.h"
#include "parse/json_stream.h"
#include "parse/sniff.h"

#include <errno.h>
#include <math.h>

struct reader {
	struct json_stream j;
	struct profile *p;
	double duration_s, cpu_s, samples;
	uint32_t thread;
	uint64_t n_negative;
};

struct node {
	struct span function, file; /* in the profile's arena */
	uint32_t line, stack;
	double time_s, below_s;
	bool placed;
};

static struct span keep(struct reader *r, struct span s)
{
	return s.n ? span_of(arena_strndup(&r->p->arena, s.p, s.n), s.n) : (struct span){ 0 };
}

/* The frame's place among the stacks, known once its name is. */
static void place(struct reader *r, struct node *n, uint32_t parent)
{
	struct import_place at = { .function = n->function, .file = n->file, .decl_line = n->line };

	if (n->placed)
		return;
	n->placed = true;
	/* time of a function outside what it calls is a child of this name */
	if (span_eq(n->function, "[self]") && !n->file.n && parent)
		n->stack = parent;
	else
		n->stack = profile_add_stack(r->p, parent, import_frame(r->p, &at));
}

static double read_node(struct reader *r, uint32_t parent)
{
	struct json_stream *j = &r->j;
	struct node n = { 0 };
	struct span key, s;

	if (!json_enter_object(j))
		return 0;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "function") && json_take_string(j, &s)) {
			n.function = keep(r, s);
		} else if (span_eq(key, "file_path") && json_take_string(j, &s)) {
			n.file = keep(r, s);
		} else if (span_eq(key, "line_no")) {
			n.line = import_line(json_take_i64(j, 0));
		} else if (span_eq(key, "time")) {
			n.time_s = json_take_double(j, 0);
		} else if (span_eq(key, "children") && json_enter_array(j)) {
			place(r, &n, parent);
			while (json_next_element(j))
				n.below_s += read_node(r, n.stack);
		}
	}
	place(r, &n, parent);

	int64_t own = import_scaled(n.time_s - n.below_s, 1e9);

	/* times are rounded to microseconds: a little below zero is none */
	r->n_negative += own < -100000;
	if (own > 0)
		profile_add_sample(r->p, n.stack, r->thread, 0, 0, &own);
	return n.time_s;
}

static void read_top(struct reader *r)
{
	struct json_stream *j = &r->j;
	struct span key, s;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "root_frame"))
			read_node(r, 0);
		else if (span_eq(key, "duration"))
			r->duration_s = json_take_double(j, 0);
		else if (span_eq(key, "cpu_time"))
			r->cpu_s = json_take_double(j, 0);
		else if (span_eq(key, "sample_count"))
			r->samples = json_take_double(j, 0);
		else if ((span_eq(key, "target_description") || span_eq(key, "program")) &&
			json_take_string(j, &s))
			r->p->command = keep(r, s).n ? (const char *)keep(r, s).p : "";
	}
}

/* The file has the number of samples as a whole: each weight gets its part of it. */
static void spread_counts(struct reader *r)
{
	double total = (double)profile_total(r->p, 0);

	vec_foreach (s, &r->p->samples) {
		double n = total > 0 ? r->samples * (double)s->value[0] / total : 0;

		s->count = n >= 1 && n < 1e15 ? (uint64_t)llround(n) : 1;
	}
}

static void finish(struct reader *r)
{
	struct profile *p = r->p;
	struct profile_quality *q = &p->quality;

	spread_counts(r);
	q->rung = "pyinstrument file";
	q->samples = profile_total_count(p);
	q->duration_ns = (uint64_t)MAX(import_scaled(r->duration_s, 1e9), 0);
	q->target_cpu_ns = (uint64_t)MAX(import_scaled(r->cpu_s, 1e9), 0);
	q->n_threads = q->n_processes = 1;
	p->language = "python";
	import_note(
		p, "wall-time", "pyinstrument samples wall time of one thread: waiting counts too");
	if (r->n_negative)
		import_note(p, "times-disagree",
			"%llu frames have less time than the frames they call together",
			(unsigned long long)r->n_negative);
	if (r->j.truncated)
		import_note(
			p, "file-cut-off", "the file ends too early: what came before is shown");
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct reader r = { .p = profile_new() };
	struct err broken = { 0 };

	profile_add_type(r.p, "wall", "nanoseconds");
	r.thread = profile_add_thread(r.p, 0, 0, "");
	json_stream_init(&r.j, in);
	read_top(&r);

	int result = json_stream_finish(&r.j, &broken);
	bool some = (result == 0 || r.j.truncated) && r.p->samples.n;

	if (some) {
		finish(&r);
		profile_set_add(ret, r.p);
	} else {
		profile_free(r.p);
	}
	json_stream_done(&r.j);
	if (some)
		return 0;
	if (result < 0 && err)
		*err = broken;
	return result < 0 ? result : fail(err, ENODATA, "the pyinstrument file has no time in it");
}

static int detect(struct span head, const char *name)
{
	return sniff_first(head) == '{' && sniff_has(head, "\"root_frame\"") &&
			sniff_has(head, "\"sample_count\"")
		? 95
		: 0;
}

const struct format pyinstrument_format = {
	.id = "pyinstrument",
	.title = "pyinstrument JSON",
	.detect = detect,
	.read = read_file,
};
