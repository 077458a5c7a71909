/* SPDX-License-Identifier: MIT */
/* vfork, exec, wait4, and nothing else, in a process that stays small. */
#include "measure/launcher.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "measure/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static volatile sig_atomic_t child, timed_out;

static void on_alarm(int sig)
{
	(void)sig;
	timed_out = 1;
	if (child > 0)
		kill(-child, SIGKILL);
}

static void on_end(int sig)
{
	(void)sig;
	if (child > 0)
		kill(-child, SIGKILL);
	_exit(0);
}

static void on_ignored(int sig)
{
	(void)sig; /* a handler, not SIG_IGN: that would be inherited through exec */
}

static void set_signals(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	sigset_t none;

	sigemptyset(&sa.sa_mask);
	sigaction(SIGALRM, &sa, NULL);
	sa.sa_handler = on_end;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = on_ignored;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGQUIT, &sa, NULL);
	sa.sa_handler = SIG_DFL;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static void set_timer(uint64_t us)
{
	struct itimerval t = { .it_value = {
				       (time_t)(us / 1000000), (suseconds_t)(us % 1000000) } };

	setitimer(ITIMER_REAL, &t, NULL);
}

/* Shares our memory until exec: sets nothing but the reported errno. */
_Noreturn static void in_child(const char *const *argv, char **envp, volatile int *ret_errno)
{
	char **args;

	memcpy(&args, &argv, sizeof(args)); /* execve wants char *const[], and writes nothing */
	setpgid(0, 0);
	execve(argv[0], args, envp);
	*ret_errno = errno;
	_exit(127);
}

static void launch(const struct launch_request *q, const char *const *argv, char **envp,
	struct launch_reply *ret)
{
	volatile int exec_errno = 0;
	int status = 0;
	pid_t got;

	timed_out = 0;
	child = 0;
	uint64_t start = clock_mono_ns();
	pid_t pid = vfork();

	if (pid == 0)
		in_child(argv, envp, &exec_errno);
	if (pid < 0) {
		ret->error = errno;
		return;
	}
	child = pid;
	if (q->timeout_us)
		set_timer(q->timeout_us);
	do
		got = wait4(pid, &status, 0, &ret->usage);
	while (got < 0 && errno == EINTR);
	ret->wall_ns = clock_mono_ns() - start;
	child = 0;
	if (q->timeout_us)
		set_timer(0);
	ret->error = exec_errno;
	ret->status = status;
	ret->timed_out = timed_out;
}

/* The environment with room for the padding in front; *ret_pad is where its value starts. */
static char **padded_environment(char **ret_pad)
{
	static const char name[] = "PERF_OPS_PAD=";
	size_t n = 0;

	while (environ && environ[n])
		n++;
	char **envp = xcalloc(n + 2, sizeof(*envp));
	char *pad = xmalloc(sizeof(name) + RUNNER_PAD_MAX);

	memcpy(pad, name, sizeof(name));
	memset(pad + sizeof(name) - 1, 'x', RUNNER_PAD_MAX + 1);
	envp[0] = pad;
	for (size_t i = 0; i < n; i++)
		envp[i + 1] = environ[i];
	*ret_pad = pad + sizeof(name) - 1;
	return envp;
}

/*
 * exec hands our high-water mark on to the command, so it must be small: gives back the program and
 * library pages we inherited and will hardly use (they come back from the page cache when touched),
 * then resets the mark (proc(5), clear_refs). Mappings with private pages, such as relocated
 * read-only data, are left alone. Without /proc it just stays larger.
 */
static void shrink(void)
{
	struct buf b = { 0 };
	struct span rest, line, word, part;
	uint64_t from = 0, to = 0, anonymous;
	bool clean = false;

	if (file_read("/proc/self/smaps", 4 << 20, &b, NULL) < 0) {
		buf_done(&b);
		return;
	}
	for (rest = buf_span(&b); span_next_line(&rest, &line);) {
		if (!span_next_word(&line, &word))
			continue;
		if (span_eq(word, "Anonymous:")) {
			if (clean && span_next_u64(&line, &anonymous) && anonymous == 0)
				madvise((void *)(uintptr_t)from, (size_t)(to - from),
					MADV_DONTNEED);
			clean = false;
		} else if (span_next_part(&word, '-', &part) && span_parse_hex(part, &from) &&
			span_parse_hex(word, &to)) {
			clean = span_next_word(&line, &part) && part.n > 3 && part.p[1] == '-' &&
				part.p[3] == 'p' && memchr(line.p, '/', line.n) != NULL;
		}
	}
	buf_done(&b);
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		ssize_t n = write(fd, "5", 1);

		(void)n;
		close(fd);
	}
}

void launcher_main(int fd, int out_fd, const char *const *const *argvs)
{
	char *pad, **envp = padded_environment(&pad);
	struct launch_request q;
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	unsigned shrinks = 0;

	set_signals();
	dup2(null_fd, STDIN_FILENO);
	dup2(out_fd, STDOUT_FILENO);
	dup2(out_fd, STDERR_FILENO);
	while (recv(fd, &q, sizeof(q), 0) == (ssize_t)sizeof(q)) {
		struct launch_reply reply = { 0 };
		struct rusage own;
		unsigned at = q.pad_bytes < RUNNER_PAD_MAX ? q.pad_bytes : RUNNER_PAD_MAX;

		pad[at] = '\0';
		launch(&q, argvs[q.index], envp, &reply);
		pad[at] = 'x';
		getrusage(RUSAGE_SELF, &own);
		reply.own_peak_bytes = (uint64_t)own.ru_maxrss * 1024;
		if (send(fd, &reply, sizeof(reply), MSG_NOSIGNAL) < 0)
			break;
		/* only after a run has the dynamic linker looked up what the loop calls, and what
		 * this does */
		if (shrinks < 2)
			shrink();
		shrinks++;
	}
	_exit(0);
}
