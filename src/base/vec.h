/* SPDX-License-Identifier: MIT */
/*
 * Growable array as a struct of its own: struct { T *v; size_t n, cap; }. The element type is
 * checked by the compiler because `v` is typed. Free with vec_done.
 *
 *	vec_of(struct mapping) maps = { 0 };
 *	*vec_push(&maps) = (struct mapping){ ... };
 */
#pragma once

#include "base/alloc.h"

#include <stdlib.h>

#define vec_of(T)           \
	struct {            \
		T *v;       \
		size_t n;   \
		size_t cap; \
	}

/* Pointer to a new last element (uninitialised). */
#define vec_push(vec)                                                                       \
	((vec)->n == (vec)->cap ? ((vec)->cap = (vec)->cap ? (vec)->cap * 2 : 8,            \
					  (vec)->v = xreallocarray(                         \
						  (vec)->v, (vec)->cap, sizeof(*(vec)->v))) \
				: (vec)->v,                                                 \
		&(vec)->v[(vec)->n++])

#define vec_done(vec) (free((vec)->v), (vec)->v = NULL, (vec)->n = 0, (vec)->cap = 0)

#define vec_foreach(it, vec) \
	for (__typeof__((vec)->v[0]) *it = (vec)->v; it && it < (vec)->v + (vec)->n; it++)
