/* SPDX-License-Identifier: MIT */
/* Finding and reading the pages of net/http/pprof. */
#include "collect/go_door.h"

#include "base/file.h"
#include "collect/http_get.h"
#include "collect/sockets.h"
#include "collect/task_tree.h"
#include "parse/decompress.h"
#include "parse/format.h"
#include "parse/pclntab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PORTS = 16, MAX_PAGE = 64 << 20, MAX_INDEX = 1 << 20 };
static const uint64_t INDEX_NS = 500000000, PAGE_NS = 5000000000;

static bool is_go(pid_t pid)
{
	struct file_map map;
	struct elf_image elf;
	struct go_build build;
	char path[64];
	bool yes = false;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (file_map_open(&map, path, (size_t)1 << 32, NULL) < 0)
		return false;
	if (elf_image_init(&elf, map.s, NULL) == 0) {
		yes = go_build_read(&build, &elf);
		if (yes)
			go_build_done(&build);
		elf_image_done(&elf);
	}
	file_map_done(&map);
	return yes;
}

/* The index page names the profiles (net/http/pprof, func Index). */
static bool has_pages(pid_t pid, uint16_t port)
{
	_cleanup_(buf_done) struct buf page = { 0 };
	unsigned status = 0;

	if (http_get(pid, port, "/debug/pprof/", INDEX_NS, MAX_INDEX, &status, &page, NULL) < 0)
		return false;
	return status == 200 && strstr(buf_cstr(&page), "goroutine?debug=") &&
		strstr(buf_cstr(&page), "heap?debug=");
}

static bool try_ports(
	struct procfs *proc, pid_t pid, struct go_doors_tried *tried, struct go_door *ret)
{
	struct arena a = { 0 };
	struct caveats ignored = { 0 };
	struct process_sockets s = { 0 };
	bool found = false, fresh;

	process_sockets_take(proc, pid, &a, &ignored, &s);
	for (size_t i = 0; i < s.n_listening && i < MAX_PORTS && !found; i++) {
		map_u64_put(&tried->v, (uint64_t)(uint32_t)pid << 16 | s.listening[i], &fresh);
		found = fresh && has_pages(pid, s.listening[i]);
		if (found)
			*ret = (struct go_door){ .pid = pid, .port = s.listening[i] };
	}
	arena_done(&a);
	return found;
}

bool go_door_find(pid_t pid, struct go_doors_tried *tried, struct go_door *ret)
{
	struct task_list tasks = { 0 };
	struct procfs proc;
	bool found = false;
	pid_t last = 0;

	if (procfs_open(&proc, "/", NULL) < 0)
		return false;
	task_list_add_tree(&tasks, pid);
	for (size_t i = 0; i < tasks.v.n && !found; i++) {
		pid_t p = tasks.v.v[i].pid;

		if (p == last || !is_go(p))
			continue;
		last = p;
		found = try_ports(&proc, p, tried, ret);
	}
	task_list_done(&tasks);
	procfs_done(&proc);
	return found;
}

static int read_profile(struct span bytes, struct profile **ret, struct err *err)
{
	struct profile_set set = { 0 };
	struct byte_stream in, plain;
	struct decompress d = { 0 };

	byte_stream_init_span(&in, &bytes);
	int r = decompress_open(&d, &in, &plain, err);

	if (r == 0) {
		r = pprof_format.read(&plain, &(struct format_env){ .name = "pprof" }, &set, err);
		byte_stream_done(&plain);
		decompress_done(&d);
	}
	byte_stream_done(&in);
	if (r == 0 && set.v.n == 0)
		r = -ENODATA;
	if (r == 0) {
		*ret = set.v.v[0];
		set.v.v[0] = NULL;
	}
	profile_set_done(&set);
	return r;
}

int go_door_read(const struct go_door *d, const char *page, struct profile **ret, struct err *err)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	unsigned status = 0;
	char path[64];

	snprintf(path, sizeof(path), "/debug/pprof/%s", page);
	int r = http_get(d->pid, d->port, path, PAGE_NS, MAX_PAGE, &status, &b, err);

	if (r < 0)
		return r;
	if (status != 200)
		return fail(err, EPROTO, "%s on port %u answered with status %u", path, d->port,
			status);
	return read_profile(buf_span(&b), ret, err);
}

int go_door_begin_cpu(const struct go_door *d, unsigned seconds, struct err *err)
{
	char path[64];
	int fd = http_connect(d->pid, d->port, err);

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/debug/pprof/profile?seconds=%u", seconds);
	int r = http_send_get(fd, path, err);

	if (r == 0)
		return fd;
	close(fd);
	return r;
}

int go_door_end_cpu(int fd, uint64_t timeout_ns, struct profile **ret, struct err *err)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	unsigned status = 0;
	int r = http_receive(fd, timeout_ns, MAX_PAGE, &status, &b, err);

	close(fd);
	if (r < 0)
		return r;
	if (status != 200) /* "Could not enable CPU profiling: cpu profiling already in use" */
		return fail(err, EBUSY, "the program's own CPU profile could not be taken: %.*s",
			(int)MIN(span_trim(buf_span(&b)).n, (size_t)200), buf_cstr(&b));
	return read_profile(buf_span(&b), ret, err);
}
