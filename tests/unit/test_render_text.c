/* SPDX-License-Identifier: MIT */
/* Text and JSON screens against expected files, and what hostile names do to them. */
#include "golden.h"
#include "sample_models.h"
#include "stacks_file.h"

#include "base/alloc.h"
#include "render/json_diagnosis.h"
#include "render/json_profile.h"
#include "render/text_diagnosis.h"
#include "render/text_error.h"
#include "render/text_profile.h"
#include "render/text_table.h"
#include "render/utf8.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
	const char *name;
	struct text_style style;
} styles[] = {
	{ "plain", { .width = 80 } },
	{ "color", { .width = 80, .color = true } },
	{ "narrow", { .width = 48 } },
	{ "wide-ascii", { .width = 100, .ascii = true } },
};

/* No line may be wider than the screen, except those that are to be copied as a whole. */
static void check_width(const struct buf *b, unsigned width)
{
	struct span s = buf_span(b), line;

	while (span_next_line(&s, &line)) {
		char *text = xstrndup((const char *)line.p, line.n);

		if (!strstr(text, "perf-ops ") && utf8_width(text) > width)
			fail_msg("%u columns: '%s'", utf8_width(text), text);
		free(text);
	}
}

static void test_screens(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
		struct sample_result s;
		struct buf b = { 0 };
		struct sink out;
		char *path;

		sample_result_init(&s, stacks_file_load(golden_path("render/ledger.stacks")));
		struct diagnosis *d = sample_diagnosis();

		sink_to_buf(&out, &b);
		text_profile(&out, &s.result, &styles[i].style);
		if (!styles[i].style.color)
			check_width(&b, styles[i].style.width);
		path = xasprintf("render/profile.%s.txt", styles[i].name);
		golden_check(path, &b);
		free(path);
		buf_clear(&b);
		text_diagnosis(&out, d, &styles[i].style);
		if (!styles[i].style.color)
			check_width(&b, styles[i].style.width);
		path = xasprintf("render/diagnosis.%s.txt", styles[i].name);
		golden_check(path, &b);
		free(path);
		diagnosis_free(d);
		sample_result_done(&s);
		buf_done(&b);
	}
}

static void test_tables(void **state)
{
	static const char *const inputs[] = { "ledger", "cpp", "threads" };

	for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
		char *in = xasprintf("render/%s.stacks", inputs[i]);
		char *want = xasprintf("render/%s.table.txt", inputs[i]);
		struct profile *p = stacks_file_load(golden_path(in));
		struct text_style style = text_style_plain();
		struct buf b = { 0 };
		struct sink out;

		sink_to_buf(&out, &b);
		text_table(&out, p, &(struct text_table_opts){ .rows = 12 }, &style);
		text_table(
			&out, p, &(struct text_table_opts){ .rows = 8, .by_total = true }, &style);
		check_width(&b, 80);
		style.width = 40;
		text_table(&out, p, &(struct text_table_opts){ .rows = 5 }, &style);
		golden_check(want, &b);
		buf_done(&b);
		profile_free(p);
		free(in);
		free(want);
	}
}

static void test_empty_profile(void **state)
{
	struct profile *p = profile_new();
	struct text_style style = text_style_plain();
	struct buf b = { 0 };
	struct sink out;

	profile_add_type(p, "cpu", "nanoseconds");
	sink_to_buf(&out, &b);
	text_table(&out, p, &(struct text_table_opts){ 0 }, &style);
	assert_string_equal(buf_cstr(&b), "no samples: nothing to rank\n");
	struct profile_result r = { .case_id = "", .target = "x", .resource = "cpu" };

	text_profile(&out, &r, &style);
	json_profile(&out, &r, false);
	buf_done(&b);
	profile_free(p);
}

static void test_json(void **state)
{
	struct sample_result s;
	struct diagnosis *d = sample_diagnosis();
	struct buf b = { 0 };
	struct sink out;

	sample_result_init(&s, stacks_file_load(golden_path("render/ledger.stacks")));
	sink_to_buf(&out, &b);
	json_profile(&out, &s.result, true);
	golden_check("render/profile.json", &b);
	buf_clear(&b);
	json_diagnosis(&out, d, true);
	golden_check("render/diagnosis.json", &b);
	buf_done(&b);
	sample_result_done(&s);
	diagnosis_free(d);
}

/* The only control bytes allowed are our newlines and, with colour, our own SGR sequences. */
static void check_harmless(const struct buf *b, bool color)
{
	const char *p = buf_cstr(b);

	while (*p) {
		if (color && p[0] == '\033' && p[1] == '[') {
			size_t n = strspn(p + 2, "0123456789;");

			assert_int_equal(p[2 + n], 'm');
			p += 3 + n;
			continue;
		}
		uint32_t cp = utf8_next(&p);

		if (cp != '\n' && utf8_hostile(cp))
			fail_msg("control character U+%04X reached the terminal", (unsigned)cp);
	}
}

static void test_hostile_text(void **state)
{
	for (int color = 0; color < 2; color++) {
		struct sample_result s;
		struct text_style style = { .width = 80, .color = color };
		struct buf b = { 0 };
		struct sink out;
		struct err err = { .code = -1 };

		sample_result_init(&s, sample_hostile_profile());
		sample_result_make_hostile(&s);
		sink_to_buf(&out, &b);
		text_profile(&out, &s.result, &style);
		text_table(&out, s.profile, &(struct text_table_opts){ 0 }, &style);
		snprintf(err.msg, sizeof(err.msg), "%s", sample_hostile_text);
		text_error(&out, &err, &style);
		check_harmless(&b, color);
		buf_done(&b);
		sample_result_done(&s);
	}
}

static void test_hostile_json(void **state)
{
	struct sample_result s;
	struct buf b = { 0 };
	struct sink out;
	json_error_t error;

	sample_result_init(&s, sample_hostile_profile());
	sample_result_make_hostile(&s);
	sink_to_buf(&out, &b);
	json_profile(&out, &s.result, true);
	json_t *root = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		fail_msg("invalid JSON: %s", error.text);
	json_t *where =
		json_object_get(json_array_get(json_object_get(root, "findings"), 0), "where");

	assert_non_null(strstr(json_string_value(json_object_get(where, "function")), "\033[2J"));
	json_decref(root);
	buf_done(&b);
	sample_result_done(&s);
}

static void test_error(void **state)
{
	struct err err = { 0 };
	struct buf b = { 0 };
	struct sink out;
	struct text_style style = text_style_plain();

	snprintf(err.msg, sizeof(err.msg), "no samples in 10 s: process 812 was idle (0 %% cpu)");
	err_hint(&err,
		"put load on it (perf-ops load), or look at what it waits for: "
		"perf-ops profile --wall --pid 812");
	sink_to_buf(&out, &b);
	text_error(&out, &err, &style);
	assert_string_equal(buf_cstr(&b),
		"perf-ops: no samples in 10 s: process 812 was idle (0 % cpu). Put load on it\n"
		"(perf-ops load), or look at what it waits for: perf-ops profile --wall --pid "
		"812\n");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_screens),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_empty_profile),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_hostile_json),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
