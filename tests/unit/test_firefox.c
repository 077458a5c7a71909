/* SPDX-License-Identifier: MIT */
/* Firefox Profiler files of several versions: the same stacks in each. */
#include "text_format.h"

#define META(more)                                                                        \
	"{\"meta\":{\"interval\":2,\"product\":\"x\",\"categories\":[{\"name\":\"Idle\"," \
	"\"color\":\"transparent\"},{\"name\":\"User\",\"color\":\"yellow\"},{\"name\":"  \
	"\"Kernel\","                                                                     \
	"\"color\":\"orange\"}]" more "},"
/* main > work twice, main > idle once; func 2 is of the library */
#define FRAMES                                                                             \
	"\"frameTable\":{\"length\":3,\"func\":[0,1,2],\"line\":[7,null,9],\"category\":[" \
	"1,1,0],\"inlineDepth\":[0,1,0]}"
#define FUNCS(file)                                                            \
	"\"funcTable\":{\"length\":3,\"name\":[0,1,2],\"resource\":[-1,-1,0]," \
	"\"lineNumber\":[5,null,null]," file "}"
#define STRINGS "[\"main\",\"work\",\"idle\",\"a.c\"]"
#define SAMPLES "\"samples\":{\"length\":4,\"stack\":[1,2,1,null],\"time\":[0,2,4,6]"
#define EXPECTED "cpu nanoseconds\nt-7/8;main;work 4000000\n! idle-left-out\n"

