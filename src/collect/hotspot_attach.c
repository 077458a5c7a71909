/* SPDX-License-Identifier: MIT */
/* Facts: JDK's os/linux/attachListener_linux.cpp, os.cpp (signal_thread_entry), jattach. */
#include "collect/hotspot_attach.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/vec.h"
#include "parse/attach_protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ANSWER = 64 << 20, OPEN_MS = 6000, POLL_MS = 20 };

/* ---- looking at the target ------------------------------------------------------------------- */

static bool read_proc(pid_t pid, const char *file, struct buf *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return file_read(path, 16 << 20, ret, NULL) >= 0;
}

/* The words of a line of /proc/PID/status. */
static struct span status_line(struct span text, const char *key)
{
	struct span line;

	while (span_next_line(&text, &line))
		if (span_starts(line, key))
			return span_trim(span_from(line, strlen(key)));
	return (struct span){ 0 };
}

static uint64_t word_at(struct span line, unsigned index)
{
	uint64_t v = 0;

	for (unsigned i = 0; i <= index; i++)
		if (!span_next_u64(&line, &v))
			return UINT64_MAX;
	return v;
}

static pid_t last_pid(struct span line, pid_t otherwise)
{
	uint64_t v, last = (uint64_t)otherwise;

	while (span_next_u64(&line, &v))
		last = v;
	return (pid_t)last;
}

static bool has_text(struct span text, const char *part)
{
	return text.n && memmem(text.p, text.n, part, strlen(part)) != NULL;
}

/* An option among the arguments or in the variables that JVMs read. */
static bool has_option(pid_t pid, const char *option)
{
	_cleanup_(buf_done) struct buf args = { 0 }, env = { 0 };

	return (read_proc(pid, "cmdline", &args) && has_text(buf_span(&args), option)) ||
		(read_proc(pid, "environ", &env) && has_text(buf_span(&env), option));
}

static int check_kind(pid_t pid, struct err *err)
{
	_cleanup_(buf_done) struct buf maps = { 0 };

	if (!read_proc(pid, "maps", &maps))
		return fail(err, errno ? errno : EACCES,
			"the mappings of process %d cannot be read", (int)pid);
	if (has_text(buf_span(&maps), "/libj9vm")) {
		fail(err, ENOTSUP,
			"process %d runs Eclipse OpenJ9, whose attach mechanism is another one; "
			"native frames are sampled",
			(int)pid);
		err_hint(err, "record with its own tools, or run it on a HotSpot JVM");
		return -ENOTSUP;
	}
	if (!has_text(buf_span(&maps), "/libjvm.so"))
		return fail(err, EAGAIN, "process %d has no HotSpot JVM in it", (int)pid);
	return 0;
}

static int check_state(struct hotspot_target *t, struct span status, struct err *err)
{
	struct span state = status_line(status, "State:"), caught = status_line(status, "SigCgt:");
	uint64_t mask = 0;

	if (state.n && (state.p[0] == 'T' || state.p[0] == 't'))
		return fail(err, EBUSY,
			"process %d is stopped by a signal or a debugger: its JVM cannot answer",
			(int)t->pid);
	if (has_option(t->pid, "-XX:+DisableAttachMechanism")) {
		fail(err, EACCES,
			"the JVM of process %d was started with -XX:+DisableAttachMechanism",
			(int)t->pid);
		err_hint(err,
			"sampling from outside works all the same; for more, start it "
			"without that option");
		return -EACCES;
	}
	/* who does not catch it is ended by it: a JVM that begins, or one with -Xrs */
	if (!span_parse_hex(caught, &mask) || !(mask & 1ull << (SIGQUIT - 1))) {
		if (has_option(t->pid, "-Xrs"))
			return fail(err, EACCES,
				"the JVM of process %d was started with -Xrs and opens no door",
				(int)t->pid);
		return fail(
			err, EAGAIN, "the JVM of process %d has not started up yet", (int)t->pid);
	}
	if (geteuid() != 0 && geteuid() != t->uid) {
		fail(err, EACCES, "process %d belongs to user %u: a JVM talks to its own user only",
			(int)t->pid, (unsigned)t->uid);
		err_hint(err, "run perf-ops as that user or as root");
		return -EACCES;
	}
	return 0;
}

