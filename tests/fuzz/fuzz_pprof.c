/* SPDX-License-Identifier: MIT */
/* pprof files, plain and compressed: recognising and reading them. */
#include "collect/profile_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile_set set = { 0 };
	const struct format *format;
	struct err err = { 0 };

	profile_bytes_read(span_of(data, size), "fuzz",
		&(struct profile_file_opts){ .format = "pprof" }, &set, &format, &err);
	profile_set_done(&set);
	format_detect(span_of(data, size), "fuzz");
	return 0;
}
