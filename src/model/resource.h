/* SPDX-License-Identifier: MIT */
/* What a program can be short of, as bits: which of them to look at, which a value type speaks of.
 */
#pragma once

enum resource {
	RESOURCE_CPU = 1,
	RESOURCE_WALL = 2, /* waiting of any kind */
	RESOURCE_LOCK = 4,
	RESOURCE_MEMORY = 8,
	RESOURCE_IO = 16,
	RESOURCE_ALL = 31,
};

/* "cpu", "wall", "lock", "memory", "io" */
const char *resource_name(enum resource r);
/* Of a value type's name (model/profile.h lists them); cpu for others. */
enum resource resource_of_type(const char *type_name);
