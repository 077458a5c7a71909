/* SPDX-License-Identifier: MIT */
/* Our side of the allocation channel. */
#include "collect/alloc_channel.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LIBRARY "libperfops-alloc.so"

static char *link_name(struct arena *a, const char *scratch)
{
	return path_join(a, scratch, "alloc");
}

/*
 * A process with more rights than the target (file capabilities) is closed to it, /proc/PID/fd
 * included: then it is a file, which the scratch folder's guard removes.
 */
static int make_file(const char *name, struct err *err)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : fail(err, errno, "cannot create '%s': %m", name);
}

static int make_memory(const char *name, struct err *err)
{
	char path[64];
	int fd = memfd_create("perf-ops-alloc", MFD_CLOEXEC);

	if (fd < 0)
		return fail(err, errno, "cannot create a memory file: %m");
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	if (symlink(path, name) < 0) {
		int e = errno;

		close(fd);
		return fail(err, e, "cannot create '%s': %m", name);
	}
	return fd;
}

int alloc_channel_make(const char *scratch, uint64_t mean_bytes, struct arena *a,
	const char **ret_path, struct err *err)
{
	const char *name = link_name(a, scratch);
	bool reserve = prctl(PR_GET_DUMPABLE) != 1;
	struct alloc_control first = {
		.magic = ALLOC_MAGIC, .reserve = reserve, .mean_bytes = mean_bytes
	};
	int fd = reserve ? make_file(name, err) : make_memory(name, err);

	if (fd < 0)
		return fd;
	if (pwrite(fd, &first, sizeof(first), 0) != (ssize_t)sizeof(first) ||
		ftruncate(fd, ALLOC_CHANNEL_BYTES) < 0) {
		int e = errno;

		close(fd);
		unlink(name);
		return fail(err, e, "cannot make room for allocation samples: %m");
	}
	*ret_path = name;
	/* a memory file lives by its descriptor, which alloc_channel_open takes over */
	if (reserve)
		close(fd);
	return 0;
}

/* The descriptor that alloc_channel_make left open, by the link's own text. */
static int take_over(const char *name)
{
	char to[64], ours[64];
	ssize_t n = readlink(name, to, sizeof(to) - 1);
	int fd;

	if (n <= 0)
		return open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	to[n] = '\0';

	const char *number = strrchr(to, '/');

	if (!number || sscanf(number + 1, "%d", &fd) != 1)
		return -1;
	snprintf(ours, sizeof(ours), "/proc/%d/fd/%d", (int)getpid(), fd);
	return strcmp(ours, to) == 0 ? fd : -1;
}

int alloc_channel_open(struct alloc_channel *ret, const char *scratch, struct err *err)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const char *name = link_name(&a, scratch);
	int fd = take_over(name);

	if (fd < 0)
		return -ENOENT;
	uint8_t *p = mmap(NULL, ALLOC_CHANNEL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED) {
		int e = errno;

		close(fd);
		return fail(err, e, "cannot map the allocation samples: %m");
	}
	*ret = (struct alloc_channel){ .fd = fd, .base = p, .control = (struct alloc_control *)p };
	return 0;
}

struct alloc_slot *alloc_channel_slot(const struct alloc_channel *c, unsigned i)
{
	return (struct alloc_slot *)(c->base + alloc_slot_offset(i));
}

void alloc_channel_release(struct alloc_channel *c, unsigned i)
{
	/* reads as zeroes again, and gives the memory back */
	fallocate(c->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)alloc_slot_offset(i),
		sizeof(struct alloc_slot));
	__atomic_store_n(&c->control->owner[i], 0, __ATOMIC_RELEASE);
}

void alloc_channel_close(struct alloc_channel *c)
{
	if (!c->base)
		return;
	__atomic_store_n(&c->control->stop, 1, __ATOMIC_RELEASE);
	munmap(c->base, ALLOC_CHANNEL_BYTES);
	close(c->fd);
	*c = (struct alloc_channel){ .fd = -1 };
}

const char *alloc_library_path(struct arena *a)
{
	static const char *const below[] = { "src/preload/" LIBRARY,
		PERF_OPS_LIBDIR_FROM_BIN "/" LIBRARY };
	const char *dir = getenv("PERF_OPS_LIBDIR");
	char exe[PATH_MAX];

	if (dir && *dir) {
		const char *path = path_join(a, dir, LIBRARY);

		return path[0] == '/' && access(path, R_OK) == 0 ? path : NULL;
	}
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	for (size_t i = 0; i < ARRAY_LEN(below); i++) {
		const char *path = path_join(a, exe, below[i]);

		if (access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}
