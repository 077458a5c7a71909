/* SPDX-License-Identifier: MIT */
/* Looks at one process: totals, memory line, thread states and what the threads wait for. */
#include "collect/target_watch.h"

#include "base/clock.h"
#include "base/map.h"
#include "collect/counter.h"
#include "collect/look_series.h"
#include "collect/processes.h"
#include "collect/sockets.h"
#include "parse/proc_task.h"

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_THREADS = 4096,
	LOOK_THREADS = 128,
	THREADS_SHOWN = 64,
	THREAD_WAITS = 4,
	FUTEX_LOOKS = 1024,
	PEERS_SHOWN = 8
};

/* indexes into the tally of thread-looks; wait classes of knowledge follow */
enum { WAIT_RUNNING, WAIT_OTHER, WAIT_FIRST_CLASS };

struct totals { /* counters of the whole process at one moment */
	uint64_t time_ns, user_ticks, system_ticks, minor_faults, major_faults;
	struct proc_task_io io;
	bool has_io;
};

struct watched_thread {
	pid_t tid;
	char comm[20];
	struct proc_schedstat first, last;
	uint64_t first_ticks, last_ticks, first_ns, last_ns;
	uint64_t first_voluntary, first_involuntary, last_voluntary, last_involuntary;
	bool has_sched, seen;          /* seen: in the last complete reading */
	unsigned states[128];          /* looks by state letter */
	uint32_t wchans[THREAD_WAITS]; /* ids in names */
	unsigned wchan_looks[THREAD_WAITS];
	uint64_t place; /* futex address, else id of the kernel function; 0 in no lock */
	int last_wait;  /* class at the last look, -1 never looked at */
	uint32_t last_wchan;
};

struct target_watch {
	struct procfs *p;
	pid_t pid;
	const struct knowledge *k;
	struct arena *a;
	struct caveats *caveats;
	uint64_t start_ticks, t0_ns;
	struct look_series *series;
	struct totals first, last;
	vec_of(struct watched_thread) threads;
	struct map_u64 by_tid; /* tid -> index + 1 */
	struct pid_list tids;
	struct strtab names; /* wchan functions */
	int *class_of;       /* by name id: index of a wait class, -1 not looked up yet */
	size_t class_cap;
	double *wait_looks; /* thread-looks by wait */
	size_t n_waits;
	double running_looks, disk_looks;
	unsigned passes, passes_running; /* looks at the threads; those with one in R */
	unsigned looks;
	size_t threads_total, rotate;
	bool wchan_blind;
};

static double ticks_per_second(void)
{
	return (double)sysconf(_SC_CLK_TCK);
}

/* ---- whole process ------------------------------------------------------------------------- */

static bool read_totals(
	struct target_watch *w, bool with_io, struct totals *ret, struct proc_task_stat *ret_stat)
{
	struct span text;

	if (procfs_read_pid(w->p, w->pid, "stat", &text, NULL) < 0 ||
		proc_task_stat_parse(text, ret_stat, NULL) < 0 ||
		(ret_stat->state == 'Z' && ret_stat->threads <= 1))
		return false; /* gone, or dead and not yet collected by its parent */
	*ret = (struct totals){
		.time_ns = clock_mono_ns(),
		.user_ticks = ret_stat->user_ticks,
		.system_ticks = ret_stat->system_ticks,
		.minor_faults = ret_stat->minor_faults,
		.major_faults = ret_stat->major_faults,
	};
	if (with_io)
		ret->has_io = procfs_read_pid(w->p, w->pid, "io", &text, NULL) == 0 &&
			proc_task_io_parse(text, &ret->io, NULL) == 0;
	return true;
}

/* The main thread's time without a core; the other threads' would cost a file each. */
static double main_delay_s(struct target_watch *w)
{
	struct proc_schedstat sched;
	struct span text;

	if (procfs_read_pid(w->p, w->pid, "schedstat", &text, NULL) < 0 ||
		proc_schedstat_parse(text, &sched, NULL) < 0)
		return 0;
	return (double)sched.wait_ns / 1e9;
}

