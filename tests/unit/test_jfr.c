/* SPDX-License-Identifier: MIT */
/* Flight recordings of five JDKs (of the fuzz corpus), whole, cut, unfinished and bent. */
#include "parse/java_name.h"
#include "parse/jfr.h"
#include "parse/jfr_chunk.h"
#include "unit.h"

#include "base/file.h"

#include <errno.h>

static void load(const char *name, struct buf *ret)
{
	char path[512];

	snprintf(
		path, sizeof(path), "%s/tests/fuzz/corpus/jfr/%s", getenv("PERF_OPS_SOURCE"), name);
	assert_int_equal(file_read(path, 16 << 20, ret, NULL), 0);
}

static int read_bytes(struct span bytes, struct profile_set *ret, struct err *err)
{
	struct format_env env = { .name = "test.jfr" };
	struct byte_stream in;

	byte_stream_init_span(&in, &bytes);
	int r = jfr_format.read(&in, &env, ret, err);

	byte_stream_done(&in);
	return r;
}

static const struct profile *of_type(const struct profile_set *s, const char *type)
{
	for (size_t i = 0; i < s->v.n; i++)
		if (profile_type(s->v.v[i], type) == 0)
			return s->v.v[i];
	return NULL;
}

/* Share of a profile's weight in stacks with this function. */
static double share(const struct profile *p, const char *function)
{
	double with = 0, all = 0;

	vec_foreach (x, &p->samples) {
		bool found = false;

		for (uint32_t k = x->stack; k && !found; k = p->stacks.v[k].parent)
			found = strcmp(profile_str(p, p->frames.v[p->stacks.v[k].frame].function),
					function) == 0;
		all += (double)x->value[0];
		with += found ? (double)x->value[0] : 0;
	}
	return all > 0 ? with / all : 0;
}

static bool has_caveat(const struct profile *p, const char *id)
{
	for (const struct caveat *c = p->caveats.first; c; c = c->next)
		if (strcmp(c->id, id) == 0)
			return true;
	return false;
}

/* totals as `jfr summary` and `jfr print` of the JDK count them: samples times period */
static const struct recording {
	const char *file;
	int64_t cpu_ns;
	uint64_t cpu_samples;
	bool allocations; /* jdk.ObjectAllocationSample came with JDK 16 */
} recordings[] = {
	{ "jdk8.jfr", 260000000, 13, false },
	{ "jdk11.jfr", 800000000, 40, false },
	{ "jdk17.jfr", 780000000, 39, true },
	{ "jdk21.jfr", 840000000, 42, true },
	{ "jdk25.jfr", 860000000, 86, true },
};

static void test_recordings(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(recordings); i++) {
		_cleanup_(buf_done) struct buf b = { 0 };
		struct profile_set s = { 0 };
		struct err err = { 0 };

		load(recordings[i].file, &b);
		assert_int_equal(read_bytes(buf_span(&b), &s, &err), 0);
		const struct profile *cpu = of_type(&s, "cpu"), *lock = of_type(&s, "lock"),
				     *io = of_type(&s, "io"), *off = of_type(&s, "off-cpu"),
				     *alloc = of_type(&s, "alloc_space");

		assert_non_null(cpu);
		assert_int_equal(profile_total(cpu, 0), recordings[i].cpu_ns);
		assert_int_equal(cpu->quality.samples, recordings[i].cpu_samples);
		assert_true(share(cpu, "Mix.main") > 0.95);
		assert_true(share(cpu, "Mix.crunch") + share(cpu, "Mix.allocate") > 0.9);
		assert_true(has_caveat(cpu, "gc-pauses"));
		assert_non_null(lock);
		assert_true(share(lock, "Mix.holdMonitor") + share(lock, "Mix.holdLock") > 0.9);
		assert_non_null(io);
		assert_true(share(io, "Mix$3.run") > 0.9);
		assert_non_null(off);
		assert_true(share(off, "Mix$2.run") > 0.1);
		assert_int_equal(alloc != NULL, recordings[i].allocations);
		if (alloc)
			assert_true(share(alloc, "Mix.allocate") > 0.8);
		assert_false(has_caveat(cpu, "recording-cut"));
		profile_set_done(&s);
	}
}

static void test_unfinished(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct profile_set s = { 0 };

	load("jdk17.jfr", &b);
	/* size and offsets are filled in when a chunk is finished */
	memset(b.p + 8, 0, 24);
	assert_int_equal(read_bytes(buf_span(&b), &s, NULL), 0);
	assert_int_equal(profile_total(of_type(&s, "cpu"), 0), 780000000);
	assert_true(has_caveat(of_type(&s, "cpu"), "recording-cut"));
	profile_set_done(&s);
}

