/* SPDX-License-Identifier: MIT */
/* The folder of an observation and the guard that removes it. */
#include "collect/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_DEPTH = 8 };

/* Everything below, links themselves and not what they lead to. */
static void remove_below(int dirfd, const char *name, int depth)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		unlinkat(dirfd, name, 0);
		return;
	}
	while (depth < MAX_DEPTH && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, e->d_name, 0) < 0)
			remove_below(fd, e->d_name, depth + 1);
	}
	closedir(d);
	unlinkat(dirfd, name, AT_REMOVEDIR);
}

/*
 * Waits until the other end of the pipe is closed. It keeps no other descriptor open (a reader of
 * our output must see its end), and no signal to our group ends it early.
 */
_Noreturn static void guard_main(int fd, const char *path)
{
	char c;
	ssize_t n;

	setsid();
	prctl(PR_SET_NAME, "perf-ops guard");
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (fd != 0)
		dup2(fd, 0);
	syscall(SYS_close_range, 1u, ~0u, 0u);
	do
		n = read(0, &c, 1);
	while (n < 0 && errno == EINTR);
	remove_below(AT_FDCWD, path, 0);
	_exit(0);
}

int scratch_open(struct scratch *s, struct err *err)
{
	int fds[2];

	*s = (struct scratch){ .guard_fd = -1 };
	snprintf(s->path, sizeof(s->path), "/tmp/perf-ops-%d-XXXXXX", (int)getpid());
	if (!mkdtemp(s->path)) {
		int e = errno;

		s->path[0] = '\0';
		return fail(err, e, "cannot create a folder in /tmp: %m");
	}
	if (pipe2(fds, O_CLOEXEC) < 0) {
		int e = errno;

		rmdir(s->path);
		s->path[0] = '\0';
		return fail(err, e, "cannot create a pipe: %m");
	}
	s->guard = fork();
	if (s->guard == 0) {
		close(fds[1]);
		guard_main(fds[0], s->path);
	}
	close(fds[0]);
	s->guard_fd = fds[1];
	return 0;
}

void scratch_close(struct scratch *s)
{
	if (!s->path[0])
		return;
	close(s->guard_fd);
	if (s->guard > 0)
		while (waitpid(s->guard, NULL, 0) < 0 && errno == EINTR)
			;
	remove_below(AT_FDCWD, s->path, 0); /* where the guard could not be started */
	*s = (struct scratch){ .guard_fd = -1 };
}
