/* SPDX-License-Identifier: MIT */
/* External programs with deadlines: one poll loop serves any number of children. */
#include "base/spawn.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
	pid_t pid; /* 0: not running (any more) */
	int fd[3]; /* our ends: stdin, stdout, stderr; -1 when closed */
	struct span input;
	size_t max_output;
	bool stop_when_full;
	uint64_t deadline_ns; /* 0: none */
	uint64_t start_ns;
	struct spawn_result *res;
};

static void close_all(int *fds, int n)
{
	for (int i = 0; i < n; i++)
		fd_closep(&fds[i]);
}

/* Runs in the child: only async-signal-safe calls until exec. */
static _Noreturn void exec_child(
	const struct spawn_opts *o, int in, int out, int err, int status_fd)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0 &&
		(!o->cwd || chdir(o->cwd) == 0)) {
		char *const *argv = (char *const *)(uintptr_t)o->argv;

		if (o->envp)
			execvpe(argv[0], argv, (char *const *)(uintptr_t)o->envp);
		else
			execvp(argv[0], argv);
	}
	int e = errno;
	ssize_t r = write(status_fd, &e, sizeof(e));

	(void)r;
	_exit(127);
}

static int start(struct child *c, const struct spawn_opts *o, struct err *err)
{
	int p[8] = { -1, -1, -1, -1, -1, -1, -1, -1 }; /* in r/w, out r/w, err r/w, status r/w */

	for (int i = 0; i < 8; i += 2) {
		if (pipe2(p + i, O_CLOEXEC) < 0) {
			int r = fail(err, errno, "cannot create a pipe: %m");

			close_all(p, 8);
			return r;
		}
	}
	c->start_ns = clock_mono_ns();
	pid_t pid = fork();

	if (pid < 0) {
		int r = fail(err, errno, "cannot start '%s': %m", o->argv[0]);

		close_all(p, 8);
		return r;
	}
	if (pid == 0)
		exec_child(o, p[0], p[3], p[5], p[7]);
	setpgid(pid, pid);
	fd_closep(&p[0]);
	fd_closep(&p[3]);
	fd_closep(&p[5]);
	fd_closep(&p[7]);
	int e = 0;
	ssize_t got;

	do
		got = read(p[6], &e, sizeof(e));
	while (got < 0 && errno == EINTR);
	fd_closep(&p[6]);
	if (got == (ssize_t)sizeof(e)) {
		waitpid(pid, NULL, 0);
		close_all(p, 8);
		errno = e;
		return fail(err, e, "cannot run '%s': %m", o->argv[0]);
	}
	c->pid = pid;
	c->fd[0] = p[1];
	c->fd[1] = p[2];
	c->fd[2] = p[4];
	for (int i = 0; i < 3; i++)
		fcntl(c->fd[i], F_SETFL, O_NONBLOCK);
	c->input = o->input;
	c->max_output = o->max_output ? o->max_output : 1 << 20;
	c->stop_when_full = o->stop_when_full;
	c->deadline_ns = o->timeout_ns ? c->start_ns + o->timeout_ns : 0;
	if (!c->input.n)
		fd_closep(&c->fd[0]);
	return 0;
}

static void feed(struct child *c)
{
	ssize_t r = write(c->fd[0], c->input.p, c->input.n);

	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r > 0) {
		c->input.p += r;
		c->input.n -= (size_t)r;
	}
	if (r < 0 || c->input.n == 0)
		fd_closep(&c->fd[0]);
}

static void drain(struct child *c, int which)
{
	char chunk[16384];
	struct buf *b = which == 1 ? &c->res->out : &c->res->err;
	ssize_t r = read(c->fd[which], chunk, sizeof(chunk));

	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r <= 0) {
		fd_closep(&c->fd[which]);
		return;
	}
	size_t room = c->max_output > b->n ? c->max_output - b->n : 0;

	buf_add(b, chunk, MIN((size_t)r, room));
}

static void reap(struct child *c, int status)
{
	c->res->wall_ns = clock_mono_ns() - c->start_ns;
	c->res->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	c->res->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	close_all(c->fd, 3);
	c->pid = 0;
}

/* True while the child still needs attention. */
static bool tend(struct child *c)
{
	if (!c->pid)
		return false;
	int status;
	/* grandchildren may hold the pipes open: the child's own end decides, after a last drain */
	pid_t r = waitpid(c->pid, &status, WNOHANG);

	if (r == c->pid) {
		pid_t group = c->pid;

		for (int i = 1; i <= 2; i++)
			for (int k = 0; k < 64 && c->fd[i] >= 0; k++)
				drain(c, i);
		reap(c, status);
		kill(-group, SIGKILL);
		return false;
	}
	bool full = c->stop_when_full && MAX(c->res->out.n, c->res->err.n) >= c->max_output;

	if (full || (c->deadline_ns && clock_mono_ns() >= c->deadline_ns)) {
		pid_t pid = c->pid;

		c->res->timed_out = !full;
		c->res->stopped_full = full;
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		reap(c, status);
		return false;
	}
	return true;
}

static void poll_children(struct child *cs, size_t n)
{
	struct pollfd *pf = xcalloc(n * 3, sizeof(*pf));

	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < 3; k++)
			pf[i * 3 + (size_t)k] = (struct pollfd){ .fd = cs[i].pid ? cs[i].fd[k] : -1,
				.events = k == 0 ? POLLOUT : POLLIN };
	poll(pf, n * 3, 5);
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < 3; k++) {
			if (!pf[i * 3 + (size_t)k].revents || cs[i].fd[k] < 0)
				continue;
			if (k == 0)
				feed(&cs[i]);
			else
				drain(&cs[i], k);
		}
	}
	free(pf);
}

void spawn_run_all(const struct spawn_opts *opts, size_t n, struct spawn_result *results, int *rc)
{
	struct child *cs = xcalloc(n, sizeof(*cs));
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;

	sigaction(SIGPIPE, &ignore, &old);
	for (size_t i = 0; i < n; i++) {
		results[i] = (struct spawn_result){ .exit_code = -1 };
		cs[i] = (struct child){ .fd = { -1, -1, -1 }, .res = &results[i] };
		rc[i] = start(&cs[i], &opts[i], NULL);
	}
	for (bool busy = true; busy;) {
		poll_children(cs, n);
		busy = false;
		for (size_t i = 0; i < n; i++)
			busy |= tend(&cs[i]);
	}
	sigaction(SIGPIPE, &old, NULL);
	free(cs);
}

int spawn_run(const struct spawn_opts *opts, struct spawn_result *ret, struct err *err)
{
	int rc;

	spawn_run_all(opts, 1, ret, &rc);
	if (rc < 0) {
		errno = -rc;
		return fail(err, rc, "cannot run '%s': %m", opts->argv[0]);
	}
	return 0;
}

void spawn_result_done(struct spawn_result *r)
{
	buf_done(&r->out);
	buf_done(&r->err);
}
