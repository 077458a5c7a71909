/* SPDX-License-Identifier: MIT */
/* Tries the doors that measuring needs. */
#include "collect/access.h"

#include "base/file.h"
#include "collect/cgroup.h"
#include "collect/perf_event.h"
#include "collect/tracepoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WANTED_RING_KIB = 1024 };

static int open_event(uint32_t type, uint64_t config, pid_t pid, int cpu, bool user_only, int *ret)
{
	struct perf_event_attr attr = { .size = sizeof(attr),
		.type = type,
		.config = config,
		.sample_period = 1000000,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME,
		.disabled = 1,
		.exclude_kernel = user_only,
		.exclude_hv = 1 };
	int fd = (int)perf_event_open_call(&attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ret)
		*ret = fd;
	else
		close(fd);
	return 0;
}

/* Some virtual machines offer a cycle counter that never counts: the sampler's own probe knows. */
static int try_cycles(void)
{
	enum perf_rung rung = PERF_RUNG_CYCLES;
	bool user_only = false;
	int r = open_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, -1, true, NULL);

	if (r < 0)
		return r;
	r = perf_probe(&rung, &user_only, NULL);
	return r == 0 && rung != PERF_RUNG_CYCLES ? -ENODEV : r;
}

static int try_ring(unsigned n_cpus)
{
	size_t bytes = ((size_t)WANTED_RING_KIB << 10) + (size_t)sysconf(_SC_PAGESIZE);
	int *fds = xcalloc(n_cpus, sizeof(*fds)), r = 0;
	void **maps = xcalloc(n_cpus, sizeof(*maps));
	unsigned n = 0;

	for (; n < n_cpus && r == 0; n++) {
		r = open_event(
			PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0, (int)n, true, &fds[n]);
		if (r < 0)
			break;
		maps[n] = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fds[n], 0);
		if (maps[n] == MAP_FAILED) {
			r = -errno;
			maps[n] = NULL;
		}
	}
	for (unsigned i = 0; i < n; i++) {
		if (maps[i])
			munmap(maps[i], bytes);
		close(fds[i]);
	}
	free(fds);
	free(maps);
	return r;
}

static void try_perf(struct access *a)
{
	uint64_t id = 0;

	a->perf_cycles = try_cycles();
	a->perf_clock_user =
		open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0, -1, true, NULL);
	a->perf_clock = open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0, -1, false, NULL);
	a->perf_wide = open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, -1, 0, false, NULL);
	a->tracefs = tracepoint_id("raw_syscalls", "sys_enter", &id, NULL);
	a->perf_tracepoint = ACCESS_NOT_TRIED;
	if (a->tracefs == 0)
		a->perf_tracepoint = open_event(PERF_TYPE_TRACEPOINT, id, 0, -1, false, NULL);
	a->ring = a->perf_clock_user == 0 ? try_ring(a->n_cpus) : ACCESS_NOT_TRIED;
}

static int try_read(pid_t pid, void *at)
{
	char c[8];
	struct iovec local = { .iov_base = c, .iov_len = sizeof(c) };
	struct iovec remote = { .iov_base = at, .iov_len = sizeof(c) };

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) > 0 ? 0 : -errno;
}

/* A child that only waits; it ends with us. */
static void try_child(struct access *a)
{
	static char something[64] = "something to read";
	int fds[2], status;
	char c;

	a->ptrace_child = a->read_child = -EAGAIN;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	pid_t pid = fork();

	if (pid == 0) {
		close(fds[1]);
		while (read(fds[0], &c, 1) < 0 && errno == EINTR)
			;
		_exit(0);
	}
	close(fds[0]);
	if (pid > 0) {
		a->read_child = try_read(pid, something);
		a->ptrace_child = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? 0 : -errno;
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(fds[1]);
}

static int setting(const char *path)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char text[32];

	if (file_read(path, 64, &b, NULL) < 0)
		return INT32_MIN;
	struct span s = span_trim(buf_span(&b));

	snprintf(text, sizeof(text), "%.*s", (int)MIN(s.n, sizeof(text) - 1),
		s.n ? (const char *)s.p : "");
	return (int)strtol(text, NULL, 10);
}

/* An address that is not zero: "ffffffff81000000 T _text". */
static int try_kernel_symbols(void)
{
	char text[256];
	_cleanup_(fd_closep) int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 16)
		return -ENODATA;
	for (int i = 0; i < 16; i++)
		if (text[i] != '0')
			return 0;
	/* the first symbol may be at zero (per-CPU data): another line decides */
	text[n] = '\0';
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		if (strlen(p) > 17 && strncmp(p + 1, "0000000000000000", 16) != 0)
			return 0;
	return -EACCES;
}

/* By build-id or by the name Debian used before; only whether there is any. */
static int try_debug_symbols(void)
{
	static const char *const paths[] = { "/usr/lib/debug/.build-id",
		"/usr/lib/debug/lib/x86_64-linux-gnu", "/usr/lib/debug/lib64" };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (access(paths[i], F_OK) == 0)
			return 0;
	return -ENOENT;
}

