/* SPDX-License-Identifier: MIT */
/* Baseline as JSON: ratios 0..1, bytes, per second. */
#include "render/json_baseline.h"

#include "render/json_target.h"

static void cpu(struct json *j, const struct baseline *b)
{
	const struct baseline_cpu *c = &b->cpu;

	json_begin_object(j, "cpu");
	json_put_uint(j, "cores", c->cores);
	if (b->window_s > 0) {
		json_put_double(j, "user", c->user_ratio, 4);
		json_put_double(j, "system", c->system_ratio, 4);
		json_put_double(j, "iowait", c->iowait_ratio, 4);
		json_put_double(j, "irq", c->irq_ratio, 4);
		json_put_double(j, "steal", c->steal_ratio, 4);
		json_put_double(j, "idle", c->idle_ratio, 4);
		json_begin_array(j, "per_core_busy");
		for (unsigned i = 0; c->per_core && i < c->cores; i++)
			json_put_double(j, NULL, c->per_core[i].busy_ratio, 4);
		json_end_array(j);
		json_put_double(j, "context_switches_per_s", c->context_switches_per_s, 1);
		json_put_double(j, "interrupts_per_s", c->interrupts_per_s, 1);
		json_put_double(j, "forks_per_s", c->forks_per_s, 1);
	}
	json_put_double(j, "run_queue", c->run_queue, 2);
	json_put_double(j, "load1", c->load1, 2);
	json_put_double(j, "load5", c->load5, 2);
	json_put_double(j, "load15", c->load15, 2);
	json_put_string(j, "model", c->model ? c->model : "");
	json_put_double(j, "mhz", c->mhz, 0);
	json_put_double(j, "max_mhz", c->max_mhz, 0);
	json_end_object(j);
}

static void memory(struct json *j, const struct baseline *b)
{
	const struct baseline_memory *m = &b->memory;

	json_begin_object(j, "memory");
	json_put_uint(j, "total_bytes", m->total_bytes);
	json_put_uint(j, "available_bytes", m->available_bytes);
	json_put_uint(j, "free_bytes", m->free_bytes);
	json_put_uint(j, "cached_bytes", m->cached_bytes);
	json_put_uint(j, "dirty_bytes", m->dirty_bytes);
	json_put_uint(j, "swap_total_bytes", m->swap_total_bytes);
	json_put_uint(j, "swap_used_bytes", m->swap_used_bytes);
	if (b->window_s > 0) {
		json_put_double(j, "swap_in_pages_per_s", m->swap_in_per_s, 2);
		json_put_double(j, "swap_out_pages_per_s", m->swap_out_per_s, 2);
		json_put_double(j, "major_faults_per_s", m->major_faults_per_s, 2);
		json_put_double(j, "minor_faults_per_s", m->minor_faults_per_s, 1);
		json_put_double(j, "reclaim_pages_per_s", m->reclaim_per_s, 1);
		json_put_double(j, "compact_stalls_per_s", m->compact_stalls_per_s, 2);
	}
	json_put_uint(j, "oom_kills", m->oom_kills);
	json_end_object(j);
}

static void disks(struct json *j, const struct baseline *b)
{
	json_begin_array(j, "disk");
	for (size_t i = 0; i < b->n_disks; i++) {
		const struct baseline_disk *d = &b->disks[i];

		json_begin_object(j, NULL);
		json_put_string(j, "name", d->name);
		if (b->window_s > 0) {
			json_put_double(j, "util", d->util_ratio, 4);
			json_put_double(j, "read_bytes_per_s", d->read_bytes_per_s, 0);
			json_put_double(j, "write_bytes_per_s", d->write_bytes_per_s, 0);
			json_put_double(j, "reads_per_s", d->reads_per_s, 1);
			json_put_double(j, "writes_per_s", d->writes_per_s, 1);
			json_put_double(j, "await_ms", d->await_ms, 3);
			json_put_double(j, "queue", d->queue, 2);
		}
		json_end_object(j);
	}
	json_end_array(j);
}

static void network(struct json *j, const struct baseline *b)
{
	const struct baseline_net *n = &b->net;

	json_begin_object(j, "network");
	if (b->window_s > 0) {
		json_put_double(j, "rx_bytes_per_s", n->rx_bytes_per_s, 0);
		json_put_double(j, "tx_bytes_per_s", n->tx_bytes_per_s, 0);
		json_put_double(j, "drops_per_s", n->drops_per_s, 2);
		json_put_double(j, "errors_per_s", n->errors_per_s, 2);
		json_put_double(j, "retransmits_per_s", n->retransmits_per_s, 2);
		json_put_double(j, "segments_out_per_s", n->segments_out_per_s, 1);
		json_put_double(j, "listen_overflows_per_s", n->listen_overflows_per_s, 2);
		json_put_double(j, "udp_errors_per_s", n->udp_errors_per_s, 2);
		json_put_double(j, "connects_per_s", n->connects_per_s, 2);
		json_put_double(j, "resets_per_s", n->resets_per_s, 2);
	}
	json_put_uint(j, "established", n->established);
	json_put_uint(j, "time_wait", n->time_wait);
	json_end_object(j);
}

