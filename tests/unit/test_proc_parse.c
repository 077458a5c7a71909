/* SPDX-License-Identifier: MIT */
/* The /proc and cgroup parsers on recorded text, including what other kernels print. */
#include "parse/proc_cgroup.h"
#include "parse/proc_cpuinfo.h"
#include "parse/proc_disk.h"
#include "parse/proc_maps.h"
#include "parse/proc_memory.h"
#include "parse/proc_net.h"
#include "parse/proc_pressure.h"
#include "parse/proc_stat.h"
#include "parse/proc_task.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int arena_teardown(void **state)
{
	arena_done(&arena);
	return 0;
}

static void test_stat(void **state)
{
	static const char text[] = "cpu  100 1 20 3000 40 5 6 7 2 0\n"
				   "cpu0 50 0 10 1500 20 2 3 4 0 0\n"
				   "cpu3 50 1 10 1500 20 3 3 3 0 0\n"
				   "intr 12345 0 9 0\nctxt 777\nbtime 1700000000\nprocesses 42\n"
				   "procs_running 3\nprocs_blocked 1\nsoftirq 1 2 3\n";
	struct proc_stat st;
	struct err err = { 0 };

	assert_int_equal(proc_stat_parse(span_str(text), &arena, &st, &err), 0);
	assert_int_equal(st.all.user, 100);
	assert_int_equal(st.all.steal, 7);
	assert_int_equal(cpu_ticks_total(&st.all), 3179);
	assert_int_equal(st.n_cpus, 2);
	assert_int_equal(st.cpu_ids[1], 3); /* CPU 1 and 2 are offline */
	assert_int_equal(st.cpus[1].irq, 3);
	assert_int_equal(st.interrupts, 12345);
	assert_int_equal(st.context_switches, 777);
	assert_int_equal(st.forks, 42);
	assert_int_equal(st.running, 3);
	assert_int_equal(st.blocked, 1);
	/* Linux 2.4 had four columns */
	assert_int_equal(proc_stat_parse(span_str("cpu 1 2 3 4\n"), &arena, &st, &err), 0);
	assert_int_equal(cpu_ticks_total(&st.all), 10);
	assert_int_equal(proc_stat_parse(span_str("intr 5\n"), &arena, &st, &err), -EINVAL);
}

static void test_loadavg(void **state)
{
	struct proc_loadavg l;

	assert_int_equal(proc_loadavg_parse(span_str("0.39 1.37 10.17 2/513 1126\n"), &l, NULL), 0);
	assert_float_equal(l.load15, 10.17, 1e-9);
	assert_int_equal(l.running, 2);
	assert_int_equal(l.tasks, 513);
	assert_int_equal(proc_loadavg_parse(span_str("a b c\n"), &l, NULL), -EINVAL);
}

static void test_memory(void **state)
{
	struct proc_meminfo m;
	struct proc_vmstat v;

	assert_int_equal(
		proc_meminfo_parse(
			span_str("MemTotal:       1000 kB\nMemFree:  200 kB\n"
				 "MemAvailable:    600 kB\nBuffers: 1 kB\nCached: 2 kB\n"
				 "SwapTotal: 50 kB\nSwapFree: 40 kB\nHugePages_Total: 7\n"),
			&m, NULL),
		0);
	assert_int_equal(m.total, 1000 * 1024);
	assert_int_equal(m.available, 600 * 1024);
	assert_int_equal(m.swap_free, 40 * 1024);
	/* before Linux 3.14 */
	assert_int_equal(
		proc_meminfo_parse(span_str("MemTotal: 100 kB\nMemFree: 20 kB\nBuffers: 3 kB\n"
					    "Cached: 7 kB\n"),
			&m, NULL),
		0);
	assert_int_equal(m.available, 30 * 1024);
	assert_int_equal(proc_meminfo_parse(span_str("MemFree: 20 kB\n"), &m, NULL), -EINVAL);
	assert_int_equal(
		proc_vmstat_parse(span_str("nr_free_pages 9\npswpin 1\npswpout 2\npgfault 30\n"
					   "pgmajfault 4\npgscan_direct 6\noom_kill 5\n"),
			&v, NULL),
		0);
	assert_int_equal(v.pswpout, 2);
	assert_int_equal(v.oom_kill, 5);
	assert_int_equal(v.pgscan_direct, 6);
}