static void read_self(struct access *a, struct arena *arena)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct span text, line;
	struct passwd pw, *found = NULL;
	char room[2048];
	uint64_t v;

	a->uid = geteuid();
	getpwuid_r(a->uid, &pw, room, sizeof(room), &found);
	a->user =
		found ? arena_strdup(arena, found->pw_name) : arena_printf(arena, "uid %u", a->uid);
	if (file_read("/proc/self/status", 65536, &b, NULL) == 0) {
		text = buf_span(&b);
		while (span_next_line(&text, &line)) {
			struct span word;

			if (!span_next_word(&line, &word))
				continue;
			if (span_eq(word, "CapEff:") && span_parse_hex(span_trim(line), &v))
				a->capabilities = v;
			else if (span_eq(word, "Seccomp:") && span_parse_u64(span_trim(line), &v))
				a->seccomp = (unsigned)v;
			else if (span_eq(word, "NoNewPrivs:") &&
				span_parse_u64(span_trim(line), &v))
				a->no_new_privs = v != 0;
		}
	}
	buf_clear(&b);
	/* the initial namespace maps all ids to themselves */
	if (file_read("/proc/self/uid_map", 4096, &b, NULL) == 0) {
		text = buf_span(&b);
		uint64_t inside, outside, count;

		a->in_user_namespace = !(span_next_u64(&text, &inside) &&
			span_next_u64(&text, &outside) && span_next_u64(&text, &count) &&
			inside == 0 && outside == 0 && count == UINT32_MAX);
	}
}

static const char *container(struct arena *arena)
{
	const char *name = getenv("container");

	if (path_exists("/run/.containerenv"))
		return "podman";
	if (path_exists("/.dockerenv"))
		return "docker";
	if (name && *name)
		return arena_strdup(arena, name);
	if (getenv("KUBERNETES_SERVICE_HOST"))
		return "kubernetes";
	return "";
}

static void read_settings(struct access *a)
{
	struct rlimit lim = { 0 };
	int kib = setting("/proc/sys/kernel/perf_event_mlock_kb");

	a->paranoid = setting("/proc/sys/kernel/perf_event_paranoid");
	a->kptr_restrict = setting("/proc/sys/kernel/kptr_restrict");
	a->yama = setting("/proc/sys/kernel/yama/ptrace_scope");
	a->unprivileged_userns = setting("/proc/sys/kernel/unprivileged_userns_clone");
	a->mlock_kib = kib > 0 ? (uint64_t)kib : 0;
	getrlimit(RLIMIT_NOFILE, &lim);
	a->nofile_soft = lim.rlim_cur;
	a->nofile_hard = lim.rlim_max;
	getrlimit(RLIMIT_MEMLOCK, &lim);
	a->memlock_bytes = lim.rlim_cur;
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	a->n_cpus = n > 0 && n < 4096 ? (unsigned)n : 1;
}

static void try_cgroup(struct access *a, struct arena *arena)
{
	struct cgroup_snapshot snap = { 0 };
	struct procfs p;

	a->cgroup = procfs_open(&p, "/", NULL);
	if (a->cgroup < 0)
		return;
	a->cgroup = cgroup_snapshot_take(&p, a->pid, NULL, arena, &snap, NULL);
	a->cgroup_version = snap.version;
	procfs_done(&p);
}

static bool other_namespace(pid_t pid, const char *which)
{
	char path[64], theirs[64] = "", ours[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, which);
	if (readlink(path, theirs, sizeof(theirs) - 1) <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/ns/%s", which);
	if (readlink(path, ours, sizeof(ours) - 1) <= 0)
		return false;
	return strcmp(theirs, ours) != 0;
}

static int try_file(pid_t pid, const char *name, int flags)
{
	char path[64], c;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	_cleanup_(fd_closep) int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (flags & O_DIRECTORY)
		return 0;
	return read(fd, &c, 1) < 0 ? -errno : 0;
}

/* Where its first mapping begins: an address that can be read when anything can. */
static void *first_mapping(pid_t pid)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	_cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (n <= 0)
		return NULL;
	text[n] = '\0';
	return (void *)(uintptr_t)strtoull(text, NULL, 16);
}

static void try_target(struct access *a)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", (int)a->pid);
	a->target_there = stat(path, &st) == 0 ? 0 : -ESRCH;
	if (a->target_there < 0)
		return;
	a->target_uid = st.st_uid;
	a->target_other_user = st.st_uid != a->uid;
	a->target_perf =
		open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, a->pid, -1, true, NULL);
	a->target_maps = try_file(a->pid, "maps", O_RDONLY);
	a->target_syscall = try_file(a->pid, "syscall", O_RDONLY);
	a->target_wchan = try_file(a->pid, "wchan", O_RDONLY);
	a->target_root = try_file(a->pid, "root", O_RDONLY | O_DIRECTORY);
	void *at = first_mapping(a->pid);

	a->target_read = at ? try_read(a->pid, at) : a->target_maps < 0 ? a->target_maps : -ESRCH;
	a->target_other_pid_ns = other_namespace(a->pid, "pid");
	a->target_other_mount_ns = other_namespace(a->pid, "mnt");
}

void access_probe(pid_t pid, struct arena *arena, struct access *ret)
{
	*ret = (struct access){ .pid = pid };
	read_self(ret, arena);
	read_settings(ret);
	ret->container = container(arena);
	try_perf(ret);
	try_child(ret);
	ret->kernel_symbols = try_kernel_symbols();
	ret->debug_symbols = try_debug_symbols();
	try_cgroup(ret, arena);
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	ret->pidfd = fd >= 0 ? 0 : -errno;
	if (fd >= 0)
		close(fd);
	if (pid)
		try_target(ret);
}
