/* SPDX-License-Identifier: MIT */
/* Control groups of version 1 and 2. */
#include "collect/cgroup.h"

#include "collect/counter.h"
#include "collect/machine.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_DEPTH = 32 };

/* One hierarchy: files of the group and of its parents are asked for by name. */
struct group {
	struct procfs *p;
	char dir[4352];
	size_t mount_len; /* never climb above the mount point */
};

/* "/sys/fs/cgroup" + "/docker/ab/x" without the part the mount already starts at. */
static bool group_open(
	struct group *g, struct procfs *p, const char *mount, const char *root, const char *path)
{
	size_t root_len = strlen(root);

	if (!*mount || !*path)
		return false;
	if (root_len > 1 && strncmp(path, root, root_len) == 0 &&
		(path[root_len] == '/' || path[root_len] == '\0'))
		path += root_len;
	g->p = p;
	g->mount_len = strlen(mount);
	snprintf(g->dir, sizeof(g->dir), "%s%s", mount, strcmp(path, "/") == 0 ? "" : path);
	/* "/.." : outside of our cgroup namespace; what we see of it is the mount point */
	if (strstr(g->dir, "/../") || !procfs_exists(p, g->dir))
		g->dir[g->mount_len] = '\0';
	return procfs_exists(p, g->dir);
}

static bool group_read(struct group *g, const char *file, struct span *ret)
{
	char path[4608];

	snprintf(path, sizeof(path), "%s/%s", g->dir, file);
	return procfs_read(g->p, path, ret, NULL) == 0;
}

static bool group_up(struct group *g)
{
	char *slash = strrchr(g->dir, '/');

	if (!slash || (size_t)(slash - g->dir) < g->mount_len)
		return false;
	*slash = '\0';
	return true;
}

static bool group_number(struct group *g, const char *file, uint64_t *ret)
{
	struct span text;

	return group_read(g, file, &text) && cgroup_limit_parse(text, ret, NULL) == 0;
}

static bool read_quota(struct group *g, unsigned version, double *ret_cores)
{
	struct span text;
	uint64_t quota, period;

	if (version == 2)
		return group_read(g, "cpu.max", &text) &&
			cgroup_cpu_max_parse(text, ret_cores, NULL) == 0;
	if (!group_number(g, "cpu.cfs_quota_us", &quota) ||
		!group_number(g, "cpu.cfs_period_us", &period))
		return false;
	*ret_cores = period ? (double)quota / (double)period : 0;
	return true;
}

/* The innermost group's statistics, replaced by those of an outer group with a tighter limit. */
static void read_cpu(struct group g, unsigned version, struct cgroup_snapshot *s)
{
	struct span text;
	double cores = 0;
	int depth = 0;

	do {
		bool limited = read_quota(&g, version, &cores) && cores > 0;
		bool tighter = limited && (s->cpu_limit_cores == 0 || cores < s->cpu_limit_cores);

		if (tighter)
			s->cpu_limit_cores = cores;
		if ((tighter || depth == 0) && group_read(&g, "cpu.stat", &text))
			cgroup_cpu_stat_parse(text, &s->cpu, NULL);
	} while (++depth < MAX_DEPTH && group_up(&g));
}

struct memory_files {
	const char *limit, *usage, *swap, *swap_limit, *events;
};

static const struct memory_files memory_v2 = { "memory.max", "memory.current",
	"memory.swap.current", "memory.swap.max", "memory.events" };
/* memsw counts memory and swap together: not comparable, left out */
static const struct memory_files memory_v1 = { "memory.limit_in_bytes", "memory.usage_in_bytes",
	NULL, NULL, "memory.oom_control" };

static void read_usage(struct group *g, const struct memory_files *f, struct cgroup_snapshot *s)
{
	struct span text;

	group_number(g, f->usage, &s->memory);
	if (f->swap)
		group_number(g, f->swap, &s->swap);
	if (f->swap_limit)
		group_number(g, f->swap_limit, &s->swap_limit);
	if (group_read(g, f->events, &text))
		cgroup_memory_events_parse(text, &s->events, NULL);
	if (group_read(g, "memory.stat", &text))
		s->memory_inactive_file = cgroup_inactive_file(text);
	s->limit_hits = s->events.max;
	if (f == &memory_v1)
		group_number(g, "memory.failcnt", &s->limit_hits);
}

static void read_memory(struct group g, unsigned version, struct cgroup_snapshot *s)
{
	const struct memory_files *f = version == 2 ? &memory_v2 : &memory_v1;
	int depth = 0;

	do {
		uint64_t limit = 0;
		bool limited = group_number(&g, f->limit, &limit) && limit > 0;
		bool tighter = limited && (s->memory_limit == 0 || limit < s->memory_limit);

		if (tighter)
			s->memory_limit = limit;
		if (tighter || depth == 0)
			read_usage(&g, f, s);
	} while (++depth < MAX_DEPTH && group_up(&g));
}

static void read_pids(struct group g, struct cgroup_snapshot *s)
{
	int depth = 0;

	do {
		uint64_t max = 0;
		bool limited = group_number(&g, "pids.max", &max) && max > 0;

		if (depth > 0 && !(limited && (s->pids_max == 0 || max < s->pids_max)))
			continue;
		s->pids_max = max;
		group_number(&g, "pids.current", &s->pids);
	} while (++depth < MAX_DEPTH && group_up(&g));
}

