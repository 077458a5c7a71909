/* SPDX-License-Identifier: MIT */
/* Names and values of the baseline. */
#include "diagnose/metrics.h"

#include "base/human.h"
#include "collect/processes.h"

#include <math.h>
#include <stdio.h>

static void put(struct metrics *m, const char *id, double v)
{
	if (isfinite(v) && m->n < ARRAY_LEN(m->v))
		m->v[m->n++] = (struct metric_value){ .id = id, .v = v };
}

static void put_text(struct metrics *m, const char *id, const char *text)
{
	if (*text && m->n < ARRAY_LEN(m->v))
		m->v[m->n++] = (struct metric_value){ .id = id, .text = text };
}

/* Absent unless the condition holds. */
static double when(bool known, double v)
{
	return known ? v : NAN;
}

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

static void put_cpu(struct metrics *m, const struct baseline *b)
{
	const struct baseline_cpu *c = &b->cpu;
	bool rates = b->window_s > 0;
	double busiest = 0;

	for (unsigned i = 0; c->per_core && i < c->cores; i++)
		busiest = MAX(busiest, c->per_core[i].busy_ratio);
	put(m, "cpu.cores", c->cores);
	put(m, "cpu.busy_ratio", when(rates, 1 - c->idle_ratio - c->iowait_ratio));
	put(m, "cpu.user_ratio", when(rates, c->user_ratio));
	put(m, "cpu.system_ratio", when(rates, c->system_ratio));
	put(m, "cpu.iowait_ratio", when(rates, c->iowait_ratio));
	put(m, "cpu.irq_ratio", when(rates, c->irq_ratio));
	put(m, "cpu.steal_ratio", when(rates, c->steal_ratio));
	put(m, "cpu.busiest_core_ratio", when(rates, busiest));
	put(m, "cpu.run_queue", c->run_queue);
	put(m, "cpu.load1", c->load1);
	put(m, "cpu.load15", c->load15);
	put(m, "cpu.context_switches_per_s", when(rates, c->context_switches_per_s));
	put(m, "cpu.interrupts_per_s", when(rates, c->interrupts_per_s));
	put(m, "cpu.forks_per_s", when(rates, c->forks_per_s));
	put(m, "cpu.mhz", when(c->mhz > 0, c->mhz));
	put(m, "cpu.max_mhz", when(c->max_mhz > 0, c->max_mhz));
	put(m, "cpu.governor_powersave",
		when(b->governor && *b->governor,
			b->governor && strcmp(b->governor, "powersave") == 0));
	put_text(m, "cpu.clocksource", b->clocksource ? b->clocksource : "");
	/* clocks that the vdso reads without entering the kernel */
	const char *clock = b->clocksource ? b->clocksource : "";

	put(m, "cpu.clock_in_user_space",
		when(*clock,
			strcmp(clock, "tsc") == 0 || strcmp(clock, "kvm-clock") == 0 ||
				strncmp(clock, "arch_", 5) == 0 ||
				strncmp(clock, "hyperv", 6) == 0));
}

static void put_memory(struct metrics *m, const struct baseline *b)
{
	const struct baseline_memory *x = &b->memory;
	bool rates = b->window_s > 0;

	put(m, "memory.total_bytes", (double)x->total_bytes);
	put(m, "memory.available_bytes", (double)x->available_bytes);
	put(m, "memory.available_ratio", ratio((double)x->available_bytes, (double)x->total_bytes));
	put(m, "memory.dirty_bytes", (double)x->dirty_bytes);
	put(m, "memory.swap_used_bytes", (double)x->swap_used_bytes);
	put(m, "memory.swap_used_ratio",
		ratio((double)x->swap_used_bytes, (double)x->swap_total_bytes));
	put(m, "memory.swap_in_per_s", when(rates, x->swap_in_per_s));
	put(m, "memory.swap_out_per_s", when(rates, x->swap_out_per_s));
	put(m, "memory.major_faults_per_s", when(rates, x->major_faults_per_s));
	put(m, "memory.minor_faults_per_s", when(rates, x->minor_faults_per_s));
	put(m, "memory.reclaim_per_s", when(rates, x->reclaim_per_s));
	put(m, "memory.compact_stalls_per_s", when(rates, x->compact_stalls_per_s));
	put(m, "memory.oom_kills", (double)x->oom_kills);
}

