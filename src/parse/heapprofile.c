/* SPDX-License-Identifier: MIT */
/*
 * V8's sampling heap profiler (js_protocol.pdl, HeapProfiler.SamplingHeapProfile): a tree of call
 * frames with the bytes allocated there that are still alive, already scaled up from the samples.
 */
#include "parse/heapprofile.h"

#include "parse/format.h"
#include "parse/sniff.h"
#include "parse/v8_script.h"

#include <errno.h>

enum { MAX_NESTING = 2000 };

struct held {
	uint32_t stack;
	uint64_t id;
	int64_t bytes;
};

struct reading {
	struct json_stream *j;
	struct strtab strings;
	struct profile *p;
	uint32_t thread;
	struct map_u64 counts; /* node id -> number of samples */
	vec_of(struct held) held;
	unsigned too_deep;
};

/*
 * Children come before or after the node's own call frame: until that is known they cannot be
 * placed. V8 writes callFrame first; a file that does not is read with its children at the root.
 */
static void read_node(struct reading *r, uint32_t parent, unsigned depth)
{
	struct span key;
	struct v8_call call = { 0 };
	struct held h = { .stack = parent };

	if (!json_enter_object(r->j))
		return;
	while (json_next_key(r->j, &key)) {
		if (span_eq(key, "callFrame")) {
			v8_call_read(r->j, &r->strings, &call);
			if (depth > 0) /* the outermost is "(root)" */
				h.stack = profile_add_stack(
					r->p, parent, v8_call_frame(r->p, &r->strings, &call, 0));
		} else if (span_eq(key, "selfSize")) {
			h.bytes = json_take_i64(r->j, 0);
		} else if (span_eq(key, "id")) {
			h.id = (uint64_t)json_take_i64(r->j, 0);
		} else if (span_eq(key, "children") && json_enter_array(r->j)) {
			while (json_next_element(r->j)) {
				if (depth < MAX_NESTING)
					read_node(r, h.stack, depth + 1);
				else
					r->too_deep++;
			}
		}
	}
	if (h.bytes <= 0)
		return;
	if (r->held.n >= IMPORT_MAX_ROWS)
		json_stream_stop(r->j, -EFBIG, "the profile has too many entries");
	else
		*vec_push(&r->held) = h;
}

static void read_samples(struct reading *r)
{
	struct span key;

	if (!json_enter_array(r->j))
		return;
	while (json_next_element(r->j)) {
		if (!json_enter_object(r->j))
			continue;
		while (json_next_key(r->j, &key))
			if (span_eq(key, "nodeId"))
				++*map_u64_put(&r->counts, (uint64_t)json_take_i64(r->j, 0), NULL);
	}
}

struct profile *heapprofile_read_value(
	struct json_stream *j, int32_t pid, int32_t tid, const char *thread)
{
	struct reading r = { .j = j, .p = profile_new() };
	struct span key;

	strtab_init(&r.strings);
	profile_add_type(r.p, "inuse_space", "bytes");
	r.thread = profile_add_thread(r.p, pid, tid, thread);
	if (json_enter_object(j))
		while (json_next_key(j, &key)) {
			if (span_eq(key, "head"))
				read_node(&r, 0, 0);
			else if (span_eq(key, "samples"))
				read_samples(&r);
		}
	vec_foreach (h, &r.held) {
		const uint32_t *n = map_u64_get(&r.counts, h->id);

		profile_add_sample(r.p, h->stack, r.thread, 0, n ? *n : 1, &h->bytes);
	}
	import_note(r.p, "live-sampled-heap",
		"sampled bytes of JavaScript objects that were alive at the end, not all that was "
		"allocated; buffers and native memory are not in it");
	if (j->truncated)
		import_note(
			r.p, "file-cut-off", "the file ends too early: what came before is shown");
	r.p->quality.samples = profile_total_count(r.p);
	r.p->quality.n_threads = 1;
	r.p->quality.rung = "V8's heap sampler";
	strtab_done(&r.strings);
	map_u64_done(&r.counts);
	vec_done(&r.held);
	if (r.p->samples.n)
		return r.p;
	profile_free(r.p);
	return NULL;
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct json_stream j;
	struct err broken = { 0 };

	json_stream_init(&j, in);
	struct profile *p = heapprofile_read_value(&j, 0, 0, "main");
	int r = json_stream_finish(&j, &broken);

	if (p && (r == 0 || j.truncated)) {
		profile_set_add(ret, p);
		r = 0;
	} else {
		profile_free(p);
		if (r < 0 && err)
			*err = broken;
		if (r == 0)
			r = fail(err, ENODATA, "the V8 heap profile holds no bytes");
	}
	json_stream_done(&j);
	return r;
}

static int detect(struct span head, const char *name)
{
	if (sniff_first(head) != '{')
		return 0;
	if (sniff_has(head, "\"head\"") && sniff_has(head, "\"selfSize\""))
		return 90;
	return name && strstr(name, ".heapprofile") ? 85 : 0;
}

const struct format heapprofile_format = {
	.id = "heapprofile", .title = "V8 heap profile (JSON)", .detect = detect, .read = read_file
};
