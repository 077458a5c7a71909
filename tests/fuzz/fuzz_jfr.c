/* SPDX-License-Identifier: MIT */
/* Flight recordings of any bytes: header, types, pools, events. */
#include "parse/jfr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_of(data, size);
	struct format_env env = { .name = "fuzz.jfr" };
	struct profile_set set = { 0 };
	struct byte_stream in;
	struct err err = { 0 };
	size_t n = 0;

	byte_stream_init_span(&in, &bytes);
	if (jfr_format.read(&in, &env, &set, &err) == 0)
		for (size_t i = 0; i < set.v.n; i++)
			n += (size_t)profile_total(set.v.v[i], 0);
	byte_stream_done(&in);
	profile_set_done(&set);
	return n == SIZE_MAX;
}