static void test_two_chunks(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct profile_set s = { 0 };

	/* keys of one chunk mean nothing in the next: files of different JVMs, one after another */
	load("jdk17.jfr", &b);
	load("jdk21.jfr", &b);
	assert_int_equal(read_bytes(buf_span(&b), &s, NULL), 0);
	assert_int_equal(profile_total(of_type(&s, "cpu"), 0), 780000000 + 840000000);
	assert_true(share(of_type(&s, "cpu"), "Mix.main") > 0.95);
	profile_set_done(&s);
}

static void test_cut(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	size_t readable = 0;

	load("jdk21.jfr", &b);
	for (size_t n = 0; n < b.n; n += b.n / 50) {
		struct profile_set s = { 0 };
		struct err err = { 0 };
		int r = read_bytes(span_of(b.p, n), &s, &err);

		if (r == 0) {
			readable++;
			assert_true(has_caveat(s.v.v[0], "recording-cut"));
		} else {
			assert_true(*err.msg != 0);
		}
		profile_set_done(&s);
	}
	assert_true(readable > 0);
}

static void test_refused(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct profile_set s = { 0 };
	struct err err = { 0 };

	load("jdk8.jfr", &b);
	b.p[5] = 3;
	assert_int_equal(read_bytes(buf_span(&b), &s, &err), -EPROTONOSUPPORT);
	assert_non_null(strstr(err.msg, "version 3."));
	b.p[5] = 1; /* Oracle's closed format */
	assert_int_equal(read_bytes(buf_span(&b), &s, &err), -EPROTONOSUPPORT);
	assert_non_null(strstr(err.hint, "8u262"));
	b.p[5] = 2;
	assert_int_equal(read_bytes(span_of(b.p, 40), &s, &err), -ENODATA);
	assert_int_equal(read_bytes(span_of(b.p, JFR_HEADER_BYTES), &s, &err), -ENODATA);
	assert_non_null(strstr(err.msg, "no event types"));
	profile_set_done(&s);
}

static void test_numbers(void **state)
{
	static const uint8_t bytes[] = { 0x7f, 0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0x80 };
	struct cursor c = cursor_of(span_of(bytes, sizeof(bytes)), 0);

	assert_int_equal(jfr_varlong(&c), 127);
	assert_int_equal(jfr_varlong(&c), 128);
	assert_true(jfr_varlong(&c) == UINT64_MAX); /* -1: the ninth byte is whole */
	assert_false(c.bad);
	jfr_varlong(&c);
	assert_true(c.bad);
}

static void test_strings(void **state)
{
	static const struct {
		uint8_t bytes[12];
		size_t n;
		const char *text;
	} cases[] = {
		{ { 0 }, 1, "" },
		{ { 1 }, 1, "" },
		{ { 3, 3, 'a', 0xc3, 0xa9 }, 5, "a\u00e9" },
		{ { 4, 3, 'x', 0xe9, 0x01, 0x42 }, 6,
			"x\u00e9"
			"B" },
		{ { 4, 2, 0xbd, 0xb0, 0x03, 0x80, 0xb8, 0x03 }, 8, "\U0001F400" },
		{ { 4, 1, 0xbd, 0xb0, 0x03 }, 5, "\uFFFD" }, /* half a pair */
		{ { 5, 2, 'b', 0xe9 }, 4, "b\u00e9" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(buf_done) struct buf b = { 0 };
		struct cursor c = cursor_of(span_of(cases[i].bytes, cases[i].n), 0);
		struct jfr_string s = jfr_string_read(&c);

		assert_false(c.bad);
		jfr_string_text(&s, &b);
		assert_string_equal(buf_cstr(&b), cases[i].text);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *class_name, *method, *name, *file;
	} cases[] = {
		{ "java/util/HashMap", "put", "java.util.HashMap.put", "java/util/HashMap.java" },
		{ "Main$1", "run", "Main$1.run", "Main.java" },
		{ "a/B$$Lambda$14/0x0000000800c03000", "apply", "a.B$$Lambda.apply", "a/B.java" },
		{ "a/B$$Lambda+0x00007f1234000", "apply", "a.B$$Lambda.apply", "" },
		{ "B$$Lambda$1/1637506559", "get", "B$$Lambda.get", "B$$Lambda$1/1637506559.java" },
		{ "jdk/internal/reflect/GeneratedMethodAccessor12", "invoke",
			"jdk.internal.reflect.GeneratedMethodAccessor.invoke", NULL },
		{ "com/sun/proxy/$Proxy7", "call", "com.sun.proxy.$Proxy.call", NULL },
		{ "", "f", "f", "" },
		{ "[I", "clone", "[I.clone", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(buf_done) struct buf name = { 0 }, file = { 0 };

		java_method_name(&name, span_str(cases[i].class_name), span_str(cases[i].method));
		java_source_file(&file, span_str(cases[i].class_name));
		assert_string_equal(buf_cstr(&name), cases[i].name);
		if (cases[i].file && !strchr(cases[i].class_name, '/'))
			assert_string_equal(buf_cstr(&file), cases[i].file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recordings),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_two_chunks),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
