/* SPDX-License-Identifier: MIT */
/* Paths and whole files. */
#include "base/file.h"

#include "base/alloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void dir_closep(void *dirp)
{
	DIR **d = dirp;

	if (*d)
		closedir(*d);
	*d = NULL;
}

char *path_join(struct arena *a, const char *dir, const char *name)
{
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	while (*name == '/')
		name++;
	if (n == 0)
		return arena_strdup(a, name);
	return arena_printf(a, "%.*s%s%s", (int)n, dir, dir[n - 1] == '/' ? "" : "/", name);
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *path_ext(const char *path)
{
	const char *base = path_base(path), *dot = strrchr(base, '.');

	return dot && dot != base ? dot + 1 : "";
}

bool path_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool path_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int path_make_dirs(const char *path, struct err *err)
{
	_cleanup_(freep) char *copy = xstrdup(path);

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return fail(err, errno, "cannot create folder '%s': %m", copy);
		*p = '/';
	}
	if (mkdir(copy, 0700) < 0 && errno != EEXIST)
		return fail(err, errno, "cannot create folder '%s': %m", copy);
	return 0;
}

int file_read_at(int dirfd, const char *path, size_t max, struct buf *ret, struct err *err)
{
	_cleanup_(fd_closep) int fd =
		openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fail(err, errno, "cannot open '%s': %m", path);
	char chunk[16384];
	size_t total = 0;

	for (;;) {
		ssize_t r = read(fd, chunk, sizeof(chunk));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return fail(err, errno, "cannot read '%s': %m", path);
		if (r == 0)
			return 0;
		total += (size_t)r;
		if (total > max)
			return fail(err, EFBIG, "'%s' is larger than %zu bytes", path, max);
		buf_add(ret, chunk, (size_t)r);
	}
}

int file_read(const char *path, size_t max, struct buf *ret, struct err *err)
{
	return file_read_at(AT_FDCWD, path, max, ret, err);
}

static int write_all(int fd, struct span data)
{
	while (data.n) {
		ssize_t r = write(fd, data.p, data.n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		data.p += r;
		data.n -= (size_t)r;
	}
	return 0;
}

int file_write_atomic(const char *path, struct span data, mode_t mode, struct err *err)
{
	_cleanup_(freep) char *tmp = xasprintf("%s.tmp-%d", path, (int)getpid());
	_cleanup_(fd_closep) int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0)
		return fail(err, errno, "cannot create '%s': %m", tmp);
	int r = write_all(fd, data);

	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r < 0) {
		unlink(tmp);
		errno = -r;
		return fail(err, r, "cannot write '%s': %m", path);
	}
	return 0;
}

int file_map_open(struct file_map *ret, const char *path, size_t max, struct err *err)
{
	_cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, errno, "cannot open '%s': %m", path);
	if (!S_ISREG(st.st_mode))
		return fail(err, EINVAL, "'%s' is not a regular file", path);
	if ((uint64_t)st.st_size > max)
		return fail(err, EFBIG, "'%s' is larger than %zu bytes", path, max);
	if (st.st_size == 0) {
		*ret = (struct file_map){ 0 };
		return 0;
	}
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		return fail(err, errno, "cannot map '%s': %m", path);
	ret->s = span_of(p, (size_t)st.st_size);
	return 0;
}

void file_map_done(struct file_map *m)
{
	if (m && m->s.p)
		munmap((void *)(uintptr_t)m->s.p, m->s.n);
	if (m)
		m->s = (struct span){ 0 };
}
