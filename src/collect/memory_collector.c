/* SPDX-License-Identifier: MIT */
/*
 * Collector: resident memory of the process tree over time. Each process's total is one small file
 * and read often; what is mapped where (smaps) makes the kernel walk page tables under the target's
 * memory lock, so it is read rarely: it may take 0.5 % of the time.
 */
#include "base/clock.h"
#include "base/file.h"
#include "collect/cgroup.h"
#include "collect/collector.h"
#include "collect/task_tree.h"
#include "model/memory_trend.h"
#include "parse/proc_smaps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_TREE = 256, MAX_SMAPS = 64 << 20, MAX_NAMES = 4096 };
static const uint64_t FIRST_LOOK_NS = 10000000, MAX_LOOK_NS = 500000000;
static const uint64_t TREE_NS = 200000000; /* how often new processes are looked for */
static const uint64_t LEAST_PARTS_NS = 50000000;
enum { PARTS_COST = 200 }; /* one part in so many of the time */

struct memory_watch {
	const struct collector_target *target;
	struct arena *arena;
	struct memory_trend *trend;
	pid_t pids[MAX_TREE];
	size_t n_pids;
	uint64_t start_ns, tree_ns, parts_ns;
	bool started; /* the launched command has been executed */
	bool refused; /* smaps may not be read */
	struct strtab names;
	vec_of(struct memory_part) parts; /* by names id */
};

/* Until its exec, a launched command is a copy of ourselves. */
static bool is_started(struct memory_watch *w)
{
	char path[64];
	struct stat its, ours;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)w->target->pid);
	if (!w->target->launched || stat("/proc/self/exe", &ours) < 0 || stat(path, &its) < 0)
		return true;
	return its.st_ino != ours.st_ino || its.st_dev != ours.st_dev;
}

static void find_tree(struct memory_watch *w, uint64_t now)
{
	struct task_list tasks = { 0 };

	if (w->n_pids && now - w->tree_ns < TREE_NS)
		return;
	w->tree_ns = now;
	task_list_add_tree(&tasks, w->target->pid);
	w->n_pids = 0;
	vec_foreach (t, &tasks.v)
		if (t->pid == t->tid && w->n_pids < MAX_TREE)
			w->pids[w->n_pids++] = t->pid;
	task_list_done(&tasks);
}

static bool resident_bytes(pid_t pid, double *ret)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char path[64];
	uint64_t size, rss;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if (file_read(path, 256, &b, NULL) < 0)
		return false;
	struct span s = buf_span(&b);

	if (!span_next_u64(&s, &size) || !span_next_u64(&s, &rss))
		return false;
	*ret = (double)rss * (double)sysconf(_SC_PAGESIZE);
	return true;
}

static const char *part_name(const struct proc_smap *m, char *room, size_t n)
{
	if (!m->path.n)
		return m->shared ? "shared" : "anonymous";
	if (span_eq(m->path, "[heap]"))
		return "heap";
	if (span_starts(m->path, "[stack"))
		return "stack";
	if (m->path.p[0] == '[')
		return "other";
	snprintf(room, n, "%.*s", (int)MIN(m->path.n, n - 1), (const char *)m->path.p);
	return room;
}

static void add_part(struct memory_watch *w, const char *name, double bytes)
{
	uint32_t id;

	if (w->names.n >= MAX_NAMES && strtab_find(&w->names, name) == UINT32_MAX)
		name = "other";
	id = strtab_add(&w->names, name);
	while (w->parts.n <= id)
		*vec_push(&w->parts) = (struct memory_part){ 0 };
	w->parts.v[id].last += bytes;
}

static bool add_process(struct memory_watch *w, pid_t pid)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char path[64], room[4096];
	struct proc_smap m;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	if (file_read(path, MAX_SMAPS, &b, NULL) < 0)
		return false;
	struct span s = buf_span(&b);

	while (proc_smaps_next(&s, &m)) {
		if (!m.rss)
			continue;
		/* private pages of a file's mapping that were written to are memory of the
		 * program: its variables */
		double own = m.path.n && m.path.p[0] == '/' ? (double)MIN(m.anonymous, m.rss) : 0;

		if (own > 0)
			add_part(w, "variables of programs and libraries", own);
		add_part(w, part_name(&m, room, sizeof(room)), (double)m.rss - own);
		w->trend->huge_bytes += (double)m.huge;
	}
	return true;
}