static void test_disks(void **state)
{
	static const char text[] = "   8       0 sda 10 1 80 5 20 2 160 15 3 25 40 1 0 8 2 4 6\n"
				   " 259       1 nvme0n1p1 1 2 3 4 5 6 7 8 9 10 11\n"
				   "   8       1 sda1 1 2 3 4\n"
				   "garbage\n";
	struct proc_disks d;

	proc_disks_parse(span_str(text), &arena, &d);
	assert_int_equal(d.n, 2);
	assert_string_equal(d.v[0].name, "sda");
	assert_int_equal(d.v[0].read_sectors, 80);
	assert_int_equal(d.v[0].in_flight, 3);
	assert_int_equal(d.v[0].flush_ms, 6);
	assert_int_equal(d.v[1].weighted_ms, 11);
	assert_int_equal(d.v[1].flushes, 0);
}

static void test_net(void **state)
{
	struct proc_net_ifs ifs;
	struct proc_net_protocols p = { 0 };

	proc_net_dev_parse(
		span_str("Inter-|   Receive   |  Transmit\n face |bytes    packets errs drop\n"
			 "  lo: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0\n"
			 "eth0:1234 5 6 7 0 0 0 0 999 8 9 10 0 0 0 0\n"),
		&arena, &ifs);
	assert_int_equal(ifs.n, 2);
	assert_string_equal(ifs.v[1].name, "eth0");
	assert_int_equal(ifs.v[1].rx_bytes, 1234);
	assert_int_equal(ifs.v[1].rx_drops, 7);
	assert_int_equal(ifs.v[1].tx_drops, 10);
	proc_net_protocols_parse(
		span_str("Tcp: RtoMin MaxConn ActiveOpens CurrEstab OutSegs RetransSegs\n"
			 "Tcp: 200 -1 11 12 13 14\n"
			 "Udp: InDatagrams InErrors\nUdp: 1 2\n"),
		&p);
	proc_net_protocols_parse(span_str("TcpExt: SyncookiesSent ListenOverflows ListenDrops\n"
					  "TcpExt: 1 21 22\n"),
		&p);
	assert_int_equal(p.tcp_active_opens, 11);
	assert_int_equal(p.tcp_established, 12);
	assert_int_equal(p.tcp_retransmits, 14);
	assert_int_equal(p.udp_in_errors, 2);
	assert_int_equal(p.listen_overflows, 21);
	assert_int_equal(p.listen_drops, 22);
}

