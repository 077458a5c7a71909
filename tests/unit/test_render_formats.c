/* SPDX-License-Identifier: MIT */
/*
 * Files for other tools, read back here: weights add up, every reference resolves, names cannot
 * break the format. tests/all/formats.sh opens the same files with the tools themselves.
 */
#include "golden.h"
#include "sample_models.h"
#include "stacks_file.h"

#include "base/alloc.h"
#include "render/collapsed.h"
#include "render/pprof.h"
#include "render/speedscope.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <zlib.h>

#include <cmocka.h>

static const char *const inputs[] = { "ledger", "cpp", "threads" };

static struct profile *load(const char *name)
{
	char *path = xasprintf("render/%s.stacks", name);
	struct profile *p = stacks_file_load(golden_path(path));

	free(path);
	return p;
}

static void test_collapsed(void **state)
{
	struct profile *p = load("ledger");
	struct buf b = { 0 };
	struct sink out;

	sink_to_buf(&out, &b);
	collapsed_write(&out, p, &(struct collapsed_opts){ .type = -1, .kind_suffix = true });
	golden_check("render/ledger.collapsed", &b);
	buf_clear(&b);
	collapsed_write(&out, p, &(struct collapsed_opts){ .type = 0, .thread_root = true });
	struct span s = buf_span(&b), line;
	int64_t sum = 0;

	while (span_next_line(&s, &line)) {
		assert_true(span_starts(line, "ledger-17535/17535;"));
		const char *at = memrchr(line.p, ' ', line.n);
		uint64_t n;

		assert_true(span_parse_u64(
			span_of(at + 1, line.n - (size_t)(at + 1 - (const char *)line.p)), &n));
		sum += (int64_t)n;
	}
	assert_int_equal(sum, profile_total(p, 0));
	buf_done(&b);
	profile_free(p);
}

/* One line per stack whatever the names hold: ';' and newlines in them must not make frames or
 * lines. */
static void test_collapsed_hostile(void **state)
{
	struct profile *p = sample_hostile_profile();
	struct buf b = { 0 };
	struct sink out;
	struct span s, line;
	size_t lines = 0;

	sink_to_buf(&out, &b);
	collapsed_write(&out, p, &(struct collapsed_opts){ .type = -1 });
	for (s = buf_span(&b); span_next_line(&s, &line); lines++) {
		size_t frames = 1;

		for (size_t i = 0; i < line.n; i++) {
			frames += line.p[i] == ';';
			assert_true(line.p[i] >= 0x20);
		}
		assert_true(frames <= 6);
		assert_int_equal(line.p[line.n - 1], '5');
	}
	assert_int_equal(lines, 6);
	buf_done(&b);
	profile_free(p);
}

static json_t *speedscope_of(const struct profile *p)
{
	struct buf b = { 0 };
	struct sink out;
	json_error_t error;

	sink_to_buf(&out, &b);
	speedscope_write(&out, p);
	json_t *v = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, &error);

	if (!v)
		fail_msg("invalid JSON: %s", error.text);
	buf_done(&b);
	return v;
}

static void test_speedscope(void **state)
{
	for (size_t k = 0; k < ARRAY_LEN(inputs); k++) {
		struct profile *p = load(inputs[k]);
		json_t *v = speedscope_of(p), *one, *stack, *frame;
		size_t frames =
			json_array_size(json_object_get(json_object_get(v, "shared"), "frames"));
		size_t i, j, n;
		json_int_t sum = 0;

		json_array_foreach(json_object_get(v, "profiles"), i, one)
		{
			json_t *samples = json_object_get(one, "samples"),
			       *weights = json_object_get(one, "weights");
			json_int_t here = 0;

			assert_string_equal(
				json_string_value(json_object_get(one, "unit")), "nanoseconds");
			assert_int_equal(json_array_size(samples), json_array_size(weights));
			json_array_foreach(weights, j, frame) here += json_integer_value(frame);
			assert_int_equal(
				json_integer_value(json_object_get(one, "endValue")), here);
			json_array_foreach(samples, j, stack) json_array_foreach(stack, n, frame)
				assert_true(json_integer_value(frame) < (json_int_t)frames);
			sum += here;
		}
		assert_int_equal(sum, profile_total(p, 0));
		json_decref(v);
		profile_free(p);
	}
	struct profile *evil = sample_hostile_profile();

	json_decref(speedscope_of(evil));
	profile_free(evil);
}

/* ---- pprof, decoded field by field ---------------------------------------------------------- */

enum { MAX_ID = 4096 };

struct decoded {
	bool function[MAX_ID], mapping[MAX_ID], location[MAX_ID];
	struct span string[MAX_ID];
	size_t n_strings, n_samples, max_lines;
	uint64_t value[2], period, used_location[MAX_ID], first_mapping_name;
	size_t n_used;
};

