/* SPDX-License-Identifier: MIT */
/* Findings of every resource, made comparable, joined by place and ranked. */
#include "analyze/verdict.h"

#include "analyze/code_map.h"
#include "analyze/locks.h"

#include <stdlib.h>

#define UNKNOWN_RECOVERS 0.8 /* as in findings.c: a place without known cause counts this much */
#define MIN_TIME_SHARE 0.08  /* of the threads' time; a start-up's waits are no bottleneck */
#define MIN_PRESENCE 0.05    /* of the time; below, a resource has no findings of its own */
#define ADOPT_RATIO 0.4 /* a known cause at the same place wins from this part of the score on */
#define HELD_KNOWN 0.2  /* of the growth that sampled allocations account for */
#define LATER_TYPE 0.5  /* weight of a second view of memory: what was allocated in all */

/* A value type that findings are made for. */
struct view {
	const char *type;
	bool exact;    /* measured one by one */
	bool of_time;  /* shares are of the threads' time */
	double weight; /* against others of the same presence */
};

static const struct view views[] = {
	{ "cpu", false, false, 1 },
	{ "off-cpu", true, true, 1 },
	{ "lock", true, true, 1.05 }, /* the same waits, better known */
	{ "io", true, true, 1.02 },
	{ "inuse_growth", false, false, 1.02 },
	{ "inuse_space", false, false, 1 },
	{ "growth", false, false, 0.8 },
	{ "alloc_space", false, false, LATER_TYPE },
};

struct ranked {
	struct finding f;
	double score;
};

struct ranking {
	const struct profile *p;
	const struct verdict_opts *opts;
	struct arena *arena;
	struct findings *out;
	double thread_ns; /* CPU time and waiting of all threads */
	double rest;
	vec_of(struct ranked) v;
};

static double total_of(const struct profile *p, const char *type)
{
	int i = profile_type(p, type);

	return i < 0 ? 0 : (double)profile_total(p, (unsigned)i);
}

/* How much of the observation a resource is, 0..1. */
static double presence_of(const struct ranking *r, const struct view *v)
{
	if (resource_of_type(v->type) == RESOURCE_MEMORY)
		return r->opts->memory_weight;
	return r->thread_ns > 0 ? MIN(total_of(r->p, v->type) / r->thread_ns, 1) : 0;
}

static bool same_place(const struct finding *a, const struct finding *b)
{
	return strcmp(a->where.function, b->where.function) == 0 &&
		strcmp(a->where.file, b->where.file) == 0;
}

static void add_evidence(struct finding *f, const char *text)
{
	for (size_t i = 0; i + 1 < FINDING_MAX_TEXT; i++) {
		if (f->evidence[i])
			continue;
		f->evidence[i] = text;
		f->evidence[i + 1] = NULL;
		return;
	}
}

/* Two findings about one place become one; the weaker one stays as a line of evidence. */
static void join(struct ranking *r, struct ranked *have, const struct ranked *other)
{
	bool adopt = !*have->f.cause && *other->f.cause
		? other->score >= ADOPT_RATIO * have->score
		: other->score > have->score && !(*have->f.cause && !*other->f.cause);
	const struct ranked weak = adopt ? *have : *other;
	double score = MAX(have->score, other->score);

	if (adopt)
		*have = *other;
	have->score = score;
	if (strcmp(weak.f.resource, have->f.resource) != 0)
		add_evidence(&have->f,
			arena_printf(r->arena, "also %.0f %% of %s", 100 * weak.f.share,
				weak.f.resource));
}

static void add(struct ranking *r, const struct finding *f, double score)
{
	struct ranked new = { .f = *f, .score = score };

	vec_foreach (have, &r->v) {
		if (same_place(&have->f, f)) {
			join(r, have, &new);
			return;
		}
	}
	*vec_push(&r->v) = new;
}

/*
 * What a fix can win of the threads' time. Waiting is also shown as a part of it ("of wall");
 * waiting for locks and I/O stay parts of all waiting for locks or all I/O, as they are called.
 */
static double put_into_time(struct finding *f, double presence)
{
	double of_time = f->share * presence;

	f->bound_ratio = of_time < 0.99 ? 1 / (1 - of_time) : 100;
	if (strcmp(f->resource, "wall") == 0) {
		f->share = of_time;
		f->ci[0] *= presence;
		f->ci[1] *= presence;
	}
	return of_time;
}

