/* SPDX-License-Identifier: MIT */
/*
 * The tiny condition language of rules and signals: comparisons of metrics and numbers with
 * < <= > >= == !=, arithmetic + - * /, `and`, `or`, `not`, parentheses. A metric without a value is
 * "unknown"; a condition that needs it is neither true nor false but not applicable.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

enum condition_result { CONDITION_FALSE, CONDITION_TRUE, CONDITION_NA };

/* Returns false when the metric has no value now. */
typedef bool (*metric_reader)(void *ctx, const char *name, size_t len, double *ret);

/* `missing` (may be NULL, else 64 bytes) gets the first metric without value. */
enum condition_result condition_eval(
	const char *text, metric_reader read, void *ctx, char *missing);
/* Syntax and names only: `known` tells whether a metric exists. */
int condition_check(const char *text, bool (*known)(void *ctx, const char *name, size_t len),
	void *ctx, struct err *err);
