/* SPDX-License-Identifier: MIT */
/* perf-ops profile --import: a profile file explained like a measurement of our own. */
#pragma once

#include "cli/profile_take.h"

struct profile_import_request {
	const char *path;   /* "-": standard input */
	const char *format; /* id, NULL: by content */
	const char *type;   /* value type, NULL: all */
};

/* Like profile_take; follow it with profile_keep. */
int profile_import(struct invocation *inv, const struct profile_request *req,
	const struct profile_import_request *import, struct profile_taken *ret, struct err *err);
