/* SPDX-License-Identifier: MIT */
/* Fuzzes the parsers of /proc and cgroup files: the first byte picks one, the rest is its file. */
#include "parse/proc_cgroup.h"
#include "parse/proc_cpuinfo.h"
#include "parse/proc_disk.h"
#include "parse/proc_maps.h"
#include "parse/proc_memory.h"
#include "parse/proc_net.h"
#include "parse/proc_pressure.h"
#include "parse/proc_stat.h"
#include "parse/proc_task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void system_files(uint8_t which, struct span s, struct arena *a)
{
	struct proc_stat st;
	struct proc_loadavg load;
	struct proc_meminfo mem;
	struct proc_vmstat vm;
	struct proc_disks disks;
	struct proc_net_ifs ifs;
	struct proc_net_protocols protocols = { 0 };
	struct proc_pressure psi;
	struct proc_cpuinfo cpu;
	struct tcp_socket sock;
	char addr[TCP_ADDRESS_LEN];

	switch (which) {
	case 'a':
		proc_stat_parse(s, a, &st, NULL);
		break;
	case 'b':
		proc_loadavg_parse(s, &load, NULL);
		break;
	case 'c':
		proc_meminfo_parse(s, &mem, NULL);
		proc_vmstat_parse(s, &vm, NULL);
		break;
	case 'd':
		proc_disks_parse(s, a, &disks);
		break;
	case 'e':
		proc_net_dev_parse(s, a, &ifs);
		break;
	case 'f':
		proc_net_protocols_parse(s, &protocols);
		break;
	case 'g':
		proc_pressure_parse(s, &psi, NULL);
		break;
	case 'h':
		proc_cpuinfo_parse(s, &cpu);
		break;
	case 'i':
		while (proc_net_tcp_next(&s, &sock))
			tcp_remote_format(&sock, addr);
		break;
	}
}

static void task_files(uint8_t which, struct span s)
{
	struct proc_task_stat stat;
	struct proc_task_status status;
	struct proc_task_io io;
	struct proc_schedstat sched;
	struct proc_smaps_rollup smaps;
	struct proc_limits limits;
	struct proc_syscall syscall;
	struct proc_mapping map;
	struct span part;
	uint64_t x, y;

	switch (which) {
	case 'A':
		proc_task_stat_parse(s, &stat, NULL);
		break;
	case 'B':
		proc_task_status_parse(s, &status, NULL);
		break;
	case 'C':
		proc_task_io_parse(s, &io, NULL);
		proc_schedstat_parse(s, &sched, NULL);
		proc_statm_parse(s, &x, &y, NULL);
		proc_file_nr_parse(s, &x, &y, NULL);
		break;
	case 'D':
		proc_smaps_rollup_parse(s, &smaps, NULL);
		proc_limits_parse(s, &limits, NULL);
		break;
	case 'E':
		proc_syscall_parse(s, &syscall, NULL);
		proc_socket_link_parse(s, &x);
		break;
	case 'F':
		while (proc_maps_next(&s, &map))
			;
		break;
	case 'G':
		while (proc_string_next(&s, &part))
			;
		break;
	}
}

static void cgroup_files(uint8_t which, struct span s, struct arena *a)
{
	struct cgroup_paths paths;
	struct cgroup_mounts mounts;
	struct cgroup_cpu_stat cpu;
	struct cgroup_memory_events events;
	const char *path = arena_strndup(a, s.p, s.n);
	double cores;
	uint64_t limit;

	switch (which) {
	case '0':
		cgroup_paths_parse(s, a, &paths);
		break;
	case '1':
		cgroup_mounts_parse(s, a, &mounts);
		break;
	case '2':
		cgroup_cpu_stat_parse(s, &cpu, NULL);
		cgroup_memory_events_parse(s, &events, NULL);
		cgroup_inactive_file(s);
		break;
	case '3':
		cgroup_cpu_max_parse(s, &cores, NULL);
		cgroup_limit_parse(s, &limit, NULL);
		break;
	case '4':
		cgroup_container(path, a);
		cgroup_unit(path, a);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };

	if (size == 0)
		return 0;
	struct span rest = span_of(data + 1, size - 1);

	system_files(data[0], rest, &a);
	task_files(data[0], rest);
	cgroup_files(data[0], rest, &a);
	arena_done(&a);
	return 0;
}