static void put_devices(struct metrics *m, const struct baseline *b)
{
	const struct baseline_disk *busiest = NULL;
	bool rates = b->window_s > 0;
	double bytes = 0;

	for (size_t i = 0; i < b->n_disks; i++) {
		bytes += b->disks[i].read_bytes_per_s + b->disks[i].write_bytes_per_s;
		if (!busiest || b->disks[i].util_ratio > busiest->util_ratio)
			busiest = &b->disks[i];
	}
	if (rates && busiest) {
		put(m, "disk.util_ratio", busiest->util_ratio);
		put(m, "disk.await_ms", when(busiest->await_ms > 0, busiest->await_ms));
		put(m, "disk.queue", busiest->queue);
		put(m, "disk.bytes_per_s", bytes);
		put_text(m, "disk.busiest", busiest->name);
	}
	const struct baseline_net *n = &b->net;

	put(m, "net.bytes_per_s", when(rates, n->rx_bytes_per_s + n->tx_bytes_per_s));
	put(m, "net.drops_per_s", when(rates, n->drops_per_s));
	put(m, "net.errors_per_s", when(rates, n->errors_per_s));
	put(m, "net.retransmits_per_s", when(rates, n->retransmits_per_s));
	put(m, "net.retransmit_ratio",
		when(rates && n->segments_out_per_s >= 20,
			ratio(n->retransmits_per_s, n->segments_out_per_s)));
	put(m, "net.listen_overflows_per_s", when(rates, n->listen_overflows_per_s));
	put(m, "net.udp_errors_per_s", when(rates, n->udp_errors_per_s));
	put(m, "net.connects_per_s", when(rates, n->connects_per_s));
	put(m, "net.time_wait", (double)n->time_wait);
	put(m, "fds.used_ratio", ratio((double)b->fds_used, (double)b->fds_max));
}

/* The mean of the window when it is long enough to say something, else the kernel's 10 s mean. */
static void put_pressure(struct metrics *m, const char *some, const char *full,
	const struct pressure *p, double window_s)
{
	bool own = window_s >= 1 && p->some_window_pct >= 0;

	put(m, some, when(p->known, (own ? p->some_window_pct : p->some_avg10) / 100));
	put(m, full, when(p->known, (own ? p->full_window_pct : p->full_avg10) / 100));
}

static void put_group(struct metrics *m, const struct baseline *b)
{
	const struct baseline_cgroup *g = &b->cgroup;
	double limit = g->cpu_limit_cores;

	put_pressure(m, "psi.cpu_some", "psi.cpu_full", &b->psi_cpu, b->window_s);
	put_pressure(m, "psi.memory_some", "psi.memory_full", &b->psi_memory, b->window_s);
	put_pressure(m, "psi.io_some", "psi.io_full", &b->psi_io, b->window_s);
	put(m, "target.usable_cores", limit > 0 && limit < b->cpu.cores ? limit : b->cpu.cores);
	if (!g->known)
		return;
	put_pressure(m, "group.psi_cpu_some", "group.psi_cpu_full", &g->psi_cpu, b->window_s);
	put_pressure(
		m, "group.psi_memory_some", "group.psi_memory_full", &g->psi_memory, b->window_s);
	put_pressure(m, "group.psi_io_some", "group.psi_io_full", &g->psi_io, b->window_s);
	put(m, "group.cpu_limit_cores", when(limit > 0, limit));
	put(m, "group.throttled_ratio", when(g->throttled_ratio >= 0, g->throttled_ratio));
	put(m, "group.throttled_ms_per_s", when(g->throttled_ratio >= 0, g->throttled_ms_per_s));
	put(m, "group.throttled_periods", (double)g->throttled_periods);
	put(m, "group.memory_limit_bytes",
		when(g->memory_limit_bytes > 0, (double)g->memory_limit_bytes));
	put(m, "group.memory_bytes", (double)g->memory_working_bytes);
	put(m, "group.memory_ratio",
		ratio((double)g->memory_working_bytes, (double)g->memory_limit_bytes));
	put(m, "group.memory_limit_hits", (double)g->memory_limit_hits);
	put(m, "group.oom_kills", (double)g->oom_kills);
	put(m, "group.pids_ratio", ratio((double)g->pids, (double)g->pids_max));
	put(m, "group.pids", (double)g->pids);
	put(m, "group.pids_max", when(g->pids_max > 0, (double)g->pids_max));
}

