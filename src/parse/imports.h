/* SPDX-License-Identifier: MIT */
/*
 * Names of the modules, packages and headers that a source text imports, found line by line without
 * parsing the language: good enough to recognise frameworks in a project without a manifest.
 */
#pragma once

#include "base/span.h"

enum import_style {
	IMPORT_NONE,
	IMPORT_PYTHON, /* import a.b, from a.b import c         -> "a.b" */
	IMPORT_JS,   /* import .. from "a", require("a")      -> "a"; relative ones are left out */
	IMPORT_GO,   /* import "a/b", import ( .. )           -> "a/b" */
	IMPORT_JAVA, /* import a.b.C; using A.B;              -> "a.b.C" */
	IMPORT_C,    /* #include <a/b.h>                      -> "a/b.h"; quoted ones too */
	IMPORT_RUST, /* use a::b; extern crate a              -> "a::b"; crate, self, super, std
			left out */
	IMPORT_RUBY, /* require "a/b"                         -> "a/b" */
	IMPORT_PHP,  /* use A\B;                              -> "A\B" */
};

/* The style for a language id, IMPORT_NONE when its imports are not read. */
enum import_style import_style_of(const char *language);
/* The separator of name parts in this style: "." "/" "::" "\\". */
const char *import_separator(enum import_style style);
/* Calls `found` for each import, in order, the same name possibly several times. */
void imports_scan(enum import_style style, struct span text,
	void (*found)(void *ctx, struct span name), void *ctx);
