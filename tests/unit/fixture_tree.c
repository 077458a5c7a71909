/* SPDX-License-Identifier: MIT */
/* Folder of recorded files for tests of the collectors. */
#include "fixture_tree.h"

#include "base/arena.h"
#include "base/file.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(int r, const char *what)
{
	if (r < 0) {
		perror(what);
		abort();
	}
}

void fixture_tree_init(struct fixture_tree *t)
{
	snprintf(t->root, sizeof(t->root), "/tmp/perf-ops-test-XXXXXX");
	if (!mkdtemp(t->root))
		must(-1, t->root);
}

void fixture_tree_file(struct fixture_tree *t, const char *path, const char *text)
{
	struct arena a = { 0 };
	char *full = path_join(&a, t->root, path);
	char *slash = strrchr(full, '/');
	FILE *f;

	*slash = '\0';
	must(path_make_dirs(full, NULL), full);
	*slash = '/';
	f = fopen(full, "w");
	must(f ? 0 : -1, full);
	fputs(text, f);
	fclose(f);
	arena_done(&a);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void fixture_tree_done(struct fixture_tree *t)
{
	nftw(t->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void fixture_tree_machine(struct fixture_tree *t)
{
	fixture_tree_file(t, "proc/stat",
		"cpu  1000 0 500 8000 100 10 20 30 0 0\n"
		"cpu0 500 0 250 4000 50 5 10 15 0 0\ncpu1 500 0 250 4000 50 5 10 15 0 0\n"
		"intr 1000\nctxt 5000\nprocesses 100\nprocs_running 3\nprocs_blocked 0\n");
	fixture_tree_file(t, "proc/meminfo",
		"MemTotal: 8000000 kB\nMemFree: 1000000 kB\nMemAvailable: 4000000 kB\nBuffers: 10 "
		"kB\n"
		"Cached: 2000 kB\nSReclaimable: 30 kB\nSwapTotal: 1000 kB\nSwapFree: 400 kB\n"
		"Dirty: 8 kB\nWriteback: 2 kB\n");
	fixture_tree_file(t, "proc/vmstat",
		"pswpin 10\npswpout 20\npgfault 1000\npgmajfault 5\noom_kill 2\n");
	fixture_tree_file(t, "proc/loadavg", "1.50 1.00 0.50 3/200 999\n");
	fixture_tree_file(t, "proc/diskstats",
		"   8 0 sda 100 0 8000 500 200 0 16000 1000 1 900 1500\n"
		"   8 1 sda1 100 0 8000 500 200 0 16000 1000 0 900 1500\n"
		"   7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n");
	fixture_tree_file(t, "sys/block/sda/size", "1\n");
	fixture_tree_file(t, "sys/block/loop0/size", "1\n");
	fixture_tree_file(t, "proc/net/dev",
		"h\nh\n  lo: 900 1 0 0 0 0 0 0 900 1 0 0 0 0 0 0\n"
		"eth0: 1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0\n"
		"docker0: 1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0\n");
	fixture_tree_file(t, "sys/class/net/eth0/device/vendor", "x\n");
	fixture_tree_file(
		t, "proc/net/snmp", "Tcp: OutSegs RetransSegs CurrEstab\nTcp: 1000 10 7\n");
	fixture_tree_file(t, "proc/net/netstat", "TcpExt: ListenOverflows\nTcpExt: 3\n");
	fixture_tree_file(t, "proc/net/sockstat",
		"sockets: used 9\nTCP: inuse 5 orphan 0 tw 17 alloc 9 mem 1\n");
	fixture_tree_file(t, "proc/sys/fs/file-nr", "2048 0 100000\n");
	fixture_tree_file(
		t, "proc/cpuinfo", "processor : 0\nmodel name : Test CPU\ncpu MHz : 2500.0\n");
	fixture_tree_file(
		t, "proc/self/mountinfo", "33 25 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	fixture_tree_file(t, "proc/self/cgroup", "0::/user.slice\n");
	fixture_tree_file(t, "sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n");
	fixture_tree_file(t, "sys/fs/cgroup/user.slice/memory.max", "max\n");
	fixture_tree_file(
		t, "sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
}
