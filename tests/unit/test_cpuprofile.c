/* SPDX-License-Identifier: MIT */
/* V8's CPU and heap profiles: real shapes, and what is wrong in real files. */
#include "text_format.h"

#define CALL(name, url, line)                                                            \
	"\"callFrame\":{\"functionName\":\"" name "\",\"scriptId\":\"1\",\"url\":\"" url \
	"\",\"lineNumber\":" line ",\"columnNumber\":1}"
#define NODES                                                                                      \
	"\"nodes\":[{\"id\":1," CALL("(root)", "",                                                 \
		"-1") ",\"hitCount\":0,\"children\":[2,3,5,6]},"                                   \
		      "{\"id\":2," CALL("(program)", "",                                           \
			      "-1") ",\"hitCount\":1},"                                            \
				    "{\"id\":3," CALL("main", "file:///app/a%20b.mjs",             \
					    "9") ",\"hitCount\":0,\"children\":[4]},"              \
						 "{\"id\":4," CALL("", "/app/c.js",                \
							 "0") ",\"hitCount\":2},"                  \
							      "{\"id\":5," CALL("(idle)", "",      \
								      "-1") ",\"hitCount\":2},"    \
									    "{\"id\":6," CALL(     \
										    "(garbage "    \
										    "collector)",  \
										    "",            \
										    "-1") ",\"hit" \
											  "Count"  \
											  "\":1}]"

static const struct {
	const char *format, *text, *expected;
} cases[] = {
	/* sample i lasts deltas[i + 1], the last one up to the end; idle is no CPU time; the
	 * collector stands on what ran before */
	{ "cpuprofile",
		"{" NODES ",\"startTime\":1000,\"endTime\":1060,\"samples\":[4,6,5,4,2],"
		"\"timeDeltas\":[5,10,20,7,8]}",
		"cpu nanoseconds\nmain-0/0;(program) 10000\nmain-0/0;main;(anonymous) 18000\n"
		"main-0/0;main;(anonymous);(garbage collector) 20000\n"
		"! node-thread-time\n! idle-left-out\n" },
	/* time that goes backwards counts nothing; unknown nodes; samples before nodes */
	{ "cpuprofile",
		"{\"samples\":[4,4,99,3],\"timeDeltas\":[0,-5,3,2]," NODES ",\"startTime\":0,"
		"\"endTime\":0}",
		"cpu nanoseconds\nmain-0/0;main;(anonymous) 3000\n"
		"! node-thread-time\n! time-backwards\n! samples-without-node\n" },
	/* the old nested form, with hits only */
	{ "cpuprofile",
		"{\"typeId\":\"CPU\",\"head\":{\"functionName\":\"(root)\",\"url\":\"\","
		"\"lineNumber\":0,"
		"\"hitCount\":0,\"id\":1,\"children\":[{\"functionName\":\"f\",\"url\":\"/a.js\","
		"\"lineNumber\":3,\"hitCount\":3,\"id\":2,\"children\":[]}]},\"startTime\":10,"
		"\"endTime\":13}",
		"cpu nanoseconds\nmain-0/0;f 3000000000\n! node-thread-time\n" },
	/* parents in a ring */
	{ "cpuprofile",
		"{\"nodes\":[{\"id\":1," CALL("a", "/a.js",
			"1") ",\"hitCount\":1,\"children\":[2]},{"
			     "\"id\":2," CALL("b", "/a.js",
				     "2") ",\"hitCount\":1,\"children\":[1]}],\"samples\":[1,2],"
					  "\"timeDeltas\":[0,1,1]}",
		NULL },
	{ "heapprofile",
		"{\"head\":{" CALL(
			"(root)", "", "-1") ",\"selfSize\":0,\"id\":1,\"children\":[{" CALL("keep",
			"/a.js", "4") ",\"selfSize\":4096,\"id\":2,\"children\":[{" CALL("copy",
			"/a.js", "8") ",\"selfSize\":1000,\"id\":3,\"children\":[]}]}]},"
				      "\"samples\":[{\"size\":2048,\"nodeId\":2,\"ordinal\":1},{"
				      "\"size\":2048,\"nodeId\":2,"
				      "\"ordinal\":2}]}",
		"inuse_space bytes\nmain-0/0;keep 4096\nmain-0/0;keep;copy 1000\n! "
		"live-sampled-heap\n" },
};

static void files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (cases[i].expected)
			text_format_check(
				cases[i].format, span_str(cases[i].text), cases[i].expected);
}

/* Cut off at every length: an error or a caveat, never a crash. */
static void prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t n = 0; n <= strlen(cases[i].text); n++) {
			struct span left = span_of(cases[i].text, n);
			struct format_env env = {
				.name = "CPU.20260101.120000.77.0.001.cpuprofile"
			};
			struct profile_set set = { 0 };
			struct byte_stream in;
			struct err err = { 0 };

			byte_stream_init_span(&in, &left);

			int r = format_by_id(cases[i].format)->read(&in, &env, &set, &err);

			assert_true(r < 0 ? err.msg[0] && !set.v.n : set.v.n == 1);
			byte_stream_done(&in);
			profile_set_done(&set);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(files), cmocka_unit_test(prefixes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
