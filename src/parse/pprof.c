/* SPDX-License-Identifier: MIT */
/* Reads pprof files field by field into small arrays. */
#include "parse/pprof.h"

#include "base/compiler.h"
#include "base/buf.h"
#include "parse/format.h"
#include "parse/proto_reader.h"

#include <errno.h>
#include <stdlib.h>

/* Field numbers: google/pprof proto/profile.proto. */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING_TABLE = 6,
	PROFILE_DROP_FRAMES = 7,
	PROFILE_KEEP_FRAMES = 8,
	PROFILE_TIME_NANOS = 9,
	PROFILE_DURATION_NANOS = 10,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_PERIOD = 12,
	PROFILE_COMMENT = 13,
	PROFILE_DEFAULT_SAMPLE_TYPE = 14,
	PROFILE_DOC_URL = 15,
};

enum {
	MAX_MESSAGE_BYTES = 64 << 20,
	MAX_FRAMES = 64 << 10,  /* of one stack */
	MAX_SMALL_ID = 1 << 22, /* kept in an array of that many numbers at most */
	MAX_LINES = 4096,       /* inlined into one location */
};

/* Makes a vector reach an index, with zeroed elements. */
#define VEC_REACH(vec, index)                                          \
	do {                                                           \
		while ((vec)->n <= (index))                            \
			*vec_push(vec) = (__typeof__(*(vec)->v)){ 0 }; \
	} while (0)

static uint32_t dense(struct pprof_ids *ids, uint64_t id)
{
	uint32_t *slot;

	if (id < MAX_SMALL_ID) {
		VEC_REACH(&ids->small, id);
		slot = &ids->small.v[id];
	} else {
		slot = map_u64_put(&ids->large, id, NULL);
	}
	if (!*slot)
		*slot = ++ids->n;
	return *slot;
}

static struct pprof_type read_type(struct span bytes)
{
	struct proto_reader r = proto_reader_of(bytes);
	struct pprof_type ret = { 0 };
	struct proto_field field;

	while (proto_next(&r, &field)) {
		if (field.number == 1)
			ret.name = field.value;
		else if (field.number == 2)
			ret.unit = field.value;
	}
	return ret;
}

static uint32_t label_set(struct pprof_file *f, struct span bytes)
{
	uint64_t h = hash_bytes(bytes.p, bytes.n, 0);

	/* the index is by hash; different sets with one hash walk on to the next key */
	for (;; h++) {
		bool fresh;
		uint32_t *slot = map_u64_put(&f->label_index, h, &fresh);

		if (fresh) {
			*slot = (uint32_t)f->labels.n;
			*vec_push(&f->labels) =
				span_of(arena_strndup(&f->arena, bytes.p, bytes.n), bytes.n);
			return *slot;
		}
		struct span have = f->labels.v[*slot];

		if (have.n == bytes.n && memcmp(have.p, bytes.p, bytes.n) == 0)
			return *slot;
	}
}

/* The tree node of the stack in f->path (leaf first). */
static uint32_t add_path(struct pprof_file *f)
{
	uint32_t node = 0;
	size_t n = f->path.n, same = 0;

	/* neighbours in a file often share the way from the root */
	while (same < n && same < f->last_path.n &&
		f->nodes.v[f->last_path.v[same]].location == f->path.v[n - 1 - same])
		same++;
	f->last_path.n = same;
	if (same)
		node = f->last_path.v[same - 1];
	for (size_t i = n - same; i-- > 0;) {
		bool fresh;
		uint32_t *slot =
			map_u64_put(&f->node_index, (uint64_t)node << 32 | f->path.v[i], &fresh);

		if (fresh) {
			*slot = (uint32_t)f->nodes.n;
			*vec_push(&f->nodes) =
				(struct pprof_node){ .parent = node, .location = f->path.v[i] };
		}
		node = *slot;
		*vec_push(&f->last_path) = node;
	}
	return node;
}

static void read_sample(struct pprof_file *f, struct span bytes, struct buf *labels)
{
	struct proto_reader r = proto_reader_of(bytes);
	struct pprof_sample s = { .first_value = (uint32_t)f->values.n };
	struct proto_field field;
	uint64_t v;

	f->path.n = 0;
	buf_clear(labels);
	while (proto_next(&r, &field)) {
		struct proto_each e = proto_each_of(&field);

		if (field.number == 1) {
			while (proto_each(&e, &v)) {
				if (f->path.n == MAX_FRAMES) {
					f->profile->quality.truncated++;
					break;
				}
				*vec_push(&f->path) = dense(&f->location_ids, v);
			}
		} else if (field.number == 2) {
			while (proto_each(&e, &v) && s.n_values < PPROF_MAX_TYPES) {
				*vec_push(&f->values) = (int64_t)v;
				s.n_values++;
			}
		} else if (field.number == 3 && field.wire == PROTO_BYTES) {
			uint32_t n = (uint32_t)field.bytes.n;

			buf_add(labels, &n, sizeof(n));
			buf_add(labels, field.bytes.p, field.bytes.n);
		}
	}
	if (r.bad)
		f->cut = true;
	if (labels->n)
		s.labels = label_set(f, buf_span(labels));
	s.node = add_path(f);
	*vec_push(&f->samples) = s;
}

