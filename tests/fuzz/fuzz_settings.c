/* SPDX-License-Identifier: MIT */
/* Settings, imports and source heads: every reader gets the whole input. */
#include "base/compiler.h"
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
	static const char *const texts[] = { "DO NOT EDIT" };
	static const char *const shared[] = { "header", "typescript", "objective-c", "perl",
		"fsharp", "d" };
	struct source_marks marks;
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
	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		source_real_language(shared[i], in);
	source_minified(in);
	source_marks_init(&marks, texts, 1);
	source_marked(in, &marks);
	arena_done(&a);
	return 0;
}
