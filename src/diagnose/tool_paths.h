/* SPDX-License-Identifier: MIT */
/* Where programs can be on this machine beyond PATH, and what is known about them without running.
 */
#pragma once

#include "base/arena.h"

#include <stdint.h>

struct tool_places {
	const char *const *dirs; /* existing folders, best first */
	size_t n;
	const char *venv;  /* the virtual environment's folder, "" none */
	uint32_t managers; /* bit per enum k_package_kind: its package manager is here */
};

/* What the search depends on; NULL members are taken from the environment of this process. */
struct tool_search {
	const char *
		project; /* folder where venv, .venv and node_modules are looked for; upwards too */
	const char *path, *home, *virtual_env, *gopath, *gobin;
};

void tool_places_find(struct arena *a, const struct tool_search *search, struct tool_places *ret);
/* Absolute path of an executable regular file of that name, or NULL. */
const char *tool_places_look(struct arena *a, const struct tool_places *places, const char *binary);

/*
 * The version that an installer wrote down: package.json of the npm package or the dist-info folder
 * of the Python package, for scripts (their interpreters are slow to start; a compiled program is
 * better asked). "" when there is none. Never runs anything.
 */
const char *tool_recorded_version(struct arena *a, const char *path);