static void add_to_series(struct target_watch *w, const struct totals *t, double rss)
{
	double cpu = (double)(t->user_ticks + t->system_ticks) / ticks_per_second();

	look_series_add(
		w->series, (double)(t->time_ns - w->t0_ns) / 1e9, cpu + main_delay_s(w), rss);
}

static uint64_t rss_bytes(struct target_watch *w)
{
	uint64_t size, rss;
	struct span text;

	if (procfs_read_pid(w->p, w->pid, "statm", &text, NULL) < 0 ||
		proc_statm_parse(text, &size, &rss, NULL) < 0)
		return 0;
	return rss * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* ---- threads ------------------------------------------------------------------------------- */

static struct watched_thread *thread_of(struct target_watch *w, pid_t tid)
{
	bool is_new;

	if (w->threads.n >= MAX_THREADS && !map_u64_get(&w->by_tid, (uint64_t)tid))
		return NULL;
	uint32_t *slot = map_u64_put(&w->by_tid, (uint64_t)tid, &is_new);

	if (is_new) {
		*vec_push(&w->threads) = (struct watched_thread){ .tid = tid, .last_wait = -1 };
		*slot = (uint32_t)w->threads.n;
	}
	return &w->threads.v[*slot - 1];
}

static bool list_threads(struct target_watch *w)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/task", (int)w->pid);
	if (procfs_list(w->p, path, &w->tids, NULL) < 0)
		return false;
	w->threads_total = w->tids.n;
	return true;
}

/* CPU, run delay and switches of every thread, at the first and at the last look. */
static void read_counters(struct target_watch *w, bool first)
{
	struct proc_task_status status = { 0 };
	struct proc_task_stat stat;
	struct span text;

	for (size_t i = 0; i < w->threads.n; i++)
		w->threads.v[i].seen = false;
	for (size_t i = 0; i < w->tids.n && i < MAX_THREADS; i++) {
		pid_t tid = w->tids.v[i];
		struct watched_thread *t = thread_of(w, tid);

		if (!t || procfs_read_task(w->p, w->pid, tid, "stat", &text, NULL) < 0 ||
			proc_task_stat_parse(text, &stat, NULL) < 0)
			continue;
		bool fresh = t->first_ns == 0; /* came during the window: counts from zero */

		t->seen = true;
		memcpy(t->comm, stat.comm, sizeof(t->comm) - 1);
		t->last_ticks = stat.user_ticks + stat.system_ticks;
		t->last_ns = clock_mono_ns();
		t->has_sched = procfs_read_task(w->p, w->pid, tid, "schedstat", &text, NULL) == 0 &&
			proc_schedstat_parse(text, &t->last, NULL) == 0;
		if (procfs_read_task(w->p, w->pid, tid, "status", &text, NULL) == 0 &&
			proc_task_status_parse(text, &status, NULL) == 0) {
			t->last_voluntary = status.voluntary_switches;
			t->last_involuntary = status.involuntary_switches;
		}
		if (first) {
			t->first = t->last;
			t->first_ticks = t->last_ticks;
			t->first_voluntary = t->last_voluntary;
			t->first_involuntary = t->last_involuntary;
		}
		if (fresh)
			t->first_ns = first ? t->last_ns : w->t0_ns;
	}
}

static int class_of_wchan(struct target_watch *w, uint32_t id)
{
	if (id >= w->class_cap) {
		size_t cap = MAX((size_t)id + 1, w->class_cap * 2 + 16);

		w->class_of = xreallocarray(w->class_of, cap, sizeof(*w->class_of));
		for (size_t i = w->class_cap; i < cap; i++)
			w->class_of[i] = -1;
		w->class_cap = cap;
	}
	if (w->class_of[id] >= 0)
		return w->class_of[id];
	int found = WAIT_OTHER;

	for (size_t i = 0; i < w->k->n_waits && found == WAIT_OTHER; i++)
		if (knowledge_glob_any(&w->k->waits[i].functions, strtab_get(&w->names, id)))
			found = WAIT_FIRST_CLASS + (int)i;
	w->class_of[id] = found;
	return found;
}

