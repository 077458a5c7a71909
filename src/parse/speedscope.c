/* SPDX-License-Identifier: MIT */
/*
 * speedscope's JSON (jlfwong/speedscope src/lib/file-format-spec.ts). One file holds many profiles,
 * mostly one per thread, each with a unit of its own: those of one kind of value become threads of
 * one profile. Names of frames may come after the stacks.
 */
#include "parse/format.h"
#include "parse/import_frame.h"
#include "parse/json_stream.h"
#include "parse/sniff.h"
#include "parse/stack_tree.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_PROFILES = 100000 };

struct event {
	double at;
	uint32_t frame;
	bool open;
};

/* One entry of "profiles". */
struct part {
	char *name;
	char unit[16];
	double end;
	struct stack_tree tree;
	vec_of(uint32_t) sample_nodes; /* of "samples", until the weights are known */
	vec_of(double) weights;
	vec_of(struct event) events;
	uint64_t n_disorder; /* events that close what is not open, or go back in time */
	uint64_t n_uneven;   /* samples without weight or the other way round */
	uint64_t n_negative;
	int64_t total;
	int64_t empty; /* weight of samples without any frame: the thread was idle */
};

struct reader {
	struct json_stream j;
	vec_of(struct part *) parts;
	vec_of(struct import_place) places; /* texts in the arena */
	struct arena texts;
	bool own; /* written by perf-ops: lines are where functions begin, not where they run */
};

static struct span keep(struct reader *r, struct span s)
{
	return s.n ? span_of(arena_strndup(&r->texts, s.p, s.n), s.n) : (struct span){ 0 };
}

static void read_frames(struct reader *r)
{
	struct json_stream *j = &r->j;
	struct span key, s;

	if (!json_enter_array(j))
		return;
	while (json_next_element(j)) {
		struct import_place at = { 0 };

		if (r->places.n == IMPORT_MAX_ROWS) {
			json_stream_stop(j, -EFBIG, "there are too many frames");
			return;
		}
		if (json_enter_object(j))
			while (json_next_key(j, &key)) {
				if (span_eq(key, "name") && json_take_string(j, &s))
					at.function = keep(r, s);
				else if (span_eq(key, "file") && json_take_string(j, &s))
					at.file = keep(r, s);
				else if (span_eq(key, "line"))
					at.line = import_line(json_take_i64(j, 0));
			}
		*vec_push(&r->places) = at;
	}
}

static void read_samples(struct json_stream *j, struct part *part)
{
	if (!json_enter_array(j))
		return;
	while (json_next_element(j)) {
		uint32_t node = 0;

		if (json_enter_array(j))
			while (json_next_element(j)) {
				int64_t frame = json_take_i64(j, UINT32_MAX);

				if (j->error)
					return;
				node = stack_tree_child(&part->tree, node,
					frame < 0 || frame > UINT32_MAX ? UINT32_MAX
									: (uint32_t)frame);
			}
		if (j->error)
			return;
		*vec_push(&part->sample_nodes) = node;
	}
}

static void read_event(struct json_stream *j, struct part *part)
{
	struct event e = { .frame = UINT32_MAX };
	struct span key, s;
	bool known = false;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "type") && json_take_string(j, &s)) {
			e.open = span_eq(s, "O");
			known = e.open || span_eq(s, "C");
		} else if (span_eq(key, "frame")) {
			int64_t frame = json_take_i64(j, -1);

			e.frame = frame < 0 || frame > UINT32_MAX ? UINT32_MAX : (uint32_t)frame;
		} else if (span_eq(key, "at")) {
			e.at = json_take_double(j, 0);
		}
	}
	if (known && !j->error)
		*vec_push(&part->events) = e;
}

static void read_part(struct reader *r)
{
	struct json_stream *j = &r->j;
	struct part *part = xcalloc(1, sizeof(*part));
	struct span key, s;

	*vec_push(&r->parts) = part;
	stack_tree_init(&part->tree);
	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "name") && json_take_string(j, &s)) {
			free(part->name);
			part->name = xstrndup(s.n ? (const char *)s.p : "", s.n);
		} else if (span_eq(key, "unit") && json_take_string(j, &s)) {
			snprintf(part->unit, sizeof(part->unit), "%.*s", (int)MIN(s.n, 15u),
				(const char *)s.p);
		} else if (span_eq(key, "endValue")) {
			part->end = json_take_double(j, 0);
		} else if (span_eq(key, "samples")) {
			read_samples(j, part);
		} else if (span_eq(key, "weights") && json_enter_array(j)) {
			while (json_next_element(j))
				*vec_push(&part->weights) = json_take_double(j, 0);
		} else if (span_eq(key, "events") && json_enter_array(j)) {
			while (json_next_element(j))
				read_event(j, part);
		}
	}
}