/* ---- target -------------------------------------------------------------------------------- */

static void put_target_cpu(struct metrics *m, const struct baseline *b)
{
	const struct baseline_target *t = &b->target;
	const struct target_thread *top = t->n_threads ? &t->threads[0] : NULL;
	double busiest = 0, wanted = 0;
	unsigned busy = 0;

	for (size_t i = 0; i < t->n_threads; i++) {
		double w = cores_wanted(t->threads[i].cpu_cores, t->threads[i].run_delay_cores);

		busiest = MAX(busiest, w);
		wanted += w;
		busy += w >= 0.5;
	}
	/* threads that ended, and those beyond the list */
	wanted = MAX(wanted, t->cpu_cores);
	put(m, "target.cpu_cores", t->cpu_cores);
	put(m, "target.wanted_cores", wanted);
	put(m, "target.system_share",
		when(t->cpu_cores > 0.05, ratio(t->system_cores, t->cpu_cores)));
	put(m, "target.busiest_thread_cores", top ? top->cpu_cores : 0);
	put(m, "target.busiest_thread_wanted", busiest);
	put(m, "target.busy_threads", busy);
	put(m, "target.other_threads_wanted", MAX(wanted - busiest, 0.0));
	if (top)
		put_text(m, "target.busiest_thread", top->comm);
	put(m, "target.tree_cores", t->tree_cores);
	put(m, "target.children_cores", MAX(t->tree_cores - t->cpu_cores, 0.0));
	put(m, "target.children_wanted", t->children_wanted_cores);
	put(m, "target.busiest_child", when(t->busiest_child > 0, t->busiest_child));
	put(m, "target.busiest_child_wanted", when(t->busiest_child > 0, t->busiest_child_wanted));
	put(m, "target.busiest_child_cores", when(t->busiest_child > 0, t->busiest_child_cores));
	put(m, "target.run_delay_cores", t->run_delay_cores);
	/* share of the time it wanted a CPU that it had to wait for one */
	put(m, "target.run_delay_share",
		when(t->cpu_cores + t->run_delay_cores > 0.1,
			ratio(t->run_delay_cores, t->cpu_cores + t->run_delay_cores)));
	put(m, "target.voluntary_switches_per_s", t->voluntary_switches_per_s);
	put(m, "target.involuntary_switches_per_s", t->involuntary_switches_per_s);
	if (b->window_s >= 5) {
		put(m, "target.cpu_bursts", t->cpu_bursts);
		put(m, "target.burst_period_s", when(t->burst_period_s > 0, t->burst_period_s));
	}
}

static void put_target_memory(struct metrics *m, const struct baseline *b)
{
	const struct baseline_target *t = &b->target;
	double limit = b->cgroup.memory_limit_bytes ? (double)b->cgroup.memory_limit_bytes
						    : (double)b->memory.total_bytes;
	double slope = t->rss_slope_bytes_per_s;
	bool line = b->window_s > 0 && t->rss_seconds > 0;

	put(m, "target.rss_bytes", (double)t->rss_bytes);
	put(m, "target.rss_ratio", ratio((double)t->rss_bytes, limit));
	put(m, "target.tree_rss_ratio", ratio((double)t->tree_rss_bytes, limit));
	put(m, "target.tree_rss_bytes", (double)t->tree_rss_bytes);
	put(m, "target.swap_bytes", (double)t->swap_bytes);
	if (!line)
		return;
	put(m, "target.rss_slope_bytes_per_s", slope);
	put(m, "target.rss_slope_se", t->rss_slope_se);
	/* a perfect line has no error: the page size stands for it */
	put(m, "target.rss_slope_sigma",
		slope / MAX(t->rss_slope_se, 4096 / MAX(t->rss_seconds, 0.1)));
	put(m, "target.rss_growth_per_minute", ratio(slope * 60, (double)t->rss_bytes));
	put(m, "target.rss_step_bytes", t->rss_step_bytes);
	put(m, "target.rss_step_share", ratio(t->rss_step_bytes, MAX(t->rss_grown_bytes, 1.0)));
	put(m, "target.children_rss_bytes_per_s", t->tree_rss_bytes_per_s - slope);
	put(m, "target.minor_faults_per_s", t->minor_faults_per_s);
	put(m, "target.major_faults_per_s", t->major_faults_per_s);
}

