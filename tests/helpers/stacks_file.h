/* SPDX-License-Identifier: MIT */
/*
 * Profiles from a plain text table, so that renderer tests have realistic stacks. Tab separated:
 *	C command                                  P period_ns duration_s
 *	F kind inlined line decl_line file module function
 *	T pid tid name
 *	S thread count frame,frame,...             root first; numbers count F and T lines from 0
 */
#pragma once

#include "model/profile.h"

/* Stops the test with a message when the file is missing or malformed. */
struct profile *stacks_file_load(const char *path);
