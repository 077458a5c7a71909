/* SPDX-License-Identifier: MIT */
/* Diagnosis life cycle and the names of its enums. */
#include "model/diagnosis.h"

#include "base/alloc.h"

#include <stdlib.h>

const char *request_kind_name(enum request_kind k)
{
	static const char *const names[] = { "symptom", "profile", "benchmark", "optimize", "why" };

	return k < ARRAY_LEN(names) ? names[k] : "symptom";
}

const char *env_kind_name(enum env_kind k)
{
	static const char *const names[] = { "unknown", "development", "production", "ci" };

	return k < ARRAY_LEN(names) ? names[k] : "unknown";
}

const char *severity_name(enum severity s)
{
	static const char *const names[] = { "info", "warning", "critical" };

	return s < ARRAY_LEN(names) ? names[s] : "info";
}

struct diagnosis *diagnosis_new(void)
{
	struct diagnosis *d = xcalloc(1, sizeof(*d));

	d->case_id = d->text = d->next = "";
	d->target.project = ".";
	d->symptom.leaf = d->symptom.class_name = "unknown";
	d->symptom.language = "none";
	return d;
}

void diagnosis_free(struct diagnosis *d)
{
	if (!d)
		return;
	arena_done(&d->arena);
	free(d);
}