static const char *wait_name(const struct target_watch *w, int wait)
{
	if (wait == WAIT_RUNNING)
		return "running";
	return wait >= WAIT_FIRST_CLASS ? w->k->waits[wait - WAIT_FIRST_CLASS].id : "other";
}

static void tally_wchan(struct watched_thread *t, uint32_t id)
{
	for (size_t i = 0; i < THREAD_WAITS; i++) {
		if (t->wchan_looks[i] == 0)
			t->wchans[i] = id;
		if (t->wchans[i] == id) {
			t->wchan_looks[i]++;
			return;
		}
	}
}

static void look_at_thread(struct target_watch *w, pid_t tid)
{
	struct watched_thread *t = thread_of(w, tid);
	struct proc_task_stat stat;
	struct span text;

	if (!t || procfs_read_task(w->p, w->pid, tid, "stat", &text, NULL) < 0 ||
		proc_task_stat_parse(text, &stat, NULL) < 0)
		return;
	t->states[stat.state & 127]++;
	t->last_wait = WAIT_OTHER;
	t->last_wchan = 0;
	if (stat.state == 'R') {
		t->last_wait = WAIT_RUNNING;
		w->running_looks++;
	} else if (procfs_read_task(w->p, w->pid, tid, "wchan", &text, NULL) == 0) {
		/* "0" without permission, and for a thread that was just woken */
		if (text.n && !span_eq(text, "0")) {
			t->last_wchan = strtab_addn(&w->names, text.p, MIN(text.n, (size_t)64));
			tally_wchan(t, t->last_wchan);
			t->last_wait = class_of_wchan(w, t->last_wchan);
		} else {
			w->wchan_blind = true;
		}
	}
	w->disk_looks += stat.state == 'D';
	w->wait_looks[t->last_wait]++;
}

/* All threads, or the next LOOK_THREADS of them in turn. */
static void look_at_threads(struct target_watch *w)
{
	size_t n = MIN(w->tids.n, (size_t)LOOK_THREADS);
	double before = w->running_looks;

	for (size_t i = 0; i < n; i++)
		look_at_thread(w, w->tids.v[(w->rotate + i) % w->tids.n]);
	w->passes++;
	w->passes_running += w->running_looks > before;
	w->rotate = w->tids.n > n ? (w->rotate + n) % w->tids.n : 0;
}

/* ---- life ---------------------------------------------------------------------------------- */

int target_watch_new(struct procfs *p, pid_t pid, const struct knowledge *k, struct arena *a,
	struct caveats *caveats, struct target_watch **ret, struct err *err)
{
	struct target_watch *w = xcalloc(1, sizeof(*w));
	struct proc_task_stat stat = { 0 };

	w->p = p;
	w->pid = pid;
	w->k = k;
	w->a = a;
	w->caveats = caveats;
	w->series = xcalloc(1, sizeof(*w->series));
	strtab_init(&w->names);
	w->n_waits = WAIT_FIRST_CLASS + k->n_waits;
	w->wait_looks = xcalloc(w->n_waits, sizeof(*w->wait_looks));
	if (!read_totals(w, true, &w->first, &stat) || !list_threads(w)) {
		target_watch_free(w);
		if (stat.state == 'Z')
			return fail(err, ESRCH,
				"process %d has ended and waits for its parent %d to notice: "
				"nothing can be measured",
				(int)pid, (int)stat.ppid);
		return fail(err, ESRCH, "process %d does not exist", (int)pid);
	}
	w->start_ticks = stat.start_ticks;
	w->t0_ns = w->first.time_ns;
	w->last = w->first;
	read_counters(w, true);
	add_to_series(w, &w->first, (double)rss_bytes(w));
	look_at_threads(w);
	w->looks = 1;
	*ret = w;
	return 0;
}

bool target_watch_look(struct target_watch *w)
{
	struct proc_task_stat stat;
	struct totals t;

	if (!read_totals(w, false, &t, &stat) || stat.start_ticks != w->start_ticks ||
		!list_threads(w))
		return false;
	add_to_series(w, &t, (double)rss_bytes(w));
	look_at_threads(w);
	w->looks++;
	return true;
}