static void read_mapping(struct pprof_file *f, struct span bytes)
{
	struct proto_reader r = proto_reader_of(bytes);
	struct pprof_mapping m = { .known = true };
	struct proto_field field;
	uint64_t id = 0;

	while (proto_next(&r, &field)) {
		switch (field.number) {
		case 1:
			id = field.value;
			break;
		case 2:
			m.start = field.value;
			break;
		case 3:
			m.limit = field.value;
			break;
		case 4:
			m.offset = field.value;
			break;
		case 5:
			m.file = field.value;
			break;
		case 6:
			m.build_id = field.value;
			break;
		}
	}
	uint32_t number = dense(&f->mapping_ids, id);

	VEC_REACH(&f->mappings, number);
	f->mappings.v[number] = m;
}

static void read_line(struct pprof_file *f, struct pprof_location *l, struct span bytes)
{
	struct proto_reader r = proto_reader_of(bytes);
	struct pprof_line line = { 0 };
	struct proto_field field;

	while (proto_next(&r, &field)) {
		if (field.number == 1)
			line.function = dense(&f->function_ids, field.value);
		else if (field.number == 2)
			line.line = field.value > INT32_MAX ? 0 : (uint32_t)field.value;
	}
	if (l->n_lines < MAX_LINES) {
		*vec_push(&f->lines) = line;
		l->n_lines++;
	}
}

static void read_location(struct pprof_file *f, struct span bytes)
{
	struct proto_reader r = proto_reader_of(bytes);
	struct pprof_location l = { .first_line = (uint32_t)f->lines.n, .known = true };
	struct proto_field field;
	uint64_t id = 0;

	while (proto_next(&r, &field)) {
		switch (field.number) {
		case 1:
			id = field.value;
			break;
		case 2:
			l.mapping = field.value ? dense(&f->mapping_ids, field.value) : 0;
			break;
		case 3:
			l.address = field.value;
			break;
		case 4:
			read_line(f, &l, field.bytes);
			break;
		}
	}
	uint32_t number = dense(&f->location_ids, id);

	VEC_REACH(&f->locations, number);
	f->locations.v[number] = l;
}

static void read_function(struct pprof_file *f, struct span bytes)
{
	struct proto_reader r = proto_reader_of(bytes);
	struct pprof_function fn = { .known = true };
	struct proto_field field;
	uint64_t id = 0;

	while (proto_next(&r, &field)) {
		switch (field.number) {
		case 1:
			id = field.value;
			break;
		case 2:
			fn.name = field.value;
			break;
		case 3:
			fn.system_name = field.value;
			break;
		case 4:
			fn.file = field.value;
			break;
		case 5:
			fn.start_line = field.value > INT32_MAX ? 0 : (uint32_t)field.value;
			break;
		}
	}
	uint32_t number = dense(&f->function_ids, id);

	VEC_REACH(&f->functions, number);
	f->functions.v[number] = fn;
}

static void read_message(
	struct pprof_file *f, uint32_t number, struct span bytes, struct buf *labels)
{
	switch (number) {
	case PROFILE_SAMPLE_TYPE:
		if (f->n_types < PPROF_MAX_TYPES)
			f->types[f->n_types++] = read_type(bytes);
		break;
	case PROFILE_SAMPLE:
		read_sample(f, bytes, labels);
		break;
	case PROFILE_MAPPING:
		read_mapping(f, bytes);
		break;
	case PROFILE_LOCATION:
		read_location(f, bytes);
		break;
	case PROFILE_FUNCTION:
		read_function(f, bytes);
		break;
	case PROFILE_STRING_TABLE:
		*vec_push(&f->strings) = strtab_addn(&f->profile->strings, bytes.p, bytes.n);
		break;
	case PROFILE_PERIOD_TYPE:
		f->period_type = read_type(bytes);
		break;
	}
}

static void read_number(struct pprof_file *f, uint32_t number, uint64_t value)
{
	switch (number) {
	case PROFILE_DROP_FRAMES:
		f->drop_frames = value;
		break;
	case PROFILE_KEEP_FRAMES:
		f->keep_frames = value;
		break;
	case PROFILE_DURATION_NANOS:
		f->duration_ns = value;
		break;
	case PROFILE_PERIOD:
		f->period = value;
		break;
	case PROFILE_DEFAULT_SAMPLE_TYPE:
		f->default_type = value;
		break;
	}
}