static void test_tcp(void **state)
{
	static const char text[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid "
		" timeout inode\n"
		"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000005 00:00000000 00000000     0 "
		"       0 777 1 0 100 0 0 10 0\n"
		"   1: 0200000A:C001 0700000A:1538 01 00000000:00000000 00:00000000 00000000  1000 "
		"       0 888 1 0 20 4 30 10 -1\n"
		"   0: 00000000000000000000000001000000:1F91 0000000000000000FFFF00000700000A:0050 "
		"01 00000000:00000000 00:00000000 00000000 0 0 999 1\n";
	struct span s = span_str(text);
	struct tcp_socket sock;
	char addr[TCP_ADDRESS_LEN];

	assert_true(proc_net_tcp_next(&s, &sock));
	assert_int_equal(sock.local_port, 8080);
	assert_int_equal(sock.state, TCP_STATE_LISTEN);
	assert_int_equal(sock.rx_queue, 5);
	assert_int_equal(sock.inode, 777);
	assert_true(proc_net_tcp_next(&s, &sock));
	assert_string_equal(tcp_remote_format(&sock, addr), "10.0.0.7:5432");
	assert_true(proc_net_tcp_next(&s, &sock));
	assert_true(sock.v6);
	assert_string_equal(tcp_remote_format(&sock, addr), "10.0.0.7:80");
	assert_false(proc_net_tcp_next(&s, &sock));
}

static void test_pressure(void **state)
{
	struct proc_pressure p;

	assert_int_equal(proc_pressure_parse(
				 span_str("some avg10=12.50 avg60=1.69 avg300=1.73 total=13977149\n"
					  "full avg10=0.25 avg60=0.00 avg300=0.00 total=9\n"),
				 &p, NULL),
		0);
	assert_float_equal(p.some_avg10, 12.5, 1e-9);
	assert_float_equal(p.full_avg10, 0.25, 1e-9);
	assert_int_equal(p.some_total_us, 13977149);
	assert_true(p.has_full);
	assert_int_equal(proc_pressure_parse(span_str("some avg10=1.00 total=5\n"), &p, NULL), 0);
	assert_false(p.has_full); /* cpu before Linux 5.13 */
	assert_int_equal(proc_pressure_parse(span_str(""), &p, NULL), -EINVAL);
}

static void test_cpuinfo(void **state)
{
	struct proc_cpuinfo c;

	proc_cpuinfo_parse(span_str("processor\t: 0\nmodel name\t: AMD EPYC\ncpu MHz\t\t: 2000.0\n"
				    "flags\t\t: fpu vme hypervisor sse\n\nprocessor\t: 1\n"
				    "model name\t: AMD EPYC\ncpu MHz\t\t: 3000.0\n"),
		&c);
	assert_string_equal(c.model, "AMD EPYC");
	assert_float_equal(c.mhz, 2500, 1e-9);
	assert_int_equal(c.cpus, 2);
	assert_true(c.hypervisor);
	proc_cpuinfo_parse(span_str("processor : 0\nBogoMIPS : 50.00\n"), &c); /* arm64 */
	assert_string_equal(c.model, "");
	assert_int_equal(c.cpus, 1);
}

static void test_task_stat(void **state)
{
	/* a process may call itself anything */
	static const char text[] =
		"812 (evil) R 1 (x) S 7 811 811 34816 811 4194304 128 5 3 0 "
		"100 20 4 2 20 -5 9 0 102944 2990080 426 18446744073709551615 "
		"94452039000064 1 2 3 4 0 0 6 0 1 0 0 17 1 0 0 33 0 0 1 2 3 4 5 6 7 0";
	struct proc_task_stat t;

	assert_int_equal(proc_task_stat_parse(span_str(text), &t, NULL), 0);
	assert_int_equal(t.pid, 812);
	assert_string_equal(t.comm, "evil) R 1 (x");
	assert_int_equal(t.state, 'S');
	assert_int_equal(t.ppid, 7);
	assert_int_equal(t.tty, 34816);
	assert_int_equal(t.major_faults, 3);
	assert_int_equal(t.user_ticks, 100);
	assert_int_equal(t.system_ticks, 20);
	assert_int_equal(t.nice, -5);
	assert_int_equal(t.threads, 9);
	assert_int_equal(t.start_ticks, 102944);
	assert_int_equal(t.rss_pages, 426);
	assert_int_equal(t.blkio_ticks, 33);
	assert_false(t.kernel_thread);
	assert_int_equal(proc_task_stat_parse(span_str("812 (x S 7"), &t, NULL), -EINVAL);
	assert_int_equal(proc_task_stat_parse(span_str(")812("), &t, NULL), -EINVAL);
	assert_int_equal(proc_task_stat_parse(span_str("1 (a) R 1 2"), &t, NULL), -EINVAL);
}

static void test_task_small_files(void **state)
{
	struct proc_task_status st;
	struct proc_task_io io;
	struct proc_schedstat ss;
	struct proc_smaps_rollup sm;
	struct proc_limits lim;
	struct proc_syscall sc;
	uint64_t a, b;

	assert_int_equal(
		proc_task_status_parse(
			span_str("Name:\tx "
				 "y\nTgid:\t5\nPPid:\t4\nTracerPid:\t99\nUid:\t1000\t0\t0\t0\n"
				 "NSpid:\t5\t2\t1\nVmRSS:\t   40 kB\nVmSwap:\t 8 "
				 "kB\nSigCgt:\t0000000000000200\n"
				 "Threads:\t3\nvoluntary_ctxt_switches:\t12\n"
				 "nonvoluntary_ctxt_switches:\t13\n"),
			&st, NULL),
		0);
	assert_int_equal(st.tracer, 99);
	assert_int_equal(st.uid, 1000);
	assert_int_equal(st.vm_rss, 40960);
	assert_int_equal(st.ns_levels, 3);
	assert_int_equal(st.ns_pid, 1);
	assert_int_equal(st.sig_caught, 0x200);
	assert_int_equal(st.involuntary_switches, 13);
	assert_int_equal(proc_task_io_parse(
				 span_str("rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\n"
					  "write_bytes: 6\ncancelled_write_bytes: 0\n"),
				 &io, NULL),
		0);
	assert_int_equal(io.write_bytes, 6);
	assert_int_equal(proc_schedstat_parse(span_str("10 20 30\n"), &ss, NULL), 0);
	assert_int_equal(ss.wait_ns, 20);
	assert_int_equal(
		proc_smaps_rollup_parse(
			span_str("5500-7ff [rollup]\nRss: 10 kB\nPss: 5 kB\nAnonymous: 4 kB\n"
				 "Swap: 1 kB\n"),
			&sm, NULL),
		0);
	assert_int_equal(sm.anonymous, 4096);
	assert_int_equal(proc_limits_parse(span_str("Limit   Soft Limit  Hard Limit  Units\n"
						    "Max open files            1024                "
						    " 524288               files\n"
						    "Max locked memory         unlimited           "
						    " unlimited            bytes\n"),
				 &lim, NULL),
		0);
	assert_int_equal(lim.nofile, 1024);
	assert_true(lim.memlock == UINT64_MAX);
	assert_int_equal(
		proc_syscall_parse(
			span_str("202 0x7f00 0x80 0x2 0x0 0x0 0x0 0x7ffc 0x7f\n"), &sc, NULL),
		0);
	assert_true(sc.in_syscall);
	assert_int_equal(sc.nr, 202);
	assert_int_equal(sc.arg0, 0x7f00);
	assert_int_equal(proc_syscall_parse(span_str("running\n"), &sc, NULL), 0);
	assert_true(sc.running);
	assert_int_equal(proc_syscall_parse(span_str("-1 0x7ffc 0x7f\n"), &sc, NULL), 0);
	assert_false(sc.in_syscall);
	assert_int_equal(proc_statm_parse(span_str("730 426 300 4 0 100 0\n"), &a, &b, NULL), 0);
	assert_int_equal(b, 426);
	assert_int_equal(
		proc_file_nr_parse(span_str("2048\t48\t9223372036854775807\n"), &a, &b, NULL), 0);
	assert_int_equal(a, 2000);
	assert_true(proc_socket_link_parse(span_str("socket:[123]"), &a));
	assert_int_equal(a, 123);
	assert_false(proc_socket_link_parse(span_str("pipe:[123]"), &a));
	assert_false(proc_socket_link_parse(span_str("socket:["), &a));
}

static void test_maps(void **state)
{
	static const char text[] =
		"55d0c0000000-55d0c0001000 r-xp 00002000 fe:01 1234   /usr/bin/my prog\n"
		"7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n"
		"oops\n"
		"7f0000002000-7f0000003000 r--s 00000000 00:05 77     /dev/shm/x (deleted)\n";
	struct span s = span_str(text);
	struct proc_mapping m;

	assert_true(proc_maps_next(&s, &m));
	assert_true(m.executable && m.readable && !m.writable && !m.shared);
	assert_int_equal(m.offset, 0x2000);
	assert_int_equal(m.dev_major, 0xfe);
	assert_true(span_eq(m.path, "/usr/bin/my prog"));
	assert_true(proc_maps_next(&s, &m));
	assert_int_equal(m.path.n, 0);
	assert_true(proc_maps_next(&s, &m));
	assert_true(m.deleted && m.shared);
	assert_true(span_eq(m.path, "/dev/shm/x"));
	assert_false(proc_maps_next(&s, &m));
}

static void test_cgroup_paths(void **state)
{
	struct cgroup_paths p;
	struct cgroup_mounts m;

	cgroup_paths_parse(
		span_str("9:name=systemd:/a\n4:memory:/m:with:colons\n2:cpu,cpuacct:/c\n0::/u/v\n"),
		&arena, &p);
	assert_string_equal(p.v1_systemd, "/a");
	assert_string_equal(p.v1_memory, "/m:with:colons");
	assert_string_equal(p.v1_cpu, "/c");
	assert_string_equal(p.v1_cpuacct, "/c");
	assert_string_equal(p.unified, "/u/v");
	assert_string_equal(p.v1_pids, "");
	cgroup_mounts_parse(
		span_str("25 30 0:23 / /sys rw - sysfs sysfs rw\n"
			 "31 25 0:26 /docker/ab /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - "
			 "cgroup cgroup rw,cpu,cpuacct\n"
			 "32 25 0:27 / /mnt/my\\040memory rw - cgroup cgroup rw,memory\n"
			 "33 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
			 "broken line\n"),
		&arena, &m);
	assert_string_equal(m.cpu, "/sys/fs/cgroup/cpu,cpuacct");
	assert_string_equal(m.cpu_root, "/docker/ab");
	assert_string_equal(m.memory, "/mnt/my memory");
	assert_string_equal(m.unified, "/sys/fs/cgroup/unified");
	assert_string_equal(m.pids, "");
}

static void test_cgroup_files(void **state)
{
	struct cgroup_cpu_stat c;
	struct cgroup_memory_events e;
	double cores;
	uint64_t v;

	assert_int_equal(
		cgroup_cpu_stat_parse(span_str("usage_usec 5\nuser_usec 4\nnr_periods 100\n"
					       "nr_throttled 40\nthrottled_usec 7000\n"),
			&c, NULL),
		0);
	assert_int_equal(c.throttled, 40);
	assert_int_equal(c.throttled_ns, 7000000);
	assert_int_equal(c.usage_ns, 5000);
	assert_int_equal(
		cgroup_cpu_stat_parse(
			span_str("nr_periods 1\nnr_throttled 1\nthrottled_time 9\n"), &c, NULL),
		0);
	assert_int_equal(c.throttled_ns, 9);
	assert_int_equal(cgroup_memory_events_parse(
				 span_str("low 0\nhigh 3\nmax 4\noom 1\noom_kill 2\n"), &e, NULL),
		0);
	assert_int_equal(e.oom_kill, 2);
	assert_int_equal(e.high, 3);
	assert_int_equal(
		cgroup_memory_events_parse(
			span_str("oom_kill_disable 0\nunder_oom 0\noom_kill 6\n"), &e, NULL),
		0);
	assert_int_equal(e.oom_kill, 6);
	assert_int_equal(cgroup_cpu_max_parse(span_str("150000 100000\n"), &cores, NULL), 0);
	assert_float_equal(cores, 1.5, 1e-9);
	assert_int_equal(cgroup_cpu_max_parse(span_str("max 100000\n"), &cores, NULL), 0);
	assert_float_equal(cores, 0, 0);
	assert_int_equal(cgroup_cpu_max_parse(span_str("1 0\n"), &cores, NULL), -EINVAL);
	assert_int_equal(cgroup_limit_parse(span_str("9223372036854771712\n"), &v, NULL), 0);
	assert_int_equal(v, 0);
	assert_int_equal(cgroup_limit_parse(span_str("max\n"), &v, NULL), 0);
	assert_int_equal(v, 0);
	assert_int_equal(cgroup_limit_parse(span_str("536870912\n"), &v, NULL), 0);
	assert_int_equal(v, 536870912);
	assert_int_equal(
		cgroup_inactive_file(span_str("cache 1\ninactive_file 5\ntotal_inactive_file 9\n")),
		9);
	assert_int_equal(cgroup_inactive_file(span_str("anon 1\ninactive_file 5\n")), 5);
}

static void test_cgroup_names(void **state)
{
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	static const struct {
		const char *path, *container, *unit;
	} cases[] = {
		{ "/", "", "" },
		{ "/user.slice/user-1000.slice/session-2.scope", "", "" },
		{ "/system.slice/nginx.service", "", "nginx.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-foo.service", "",
			"app-foo.service" },
		{ "/docker/" ID, "docker:0123456789ab", "" },
		{ "/docker/" ID "/init.scope", "docker:0123456789ab", "" },
		{ "/system.slice/docker-" ID ".scope", "docker:0123456789ab", "" },
		{ "/machine.slice/libpod-" ID ".scope/container", "podman:0123456789ab", "" },
		{ "/kubepods/burstable/pod1f-2e/" ID, "kubepods:1f-2e/0123456789ab", "" },
		{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1f_2e.slice/"
		  "cri-containerd-" ID ".scope",
			"kubepods:1f_2e/0123456789ab", "" },
		{ "/lxc.payload.web/system.slice/cron.service", "lxc:web", "cron.service" },
		{ "/some/" ID, "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_string_equal(cgroup_container(cases[i].path, &arena), cases[i].container);
		assert_string_equal(cgroup_unit(cases[i].path, &arena), cases[i].unit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_loadavg),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_disks),
		cmocka_unit_test(test_net),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_pressure),
		cmocka_unit_test(test_cpuinfo),
		cmocka_unit_test(test_task_stat),
		cmocka_unit_test(test_task_small_files),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_cgroup_paths),
		cmocka_unit_test(test_cgroup_files),
		cmocka_unit_test(test_cgroup_names),
	};

	return cmocka_run_group_tests(tests, NULL, arena_teardown);
}
