/* SPDX-License-Identifier: MIT */
/* Choosing nodes for the page and writing them as columns of numbers. */
#include "render/flame_data.h"

#include "base/alloc.h"
#include "base/json_writer.h"
#include "render/name.h"

#include <stdlib.h>

enum { LABEL_COLUMNS = 64, NAME_MAX_BYTES = 1000, THREADS_MAX = 200 };

static int descending(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return a > b ? -1 : a < b;
}

/* Per node its largest share of any value type: what matters in one view must not be cut by
 * another. */
static double *shares(const struct call_tree *t)
{
	const struct profile *p = t->profile;
	double *best = xcalloc(t->nodes.n, sizeof(*best)), *sum = xcalloc(t->nodes.n, sizeof(*sum));

	for (unsigned type = 0; type < p->n_types; type++) {
		memset(sum, 0, t->nodes.n * sizeof(*sum));
		vec_foreach (s, &p->samples)
			sum[t->node_of_stack[s->stack]] += (double)s->value[type];
		for (size_t i = t->nodes.n; i-- > 1;)
			sum[t->nodes.v[i].parent] += sum[i];
		for (size_t i = 0; i < t->nodes.n && sum[0] > 0; i++)
			best[i] = MAX(best[i], sum[i] / sum[0]);
	}
	free(sum);
	return best;
}

/* A child never weighs more than its parent, so the heaviest nodes always form one tree. */
static void choose(struct flame_data *d, unsigned max_nodes)
{
	const struct call_tree *t = d->tree;
	double *share = shares(t), limit = -1;

	if (t->nodes.n > max_nodes) {
		double *sorted = xcalloc(t->nodes.n, sizeof(*sorted));

		memcpy(sorted, share, t->nodes.n * sizeof(*sorted));
		qsort(sorted, t->nodes.n, sizeof(*sorted), descending);
		limit = d->cut.below_share = sorted[max_nodes - 1];
		free(sorted);
	}
	d->kept[0] = true;
	for (size_t i = 1; i < t->nodes.n; i++)
		d->kept[i] = d->kept[t->nodes.v[i].parent] && share[i] > limit;
	free(share);
}

/* Numbers the kept nodes in tree order and gives each parent of folded nodes one box for them. */
static void number_nodes(struct flame_data *d)
{
	const struct call_tree *t = d->tree;
	uint32_t *folded = xcalloc(t->nodes.n, sizeof(*folded)); /* parent -> its box */

	for (uint32_t i = 0; i < t->nodes.n; i++)
		if (d->kept[i])
			d->place[i] = d->n_nodes++;
	for (uint32_t i = 1; i < t->nodes.n; i++) {
		uint32_t parent = t->nodes.v[i].parent;

		if (d->kept[i])
			continue;
		d->cut.nodes++;
		if (!d->kept[parent]) {
			d->place[i] = d->place[parent];
			continue;
		}
		d->cut.share += t->total > 0 ? (double)t->nodes.v[i].total / (double)t->total : 0;
		if (!folded[parent])
			folded[parent] = d->n_nodes++;
		d->place[i] = folded[parent];
	}
	free(folded);
}

void flame_data_init(struct flame_data *d, const struct call_tree *t, unsigned max_nodes)
{
	*d = (struct flame_data){ .tree = t,
		.place = xcalloc(t->nodes.n, sizeof(uint32_t)),
		.kept = xcalloc(t->nodes.n, sizeof(bool)) };
	choose(d, max_nodes ? max_nodes : FLAME_MAX_NODES);
	number_nodes(d);
}

void flame_data_done(struct flame_data *d)
{
	free(d->place);
	free(d->kept);
	d->place = NULL;
	d->kept = NULL;
}

/* The page's nodes as columns; a box of folded paths has function -1 and their number as line. */
struct columns {
	uint32_t *parent, *line;
	int64_t *function;
	bool *inlined;
};

static void fill_columns(const struct flame_data *d, struct columns *c)
{
	const struct call_tree *t = d->tree;

	for (uint32_t i = 1; i < t->nodes.n; i++) {
		const struct call_node *n = &t->nodes.v[i];
		uint32_t at = d->place[i];

		if (d->kept[i]) {
			c->parent[at] = d->place[n->parent];
			c->function[at] = n->function;
			c->line[at] = n->line;
			c->inlined[at] = n->inlined;
		} else {
			if (d->kept[n->parent])
				c->parent[at] = d->place[n->parent];
			c->function[at] = -1;
			c->line[at]++;
		}
	}
}

static void write_nodes(struct json *j, const struct flame_data *d)
{
	struct columns c = {
		.parent = xcalloc(d->n_nodes, sizeof(uint32_t)),
		.line = xcalloc(d->n_nodes, sizeof(uint32_t)),
		.function = xcalloc(d->n_nodes, sizeof(int64_t)),
		.inlined = xcalloc(d->n_nodes, sizeof(bool)),
	};

	fill_columns(d, &c);
	json_begin_object(j, "nodes");
	json_begin_array(j, "parent");
	for (uint32_t i = 1; i < d->n_nodes; i++)
		json_put_uint(j, NULL, c.parent[i]);
	json_end_array(j);
	json_begin_array(j, "fn");
	for (uint32_t i = 1; i < d->n_nodes; i++)
		json_put_int(j, NULL, c.function[i]);
	json_end_array(j);
	json_begin_array(j, "line");
	for (uint32_t i = 1; i < d->n_nodes; i++)
		json_put_uint(j, NULL, c.line[i]);
	json_end_array(j);
	json_begin_array(j, "inlined"); /* only the numbers of those that are */
	for (uint32_t i = 1; i < d->n_nodes; i++)
		if (c.inlined[i])
			json_put_uint(j, NULL, i);
	json_end_array(j);
	json_end_object(j);
	free(c.parent);
	free(c.line);
	free(c.function);
	free(c.inlined);
}

