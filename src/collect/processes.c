/* SPDX-License-Identifier: MIT */
/* The list of processes and its top. */
#include "collect/processes.h"

#include "base/clock.h"
#include "base/map.h"
#include "collect/counter.h"

#include <stdio.h>
#include <unistd.h>

enum { TOP_EACH = 5, MAX_PROCESSES = 1 << 20 };

void process_list_done(struct process_list *l)
{
	vec_done(l);
}

const struct process_sample *process_list_find(const struct process_list *l, pid_t pid)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->v[mid].pid < pid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n && l->v[lo].pid == pid ? &l->v[lo] : NULL;
}

static bool read_sample(struct procfs *p, pid_t pid, struct process_sample *ret)
{
	struct proc_task_stat st;
	struct span text;

	if (procfs_read_pid(p, pid, "stat", &text, NULL) < 0 ||
		proc_task_stat_parse(text, &st, NULL) < 0)
		return false;
	*ret = (struct process_sample){
		.pid = pid,
		.ppid = st.ppid,
		.start_ticks = st.start_ticks,
		.time_ns = clock_mono_ns(),
		.cpu_ticks = st.user_ticks + st.system_ticks,
		.rss_pages = st.rss_pages,
		.threads = (uint32_t)MIN(st.threads, (uint64_t)UINT32_MAX),
		.state = st.state,
		.kernel_thread = st.kernel_thread,
	};
	memcpy(ret->comm, st.comm, sizeof(ret->comm) - 1);
	return true;
}

static void read_io(struct procfs *p, struct process_sample *s)
{
	struct proc_task_io io;
	struct span text;

	if (procfs_read_pid(p, s->pid, "io", &text, NULL) < 0 ||
		proc_task_io_parse(text, &io, NULL) < 0)
		return;
	s->has_io = true;
	s->io_bytes = io.read_bytes + io.write_bytes;
}

static int by_cpu_ticks(const void *a, const void *b)
{
	const struct process_sample *const *x = a, *const *y = b;

	return ((*x)->cpu_ticks < (*y)->cpu_ticks) - ((*x)->cpu_ticks > (*y)->cpu_ticks);
}

/*
 * A process that does I/O has used CPU: on a crowded host only those with the most are asked. That
 * a silent old process starts to write just now and is missed is said by the caller (io_limited).
 */
static void read_first_io(struct procfs *p, struct process_list *l)
{
	_cleanup_(freep) struct process_sample **order = xcalloc(l->n + 1, sizeof(*order));
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (!l->v[i].kernel_thread)
			order[n++] = &l->v[i];
	if (n > PROCESSES_IO_MAX) {
		qsort(order, n, sizeof(struct process_sample *), by_cpu_ticks);
		n = PROCESSES_IO_MAX;
		l->io_limited = true;
	}
	for (size_t i = 0; i < n; i++)
		read_io(p, order[i]);
}

int processes_take(struct procfs *p, bool with_io, const struct process_list *first,
	struct process_list *ret, struct err *err)
{
	struct pid_list pids = { 0 };
	struct process_sample s;
	int r = procfs_list(p, "", &pids, err);

	ret->n = 0;
	ret->io_limited = first && first->io_limited;
	for (size_t i = 0; r == 0 && i < pids.n && ret->n < MAX_PROCESSES; i++) {
		if (pids.v[i] == p->self || !read_sample(p, pids.v[i], &s))
			continue;
		const struct process_sample *b = first ? process_list_find(first, s.pid) : NULL;

		/* what came meanwhile counts from zero: read it */
		if (with_io && first && !s.kernel_thread && (!b || b->has_io))
			read_io(p, &s);
		*vec_push(ret) = s;
	}
	vec_done(&pids);
	if (r == 0 && with_io && !first)
		read_first_io(p, ret);
	return r;
}

static double hz(void)
{
	return (double)sysconf(_SC_CLK_TCK);
}

static bool same_process(const struct process_sample *b, const struct process_sample *n)
{
	return b && b->start_ticks == n->start_ticks;
}

double process_cores(const struct process_sample *before, const struct process_sample *now)
{
	if (same_process(before, now)) {
		double s = (double)(now->time_ns - before->time_ns) / 1e9;

		return s > 0 ? (double)counter_delta(before->cpu_ticks, now->cpu_ticks) / hz() / s
			     : 0;
	}
	/* both clocks start at boot; CLOCK_MONOTONIC stands still in suspend, hence the lower bound
	 */
	double age = (double)now->time_ns / 1e9 - (double)now->start_ticks / hz();

	return (double)now->cpu_ticks / hz() / MAX(age, 0.05);
}

static double io_rate(const struct process_sample *before, const struct process_sample *now)
{
	if (!now->has_io)
		return -1;
	if (!same_process(before, now))
		return 0;
	double s = (double)(now->time_ns - before->time_ns) / 1e9;

	return before->has_io ? counter_rate(before->io_bytes, now->io_bytes, s) : -1;
}

struct ranked {
	const struct process_sample *s;
	double cores, rss, io;
};

/* Index of the largest `key` not yet taken and above `floor`; SIZE_MAX when none. */
static size_t pick(
	const struct ranked *r, size_t n, const bool *taken, size_t key_offset, double floor)
{
	size_t best = SIZE_MAX;
	double best_value = floor;

	for (size_t i = 0; i < n; i++) {
		double v;

		memcpy(&v, (const char *)&r[i] + key_offset, sizeof(v));
		if (!taken[i] && v > best_value) {
			best = i;
			best_value = v;
		}
	}
	return best;
}

/* Counts those already listed: "at most five of each" is about the places, not the additions. */
static void take_top(struct ranked *r, size_t n, bool *listed, size_t key_offset, double floor,
	struct arena *a, struct baseline *ret)
{
	_cleanup_(freep) bool *seen = xcalloc(n + 1, sizeof(*seen));

