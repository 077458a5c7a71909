/* SPDX-License-Identifier: MIT */
/*
 * pprof's profile.proto. The model keeps no addresses, so locations carry their lines and no
 * address; a location is a physical frame with everything inlined into it, innermost first.
 */
#include "render/pprof.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/vec.h"
#include "render/proto.h"
#include "render/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

/* Field numbers: google/pprof proto/profile.proto. */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING_TABLE = 6,
	PROFILE_TIME_NANOS = 9,
	PROFILE_DURATION_NANOS = 10,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_PERIOD = 12,
	PROFILE_COMMENT = 13,
	PROFILE_DEFAULT_SAMPLE_TYPE = 14,
	VALUE_TYPE = 1,
	VALUE_UNIT = 2,
	SAMPLE_LOCATION_ID = 1,
	SAMPLE_VALUE = 2,
	SAMPLE_LABEL = 3,
	LABEL_KEY = 1,
	LABEL_STR = 2,
	LABEL_NUM = 3,
	MAPPING_ID = 1,
	MAPPING_FILENAME = 5,
	MAPPING_HAS_FUNCTIONS = 7,
	MAPPING_HAS_FILENAMES = 8,
	MAPPING_HAS_LINE_NUMBERS = 9,
	MAPPING_HAS_INLINE_FRAMES = 10,
	LOCATION_ID = 1,
	LOCATION_MAPPING_ID = 2,
	LOCATION_LINE = 4,
	LINE_FUNCTION_ID = 1,
	LINE_LINE = 2,
	FUNCTION_ID = 1,
	FUNCTION_NAME = 2,
	FUNCTION_SYSTEM_NAME = 3,
	FUNCTION_FILENAME = 4,
	FUNCTION_START_LINE = 5,
};

struct pprof {
	const struct profile *p;
	struct strtab strings; /* the file's string table; id 0 is "" as the format wants */
	struct buf out, part, inner;
	struct map_u64 functions; /* name and file -> id */
	struct map_u64 mappings;  /* module -> id */
	struct map_u64 chains;    /* see chain_number */
	struct map_u64 locations; /* chain number -> id */
	uint32_t n_functions, n_mappings, n_locations;
	vec_of(uint64_t) stack; /* location ids, leaf first */
};

static uint32_t text(struct pprof *w, const char *s)
{
	return strtab_add(&w->strings, s);
}

static void value_type(struct pprof *w, unsigned field, const char *name, const char *unit)
{
	proto_uint(&w->part, VALUE_TYPE, text(w, name));
	proto_uint(&w->part, VALUE_UNIT, text(w, unit));
	proto_message(&w->out, field, &w->part);
}

static uint32_t mapping(struct pprof *w, uint32_t module)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&w->mappings, module, &fresh);

	if (!fresh)
		return *slot;
	*slot = ++w->n_mappings;
	proto_uint(&w->part, MAPPING_ID, *slot);
	proto_uint(&w->part, MAPPING_FILENAME, text(w, profile_str(w->p, module)));
	/* symbols are already here: pprof must not look for the files */
	proto_bool(&w->part, MAPPING_HAS_FUNCTIONS, true);
	proto_bool(&w->part, MAPPING_HAS_FILENAMES, true);
	proto_bool(&w->part, MAPPING_HAS_LINE_NUMBERS, true);
	proto_bool(&w->part, MAPPING_HAS_INLINE_FRAMES, true);
	uint32_t id = *slot;

	proto_message(&w->out, PROFILE_MAPPING, &w->part);
	return id;
}

/* pprof takes the first mapping for the program: the module that most application code is from. */
static uint32_t main_module(const struct profile *p)
{
	uint64_t *weight = xcalloc(p->strings.n + 1, sizeof(*weight)), most = 0;
	uint32_t best = 0;

	vec_foreach (s, &p->samples) {
		uint32_t module = 0;

		for (uint32_t n = s->stack; n; n = p->stacks.v[n].parent) {
			const struct frame *f = &p->frames.v[p->stacks.v[n].frame];

			if (f->kind == FRAME_APP && f->module)
				module = f->module;
		}
		weight[module] += s->count;
	}
	for (uint32_t i = 1; i < p->strings.n; i++) {
		if (weight[i] > most) {
			most = weight[i];
			best = i;
		}
	}
	free(weight);
	return best;
}

