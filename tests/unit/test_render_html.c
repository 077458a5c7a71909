/* SPDX-License-Identifier: MIT */
/* The pages: complete in themselves, harmless with hostile names, honest about what was cut. */
#include "golden.h"
#include "sample_models.h"
#include "stacks_file.h"

#include "base/alloc.h"
#include "render/flame.h"
#include "render/flame_section.h"
#include "render/html.h"
#include "render/report.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static size_t occurrences(const struct buf *b, const char *what)
{
	size_t n = 0;

	for (const char *p = buf_cstr(b); (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

static void check_page(const struct buf *b)
{
	assert_int_equal(occurrences(b, "<script"), 2);
	assert_int_equal(occurrences(b, "</script>"), 2);
	assert_int_equal(occurrences(b, "<img"), 0);
	assert_int_equal(occurrences(b, "{{") - occurrences(b, "{{closure"), 0);
	/* nothing is fetched: no address of another host, no file beside the page */
	assert_int_equal(occurrences(b, "http://") + occurrences(b, "https://"), 0);
	assert_int_equal(
		occurrences(b, " src=") + occurrences(b, "<link") + occurrences(b, "@import"), 0);
	assert_int_equal(occurrences(b, "url("), 0);
	for (size_t i = 0; i < b->n; i++)
		assert_true((unsigned char)b->p[i] >= 0x20 || b->p[i] == '\n' || b->p[i] == '\t');
}

static void test_flame_page(void **state)
{
	struct profile *p = stacks_file_load(golden_path("render/cpp.stacks"));
	struct buf b = { 0 };
	struct sink out;

	sink_to_buf(&out, &b);
	flame_page(&out, p, NULL);
	check_page(&b);
	assert_int_equal(
		occurrences(&b, "<title>cpu profile of ./cfgmerge --in site.conf</title>"), 1);
	buf_done(&b);
	profile_free(p);
}

static void test_hostile_page(void **state)
{
	struct profile *p = sample_hostile_profile();
	struct buf b = { 0 };
	struct sink out;

	sink_to_buf(&out, &b);
	flame_page(&out, p, &(struct flame_opts){ .title = sample_hostile_text });
	assert_int_equal(occurrences(&b, "<img"), 0);
	assert_int_equal(occurrences(&b, "<script"), 2);
	assert_int_equal(occurrences(&b, "</script>"), 2);
	for (size_t i = 0; i < b.n; i++)
		assert_true((unsigned char)b.p[i] >= 0x20 || b.p[i] == '\n' || b.p[i] == '\t');
	buf_done(&b);
	profile_free(p);
}

static void test_report(void **state)
{
	for (int hostile = 0; hostile < 2; hostile++) {
		struct sample_result s;
		struct diagnosis *d = sample_diagnosis();
		struct buf b = { 0 };
		struct sink out;

		sample_result_init(&s,
			hostile ? sample_hostile_profile()
				: stacks_file_load(golden_path("render/ledger.stacks")));
		if (hostile)
			sample_result_make_hostile(&s);
		sink_to_buf(&out, &b);
		report_page(&out, d, &s.result, NULL);
		assert_int_equal(occurrences(&b, "<article"), 2);
		if (!hostile)
			check_page(&b);
		assert_int_equal(occurrences(&b, "<img") + occurrences(&b, "\033"), 0);
		assert_int_equal(occurrences(&b, "<script"), 2);
		buf_clear(&b);
		report_page(&out, d, NULL, NULL); /* a diagnosis alone */
		report_page(&out, NULL, &s.result, NULL);
		assert_int_equal(occurrences(&b, "id=\"diagnosis\""), 1);
		assert_int_equal(occurrences(&b, "id=\"findings\""), 1);
		buf_done(&b);
		diagnosis_free(d);
		sample_result_done(&s);
	}
}

static void test_empty_page(void **state)
{
	struct profile *p = profile_new();
	struct buf b = { 0 };
	struct sink out;

	sink_to_buf(&out, &b);
	flame_page(&out, p, NULL);
	profile_add_type(p, "cpu", "nanoseconds");
	flame_page(&out, p, NULL);
	assert_int_equal(occurrences(&b, "No samples were taken"), 2);
	buf_done(&b);
	profile_free(p);
}

static void test_sections(void **state)
{
	struct profile *p = stacks_file_load(golden_path("render/ledger.stacks"));
	struct flame_view v;
	struct buf b = { 0 };
	struct sink out;

	sink_to_buf(&out, &b);
	flame_view_init(&v, p, 0);
	flame_facts(&out, p, 0);
	flame_functions(&out, &v);
	flame_stacks(&out, &v);
	golden_check("render/sections.html", &b);
	buf_clear(&b);
	flame_data_write(&out, &v.data);
	golden_check("render/flame-data.json", &b);
	flame_view_done(&v);
	buf_done(&b);
	profile_free(p);
}

static json_t *data_of(const struct flame_view *v)
{
	struct buf b = { 0 };
	struct sink out;
	json_error_t error;

	sink_to_buf(&out, &b);
	flame_data_write(&out, &v->data);
	json_t *root = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		fail_msg("invalid JSON: %s", error.text);
	buf_done(&b);
	return root;
}

/* Whatever is folded, the weight stays, and the number of boxes is bounded. */
static void test_folding_keeps_weight(void **state)
{
	static const unsigned limits[] = { 1, 2, 10, 100, 0 };
	struct profile *p = stacks_file_load(golden_path("render/cpp.stacks"));

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct flame_view v;
		json_int_t sum = 0;
		size_t k;
		json_t *value;

		flame_view_init(&v, p, limits[i]);
		json_t *root = data_of(&v), *nodes = json_object_get(root, "nodes");
		json_t *values = json_array_get(
			json_object_get(json_object_get(root, "samples"), "values"), 0);

		json_array_foreach(values, k, value) sum += json_integer_value(value);
		assert_int_equal(sum, v.tree.total);
		size_t n = json_array_size(json_object_get(nodes, "parent"));

		assert_int_equal(n + 1, v.data.n_nodes);
		json_array_foreach(json_object_get(nodes, "parent"), k, value) assert_true(
			json_integer_value(value) <= (json_int_t)k); /* node k + 1: parents first */
		if (limits[i]) {
			assert_true(n + 1 <= 2 * limits[i]);
			assert_true(v.data.cut.nodes > 0 && v.data.cut.share > 0);
		} else {
			assert_int_equal(v.data.cut.nodes, 0);
			assert_int_equal(n + 1, v.tree.nodes.n);
		}
		json_decref(root);
		flame_view_done(&v);
	}
	profile_free(p);
}

/* A stack that weighs only in the second value type is not folded because it is nothing in the
 * first. */
static void test_second_type(void **state)
{
	struct profile *p = profile_new();
	uint32_t node[2], thread = profile_add_thread(p, 1, 1, "t");
	static const int64_t values[2][2] = { { 100, 0 }, { 0, 7 } };
	static const char *const names[] = { "hot", "leaky" };

	profile_add_type(p, "cpu", "nanoseconds");
	profile_add_type(p, "allocated", "bytes");
	for (size_t i = 0; i < 2; i++) {
		struct frame f = { .function = profile_string(p, names[i]) };

		node[i] = profile_add_stack(p, 0, profile_add_frame(p, &f));
		profile_add_sample(p, node[i], thread, 0, 1, values[i]);
	}
	struct flame_view v;

	flame_view_init(&v, p, 0);
	assert_int_equal(v.data.cut.nodes, 0);
	assert_int_equal(v.data.n_nodes, 3);
	flame_view_done(&v);
	profile_free(p);
}

static void test_escape(void **state)
{
	struct buf b = { 0 };
	struct sink out;

	sink_to_buf(&out, &b);
	html_text(&out, "<a href='x'>&\"\033\xff\xe2\x80\xae\xc3\xa9");
	assert_string_equal(buf_cstr(&b),
		"&lt;a "
		"href=&#39;x&#39;&gt;&amp;&quot;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flame_page),
		cmocka_unit_test(test_hostile_page),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_empty_page),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_folding_keeps_weight),
		cmocka_unit_test(test_second_type),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