static void put_cut_string(struct json *j, const char *s)
{
	json_put_stringn(j, NULL, s, strnlen(s, NAME_MAX_BYTES));
}

static void write_functions(struct json *j, const struct call_tree *t)
{
	const struct profile *p = t->profile;
	struct strtab paths;

	strtab_init(&paths);
	json_begin_object(j, "fns");
	json_begin_array(j, "name");
	vec_foreach (f, &t->functions)
		put_cut_string(j, profile_str(p, f->name));
	json_end_array(j);
	json_begin_array(j, "label"); /* 0: the name itself */
	vec_foreach (f, &t->functions) {
		struct buf b = { 0 };

		name_short(&b, profile_str(p, f->name), LABEL_COLUMNS);
		if (strcmp(buf_cstr(&b), profile_str(p, f->name)) == 0)
			json_put_uint(j, NULL, 0);
		else
			json_put_string(j, NULL, buf_cstr(&b));
		buf_done(&b);
	}
	json_end_array(j);
	json_begin_array(j, "kind");
	vec_foreach (f, &t->functions)
		json_put_uint(j, NULL, f->kind);
	json_end_array(j);
	json_begin_array(j, "file");
	vec_foreach (f, &t->functions)
		json_put_uint(j, NULL, strtab_add(&paths, profile_str(p, f->file)));
	json_end_array(j);
	json_begin_array(j, "module");
	vec_foreach (f, &t->functions)
		json_put_uint(j, NULL, strtab_add(&paths, profile_str(p, f->module)));
	json_end_array(j);
	json_end_object(j);
	json_begin_array(j, "paths");
	for (uint32_t i = 0; i < paths.n; i++)
		put_cut_string(j, strtab_get(&paths, i));
	json_end_array(j);
	strtab_done(&paths);
}

/* Threads beyond the limit share the last entry: a filter with thousands of lines helps nobody. */
static void write_threads(struct json *j, const struct profile *p)
{
	json_begin_array(j, "threads");
	for (size_t i = 0; i < p->threads.n && i < THREADS_MAX; i++) {
		json_begin_array(j, NULL);
		if (i == THREADS_MAX - 1 && p->threads.n > THREADS_MAX) {
			json_put_string(j, NULL, "all other threads");
		} else {
			put_cut_string(j, profile_str(p, p->threads.v[i].name));
			json_put_int(j, NULL, p->threads.v[i].pid);
			json_put_int(j, NULL, p->threads.v[i].tid);
		}
		json_end_array(j);
	}
	json_end_array(j);
}

/* Folding makes many samples of one box: they are added up per (node, thread). */
struct merged {
	uint32_t node, thread;
	uint64_t count;
	int64_t value[PROFILE_MAX_VALUES];
};

static void write_samples(struct json *j, const struct flame_data *d)
{
	const struct profile *p = d->tree->profile;
	struct map_u64 index = { 0 };
	vec_of(struct merged) v = { 0 };

	vec_foreach (s, &p->samples) {
		uint32_t node = d->place[d->tree->node_of_stack[s->stack]];
		uint32_t thread = MIN(s->thread, (uint32_t)THREADS_MAX - 1);
		bool fresh;
		uint32_t *slot = map_u64_put(&index, (uint64_t)node << 32 | thread, &fresh);

		if (fresh) {
			*slot = (uint32_t)v.n;
			*vec_push(&v) = (struct merged){ .node = node, .thread = thread };
		}
		v.v[*slot].count += s->count;
		for (unsigned i = 0; i < p->n_types; i++)
			v.v[*slot].value[i] += s->value[i];
	}
	json_begin_object(j, "samples");
	json_begin_array(j, "node");
	vec_foreach (m, &v)
		json_put_uint(j, NULL, m->node);
	json_end_array(j);
	json_begin_array(j, "thread");
	vec_foreach (m, &v)
		json_put_uint(j, NULL, m->thread);
	json_end_array(j);
	json_begin_array(j, "count");
	vec_foreach (m, &v)
		json_put_uint(j, NULL, m->count);
	json_end_array(j);
	json_begin_array(j, "values");
	for (unsigned i = 0; i < p->n_types; i++) {
		json_begin_array(j, NULL);
		vec_foreach (m, &v)
			json_put_int(j, NULL, m->value[i]);
		json_end_array(j);
	}
	json_end_array(j);
	json_end_object(j);
	map_u64_done(&index);
	vec_done(&v);
}

void flame_data_write(struct sink *out, const struct flame_data *d)
{
	const struct profile *p = d->tree->profile;
	struct json j;

	json_init(&j, out, false);
	json_begin_object(&j, NULL);
	json_put_string(&j, "format", "perf-ops/flame/1");
	json_begin_array(&j, "types");
	for (unsigned i = 0; i < p->n_types; i++) {
		json_begin_array(&j, NULL);
		json_put_string(&j, NULL, p->types[i].name);
		json_put_string(&j, NULL, p->types[i].unit);
		json_end_array(&j);
	}
	json_end_array(&j);
	write_threads(&j, p);
	write_functions(&j, d->tree);
	write_nodes(&j, d);
	write_samples(&j, d);
	json_end_object(&j);
}
