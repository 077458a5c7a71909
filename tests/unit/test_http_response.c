/* SPDX-License-Identifier: MIT */
/* HTTP responses: where the body ends, what is not HTTP, what is not complete yet. */
#include "parse/http_response.h"

#include "unit.h"

static void responses(void **state)
{
	static const struct {
		const char *bytes;
		bool ended;
		int want; /* 1 complete, 0 needs more, -1 no HTTP */
		unsigned status;
		const char *body;
		bool cut;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, 1, 200, "hello",
			false },
		{ "HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello and more", false, 1, 200,
			"hello", false },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", false, 0, 0, NULL, false },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", true, 1, 200, "hel", true },
		{ "HTTP/1.0 404 Not Found\n\ngone", false, 0, 0, NULL, false },
		{ "HTTP/1.0 404 Not Found\n\ngone", true, 1, 404, "gone", false },
		{ "HTTP/1.1 204 No Content\r\n\r\n", false, 1, 204, "", false },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
		  "chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n",
			false, 1, 200, "hello", false },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nl", false,
			0, 0, NULL, false },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nl", true, 1,
			200, "he", true },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", false, -1, 0, NULL,
			false },
		{ "HTTP/1.1 200 OK\r\nConte", false, 0, 0, NULL, false },
		{ "HTTP/1.1 200 OK\r\nConte", true, -1, 0, NULL, false },
		{ "SSH-2.0-OpenSSH_9.2\r\n", false, -1, 0, NULL, false },
		{ "HTTP/1.1 999 What\r\n\r\n", true, -1, 0, NULL, false },
		{ "", false, 0, 0, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_response res = { 0 };
		int r = http_response_parse(span_str(cases[i].bytes), cases[i].ended, &res, NULL);

		print_message("# case %zu\n", i);
		assert_int_equal(r < 0 ? -1 : r, cases[i].want);
		if (r != 1)
			continue;
		assert_int_equal(res.status, cases[i].status);
		assert_true(span_eq(res.body, cases[i].body));
		assert_int_equal(res.cut, cases[i].cut);
		http_response_done(&res);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(responses) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
