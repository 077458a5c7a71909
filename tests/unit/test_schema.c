/* SPDX-License-Identifier: MIT */
/* What the renderers write is what docs/formats promises; the checker itself can say no. */
#include "sample_models.h"
#include "schema_check.h"
#include "stacks_file.h"

#include "golden.h"

#include "base/alloc.h"
#include "render/json_diagnosis.h"
#include "render/json_profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static json_t *schema(const char *name)
{
	json_error_t error;
	char *path = xasprintf("%s/docs/formats/%s.schema.json", getenv("PERF_OPS_SOURCE"), name);
	json_t *v = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	if (!v)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	free(path);
	return v;
}

static json_t *parse(struct buf *b)
{
	json_error_t error;
	json_t *v = json_loadb(b->p, b->n, JSON_REJECT_DUPLICATES, &error);

	if (!v)
		fail_msg("invalid JSON: %s", error.text);
	buf_clear(b);
	return v;
}

static void must_fit(const char *name, json_t *v)
{
	struct buf problems = { 0 };
	json_t *s = schema(name);

	if (!schema_check(s, v, &problems))
		fail_msg("%s", buf_cstr(&problems));
	json_decref(s);
	buf_done(&problems);
}

/* Every required field matters: without it the check must fail. */
static void must_need(const char *name, json_t *v)
{
	json_t *s = schema(name), *field;
	size_t i;

	json_array_foreach(json_object_get(s, "required"), i, field)
	{
		struct buf problems = { 0 };
		json_t *less = json_copy(v);

		json_object_del(less, json_string_value(field));
		assert_false(schema_check(s, less, &problems));
		json_decref(less);
		buf_done(&problems);
	}
	json_decref(s);
}

static void test_profile(void **state)
{
	for (int hostile = 0; hostile < 2; hostile++) {
		struct sample_result s;
		struct buf b = { 0 };
		struct sink out;

		sample_result_init(&s, stacks_file_load(golden_path("render/ledger.stacks")));
		if (hostile)
			sample_result_make_hostile(&s);
		sink_to_buf(&out, &b);
		json_profile(&out, &s.result, hostile);
		json_t *v = parse(&b);

		must_fit("profile", v);
		must_need("profile", v);
		json_decref(v);
		buf_done(&b);
		sample_result_done(&s);
	}
}

static void test_diagnosis(void **state)
{
	struct diagnosis *full = sample_diagnosis(), *empty = diagnosis_new();
	struct buf b = { 0 };
	struct sink out;

	sink_to_buf(&out, &b);
	json_diagnosis(&out, full, false);
	json_t *v = parse(&b);

	must_fit("diagnose", v);
	must_need("diagnose", v);
	json_decref(v);
	json_diagnosis(&out, empty, false); /* nothing was looked at: still the promised form */
	v = parse(&b);
	must_fit("diagnose", v);
	json_decref(v);
	buf_done(&b);
	diagnosis_free(full);
	diagnosis_free(empty);
}

static void test_checker_says_no(void **state)
{
	static const struct {
		const char *schema, *value;
		bool fits;
	} cases[] = {
		{ "{\"type\":\"integer\"}", "[1]", false },
		{ "{\"items\":{\"type\":\"integer\"}}", "[1, 2]", true },
		{ "{\"items\":{\"type\":\"integer\"}}", "[1, \"2\"]", false },
		{ "{\"items\":{\"maximum\":1}}", "[2]", false },
		{ "{\"items\":{\"enum\":[\"a\"]}}", "[\"b\"]", false },
		{ "{\"items\":{\"pattern\":\"^a+$\"}}", "[\"ab\"]", false },
		{ "{\"items\":{\"$ref\":\"#/$defs/x\"},\"$defs\":{\"x\":{\"minLength\":2}}}",
			"[\"a\"]", false },
		{ "{\"items\":{\"$ref\":\"#/$defs/y\"}}", "[\"a\"]", false },
		{ "{\"minItems\":2}", "[1]", false },
		{ "{\"oneOf\":[]}", "[1]", false },
		{ "{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]}}", "{\"a\":1}",
			false },
		{ "{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]}}", "{\"c\":1}",
			true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf problems = { 0 };
		json_t *s = json_loads(cases[i].schema, 0, NULL),
		       *v = json_loads(cases[i].value, 0, NULL);

		if (schema_check(s, v, &problems) != cases[i].fits)
			fail_msg("case %zu: %s", i, buf_cstr(&problems));
		json_decref(s);
		json_decref(v);
		buf_done(&problems);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_diagnosis),
		cmocka_unit_test(test_checker_says_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
