/* SPDX-License-Identifier: MIT */
/* Knowledge overlays: any bytes as one file laid over the built-in tables. */
#include "knowledge/overlay.h"

#include "knowledge/knowledge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	const struct knowledge *k = NULL;
	int r = knowledge_overlay_text(
		knowledge_builtin(), span_of(data, size), "fuzz.yaml", &a, &k, &err);

	if ((r < 0) != (err.msg[0] != '\0') || (r == 0) != (k != NULL))
		abort();
	arena_done(&a);
	return 0;
}
