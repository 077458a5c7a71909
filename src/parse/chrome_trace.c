/* SPDX-License-Identifier: MIT */
/*
 * Trace events ("Trace Event Format", catapult; Perfetto reads them too): an array of events, or an
 * object with it as "traceEvents". Spans (B and E, X) become wall time, CPU profiles (Profile and
 * ProfileChunk) CPU time. The array may lack its end: the writer was killed.
 */
#include "parse/chrome_cpu.h"
#include "parse/chrome_spans.h"
#include "parse/format.h"
#include "parse/import_frame.h"
#include "parse/sniff.h"

#include <errno.h>

enum { MAX_THREADS = 100000, MAX_CPU_PROFILES = 10000 };

struct event {
	char phase;
	double ts_us, dur_us;
	int64_t pid, tid;
	uint64_t id;
	char name[256], category[64];
};

struct reader {
	struct json_stream j;
	struct profile *spans, *cpu;
	vec_of(struct chrome_thread) threads;
	struct map_u64 thread_of;
	vec_of(struct chrome_cpu) profiles;
	struct map_u64 profile_of;
	bool array; /* without an object around it */
	uint64_t n_events;
};

static void take_text(struct json_stream *j, char *to, size_t size)
{
	struct span s;

	if (json_take_string(j, &s)) {
		size_t n = MIN(s.n, size - 1);

		if (n)
			memcpy(to, s.p, n);
		to[n] = '\0';
	}
}

/* "0x12" or 12; text of any other kind by its hash. */
static uint64_t take_id(struct json_stream *j)
{
	struct span s;
	uint64_t v;

	if (json_kind_next(j) != JSON_KIND_STRING)
		return (uint64_t)json_take_i64(j, 0);
	if (!json_take_string(j, &s))
		return 0;
	return span_parse_u64(s, &v) ? v : hash_bytes(s.p, s.n, 1);
}

static struct chrome_thread *thread_of(struct reader *r, const struct event *e)
{
	bool fresh;
	uint64_t key = hash_u64((uint64_t)e->pid) * 3 ^ hash_u64((uint64_t)e->tid);
	uint32_t *slot = map_u64_put(&r->thread_of, key, &fresh);

	if (fresh) {
		if (r->threads.n == MAX_THREADS) {
			json_stream_stop(&r->j, -EFBIG, "there are too many threads");
			*slot = 0;
			return &r->threads.v[0];
		}
		*slot = (uint32_t)r->threads.n;
		*vec_push(&r->threads) = (struct chrome_thread){ .pid = e->pid, .tid = e->tid };
	}
	return &r->threads.v[*slot];
}

static struct chrome_cpu *profile_of(struct reader *r, const struct event *e)
{
	bool fresh;
	uint64_t key = hash_u64((uint64_t)e->pid) * 5 ^ hash_u64(e->id);
	uint32_t *slot = map_u64_put(&r->profile_of, key, &fresh);

	if (fresh) {
		if (r->profiles.n == MAX_CPU_PROFILES) {
			json_stream_stop(&r->j, -EFBIG, "there are too many CPU profiles");
			*slot = 0;
			return &r->profiles.v[0];
		}
		*slot = (uint32_t)r->profiles.n;
		*vec_push(&r->profiles) =
			(struct chrome_cpu){ .pid = (uint64_t)e->pid, .id = e->id, .tid = e->tid };
	}
	return &r->profiles.v[*slot];
}

/*
 * The arguments: of interest for names of threads and CPU profiles only. They may come before the
 * name and id of the event, which is why both are looked for in any event with such members.
 */
static void read_args(struct reader *r, const struct event *e, char *name, size_t size)
{
	struct json_stream *j = &r->j;
	bool chunk = strcmp(e->name, "ProfileChunk") == 0 || strcmp(e->name, "CpuProfile") == 0;
	struct span key;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "name"))
			take_text(j, name, size);
		else if (span_eq(key, "data") && chunk)
			chrome_cpu_read(profile_of(r, e), j, r->cpu);
	}
}

static uint32_t span_frame(struct reader *r, const struct event *e)
{
	struct import_place at = { .function = span_str(e->name), .module = span_str(e->category) };

	return import_frame(r->spans, &at);
}

static void use_event(struct reader *r, const struct event *e, const char *arg_name)
{
	struct chrome_thread *t;

	r->n_events++;
	switch (e->phase) {
	case 'B':
		chrome_thread_begin(thread_of(r, e), e->ts_us, span_frame(r, e));
		break;
	case 'E':
		chrome_thread_end(thread_of(r, e), e->ts_us);
		break;
	case 'X':
		chrome_thread_whole(thread_of(r, e), e->ts_us, e->dur_us, span_frame(r, e));
		break;
	case 'M':
		if (strcmp(e->name, "thread_name") == 0 && arg_name[0]) {
			t = thread_of(r, e);
			t->name = profile_string(r->spans, arg_name);
		}
		break;
	case 'P':
		/* the event that announces a profile stands on the thread it is of */
		if (strcmp(e->name, "Profile") == 0)
			profile_of(r, e)->tid = e->tid;
		break;
	default:
		break;
	}
}

static void read_event(struct reader *r)
{
	struct json_stream *j = &r->j;
	struct event e = { 0 };
	char arg_name[256] = "";
	struct span key, s;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "ph") && json_take_string(j, &s))
			e.phase = s.n == 1 ? (char)s.p[0] : 0;
		else if (span_eq(key, "name"))
			take_text(j, e.name, sizeof(e.name));
		else if (span_eq(key, "cat"))
			take_text(j, e.category, sizeof(e.category));
		else if (span_eq(key, "ts"))
			e.ts_us = json_take_double(j, 0);
		else if (span_eq(key, "dur"))
			e.dur_us = json_take_double(j, 0);
		else if (span_eq(key, "pid"))
			e.pid = (int64_t)take_id(j);
		else if (span_eq(key, "tid"))
			e.tid = (int64_t)take_id(j);
		else if (span_eq(key, "id"))
			e.id = take_id(j);
		else if (span_eq(key, "args"))
			read_args(r, &e, arg_name, sizeof(arg_name));
	}
	if (!j->error)
		use_event(r, &e, arg_name);
}

