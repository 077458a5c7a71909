/* SPDX-License-Identifier: MIT */
/* Which managed runtime a process has. */
#include "collect/runtime.h"

#include <string.h>

static const struct runtime *const all[] = {
#define X(name) &name##_runtime,
	RUNTIMES(X)
#undef X
};

void runtimes_init(struct runtimes *r, struct module_table *modules, struct managed_frames *managed)
{
	*r = (struct runtimes){ .modules = modules, .managed = managed };
}

static void entry_close(struct runtimes *r, struct process_runtimes *e)
{
	if (!e->runtime)
		return;
	e->runtime->close(e->ctx);
	e->runtime = NULL;
	e->ctx = NULL;
	r->n_open--;
}

void runtimes_done(struct runtimes *r)
{
	vec_foreach (e, &r->v)
		entry_close(r, e);
	vec_done(&r->v);
	map_u64_done(&r->index);
}

void runtimes_report(struct runtimes *r, struct profile *p)
{
	vec_foreach (e, &r->v)
		if (e->runtime && e->runtime->report)
			e->runtime->report(e->ctx, p);
}

static struct process_runtimes *entry_of(struct runtimes *r, const struct process *p)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&r->index, (uint64_t)(uint32_t)p->pid, &fresh);

	if (fresh) {
		*slot = (uint32_t)r->v.n;
		*vec_push(&r->v) = (struct process_runtimes){ .generation = p->generation - 1 };
	}
	struct process_runtimes *e = &r->v.v[*slot];

	if (e->exe != p->exe) /* another program now */
		entry_close(r, e);
	if (!e->runtime && (e->generation != p->generation || e->exe != p->exe)) {
		e->process = p;
		e->exe = p->exe;
		e->generation = p->generation;
		for (size_t i = 0; i < ARRAY_LEN(all) && !e->ctx; i++) {
			e->ctx = all[i]->open(r, p);
			e->runtime = e->ctx ? all[i] : NULL;
		}
		r->n_open += e->ctx != NULL;
	}
	return e;
}

enum runtime_step runtimes_step(struct runtimes *r, struct runtime_walk *w)
{
	struct process_runtimes *e = entry_of(r, w->process);

	return e->runtime ? e->runtime->step(e->ctx, w) : RUNTIME_NOT_MINE;
}

void runtime_walk_add(struct runtimes *r, struct runtime_walk *w, const struct managed_frame *f)
{
	if (w->n < w->max)
		w->frames[w->n++] = (struct raw_frame){
			.module = module_table_managed(r->modules)->m.id,
			.addr = managed_frames_add(r->managed, f),
		};
}

bool runtime_walk_word(const struct runtime_walk *w, uint64_t addr, uint64_t *ret)
{
	struct span s = span_sub(w->stack->bytes, addr - w->stack->base, 8);

	if (addr < w->stack->base || s.n != 8)
		return false;
	memcpy(ret, s.p, 8);
	return true;
}
