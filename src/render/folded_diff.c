/* SPDX-License-Identifier: MIT */
/*
 * Two profiles as one file of collapsed stacks, "main;work;leaf BEFORE AFTER", as difffolded.pl of
 * FlameGraph makes it and its flamegraph.pl colours it. The weights are what was measured: nothing
 * is scaled to equal totals.
 */
#include "render/collapsed.h"
#include "render/writer.h"

#include <errno.h>
#include <inttypes.h>

/* The next "stack weight" line; false at the end. */
static bool next_stack(struct span *text, struct span *ret_stack, uint64_t *ret_weight)
{
	struct span line;
	size_t n;

	*ret_stack = (struct span){ 0 };
	*ret_weight = 0;
	if (!span_next_line(text, &line))
		return false;
	for (n = line.n; n && line.p[n - 1] != ' '; n--)
		;
	if (!n || !span_parse_u64(span_from(line, n), ret_weight))
		return false;
	*ret_stack = span_sub(line, 0, n - 1);
	return true;
}

/* As strcmp would order the stacks, which is how collapsed_write sorts. */
static int compare(struct span a, struct span b)
{
	int c = a.n && b.n ? memcmp(a.p, b.p, MIN(a.n, b.n)) : 0;

	return c ? c : a.n < b.n ? -1 : a.n > b.n;
}

static void merge(struct sink *out, struct span before, struct span after)
{
	struct span a, b;
	uint64_t wa, wb;
	bool have_a = next_stack(&before, &a, &wa), have_b = next_stack(&after, &b, &wb);

	while (have_a || have_b) {
		int c = !have_b ? -1 : !have_a ? 1 : compare(a, b);
		struct span stack = c <= 0 ? a : b;

		sink_write(out, stack.p, stack.n);
		sink_printf(out, " %" PRIu64 " %" PRIu64 "\n", c <= 0 ? wa : 0, c >= 0 ? wb : 0);
		if (c <= 0)
			have_a = next_stack(&before, &a, &wa);
		if (c >= 0)
			have_b = next_stack(&after, &b, &wb);
	}
}

static void fold(struct buf *to, const struct profile *p, int type)
{
	struct sink sink;

	buf_init(to, SIZE_MAX / 2);
	sink_to_buf(&sink, to);
	collapsed_write(&sink, p, &(struct collapsed_opts){ .type = type });
}

static int write_profile(
	struct sink *out, const struct profile *p, const struct writer_opts *opts, struct err *err)
{
	const struct value_type *t = &p->types[opts->type];
	int type = profile_type(opts->base, t->name);
	struct buf before, after;

	if (type < 0)
		return fail(err, EINVAL, "the profile before has no values of '%s'", t->name);
	fold(&before, opts->base, type);
	fold(&after, p, (int)opts->type);
	merge(out, buf_span(&before), buf_span(&after));
	buf_done(&before);
	buf_done(&after);
	return 0;
}

const struct writer folded_diff_writer = {
	.id = "folded-diff",
	.title = "folded difference of two profiles",
	.extensions = ".diff.folded",
	.needs_base = true,
	.single_type = true,
	.write = write_profile,
};