void target_watch_free(struct target_watch *w)
{
	if (!w)
		return;
	vec_done(&w->threads);
	vec_done(&w->tids);
	map_u64_done(&w->by_tid);
	strtab_done(&w->names);
	free(w->class_of);
	free(w->wait_looks);
	free(w->series);
	free(w);
}

/* ---- result -------------------------------------------------------------------------------- */

static double thread_seconds(const struct watched_thread *t)
{
	return (double)(t->last_ns - MIN(t->first_ns, t->last_ns)) / 1e9;
}

static double thread_cores(const struct watched_thread *t)
{
	double s = thread_seconds(t);

	if (s <= 0)
		return 0;
	if (t->has_sched)
		return (double)counter_delta(t->first.run_ns, t->last.run_ns) / 1e9 / s;
	return (double)counter_delta(t->first_ticks, t->last_ticks) / ticks_per_second() / s;
}

static void fill_rates(struct target_watch *w, double seconds, struct baseline_target *r)
{
	const struct totals *b = &w->first, *n = &w->last;
	double hz = ticks_per_second();

	r->user_cores = counter_rate(b->user_ticks, n->user_ticks, seconds) / hz;
	r->system_cores = counter_rate(b->system_ticks, n->system_ticks, seconds) / hz;
	r->cpu_cores = r->user_cores + r->system_cores;
	r->major_faults_per_s = counter_rate(b->major_faults, n->major_faults, seconds);
	r->minor_faults_per_s = counter_rate(b->minor_faults, n->minor_faults, seconds);
	r->read_bytes_per_s = r->write_bytes_per_s = r->syscr_per_s = r->syscw_per_s = -1;
	if (b->has_io && n->has_io) {
		r->read_bytes_per_s = counter_rate(b->io.read_bytes, n->io.read_bytes, seconds);
		r->write_bytes_per_s = counter_rate(b->io.write_bytes, n->io.write_bytes, seconds);
		r->syscr_per_s = counter_rate(b->io.syscr, n->io.syscr, seconds);
		r->syscw_per_s = counter_rate(b->io.syscw, n->io.syscw, seconds);
	}
	for (size_t i = 0; i < w->threads.n; i++) {
		const struct watched_thread *t = &w->threads.v[i];

		if (!t->seen)
			continue;
		r->voluntary_switches_per_s +=
			counter_rate(t->first_voluntary, t->last_voluntary, seconds);
		r->involuntary_switches_per_s +=
			counter_rate(t->first_involuntary, t->last_involuntary, seconds);
		r->run_delay_cores +=
			counter_rate(t->first.wait_ns, t->last.wait_ns, seconds) / 1e9;
	}
}

static double thread_delay(const struct watched_thread *t)
{
	double s = thread_seconds(t);

	return t->has_sched ? counter_rate(t->first.wait_ns, t->last.wait_ns, s) / 1e9 : 0;
}

