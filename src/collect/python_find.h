/* SPDX-License-Identifier: MIT */
/*
 * Where a process has its CPython: the module (libpython, or a program that has it built in), the
 * address of _PyRuntime, the version, the layout of its structures, the functions that are the
 * evaluator.
 */
#pragma once

#include "collect/addr_space.h"
#include "collect/remote_memory.h"
#include "parse/python_layout.h"

struct code_range {
	uint64_t from, to;
};

enum { PYTHON_EVALUATOR_PARTS = 8 };

/* What one ELF file says; the same for all processes that map it. */
struct python_module {
	bool is_python;
	unsigned minor;        /* 0 not told by the file */
	uint64_t runtime;      /* ELF address of _PyRuntime, 0 unknown */
	uint64_t data, data_n; /* writable memory, where to search otherwise */
	/* _PyEval_EvalFrameDefault and what the compiler split off it, ELF addresses */
	struct code_range evaluator[PYTHON_EVALUATOR_PARTS];
	unsigned n_evaluator;
	bool stripped;           /* parts of the evaluator may have no name */
	struct code_range guess; /* a function that may be such a part, and how often it was met */
	unsigned n_guess;
};

struct python_place {
	const struct module_entry *module;
	uint64_t bias;
	uint64_t runtime; /* address in the process */
	struct python_layout layout;
};

/* Examines a module; quick for those that have nothing to do with Python. */
void python_module_examine(struct module_entry *e, struct python_module *ret);
/*
 * Completes what the file says with the live process. -ENOENT: there is no interpreter to be found;
 * other errors say why it cannot be read (a version we do not know, no permission).
 */
int python_place_find(const struct process *p, const struct mapping *map,
	const struct python_module *pm, struct remote_memory *mem, struct python_place *ret,
	struct err *err);
