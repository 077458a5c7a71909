/* SPDX-License-Identifier: MIT */
/* Machine-wide counters: two snapshots become utilisation, saturation and errors. */
#include "collect/machine.h"

#include "base/clock.h"
#include "collect/counter.h"
#include "parse/proc_cpuinfo.h"
#include "parse/proc_keys.h"
#include "parse/proc_task.h"

#include <errno.h>
#include <stdio.h>

static const char *const psi_files[PSI_N] = { "pressure/cpu", "pressure/memory", "pressure/io" };

static void read_pressures(
	struct procfs *p, struct arena *a, struct caveats *caveats, struct machine_snapshot *s)
{
	struct span text;

	for (int i = 0; i < PSI_N; i++)
		s->has_psi[i] = procfs_read(p, psi_files[i], &text, NULL) == 0 &&
			proc_pressure_parse(text, &s->psi[i], NULL) == 0;
	if (!s->has_psi[PSI_CPU])
		caveat_add(caveats, a, "no-psi",
			"the kernel gives no pressure information (boot with psi=1): saturation is "
			"judged "
			"from the run queue and waiting times alone");
}

/* "TCP: inuse 5 orphan 0 tw 7 alloc 9 mem 1" */
static void read_sockstat(struct span text, struct machine_snapshot *s)
{
	struct span line, key;
	uint64_t v;

	while (span_next_line(&text, &line)) {
		if (!span_next_word(&line, &key) || !span_eq(key, "TCP:"))
			continue;
		while (span_next_word(&line, &key) && span_next_u64(&line, &v))
			if (span_eq(key, "tw"))
				s->tcp_time_wait = v;
	}
}

static void read_network(
	struct procfs *p, struct arena *a, struct caveats *caveats, struct machine_snapshot *s)
{
	struct span text;

	if (procfs_read(p, "net/dev", &text, NULL) == 0)
		proc_net_dev_parse(text, a, &s->interfaces);
	else
		caveat_add(caveats, a, "no-network-counters",
			"/proc/net is not readable: network not measured");
	if (procfs_read(p, "net/snmp", &text, NULL) == 0)
		proc_net_protocols_parse(text, &s->protocols);
	if (procfs_read(p, "net/netstat", &text, NULL) == 0)
		proc_net_protocols_parse(text, &s->protocols);
	if (procfs_read(p, "net/sockstat", &text, NULL) == 0)
		read_sockstat(text, s);
}

int machine_snapshot_take(struct procfs *p, struct arena *a, struct caveats *caveats,
	struct machine_snapshot *ret, struct err *err)
{
	struct machine_snapshot s = { .time_ns = clock_mono_ns(),
		.own_cpu_ns = clock_self_cpu_ns() };
	struct span text;
	int r = procfs_read(p, "stat", &text, err);

	if (r == 0)
		r = proc_stat_parse(text, a, &s.stat, err);
	if (r == 0)
		r = procfs_read(p, "meminfo", &text, err);
	if (r == 0)
		r = proc_meminfo_parse(text, &s.memory, err);
	if (r < 0)
		return r;
	if (procfs_read(p, "loadavg", &text, NULL) == 0)
		proc_loadavg_parse(text, &s.load, NULL);
	if (procfs_read(p, "vmstat", &text, NULL) < 0 ||
		proc_vmstat_parse(text, &s.vmstat, NULL) < 0)
		caveat_add(caveats, a, "no-vmstat",
			"/proc/vmstat is not readable: paging not measured");
	if (procfs_read(p, "diskstats", &text, NULL) == 0)
		proc_disks_parse(text, a, &s.disks);
	else
		caveat_add(caveats, a, "no-diskstats",
			"/proc/diskstats is not readable: disks not measured");
	read_network(p, a, caveats, &s);
	read_pressures(p, a, caveats, &s);
	if (procfs_read(p, "sys/fs/file-nr", &text, NULL) == 0)
		proc_file_nr_parse(text, &s.fds_used, &s.fds_max, NULL);
	*ret = s;
	return 0;
}

struct mode_deltas {
	double user, system, idle, iowait, irq, steal, total;
};

