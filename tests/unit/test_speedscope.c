/* SPDX-License-Identifier: MIT */
/* speedscope files: both kinds of profile, units, and what is wrong in real files. */
#include "text_format.h"

#define FILE_OF(frames, profiles)                                                          \
	"{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"shared\":{" \
	"\"frames\":[" frames "]},\"profiles\":[" profiles "]}"
#define ABC "{\"name\":\"a\"},{\"name\":\"b\",\"file\":\"b.c\",\"line\":3},{\"name\":\"c\"}"

static const struct {
	const char *text, *expected;
} cases[] = {
	{ FILE_OF(ABC,
		  "{\"type\":\"sampled\",\"name\":\"main (12/13) off-cpu\",\"unit\":"
		  "\"nanoseconds\",\"samples\":[[0,1],[0],[0,1]],\"weights\":[1,2,3]}"),
		"off-cpu nanoseconds\nmain-12/13;a 2\nmain-12/13;a;b 4\n" },
	/* py-spy: seconds per sample, profiles before the names */
	{ "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"profiles\":[{"
	  "\"type\":\"sampled\",\"name\":\"MainThread\",\"unit\":\"seconds\",\"weights\":[0.01,"
	  "0.02],\"samples\":[[0],[1]]}],\"shared\":{\"frames\":[{\"name\":\"x\"},{\"name\":"
	  "\"y\"}]}}",
		"cpu nanoseconds\nMainThread-0/1;x 10000000\nMainThread-0/1;y 20000000\n! "
		"clock-unknown\n" },
	/* values are relative to the start; what is open at the end ends there */
	{ FILE_OF(ABC,
		  "{\"type\":\"evented\",\"name\":\"t\",\"unit\":\"milliseconds\",\"startValue\":"
		  "100,\"endValue\":110,\"events\":[{\"type\":\"O\",\"frame\":0,\"at\":101},{"
		  "\"type\":\"O\",\"frame\":1,\"at\":103},{\"type\":\"C\",\"frame\":1,\"at\":104}"
		  "]}"),
		"cpu nanoseconds\nt-0/1;a 8000000\nt-0/1;a;b 1000000\n! counts-are-intervals\n! "
		"clock-unknown\n" },
	/* order violations: a closed below b, c never opened, time backwards */
	{ FILE_OF(ABC,
		  "{\"type\":\"evented\",\"name\":\"t\",\"unit\":\"nanoseconds\",\"endValue\":9,"
		  "\"events\":[{\"type\":\"O\",\"frame\":0,\"at\":0},{\"type\":\"O\",\"frame\":1,"
		  "\"at\":2},{\"type\":\"C\",\"frame\":2,\"at\":3},{\"type\":\"C\",\"frame\":0,"
		  "\"at\":5},{\"type\":\"O\",\"frame\":2,\"at\":4},{\"type\":\"C\",\"frame\":2,"
		  "\"at\":6}]}"),
		"cpu nanoseconds\nt-0/1;a 2\nt-0/1;a;b 3\nt-0/1;c 1\n! events-disordered\n! "
		"counts-are-intervals\n! clock-unknown\n" },
	/* kinds of values become profiles, threads stay apart */
	{ FILE_OF(ABC,
		  "{\"type\":\"sampled\",\"name\":\"p\",\"unit\":\"bytes\",\"samples\":[[0]],"
		  "\"weights\":[7]},{\"type\":\"sampled\",\"name\":\"q\",\"unit\":\"none\","
		  "\"samples\":[[1]],\"weights\":[5]},{\"type\":\"sampled\",\"name\":\"r\","
		  "\"unit\":\"bytes\",\"samples\":[[0]],\"weights\":[1]}"),
		"alloc_space bytes\np-0/1;a 7\nr-0/3;a 1\nsamples count\nq-0/2;b 5\n" },
	{ FILE_OF(ABC,
		  "{\"type\":\"sampled\",\"name\":\"p\",\"unit\":\"bytes\",\"samples\":[[0,9],[1],"
		  "[2]],\"weights\":[7,-1]}"),
		"alloc_space bytes\np-0/1;a;[unknown] 7\n! samples-without-weight\n! "
		"negative-weights\n! frames-missing\n" },
	{ FILE_OF(ABC, ""),
		"error: cannot import 'test': the speedscope file has no sample with a weight\n" },
	/* cut off in the middle of a sample */
	{ "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"shared\":{"
	  "\"frames\":[{\"name\":\"a\"}]},\"profiles\":[{\"type\":\"sampled\",\"name\":\"p\","
	  "\"unit\":\"bytes\",\"weights\":[4,2,1],\"samples\":[[0],[0",
		"alloc_space bytes\np-0/1;a 4\n! samples-without-weight\n! file-cut-off\n" },
	{ "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"shared\":nul}",
		"error: cannot import 'test': not readable as JSON at byte 76: not a JSON "
		"value\n" },
};

static void files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		text_format_check("speedscope", span_str(cases[i].text), cases[i].expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(files) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
