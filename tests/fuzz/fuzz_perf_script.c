/* SPDX-License-Identifier: MIT */
/* Text of perf script. */
#include "collect/profile_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile_set set = { 0 };
	const struct format *format;

	profile_bytes_read(span_of(data, size), "fuzz",
		&(struct profile_file_opts){ .format = "perf-script" }, &set, &format, NULL);
	profile_set_done(&set);
	format_detect(span_of(data, size), "fuzz");
	return 0;
}
