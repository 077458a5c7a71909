/* SPDX-License-Identifier: MIT */
/*
 * What is known about one owner: how its cost splits by line, the source text around the hot
 * lines, and the metrics that rule conditions speak of (knowledge/metrics/rules.yaml). All shares
 * are of the owner's own weight, owner_share excepted.
 */
#pragma once

#include "analyze/blame.h"
#include "base/buf.h"

struct hot_line {
	uint32_t line;
	double weight;
};

enum text_scope {
	TEXT_HOT,  /* hot lines */
	TEXT_LOOP, /* the loops around them */
	TEXT_BODY, /* the function */
	TEXT_CALL, /* where application code calls the function, with the loops around */
	TEXT_FILE,
	TEXT_NAME, /* the function's name */
	TEXT_SCOPES,
};

enum { EVIDENCE_METRICS = 64 };

struct evidence {
	const struct blame *blame;
	const struct blame_owner *owner;
	const struct code_function *function;
	const struct source_file *file; /* NULL: source not readable */
	struct source_function text;    /* valid when has_text */
	bool has_text;
	vec_of(struct hot_line) lines; /* heaviest first */
	struct buf scope[TEXT_SCOPES]; /* without comments; empty without source */
	const char *caller;            /* heaviest application caller, "" none */
	const char *caller_file;
	uint32_t caller_line;
	struct {
		const char *name;
		double value;
	} metrics[EVIDENCE_METRICS]; /* known ones only */
	size_t n_metrics;
};

void evidence_init(struct evidence *e, const struct blame *b, const struct blame_owner *o,
	struct source *source);
void evidence_done(struct evidence *e);
/* A metric_reader; ctx is the evidence. */
bool evidence_metric(void *ctx, const char *name, size_t len, double *ret);