static double scale_of(const char *unit, const char **ret_unit)
{
	static const struct {
		const char *name, *unit;
		double scale;
	} units[] = { { "nanoseconds", "nanoseconds", 1 }, { "microseconds", "nanoseconds", 1e3 },
		{ "milliseconds", "nanoseconds", 1e6 }, { "seconds", "nanoseconds", 1e9 },
		{ "bytes", "bytes", 1 } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(unit, units[i].name) == 0) {
			*ret_unit = units[i].unit;
			return units[i].scale;
		}
	*ret_unit = "count";
	return 1;
}

static void weigh(struct part *part, uint32_t node, double weight, double scale)
{
	int64_t v = import_scaled(weight, scale);

	part->total = import_sum(part->total, MAX(v, 0));
	if (v < 0)
		part->n_negative++;
	else if (node == 0)
		part->empty = import_sum(part->empty, v);
	else if (v > 0)
		stack_tree_add(&part->tree, node, 1, &v, 1);
}

/*
 * Opens and closes to weights. A close of something that is not on top closes what lies above it;
 * of something not open at all does nothing. What stays open ends with the profile.
 */
static void play_events(struct part *part, double scale)
{
	uint32_t node = 0;
	double last = part->events.n ? part->events.v[0].at : 0;

	vec_foreach (e, &part->events) {
		if (e->at < last)
			part->n_disorder++;
		else if (node)
			weigh(part, node, e->at - last, scale);
		last = MAX(last, e->at);
		if (e->open) {
			node = stack_tree_child(&part->tree, node, e->frame);
			continue;
		}
		uint32_t n = node;

		while (n && part->tree.nodes.v[n].frame != e->frame)
			n = part->tree.nodes.v[n].parent;
		part->n_disorder += n != node || !n;
		if (n)
			node = part->tree.nodes.v[n].parent;
	}
	if (node && part->end > last)
		weigh(part, node, part->end - last, scale);
}

static void play_samples(struct part *part, double scale)
{
	size_t n = part->sample_nodes.n, have = MIN(n, part->weights.n);

	part->n_uneven += part->weights.n ? MAX(n, part->weights.n) - have : 0;
	if (!part->weights.n && strcmp(part->unit, "none") == 0)
		for (size_t i = 0; i < n; i++)
			weigh(part, part->sample_nodes.v[i], 1, 1);
	for (size_t i = 0; i < have; i++)
		weigh(part, part->sample_nodes.v[i], part->weights.v[i], scale);
}

/* perf-ops itself ends the names of its profiles with "(PID/TID) TYPE". */
static const char *type_of(const char *name, const char *unit)
{
	static const struct {
		const char *name, *unit;
	} types[] = { { "cpu", "nanoseconds" }, { "wall", "nanoseconds" },
		{ "off-cpu", "nanoseconds" }, { "lock", "nanoseconds" }, { "io", "nanoseconds" },
		{ "alloc_space", "bytes" }, { "inuse_space", "bytes" }, { "growth", "bytes" },
		{ "io_bytes", "bytes" }, { "alloc_objects", "count" }, { "inuse_objects", "count" },
		{ "contentions", "count" }, { "io_calls", "count" }, { "faults", "count" },
		{ "samples", "count" } };
	const char *last = name ? strrchr(name, ' ') : NULL;

	for (size_t i = 0; last && i < ARRAY_LEN(types); i++)
		if (strcmp(last + 1, types[i].name) == 0 && strcmp(unit, types[i].unit) == 0)
			return types[i].name;
	return strcmp(unit, "nanoseconds") == 0 ? "cpu"
		: strcmp(unit, "bytes") == 0    ? "alloc_space"
						: "samples";
}

/* "NAME (PID/TID) TYPE"; anything else is a thread of its own. */
static uint32_t thread_of(struct profile *p, const char *name, uint32_t number)
{
	const char *open = name ? strrchr(name, '(') : NULL;
	int pid, tid, end = 0;

	if (open && open > name && sscanf(open, "(%9d/%9d)%n", &pid, &tid, &end) == 2 && end) {
		const char *comm = arena_strndup(&p->arena, name, (size_t)(open - name) - 1);

		return profile_add_thread(p, pid, tid, comm);
	}
	return profile_add_thread(p, 0, (int32_t)number + 1, name);
}

static struct profile *profile_for(struct profile_set *set, const char *type, const char *unit)
{
	vec_foreach (p, &set->v)
		if (profile_type(*p, type) == 0)
			return *p;

	struct profile *p = profile_new();

	profile_add_type(p, type, unit);
	p->quality.rung = "speedscope file";
	profile_set_add(set, p);
	return p;
}

