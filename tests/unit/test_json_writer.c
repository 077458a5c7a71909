/* SPDX-License-Identifier: MIT */
/* JSON output: valid for any bytes, deterministic, compact or pretty. */
#include "base/json_writer.h"

#include "unit.h"

#include <jansson.h>
#include <math.h>

static void shape(void **state)
{
	struct buf b = { 0 };
	struct sink s;
	struct json j;

	(void)state;
	sink_to_buf(&s, &b);
	json_init(&j, &s, false);
	json_begin_object(&j, NULL);
	json_put_string(&j, "a", "x\"\n<\x01");
	json_begin_array(&j, "list");
	json_put_int(&j, NULL, -3);
	json_put_double(&j, NULL, 1.50, 3);
	json_put_double(&j, NULL, NAN, 3);
	json_put_double(&j, NULL, -0.0001, 2);
	json_put_bool(&j, NULL, true);
	json_put_string(&j, NULL, NULL);
	json_end_array(&j);
	json_begin_object(&j, "empty");
	json_end_object(&j);
	json_end_object(&j);
	assert_string_equal(buf_cstr(&b),
		"{\"a\":\"x\\\"\\n\\u003c\\u0001\",\"list\":[-3,1.5,null,0,true,null],\"empty\":{}"
		"}");
	buf_done(&b);
}

static void any_bytes_are_valid(void **state)
{
	/* every pair of bytes as a string must give JSON that a strict reader takes */
	(void)state;
	for (unsigned v = 0; v < 65536; v += 7) {
		uint8_t bytes[] = { (uint8_t)(v >> 8), (uint8_t)v, 0xe2, 0x82 };
		struct buf b = { 0 };
		struct sink s;
		struct json j;

		sink_to_buf(&s, &b);
		json_init(&j, &s, false);
		json_begin_array(&j, NULL);
		json_put_stringn(&j, NULL, bytes, sizeof(bytes));
		json_end_array(&j);
		json_t *t = json_loadb(b.p, b.n, JSON_ALLOW_NUL, NULL);

		assert_non_null(t);
		json_decref(t);
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shape),
		cmocka_unit_test(any_bytes_are_valid),
	};

	return cmocka_run_group_tests_name("json_writer", tests, NULL, NULL);
}
