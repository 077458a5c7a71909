/* SPDX-License-Identifier: MIT */
/*
 * What a Go program tells of itself over its debug pages: what it allocated and kept, who waited
 * for locks, and which goroutines became more, all as the difference between the start and the
 * end of the observation.
 */
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/go_door.h"
#include "collect/perf_attr.h"
#include "model/profile_merge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const uint64_t LOOK_NS = 200000000, AGAIN_NS = 3000000000;
/* Goroutines that became more at one place: below this it is no leak. */
enum { LEAK_MIN = 10, GIVE_UP_LOOKS = 150 };

enum page { PAGE_HEAP, PAGE_GOROUTINE, PAGE_MUTEX, PAGE_BLOCK, N_PAGES };
static const char *const pages[N_PAGES] = { "heap", "goroutine", "mutex", "block" };
static const unsigned page_shows[N_PAGES] = { RESOURCE_MEMORY, RESOURCE_MEMORY | RESOURCE_WALL,
	RESOURCE_LOCK, RESOURCE_LOCK };

struct snapshot {
	struct profile *page[N_PAGES]; /* NULL: empty, not wanted or not there */
	uint64_t time_ns;
};

static void snapshot_done(struct snapshot *s)
{
	for (int i = 0; i < N_PAGES; i++)
		profile_freep(&s->page[i]);
}

/* False when the program no longer answers. */
static bool snapshot_take(
	const struct go_door *d, unsigned wanted, struct snapshot *ret, struct err *err)
{
	struct snapshot s = { .time_ns = clock_mono_ns() };

	for (int i = 0; i < N_PAGES; i++) {
		int r = page_shows[i] & wanted ? go_door_read(d, pages[i], &s.page[i], err) : 0;

		if (r < 0 && r != -ENODATA && r != -EPROTO) {
			snapshot_done(&s);
			return false;
		}
	}
	snapshot_done(ret);
	*ret = s;
	return true;
}

/* Also the raw counts: unsigned sums wrap around to the right difference. */
static void negate(struct profile *p)
{
	vec_foreach (s, &p->samples) {
		s->count = 0 - s->count;
		for (unsigned i = 0; i < p->n_types; i++)
			s->value[i] = -s->value[i];
	}
}

/* Its value types by the names they have here; a bit for each that is of use. */
static unsigned rename_types(struct profile *p)
{
	static const struct {
		const char *theirs, *ours;
	} names[] = { { "alloc_space", "alloc_space" }, { "alloc_objects", "alloc_objects" },
		{ "inuse_space", "inuse_space" }, { "inuse_objects", "inuse_objects" },
		{ "contentions", "contentions" }, { "delay", "lock" }, { "lock", "lock" },
		{ "goroutine", "goroutines" }, { "goroutines", "goroutines" } };
	unsigned types = 0;

	for (unsigned i = 0; i < p->n_types; i++)
		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			if (strcmp(p->types[i].name, names[k].theirs) == 0) {
				p->types[i].name = names[k].ours;
				types |= 1u << i;
				break;
			}
	return types;
}

/* end - start by stack; what became less counts as nothing. Both are used up. */
static struct profile *difference(struct profile *start, struct profile *end)
{
	struct profile *d = profile_new();

	profile_merge(d, end, rename_types(end));
	if (start) {
		unsigned types = rename_types(start);

		negate(start);
		profile_merge(d, start, types);
	}
	vec_foreach (s, &d->samples) {
		bool any = false;

		for (unsigned i = 0; i < d->n_types; i++) {
			s->value[i] = MAX(s->value[i], 0);
			any = any || s->value[i];
		}
		s->count = any ? (uint64_t)MAX((int64_t)s->count, (int64_t)1) : 0;
	}
	d->quality.samples = profile_total_count(d);
	d->quality.rung = "the program's own pages (net/http/pprof)";
	return d;
}

static bool is_empty(const struct profile *p)
{
	for (unsigned i = 0; i < p->n_types; i++)
		if (profile_total(p, i) > 0)
			return false;
	return true;
}

/* Functions of the runtime say how a goroutine waits, those of the program where. */
static void describe(const struct profile *p, const struct profile_sample *s, const char **ret_how,
	const struct frame **ret_where)
{
	*ret_how = "";
	*ret_where = NULL;
	for (uint32_t n = s->stack; n; n = p->stacks.v[n].parent) {
		const struct frame *f = &p->frames.v[p->stacks.v[n].frame];
		const char *name = profile_str(p, f->function);

		if (strncmp(name, "runtime.", 8) != 0) {
			*ret_where = f;
			return;
		}
		if (strstr(name, "chanrecv"))
			*ret_how = "receiving from a channel";
		else if (strstr(name, "chansend"))
			*ret_how = "sending to a channel";
		else if (strstr(name, "selectgo") || strstr(name, "block"))
			*ret_how = "in select";
		else if (strstr(name, "netpoll"))
			*ret_how = "for the network";
		else if (strstr(name, "semacquire"))
			*ret_how = "for a lock";
	}
}

