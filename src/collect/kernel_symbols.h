/* SPDX-License-Identifier: MIT */
/*
 * Names of kernel addresses, and of code that JIT compilers of a process announce in perf maps.
 * Files are read once, when first asked for.
 */
#pragma once

#include "base/buf.h"
#include "parse/kallsyms.h"

#include <pthread.h>

struct kernel_symbols {
	bool read, shown; /* shown: addresses are not hidden by kptr_restrict */
	bool reading;     /* by the thread */
	pthread_t thread;
	struct buf text;
	struct text_symbols table;
};

/* Reads in the background (it takes a tenth of a second); the first find waits for it. Optional. */
void kernel_symbols_start(struct kernel_symbols *k);
/* NULL when the kernel hides addresses or has no such symbol. */
const struct text_symbol *kernel_symbols_find(struct kernel_symbols *k, uint64_t addr);
void kernel_symbols_done(struct kernel_symbols *k);

struct perf_map {
	int32_t pid;
	struct buf text;
	struct text_symbols table;
};

/*
 * Reads the newest perf map of the process as it is in its mount namespace. A map that belongs to
 * somebody other than the process's owner or root is not trusted. An empty table when there is
 * none.
 */
void perf_map_read(struct perf_map *ret, int32_t pid);
void perf_map_done(struct perf_map *m);