static int open_dir(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int hotspot_target_open(struct hotspot_target *t, pid_t pid, struct err *err)
{
	_cleanup_(buf_done) struct buf status = { 0 };

	*t = (struct hotspot_target){ .pid = pid, .tmp_fd = -1, .cwd_fd = -1 };
	if (!read_proc(pid, "status", &status))
		return fail(err, ESRCH, "there is no process %d", (int)pid);
	int r = check_kind(pid, err);

	if (r < 0)
		return r;
	t->ns_pid = last_pid(status_line(buf_span(&status), "NSpid:"), pid);
	t->uid = (uid_t)word_at(status_line(buf_span(&status), "Uid:"), 1);
	t->gid = (gid_t)word_at(status_line(buf_span(&status), "Gid:"), 1);
	r = check_state(t, buf_span(&status), err);
	if (r < 0)
		return r;
	t->tmp_fd = open_dir(pid, "root/tmp");
	t->cwd_fd = open_dir(pid, "cwd");
	if (t->tmp_fd < 0) {
		r = fail(err, errno, "the /tmp of process %d cannot be reached: %m", (int)pid);
		hotspot_target_done(t);
	}
	return r;
}

void hotspot_target_done(struct hotspot_target *t)
{
	fd_closep(&t->tmp_fd);
	fd_closep(&t->cwd_fd);
}

/* ---- the child that talks -------------------------------------------------------------------- */

enum outcome { TALKED, NO_USER, NO_FILE, NO_SOCKET, NO_CONNECTION, CUT_OFF };

struct talk {
	const struct hotspot_target *t;
	struct span request;
	uint64_t deadline_ns;
	int out; /* pipe to the parent: one byte of enum outcome at the end, the answer before */
};

static void pause_ms(long ms)
{
	struct timespec ts = { .tv_nsec = ms * 1000000 };

	nanosleep(&ts, NULL);
}

/* JVMs before 24 compare the caller's user and group with their own. */
static bool become_user(const struct hotspot_target *t)
{
	if (geteuid() != 0 || (t->uid == 0 && getegid() == t->gid))
		return getegid() == t->gid || geteuid() == 0 || setegid(t->gid) == 0;
	return setgroups(0, NULL) == 0 && setresgid(t->gid, t->gid, t->gid) == 0 &&
		setresuid(t->uid, t->uid, t->uid) == 0;
}

static int connect_socket(const struct hotspot_target *t)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char name[32];
	struct stat st;

	snprintf(name, sizeof(name), ".java_pid%d", (int)t->ns_pid);
	/* somebody else's socket of that name is no JVM of ours */
	if (fstatat(t->tmp_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISSOCK(st.st_mode) ||
		(st.st_uid != t->uid && st.st_uid != 0))
		return -1;
	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/%s", t->tmp_fd, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(fd); /* left over from a process that is gone */
		return -1;
	}
	return fd;
}

/* The file tells the JVM what the signal is for; without it it would print its threads. */
static int create_request_file(const struct hotspot_target *t, char *name, size_t size)
{
	int dirs[] = { t->cwd_fd, t->tmp_fd };

	snprintf(name, size, ".attach_pid%d", (int)t->ns_pid);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		struct stat st;
		int fd = dirs[i] < 0
			? -1
			: openat(dirs[i], name, O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0660);

		if (fd < 0)
			continue;
		bool ours = fstat(fd, &st) == 0 && st.st_uid == geteuid();

		close(fd);
		if (ours)
			return dirs[i];
		unlinkat(dirs[i], name, 0); /* file systems that change owners */
	}
	return -1;
}

static int open_door(const struct talk *k, enum outcome *ret)
{
	uint64_t until = clock_mono_ns() + (uint64_t)OPEN_MS * 1000000;
	char name[32];
	int fd = connect_socket(k->t);

	if (fd >= 0)
		return fd;
	int dir = create_request_file(k->t, name, sizeof(name));

	*ret = dir < 0 ? NO_FILE : NO_SOCKET;
	if (dir < 0)
		return -1;
	if (kill(k->t->pid, SIGQUIT) == 0)
		while (fd < 0 && clock_mono_ns() < MIN(until, k->deadline_ns) &&
			kill(k->t->pid, 0) == 0) {
			pause_ms(POLL_MS);
			fd = connect_socket(k->t);
		}
	unlinkat(dir, name, 0);
	return fd;
}

