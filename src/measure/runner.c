/* SPDX-License-Identifier: MIT */
/* The near end of the launcher: sends requests, drains output, waits for answers. */
#include "measure/runner.h"

#include "base/alloc.h"
#include "base/file.h"
#include "measure/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct runner {
	pid_t launcher;
	int fd, drain_fd; /* drain_fd -1: nothing to drain */
	size_t n_argvs;
	const char *const *const *argvs;
	bool (*interrupted)(void);
	uint64_t rss_floor_bytes;
};

static int open_output(enum run_output output, int *ret_out, int *ret_drain, struct err *err)
{
	int pipe_fds[2];

	*ret_drain = -1;
	if (output == OUTPUT_PIPE) {
		if (pipe2(pipe_fds, O_CLOEXEC) < 0)
			return fail(err, errno, "cannot make a pipe: %m");
		fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
		*ret_out = pipe_fds[1];
		*ret_drain = pipe_fds[0];
		return 0;
	}
	*ret_out = output == OUTPUT_INHERIT ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
					    : open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (*ret_out < 0)
		return fail(err, errno, "cannot open the output for the command: %m");
	return 0;
}

int runner_start(const struct runner_opts *opts, struct runner **ret, struct err *err)
{
	int out = -1, drain = -1, pair[2];
	int r = open_output(opts->output, &out, &drain, err);

	if (r == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		r = fail(err, errno, "cannot make a socket pair: %m");
	if (r < 0) {
		fd_closep(&out);
		fd_closep(&drain);
		return r;
	}
	pid_t pid = fork();

	if (pid == 0) {
		close(pair[0]);
		launcher_main(pair[1], out, opts->argvs);
	}
	if (pid < 0)
		r = fail(err, errno, "cannot start the launcher: %m");
	close(pair[1]);
	close(out);
	if (pid < 0) {
		close(pair[0]);
		fd_closep(&drain);
		return r;
	}
	*ret = xcalloc(1, sizeof(**ret));
	**ret = (struct runner){ .launcher = pid,
		.fd = pair[0],
		.drain_fd = drain,
		.n_argvs = opts->n_argvs,
		.argvs = opts->argvs,
		.interrupted = opts->interrupted };
	return 0;
}

static void drain(struct runner *r)
{
	char scratch[65536];

	while (read(r->drain_fd, scratch, sizeof(scratch)) > 0)
		;
}

/* Waits for the launcher's answer, emptying the pipe meanwhile. */
static int wait_reply(struct runner *r, struct launch_reply *ret, struct err *err)
{
	for (;;) {
		struct pollfd p[2] = { { .fd = r->fd, .events = POLLIN },
			{ .fd = r->drain_fd, .events = POLLIN } };

		if (r->interrupted && r->interrupted())
			return fail(err, EINTR, "interrupted");
		/* the time-out closes the gap between the question above and the sleep */
		if (poll(p, r->drain_fd >= 0 ? 2 : 1, 200) < 0) {
			if (errno == EINTR)
				continue;
			return fail(err, errno, "cannot wait for the launcher: %m");
		}
		if (p[1].revents & POLLIN)
			drain(r);
		if (!p[0].revents)
			continue;
		if (recv(r->fd, ret, sizeof(*ret), 0) == (ssize_t)sizeof(*ret))
			return 0;
		return fail(err, ECHILD, "the launcher process has ended");
	}
}

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void fill(
	struct run_result *ret, const struct launch_reply *y, size_t index, unsigned pad_bytes)
{
	*ret = (struct run_result){
		.timed_out = y->timed_out,
		.run = {
			.command = (unsigned)index,
			.wall_s = (double)y->wall_ns / 1e9,
			.user_s = seconds_of(y->usage.ru_utime),
			.sys_s = seconds_of(y->usage.ru_stime),
			.max_rss_bytes = (uint64_t)y->usage.ru_maxrss * 1024, /* Linux gives KiB */
			.minor_faults = (uint64_t)y->usage.ru_minflt,
			.major_faults = (uint64_t)y->usage.ru_majflt,
			.voluntary_switches = (uint64_t)y->usage.ru_nvcsw,
			.involuntary_switches = (uint64_t)y->usage.ru_nivcsw,
			.exit_code = WIFEXITED(y->status) ? WEXITSTATUS(y->status) : -1,
			.signal = WIFSIGNALED(y->status) ? WTERMSIG(y->status) : 0,
			.pad_bytes = pad_bytes,
		},
	};
}

int runner_run(struct runner *r, size_t index, unsigned pad_bytes, double timeout_s,
	struct run_result *ret, struct err *err)
{
	struct launch_request q = { .index = (uint32_t)index,
		.pad_bytes = pad_bytes,
		.timeout_us = timeout_s > 0 ? (uint64_t)(timeout_s * 1e6) + 1 : 0 };
	struct launch_reply y;

	if (index >= r->n_argvs)
		BUG("no command %zu", index);
	if (send(r->fd, &q, sizeof(q), MSG_NOSIGNAL) < 0)
		return fail(err, errno, "the launcher process has ended");
	int rc = wait_reply(r, &y, err);

	if (rc < 0)
		return rc;
	if (r->drain_fd >= 0)
		drain(r);
	if (y.error) {
		fail(err, y.error, "cannot run '%s': %s", r->argvs[index][0], strerror(y.error));
		if (y.error == ENOEXEC)
			err_hint(err, "a script needs a first line such as #!/bin/sh");
		return -y.error;
	}
	r->rss_floor_bytes = y.own_peak_bytes; /* shrinks after the first two runs */
	fill(ret, &y, index, pad_bytes);
	return 0;
}

uint64_t runner_rss_floor_bytes(const struct runner *r)
{
	return r->rss_floor_bytes;
}

void runner_stop(struct runner *r)
{
	if (!r)
		return;
	kill(r->launcher, SIGTERM); /* it ends the command that may still run */
	while (waitpid(r->launcher, NULL, 0) < 0 && errno == EINTR)
		;
	close(r->fd);
	fd_closep(&r->drain_fd);
	free(r);
}
