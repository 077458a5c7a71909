/* SPDX-License-Identifier: MIT */
/*
 * The baseline under the names that conditions and texts in knowledge use (knowledge/metrics). A
 * metric without a value now (no window, refused, not that kind of machine) is absent, never 0.
 */
#pragma once

#include "base/buf.h"
#include "knowledge/knowledge.h"
#include "model/diagnosis.h"

struct metric_value {
	const char *id;
	double v;
	const char *text; /* for metrics of unit "text"; else NULL */
};

struct metrics {
	const struct knowledge *k;
	struct metric_value v[160];
	size_t n;
	char texts[8][160]; /* built texts that v points to */
	size_t n_texts;
};

void metrics_init(struct metrics *m, const struct knowledge *k, const struct baseline *b);
/* metric_reader of the condition language; ctx is a struct metrics. */
bool metrics_read(void *ctx, const char *name, size_t len, double *ret);
const struct metric_value *metrics_find(const struct metrics *m, const char *name, size_t len);
/* Writes a value as its unit says: "92 %", "3.1 MiB/s", "4.0 ms". */
void metrics_format(const struct metrics *m, const struct metric_value *v, struct buf *out);
/*
 * `text` starts at a '{': writes the value of "{name}" (or "?" when it is absent) and returns how
 * many bytes of text that was; what is no place is copied as it is.
 */
size_t metrics_put_place(const struct metrics *m, const char *text, struct buf *out);