/* Time before the window without its own line (a CPU that came online) counts as nothing. */
static struct mode_deltas ticks_between(const struct cpu_ticks *b, const struct cpu_ticks *n)
{
	struct mode_deltas d = {
		.user = (double)(counter_delta(b->user, n->user) + counter_delta(b->nice, n->nice)),
		.system = (double)counter_delta(b->system, n->system),
		.idle = (double)counter_delta(b->idle, n->idle),
		.iowait = (double)counter_delta(b->iowait, n->iowait),
		.irq = (double)(counter_delta(b->irq, n->irq) +
			counter_delta(b->softirq, n->softirq)),
		.steal = (double)counter_delta(b->steal, n->steal),
	};

	d.total = d.user + d.system + d.idle + d.iowait + d.irq + d.steal;
	return d;
}

static void fill_cpu_shares(const struct machine_snapshot *before,
	const struct machine_snapshot *now, double seconds, struct baseline *ret)
{
	struct baseline_cpu *c = &ret->cpu;
	struct mode_deltas d = ticks_between(&before->stat.all, &now->stat.all);

	if (d.total <= 0)
		return;
	c->user_ratio = d.user / d.total;
	c->system_ratio = d.system / d.total;
	c->iowait_ratio = d.iowait / d.total;
	c->irq_ratio = d.irq / d.total;
	c->steal_ratio = d.steal / d.total;
	/* ours is mostly system time: reading /proc */
	double own =
		seconds > 0 ? (double)(now->own_cpu_ns - before->own_cpu_ns) / 1e9 / seconds : 0;
	double own_ratio = own / MAX(c->cores, 1u);
	double from_system = MIN(own_ratio, c->system_ratio);

	c->system_ratio -= from_system;
	c->user_ratio -= MIN(own_ratio - from_system, c->user_ratio);
	c->idle_ratio = 1 - c->user_ratio - c->system_ratio - c->iowait_ratio - c->irq_ratio -
		c->steal_ratio;
	c->idle_ratio = MAX(c->idle_ratio, 0.0);
	ret->own_cpu_cores = own;
}

static const struct cpu_ticks *find_cpu(const struct proc_stat *st, unsigned id)
{
	for (size_t i = 0; i < st->n_cpus; i++)
		if (st->cpu_ids[i] == id)
			return &st->cpus[i];
	return NULL;
}

static void fill_cores(const struct machine_snapshot *before, const struct machine_snapshot *now,
	struct arena *a, struct baseline_cpu *c)
{
	c->per_core = arena_array(a, c->cores, sizeof(*c->per_core));
	for (size_t i = 0; before && i < now->stat.n_cpus; i++) {
		const struct cpu_ticks *b = find_cpu(&before->stat, now->stat.cpu_ids[i]);

		if (!b)
			continue;
		struct mode_deltas d = ticks_between(b, &now->stat.cpus[i]);

		if (d.total > 0)
			c->per_core[i].busy_ratio = (d.user + d.system + d.irq + d.steal) / d.total;
	}
}

static void fill_cpu(const struct machine_snapshot *before, const struct machine_snapshot *now,
	double seconds, struct arena *a, struct baseline *ret)
{
	struct baseline_cpu *c = &ret->cpu;

	c->cores = MAX((unsigned)now->stat.n_cpus, 1u);
	c->load1 = now->load.load1;
	c->load5 = now->load.load5;
	c->load15 = now->load.load15;
	/* we are running while we read it */
	c->run_queue = now->stat.running ? (double)now->stat.running - 1 : 0;
	fill_cores(before, now, a, c);
	if (!before)
		return;
	fill_cpu_shares(before, now, seconds, ret);
	c->context_switches_per_s =
		counter_rate(before->stat.context_switches, now->stat.context_switches, seconds);
	c->interrupts_per_s = counter_rate(before->stat.interrupts, now->stat.interrupts, seconds);
	c->forks_per_s = counter_rate(before->stat.forks, now->stat.forks, seconds);
}

