/* SPDX-License-Identifier: MIT */
/*
 * Profile files on disk, behind a pipe or in memory: opened, decompressed, recognised and read by
 * the format's reader in parse/.
 */
#pragma once

#include "parse/format.h"

struct profile_file_opts {
	const char *format;                   /* id to force, NULL: recognise by content */
	const struct format_symbols *symbols; /* may be NULL */
};

/* "-" is standard input. Fills *ret and *ret_format, or fails with a sentence naming the file. */
int profile_file_read(const char *path, const struct profile_file_opts *opts,
	struct profile_set *ret, const struct format **ret_format, struct err *err);
/* The same over bytes that are here already, as an HTTP answer; `name` is for messages. */
int profile_bytes_read(struct span bytes, const char *name, const struct profile_file_opts *opts,
	struct profile_set *ret, const struct format **ret_format, struct err *err);
