/* SPDX-License-Identifier: MIT */
/*
 * Reading /proc cheaply: one folder handle, one reused buffer, getdents for lists. A root other
 * than "/" gives the same view of a recorded tree, for tests.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

#include <sys/types.h>

struct procfs {
	int root_fd; /* "/" or the recorded tree */
	int fd;      /* its proc folder */
	bool live;   /* the real /proc of this machine */
	struct buf text;
	pid_t self; /* to be left out of lists; 0 when not live */
};

struct pid_list {
	pid_t *v;
	size_t n, cap;
};

int procfs_open(struct procfs *ret, const char *root, struct err *err);
void procfs_done(struct procfs *p);

/*
 * Whole content of a file below proc ("stat", "812/status") or, with a leading '/', below the root
 * ("/sys/fs/cgroup/cpu.max"). The span stays valid until the next read. Longer files than `max`
 * (0: 1 MiB) are cut there, which *ret_cut (may be NULL) tells.
 */
int procfs_read(struct procfs *p, const char *path, struct span *ret, struct err *err);
int procfs_read_max(struct procfs *p, const char *path, size_t max, struct span *ret, bool *ret_cut,
	struct err *err);
int procfs_read_pid(
	struct procfs *p, pid_t pid, const char *file, struct span *ret, struct err *err);
int procfs_read_task(struct procfs *p, pid_t pid, pid_t tid, const char *file, struct span *ret,
	struct err *err);
/* Target of a link below proc, NUL-ended and cut to size; negative errno. */
ssize_t procfs_readlink(struct procfs *p, const char *path, char *out, size_t size);
bool procfs_exists(struct procfs *p, const char *path);

/* Numeric entries of a folder ("" for the processes, "812/task", "812/fd"), ascending. */
int procfs_list(struct procfs *p, const char *dir, struct pid_list *ret, struct err *err);
/* Names in any folder below the root; calls visit until it returns false. */
int procfs_names(struct procfs *p, const char *dir, bool (*visit)(void *ctx, const char *name),
	void *ctx, struct err *err);
