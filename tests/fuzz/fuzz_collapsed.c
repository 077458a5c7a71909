/* SPDX-License-Identifier: MIT */
/* Collapsed stacks of every producer. */
#include "collect/profile_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile_set set = { 0 };
	const struct format *format;

	profile_bytes_read(span_of(data, size), "fuzz",
		&(struct profile_file_opts){ .format = "collapsed" }, &set, &format, NULL);
	profile_set_done(&set);
	return 0;
}
