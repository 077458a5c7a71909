/* SPDX-License-Identifier: MIT */
/* The I/O table for people and programs. */
#include "render/io_section.h"

#include "base/human.h"

enum { TEXT_ROWS = 4, JSON_ROWS = 50, NAME_WIDTH = 34 };

/* Of the observation: less is not worth a line. */
#define MIN_TIME_RATIO 0.02
enum { MIN_CALLS = 1000 };

static bool is_worth(const struct io_row *r, const struct io_table *t)
{
	return io_row_ns(r) >= MIN_TIME_RATIO * (double)t->duration_ns ||
		io_row_calls(r) >= MIN_CALLS;
}

/* ", 1 000 reads of 2.9 KiB" */
static void moves(struct buf *b, const struct io_row *r, enum io_op op, const char *word)
{
	char n[HUMAN_LEN], size[HUMAN_LEN];

	if (r->op[op].calls < 1)
		return;
	buf_printf(b, "%s%s %s of %s", b->n ? ", " : "",
		human_count(n, (uint64_t)(r->op[op].calls + 0.5)), word,
		human_bytes(size, io_row_mean_bytes(r, op)));
}

static void counts(struct buf *b, const struct io_row *r, enum io_op op, const char *word)
{
	char n[HUMAN_LEN];

	if (r->op[op].calls >= 1)
		buf_printf(b, "%s%s %s", b->n ? ", " : "",
			human_count(n, (uint64_t)(r->op[op].calls + 0.5)), word);
}

static const char *name_of(const struct io_table *t, const struct io_row *r)
{
	const char *name = strtab_get(&t->strings, r->name);

	return *name ? name : "(files closed before they were named)";
}

static void row(struct page *pg, const struct io_table *t, const struct io_row *r)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char ns[HUMAN_LEN];
	double again = io_row_reread_factor(r);

	moves(&b, r, IO_READ, "reads");
	moves(&b, r, IO_WRITE, "writes");
	counts(&b, r, IO_SYNC, "syncs");
	counts(&b, r, IO_OPEN, "opens");
	counts(&b, r, IO_STAT, "looks at its name");
	if (again >= 2)
		buf_printf(&b, "; its content was read %.0f times", again);
	page_to(pg, 4, false);
	page_cut(pg, INK_NONE, name_of(t, r), NAME_WIDTH);
	page_to(pg, 4 + NAME_WIDTH + 1, true);
	page_printf(pg, "%8s  ", human_ns(ns, (uint64_t)io_row_ns(r)));
	page_wrap(pg, INK_DIM, 4 + NAME_WIDTH + 12, buf_cstr(&b));
	page_line(pg);
}

void text_io(struct page *pg, const struct io_table *t)
{
	char n[HUMAN_LEN], ns[HUMAN_LEN];
	size_t shown = 0;

	if (!t || !is_worth(&t->total, t))
		return;
	page_ink(pg, INK_STRONG, "I/O");
	page_printf(pg, " %s calls%s, %s in them",
		human_count(n, (uint64_t)io_row_calls(&t->total)),
		t->traced_share < 1 ? " (estimated)" : "",
		human_ns(ns, (uint64_t)io_row_ns(&t->total)));
	page_line(pg);
	for (size_t i = 0; i < t->rows.n && shown < TEXT_ROWS; i++) {
		if (!is_worth(&t->rows.v[i], t))
			continue;
		row(pg, t, &t->rows.v[i]);
		shown++;
	}
}

static void json_row(struct json *j, const struct io_table *t, const struct io_row *r)
{
	json_put_string(j, "name", strtab_get(&t->strings, r->name));
	json_put_string(j, "kind", io_kind_name((enum io_kind)r->kind));
	json_put_double(j, "seconds", io_row_ns(r) / 1e9, 9);
	json_put_uint(j, "size_bytes", r->size_bytes);
	json_put_double(j, "reread_factor", io_row_reread_factor(r), 2);
	json_begin_object(j, "operations");
	for (int i = 0; i < IO_N_OPS; i++) {
		const struct io_sum *s = &r->op[i];

		if (s->calls < 0.5)
			continue;
		json_begin_object(j, io_op_name((enum io_op)i));
		json_put_double(j, "calls", s->calls, 0);
		json_put_double(j, "failed", s->failed, 0);
		json_put_double(j, "bytes", s->bytes, 0);
		json_put_double(j, "small", s->small, 0);
		json_put_double(j, "seconds", s->ns / 1e9, 9);
		json_put_double(j, "longest_s", (double)s->max_ns / 1e9, 9);
		json_end_object(j);
	}
	json_end_object(j);
}

void json_io(struct json *j, const struct io_table *t)
{
	if (!t)
		return;
	json_begin_object(j, "io");
	json_put_string(j, "how", t->how);
	json_put_double(j, "traced_share", t->traced_share, 3);
	json_begin_object(j, "total");
	json_row(j, t, &t->total);
	json_end_object(j);
	json_begin_array(j, "files");
	for (size_t i = 0; i < t->rows.n && i < JSON_ROWS; i++) {
		json_begin_object(j, NULL);
		json_row(j, t, &t->rows.v[i]);
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
}