static void fill_memory(const struct machine_snapshot *before, const struct machine_snapshot *now,
	double seconds, struct baseline_memory *m)
{
	m->total_bytes = now->memory.total;
	m->available_bytes = now->memory.available;
	m->free_bytes = now->memory.free;
	/* as free(1) counts "buff/cache" */
	m->cached_bytes = now->memory.cached + now->memory.buffers + now->memory.slab_reclaimable;
	m->dirty_bytes = now->memory.dirty + now->memory.writeback;
	m->swap_total_bytes = now->memory.swap_total;
	m->swap_used_bytes = now->memory.swap_total - now->memory.swap_free;
	m->oom_kills = now->vmstat.oom_kill;
	if (!before)
		return;
	const struct proc_vmstat *b = &before->vmstat, *n = &now->vmstat;

	m->swap_in_per_s = counter_rate(b->pswpin, n->pswpin, seconds);
	m->swap_out_per_s = counter_rate(b->pswpout, n->pswpout, seconds);
	m->major_faults_per_s = counter_rate(b->pgmajfault, n->pgmajfault, seconds);
	m->minor_faults_per_s =
		counter_rate(b->pgfault, n->pgfault, seconds) - m->major_faults_per_s;
	m->reclaim_per_s = counter_rate(b->pgscan_direct, n->pgscan_direct, seconds);
	m->compact_stalls_per_s = counter_rate(b->compact_stall, n->compact_stall, seconds);
}

/* Whole devices only: a partition's time is inside its disk's. */
static bool is_whole_disk(struct procfs *p, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/block/%s", name);
	for (char *c = path + strlen("/sys/block/"); *c; c++)
		if (*c == '/')
			*c = '!';
	return procfs_exists(p, path) || !procfs_exists(p, "/sys/block");
}

static void disk_rates(const struct proc_disk *b, const struct proc_disk *n, double seconds,
	struct baseline_disk *ret)
{
	double ios =
		(double)(counter_delta(b->reads, n->reads) + counter_delta(b->writes, n->writes));
	double ms = (double)(counter_delta(b->read_ms, n->read_ms) +
		counter_delta(b->write_ms, n->write_ms));
	enum { SECTOR = 512 }; /* always, whatever the device uses */

	ret->util_ratio = MIN(counter_rate(b->io_ms, n->io_ms, seconds) / 1000, 1.0);
	ret->read_bytes_per_s = counter_rate(b->read_sectors, n->read_sectors, seconds) * SECTOR;
	ret->write_bytes_per_s = counter_rate(b->write_sectors, n->write_sectors, seconds) * SECTOR;
	ret->reads_per_s = counter_rate(b->reads, n->reads, seconds);
	ret->writes_per_s = counter_rate(b->writes, n->writes, seconds);
	ret->await_ms = ios > 0 ? ms / ios : 0;
	ret->queue = counter_rate(b->weighted_ms, n->weighted_ms, seconds) / 1000;
}

static const struct proc_disk *find_disk(
	const struct proc_disks *disks, const struct proc_disk *like)
{
	for (size_t i = 0; i < disks->n; i++)
		if (disks->v[i].major == like->major && disks->v[i].minor == like->minor &&
			strcmp(disks->v[i].name, like->name) == 0)
			return &disks->v[i];
	return NULL;
}

static void fill_disks(struct procfs *p, const struct machine_snapshot *before,
	const struct machine_snapshot *now, double seconds, struct arena *a, struct baseline *ret)
{
	ret->disks = arena_array(a, now->disks.n, sizeof(*ret->disks));
	ret->n_disks = 0;
	for (size_t i = 0; i < now->disks.n; i++) {
		const struct proc_disk *n = &now->disks.v[i];
		const struct proc_disk *b = before ? find_disk(&before->disks, n) : NULL;

		/* loop devices and the like that never did anything */
		if (n->reads + n->writes == 0 || !is_whole_disk(p, n->name))
			continue;
		struct baseline_disk *d = &ret->disks[ret->n_disks++];

		d->name = n->name;
		if (b)
			disk_rates(b, n, seconds, d);
		else
			d->queue = (double)n->in_flight;
	}
}

/* Bridges and virtual pairs carry the same packets again: interfaces with a device behind them
 * count. */
static bool has_device(struct procfs *p, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
	return procfs_exists(p, path);
}

static void fill_interfaces(struct procfs *p, const struct machine_snapshot *before,
	const struct machine_snapshot *now, double seconds, struct baseline_net *net)
{
	bool any = false;

	for (size_t i = 0; i < now->interfaces.n; i++)
		any = any || has_device(p, now->interfaces.v[i].name);
	for (size_t i = 0; i < now->interfaces.n; i++) {
		const struct proc_net_if *n = &now->interfaces.v[i], *b = NULL;

		if (strcmp(n->name, "lo") == 0 || (any && !has_device(p, n->name)))
			continue;
		for (size_t k = 0; k < before->interfaces.n && !b; k++)
			if (strcmp(before->interfaces.v[k].name, n->name) == 0)
				b = &before->interfaces.v[k];
		if (!b)
			continue;
		net->rx_bytes_per_s += counter_rate(b->rx_bytes, n->rx_bytes, seconds);
		net->tx_bytes_per_s += counter_rate(b->tx_bytes, n->tx_bytes, seconds);
		net->drops_per_s += counter_rate(b->rx_drops, n->rx_drops, seconds) +
			counter_rate(b->tx_drops, n->tx_drops, seconds);
		net->errors_per_s += counter_rate(b->rx_errors, n->rx_errors, seconds) +
			counter_rate(b->tx_errors, n->tx_errors, seconds);
	}
}

