/* SPDX-License-Identifier: MIT */
/* Python frames in sampled stacks. */
#include "collect/python.h"

#include "base/clock.h"
#include "collect/python_merge.h"

#include <stdlib.h>

struct python_counts {
	uint64_t samples;    /* of threads that run Python */
	uint64_t unread;     /* whose frames could not be read at all */
	uint64_t torn;       /* read in part: the chain changed meanwhile */
	uint64_t mismatched; /* Python and native frames do not belong together */
	uint64_t corrected;
	uint64_t with_gil, gil_known;
	uint64_t delay_ns; /* from the samples to the reads, in total */
};

struct python_runtime {
	struct module_table *module_table;
	struct managed_frames *managed;
	vec_of(struct python_module) modules; /* by module id */
	vec_of(bool) examined;
	vec_of(struct python_process *) processes;
	struct map_u64 index; /* pid -> processes */
	struct python_snapshot snapshot;
	struct python_stack stack;
	struct python_merger merger;
	struct python_counts counts;
	uint32_t managed_module; /* 0: none yet */
	bool present;
};

struct python_runtime *python_new(struct module_table *modules, struct managed_frames *managed)
{
	struct python_runtime *py = xcalloc(1, sizeof(*py));

	py->module_table = modules;
	py->managed = managed;
	return py;
}

void python_free(struct python_runtime *py)
{
	if (!py)
		return;
	vec_foreach (x, &py->processes)
		python_process_free(*x);
	vec_done(&py->processes);
	vec_done(&py->modules);
	vec_done(&py->examined);
	map_u64_done(&py->index);
	python_snapshot_done(&py->snapshot);
	vec_done(&py->stack.v);
	python_merger_done(&py->merger);
	free(py);
}

/* What a file is, found out once. */
static const struct python_module *examine(void *ctx, struct module_entry *e)
{
	struct python_runtime *py = ctx;

	while (py->modules.n <= e->m.id) {
		*vec_push(&py->modules) = (struct python_module){ 0 };
		*vec_push(&py->examined) = false;
	}
	if (!py->examined.v[e->m.id]) {
		py->examined.v[e->m.id] = true;
		python_module_examine(e, &py->modules.v[e->m.id]);
	}
	return &py->modules.v[e->m.id];
}

static struct python_process *process_of(struct python_runtime *py, const struct process *p)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&py->index, (uint64_t)(uint32_t)p->pid, &fresh);

	if (fresh) {
		*slot = (uint32_t)py->processes.n;
		*vec_push(&py->processes) = python_process_new(p->pid, p->n_exec, py->managed);
	} else if (py->processes.v[*slot]->n_exec != p->n_exec) {
		python_process_free(py->processes.v[*slot]);
		py->processes.v[*slot] = python_process_new(p->pid, p->n_exec, py->managed);
	}
	return py->processes.v[*slot];
}

static void count_gil(
	struct python_runtime *py, const struct python_process *x, const struct python_task *t)
{
	struct memory_reader m = python_snapshot_reader(&py->snapshot);
	uint8_t raw[16];
	uint64_t holder;
	uint32_t locked;

	if (!x->gil || !memory_read(&m, x->gil, raw, sizeof(raw)))
		return;
	memcpy(&holder, raw + x->gil_holder_at, 8);
	memcpy(&locked, raw + x->gil_locked_at, 4);
	py->counts.gil_known++;
	py->counts.with_gil += locked == 1 && holder == t->thread.state;
}

/* Reads the thread's stack; empty when it cannot be read. */
static void read_stack(struct python_runtime *py, struct python_process *x, struct python_task *t)
{
	const struct python_layout *l = &x->place.layout;
	struct memory_reader m = python_snapshot_reader(&py->snapshot);

	python_snapshot_take(&py->snapshot, &x->mem, l, &t->guess, t->thread.state, x->gil);
	if (python_stack_read(&m, l, &t->thread, &py->stack)) {
		python_guess_learn(&t->guess, &py->snapshot, l, t->thread.state, &py->stack);
		return;
	}
	py->stack.v.n = 0;
	py->stack.complete = false;
	t->has_state = false; /* ended, or its state is another thread's now: looked for again */
}

static void count(struct python_runtime *py, const struct python_merged *r, bool read,
	const struct python_sample *s)
{
	struct python_counts *c = &py->counts;
	uint64_t now = clock_mono_ns();

	if (!r->in_python)
		return;
	c->samples++;
	c->unread += !read;
	c->torn += read && !py->stack.complete;
	c->mismatched += read && py->stack.complete && !r->fits;
	c->corrected += r->corrected;
	c->delay_ns += now > s->time_ns ? now - s->time_ns : 0;
}

size_t python_merge(struct python_runtime *py, const struct python_sample *s, enum unwind_end *end)
{
	struct python_process *x = process_of(py, s->process);
	struct python_merged r;

	*end = s->end;
	if (!python_process_ready(x, s->process, examine, py, s->time_ns))
		return s->n;
	if (!py->managed_module)
		py->managed_module = module_table_managed(py->module_table)->m.id;
	py->present = true;

	struct python_task *t = python_process_task(x, s->tid, s->time_ns);

	if (!t->has_state)
		return s->n;
	read_stack(py, x, t);
	bool read = py->stack.v.n > 0 || py->stack.complete;
	struct memory_reader m = python_snapshot_reader(&py->snapshot);

	if (read)
		count_gil(py, x, t);
	python_merge_frames(&py->merger, x, &m, &py->stack, s, py->managed_module, &r);
	count(py, &r, read, s);
	if (r.reaches_root && py->stack.complete)
		*end = UNWIND_ROOT;
	return r.n;
}

bool python_present(const struct python_runtime *py)
{
	return py->present;
}

static void report_refused(const struct python_runtime *py, struct profile *p)
{
	vec_foreach (it, &py->processes) {
		const struct python_process *x = *it;

		if (x->state != PYTHON_REFUSED && !(x->state == PYTHON_UNKNOWN && x->problem.code))
			continue;
		caveat_add(&p->caveats, &p->arena, "python-unread",
			"the Python functions of process %d are not shown: %s", (int)x->pid,
			x->problem.msg);
		return;
	}
}

void python_report(const struct python_runtime *py, struct profile *p)
{
	const struct python_counts *c = &py->counts;
	double n = (double)MAX(c->samples, (uint64_t)1);

	p->quality.python_samples = c->samples;
	p->quality.python_unread = c->unread;
	p->quality.python_torn = c->torn;
	p->quality.python_mismatched = c->mismatched;
	p->quality.python_corrected = c->corrected;
	p->quality.python_delay_ns = c->samples ? c->delay_ns / c->samples : 0;
	p->quality.python_gil_ratio =
		c->gil_known ? (double)c->with_gil / (double)c->gil_known : -1;
	report_refused(py, p);
	if ((double)(c->unread + c->torn) > 0.05 * n)
		caveat_add(&p->caveats, &p->arena, "python-incomplete",
			"in %.1f %% of the samples the Python frames could not be read or changed "
			"while they were read",
			100 * (double)(c->unread + c->torn) / n);
	if ((double)c->mismatched > 0.10 * n)
		caveat_add(&p->caveats, &p->arena, "python-late",
			"in %.1f %% of the samples the thread had moved on before its Python "
			"frames "
			"were read (%.1f ms later on average): the callers shown there are "
			"approximate",
			100 * (double)c->mismatched / n, (double)p->quality.python_delay_ns / 1e6);
}
