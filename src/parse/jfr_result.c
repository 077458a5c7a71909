/* SPDX-License-Identifier: MIT */
/* What a finished reading of a flight recording says beside its numbers. */
#include "parse/jfr_events.h"

#define NOTE(p, id, ...) caveat_add(&(p)->caveats, &(p)->arena, id, __VA_ARGS__)

static void note_pauses(const struct jfr_result *r, struct profile *p)
{
	const struct jfr_gc *gc = &r->gc;

	if (gc->n_pauses == 0 || r->duration_ns == 0)
		return;
	NOTE(p, "gc-pauses",
		"garbage collection stopped the program %llu times for %.0f ms together (%.1f %% "
		"of the time), %.1f ms at the longest",
		(unsigned long long)gc->n_pauses, (double)gc->pause_ns / 1e6,
		100 * (double)gc->pause_ns / (double)r->duration_ns, (double)gc->longest_ns / 1e6);
}

static void note_sampling(const struct jfr_result *r, struct profile *p)
{
	if (r->period_guessed)
		NOTE(p, "period-unknown",
			"the recording does not say how often it sampled: %.0f ms is taken, the "
			"default",
			(double)r->period_ns / 1e6);
	if (!r->async_profiler)
		NOTE(p, "jfr-samples-few",
			"flight recordings sample at most a few running Java threads per period, "
			"and no "
			"native code: shares hold, times are too small when many threads run");
	if (r->n_native)
		NOTE(p, "native-left-out",
			"%llu samples of threads in native methods are left out: most of them "
			"wait",
			(unsigned long long)r->n_native);
}

static void note_locks(const struct jfr_result *r, struct profile *p)
{
	if (r->lock_ns)
		NOTE(p, "lock-holder",
			"%.0f %% of the waiting for locks is shown where the lock was held "
			"meanwhile, the rest where it was waited for",
			100 * (double)r->holder_ns / (double)r->lock_ns);
}

static void finish_one(struct jfr_result *r, enum jfr_profile which, struct profile *p)
{
	struct profile_quality *q = &p->quality;

	q->rung = r->async_profiler ? "async-profiler" : "flight recording";
	q->duration_ns = r->duration_ns;
	q->n_threads = (uint32_t)p->threads.n;
	q->n_processes = 1;
	if (which == JFR_CPU || which == JFR_CPU_TIME) {
		p->period_ns = which == JFR_CPU ? r->period_ns : p->period_ns;
		q->wanted_hz = p->period_ns ? 1e9 / (double)p->period_ns : 0;
		note_pauses(r, p);
	}
	if (which == JFR_CPU)
		note_sampling(r, p);
	if (which == JFR_LOCKS)
		note_locks(r, p);
	if (which == JFR_ALLOC || which == JFR_ALLOC_TLAB)
		note_pauses(r, p);
	if (which == JFR_MALLOC)
		NOTE(p, "native-memory", "memory asked of malloc by native code");
	if (which == JFR_IO || which == JFR_WAITING || which == JFR_LOCKS)
		NOTE(p, "recording-threshold",
			"a flight recording keeps only what took longer than its thresholds");
	if (r->n_bad)
		NOTE(p, "events-unread", "%llu events could not be understood",
			(unsigned long long)r->n_bad);
	p->command = arena_strdup(&p->arena, r->command);
	p->language = "java";
}

void jfr_result_finish(struct jfr_result *r, struct profile_set *ret)
{
	/* the same allocations seen in two ways: keep the complete one; the same for CPU time */
	if (r->p[JFR_ALLOC_TLAB] && r->p[JFR_ALLOC_TLAB]->samples.n) {
		profile_freep(&r->p[JFR_ALLOC]);
	}
	if (r->p[JFR_CPU_TIME] && r->p[JFR_CPU_TIME]->samples.n)
		profile_freep(&r->p[JFR_CPU]);
	for (int i = 0; i < JFR_N_PROFILES; i++) {
		struct profile *p = r->p[i];

		if (!p || p->samples.n == 0)
			continue;
		finish_one(r, (enum jfr_profile)i, p);
		profile_set_add(ret, p);
		r->p[i] = NULL;
	}
}

void jfr_result_done(struct jfr_result *r)
{
	for (int i = 0; i < JFR_N_PROFILES; i++)
		profile_freep(&r->p[i]);
}
