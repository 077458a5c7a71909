/* SPDX-License-Identifier: MIT */
/*
 * V8's CPU profiles: a table of call tree nodes, the node of every sample and the time between
 * samples (v8_inspector's js_protocol.pdl, Profiler.Profile). Before Node 8 the tree was nested
 * below "head". "(idle)" is no CPU time; "(garbage collector)" interrupts what ran before it.
 */
#include "parse/cpuprofile.h"

#include "parse/format.h"
#include "parse/sniff.h"
#include "parse/v8_script.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_NESTING = 2000 };

struct node {
	struct v8_call call;
	uint32_t parent; /* index + 1, 0 root */
	int64_t hits;
	uint32_t first_tick, n_ticks;
	uint32_t stack; /* of the profile; UINT32_MAX not made yet */
};

struct tick {
	uint32_t line, n;
};

struct edge {
	uint32_t parent;
	int64_t child;
};

struct numbers {
	vec_of(int64_t) v;
};

struct reading {
	struct json_stream *j;
	struct strtab strings;
	vec_of(struct node) nodes;
	struct map_u64 by_id; /* -> index + 1 */
	vec_of(struct edge) edges;
	vec_of(struct tick) ticks;
	struct numbers samples, deltas, stamps;
	int64_t start_us, end_us;
	uint64_t n_negative, n_unknown;
	int64_t idle_ns;
	bool old;
	/* node indexes + 1 by their names */
	uint32_t idle_name, gc_name;
};

/* ---- reading ------------------------------------------------------------------------------------
 */

static bool full(struct reading *r, size_t n)
{
	if (n < IMPORT_MAX_ROWS)
		return false;
	json_stream_stop(r->j, -EFBIG, "the profile has too many entries");
	return true;
}

static void read_ticks(struct reading *r, struct node *n)
{
	struct span key;

	n->first_tick = (uint32_t)r->ticks.n;
	if (!json_enter_array(r->j))
		return;
	while (json_next_element(r->j)) {
		struct tick t = { 0 };

		if (json_enter_object(r->j))
			while (json_next_key(r->j, &key)) {
				if (span_eq(key, "line"))
					t.line = import_line(json_take_i64(r->j, 0));
				else if (span_eq(key, "ticks"))
					t.n = import_line(json_take_i64(r->j, 0));
			}
		if (t.n && t.line && !full(r, r->ticks.n)) {
			*vec_push(&r->ticks) = t;
			n->n_ticks++;
		}
	}
}

static void read_node(struct reading *r, uint32_t parent, unsigned depth);

/* Ids, or in the old form the nodes themselves. */
static void read_children(struct reading *r, uint32_t index, unsigned depth)
{
	if (!json_enter_array(r->j))
		return;
	while (json_next_element(r->j)) {
		if (json_kind_next(r->j) == JSON_KIND_OBJECT) {
			r->old = true;
			read_node(r, index + 1, depth + 1);
		} else if (!full(r, r->edges.n)) {
			*vec_push(&r->edges) = (struct edge){ index, json_take_i64(r->j, -1) };
		}
	}
}

static void read_node(struct reading *r, uint32_t parent, unsigned depth)
{
	struct span key;
	struct node n = { .parent = parent, .stack = UINT32_MAX };
	uint32_t index = (uint32_t)r->nodes.n;

	if (depth > MAX_NESTING || full(r, r->nodes.n) || !json_enter_object(r->j))
		return;
	*vec_push(&r->nodes) = n;
	while (json_next_key(r->j, &key)) {
		if (span_eq(key, "id")) {
			uint32_t *slot =
				map_u64_put(&r->by_id, (uint64_t)json_take_i64(r->j, -1), NULL);

			*slot = index + 1;
		} else if (span_eq(key, "callFrame")) {
			v8_call_read(r->j, &r->strings, &n.call);
		} else if (span_eq(key, "hitCount")) {
			n.hits = json_take_i64(r->j, 0);
		} else if (span_eq(key, "parent")) {
			const uint32_t *p =
				map_u64_get(&r->by_id, (uint64_t)json_take_i64(r->j, -1));

			n.parent = p ? *p : n.parent;
		} else if (span_eq(key, "positionTicks")) {
			read_ticks(r, &n);
		} else if (span_eq(key, "children")) {
			read_children(r, index, depth);
		} else {
			v8_call_member(r->j, key, &r->strings, true, &n.call);
		}
	}
	r->nodes.v[index] = n;
}

