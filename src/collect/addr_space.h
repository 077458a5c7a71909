/* SPDX-License-Identifier: MIT */
/*
 * What is mapped where, per process: from /proc/PID/maps and from the mmap, fork and exec records
 * of the kernel, so that a stack is read with the mappings of its own moment.
 */
#pragma once

#include "collect/module_table.h"

struct mapping {
	uint64_t start, end;
	uint64_t bias; /* ELF virtual address = address - bias; 0 for anonymous memory */
	struct module_entry *mod;
};

struct process {
	pid_t pid;
	uint32_t generation;         /* changes whenever the mappings do */
	uint32_t n_exec;             /* programs it has changed to */
	vec_of(struct mapping) maps; /* executable ones, sorted, not overlapping */
	struct module_entry *exe;    /* first file mapped after exec, NULL unknown */
	uint64_t read_ns;            /* when /proc/PID/maps was read; 0 never since exec */
	uint64_t read_wait_ns;       /* how long until it may be read again */
};

/* What was found at a code address; most frames of most stacks were met before. */
struct code_place {
	const struct process *process;
	uint64_t addr;
	uint32_t generation;
	uint32_t module;
	uint64_t bias;
	bool has_rows;                  /* the module has unwind rows at all */
	const struct unwind_rule *rule; /* NULL: none for this address */
	bool is_go;                     /* then Go's table knows the frame, and: */
	bool go_top, go_switch;         /* first of its stack; its caller is on another stack */
	int32_t go_sp_delta;            /* from SP to the return address */
};

enum { CODE_PLACES = 1 << 13 };

struct runtimes;

struct addr_spaces {
	struct module_table *modules;
	struct runtimes *runtimes; /* runtime.h; NULL: none are looked for */
	struct code_place *places; /* direct-mapped cache */
	vec_of(struct process *) v;
	struct map_u64 index; /* pid -> v */
};

struct map_event {
	uint64_t start, end, offset;
	uint64_t dev, inode;
	const char *path;
};

void addr_spaces_init(struct addr_spaces *as, struct module_table *modules);
void addr_spaces_done(struct addr_spaces *as);

/* The process, created empty when unknown (*ret_new tells; may be NULL). */
struct process *addr_spaces_get(struct addr_spaces *as, pid_t pid, bool *ret_new);
/* Reads /proc/PID/maps on top of what is known; false when it cannot be read. */
bool addr_spaces_read_proc(struct addr_spaces *as, struct process *p);
/* The same when an address was in no mapping: soon at first, then ever rarer; false: not read. */
bool addr_spaces_read_again(struct addr_spaces *as, struct process *p, uint64_t now_ns);
/* The same from text in the form of /proc/PID/maps; false when it has no mapping. */
bool addr_spaces_read_text(struct addr_spaces *as, struct process *p, struct span maps);

void addr_spaces_mmap(struct addr_spaces *as, struct process *p, const struct map_event *ev);
void addr_spaces_fork(struct addr_spaces *as, pid_t parent, pid_t child);
void addr_spaces_exec(struct addr_spaces *as, pid_t pid);

/* Mapping and unwind rule of a code address, NULL when nothing executable is there. */
const struct code_place *addr_spaces_code(
	struct addr_spaces *as, const struct process *p, uint64_t addr);

/* The mapping at an address, NULL when nothing executable is there. */
const struct mapping *process_find(const struct process *p, uint64_t addr);