/* One field off the stream. 1, 0 at the end, -ENODATA when cut, -EBADMSG when not pprof. */
static int read_field(struct pprof_file *f, struct byte_stream *in, struct buf *labels)
{
	struct span have = byte_stream_peek(in, 20);
	struct proto_reader r = proto_reader_of(have);
	uint64_t tag, n;

	if (!have.n)
		return 0;
	if (!proto_next_varint(&r, &tag))
		return have.n < 10 ? -ENODATA : -EBADMSG;
	if ((tag & 7) == PROTO_BYTES) {
		if (!proto_next_varint(&r, &n))
			return -ENODATA;
		if (n > MAX_MESSAGE_BYTES)
			return -EBADMSG;
		size_t head = (size_t)(r.p - have.p);

		have = byte_stream_peek(in, head + (size_t)n);
		if (have.n < head + n)
			return -ENODATA;
		read_message(f, (uint32_t)(tag >> 3), span_of(have.p + head, (size_t)n), labels);
		byte_stream_skip(in, head + (size_t)n);
		return 1;
	}
	struct proto_field field;

	r = proto_reader_of(have);
	if (!proto_next(&r, &field))
		return have.n < 20 ? -ENODATA : -EBADMSG;
	read_number(f, field.number, field.value);
	byte_stream_skip(in, (size_t)(r.p - have.p));
	return 1;
}

static void pprof_file_done(struct pprof_file *f)
{
	struct pprof_ids *ids[] = { &f->location_ids, &f->function_ids, &f->mapping_ids };

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		vec_done(&ids[i]->small);
		map_u64_done(&ids[i]->large);
	}
	vec_done(&f->strings);
	vec_done(&f->locations);
	vec_done(&f->functions);
	vec_done(&f->mappings);
	vec_done(&f->lines);
	vec_done(&f->nodes);
	vec_done(&f->samples);
	vec_done(&f->values);
	vec_done(&f->labels);
	vec_done(&f->path);
	vec_done(&f->last_path);
	map_u64_done(&f->node_index);
	map_u64_done(&f->label_index);
	arena_done(&f->arena);
	profile_freep(&f->profile);
}

static int pprof_read(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	_cleanup_(pprof_file_done) struct pprof_file f = { .profile = profile_new() };
	_cleanup_(buf_done) struct buf labels = { .max = MAX_MESSAGE_BYTES };
	int r;

	*vec_push(&f.nodes) = (struct pprof_node){ 0 };
	*vec_push(&f.labels) = (struct span){ 0 };
	do {
		r = read_field(&f, in, &labels);
	} while (r > 0);
	if (r == -EBADMSG)
		return fail(err, EBADMSG, "not a pprof file: no valid field at byte %llu",
			(unsigned long long)in->consumed);
	f.cut |= r == -ENODATA || in->error;
	r = pprof_build(&f, err);
	if (r < 0)
		return r;
	profile_set_add(ret, f.profile);
	f.profile = NULL;
	return 0;
}

/* A sample type has nothing but two small numbers, and every message nothing but its own fields. */
static bool is_type(struct span bytes)
{
	struct proto_reader r = proto_reader_of(bytes);
	struct proto_field field;
	bool any = false;

	while (proto_next(&r, &field)) {
		if (field.wire != PROTO_VARINT || field.number > 2 || field.value > 1 << 20)
			return false;
		any = true;
	}
	return any && !r.bad;
}

static int pprof_detect(struct span head, const char *name)
{
	struct proto_reader r = proto_reader_of(head);
	struct proto_field field;
	unsigned fields = 0, types = 0;

	while (proto_next(&r, &field)) {
		bool message =
			field.number <= PROFILE_STRING_TABLE || field.number == PROFILE_PERIOD_TYPE;

		if (field.number > PROFILE_DOC_URL ||
			(message ? field.wire != PROTO_BYTES
					: field.number == PROFILE_COMMENT
					? field.wire != PROTO_BYTES && field.wire != PROTO_VARINT
					: field.wire != PROTO_VARINT))
			return 0;
		if (field.number == PROFILE_SAMPLE_TYPE) {
			if (!is_type(field.bytes))
				return 0;
			types++;
		}
		fields++;
	}
	/* the last field may be cut by the end of the head */
	if (types && fields >= 2)
		return 85;
	return fields >= 50 ? 40 : 0;
}

const struct format pprof_format = {
	.id = "pprof",
	.title = "pprof (protobuf)",
	.detect = pprof_detect,
	.read = pprof_read,
};
