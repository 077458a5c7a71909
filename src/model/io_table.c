/* SPDX-License-Identifier: MIT */
/* Rows of the I/O table. */
#include "model/io_table.h"

#include "base/compiler.h"

static const char *const kinds[IO_N_KINDS] = {
	[IO_FILE] = "file",
	[IO_SOCKET] = "socket",
	[IO_PIPE] = "pipe",
	[IO_TERMINAL] = "terminal",
	[IO_DEVICE] = "device",
	[IO_FOLDER] = "folder",
	[IO_OTHER] = "other",
	[IO_UNKNOWN] = "unknown",
};

static const char *const ops[IO_N_OPS] = {
	[IO_READ] = "read",
	[IO_WRITE] = "write",
	[IO_SYNC] = "sync",
	[IO_OPEN] = "open",
	[IO_STAT] = "stat",
	[IO_CLOSE] = "close",
};

const char *io_kind_name(enum io_kind k)
{
	return k < IO_N_KINDS ? kinds[k] : "unknown";
}

const char *io_op_name(enum io_op op)
{
	return op < IO_N_OPS ? ops[op] : "unknown";
}

struct io_table *io_table_new(void)
{
	struct io_table *t = xcalloc(1, sizeof(*t));

	strtab_init(&t->strings);
	t->traced_share = 1;
	t->how = "";
	return t;
}

void io_table_free(struct io_table *t)
{
	if (!t)
		return;
	strtab_done(&t->strings);
	vec_done(&t->rows);
	map_u64_done(&t->index);
	free(t);
}

struct io_row *io_table_row(struct io_table *t, const char *name, enum io_kind kind)
{
	uint32_t id = strtab_add(&t->strings, name);
	bool fresh;
	uint32_t *slot = map_u64_put(&t->index, (uint64_t)id << 8 | (uint64_t)kind, &fresh);

	if (fresh) {
		*slot = (uint32_t)t->rows.n;
		*vec_push(&t->rows) = (struct io_row){ .name = id, .kind = (uint8_t)kind };
	}
	return &t->rows.v[*slot];
}

void io_row_add(struct io_row *to, const struct io_row *from)
{
	for (int i = 0; i < IO_N_OPS; i++) {
		struct io_sum *a = &to->op[i];
		const struct io_sum *b = &from->op[i];

		a->calls += b->calls;
		a->failed += b->failed;
		a->bytes += b->bytes;
		a->ns += b->ns;
		a->small += b->small;
		a->max_ns = MAX(a->max_ns, b->max_ns);
	}
	to->size_bytes = MAX(to->size_bytes, from->size_bytes);
}

double io_row_ns(const struct io_row *r)
{
	double sum = 0;

	for (int i = 0; i < IO_N_OPS; i++)
		sum += r->op[i].ns;
	return sum;
}

double io_row_calls(const struct io_row *r)
{
	double sum = 0;

	for (int i = 0; i < IO_N_OPS; i++)
		sum += r->op[i].calls;
	return sum;
}

static int by_time(const void *pa, const void *pb)
{
	const struct io_row *a = pa, *b = pb;
	double na = io_row_ns(a), nb = io_row_ns(b);

	if (na != nb)
		return na < nb ? 1 : -1;
	na = io_row_calls(a);
	nb = io_row_calls(b);
	if (na != nb)
		return na < nb ? 1 : -1;
	return a->name < b->name ? -1 : a->name > b->name;
}

void io_table_finish(struct io_table *t)
{
	t->total = (struct io_row){ .kind = IO_UNKNOWN };
	vec_foreach (r, &t->rows)
		io_row_add(&t->total, r);
	t->total.size_bytes = 0;
	if (t->rows.n > 1)
		qsort(t->rows.v, t->rows.n, sizeof(t->rows.v[0]), by_time);
	map_u64_done(&t->index); /* positions have changed */
	for (size_t i = 0; i < t->rows.n; i++)
		*map_u64_put(&t->index, (uint64_t)t->rows.v[i].name << 8 | t->rows.v[i].kind,
			NULL) = (uint32_t)i;
}

double io_row_mean_bytes(const struct io_row *r, enum io_op op)
{
	double done = r->op[op].calls - r->op[op].failed;

	return done > 0 ? r->op[op].bytes / done : 0;
}

double io_row_reread_factor(const struct io_row *r)
{
	return r->kind == IO_FILE && r->size_bytes ? r->op[IO_READ].bytes / (double)r->size_bytes
						   : 0;
}