/* By the CPU they wanted: what they got, and what they waited for. */
static int compare_threads(const void *a, const void *b)
{
	const struct target_thread *x = a, *y = b;

	double wx = cores_wanted(x->cpu_cores, x->run_delay_cores);
	double wy = cores_wanted(y->cpu_cores, y->run_delay_cores);

	if (wx != wy)
		return wx < wy ? 1 : -1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

static void describe_thread(
	struct target_watch *w, const struct watched_thread *t, struct target_thread *ret)
{
	unsigned best = 0;
	size_t place = 0;

	*ret = (struct target_thread){ .tid = t->tid, .cpu_cores = thread_cores(t), .state = '?' };
	ret->run_delay_cores = thread_delay(t);
	ret->comm = arena_strdup(w->a, t->comm);
	ret->wchan = ret->wait = "";
	for (int s = 0; s < 128; s++) {
		if (t->states[s] > best) {
			best = t->states[s];
			ret->state = (char)s;
		}
	}
	for (size_t i = 1; i < THREAD_WAITS; i++)
		if (t->wchan_looks[i] > t->wchan_looks[place])
			place = i;
	if (t->wchan_looks[place] && ret->state != 'R') {
		ret->wchan = arena_strdup(w->a, strtab_get(&w->names, t->wchans[place]));
		ret->wait = wait_name(w, class_of_wchan(w, t->wchans[place]));
	}
}

static void fill_threads(struct target_watch *w, struct baseline_target *r)
{
	struct target_thread *all = xcalloc(w->threads.n + 1, sizeof(*all));
	size_t n = 0;

	r->main_thread_wait = "";
	for (size_t i = 0; i < w->threads.n; i++) {
		if (!w->threads.v[i].seen)
			continue;
		describe_thread(w, &w->threads.v[i], &all[n++]);
		if (all[n - 1].tid == w->pid)
			r->main_thread_wait = all[n - 1].state == 'R' ? "running" : all[n - 1].wait;
	}
	if (n > 1)
		qsort(all, n, sizeof(*all), compare_threads);
	r->n_threads = MIN(n, (size_t)THREADS_SHOWN);
	r->threads = arena_array(w->a, r->n_threads, sizeof(*all));
	if (r->n_threads)
		memcpy(r->threads, all, r->n_threads * sizeof(*all));
	r->threads_total = w->threads_total;
	free(all);
}

static int compare_shares(const void *a, const void *b)
{
	const struct wait_share *x = a, *y = b;

	return (x->share < y->share) - (x->share > y->share);
}

static void fill_waits(struct target_watch *w, struct baseline_target *r)
{
	double total = 0;

	for (size_t i = 0; i < w->n_waits; i++)
		total += w->wait_looks[i];
	r->waits = arena_array(w->a, w->n_waits, sizeof(*r->waits));
	for (size_t i = 0; total > 0 && i < w->n_waits; i++)
		if (w->wait_looks[i] > 0)
			r->waits[r->n_waits++] = (struct wait_share){ wait_name(w, (int)i),
				w->wait_looks[i] / total };
	if (r->n_waits > 1)
		qsort(r->waits, r->n_waits, sizeof(*r->waits), compare_shares);
	/* a turn over LOOK_THREADS stands for all threads */
	double scale = total > 0 ? (double)w->threads_total / total : 0;

	r->running_threads = w->running_looks * scale;
	r->disk_threads = w->disk_looks * scale;
	r->any_running_share = w->passes ? (double)w->passes_running / w->passes : 0;
}

/* The futex address is the first argument of the call a thread sleeps in (needs ptrace rights). */
static bool futex_address(struct target_watch *w, pid_t tid, uint64_t *ret)
{
	struct proc_syscall call;
	struct span text;

	if (procfs_read_task(w->p, w->pid, tid, "syscall", &text, NULL) < 0 ||
		proc_syscall_parse(text, &call, NULL) < 0 || !call.in_syscall ||
		call.nr != SYS_futex)
		return false;
	*ret = call.arg0;
	return true;
}

struct crowd {
	struct map_u64 places;
	uint64_t place; /* with most threads */
	unsigned threads;
};

static void count_place(struct crowd *c, uint64_t place)
{
	unsigned n = ++*map_u64_put(&c->places, place, NULL);

	if (n > c->threads) {
		c->threads = n;
		c->place = place;
	}
}

/* Names are small numbers, addresses are not: one field holds either. */
static void fill_same_place(struct target_watch *w, double seconds, struct baseline_target *r)
{
	struct crowd addresses = { 0 }, functions = { 0 };
	unsigned asked = 0;

	for (size_t i = 0; i < w->threads.n; i++) {
		struct watched_thread *t = &w->threads.v[i];

		t->place = 0;
		if (!t->seen || t->last_wait < WAIT_FIRST_CLASS ||
			strcmp(wait_name(w, t->last_wait), "lock"))
			continue;
		t->place = t->last_wchan;
		count_place(&functions, t->last_wchan);
		if (asked++ < FUTEX_LOOKS && futex_address(w, t->tid, &t->place))
			count_place(&addresses, t->place);
	}
	const struct crowd *most = addresses.threads ? &addresses : &functions;

	r->same_futex = addresses.threads > 0;
	r->waiting_same_wchan = most->threads;
	for (size_t i = 0; most->threads && i < w->threads.n; i++) {
		const struct watched_thread *t = &w->threads.v[i];

		if (t->place == most->place)
			r->same_lock_wakeups_per_s +=
				counter_rate(t->first_voluntary, t->last_voluntary, seconds);
	}
	map_u64_done(&addresses.places);
	map_u64_done(&functions.places);
}

static void fill_levels(struct target_watch *w, struct baseline_target *r)
{
	struct proc_task_status status;
	struct proc_limits limits;
	struct span text;

	/* start times count from boot, as CLOCK_BOOTTIME does */
	struct timespec boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	r->age_s = MAX((double)boot.tv_sec + (double)boot.tv_nsec / 1e9 -
			(double)w->start_ticks / ticks_per_second(),
		0.0);
	r->rss_bytes = (uint64_t)w->series->rss_bytes[w->series->n - 1];
	if (procfs_read_pid(w->p, w->pid, "status", &text, NULL) == 0 &&
		proc_task_status_parse(text, &status, NULL) == 0)
		r->swap_bytes = status.vm_swap;
	if (procfs_read_pid(w->p, w->pid, "limits", &text, NULL) == 0 &&
		proc_limits_parse(text, &limits, NULL) == 0)
		r->fd_limit = limits.nofile;
}

static const struct k_service *service_of(const struct knowledge *k, uint16_t port)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", port);
	for (size_t i = 0; i < k->n_services; i++)
		for (size_t j = 0; j < k->services[i].ports.n; j++)
			if (strcmp(k->services[i].ports.v[j], text) == 0)
				return &k->services[i];
	return NULL;
}

