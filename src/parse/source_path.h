/* SPDX-License-Identifier: MIT */
/* Source paths of debug information: joined and without "." and ".." parts. */
#pragma once

#include "base/arena.h"

/* name, or dir/name, or comp_dir/dir/name, whichever is absolute first; arena-owned. */
const char *source_path(struct arena *a, const char *comp_dir, const char *dir, const char *name);
