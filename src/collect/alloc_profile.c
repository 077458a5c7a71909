/* SPDX-License-Identifier: MIT */
/* From sums per stack to the profile of allocations. */
#include "collect/alloc_profile.h"

#include "base/slope.h"
#include "collect/stack_names.h"
#include "collect/symbolizer.h"

#include <math.h>

double alloc_growth_bytes(const double *time_s, const float *held, size_t n)
{
	double t[ALLOC_LOOKS], v[ALLOC_LOOKS];
	size_t k = 0;

	if (n < 8 || n > ALLOC_LOOKS)
		return 0;
	double half = (time_s[0] + time_s[n - 1]) / 2;

	for (size_t i = 0; i < n; i++) {
		if (time_s[i] < half)
			continue;
		t[k] = time_s[i];
		v[k++] = (double)held[i];
	}
	struct slope line = slope_fit(t, v, k);
	double by = line.per_s * (k ? t[k - 1] - t[0] : 0);

	return line.per_s > 2 * line.se && by >= 1 ? by : 0;
}

static void fill_samples(struct alloc_watch *w, const struct stack_names *names)
{
	struct profile *p = w->profile;
	double seen = 0;

	vec_foreach (e, &w->entries)
		seen += e->bytes;
	/* what was dropped was allocated by the same code as what was not, as far as we know */
	double scale = seen > 0 ? 1 + w->dropped_bytes / seen : 1;

	vec_foreach (e, &w->entries) {
		int64_t v[PROFILE_MAX_VALUES] = { 0 };
		double growth = e->looks ? alloc_growth_bytes(w->look_s, e->looks, w->n_looks) : 0;

		growth = MIN(growth, e->held_bytes);
		v[0] = (int64_t)(e->bytes * scale + 0.5);
		v[1] = (int64_t)(e->objects * scale + 0.5);
		v[2] = (int64_t)(e->held_bytes * scale + 0.5);
		v[3] = (int64_t)(e->held_objects * scale + 0.5);
		v[4] = (int64_t)(growth * scale + 0.5);
		v[5] = (int64_t)(e->peak_bytes * scale + 0.5);
		profile_add_sample(
			p, names->stack_of[e->node], e->thread, e->time_ns, e->samples, v);
		if (!names->named[e->node])
			p->quality.unsymbolised += e->samples;
	}
}

static const struct module_entry *main_program(struct alloc_watch *w)
{
	struct map_u64 index = { 0 };
	const struct module_entry *best = NULL;
	vec_of(double) sums = { 0 };
	double most = 0;

	vec_foreach (e, &w->entries) {
		const struct profile_thread *t = &w->profile->threads.v[e->thread];
		const struct process *p = addr_spaces_get(&w->spaces, t->pid, NULL);
		bool fresh;

		if (!p->exe)
			continue;
		uint32_t *slot = map_u64_put(&index, p->exe->m.id, &fresh);

		if (fresh) {
			*slot = (uint32_t)sums.n;
			*vec_push(&sums) = 0;
		}
		sums.v[*slot] += e->bytes;
		if (sums.v[*slot] > most) {
			most = sums.v[*slot];
			best = p->exe;
		}
	}
	map_u64_done(&index);
	vec_done(&sums);
	return best;
}

static void add_caveats(struct alloc_watch *w, struct profile *p)
{
	const struct alloc_control *c = w->channel.control;
	uint32_t no_slot = __atomic_load_n(&c->no_slot, __ATOMIC_RELAXED);
	uint32_t no_space = __atomic_load_n(&c->no_space, __ATOMIC_RELAXED);

	if (w->dropped * 200 > w->n_samples)
		caveat_add(&p->caveats, &p->arena, "allocation-samples-dropped",
			"%.1f %% of the allocation samples were dropped because they came faster "
			"than they could be read; all sums are scaled up for them",
			100 * (double)w->dropped / (double)(w->dropped + w->n_samples));
	if (w->untracked * 200 > w->n_samples)
		caveat_add(&p->caveats, &p->arena, "allocations-untracked",
			"%.1f %% of the sampled blocks could not be followed to their free: they "
			"do not count as held",
			100 * (double)w->untracked / (double)w->n_samples);
	if (no_slot + no_space)
		caveat_add(&p->caveats, &p->arena, "allocations-unsampled",
			"%u processes were not sampled, because more than %d allocated at the same "
			"time",
			no_slot + no_space, ALLOC_SLOTS);
	if (w->freed_at_exit)
		caveat_add(&p->caveats, &p->arena, "held-before-exit",
			"what is held is of shortly before the program ended: most of it was given "
			"back while it exited");
	if (w->n_broken)
		caveat_add(&p->caveats, &p->arena, "allocations-broken",
			"%llu processes overwrote the memory that allocation samples are handed "
			"over in: those after that are missing",
			(unsigned long long)w->n_broken);
	if (w->n_samples < 50)
		caveat_add(&p->caveats, &p->arena, "few-samples",
			"only %llu allocation samples: the program allocated little, sums are "
			"rough",
			(unsigned long long)w->n_samples);
}

static void fill_quality(struct alloc_watch *w, struct profile *p)
{
	struct profile_quality *q = &p->quality;

	q->rung = "allocations, every so many bytes";
	q->samples = w->n_samples;
	q->lost = w->dropped;
	q->slowdown_ratio = -1;
	for (unsigned i = 0; i < UNWIND_N_ENDS; i++)
		if (i != UNWIND_ROOT)
			q->truncated += w->ends[i];
	q->n_processes = (uint32_t)w->n_processes;
	q->n_threads = (uint32_t)p->threads.n;
	if (q->truncated * 50 > w->n_samples)
		caveat_add(&p->caveats, &p->arena, "stacks-truncated",
			"%.1f %% of the stacks of allocations do not reach the thread's start%s",
			100 * (double)q->truncated / (double)w->n_samples,
			2 * w->ends[UNWIND_SHORT] > q->truncated
				? ": they are deeper than what is copied per sample (deep "
				  "recursion)"
				: "");
}

struct profile *alloc_profile(
	struct alloc_watch *w, const struct knowledge *k, const char *project_root)
{
	struct profile *p = w->profile;
	const struct module_entry *exe = main_program(w);
	struct stack_names names;

	if (!w->n_samples)
		return NULL;
	struct symbolizer *sym =
		symbolizer_new(p, k ? k : knowledge_builtin(), project_root ? project_root : "");

	symbolizer_managed(sym, &w->managed);
	profile_add_type(p, "alloc_space", "bytes");
	profile_add_type(p, "alloc_objects", "count");
	profile_add_type(p, "inuse_space", "bytes");
	profile_add_type(p, "inuse_objects", "count");
	profile_add_type(p, "inuse_growth", "bytes");
	profile_add_type(p, "peak_space", "bytes");
	stack_names_init(&names, sym, &w->modules, &w->store, p);
	fill_samples(w, &names);
	if (exe)
		symbolizer_build_facts(sym, &exe->m);
	symbolizer_free(sym);
	stack_names_done(&names);
	python_report(w->python, p);
	fill_quality(w, p);
	add_caveats(w, p);
	w->profile = NULL;
	return p;
}