static uint32_t function(struct pprof *w, const struct frame *f)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&w->functions, (uint64_t)f->function << 32 | f->file, &fresh);

	if (!fresh)
		return *slot;
	*slot = ++w->n_functions;
	uint32_t id = *slot;
	struct buf *b = &w->inner;

	proto_uint(b, FUNCTION_ID, id);
	proto_uint(b, FUNCTION_NAME, text(w, profile_str(w->p, f->function)));
	proto_uint(b, FUNCTION_SYSTEM_NAME,
		text(w, profile_str(w->p, f->linkage ? f->linkage : f->function)));
	proto_uint(b, FUNCTION_FILENAME, text(w, profile_str(w->p, f->file)));
	proto_uint(b, FUNCTION_START_LINE, f->decl_line);
	proto_message(&w->out, PROFILE_FUNCTION, b);
	return id;
}

static const struct frame *frame_of(const struct pprof *w, uint32_t node)
{
	return &w->p->frames.v[w->p->stacks.v[node].frame];
}

/* The physical frame that a node was inlined into, or the node itself. */
static uint32_t physical(const struct pprof *w, uint32_t node)
{
	while (frame_of(w, node)->inlined && w->p->stacks.v[node].parent)
		node = w->p->stacks.v[node].parent;
	return node;
}

/*
 * Equal chains of frames must share a location, wherever they are in the tree: chains are numbered
 * frame by frame, (number of the chain so far, next frame) -> number.
 */
static uint32_t chain_number(struct pprof *w, uint32_t node, uint32_t base)
{
	/* leaf to base; inlining is a few levels deep, a hostile chain is not worth a recursion */
	uint32_t number = 0;

	for (uint32_t n = node;; n = w->p->stacks.v[n].parent) {
		bool fresh;
		uint32_t *slot = map_u64_put(
			&w->chains, (uint64_t)number << 32 | w->p->stacks.v[n].frame, &fresh);

		if (fresh)
			*slot = (uint32_t)w->chains.n;
		number = *slot;
		if (n == base)
			return number;
	}
}

static uint32_t location(struct pprof *w, uint32_t node, uint32_t base)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&w->locations, chain_number(w, node, base), &fresh);

	if (!fresh)
		return *slot;
	uint32_t id = *slot = ++w->n_locations;
	uint32_t module = frame_of(w, base)->module;
	uint32_t map_id = module ? mapping(w, module) : 0;
	struct buf lines = { 0 };

	for (uint32_t n = node;; n = w->p->stacks.v[n].parent) {
		uint32_t function_id = function(w, frame_of(w, n));

		proto_uint(&w->inner, LINE_FUNCTION_ID, function_id);
		proto_uint(&w->inner, LINE_LINE, frame_of(w, n)->line);
		proto_message(&lines, LOCATION_LINE, &w->inner);
		if (n == base)
			break;
	}
	proto_uint(&w->part, LOCATION_ID, id);
	proto_uint(&w->part, LOCATION_MAPPING_ID, map_id);
	buf_add(&w->part, lines.p, lines.n);
	proto_message(&w->out, PROFILE_LOCATION, &w->part);
	buf_done(&lines);
	return id;
}

static void label(
	struct pprof *w, struct buf *sample, const char *key, const char *str, uint64_t num)
{
	proto_uint(&w->inner, LABEL_KEY, text(w, key));
	if (str)
		proto_uint(&w->inner, LABEL_STR, text(w, str));
	else
		proto_uint(&w->inner, LABEL_NUM, num);
	proto_message(sample, SAMPLE_LABEL, &w->inner);
}

static void sample(struct pprof *w, const struct profile_sample *s)
{
	uint64_t values[PROFILE_MAX_VALUES + 1] = { s->count };
	struct buf m = { 0 };

	w->stack.n = 0;
	for (uint32_t node = s->stack; node;) {
		uint32_t base = physical(w, node);

		*vec_push(&w->stack) = location(w, node, base);
		node = w->p->stacks.v[base].parent;
	}
	for (unsigned i = 0; i < w->p->n_types; i++)
		values[i + 1] = (uint64_t)s->value[i];
	proto_packed(&m, SAMPLE_LOCATION_ID, w->stack.v, w->stack.n);
	proto_packed(&m, SAMPLE_VALUE, values, w->p->n_types + 1u);
	if (s->thread < w->p->threads.n) {
		const struct profile_thread *t = &w->p->threads.v[s->thread];

		label(w, &m, "thread", profile_str(w->p, t->name), 0);
		label(w, &m, "pid", NULL, (uint64_t)t->pid);
		label(w, &m, "tid", NULL, (uint64_t)t->tid);
	}
	proto_message(&w->out, PROFILE_SAMPLE, &m);
	buf_done(&m);
}