static const struct {
	const char *text, *expected;
} cases[] = {
	/* own tables and strings */
	{ META(",\"preprocessedProfileVersion\":48") "\"threads\":[{\"name\":\"t\","
						     "\"pid\":7,\"tid\":8," FRAMES
						     "," FUNCS("\"fileName\":[3,null,"
							       "null]") ",\"resourceTable"
									"\":{\"lib\":[0]},"
									"\"stackTable\":{"
									"\"prefix\":[null,"
									"0,0],\"frame\":["
									"0,1,2]},"
									"\"stringArray\""
									":" STRINGS "," SAMPLES
									"}}]}",
		EXPECTED },
	/* shared strings */
	{ META(",\"preprocessedProfileVersion\":56") "\"threads\":[{\"name\":\"t\","
						     "\"pid\":\"7\",\"tid\":\"8\"," FRAMES
						     "," FUNCS("\"fileName\":[3,null,"
							       "null]") ",\"stackTable\":{"
									"\"prefix\":[null,"
									"0,0],\"frame\":["
									"0,1,2]}," SAMPLES
									"}}],\"shared\":{"
									"\"stringArray\""
									":" STRINGS "}}",
		EXPECTED },
	/* shared tables, offsets, sources; shared after the threads */
	{ META(",\"preprocessedProfileVersion\":66") "\"threads\":[{\"name\":\"t\",\"pid\":7,"
						     "\"tid\":8," SAMPLES "}}],\"shared\":{" FRAMES
						     "," FUNCS(
							     "\"source\":[0,null,null]") ",\"source"
											 "s\":{"
											 "\"filenam"
											 "e\":[3]},"
											 "\"stackTa"
											 "ble\":{"
											 "\"prefixO"
											 "ffset\":["
											 "0,1,2],"
											 "\"frame\""
											 ":["
											 "0,1,2]},"
											 "\"stringA"
											 "rray\""
											 ":" STRINGS
											 "}}",
		EXPECTED },
	/* CPU time of each sample in microseconds: idle threads may stay */
	{ META(",\"preprocessedProfileVersion\":66,\"sampleUnits\":{\"threadCPUDelta\":"
	       "\"\xc2\xb5s\"}") "\"threads\":[{\"name\":\"t\",\"pid\":7,\"tid\":8,\"samples\":{"
				 "\"stack\":[1,2,1],"
				 "\"threadCPUDelta\":[1500,0,null]}}],\"shared\":{" FRAMES
				 "," FUNCS("\"source\":[0,null,null]") ",\"stackTable\":{"
								       "\"prefixOffset\":[0,1,2],"
								       "\"frame\":[0,1,2]},"
								       "\"stringArray\":" STRINGS
								       "}}",
		"cpu nanoseconds\nt-7/8;main;work 1500000\nwall nanoseconds\nt-7/8;main;idle "
		"2000000\nt-7/8;main;work 4000000\n" },
	/* weights, allocations */
	{ META(",\"preprocessedProfileVersion\":66") "\"threads\":[{\"name\":\"t\",\"pid\":7,"
						     "\"tid\":8,\"samples\":{\"stack\":[1,0],"
						     "\"weight\":"
						     "[3,1.5],\"weightType\":\"tracing-ms\"},"
						     "\"nativeAllocations\":{\"stack\":[1,1,0],"
						     "\"weight\":[64,-64,8],\"weightType\":"
						     "\"bytes\"}},{\"name\":\"t "
						     "[off-cpu]\",\"pid\":7,"
						     "\"tid\":8,\"samples\":{\"stack\":[1],"
						     "\"weight\":[0.25],\"weightType\":\"tracing-"
						     "ms\"}}],"
						     "\"shared\":{" FRAMES "," FUNCS(
							     "\"source\":[0,null,null]") ",\"stackT"
											 "able\":{"
											 "\"prefixO"
											 "ffset\":["
											 "0,1,2],"
											 "\"frame\""
											 ":[0,1,2]}"
											 ",\"string"
											 "Array\""
											 ":" STRINGS
											 "}}",
		"cpu nanoseconds\nt-7/8;main 1500000\nt-7/8;main;work 3000000\noff-cpu "
		"nanoseconds\nt-7/8;main;work 250000\nalloc_space bytes\nt-7/8;main 8\n"
		"t-7/8;main;work 64\n! frees-left-out\n" },
	/* Gecko: rows, schema, locations, a process inside */
	{ "{\"meta\":{\"interval\":1,\"stackwalk\":1,\"processType\":0,\"version\":36},\"threads\":"
	  "[],"
	  "\"processes\":[{\"meta\":{},\"threads\":[{\"name\":\"G\",\"pid\":3,\"tid\":4,"
	  "\"stackTable\":"
	  "{\"schema\":{\"prefix\":0,\"frame\":1},\"data\":[[null,0],[0,1],[1,2]]},\"frameTable\":{"
	  "\"schema\":{\"location\":0,\"line\":4},\"data\":[[0],[1,false,0,null,12],[2]]},"
	  "\"stringTable\":[\"(root)\",\"f (https://x/y.js:10:3)\",\"malloc (in libc.so)\"],"
	  "\"samples\":{\"schema\":{\"stack\":0,\"time\":1},\"data\":[[2,0.5],[1,1.5],[null,2]]}}]}"
	  "]}",
		"cpu nanoseconds\nG-3/4;(root);f 1000000\nG-3/4;(root);f;malloc 1000000\n" },
	/* indexes that lead out of the tables or in a circle */
	{ META(",\"preprocessedProfileVersion\":99") "\"threads\":[{\"name\":\"t\",\"pid\":7,"
						     "\"tid\":8,\"samples\":{\"stack\":[1,9,2]}}],"
						     "\"shared\":"
						     "{" FRAMES "," FUNCS("\"source\":[0,null,"
									  "null]") ",\"stackTable\""
										   ":{\"prefix\":["
										   "1,0,7],"
										   "\"frame\":[0,1,"
										   "77]},"
										   "\"stringArray\""
										   ":" STRINGS "}}",
		"cpu nanoseconds\nt-7/8;[unknown] 2000000\nt-7/8;main;work 2000000\n! "
		"bad-indexes\n! "
		"newer-version\n" },
	{ "{\"meta\":{\"preprocessedProfileVersion\":66},\"threads\":[]}",
		"error: cannot import 'test': the Firefox profile has no sample with a stack\n" },
	/* cut off behind the second sample */
	{ "{\"meta\":{\"preprocessedProfileVersion\":66,\"interval\":1},\"shared\":{" FRAMES
	  "," FUNCS("\"source\":[0]") ",\"stackTable\":{\"prefixOffset\":[0,1,2],\"frame\":[0,1,2]}"
				      ",\"stringArray\":" STRINGS
				      "},\"threads\":[{\"name\":\"t\",\"pid\":7,\"tid\":8,"
				      "\"samples\":{\"stack\":[1,0,",
		"cpu nanoseconds\nt-7/8;main 1000000\nt-7/8;main;work 1000000\n! file-cut-off\n" },
};

static void files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		text_format_check("firefox", span_str(cases[i].text), cases[i].expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(files) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