static void note_part(struct profile *p, const struct part *part, uint64_t n_unknown)
{
	const char *name = part->name ? part->name : "without a name";

	if (part->n_disorder)
		import_note(p, "events-disordered",
			"profile '%.80s' has %llu events that go back in time or close what is not "
			"open",
			name, (unsigned long long)part->n_disorder);
	if (part->n_uneven)
		import_note(p, "samples-without-weight",
			"profile '%.80s' has %llu samples without weight or weights without sample",
			name, (unsigned long long)part->n_uneven);
	if (part->n_negative)
		import_note(p, "negative-weights", "profile '%.80s' has %llu negative weights",
			name, (unsigned long long)part->n_negative);
	if (part->empty)
		import_note(p, "empty-samples",
			"%.1f %% of profile '%.80s' are samples without any frame: left out",
			100 * (double)part->empty / (double)MAX(part->total, 1), name);
	if (n_unknown)
		import_note(p, "frames-missing",
			"profile '%.80s' names %llu frames that are not in the file", name,
			(unsigned long long)n_unknown);
	if (part->events.n)
		import_note(p, "counts-are-intervals",
			"the file records starts and ends of calls: counts are intervals, not "
			"samples");
}

static void build_part(
	struct reader *r, struct part *part, uint32_t number, struct profile_set *ret)
{
	const char *unit;
	double scale = scale_of(part->unit, &unit);

	play_samples(part, scale);
	play_events(part, scale);
	if (!part->tree.weights.n)
		return;

	struct profile *p = profile_for(ret, type_of(part->name, unit), unit);
	uint32_t *frames = xcalloc(r->places.n + 1, sizeof(*frames));

	for (size_t i = 0; i < r->places.n; i++) {
		struct import_place at = r->places.v[i];

		if (r->own) {
			at.decl_line = at.line;
			at.line = 0;
		}
		frames[i] = import_frame(p, &at);
	}

	uint64_t unknown = stack_tree_flush(
		&part->tree, p, thread_of(p, part->name, number), frames, r->places.n);

	note_part(p, part, unknown);
	free(frames);
}

static void finish(struct reader *r, struct profile_set *ret)
{
	for (uint32_t i = 0; i < r->parts.n; i++)
		build_part(r, r->parts.v[i], i, ret);
	vec_foreach (p, &ret->v) {
		(*p)->quality.samples = profile_total_count(*p);
		(*p)->quality.n_threads = (uint32_t)(*p)->threads.n;
		if (strcmp((*p)->types[0].name, "cpu") == 0)
			import_note(*p, "clock-unknown",
				"the file does not say whether its time is CPU or wall time: taken "
				"as CPU time");
		if (r->j.truncated)
			import_note(*p, "file-cut-off",
				"the file ends too early: what came before is shown");
	}
}

static void reader_done(struct reader *r)
{
	vec_foreach (part, &r->parts) {
		free((*part)->name);
		stack_tree_done(&(*part)->tree);
		vec_done(&(*part)->sample_nodes);
		vec_done(&(*part)->weights);
		vec_done(&(*part)->events);
		free(*part);
	}
	vec_done(&r->parts);
	vec_done(&r->places);
	arena_done(&r->texts);
	json_stream_done(&r->j);
}

static void read_top(struct reader *r)
{
	struct json_stream *j = &r->j;
	struct span key, s;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "shared") && json_enter_object(j)) {
			while (json_next_key(j, &key))
				if (span_eq(key, "frames"))
					read_frames(r);
		} else if (span_eq(key, "exporter") && json_take_string(j, &s)) {
			r->own = span_starts(s, "perf-ops");
		} else if (span_eq(key, "profiles") && json_enter_array(j)) {
			while (json_next_element(j)) {
				if (r->parts.n == MAX_PROFILES)
					json_stream_stop(j, -EFBIG, "there are too many profiles");
				else
					read_part(r);
			}
		}
	}
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct reader r = { 0 };
	struct err broken = { 0 };

	json_stream_init(&r.j, in);
	read_top(&r);

	int result = json_stream_finish(&r.j, &broken);

	if (result == 0 || r.j.truncated)
		finish(&r, ret);
	reader_done(&r);
	if (ret->v.n)
		return 0;
	if (result < 0 && err)
		*err = broken;
	return result < 0 ? result
			  : fail(err, ENODATA, "the speedscope file has no sample with a weight");
}

static int detect(struct span head, const char *name)
{
	if (sniff_first(head) != '{')
		return 0;
	if (sniff_has(head, "speedscope.app/file-format-schema"))
		return 95;
	return sniff_has(head, "\"profiles\"") &&
			(sniff_has(head, "\"sampled\"") || sniff_has(head, "\"evented\"")) &&
			sniff_has(head, "\"startValue\"")
		? 80
		: 0;
}

const struct format speedscope_format = {
	.id = "speedscope",
	.title = "speedscope JSON",
	.detect = detect,
	.read = read_file,
};
