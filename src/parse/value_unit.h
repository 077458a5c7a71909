/* SPDX-License-Identifier: MIT */
/*
 * Names and units of values as other tools write them, turned into the model's: nanoseconds, bytes
 * or counts, under the names that model/profile.h gives a meaning.
 */
#pragma once

struct value_unit {
	const char *unit; /* "nanoseconds", "bytes" or "count" */
	double scale;     /* what a value is multiplied by: 1000 for microseconds */
};

struct value_unit value_unit_of(const char *unit);
/* The model's name for a value of this unit: "delay" in nanoseconds is "lock"; often `name`. */
const char *value_name_of(const char *name, const char *unit);
/* v * u.scale, saturating. */
long long value_scaled(long long v, struct value_unit u);
