/* SPDX-License-Identifier: MIT */
/*
 * Our side of the allocation channel: the shared memory, made before the launch and found again
 * when the observation begins, and the library that the command is preloaded with.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "parse/alloc_channel.h"

struct alloc_channel {
	int fd;
	struct alloc_control *control;
	uint8_t *base; /* the whole file */
};

/*
 * Makes the memory and puts a name for it into the folder `scratch`. A memory file, reached through
 * our own /proc entry: nothing of it is left anywhere when we are killed. *ret_path is what the
 * target opens.
 */
int alloc_channel_make(const char *scratch, uint64_t mean_bytes, struct arena *a,
	const char **ret_path, struct err *err);
/* -ENOENT when none was made for this folder. */
int alloc_channel_open(struct alloc_channel *ret, const char *scratch, struct err *err);
struct alloc_slot *alloc_channel_slot(const struct alloc_channel *c, unsigned i);
/* Empties a slot and gives it back; its process must be gone. */
void alloc_channel_release(struct alloc_channel *c, unsigned i);
/* Tells all processes that sampling has ended; they keep their mappings. */
void alloc_channel_close(struct alloc_channel *c);

/*
 * Path of libperfops-alloc.so: $PERF_OPS_LIBDIR, beside the built binary, or where it is installed
 * relative to it. NULL when there is none or it is not for this machine.
 */
const char *alloc_library_path(struct arena *a);
