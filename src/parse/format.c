/* SPDX-License-Identifier: MIT */
/* The table of profile formats, and which of them a file is. */
#include "parse/format.h"

const struct format *const formats[] = {
#define X(name) &name##_format,
	FORMATS(X)
#undef X
		NULL,
};

const struct format *format_by_id(const char *id)
{
	for (size_t i = 0; formats[i]; i++)
		if (strcmp(formats[i]->id, id) == 0)
			return formats[i];
	return NULL;
}

const struct format *format_detect(struct span head, const char *name)
{
	const struct format *best = NULL;
	int sure = 0;

	for (size_t i = 0; formats[i]; i++) {
		int n = formats[i]->detect(head, name);

		if (n > sure) {
			sure = n;
			best = formats[i];
		}
	}
	return best;
}
