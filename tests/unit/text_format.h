/* SPDX-License-Identifier: MIT */
/* A profile file's text read and written down as lines that a test can compare. */
#pragma once

#include "base/err.h"
#include "collect/profile_file.h"
#include "render/collapsed.h"
#include "unit.h"

/* Per profile and value "TYPE unit", then its collapsed stacks with threads, then caveat ids. */
static inline void text_format_dump(const struct profile_set *set, struct buf *out)
{
	struct sink sink;

	sink_to_buf(&sink, out);
	vec_foreach (pp, &set->v) {
		const struct profile *p = *pp;

		for (unsigned t = 0; t < p->n_types; t++) {
			buf_printf(out, "%s %s\n", p->types[t].name, p->types[t].unit);
			collapsed_write(&sink, p,
				&(struct collapsed_opts){ .type = (int)t, .thread_root = true });
		}
		for (const struct caveat *c = p->caveats.first; c; c = c->next)
			buf_printf(out, "! %s\n", c->id);
	}
}

/* Recognised as `id` and read: the dump; else "error: ...". */
static inline void text_format_check(const char *id, struct span text, const char *expected)
{
	const struct format *format = NULL;
	struct profile_set set = { 0 };
	struct buf out = { 0 };
	struct err err = { 0 };

	if (profile_bytes_read(text, "test", NULL, &set, &format, &err) < 0)
		buf_printf(&out, "error: %s\n", err.msg);
	else
		assert_string_equal(format->id, id);
	text_format_dump(&set, &out);
	assert_string_equal(buf_cstr(&out), expected);
	profile_set_done(&set);
	buf_done(&out);
}
