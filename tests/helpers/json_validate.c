/* SPDX-License-Identifier: MIT */
/* json-validate SCHEMA FILE: for shell tests; prints the violations and exits 1 when there are any.
 */
#include "schema_check.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	json_error_t error;
	struct buf problems = { 0 };

	if (argc != 3)
		return 2;
	json_t *schema = json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error);

	if (!schema) {
		fprintf(stderr, "%s:%d: %s\n", argv[1], error.line, error.text);
		return 2;
	}
	json_t *value = json_load_file(argv[2], JSON_REJECT_DUPLICATES, &error);

	if (!value) {
		fprintf(stderr, "%s:%d: %s\n", argv[2], error.line, error.text);
		return 1;
	}
	bool fine = schema_check(schema, value, &problems);

	fputs(buf_cstr(&problems), stderr);
	json_decref(schema);
	json_decref(value);
	buf_done(&problems);
	return fine ? 0 : 1;
}
