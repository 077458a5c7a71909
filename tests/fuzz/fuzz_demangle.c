/* SPDX-License-Identifier: MIT */
/* Linker names: the first byte picks the entry, the rest is the name. */
#include "parse/demangle.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = { 0 };

	if (size == 0)
		return 0;
	char *name = malloc(size);

	memcpy(name, data + 1, size - 1);
	name[size - 1] = '\0';
	if (data[0] == 'c')
		demangle_shorten_cpp(name, &out);
	else if (data[0] == 'r')
		demangle_shorten_rust(name, &out);
	else
		demangle(name, &out);
	free(name);
	buf_done(&out);
	return 0;
}
