/* SPDX-License-Identifier: MIT */
/*
 * Versions from the package database of Debian and its relatives: asking some packaged programs
 * (perf, gdb) takes longer than the rest of a diagnosis.
 */
#pragma once

#include "base/arena.h"

struct dpkg_question {
	const char *path, *package; /* does this package own this program ... */
	const char *version;        /* ... then its upstream version, else "" */
};

/*
 * `root` is "" or the folder of a test's database. A program that was changed after its package was
 * installed is not the package's any more.
 */
void tool_dpkg_versions(
	struct arena *a, const char *root, struct dpkg_question *questions, size_t n);
