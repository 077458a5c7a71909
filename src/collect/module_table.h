/* SPDX-License-Identifier: MIT */
/*
 * Every ELF image seen in the targets, once: identity, an open file descriptor (so that a file
 * stays readable after its process died, was deleted or lives in another mount namespace) and,
 * built at first use, its unwind rows.
 */
#pragma once

#include "base/arena.h"
#include "base/file.h"
#include "base/map.h"
#include "base/vec.h"
#include "collect/module.h"
#include "parse/eh_frame.h"
#include "parse/elf_image.h"
#include "parse/pclntab.h"

#include <sys/types.h>

struct module_entry {
	struct module m;
	struct file_map file;
	struct elf_image elf;
	int fd; /* -1 none */
	bool elf_ok;
	bool rows_tried, go_tried;
	struct unwind_rows rows;
	bool v8_tried;
	struct v8_image *v8; /* v8_image.h */
	struct pclntab *go;  /* Go's own table, NULL when it is no Go program */
};

struct module_table {
	struct arena arena;
	vec_of(struct module_entry *) v; /* by module id; [0] is the kernel */
	struct map_u64 index;
	uint64_t build_ns; /* time spent building unwind rows */
	size_t n_rows;
};

void module_table_init(struct module_table *t);
void module_table_done(struct module_table *t);

/* A file mapping of process pid at [start, end); reaches the file while the process is alive. */
struct module_entry *module_table_file(struct module_table *t, pid_t pid, const char *path,
	uint64_t dev, uint64_t inode, uint64_t start, uint64_t end);
struct module_entry *module_table_vdso(struct module_table *t);
/* Executable memory of a process that belongs to no ELF file. */
struct module_entry *module_table_anon(struct module_table *t, pid_t pid);

/* The pseudo module of managed frames. */
struct module_entry *module_table_managed(struct module_table *t);

/* Go's table of a module, opened at the first call; NULL for everything else. */
struct pclntab *module_entry_go(struct module_entry *e);
/* The rows of a module, built at the first call; NULL when it has none. */
const struct unwind_rows *module_entry_rows(struct module_table *t, struct module_entry *e);
/* What it says of the V8 in it, read at the first call; NULL for everything else. */
const struct v8_image *module_entry_v8(struct module_table *t, struct module_entry *e);
