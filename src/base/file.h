/* SPDX-License-Identifier: MIT */
/* Paths and whole files: joining, bounded reading, mapping, atomic writing, cleanup helpers. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

/* cleanup helpers */
void fd_closep(int *fd);
void dir_closep(void *dirp); /* DIR ** */

/* "a" + "/" + "b", no doubled slash. Arena-owned. */
char *path_join(struct arena *a, const char *dir, const char *name);
const char *path_base(const char *path);
/* extension without the dot ("tar.gz" counts as "gz"), "" when none */
const char *path_ext(const char *path);
bool path_exists(const char *path);
bool path_is_dir(const char *path);
/* mkdir -p with mode 0700 for what is missing */
int path_make_dirs(const char *path, struct err *err);

/*
 * Reads a file up to `max` bytes into *ret (appended). Works for /proc and pipes, whose size is
 * unknown. A larger file gives -EFBIG. dirfd may be AT_FDCWD.
 */
int file_read_at(int dirfd, const char *path, size_t max, struct buf *ret, struct err *err);
int file_read(const char *path, size_t max, struct buf *ret, struct err *err);
/* Writes the file as a whole or not at all: temp file beside it, fsync, rename. */
int file_write_atomic(const char *path, struct span data, mode_t mode, struct err *err);

/* A read-only private mapping of a regular file. */
struct file_map {
	struct span s;
};

int file_map_open(struct file_map *ret, const char *path, size_t max, struct err *err);
void file_map_done(struct file_map *m);
