/* SPDX-License-Identifier: MIT */
/* Names of resources and of the value types that belong to them. */
#include "model/resource.h"

#include "base/compiler.h"

#include <stddef.h>
#include <string.h>

const char *resource_name(enum resource r)
{
	switch (r) {
	case RESOURCE_WALL:
		return "wall";
	case RESOURCE_LOCK:
		return "lock";
	case RESOURCE_MEMORY:
		return "memory";
	case RESOURCE_IO:
		return "io";
	default:
		return "cpu";
	}
}

enum resource resource_of_type(const char *type_name)
{
	static const struct {
		const char *name;
		enum resource resource;
	} known[] = {
		{ "wall", RESOURCE_WALL },
		{ "off-cpu", RESOURCE_WALL },
		{ "idle", RESOURCE_WALL },
		{ "run-queue", RESOURCE_WALL },
		{ "lock", RESOURCE_LOCK },
		{ "contentions", RESOURCE_LOCK },
		{ "io", RESOURCE_IO },
		{ "io_bytes", RESOURCE_IO },
		{ "io_calls", RESOURCE_IO },
		{ "alloc_space", RESOURCE_MEMORY },
		{ "alloc_objects", RESOURCE_MEMORY },
		{ "inuse_space", RESOURCE_MEMORY },
		{ "inuse_objects", RESOURCE_MEMORY },
		{ "growth", RESOURCE_MEMORY },
		{ "inuse_growth", RESOURCE_MEMORY },
		{ "peak_space", RESOURCE_MEMORY },
		{ "faults", RESOURCE_MEMORY },
		{ "goroutines", RESOURCE_MEMORY },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, type_name) == 0)
			return known[i].resource;
	return RESOURCE_CPU;
}