	for (int place = 0; place < TOP_EACH; place++) {
		size_t i = pick(r, n, seen, key_offset, floor);

		if (i == SIZE_MAX)
			return;
		seen[i] = true;
		if (listed[i])
			continue;
		listed[i] = true;
		ret->top[ret->n_top++] = (struct top_process){
			.pid = r[i].s->pid,
			.comm = arena_strdup(a, r[i].s->comm),
			.cpu_cores = r[i].cores,
			.rss_bytes = (uint64_t)r[i].rss,
			.io_bytes_per_s = r[i].io,
			.threads = r[i].s->threads,
		};
	}
}

void processes_top(const struct process_list *before, const struct process_list *now,
	struct arena *a, struct baseline *ret)
{
	_cleanup_(freep) struct ranked *r = xcalloc(now->n + 1, sizeof(*r));
	_cleanup_(freep) bool *listed = xcalloc(now->n + 1, sizeof(*listed));
	double page = (double)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < now->n; i++) {
		const struct process_sample *n = &now->v[i];
		const struct process_sample *b = before ? process_list_find(before, n->pid) : NULL;

		r[i] = (struct ranked){
			.s = n,
			.cores = before ? process_cores(b, n) : 0,
			.rss = (double)n->rss_pages * page,
			.io = before ? io_rate(b, n) : -1,
		};
	}
	ret->processes = (unsigned)now->n;
	ret->top = arena_array(a, 3 * TOP_EACH, sizeof(*ret->top));
	ret->n_top = 0;
	take_top(r, now->n, listed, offsetof(struct ranked, cores), 0.005, a, ret);
	take_top(r, now->n, listed, offsetof(struct ranked, rss), 1 << 20, a, ret);
	take_top(r, now->n, listed, offsetof(struct ranked, io), 1024, a, ret);
}

size_t processes_descendants(const struct process_list *now, pid_t pid, pid_t *ret, size_t max)
{
	struct map_u64 in = { 0 };
	size_t n = 0;
	bool more = true;

	map_u64_put(&in, (uint64_t)pid, NULL);
	/* pids wrap, so a child may have a lower number than its parent: repeat until nothing is
	 * new */
	while (more) {
		more = false;
		for (size_t i = 0; i < now->n && n < max; i++) {
			const struct process_sample *s = &now->v[i];

			if (map_u64_get(&in, (uint64_t)s->pid) ||
				!map_u64_get(&in, (uint64_t)s->ppid))
				continue;
			map_u64_put(&in, (uint64_t)s->pid, NULL);
			ret[n++] = s->pid;
			more = true;
		}
	}
	map_u64_done(&in);
	return n;
}

void processes_read_delays(struct procfs *p, struct process_list *l, pid_t pid)
{
	enum { MAX_ASKED = 256 };
	pid_t tree[MAX_ASKED];
	size_t n = processes_descendants(l, pid, tree, MAX_ASKED);

	for (size_t i = 0; i < n; i++) {
		const struct process_sample *found = process_list_find(l, tree[i]);
		struct process_sample *s = &l->v[found - l->v];
		struct proc_schedstat sched;
		struct span text;

		if (procfs_read_pid(p, s->pid, "schedstat", &text, NULL) < 0 ||
			proc_schedstat_parse(text, &sched, NULL) < 0)
			continue;
		s->has_delay = true;
		s->delay_ns = sched.wait_ns;
	}
}

double cores_wanted(double cores, double delay)
{
	/* several threads in one figure: the share that waited says little about them */
	if (cores >= 1)
		return cores;
	return cores / MAX(cores, 1 - MIN(delay, 0.99));
}

static double process_delay(const struct process_sample *before, const struct process_sample *now)
{
	if (!same_process(before, now) || !before->has_delay || !now->has_delay)
		return 0;
	double s = (double)(now->time_ns - before->time_ns) / 1e9;

	return counter_rate(before->delay_ns, now->delay_ns, s) / 1e9;
}

void processes_tree(const struct process_list *before, const struct process_list *now, pid_t pid,
	struct baseline_target *ret)
{
	enum { MAX_TREE = 4096 };
	_cleanup_(freep) pid_t *tree = xcalloc(MAX_TREE, sizeof(*tree));
	size_t n = processes_descendants(now, pid, tree, MAX_TREE - 1);
	double page = (double)sysconf(_SC_PAGESIZE), seconds = 0;
	int64_t grown_pages = 0;

	ret->descendants = (unsigned)n;
	tree[n++] = pid;
	for (size_t i = 0; i < n; i++) {
		const struct process_sample *s = process_list_find(now, tree[i]);
		const struct process_sample *b =
			before && s ? process_list_find(before, tree[i]) : NULL;

		if (!s)
			continue;
		ret->tree_rss_bytes += (uint64_t)((double)s->rss_pages * page);
		if (!before)
			continue;
		double cores = process_cores(b, s), delay = process_delay(b, s);

		ret->tree_cores += cores;
		grown_pages +=
			(int64_t)s->rss_pages - (same_process(b, s) ? (int64_t)b->rss_pages : 0);
		if (same_process(b, s))
			seconds = MAX(seconds, (double)(s->time_ns - b->time_ns) / 1e9);
		if (tree[i] == pid)
			continue;
		double wanted = cores_wanted(cores, delay);

		ret->children_wanted_cores += wanted;
		if (wanted > MAX(ret->busiest_child_wanted, 0.05)) {
			ret->busiest_child = tree[i];
			ret->busiest_child_cores = cores;
			ret->busiest_child_wanted = wanted;
		}
	}
	if (seconds > 0)
		ret->tree_rss_bytes_per_s = (double)grown_pages * page / seconds;
}
