/* SPDX-License-Identifier: MIT */
/* Profiles written and read back: the same stacks, threads and weights, where a format holds them.
 */
#include "render/writer.h"
#include "text_format.h"

static uint32_t seed;

static uint32_t pick(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static const char *const names[] = { "main", "operator new(unsigned long)", "f<int, 3>",
	"std::map<K, V>::find", "caf\xc3\xa9", "quote\"back\\slash", "tab\there", "{lambda()#1}",
	"<module>", "x (in y)", "very.long.Java.Name$Inner.method(Ljava/lang/String;)V" };
static const char *const files[] = { "", "a.c", "/src/b c.py", "https://x/y.js",
	"\xe2\x82\xac.rs" };
static const char *const modules[] = { "", "/usr/bin/prog", "/lib/libc.so.6", "[kernel]" };

static struct profile *random_profile(const struct value_type *types, unsigned n_types)
{
	struct profile *p = profile_new();

	for (unsigned i = 0; i < n_types; i++)
		profile_add_type(p, types[i].name, types[i].unit);
	p->period_ns = 1000003;
	p->command = "prog --with \"args\"";
	for (int t = 0; t < 3; t++)
		profile_add_thread(p, 100 + (int)pick(2), 200 + t, t ? "worker (io)" : "main");
	for (uint32_t n = 1 + pick(60); n; n--) {
		uint32_t stack = 0;
		int64_t v[PROFILE_MAX_VALUES];

		for (uint32_t depth = 1 + pick(12); depth; depth--) {
			struct frame f = {
				.function = profile_string(p, names[pick(ARRAY_LEN(names))]),
				.file = profile_string(p, files[pick(ARRAY_LEN(files))]),
				.module = profile_string(p, modules[pick(ARRAY_LEN(modules))]),
				.line = pick(4),
				.decl_line = pick(2),
				.kind = (uint8_t)pick(FRAME_UNKNOWN + 1),
				.inlined = stack && pick(4) == 0,
			};

			stack = profile_add_stack(p, stack, profile_add_frame(p, &f));
		}
		for (unsigned i = 0; i < n_types; i++)
			v[i] = pick(3) ? (int64_t)pick(1000000) * pick(5000) : 0;
		v[0]++;
		profile_add_sample(p, stack, pick(3), 0, 1 + pick(5), v);
	}
	return p;
}

/* The first profile with this type; what it says of it. */
static void dump_type(const struct profile_set *set, const char *type, bool kinds, struct buf *out)
{
	struct sink sink;

	sink_to_buf(&sink, out);
	vec_foreach (p, &set->v) {
		int t = profile_type(*p, type);

		if (t < 0)
			continue;
		collapsed_write(&sink, *p,
			&(struct collapsed_opts){
				.type = t, .thread_root = true, .kind_suffix = kinds });
		return;
	}
}

static void there_and_back(const char *id, struct profile *p, bool kinds)
{
	struct profile_set before = { 0 }, after = { 0 };
	const struct format *format = NULL;
	struct buf file = { 0 };
	struct err err = { 0 };
	struct sink sink;

	profile_set_add(&before, p);
	sink_to_buf(&sink, &file);
	assert_int_equal(writer_by_id(id)->write(&sink, p, &(struct writer_opts){ 0 }, &err), 0);
	if (profile_bytes_read(buf_span(&file), id, NULL, &after, &format, &err) < 0)
		fail_msg("%s: %s", id, err.msg);
	assert_string_equal(format->id, id);
	for (unsigned t = 0; t < p->n_types; t++) {
		struct buf a = { 0 }, b = { 0 };

		dump_type(&before, p->types[t].name, kinds, &a);
		dump_type(&after, p->types[t].name, kinds, &b);
		assert_string_equal(buf_cstr(&b), buf_cstr(&a));
		buf_done(&a);
		buf_done(&b);
	}
	profile_set_done(&before);
	profile_set_done(&after);
	buf_done(&file);
}

static const struct value_type several[] = { { "cpu", "nanoseconds" }, { "off-cpu", "nanoseconds" },
	{ "alloc_space", "bytes" }, { "alloc_objects", "count" } };

static void speedscope(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 60; i++) {
		seed = i;
		there_and_back("speedscope", random_profile(several, ARRAY_LEN(several)), false);
	}
}

static void firefox(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 60; i++) {
		seed = i;
		there_and_back("firefox", random_profile(several, ARRAY_LEN(several)), true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(speedscope),
		cmocka_unit_test(firefox) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
