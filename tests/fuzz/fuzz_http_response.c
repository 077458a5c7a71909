/* SPDX-License-Identifier: MIT */
/* Fuzzes the reader of HTTP responses: once as if more came, once as if the connection had ended.
 */
#include "parse/http_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int ended = 0; ended < 2; ended++) {
		struct http_response res;
		volatile uint8_t sum = 0;

		if (http_response_parse(span_of(data, size), ended, &res, NULL) != 1)
			continue;
		for (size_t i = 0; i < res.body.n; i++)
			sum = (uint8_t)(sum + res.body.p[i]);
		http_response_done(&res);
	}
	return 0;
}
