/* SPDX-License-Identifier: MIT */
/* Reads /proc/kallsyms and perf maps. */
#include "collect/kernel_symbols.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define KALLSYMS_PATH "/proc/kallsyms"
#define MAX_KALLSYMS_BYTES ((size_t)128 << 20)
#define MAX_PERF_MAP_BYTES ((size_t)256 << 20)

static void read_now(struct kernel_symbols *k)
{
	if (file_read(KALLSYMS_PATH, MAX_KALLSYMS_BYTES, &k->text, NULL) == 0)
		k->shown = kallsyms_parse(&k->table, buf_span(&k->text));
}

static void *read_in_thread(void *arg)
{
	read_now(arg);
	return NULL;
}

void kernel_symbols_start(struct kernel_symbols *k)
{
	if (!k->read && !k->reading)
		k->reading = pthread_create(&k->thread, NULL, read_in_thread, k) == 0;
}

static void wait_for_thread(struct kernel_symbols *k)
{
	if (!k->reading)
		return;
	pthread_join(k->thread, NULL);
	k->reading = false;
	k->read = true;
}

const struct text_symbol *kernel_symbols_find(struct kernel_symbols *k, uint64_t addr)
{
	wait_for_thread(k);
	if (!k->read) {
		k->read = true;
		read_now(k);
	}
	return k->shown ? text_symbols_find(&k->table, addr) : NULL;
}

void kernel_symbols_done(struct kernel_symbols *k)
{
	wait_for_thread(k);
	text_symbols_done(&k->table);
	buf_done(&k->text);
}

/* The process's number in its innermost pid namespace: last number of NSpid. */
static int32_t namespace_pid(int32_t pid)
{
	char path[64];
	_cleanup_(buf_done) struct buf text = { 0 };
	struct span rest, line;
	int32_t last = pid;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (file_read(path, 65536, &text, NULL) < 0)
		return pid;
	for (rest = buf_span(&text); span_next_line(&rest, &line);) {
		if (!span_starts(line, "NSpid:"))
			continue;
		for (size_t i = 6, start = 6; i <= line.n; i++) {
			if (i < line.n && line.p[i] != '\t' && line.p[i] != ' ')
				continue;
			uint64_t v;

			if (span_parse_u64(span_sub(line, start, i - start), &v) && v <= INT32_MAX)
				last = (int32_t)v;
			start = i + 1;
		}
	}
	return last;
}

static bool try_map(struct perf_map *m, const char *path, uid_t owner)
{
	_cleanup_(fd_closep) int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	if ((st.st_uid != owner && st.st_uid != 0) || (uint64_t)st.st_size > MAX_PERF_MAP_BYTES)
		return false;
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (file_read(self, MAX_PERF_MAP_BYTES, &m->text, NULL) < 0)
		return false;
	perf_map_parse(&m->table, buf_span(&m->text));
	return true;
}

void perf_map_read(struct perf_map *ret, int32_t pid)
{
	char path[128];
	struct stat st;
	uid_t owner;

	*ret = (struct perf_map){ .pid = pid };
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	/* a process that has ended leaves its map behind; then it must be ours */
	owner = stat(path, &st) == 0 ? st.st_uid : geteuid();
	snprintf(path, sizeof(path), "/proc/%d/root/tmp/perf-%d.map", (int)pid,
		(int)namespace_pid(pid));
	if (try_map(ret, path, owner))
		return;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)pid);
	try_map(ret, path, owner);
}

void perf_map_done(struct perf_map *m)
{
	text_symbols_done(&m->table);
	buf_done(&m->text);
}
