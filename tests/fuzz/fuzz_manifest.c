/* SPDX-License-Identifier: MIT */
/* Manifests: the first byte chooses the format, the rest is the file. */
#include "parse/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct manifest m;

	if (size == 0)
		return 0;
	manifest_parse(manifest_formats[(data[0] - 'A' + 256u) % MANIFEST_FORMATS],
		span_of(data + 1, size - 1), &a, &m, NULL);
	arena_done(&a);
	return 0;
}
