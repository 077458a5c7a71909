/* SPDX-License-Identifier: MIT */
/* The target of a diagnosis as JSON. */
#include "render/json_target.h"

static void cpu_rates(struct json *j, const struct baseline_target *t)
{
	json_put_double(j, "cpu_cores", t->cpu_cores, 4);
	json_put_double(j, "user_cores", t->user_cores, 4);
	json_put_double(j, "system_cores", t->system_cores, 4);
	json_put_double(j, "tree_cores", t->tree_cores, 4);
	json_put_int(j, "busiest_child", t->busiest_child);
	json_put_double(j, "busiest_child_cores", t->busiest_child_cores, 4);
	json_put_double(j, "run_delay_cores", t->run_delay_cores, 4);
	json_put_double(j, "running_threads", t->running_threads, 2);
	json_put_double(j, "disk_threads", t->disk_threads, 2);
	json_put_double(j, "voluntary_switches_per_s", t->voluntary_switches_per_s, 1);
	json_put_double(j, "involuntary_switches_per_s", t->involuntary_switches_per_s, 1);
}

static void memory_and_io_rates(struct json *j, const struct baseline_target *t)
{
	json_put_double(j, "rss_slope_bytes_per_s", t->rss_slope_bytes_per_s, 0);
	json_put_double(j, "rss_slope_se_bytes_per_s", t->rss_slope_se, 0);
	json_put_double(j, "rss_step_bytes", t->rss_step_bytes, 0);
	json_put_double(j, "rss_seconds", t->rss_seconds, 2);
	json_put_double(j, "minor_faults_per_s", t->minor_faults_per_s, 1);
	json_put_double(j, "major_faults_per_s", t->major_faults_per_s, 2);
	json_put_double(j, "read_bytes_per_s", t->read_bytes_per_s, 0);
	json_put_double(j, "write_bytes_per_s", t->write_bytes_per_s, 0);
	json_put_double(j, "syscalls_read_per_s", t->syscr_per_s, 1);
	json_put_double(j, "syscalls_write_per_s", t->syscw_per_s, 1);
}

static void waits(struct json *j, const struct baseline_target *t)
{
	json_begin_array(j, "waits");
	for (size_t i = 0; i < t->n_waits; i++) {
		json_begin_object(j, NULL);
		json_put_string(j, "wait", t->waits[i].wait ? t->waits[i].wait : "");
		json_put_double(j, "share", t->waits[i].share, 4);
		json_end_object(j);
	}
	json_end_array(j);
}

static void peers(struct json *j, const struct baseline_target *t)
{
	json_begin_array(j, "peers");
	for (size_t i = 0; i < t->n_peers; i++) {
		json_begin_object(j, NULL);
		json_put_string(j, "address", t->peers[i].address ? t->peers[i].address : "");
		json_put_string(j, "service", t->peers[i].service ? t->peers[i].service : "");
		json_put_string(j, "kind", t->peers[i].kind ? t->peers[i].kind : "");
		json_put_uint(j, "connections", t->peers[i].connections);
		json_end_object(j);
	}
	json_end_array(j);
}

static void threads(struct json *j, const struct baseline_target *t)
{
	json_put_uint(j, "threads_total", t->threads_total);
	json_begin_array(j, "threads");
	for (size_t i = 0; i < t->n_threads; i++) {
		char state[2] = { t->threads[i].state, '\0' };

		json_begin_object(j, NULL);
		json_put_int(j, "tid", t->threads[i].tid);
		json_put_string(j, "comm", t->threads[i].comm ? t->threads[i].comm : "");
		json_put_double(j, "cpu_cores", t->threads[i].cpu_cores, 4);
		json_put_string(j, "state", state);
		json_put_string(j, "wchan", t->threads[i].wchan ? t->threads[i].wchan : "");
		json_put_string(j, "wait", t->threads[i].wait ? t->threads[i].wait : "");
		json_end_object(j);
	}
	json_end_array(j);
}

void json_target(struct json *j, const struct baseline *b)
{
	const struct baseline_target *t = &b->target;

	if (!t->known)
		return;
	json_begin_object(j, "target");
	if (b->window_s > 0) {
		cpu_rates(j, t);
		memory_and_io_rates(j, t);
	}
	json_put_uint(j, "rss_bytes", t->rss_bytes);
	json_put_uint(j, "tree_rss_bytes", t->tree_rss_bytes);
	json_put_uint(j, "swap_bytes", t->swap_bytes);
	json_put_uint(j, "descendants", t->descendants);
	json_put_uint(j, "fds", t->fds);
	json_put_uint(j, "fd_limit", t->fd_limit);
	json_put_double(j, "connections_established", t->connections_established, 0);
	json_put_double(j, "connections_close_wait", t->connections_close_wait, 0);
	json_put_double(j, "accept_queue", t->accept_queue, 0);
	json_put_uint(j, "waiting_same_place", t->waiting_same_wchan);
	json_put_bool(j, "same_futex", t->same_futex);
	waits(j, t);
	peers(j, t);
	threads(j, t);
	json_end_object(j);
}
