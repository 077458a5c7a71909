/* SPDX-License-Identifier: MIT */
/* Source text and function names as they come: the first line is a name, the rest a file. */
#include "analyze/names.h"
#include "analyze/source.h"

#include "base/alloc.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_text(void *ctx, const char *file, struct span *ret)
{
	*ret = *(struct span *)ctx;
	return true;
}

static void look_at(struct source *s, const struct source_file *f, uint32_t line, const char *name)
{
	struct source_function fn;

	if (!source_function(s, f, line, &fn))
		return;
	(void)source_calls(f, &fn, name);
	for (uint32_t l = fn.first; l <= fn.last && l < fn.first + 60; l++) {
		(void)source_loop_depth(&fn, l);
		(void)source_strided(f, &fn, l);
		(void)source_pairwise(f, &fn, l);
		(void)source_same_bounds(f, &fn, l);
		(void)source_line(f, l);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size), name;
	struct source s;
	struct buf plain = { 0 };
	bool closure;

	if (!span_next_line(&text, &name) || size > 20000)
		return 0;

	char *display = xstrndup((const char *)name.p, name.n);

	name_plain(display, &plain, &closure);
	(void)name_is_special_member(buf_cstr(&plain));
	(void)name_is_operator(buf_cstr(&plain));
	source_init(&s, &(struct source_reader){ .read = read_text, .ctx = &text });

	static const char *const files[] = { "a.c", "a.py", "a.java" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct source_file *f = source_open(&s, files[i]);

		for (uint32_t l = 0; f && l < 80; l++)
			look_at(&s, f, l, name_last(buf_cstr(&plain)));
	}
	source_done(&s);
	buf_done(&plain);
	free(display);
	return 0;
}
