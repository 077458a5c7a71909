/* SPDX-License-Identifier: MIT */
/*
 * Collector: allocations of a launched command and what it starts, sampled by a preloaded library.
 * What it costs: a few ns per malloc and free, some us per sample, see docs/internals/memory.md.
 */
#include "base/clock.h"
#include "collect/alloc_profile.h"
#include "collect/collector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FIRST_MEAN_BYTES = 16 << 10, /* small programs need it; raised within 20 ms for others */
	RATE_HZ = 12000,             /* samples of the whole tree */
	DRAIN_MIN_MS = 2,
	DRAIN_MAX_MS = 40,
};

/* ld.so takes spaces and colons as separators: then a link in our folder is named instead. */
static const char *preload_name(const struct collector_target *t, struct arena *a, struct err *err)
{
	const char *path = alloc_library_path(a);

	if (!path) {
		fail(err, ENOENT,
			"libperfops-alloc.so is not installed where this program looks for it");
		return NULL;
	}
	if (!strpbrk(path, " :$"))
		return path;
	char *link = path_join(a, t->scratch, "libperfops-alloc.so");

	if (symlink(path, link) < 0) {
		fail(err, errno, "cannot create '%s': %m", link);
		return NULL;
	}
	return link;
}

/*
 * Only where the user asked for memory by name: a preloaded library makes each malloc a little
 * slower, which a profile of the CPU time would show as the program's own cost.
 */
static int prepare(const struct collector_target *t, struct launch_change *change, struct err *err)
{
	if (!(t->deep & RESOURCE_MEMORY))
		return 0;

	const char *library = preload_name(t, &change->arena, err), *path;
	const char *old = getenv("LD_PRELOAD");

	if (!library)
		return -ENOENT;
	int r = alloc_channel_make(t->scratch, FIRST_MEAN_BYTES, &change->arena, &path, err);

	if (r < 0)
		return r;
	/* first, before another allocator that is preloaded: that is the one to hand on to */
	if (old && *old)
		library = arena_printf(&change->arena, "%s:%s", library, old);
	launch_change_add(change, "LD_PRELOAD", library, NULL);
	launch_change_add(change, ALLOC_CHANNEL_ENV, path, NULL);
	/* a program built with the address sanitizer refuses to run after another preload */
	launch_change_add(change, "ASAN_OPTIONS", "verify_asan_link_order=0", ":");
	/*
	 * Python takes small objects from arenas of its own, which malloc never sees. Asked for
	 * memory by name, it is told to take each from malloc: some % slower, but every object
	 * counts. Other programs do not know the variable.
	 */
	if (!getenv("PYTHONMALLOC"))
		launch_change_add(change, "PYTHONMALLOC", "malloc", NULL);
	return 0;
}

static void watch(const struct collector_target *t, struct alloc_watch *w)
{
	uint64_t interval_ms = DRAIN_MIN_MS;
	bool over = false;

	while (!over) {
		over = collector_wait(t, interval_ms * 1000000);

		uint64_t now = clock_mono_ns();
		double fill = alloc_watch_drain(w, now);

		if (!over)
			alloc_watch_look(w, now);
		if (fill > 0.25)
			interval_ms = MAX(interval_ms / 2, (uint64_t)DRAIN_MIN_MS);
		else if (fill < 0.05)
			interval_ms = MIN(interval_ms + 1, (uint64_t)DRAIN_MAX_MS);
	}
	alloc_watch_end(w, clock_mono_ns());
}

static void say_nothing_seen(const struct alloc_watch *w, struct collected *ret)
{
	uint32_t loaded = __atomic_load_n(&w->channel.control->loaded, __ATOMIC_RELAXED);

	if (!loaded)
		caveat_add(&ret->caveats, &ret->arena, "allocations-unseen",
			"allocations were not sampled: no process loaded the sampling library "
			"(statically linked as Go programs are, set-uid, or started with another "
			"environment)");
	else
		caveat_add(&ret->caveats, &ret->arena, "allocations-unseen",
			"no allocation was sampled: the program allocates next to nothing with "
			"malloc, or brings an allocator of its own");
}

static int run(const struct collector_target *t, struct collected *ret, struct err *err)
{
	struct alloc_channel channel;
	uint64_t own = clock_thread_cpu_ns();
	int r = t->launched ? alloc_channel_open(&channel, t->scratch, err) : -ENOENT;

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	uint64_t start = clock_mono_ns();
	struct alloc_watch *w = alloc_watch_new(&channel, RATE_HZ, start);

	watch(t, w);
	own = clock_thread_cpu_ns() - own;
	uint64_t end = clock_mono_ns();
	struct profile *p = alloc_profile(w, t->knowledge, t->project_root);

	if (p) {
		p->quality.duration_ns = end - start;
		p->quality.own_cpu_ns = own;
		if (p->quality.python_samples)
			caveat_add(&p->caveats, &p->arena, "python-malloc",
				"Python was run with PYTHONMALLOC=malloc, so that each object is "
				"seen: it allocates more slowly than usual");
		profile_set_add(&ret->profiles, p);
	} else {
		say_nothing_seen(w, ret);
	}
	alloc_watch_free(w);
	return 0;
}

const struct collector alloc_collector = {
	.name = "allocation sampler",
	.shows = RESOURCE_MEMORY,
	.runs_inside = true,
	.prepare = prepare,
	.run = run,
};