static double wait_share(const struct baseline_target *t, const char *wait)
{
	for (size_t i = 0; i < t->n_waits; i++)
		if (strcmp(t->waits[i].wait, wait) == 0)
			return t->waits[i].share;
	return 0;
}

static const struct k_wait *wait_class(const struct metrics *m, const char *id)
{
	for (size_t i = 0; id && i < m->k->n_waits; i++)
		if (strcmp(id, m->k->waits[i].id) == 0)
			return &m->k->waits[i];
	return NULL;
}

/* The first thread's wait in words: the others are often a pool. Else what most threads wait for.
 */
static void put_main_wait(struct metrics *m, const struct baseline_target *t)
{
	const struct k_wait *found = wait_class(m, t->main_thread_wait);

	for (size_t i = 0; !found && i < t->n_waits; i++)
		found = wait_class(m, t->waits[i].wait);
	put_text(m, "target.main_wait", found ? found->title : "in a place that is not known");
	if (found)
		put(m, "target.main_wait_share", wait_share(t, found->id));
}

static void put_target_waits(struct metrics *m, const struct baseline *b)
{
	static const struct {
		const char *id, *wait;
	} shares[] = {
		{ "target.running_share", "running" },
		{ "target.lock_share", "lock" },
		{ "target.disk_share", "disk" },
		{ "target.event_loop_share", "event-loop" },
		{ "target.poll_share", "poll" },
		{ "target.socket_share", "socket" },
		{ "target.accept_share", "accept" },
		{ "target.pipe_share", "pipe" },
		{ "target.sleep_share", "sleep" },
		{ "target.child_share", "child" },
		{ "target.signal_share", "signal" },
		{ "target.stopped_share", "stopped" },
		{ "target.throttled_share", "throttled" },
	};
	const struct baseline_target *t = &b->target;

	if (t->n_waits == 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(shares); i++)
		put(m, shares[i].id, wait_share(t, shares[i].wait));
	put(m, "target.running_threads", t->running_threads);
	put(m, "target.any_running_share", t->any_running_share);
	put(m, "target.disk_threads", t->disk_threads);
	put(m, "target.same_lock_threads", t->waiting_same_wchan);
	put(m, "target.same_lock_share", ratio(t->waiting_same_wchan, (double)t->threads_total));
	put(m, "target.same_lock_address", t->same_futex);
	put(m, "target.same_lock_wakeups_per_s", when(b->window_s > 0, t->same_lock_wakeups_per_s));
	put_main_wait(m, t);
}

static const char *describe_peer(struct metrics *m, const struct target_peer *peer)
{
	if (m->n_texts == ARRAY_LEN(m->texts))
		return peer->address;
	char *out = m->texts[m->n_texts++];

	snprintf(out, sizeof(m->texts[0]), *peer->service ? "%.80s (%.60s)" : "%.80s",
		peer->address, peer->service);
	return out;
}

static void put_target_files(struct metrics *m, const struct baseline *b)
{
	const struct baseline_target *t = &b->target;
	unsigned databases = 0, services = 0;

	put(m, "target.fds", when(t->fds > 0, (double)t->fds));
	put(m, "target.fd_limit",
		when(t->fd_limit > 0 && t->fd_limit < UINT64_MAX, (double)t->fd_limit));
	put(m, "target.fd_ratio",
		when(t->fds > 0 && t->fd_limit < UINT64_MAX,
			ratio((double)t->fds, (double)t->fd_limit)));
	put(m, "target.connections", t->connections_established);
	put(m, "target.close_wait", t->connections_close_wait);
	put(m, "target.accept_queue", t->accept_queue);
	for (size_t i = 0; i < t->n_peers; i++) {
		databases +=
			strcmp(t->peers[i].kind, "database") == 0 ? t->peers[i].connections : 0;
		services += *t->peers[i].kind ? t->peers[i].connections : 0;
	}
	put(m, "target.database_connections", databases);
	put(m, "target.service_connections", services);
	if (t->n_peers) {
		put(m, "target.top_peer_connections", t->peers[0].connections);
		put_text(m, "target.top_peer", describe_peer(m, &t->peers[0]));
	}
	if (b->window_s <= 0)
		return;
	put(m, "target.read_bytes_per_s", when(t->read_bytes_per_s >= 0, t->read_bytes_per_s));
	put(m, "target.write_bytes_per_s", when(t->write_bytes_per_s >= 0, t->write_bytes_per_s));
	put(m, "target.io_bytes_per_s",
		when(t->read_bytes_per_s >= 0, t->read_bytes_per_s + t->write_bytes_per_s));
	put(m, "target.io_calls_per_s", when(t->syscr_per_s >= 0, t->syscr_per_s + t->syscw_per_s));
}