static void read_psi(struct group *g, struct cgroup_snapshot *s)
{
	static const char *const files[PSI_N] = { "cpu.pressure", "memory.pressure",
		"io.pressure" };
	struct span text;

	for (int i = 0; i < PSI_N; i++)
		s->has_psi[i] = group_read(g, files[i], &text) &&
			proc_pressure_parse(text, &s->psi[i], NULL) == 0;
}

/* Hybrid set-ups mount a v2 hierarchy beside v1: it counts when it has the controllers we ask. */
static bool unified_is_used(struct procfs *p, const struct cgroup_mounts *m)
{
	char path[4352];
	struct span text, word;

	if (!*m->unified)
		return false;
	snprintf(path, sizeof(path), "%s/cgroup.controllers", m->unified);
	if (procfs_read(p, path, &text, NULL) < 0)
		return false;
	while (span_next_word(&text, &word))
		if (span_eq(word, "cpu") || span_eq(word, "memory"))
			return true;
	return false;
}

static void read_unified(struct procfs *p, const struct cgroup_mounts *m, const char *path,
	struct cgroup_snapshot *s)
{
	struct group g;

	if (!group_open(&g, p, m->unified, m->unified_root, path))
		return;
	s->known = true;
	s->version = 2;
	s->path = path;
	read_cpu(g, 2, s);
	read_memory(g, 2, s);
	read_pids(g, s);
	read_psi(&g, s);
}

static void read_v1(struct procfs *p, const struct cgroup_mounts *m,
	const struct cgroup_paths *paths, struct cgroup_snapshot *s)
{
	struct group g;

	if (group_open(&g, p, m->cpu, m->cpu_root, paths->v1_cpu)) {
		s->known = true;
		s->path = paths->v1_cpu;
		read_cpu(g, 1, s);
	}
	if (group_open(&g, p, m->memory, m->memory_root, paths->v1_memory)) {
		s->known = true;
		/* the deepest of the paths says most about where it runs */
		if (!s->path || strlen(paths->v1_memory) > strlen(s->path))
			s->path = paths->v1_memory;
		read_memory(g, 1, s);
	}
	if (group_open(&g, p, m->pids, m->pids_root, paths->v1_pids))
		read_pids(g, s);
	s->version = 1;
}

int cgroup_snapshot_take(struct procfs *p, pid_t pid, const char *path, struct arena *a,
	struct cgroup_snapshot *ret, struct err *err)
{
	struct cgroup_snapshot s = { 0 };
	struct cgroup_mounts mounts;
	struct cgroup_paths paths;
	struct span text;
	char file[64];

	int r = procfs_read(p, "self/mountinfo", &text, err);

	if (r < 0)
		return r;
	cgroup_mounts_parse(text, a, &mounts);
	if (path) {
		/* given as a name or as a folder below the mount point */
		const char *below = *mounts.unified &&
				strncmp(path, mounts.unified, strlen(mounts.unified)) == 0
			? path + strlen(mounts.unified)
			: path;
		const char *name = arena_printf(a, "%s%s", *below == '/' ? "" : "/", below);

		paths = (struct cgroup_paths){ name, name, name, name, name, name, name };
	} else {
		snprintf(file, sizeof(file), pid ? "%d/cgroup" : "self/cgroup", (int)pid);
		r = procfs_read(p, file, &text, err);
		if (r < 0)
			return r;
		cgroup_paths_parse(text, a, &paths);
	}
	if (unified_is_used(p, &mounts))
		read_unified(p, &mounts, paths.unified, &s);
	else
		read_v1(p, &mounts, &paths, &s);
	if (!s.known)
		return fail(err, ENOENT,
			path ? "no control group '%s'" : "no control groups are mounted", path);
	*ret = s;
	return 0;
}

void cgroup_baseline(const struct cgroup_snapshot *before, const struct cgroup_snapshot *now,
	double seconds, struct baseline_cgroup *ret)
{
	struct pressure *const psi[PSI_N] = { &ret->psi_cpu, &ret->psi_memory, &ret->psi_io };

	*ret = (struct baseline_cgroup){
		.known = now->known,
		.version = now->version,
		.path = now->path,
		.cpu_limit_cores = now->cpu_limit_cores,
		.throttled_ratio = -1,
		.throttled_periods = now->cpu.throttled,
		.memory_limit_bytes = now->memory_limit,
		.memory_bytes = now->memory,
		.memory_working_bytes = now->memory - MIN(now->memory_inactive_file, now->memory),
		.swap_bytes = now->swap,
		.swap_limit_bytes = now->swap_limit,
		.oom_kills = now->events.oom_kill,
		.memory_limit_hits = now->limit_hits,
		.pids = now->pids,
		.pids_max = now->pids_max,
	};
	for (int i = 0; i < PSI_N; i++)
		if (now->has_psi[i])
			pressure_fill(psi[i], before && before->has_psi[i] ? &before->psi[i] : NULL,
				&now->psi[i], seconds);
	if (!before || seconds <= 0)
		return;
	uint64_t periods = counter_delta(before->cpu.periods, now->cpu.periods);

	ret->throttled_ratio = periods
		? (double)counter_delta(before->cpu.throttled, now->cpu.throttled) / (double)periods
		: 0;
	ret->throttled_ms_per_s =
		counter_rate(before->cpu.throttled_ns, now->cpu.throttled_ns, seconds) / 1e6;
}
