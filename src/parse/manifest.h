/* SPDX-License-Identifier: MIT */
/*
 * What the manifest of a package says: its name, language, runtime, direct dependencies, and the
 * members of a workspace. One struct manifest_format per file format, listed once in MANIFESTS.
 * Texts are copied into the arena, cleaned (no control characters) and bounded. A version that is
 * not a plain version (a URL, a path: they may hold tokens) becomes "".
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

enum { MANIFEST_MAX_DEPS = 2000, MANIFEST_MAX_MEMBERS = 1000 };

struct manifest_dep {
	const char *name, *version;
};

struct manifest {
	const char *name;     /* "" unknown */
	const char *language; /* language id, "" when the file doesn't say ("javascript", "python"
				 ...) */
	const char *runtime, *runtime_version; /* "node" ">=18"; "" unknown */
	bool package; /* describes a package (false: a bare workspace root, a list of requirements)
		       */
	bool root;    /* says that no package is above it (a workspace root) */
	const char *workspace; /* "npm workspaces", "cargo workspace" ...; "" none */
	const char **members;  /* member folders or globs, relative; "!" before one takes it out */
	size_t n_members;
	const char *side; /* javascript: "backend" or "frontend" when a field says so, "" */
	struct manifest_dep *deps;
	size_t n_deps;
	bool cut; /* more dependencies or members than the limits above */
};

struct manifest_format {
	const char *name; /* as shown as evidence: "package.json" */
	const char *const
		*files; /* NULL-ended globs on the file name; with '/': on the end of the path */
	const char *language; /* of a package with this manifest, "" when it needs to be read */
	int (*parse)(struct span in, struct arena *a, struct manifest *ret, struct err *err);
};

#define MANIFESTS(X)       \
	X(package_json)    \
	X(pnpm_workspace)  \
	X(lerna)           \
	X(nx_project)      \
	X(deno)            \
	X(pyproject)       \
	X(requirements)    \
	X(pipfile)         \
	X(setup_py)        \
	X(setup_cfg)       \
	X(conda_env)       \
	X(go_mod)          \
	X(go_work)         \
	X(cargo)           \
	X(pom)             \
	X(gradle)          \
	X(gradle_settings) \
	X(gradle_catalog)  \
	X(sbt)             \
	X(csproj)          \
	X(composer)        \
	X(gemfile)         \
	X(gemspec)         \
	X(mix)             \
	X(pubspec)         \
	X(cmake)           \
	X(meson)           \
	X(makefile)        \
	X(conanfile)       \
	X(vcpkg)

#define X(n) extern const struct manifest_format manifest_##n;
MANIFESTS(X)
#undef X

enum {
	MANIFEST_FORMATS = 0
#define X(n) +1
	MANIFESTS(X)
#undef X
};

extern const struct manifest_format *const manifest_formats[MANIFEST_FORMATS];

/* Parses and fills every text that the format left out with "". */
int manifest_parse(const struct manifest_format *f, struct span in, struct arena *a,
	struct manifest *ret, struct err *err);