static bool write_all(int fd, const void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t put = send(fd, (const char *)p + at, n - at, MSG_NOSIGNAL);

		if (put < 0 && errno == ENOTSOCK)
			put = write(fd, (const char *)p + at, n - at);
		if (put <= 0)
			return false;
		at += (size_t)put;
	}
	return true;
}

static enum outcome exchange(const struct talk *k, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char piece[8192];
	size_t total = 0;

	if (!write_all(fd, k->request.p, k->request.n))
		return NO_CONNECTION;
	for (;;) {
		uint64_t now = clock_mono_ns();

		if (now >= k->deadline_ns ||
			poll(&p, 1, (int)((k->deadline_ns - now) / 1000000) + 1) <= 0)
			return CUT_OFF;
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n <= 0)
			return n < 0 ? NO_CONNECTION : TALKED;
		total += (size_t)n;
		if (total > MAX_ANSWER)
			return CUT_OFF;
		/* a parent that is gone does not end the talk */
		(void)!write_all(k->out, piece, (size_t)n);
	}
}

static void talk_and_exit(const struct talk *k)
{
	enum outcome o = NO_USER;

	setsid(); /* what ends our group does not end the clearing up */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	if (become_user(k->t)) {
		int fd = open_door(k, &o);

		if (fd >= 0)
			o = exchange(k, fd);
	}
	char byte = (char)o;

	(void)!write(k->out, &byte, 1);
	_exit(0);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static int explain(
	const struct hotspot_target *t, enum outcome o, uint64_t timeout_ns, struct err *err)
{
	int pid = (int)t->pid;

	switch (o) {
	case TALKED:
		return 0;
	case NO_USER:
		return fail(err, EACCES,
			"cannot act as user %u, whom the JVM of process %d belongs to",
			(unsigned)t->uid, pid);
	case NO_FILE:
		return fail(err, EACCES,
			"neither the folder of process %d nor its /tmp can be written, so its JVM "
			"cannot be asked",
			pid);
	case NO_SOCKET:
		fail(err, ETIMEDOUT,
			"the JVM of process %d opened no attach socket: it hangs before a "
			"safepoint, "
			"has attaching disabled, or its socket in /tmp was deleted",
			pid);
		err_hint(err,
			"a JVM opens it once only before JDK 11: a deleted socket needs a "
			"restart there");
		return -ETIMEDOUT;
	case NO_CONNECTION:
		return fail(err, ECONNRESET, "the JVM of process %d closed its attach socket", pid);
	case CUT_OFF:
		return fail(err, ETIMEDOUT,
			"the JVM of process %d did not answer within %.0f s: it may not reach a "
			"safepoint",
			pid, (double)timeout_ns / 1e9);
	}
	return fail(err, EPROTO, "no answer from the JVM of process %d", pid);
}

static int read_answer(int fd, struct buf *ret)
{
	char piece[8192];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			buf_add(ret, piece, (size_t)n);
	return ret->n && !ret->overflow ? 0 : -EPROTO;
}

int hotspot_jcmd(const struct hotspot_target *t, const char *command, uint64_t timeout_ns,
	struct buf *ret, struct err *err)
{
	_cleanup_(buf_done) struct buf request = { 0 }, answer = { 0 };
	struct span text;
	int ends[2], r = attach_request_jcmd(&request, command, err);

	if (r < 0)
		return r;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "cannot make a pipe: %m");
	struct talk k = { .t = t,
		.request = buf_span(&request),
		.deadline_ns = clock_mono_ns() + timeout_ns,
		.out = ends[1] };
	pid_t child = fork();

	if (child == 0)
		talk_and_exit(&k);
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return fail(err, errno, "cannot start a process: %m");
	}
	buf_init(&answer, MAX_ANSWER + 1);
	r = read_answer(ends[0], &answer);
	close(ends[0]);
	waitpid(child, NULL, 0);
	if (r < 0)
		return fail(err, EPROTO, "no answer from the JVM of process %d", (int)t->pid);
	r = explain(t, (enum outcome)(uint8_t)answer.p[answer.n - 1], timeout_ns, err);
	if (r < 0)
		return r;
	r = attach_answer_parse(span_of(answer.p, answer.n - 1), &text, err);
	if (r == 0)
		buf_add(ret, text.p, text.n);
	return r;
}