static void read_numbers(struct reading *r, struct numbers *to)
{
	if (json_enter_array(r->j))
		while (json_next_element(r->j))
			if (!full(r, to->v.n))
				*vec_push(&to->v) = json_take_i64(r->j, -1);
}

static void read_object(struct reading *r)
{
	struct span key;

	if (!json_enter_object(r->j))
		return;
	while (json_next_key(r->j, &key)) {
		if (span_eq(key, "nodes") && json_enter_array(r->j)) {
			while (json_next_element(r->j))
				read_node(r, 0, 0);
		} else if (span_eq(key, "head")) {
			r->old = true;
			read_node(r, 0, 0);
		} else if (span_eq(key, "samples")) {
			read_numbers(r, &r->samples);
		} else if (span_eq(key, "timeDeltas")) {
			read_numbers(r, &r->deltas);
		} else if (span_eq(key, "timestamps")) {
			read_numbers(r, &r->stamps);
		} else if (span_eq(key, "startTime")) {
			r->start_us = json_take_i64(r->j, 0);
		} else if (span_eq(key, "endTime")) {
			r->end_us = json_take_i64(r->j, 0);
		}
	}
}

/* ---- building -----------------------------------------------------------------------------------
 */

static void link_children(struct reading *r)
{
	vec_foreach (e, &r->edges) {
		const uint32_t *child = map_u64_get(&r->by_id, (uint64_t)e->child);

		if (child && *child != e->parent + 1 && r->nodes.v[*child - 1].parent == 0)
			r->nodes.v[*child - 1].parent = e->parent + 1;
	}
}

static bool is_root(const struct reading *r, const struct node *n)
{
	return n->parent == 0 && strcmp(strtab_get(&r->strings, n->call.function), "(root)") == 0;
}

/* Stack of a node; a ring of parents, which only a broken file has, is cut. */
static uint32_t stack_of(struct reading *r, struct profile *p, uint32_t index)
{
	vec_of(uint32_t) path = { 0 };
	uint32_t at = index + 1, stack = 0;

	while (at && r->nodes.v[at - 1].stack == UINT32_MAX && path.n < IMPORT_MAX_DEPTH) {
		*vec_push(&path) = at - 1;
		r->nodes.v[at - 1].stack = UINT32_MAX - 1;
		at = r->nodes.v[at - 1].parent;
	}
	if (at && r->nodes.v[at - 1].stack < UINT32_MAX - 1)
		stack = r->nodes.v[at - 1].stack;
	while (path.n) {
		struct node *n = &r->nodes.v[path.v[--path.n]];

		if (!is_root(r, n))
			stack = profile_add_stack(
				p, stack, v8_call_frame(p, &r->strings, &n->call, 0));
		n->stack = stack;
	}
	vec_done(&path);
	return r->nodes.v[index].stack;
}

/* Adds time of a node; where V8 says on which lines it was spent, split over them. */
static void add_time(struct reading *r, struct profile *p, uint32_t thread, uint32_t index,
	uint64_t count, int64_t ns)
{
	uint32_t stack = stack_of(r, p, index);
	const struct node *n = &r->nodes.v[index];
	uint64_t all = 0, left_count = count;
	int64_t left = ns;

	for (uint32_t i = 0; i < n->n_ticks; i++)
		all += r->ticks.v[n->first_tick + i].n;
	for (uint32_t i = 0; i < n->n_ticks && all && stack; i++) {
		const struct tick *t = &r->ticks.v[n->first_tick + i];
		double share = (double)t->n / (double)all;
		int64_t part = i + 1 == n->n_ticks ? left : (int64_t)((double)ns * share);
		uint64_t part_count = i + 1 == n->n_ticks
			? left_count
			: MIN((uint64_t)((double)count * share + 0.5), left_count);
		uint32_t frame = v8_call_frame(p, &r->strings, &n->call, t->line);

		left -= part;
		left_count -= part_count;
		profile_add_sample(p, profile_add_stack(p, p->stacks.v[stack].parent, frame),
			thread, 0, part_count, &part);
	}
	if (n->n_ticks == 0 || !all || !stack)
		profile_add_sample(p, stack, thread, 0, count, &ns);
}