static void tell_lock(struct ranking *r, struct finding *f)
{
	const char *text = lock_sentence(r->p, f, r->arena);

	if (text)
		add_evidence(f, text);
}

/* The heap of a runtime with a collector grows until it is worth collecting: that is no leak. */
static bool collects_garbage(const struct profile *p, const struct knowledge *k)
{
	for (size_t i = 0; i < k->n_runtimes; i++)
		if (k->runtimes[i].collects > 0 &&
			strcmp(k->runtimes[i].language, p->language) == 0)
			return true;
	vec_foreach (f, &p->frames) {
		const struct k_runtime *r = code_runtime(k, profile_str(p, f->module));

		if (r && r->collects > 0)
			return true;
	}
	return false;
}

static void look_at(struct ranking *r, const struct view *v)
{
	int type = profile_type(r->p, v->type);
	unsigned wanted = r->opts->resources;
	double presence = presence_of(r, v);
	struct findings f;

	/* what is held is known: page faults, which do not see what is given back, say less */
	if (strcmp(v->type, "growth") == 0 &&
		total_of(r->p, "inuse_space") > HELD_KNOWN * total_of(r->p, "growth"))
		return;
	if (type < 0 || (wanted && !(wanted & resource_of_type(v->type))))
		return;
	bool asked = wanted != 0; /* then also what is little */
	bool narrowed = asked && wanted != RESOURCE_ALL;

	if (strcmp(v->type, "growth") == 0 && !narrowed &&
		collects_garbage(
			r->p, r->opts->knowledge ? r->opts->knowledge : knowledge_builtin()))
		return;
	if (presence < MIN_PRESENCE && !asked)
		return;
	findings_from_profile(r->p,
		&(struct findings_opts){ .knowledge = r->opts->knowledge,
			.reader = r->opts->reader,
			.type = (unsigned)type,
			.max = r->opts->max,
			.exact = v->exact },
		r->arena, &f);
	for (size_t i = 0; i < f.n; i++) {
		/* an address that nobody can name is no place to wait or to take memory */
		if (strncmp(f.v[i].where.function, "[0x", 3) == 0 && strcmp(v->type, "cpu") != 0)
			continue;

		double score = f.v[i].share * (*f.v[i].cause ? 1 : UNKNOWN_RECOVERS) *
			MAX(presence, MIN_PRESENCE) * v->weight;

		if (v->of_time && put_into_time(&f.v[i], presence) < MIN_TIME_SHARE && !asked)
			continue;
		if (strcmp(f.v[i].cause, "lock-contention") == 0)
			tell_lock(r, &f.v[i]);
		add(r, &f.v[i], score);
	}
	if (type == profile_type(r->p, "cpu")) {
		r->rest = f.rest_share;
		r->out->remark = f.remark;
	}
	caveats_append(&r->out->caveats, r->arena, &f.caveats);
}

static int by_score(const void *pa, const void *pb)
{
	const struct ranked *a = pa, *b = pb;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return strcmp(a->f.where.function, b->f.where.function);
}

void verdict_from_profile(const struct profile *p, const struct verdict_opts *opts, struct arena *a,
	struct findings *ret, const char **ret_resource)
{
	struct ranking r = { .p = p,
		.opts = opts,
		.arena = a,
		.out = ret,
		.thread_ns = total_of(p, "cpu") + total_of(p, "off-cpu") };
	unsigned max = opts->max ? opts->max : FINDINGS_MAX;

	*ret = (struct findings){ .remark = "" };
	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		look_at(&r, &views[i]);
	if (r.v.n)
		qsort(r.v.v, r.v.n, sizeof(r.v.v[0]), by_score);
	ret->n = MIN(r.v.n, (size_t)max);
	ret->v = arena_array(a, ret->n, sizeof(ret->v[0]));
	for (size_t i = 0; i < ret->n; i++) {
		ret->v[i] = r.v.v[i].f;
		ret->v[i].rank = (unsigned)i + 1;
	}
	ret->rest_share = r.rest;
	if (ret->n && strcmp(ret->v[0].resource, "cpu") != 0)
		ret->remark = ""; /* it speaks of the CPU time, which is not what dominates */
	*ret_resource = ret->n ? ret->v[0].resource : "cpu";
	vec_done(&r.v);
}
