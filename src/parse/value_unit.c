/* SPDX-License-Identifier: MIT */
/* Names and units of values. */
#include "parse/value_unit.h"

#include "base/compiler.h"

#include <limits.h>
#include <string.h>

/* As google/pprof internal/measurement knows them, with their short and plural forms. */
static const struct {
	const char *name, *unit;
	double scale;
} units[] = {
	{ "ns", "nanoseconds", 1 },
	{ "nanosecond", "nanoseconds", 1 },
	{ "nanoseconds", "nanoseconds", 1 },
	{ "us", "nanoseconds", 1e3 },
	{ "microsecond", "nanoseconds", 1e3 },
	{ "microseconds", "nanoseconds", 1e3 },
	{ "ms", "nanoseconds", 1e6 },
	{ "millisecond", "nanoseconds", 1e6 },
	{ "milliseconds", "nanoseconds", 1e6 },
	{ "s", "nanoseconds", 1e9 },
	{ "sec", "nanoseconds", 1e9 },
	{ "second", "nanoseconds", 1e9 },
	{ "seconds", "nanoseconds", 1e9 },
	{ "b", "bytes", 1 },
	{ "byte", "bytes", 1 },
	{ "bytes", "bytes", 1 },
	{ "kb", "bytes", 1024 },
	{ "kilobyte", "bytes", 1024 },
	{ "kilobytes", "bytes", 1024 },
	{ "mb", "bytes", 1048576 },
	{ "megabyte", "bytes", 1048576 },
	{ "megabytes", "bytes", 1048576 },
};

/* What Go, gperftools and the language agents call things that the model has its own name for. */
static const struct {
	const char *name, *unit, *ours;
} names[] = {
	{ "delay", "nanoseconds", "lock" },
	{ "lock_delay", "nanoseconds", "lock" },
	{ "lock-time", "nanoseconds", "lock" },
	{ "lock-acquire-wait", "nanoseconds", "lock" },
	{ "cpu-time", "nanoseconds", "cpu" },
	{ "cpu_time", "nanoseconds", "cpu" },
	{ "process_cpu", "nanoseconds", "cpu" },
	{ "wall-time", "nanoseconds", "wall" },
	{ "wall_time", "nanoseconds", "wall" },
	{ "offcpu", "nanoseconds", "off-cpu" },
	{ "off_cpu", "nanoseconds", "off-cpu" },
	{ "space", "bytes", "inuse_space" },
	{ "objects", "count", "inuse_objects" },
	{ "alloc-space", "bytes", "alloc_space" },
	{ "alloc-samples", "count", "alloc_objects" },
	{ "heap-space", "bytes", "inuse_space" },
};

struct value_unit value_unit_of(const char *unit)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcasecmp(unit, units[i].name) == 0)
			return (struct value_unit){ units[i].unit, units[i].scale };
	return (struct value_unit){ "count", 1 };
}

const char *value_name_of(const char *name, const char *unit)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i].name) == 0 && strcmp(unit, names[i].unit) == 0)
			return names[i].ours;
	return name;
}

long long value_scaled(long long v, struct value_unit u)
{
	long long ret;

	if (__builtin_mul_overflow(v, (long long)u.scale, &ret))
		return v < 0 ? LLONG_MIN : LLONG_MAX;
	return ret;
}