/* The collector's frame on top of what it interrupted. */
static void add_collection(struct reading *r, struct profile *p, uint32_t thread, uint32_t before,
	uint32_t gc, int64_t ns)
{
	uint32_t below = before ? stack_of(r, p, before - 1) : 0;
	uint32_t frame = v8_call_frame(p, &r->strings, &r->nodes.v[gc].call, 0);

	profile_add_sample(p, profile_add_stack(p, below, frame), thread, 0, 1, &ns);
}

static int64_t lasts_us(struct reading *r, size_t i, int64_t at_us)
{
	int64_t us;

	if (r->deltas.v.n > i + 1)
		us = r->deltas.v.v[i + 1];
	else if (r->stamps.v.n > i + 1)
		us = import_sum(r->stamps.v.v[i + 1], -MAX(r->stamps.v.v[i], 0));
	else /* the last one, up to the end */
		us = r->end_us > at_us && i ? MIN(r->end_us - at_us, 100000) : 0;
	if (us < 0)
		r->n_negative++;
	return MIN(MAX(us, 0), INT64_MAX / 1000000);
}

struct sum {
	int64_t ns;
	uint64_t count;
};

static void add_samples(struct reading *r, struct profile *p, uint32_t thread)
{
	struct sum *sums = xcalloc(r->nodes.n + 1, sizeof(*sums));
	int64_t at_us = r->deltas.v.n ? import_sum(r->start_us, r->deltas.v.v[0])
		: r->stamps.v.n       ? r->stamps.v.v[0]
				      : r->start_us;
	uint32_t before = 0;

	for (size_t i = 0; i < r->samples.v.n; i++) {
		const uint32_t *at = map_u64_get(&r->by_id, (uint64_t)r->samples.v.v[i]);
		int64_t us = lasts_us(r, i, at_us), ns = us * 1000;

		at_us = import_sum(at_us, us);
		if (!at) {
			r->n_unknown++;
			continue;
		}
		uint32_t name = r->nodes.v[*at - 1].call.function;

		if (name == r->idle_name && !r->nodes.v[*at - 1].call.file) {
			r->idle_ns = import_sum(r->idle_ns, ns);
			before = 0;
		} else if (name == r->gc_name && !r->nodes.v[*at - 1].call.file) {
			add_collection(r, p, thread, before, *at - 1, ns);
		} else {
			sums[*at - 1].ns = import_sum(sums[*at - 1].ns, ns);
			sums[*at - 1].count++;
			before = *at;
		}
	}
	for (uint32_t i = 0; i < r->nodes.n; i++)
		if (sums[i].count)
			add_time(r, p, thread, i, sums[i].count, sums[i].ns);
	free(sums);
}

/* Old files may have only how often each node was met. */
static void add_hits(struct reading *r, struct profile *p, uint32_t thread)
{
	double seconds = (double)r->end_us - (double)r->start_us; /* the old form's unit */
	int64_t all = 0;

	vec_foreach (n, &r->nodes)
		all = import_sum(all, MAX(n->hits, 0));
	double ns_per_hit = all > 0 && seconds > 0 && seconds < 1e6 ? seconds * 1e9 / (double)all
		: all > 0 && seconds > 0                            ? seconds * 1e3 / (double)all
								    : 1e6;

	for (uint32_t i = 0; i < r->nodes.n; i++) {
		int64_t hits = r->nodes.v[i].hits;

		if (hits <= 0)
			continue;
		int64_t ns = import_scaled((double)hits, ns_per_hit);

		if (r->nodes.v[i].call.function == r->idle_name)
			r->idle_ns = import_sum(r->idle_ns, ns);
		else
			add_time(r, p, thread, i, (uint64_t)hits, ns);
	}
}