static void comment(struct pprof *w, const char *s)
{
	proto_uint(&w->out, PROFILE_COMMENT, text(w, s));
}

static void comments(struct pprof *w)
{
	const struct profile_quality *q = &w->p->quality;
	char *line = xasprintf("perf-ops " PERF_OPS_VERSION
			       ": %llu samples, %llu lost, %llu cut stacks, %s",
		(unsigned long long)q->samples, (unsigned long long)q->lost,
		(unsigned long long)q->truncated, q->rung ? q->rung : "rung unknown");

	if (*w->p->command)
		comment(w, w->p->command);
	comment(w, line);
	free(line);
	for (const struct caveat *k = w->p->caveats.first; k; k = k->next)
		comment(w, k->text);
}

static int gzip(struct sink *out, const struct buf *raw, struct err *err)
{
	z_stream z = { 0 };
	unsigned char chunk[16384];

	/* 15 + 16: largest window, gzip header (zlib.h); its time field stays 0 */
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
		Z_OK)
		return fail(err, ENOMEM, "cannot start compression");
	z.next_in = (unsigned char *)raw->p; /* zlib's interface lacks the const */
	z.avail_in = (uInt)raw->n;
	int r;

	do {
		z.next_out = chunk;
		z.avail_out = sizeof(chunk);
		r = deflate(&z, Z_FINISH);
		sink_write(out, chunk, sizeof(chunk) - z.avail_out);
	} while (r == Z_OK);
	deflateEnd(&z);
	return r == Z_STREAM_END ? 0 : fail(err, EIO, "compression failed");
}

int pprof_write(
	struct sink *out, const struct profile *p, const struct pprof_opts *opts, struct err *err)
{
	struct pprof w = { .p = p };

	strtab_init(&w.strings);
	value_type(&w, PROFILE_SAMPLE_TYPE, "samples", "count");
	for (unsigned i = 0; i < p->n_types; i++)
		value_type(&w, PROFILE_SAMPLE_TYPE, p->types[i].name, p->types[i].unit);
	uint32_t program = main_module(p);

	if (program)
		mapping(&w, program);
	vec_foreach (s, &p->samples)
		sample(&w, s);
	if (p->period_ns) {
		value_type(&w, PROFILE_PERIOD_TYPE, p->n_types ? p->types[0].name : "cpu",
			"nanoseconds");
		proto_uint(&w.out, PROFILE_PERIOD, p->period_ns);
	}
	proto_uint(&w.out, PROFILE_TIME_NANOS, opts ? opts->time_ns : 0);
	proto_uint(&w.out, PROFILE_DURATION_NANOS, p->quality.duration_ns);
	if (p->n_types)
		proto_uint(&w.out, PROFILE_DEFAULT_SAMPLE_TYPE, text(&w, p->types[0].name));
	comments(&w);
	for (uint32_t i = 0; i < w.strings.n; i++) {
		const char *s = strtab_get(&w.strings, i);

		proto_bytes(&w.out, PROFILE_STRING_TABLE, s, strlen(s));
	}
	int r = w.out.overflow ? fail(err, EFBIG, "the profile is too large for a pprof file")
			       : gzip(out, &w.out, err);

	strtab_done(&w.strings);
	buf_done(&w.out);
	buf_done(&w.part);
	buf_done(&w.inner);
	map_u64_done(&w.functions);
	map_u64_done(&w.mappings);
	map_u64_done(&w.chains);
	map_u64_done(&w.locations);
	vec_done(&w.stack);
	return r;
}

static int write_profile(
	struct sink *out, const struct profile *p, const struct writer_opts *opts, struct err *err)
{
	return pprof_write(out, p, &(struct pprof_opts){ .time_ns = opts->time_ns }, err);
}

const struct writer pprof_writer = {
	.id = "pprof",
	.title = "pprof (protobuf, gzip)",
	.extensions = ".pb.gz .pprof.gz .pprof .prof",
	.write = write_profile,
};