static void look_at_parts(struct memory_watch *w, uint64_t now)
{
	double t = (double)(now - w->start_ns) / 1e9;
	bool first = w->parts.n == 0, any = false;

	if (w->refused || now < w->parts_ns)
		return;
	vec_foreach (p, &w->parts)
		p->last = 0;
	w->trend->huge_bytes = 0;
	for (size_t i = 0; i < w->n_pids; i++)
		any |= add_process(w, w->pids[i]);
	if (first)
		w->trend->parts_from_s = t;
	if (any)
		w->trend->parts_to_s = t;
	else if (!first)
		return; /* the program has just ended */
	else
		w->refused = true;
	vec_foreach (p, &w->parts)
		if (first)
			p->first = p->last;
	w->parts_ns = now + MAX(LEAST_PARTS_NS, PARTS_COST * (clock_mono_ns() - now));
}

static void look(struct memory_watch *w)
{
	uint64_t now = clock_mono_ns();
	double sum = 0, rss;
	bool any = false;

	if (!w->started && !(w->started = is_started(w)))
		return;
	find_tree(w, now);
	for (size_t i = 0; i < w->n_pids; i++) {
		if (!resident_bytes(w->pids[i], &rss))
			continue;
		any |= rss > 0; /* 0: a process that is ending */
		sum += rss;
	}
	if (!any)
		return;
	memory_trend_add(w->trend, (double)(now - w->start_ns) / 1e9, sum);
	look_at_parts(w, now);
}

static int by_growth(const void *a, const void *b)
{
	const struct memory_part *x = a, *y = b;
	double dx = x->last - x->first, dy = y->last - y->first;

	return (dx < dy) - (dx > dy);
}

/* The parts that changed most. */
static void keep_parts(struct memory_watch *w)
{
	struct memory_trend *m = w->trend;

	for (uint32_t id = 0; id < w->parts.n; id++)
		w->parts.v[id].name = strtab_get(&w->names, id);
	if (w->parts.n)
		qsort(w->parts.v, w->parts.n, sizeof(w->parts.v[0]), by_growth);
	vec_foreach (p, &w->parts) {
		if (m->n_parts == MEMORY_PARTS || (p->first <= 0 && p->last <= 0))
			continue;
		m->parts[m->n_parts] = *p;
		m->parts[m->n_parts++].name = arena_strdup(w->arena, p->name);
	}
}

static double memory_limit(pid_t pid)
{
	double all = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
	_cleanup_(arena_done) struct arena a = { 0 };
	struct cgroup_snapshot group;
	struct procfs p;

	if (procfs_open(&p, "/", NULL) < 0)
		return all;
	if (cgroup_snapshot_take(&p, pid, NULL, &a, &group, NULL) == 0 && group.memory_limit)
		all = MIN((double)group.memory_limit, all);
	procfs_done(&p);
	return all;
}

static int run(const struct collector_target *t, struct collected *ret, struct err *err)
{
	struct memory_watch *w = xcalloc(1, sizeof(*w));
	uint64_t wait = FIRST_LOOK_NS;

	w->target = t;
	w->arena = &ret->arena;
	w->trend = arena_new(&ret->arena, struct memory_trend);
	w->trend->limit_bytes = memory_limit(t->pid);
	w->start_ns = clock_mono_ns();
	strtab_init(&w->names);
	do {
		look(w);
		/* the longer it runs, the less there is in a single look */
		wait = MAX(FIRST_LOOK_NS,
			MIN((clock_mono_ns() - w->start_ns) / (MEMORY_LOOKS / 2), MAX_LOOK_NS));
	} while (!collector_wait(t, wait));
	keep_parts(w);
	memory_trend_judge(w->trend, &ret->arena);
	if (w->trend->n)
		ret->memory = w->trend;
	if (w->refused)
		caveat_add(&ret->caveats, &ret->arena, "memory-parts-unreadable",
			"what the memory consists of (heap, files, stacks) may not be read from "
			"this process: only its sum is known");
	vec_done(&w->parts);
	strtab_done(&w->names);
	free(w);
	return 0;
}

const struct collector memory_collector = {
	.name = "memory over time",
	.shows = RESOURCE_MEMORY,
	.run = run,
};