static void notes(struct reading *r, struct profile *p)
{
	import_note(p, "node-thread-time",
		"time is that of the JavaScript thread while it was not idle: waiting inside a "
		"synchronous call counts like work");
	if (r->idle_ns)
		import_note(p, "idle-left-out", "%.2f s of idle time are left out",
			(double)r->idle_ns / 1e9);
	if (r->n_negative)
		import_note(p, "time-backwards",
			"%llu samples come before their predecessor and count no time",
			(unsigned long long)r->n_negative);
	if (r->n_unknown)
		import_note(p, "samples-without-node",
			"%llu samples name a node that the profile does not have",
			(unsigned long long)r->n_unknown);
	if (r->j->truncated)
		import_note(
			p, "file-cut-off", "the file ends too early: what came before is shown");
}

struct profile *cpuprofile_read_value(
	struct json_stream *j, int32_t pid, int32_t tid, const char *thread, int64_t *ret_idle_ns)
{
	struct reading r = { .j = j };
	struct profile *p = profile_new();

	strtab_init(&r.strings);
	r.idle_name = strtab_add(&r.strings, "(idle)");
	r.gc_name = strtab_add(&r.strings, "(garbage collector)");
	read_object(&r);
	link_children(&r);
	profile_add_type(p, "cpu", "nanoseconds");

	uint32_t id = profile_add_thread(p, pid, tid, thread);

	if (r.samples.v.n)
		add_samples(&r, p, id);
	else
		add_hits(&r, p, id);
	notes(&r, p);
	p->quality.samples = profile_total_count(p);
	p->quality.n_threads = 1;
	if (r.end_us > r.start_us && r.end_us - r.start_us < INT64_MAX / 1000)
		p->quality.duration_ns = (uint64_t)(r.end_us - r.start_us) * 1000;
	p->quality.rung = "V8's sampler";
	*ret_idle_ns = r.idle_ns;
	strtab_done(&r.strings);
	vec_done(&r.nodes);
	map_u64_done(&r.by_id);
	vec_done(&r.edges);
	vec_done(&r.ticks);
	vec_done(&r.samples.v);
	vec_done(&r.deltas.v);
	vec_done(&r.stamps.v);
	if (p->samples.n)
		return p;
	profile_free(p);
	return NULL;
}

/* ---- the format ---------------------------------------------------------------------------------
 */

/* CPU.20260101.120000.PID.TID.SEQ.cpuprofile, as Node names them: 0 when it is not so. */
static int32_t pid_of(const char *name)
{
	struct span s = span_str(name ? name : "");
	unsigned dots = 0;
	int64_t pid = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.') {
			if (++dots == 4)
				return pid > 0 && pid < INT32_MAX ? (int32_t)pid : 0;
			pid = 0;
		} else if (dots == 3) {
			pid = s.p[i] >= '0' && s.p[i] <= '9' && pid < INT32_MAX
				? pid * 10 + s.p[i] - '0'
				: INT32_MAX;
		}
	}
	return 0;
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct json_stream j;
	struct err broken = { 0 };
	int64_t idle_ns = 0;
	int32_t pid = env ? pid_of(env->name) : 0;

	json_stream_init(&j, in);
	struct profile *p = cpuprofile_read_value(&j, pid, pid, "main", &idle_ns);
	int r = json_stream_finish(&j, &broken);

	if (p && (r == 0 || j.truncated)) {
		profile_set_add(ret, p);
		r = 0;
	} else if (r < 0) {
		profile_free(p);
		if (err)
			*err = broken;
	} else {
		r = idle_ns ? fail(err, ENODATA,
				      "the V8 CPU profile has no work: all its %.1f s are idle",
				      (double)idle_ns / 1e9)
			    : fail(err, ENODATA, "the V8 CPU profile has no sample");
	}
	json_stream_done(&j);
	return r;
}

static int detect(struct span head, const char *name)
{
	if (sniff_first(head) != '{')
		return 0;
	bool nodes = sniff_has(head, "\"nodes\"") || sniff_has(head, "\"head\"");

	if (nodes && sniff_has(head, "\"functionName\"") && sniff_has(head, "\"hitCount\""))
		return 90;
	return name && strstr(name, ".cpuprofile") ? 85 : 0;
}

const struct format cpuprofile_format = {
	.id = "cpuprofile", .title = "V8 CPU profile (JSON)", .detect = detect, .read = read_file
};