static void fill_sockets(struct target_watch *w, struct baseline_target *r)
{
	struct process_sockets s;

	process_sockets_take(w->p, w->pid, w->a, w->caveats, &s);
	r->fds = s.fds_known ? s.fds : 0;
	r->connections_established = s.established;
	r->connections_close_wait = s.close_wait;
	r->accept_queue = (double)s.accept_queue;
	r->peers = arena_array(w->a, s.n_peers, sizeof(*r->peers));
	r->n_peers = MIN(s.n_peers, (size_t)PEERS_SHOWN);
	for (size_t i = 0; i < r->n_peers; i++) {
		const struct k_service *service = service_of(w->k, s.peers[i].port);

		r->peers[i] = (struct target_peer){
			.address = s.peers[i].address,
			.service = service ? service->name : "",
			.kind = service ? service->kind : "",
			.connections = s.peers[i].connections,
		};
	}
}

static void fill_growth(struct target_watch *w, double seconds, struct baseline_target *r)
{
	double period;

	look_series_rss_slope(w->series, &r->rss_slope_bytes_per_s, &r->rss_slope_se);
	r->rss_step_bytes = look_series_rss_step(w->series);
	r->rss_grown_bytes = w->series->rss_bytes[w->series->n - 1] - w->series->rss_bytes[0];
	r->rss_seconds = w->series->time_s[w->series->n - 1];
	if (seconds >= 5) {
		r->cpu_bursts = look_series_bursts(w->series, &period);
		r->burst_period_s = period;
	}
}

void target_watch_finish(struct target_watch *w, struct baseline_target *ret)
{
	struct baseline_target r = { .known = true };
	struct proc_task_stat stat;
	struct totals last;
	double seconds = 0;

	if (w->looks > 1) {
		if (read_totals(w, true, &last, &stat) && stat.start_ticks == w->start_ticks) {
			w->last = last;
			list_threads(w);
			read_counters(w, false);
		} else {
			caveat_add(w->caveats, w->a, "target-ended",
				"process %d ended while it was watched: its figures end early",
				(int)w->pid);
		}
		seconds = (double)(w->last.time_ns - w->first.time_ns) / 1e9;
	}
	if (seconds > 0) {
		fill_rates(w, seconds, &r);
		fill_growth(w, seconds, &r);
	}
	fill_levels(w, &r);
	fill_threads(w, &r);
	fill_waits(w, &r);
	fill_same_place(w, seconds, &r);
	fill_sockets(w, &r);
	if (w->names.n <= 1 && w->wchan_blind)
		caveat_add(w->caveats, w->a, "wchan-refused",
			"what the threads of process %d wait for is not readable here: run as its "
			"user or as root",
			(int)w->pid);
	*ret = r;
}
