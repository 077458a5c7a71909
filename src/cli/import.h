/* SPDX-License-Identifier: MIT */
/* A profile file of another tool, read for a verb: one profile with all value types it has. */
#pragma once

#include "cli/command.h"
#include "model/profile_set.h"
#include "parse/format.h"

struct import_request {
	const char *path;         /* "-" for standard input */
	const char *format;       /* id to force, NULL: by content */
	const char *type;         /* value type to put first, NULL: what is most useful */
	const char *project_root; /* tells own code from libraries; "" unknown */
};

struct imported {
	struct profile *profile; /* the chosen value type is its first */
	const struct format *format;
	size_t n_profiles; /* in the file */
};

int import_read(struct invocation *inv, const struct import_request *req, struct imported *ret,
	struct err *err);
