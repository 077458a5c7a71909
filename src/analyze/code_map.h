/* SPDX-License-Identifier: MIT */
/*
 * The functions of a profile under their plain names, and the part each of them plays: the
 * project's own code, a library, the runtime, an allocator ... as the frame classes of the
 * knowledge say. Frames of one function (its lines, inlined copies, compiler clones, closures)
 * are one function here.
 */
#pragma once

#include "knowledge/knowledge.h"
#include "model/profile.h"

enum code_role {
	CODE_APP,
	CODE_ENTRY, /* the program's or a task's first function: application code, but no culprit by
		       itself */
	CODE_LIBRARY,
	CODE_RUNTIME,
	CODE_KERNEL,
	CODE_SPECIAL,  /* copies, destructors, generated code: the caller is to blame */
	CODE_ACCESSOR, /* library code with constant cost per call */
	CODE_ALLOCATOR,
	CODE_COLLECTOR,  /* garbage collection on threads of its own */
	CODE_SPAWNER,    /* starts threads */
	CODE_TRAMPOLINE, /* changes stacks or starts threads and tasks: who called is not on this
			    stack */
};

struct code_function {
	const char *plain; /* as people call it */
	const char *name;  /* the same after the aliases: what rules match */
	const char *file;  /* source file of its lines, "" unknown */
	const char *module;
	uint32_t decl_line; /* 0 unknown */
	enum code_role role;
	bool copies;       /* a copy constructor or copy assignment, of the project or a library */
	bool inlined_only; /* never seen as a function of its own */
};

struct code_map {
	struct arena arena;
	const struct profile *profile;
	vec_of(struct code_function) functions;
	uint32_t *of_frame; /* profile frame id -> functions index */
};

void code_map_init(struct code_map *m, const struct profile *p, const struct knowledge *k);
void code_map_done(struct code_map *m);

/* The runtime whose own frames (Python's, JavaScript's ...) have this module; NULL for native ones.
 */
const struct k_runtime *code_runtime(const struct knowledge *k, const char *module);

/* Application code in the sense of blame: CODE_APP or CODE_ENTRY. */
static inline bool code_is_app(enum code_role r)
{
	return r == CODE_APP || r == CODE_ENTRY;
}

static inline const struct code_function *code_of_stack(const struct code_map *m, uint32_t stack)
{
	return &m->functions.v[m->of_frame[m->profile->stacks.v[stack].frame]];
}