/* The place where most goroutines were added becomes a sentence. */
static void tell_leak(const struct profile *d, double seconds, struct collected *ret)
{
	int type = profile_type(d, "goroutines");
	const struct profile_sample *most = NULL;
	const struct frame *where;
	const char *how;

	if (type < 0)
		return;
	vec_foreach (s, &d->samples)
		if (!most || s->value[type] > most->value[type])
			most = s;
	if (!most || most->value[type] < LEAK_MIN)
		return;
	describe(d, most, &how, &where);
	caveat_add(&ret->caveats, &ret->arena, "goroutines-grow",
		"%lld goroutines more than %.1f s before wait %s%sin %s (%s:%u): if nobody ends "
		"them, they leak",
		(long long)most->value[type], seconds, how, *how ? " " : "",
		where ? profile_str(d, where->function) : "the runtime",
		where ? profile_str(d, where->file) : "", where ? where->line : 0);
}

static void give(struct snapshot *start, struct snapshot *end, struct collected *ret)
{
	double seconds = (double)(end->time_ns - start->time_ns) / 1e9;
	bool has_block = end->page[PAGE_BLOCK] != NULL;

	for (int i = 0; i < N_PAGES; i++) {
		/* the same waits seen from the one who holds the lock */
		if (!end->page[i] || (i == PAGE_MUTEX && has_block))
			continue;
		struct profile *d = difference(start->page[i], end->page[i]);

		d->quality.duration_ns = end->time_ns - start->time_ns;
		if (i == PAGE_GOROUTINE)
			tell_leak(d, seconds, ret);
		if (is_empty(d))
			profile_free(d);
		else
			profile_set_add(&ret->profiles, d);
	}
}

/* The sampler sees Go's CPU time with less cost; only where it cannot, the program is asked. */
static int begin_cpu(const struct collector_target *t, const struct go_door *d)
{
	enum perf_rung rung = PERF_RUNG_CYCLES;
	bool user_only = false;

	if (!(t->wanted & RESOURCE_CPU) || t->duration_ns < 2000000000 ||
		perf_probe(&rung, &user_only, NULL) == 0)
		return -1;
	return go_door_begin_cpu(d, (unsigned)(t->duration_ns / 1000000000) - 1, NULL);
}

static void end_cpu(int fd, struct collected *ret)
{
	struct profile *p = NULL;
	struct err err = { 0 };

	if (fd < 0)
		return;
	if (go_door_end_cpu(fd, 5000000000, &p, &err) == 0)
		profile_set_add(&ret->profiles, p);
	else
		caveat_add(&ret->caveats, &ret->arena, "go-cpu-profile", "%s", err.msg);
}

static void watch(const struct collector_target *t, const struct go_door *d, struct collected *ret)
{
	struct snapshot start = { 0 }, end = { 0 };
	struct err err = { 0 };
	bool over = false;

	if (!snapshot_take(d, t->wanted, &start, &err)) {
		caveat_add(&ret->caveats, &ret->arena, "go-pages", "port %u of process %d: %s",
			d->port, (int)d->pid, err.msg);
		return;
	}
	int cpu = begin_cpu(t, d);

	/* a launched program may be gone at the end: then the last look counts */
	while (!over) {
		over = collector_wait(t, AGAIN_NS);
		if ((over || t->launched) && !snapshot_take(d, t->wanted, &end, NULL))
			break;
	}
	end_cpu(cpu, ret);
	if (end.time_ns)
		give(&start, &end, ret);
	snapshot_done(&start);
	snapshot_done(&end);
}

static int run(const struct collector_target *t, struct collected *ret, struct err *err)
{
	struct go_doors_tried tried = { 0 };
	struct go_door door = { 0 };
	bool over = false;

	(void)err;
	for (int looks = 0; !over && !door.port && looks < GIVE_UP_LOOKS; looks++) {
		if (!go_door_find(t->pid, &tried, &door))
			over = collector_wait(t, LOOK_NS * (looks < 25 ? 1 : 5));
	}
	map_u64_done(&tried.v);
	if (door.port && !over)
		watch(t, &door, ret);
	return 0;
}

const struct collector go_pprof_collector = {
	.name = "go pprof",
	.shows = RESOURCE_CPU | RESOURCE_MEMORY | RESOURCE_LOCK | RESOURCE_WALL,
	.runs_inside = true,
	.run = run,
};
