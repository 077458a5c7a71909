/* SPDX-License-Identifier: MIT */
/* Settings, imports and source heads: every reader gets the whole input. */
#include "parse/ignore_file.h"
#include "parse/imports.h"
#include "parse/settings.h"
#include "parse/source_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *ctx, struct span name)
{
	*(size_t *)ctx += name.n;
}

static void count_pattern(void *ctx, const struct ignore_pattern *p)
{
	*(size_t *)ctx += p->path.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const marks[] = { "DO NOT EDIT" };
	struct arena a = { 0 };
	struct settings s = { 0 };
	struct span in = span_of(data, size);
	size_t total = 0;

	settings_scan(in, false, &a, &s);
	settings_scan(in, true, &a, &s);
	for (int style = IMPORT_NONE; style <= IMPORT_PHP; style++)
		imports_scan((enum import_style)style, in, count, &total);
	gitignore_read(in, count_pattern, &total);
	gitattributes_read(in, count_pattern, &total);
	source_interpreter(in);
	source_minified(in);
	source_marked(in, marks, 1);
	arena_done(&a);
	return 0;
}