void metrics_init(struct metrics *m, const struct knowledge *k, const struct baseline *b)
{
	*m = (struct metrics){ .k = k };
	if (!b->taken)
		return;
	put(m, "window_s", b->window_s);
	put_cpu(m, b);
	put_memory(m, b);
	put_devices(m, b);
	put_group(m, b);
	if (!b->target.known)
		return;
	if (b->window_s > 0)
		put_target_cpu(m, b);
	put_target_memory(m, b);
	put_target_waits(m, b);
	put_target_files(m, b);
	put(m, "target.age_s", b->target.age_s);
	put(m, "target.threads", (double)b->target.threads_total);
	put(m, "target.descendants", b->target.descendants);
}

/* ---- reading and showing -------------------------------------------------------------------- */

const struct metric_value *metrics_find(const struct metrics *m, const char *name, size_t len)
{
	for (size_t i = 0; i < m->n; i++)
		if (strlen(m->v[i].id) == len && memcmp(m->v[i].id, name, len) == 0)
			return &m->v[i];
	return NULL;
}

bool metrics_read(void *ctx, const char *name, size_t len, double *ret)
{
	const struct metric_value *v = metrics_find(ctx, name, len);

	if (!v || v->text)
		return false;
	*ret = v->v;
	return true;
}

static const char *unit_of(const struct metrics *m, const char *id)
{
	for (size_t i = 0; i < m->k->n_metrics; i++)
		if (strcmp(m->k->metrics[i].id, id) == 0)
			return m->k->metrics[i].unit;
	return "count";
}

/* Parts of a core matter: "0.38", "1.9", "12". */
static void put_cores(struct buf *out, double v)
{
	buf_printf(out, fabs(v) < 0.995 ? "%.2f" : fabs(v) < 9.95 ? "%.1f" : "%.0f", v);
}

/* Few digits: "0.04", "1.9", "37". */
static void put_number(struct buf *out, double v)
{
	if (v != 0 && fabs(v) < 0.1)
		buf_printf(out, "%.2f", v);
	else if (fabs(v) < 10 && fabs(v - round(v)) > 0.05)
		buf_printf(out, "%.1f", v);
	else
		buf_printf(out, "%.0f", v);
}

void metrics_format(const struct metrics *m, const struct metric_value *v, struct buf *out)
{
	const char *unit = unit_of(m, v->id);
	char text[HUMAN_LEN];

	if (v->text) {
		buf_puts(out, v->text);
	} else if (strcmp(unit, "cores") == 0) {
		put_cores(out, v->v);
	} else if (strcmp(unit, "ratio") == 0) {
		put_number(out, v->v * 100);
		buf_puts(out, " %");
	} else if (strcmp(unit, "bytes") == 0) {
		buf_puts(out, human_bytes(text, v->v));
	} else if (strcmp(unit, "bytes_per_s") == 0) {
		buf_printf(out, "%s%s/s", v->v < 0 ? "-" : "", human_bytes(text, fabs(v->v)));
	} else if (strcmp(unit, "per_s") == 0) {
		put_number(out, v->v);
		buf_puts(out, "/s");
	} else {
		put_number(out, v->v);
		if (strcmp(unit, "ms") == 0 || strcmp(unit, "s") == 0)
			buf_printf(out, " %s", unit);
		else if (strcmp(unit, "mhz") == 0)
			buf_puts(out, " MHz");
	}
}

size_t metrics_put_place(const struct metrics *m, const char *text, struct buf *out)
{
	size_t n = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789_.");

	if (n == 0 || text[1 + n] != '}') {
		buf_putc(out, *text);
		return 1;
	}
	const struct metric_value *v = metrics_find(m, text + 1, n);

	if (v)
		metrics_format(m, v, out);
	else
		buf_putc(out, '?');
	return n + 2;
}