static void fill_net(struct procfs *p, const struct machine_snapshot *before,
	const struct machine_snapshot *now, double seconds, struct baseline_net *net)
{
	net->established = now->protocols.tcp_established;
	net->time_wait = now->tcp_time_wait;
	if (!before)
		return;
	const struct proc_net_protocols *b = &before->protocols, *n = &now->protocols;

	fill_interfaces(p, before, now, seconds, net);
	net->retransmits_per_s = counter_rate(b->tcp_retransmits, n->tcp_retransmits, seconds);
	net->segments_out_per_s = counter_rate(b->tcp_out_segments, n->tcp_out_segments, seconds);
	net->listen_overflows_per_s =
		counter_rate(b->listen_overflows, n->listen_overflows, seconds);
	net->connects_per_s = counter_rate(b->tcp_active_opens, n->tcp_active_opens, seconds);
	net->resets_per_s = counter_rate(b->tcp_out_resets, n->tcp_out_resets, seconds);
	net->udp_errors_per_s = counter_rate(b->udp_in_errors, n->udp_in_errors, seconds);
}

void pressure_fill(struct pressure *ret, const struct proc_pressure *before,
	const struct proc_pressure *now, double seconds)
{
	*ret = (struct pressure){ .known = true, .some_window_pct = -1, .full_window_pct = -1 };
	ret->some_avg10 = now->some_avg10;
	ret->full_avg10 = now->full_avg10;
	if (!before || seconds <= 0)
		return;
	/* microseconds per second to percent */
	ret->some_window_pct =
		MIN(counter_rate(before->some_total_us, now->some_total_us, seconds) / 1e4, 100.0);
	ret->full_window_pct =
		MIN(counter_rate(before->full_total_us, now->full_total_us, seconds) / 1e4, 100.0);
}

void machine_baseline(struct procfs *p, const struct machine_snapshot *before,
	const struct machine_snapshot *now, struct arena *a, struct baseline *ret)
{
	struct pressure *const psi[PSI_N] = { &ret->psi_cpu, &ret->psi_memory, &ret->psi_io };
	double seconds = before ? (double)(now->time_ns - before->time_ns) / 1e9 : 0;

	ret->window_s = seconds;
	fill_cpu(before, now, seconds, a, ret);
	fill_memory(before, now, seconds, &ret->memory);
	fill_disks(p, before, now, seconds, a, ret);
	fill_net(p, before, now, seconds, &ret->net);
	for (int i = 0; i < PSI_N; i++)
		if (now->has_psi[i])
			pressure_fill(psi[i], before && before->has_psi[i] ? &before->psi[i] : NULL,
				&now->psi[i], seconds);
	ret->fds_used = now->fds_used;
	ret->fds_max = now->fds_max;
}

static const char *read_word(struct procfs *p, struct arena *a, const char *path)
{
	struct span text;

	if (procfs_read(p, path, &text, NULL) < 0)
		return "";
	text = span_trim(text);
	return arena_strndup(a, text.p, MIN(text.n, (size_t)128));
}

void machine_facts(struct procfs *p, struct arena *a, struct baseline *ret)
{
	struct proc_cpuinfo info = { 0 };
	struct span text;
	double khz;

	if (procfs_read(p, "cpuinfo", &text, NULL) == 0)
		proc_cpuinfo_parse(text, &info);
	ret->cpu.model = arena_strdup(a, info.model);
	ret->cpu.mhz = info.mhz;
	ret->clocksource =
		read_word(p, a, "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	ret->governor = read_word(p, a, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	const char *max = read_word(p, a, "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq");

	if (span_parse_double(span_str(max), &khz))
		ret->cpu.max_mhz = khz / 1000;
}