static struct buf unzip(const struct buf *packed)
{
	struct buf out = { 0 };
	z_stream z = { .next_in = (unsigned char *)packed->p, .avail_in = (unsigned)packed->n };
	unsigned char chunk[4096];
	int r;

	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	do {
		z.next_out = chunk;
		z.avail_out = sizeof(chunk);
		r = inflate(&z, Z_NO_FLUSH);
		buf_add(&out, chunk, sizeof(chunk) - z.avail_out);
	} while (r == Z_OK);
	assert_int_equal(r, Z_STREAM_END);
	inflateEnd(&z);
	return out;
}

/* Next field of a message: its number, and either a number or bytes. False at the end. */
static bool field(struct cursor *c, unsigned *no, uint64_t *v, struct span *bytes)
{
	if (c->at >= c->s.n)
		return false;
	uint64_t key = cursor_uleb(c);

	*no = (unsigned)(key >> 3);
	if ((key & 7) == 0)
		*v = cursor_uleb(c);
	else if ((key & 7) == 2)
		*bytes = cursor_bytes(c, cursor_uleb(c));
	else
		fail_msg("wire type %d", (int)(key & 7));
	assert_false(c->bad);
	return true;
}

static void decode_sample(struct decoded *d, struct span s)
{
	struct cursor c = cursor_of(s, 0);
	unsigned no;
	uint64_t v;
	struct span bytes;

	d->n_samples++;
	while (field(&c, &no, &v, &bytes)) {
		struct cursor list = cursor_of(bytes, 0);

		for (size_t i = 0; no <= 2 && list.at < list.s.n; i++) {
			uint64_t x = cursor_uleb(&list);

			if (no == 1)
				d->used_location[d->n_used++ % MAX_ID] = x;
			else
				d->value[i] += x;
		}
	}
}

static void decode_location(struct decoded *d, struct span s)
{
	struct cursor c = cursor_of(s, 0);
	unsigned no;
	uint64_t v, id = 0;
	struct span bytes;
	size_t lines = 0;

	while (field(&c, &no, &v, &bytes)) {
		if (no == 1)
			id = v;
		else if (no == 2)
			assert_true(d->mapping[v]);
		else if (no == 4) {
			struct cursor line = cursor_of(bytes, 0);
			struct span unused;

			lines++;
			while (field(&line, &no, &v, &unused))
				if (no == 1)
					assert_true(d->function[v]);
		}
	}
	assert_true(id > 0 && id < MAX_ID && lines > 0);
	d->location[id] = true;
	d->max_lines = MAX(d->max_lines, lines);
}

static uint64_t first_id(struct span s, unsigned wanted)
{
	struct cursor c = cursor_of(s, 0);
	unsigned no;
	uint64_t v = 0;
	struct span bytes;

	while (field(&c, &no, &v, &bytes))
		if (no == wanted)
			return v;
	return 0;
}

static void decode(struct decoded *d, struct span s)
{
	struct cursor c = cursor_of(s, 0);
	unsigned no;
	uint64_t v;
	struct span bytes;

	while (field(&c, &no, &v, &bytes)) {
		if (no == 2)
			decode_sample(d, bytes);
		else if (no == 3) {
			if (!d->first_mapping_name)
				d->first_mapping_name = first_id(bytes, 5);
			d->mapping[first_id(bytes, 1)] = true;
		} else if (no == 4)
			decode_location(d, bytes);
		else if (no == 5)
			d->function[first_id(bytes, 1)] = true;
		else if (no == 6)
			d->string[d->n_strings++] = bytes;
		else if (no == 12)
			d->period = v;
	}
}

static void test_pprof(void **state)
{
	for (size_t k = 0; k < ARRAY_LEN(inputs); k++) {
		struct profile *p = load(inputs[k]);
		struct decoded *d = xcalloc(1, sizeof(*d));
		struct buf b = { 0 }, again = { 0 };
		struct sink out;

		sink_to_buf(&out, &b);
		assert_int_equal(pprof_write(&out, p, NULL, NULL), 0);
		sink_to_buf(&out, &again);
		assert_int_equal(pprof_write(&out, p, NULL, NULL), 0);
		assert_int_equal(b.n, again.n);
		assert_memory_equal(b.p, again.p, b.n);
		struct buf raw = unzip(&b);

		decode(d, buf_span(&raw));
		assert_int_equal(d->string[0].n, 0);
		assert_int_equal(d->n_samples, p->samples.n);
		assert_int_equal(d->value[0], profile_total_count(p));
		assert_int_equal(d->value[1], (uint64_t)profile_total(p, 0));
		assert_int_equal(d->period, p->period_ns);
		for (size_t i = 0; i < MIN(d->n_used, (size_t)MAX_ID); i++)
			assert_true(d->location[d->used_location[i]]);
		assert_true(d->max_lines >= 2); /* inlined calls are lines of one location */
		struct span name = d->string[d->first_mapping_name];

		assert_true(memmem(name.p, name.n, "/build/", 7)); /* the program, not the kernel */
		free(d);
		buf_done(&raw);
		buf_done(&b);
		buf_done(&again);
		profile_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collapsed),
		cmocka_unit_test(test_collapsed_hostile),
		cmocka_unit_test(test_speedscope),
		cmocka_unit_test(test_pprof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