static void pressure_of(struct json *j, const char *key, const struct pressure *p)
{
	if (!p->known) {
		json_put_null(j, key);
		return;
	}
	json_begin_object(j, key);
	json_put_double(j, "some_avg10_pct", p->some_avg10, 2);
	json_put_double(j, "full_avg10_pct", p->full_avg10, 2);
	if (p->some_window_pct >= 0) {
		json_put_double(j, "some_window_pct", p->some_window_pct, 2);
		json_put_double(j, "full_window_pct", p->full_window_pct, 2);
	}
	json_end_object(j);
}

static void cgroup(struct json *j, const struct baseline_cgroup *c)
{
	if (!c->known) {
		json_put_null(j, "cgroup");
		return;
	}
	json_begin_object(j, "cgroup");
	json_put_uint(j, "version", c->version);
	json_put_string(j, "path", c->path);
	if (c->cpu_limit_cores > 0)
		json_put_double(j, "cpu_limit_cores", c->cpu_limit_cores, 3);
	else
		json_put_null(j, "cpu_limit_cores");
	if (c->throttled_ratio >= 0)
		json_put_double(j, "throttled", c->throttled_ratio, 4);
	else
		json_put_null(j, "throttled");
	json_put_double(j, "throttled_ms_per_s", c->throttled_ms_per_s, 2);
	json_put_uint(j, "throttled_periods", c->throttled_periods);
	if (c->memory_limit_bytes)
		json_put_uint(j, "memory_limit_bytes", c->memory_limit_bytes);
	else
		json_put_null(j, "memory_limit_bytes");
	json_put_uint(j, "memory_bytes", c->memory_bytes);
	json_put_uint(j, "memory_working_bytes", c->memory_working_bytes);
	json_put_uint(j, "swap_bytes", c->swap_bytes);
	json_put_uint(j, "oom_kills", c->oom_kills);
	json_put_uint(j, "memory_limit_hits", c->memory_limit_hits);
	json_put_uint(j, "pids", c->pids);
	json_put_uint(j, "pids_max", c->pids_max);
	json_begin_object(j, "pressure");
	pressure_of(j, "cpu", &c->psi_cpu);
	pressure_of(j, "memory", &c->psi_memory);
	pressure_of(j, "io", &c->psi_io);
	json_end_object(j);
	json_end_object(j);
}

static void top(struct json *j, const struct baseline *b)
{
	json_begin_array(j, "top");
	for (size_t i = 0; i < b->n_top; i++) {
		const struct top_process *t = &b->top[i];

		json_begin_object(j, NULL);
		json_put_int(j, "pid", t->pid);
		json_put_string(j, "comm", t->comm);
		json_put_double(j, "cpu_cores", t->cpu_cores, 3);
		json_put_uint(j, "rss_bytes", t->rss_bytes);
		if (t->io_bytes_per_s >= 0)
			json_put_double(j, "io_bytes_per_s", t->io_bytes_per_s, 0);
		else
			json_put_null(j, "io_bytes_per_s");
		json_put_uint(j, "threads", t->threads);
		json_end_object(j);
	}
	json_end_array(j);
}

void json_baseline(struct json *j, const struct baseline *b)
{
	json_begin_object(j, "baseline");
	json_put_bool(j, "taken", b->taken);
	if (b->taken) {
		json_put_double(j, "window_s", b->window_s, 3);
		cpu(j, b);
		memory(j, b);
		disks(j, b);
		network(j, b);
		json_begin_object(j, "pressure");
		pressure_of(j, "cpu", &b->psi_cpu);
		pressure_of(j, "memory", &b->psi_memory);
		pressure_of(j, "io", &b->psi_io);
		json_end_object(j);
		cgroup(j, &b->cgroup);
		json_put_uint(j, "fds_used", b->fds_used);
		json_put_uint(j, "fds_max", b->fds_max);
		json_put_uint(j, "processes", b->processes);
		json_put_string(j, "clocksource", b->clocksource ? b->clocksource : "");
		json_put_string(j, "governor", b->governor ? b->governor : "");
		json_put_double(j, "own_cpu_cores", b->own_cpu_cores, 4);
		top(j, b);
		json_target(j, b);
	}
	json_end_object(j);
}
