/* SPDX-License-Identifier: MIT */
/*
 * Linker names to the names developers write: C++ (Itanium), Rust (legacy and v0), Go generics,
 * compiler suffixes (".isra.0", ".cold"). Parameters, hashes, default template arguments and long
 * argument lists are left out, so that equal functions of different builds get equal names.
 * Length, depth and output are bounded; a name that is too much is returned as it is.
 */
#pragma once

#include "base/buf.h"

enum demangle_style { DEMANGLE_NONE, DEMANGLE_CPP, DEMANGLE_RUST };

enum {
	DEMANGLE_MAX_INPUT = 4096,
	DEMANGLE_MAX_OUTPUT = 16384, /* before shortening */
	DEMANGLE_MAX_ARGS = 48,      /* template arguments longer than this become <...> */
};

/* Replaces the content of *ret by the display name; tells how the name was mangled. */
enum demangle_style demangle(const char *name, struct buf *ret);

/*
 * The same shortening for a C++ name that is already readable (built from DWARF scopes);
 * replaces the content of *ret.
 */
void demangle_shorten_cpp(const char *name, struct buf *ret);
void demangle_shorten_rust(const char *name, struct buf *ret);