static void read_events(struct reader *r)
{
	if (!json_enter_array(&r->j))
		return;
	while (json_next_element(&r->j))
		read_event(r);
}

static void read_top(struct reader *r)
{
	struct span key;

	r->array = json_kind_next(&r->j) == JSON_KIND_ARRAY;
	if (r->array) {
		read_events(r);
		return;
	}
	if (json_enter_object(&r->j))
		while (json_next_key(&r->j, &key))
			if (span_eq(key, "traceEvents"))
				read_events(r);
}

static int32_t small_id(int64_t id)
{
	return id > 0 && id <= INT32_MAX ? (int32_t)id : 0;
}

static const char *name_of(struct reader *r, int64_t pid, int64_t tid)
{
	vec_foreach (t, &r->threads)
		if (t->pid == pid && t->tid == tid)
			return profile_str(r->spans, t->name);
	return "";
}

static void build_spans(struct reader *r)
{
	struct profile *p = r->spans;
	uint64_t n_over = 0, n_unmatched = 0, n_open = 0;

	vec_foreach (t, &r->threads) {
		uint32_t id = profile_add_thread(
			p, small_id(t->pid), small_id(t->tid), profile_str(p, t->name));

		n_open += t->open.n;
		n_unmatched += t->n_unmatched;
		n_over += chrome_thread_build(t, p, id);
	}
	p->quality.rung = "trace events";
	import_note(p, "spans-of-wall-time",
		"the file has the time between the beginnings and ends that the program wrote "
		"down: "
		"waiting counts, and counts are spans, not samples");
	if (n_open || n_unmatched)
		import_note(p, "spans-unmatched", "%llu spans do not end and %llu do not begin",
			(unsigned long long)n_open, (unsigned long long)n_unmatched);
	if (n_over)
		import_note(p, "spans-overlap",
			"%llu spans reach over the end of the one around them: cut there",
			(unsigned long long)n_over);
}

static void build_cpu(struct reader *r)
{
	struct profile *p = r->cpu;
	uint64_t n_unknown = 0, n_negative = 0;
	int64_t idle_us = 0;

	vec_foreach (c, &r->profiles) {
		uint32_t id = profile_add_thread(p, small_id((int64_t)c->pid), small_id(c->tid),
			name_of(r, (int64_t)c->pid, c->tid));

		chrome_cpu_build(c, p, id);
		n_unknown += c->n_unknown;
		n_negative += c->n_negative;
		idle_us = import_sum(idle_us, c->idle_us);
	}
	p->quality.rung = "V8's sampler";
	p->language = "javascript";
	if (idle_us)
		import_note(p, "idle-left-out", "%.2f s of idle time are left out",
			(double)idle_us / 1e6);
	if (n_negative)
		import_note(p, "time-backwards",
			"%llu samples come before their predecessor and count no time",
			(unsigned long long)n_negative);
	if (n_unknown)
		import_note(p, "samples-without-node",
			"%llu samples name a node that the profile does not have",
			(unsigned long long)n_unknown);
}

static void give(struct reader *r, struct profile *p, struct profile_set *ret)
{
	p->quality.samples = profile_total_count(p);
	p->quality.n_threads = (uint32_t)p->threads.n;
	/* an array may end anywhere */
	if (r->j.truncated)
		import_note(
			p, "file-cut-off", "the file ends too early: what came before is shown");
	if (p->samples.n)
		profile_set_add(ret, p);
	else
		profile_free(p);
}

static void reader_done(struct reader *r)
{
	vec_foreach (t, &r->threads)
		chrome_thread_done(t);
	vec_foreach (c, &r->profiles)
		chrome_cpu_done(c);
	vec_done(&r->threads);
	vec_done(&r->profiles);
	map_u64_done(&r->thread_of);
	map_u64_done(&r->profile_of);
	json_stream_done(&r->j);
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct reader r = { .spans = profile_new(), .cpu = profile_new() };
	struct err broken = { 0 };

	profile_add_type(r.spans, "wall", "nanoseconds");
	profile_add_type(r.cpu, "cpu", "nanoseconds");
	json_stream_init(&r.j, in);
	read_top(&r);

	int result = json_stream_finish(&r.j, &broken);

	if (result == 0 || r.j.truncated) {
		build_cpu(&r);
		build_spans(&r);
		give(&r, r.cpu, ret);
		give(&r, r.spans, ret);
	} else {
		profile_free(r.cpu);
		profile_free(r.spans);
	}
	reader_done(&r);
	if (ret->v.n)
		return 0;
	if (result < 0 && err)
		*err = broken;
	return result < 0 ? result
			  : fail(err, ENODATA, "the trace has neither spans nor a CPU profile");
}

static int detect(struct span head, const char *name)
{
	int first = sniff_first(head);

	if (first == '{' && sniff_has(head, "\"traceEvents\""))
		return 90;
	return (first == '[' || first == '{') && sniff_has(head, "\"ph\"") &&
			sniff_has(head, "\"pid\"")
		? 75
		: 0;
}

const struct format chrome_trace_format = {
	.id = "chrome-trace",
	.title = "Chrome trace events",
	.detect = detect,
	.read = read_file,
};
