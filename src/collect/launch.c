/* SPDX-License-Identifier: MIT */
/* Launching a command that waits until it is watched. */
#include "collect/launch.h"

#include "base/clock.h"
#include "base/exit_code.h"
#include "base/file.h"
#include "collect/task_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE_MS = 2000 };

void launch_change_add(
	struct launch_change *c, const char *name, const char *value, const char *join)
{
	*vec_push(&c->variables) = (struct launch_variable){
		.name = arena_strdup(&c->arena, name),
		.value = arena_strdup(&c->arena, value),
		.join = join ? arena_strdup(&c->arena, join) : NULL,
	};
}

void launch_change_done(struct launch_change *c)
{
	vec_done(&c->variables);
	arena_done(&c->arena);
}

static void set_variables(const struct launch_change *change)
{
	vec_foreach (v, &change->variables) {
		const char *old = getenv(v->name);

		if (v->join && old && *old) {
			char *joined = xasprintf("%s%s%s", old, v->join, v->value);

			setenv(v->name, joined, 1);
			free(joined);
		} else {
			setenv(v->name, v->value, 1);
		}
	}
}

_Noreturn static void child(const char *const *argv, int child_stdout,
	const struct launch_change *change, int go, int report)
{
	char c;

	/* perf-ops ignores SIGPIPE, and exec would pass that on: 'yes | head' must end as it does
	 * alone */
	signal(SIGPIPE, SIG_DFL);
	if (child_stdout >= 0)
		dup2(child_stdout, STDOUT_FILENO);
	if (change)
		set_variables(change);
	/* end of file means the parent gave up or died: then nothing is to be started */
	while (read(go, &c, 1) != 1)
		if (errno != EINTR)
			_exit(127);
	execvp(argv[0], (char *const *)(uintptr_t)argv);

	int e = errno;

	if (write(report, &e, sizeof(e)) < 0)
		_exit(126);
	_exit(127);
}

int launch_start(struct launched *l, const char *const *argv, int child_stdout,
	const struct launch_change *change, struct err *err)
{
	_cleanup_(fd_closep) int go_read = -1;
	_cleanup_(fd_closep) int report_write = -1;
	int go[2], report[2];

	*l = (struct launched){ .pidfd = -1, .go_fd = -1, .exec_error_fd = -1 };
	if (pipe2(go, O_CLOEXEC) < 0)
		return fail(err, errno, "cannot create a pipe: %m");
	go_read = go[0];
	l->go_fd = go[1];
	if (pipe2(report, O_CLOEXEC) < 0)
		return fail(err, errno, "cannot create a pipe: %m");
	l->exec_error_fd = report[0];
	report_write = report[1];

	pid_t pid = fork();

	if (pid < 0)
		return fail(err, errno, "cannot start a process: %m");
	if (pid == 0) {
		close(l->go_fd);
		close(l->exec_error_fd);
		child(argv, child_stdout, change, go_read, report_write);
	}
	l->pid = pid;
	l->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return 0;
}

int launch_go(struct launched *l, const char *const *argv, struct err *err)
{
	int e = 0;
	ssize_t n;

	n = write(l->go_fd, "g", 1);
	fd_closep(&l->go_fd);
	do
		n = read(l->exec_error_fd, &e, sizeof(e));
	while (n < 0 && errno == EINTR);
	fd_closep(&l->exec_error_fd);
	if (n != (ssize_t)sizeof(e))
		return 0;
	l->traced = false;
	launch_stop(l);
	errno = e;
	fail(err, e, "cannot run '%s': %m", argv[0]);
	if (err)
		err->exit_code = EXIT_NOT_MEASURED;
	return -e;
}

bool launch_ended(struct launched *l)
{
	if (!l->reaped && !l->traced && l->pid > 0 &&
		wait4(l->pid, &l->status, WNOHANG, &l->usage) == l->pid)
		l->reaped = true;
	return l->reaped;
}

/* Processes below the child: a shell's commands must not stay behind when the shell is ended. */
static void signal_descendants(const struct task_list *tasks, pid_t child, int sig)
{
	vec_foreach (t, &tasks->v)
		if (t->pid == t->tid && t->pid != child)
			kill(t->pid, sig);
}

void launch_stop(struct launched *l)
{
	struct task_list tasks = { 0 };

	if (l->pid <= 0 || launch_ended(l))
		return;
	task_list_add_tree(&tasks, l->pid);
	kill(l->pid, SIGTERM);
	signal_descendants(&tasks, l->pid, SIGTERM);
	for (int waited = 0; waited < GRACE_MS && !launch_ended(l); waited += 5)
		sleep_ns(5000000);
	if (!l->reaped) {
		kill(l->pid, SIGKILL);
		signal_descendants(&tasks, l->pid, SIGKILL);
		while (wait4(l->pid, &l->status, 0, &l->usage) < 0 && errno == EINTR)
			;
		l->reaped = true;
	}
	task_list_done(&tasks);
}

void launch_done(struct launched *l)
{
	fd_closep(&l->go_fd); /* a child still waiting ends by itself */
	fd_closep(&l->exec_error_fd);
	launch_stop(l);
	fd_closep(&l->pidfd);
}
