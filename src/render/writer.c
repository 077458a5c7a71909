/* SPDX-License-Identifier: MIT */
/* The table of profile writers. */
#include "render/writer.h"

#include <string.h>

const struct writer *const writers[] = {
#define X(name) &name##_writer,
	WRITERS(X)
#undef X
		NULL,
};

const struct writer *writer_by_id(const char *id)
{
	for (size_t i = 0; writers[i]; i++)
		if (strcmp(writers[i]->id, id) == 0)
			return writers[i];
	return NULL;
}

const struct writer *writer_by_name(const char *path)
{
	const struct writer *best = NULL;
	size_t len = strlen(path), longest = 0;

	for (size_t i = 0; writers[i]; i++) {
		struct span rest = span_str(writers[i]->extensions), ext;

		while (span_next_word(&rest, &ext)) {
			if (ext.n <= longest || ext.n >= len ||
				memcmp(path + len - ext.n, ext.p, ext.n) != 0)
				continue;
			best = writers[i];
			longest = ext.n;
		}
	}
	return best;
}
