/* SPDX-License-Identifier: MIT */
/* The condition language: check and evaluate any text. */
#include "knowledge/condition.h"

#include "base/alloc.h"
#include "base/span.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool known(void *ctx, const char *name, size_t len)
{
	return len % 2;
}

static bool read_metric(void *ctx, const char *name, size_t len, double *ret)
{
	*ret = (double)len - 3;
	return len % 3 != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), missing[64];

	condition_check(text, known, NULL, NULL);
	enum condition_result r = condition_eval(text, read_metric, NULL, missing);

	if (r != CONDITION_NA && missing[0])
		abort(); /* a decided condition misses nothing */
	free(text);
	return 0;
}
