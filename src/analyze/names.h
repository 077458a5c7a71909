/* SPDX-License-Identifier: MIT */
/*
 * Function names as people say them: without parameters, template arguments, return type, compiler
 * suffixes and symbol versions; closures and lambdas carry the name of the function that holds
 * them. Rules, frame classes and findings speak these names.
 */
#pragma once

#include "base/buf.h"

/*
 * Writes the plain form of a demangled name ("void std::sort<It>(It, It)" gives "std::sort",
 * "a::b::{closure#0}" gives "a::b", "main.(*T).m.func1" gives "main.(*T).m"). *ret_closure tells
 * whether a closure or lambda was folded; a bare lambda without its holder gives "".
 */
void name_plain(const char *display, struct buf *ret, bool *ret_closure);

/* "run" of "crm::Finder::run", "main.(*T).run" and "run". */
const char *name_last(const char *plain);
/* A constructor, destructor, copy or move by its name ("T::T", "T::~T", "T::operator="). */
bool name_is_special_member(const char *plain);
/* A call operator, comparison or hash operator of a class ("T::operator()", "operator<"). */
bool name_is_operator(const char *plain);
