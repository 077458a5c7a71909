/* SPDX-License-Identifier: MIT */
/* Collapsed stacks. */
#include "render/collapsed.h"

#include "base/alloc.h"
#include "base/vec.h"
#include "render/writer.h"

#include <inttypes.h>
#include <stdlib.h>

struct folded {
	char *text;
	int64_t weight;
};

static void put_name(struct buf *b, const char *s)
{
	if (!*s)
		s = "[unknown]";
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		buf_putc(b, c == ';' ? ':' : c < 0x20 || c == 0x7f ? ' ' : (char)c);
	}
}

static const char *suffix(const struct frame *f)
{
	if (f->kind == FRAME_KERNEL)
		return "_[k]";
	if (f->kind == FRAME_JIT)
		return "_[j]";
	return f->inlined ? "_[i]" : "";
}

/* Root first; an own list of ancestors instead of recursion, since stacks can be deep. */
static char *fold(
	const struct profile *p, const struct profile_sample *s, const struct collapsed_opts *o)
{
	vec_of(uint32_t) path = { 0 };
	struct buf b = { 0 };

	for (uint32_t n = s->stack; n; n = p->stacks.v[n].parent)
		*vec_push(&path) = n;
	if (o->thread_root && s->thread < p->threads.n) {
		put_name(&b, profile_str(p, p->threads.v[s->thread].name));
		buf_printf(&b, "-%d/%d", p->threads.v[s->thread].pid, p->threads.v[s->thread].tid);
	}
	for (size_t i = path.n; i-- > 0;) {
		const struct frame *f = &p->frames.v[p->stacks.v[path.v[i]].frame];

		if (b.n)
			buf_putc(&b, ';');
		put_name(&b, profile_str(p, f->function));
		if (o->kind_suffix)
			buf_puts(&b, suffix(f));
	}
	vec_done(&path);
	if (!b.n)
		buf_puts(&b, "[no stack]");
	return buf_steal(&b);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct folded *)a)->text, ((const struct folded *)b)->text);
}

void collapsed_write(struct sink *out, const struct profile *p, const struct collapsed_opts *opts)
{
	vec_of(struct folded) lines = { 0 };

	vec_foreach (s, &p->samples) {
		bool of_first = p->n_types == 0 || s->value[0];
		int64_t weight = opts->type >= 0 ? s->value[opts->type]
			: of_first               ? (int64_t)s->count
						 : 0;

		if (weight > 0)
			*vec_push(&lines) = (struct folded){ fold(p, s, opts), weight };
	}
	if (lines.n)
		qsort(lines.v, lines.n, sizeof(*lines.v), by_text);
	for (size_t i = 0; i < lines.n;) {
		int64_t sum = 0;
		size_t first = i;

		for (; i < lines.n && strcmp(lines.v[i].text, lines.v[first].text) == 0; i++)
			sum += lines.v[i].weight;
		sink_puts(out, lines.v[first].text);
		sink_printf(out, " %" PRId64 "\n", sum);
	}
	vec_foreach (l, &lines)
		free(l->text);
	vec_done(&lines);
}

static int write_profile(
	struct sink *out, const struct profile *p, const struct writer_opts *opts, struct err *err)
{
	collapsed_write(
		out, p, &(struct collapsed_opts){ .type = (int)opts->type, .kind_suffix = true });
	return 0;
}

const struct writer collapsed_writer = {
	.id = "collapsed",
	.title = "collapsed stacks",
	.extensions = ".collapsed .folded .txt",
	.single_type = true,
	.write = write_profile,
};
