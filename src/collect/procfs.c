/* SPDX-License-Identifier: MIT */
/* Cheap reading of /proc. */
#include "collect/procfs.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DEFAULT_MAX = 1 << 20, HARD_MAX = 64 << 20, LIST_MAX = 4 << 20 };

int procfs_open(struct procfs *ret, const char *root, struct err *err)
{
	struct procfs p = { .root_fd = -1, .fd = -1 };

	p.root_fd = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p.root_fd < 0)
		return fail(err, errno, "cannot open '%s': %m", root ? root : "/");
	p.fd = openat(p.root_fd, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p.fd < 0) {
		int r = fail(err, errno, "cannot open /proc: %m");

		close(p.root_fd);
		err_hint(err, "mount it: mount -t proc proc /proc");
		return r;
	}
	p.live = !root || strcmp(root, "/") == 0;
	p.self = p.live ? getpid() : 0;
	buf_init(&p.text, HARD_MAX);
	*ret = p;
	return 0;
}

void procfs_done(struct procfs *p)
{
	fd_closep(&p->fd);
	fd_closep(&p->root_fd);
	buf_done(&p->text);
}

/* Absolute paths start at the root of the tree. */
static int base_of(const struct procfs *p, const char **path)
{
	if (**path != '/')
		return p->fd;
	while (**path == '/')
		(*path)++;
	return p->root_fd;
}

static int open_below(struct procfs *p, const char *path, int flags)
{
	const char *rest = path;
	int dir = base_of(p, &rest);

	return openat(dir, *rest ? rest : ".", flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int procfs_read_max(struct procfs *p, const char *path, size_t max, struct span *ret, bool *ret_cut,
	struct err *err)
{
	_cleanup_(fd_closep) int fd = open_below(p, path, O_RDONLY);
	char chunk[16384];
	bool cut = false;

	if (fd < 0)
		return fail(err, errno, "cannot open '%s': %m", path);
	if (max == 0)
		max = DEFAULT_MAX;
	buf_clear(&p->text);
	while (!cut) {
		ssize_t r = read(fd, chunk, sizeof(chunk));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return fail(err, errno, "cannot read '%s': %m", path);
		if (r == 0)
			break;
		cut = p->text.n + (size_t)r > max;
		buf_add(&p->text, chunk, cut ? max - p->text.n : (size_t)r);
	}
	if (ret_cut)
		*ret_cut = cut;
	*ret = buf_span(&p->text);
	return 0;
}

int procfs_read(struct procfs *p, const char *path, struct span *ret, struct err *err)
{
	return procfs_read_max(p, path, 0, ret, NULL, err);
}

int procfs_read_pid(
	struct procfs *p, pid_t pid, const char *file, struct span *ret, struct err *err)
{
	char path[128];

	snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
	return procfs_read(p, path, ret, err);
}

int procfs_read_task(
	struct procfs *p, pid_t pid, pid_t tid, const char *file, struct span *ret, struct err *err)
{
	char path[128];

	snprintf(path, sizeof(path), "%d/task/%d/%s", (int)pid, (int)tid, file);
	return procfs_read(p, path, ret, err);
}

ssize_t procfs_readlink(struct procfs *p, const char *path, char *out, size_t size)
{
	const char *rest = path;
	int dir = base_of(p, &rest);
	ssize_t n = readlinkat(dir, rest, out, size - 1);

	if (n < 0)
		return -errno;
	out[n] = '\0';
	return n;
}

bool procfs_exists(struct procfs *p, const char *path)
{
	const char *rest = path;
	int dir = base_of(p, &rest);

	return faccessat(dir, *rest ? rest : ".", F_OK, 0) == 0;
}

/* glibc 2.36 has getdents64(); called directly with a large buffer to spare system calls. */
int procfs_names(struct procfs *p, const char *dir, bool (*visit)(void *ctx, const char *name),
	void *ctx, struct err *err)
{
	_cleanup_(fd_closep) int fd = open_below(p, dir, O_RDONLY | O_DIRECTORY);
	_cleanup_(freep) char *block = NULL;
	enum { BLOCK = 64 << 10 };

	if (fd < 0)
		return fail(err, errno, "cannot open '%s': %m", *dir ? dir : "/proc");
	block = xmalloc(BLOCK);
	for (;;) {
		ssize_t n = getdents64(fd, block, BLOCK);

		if (n < 0)
			return fail(err, errno, "cannot list '%s': %m", *dir ? dir : "/proc");
		if (n == 0)
			return 0;
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *e = (const void *)(block + at);

			at += e->d_reclen;
			if (e->d_name[0] != '.' && !visit(ctx, e->d_name))
				return 0;
		}
	}
}

static bool add_number(void *ctx, const char *name)
{
	struct pid_list *list = ctx;
	uint64_t v;

	if (span_parse_u64(span_str(name), &v) && v <= INT32_MAX)
		*vec_push(list) = (pid_t)v;
	return list->n < LIST_MAX;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

int procfs_list(struct procfs *p, const char *dir, struct pid_list *ret, struct err *err)
{
	ret->n = 0;
	int r = procfs_names(p, dir, add_number, ret, err);

	if (r == 0 && ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare_pids);
	return r;
}
