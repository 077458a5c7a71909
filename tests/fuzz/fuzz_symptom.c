/* SPDX-License-Identifier: MIT */
/* The words classifier on any bytes: no crash, sane confidences, words that come from the text. */
#include "diagnose/symptom.h"

#include "base/alloc.h"
#include "knowledge/knowledge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct symptom_engine *engine;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct symptom s;

	if (!engine && symptom_engine_new(knowledge_builtin(), &engine, NULL) < 0)
		abort();
	symptom_classify(engine, span_of(data, size), NULL, 0, &a, &s);
	if (!(s.confidence > 0 && s.confidence <= 1 && s.request_confidence > 0 &&
		    s.request_confidence <= 1))
		abort();
	for (size_t i = 0; i < s.n_because; i++)
		if (!s.because[i][0])
			abort();
	arena_done(&a);
	return 0;
}
