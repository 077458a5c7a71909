/* SPDX-License-Identifier: MIT */
/* JDK: jdk.jfr.internal.dcmd (options of JFR.start and JFR.stop), lib/jfr/default.jfc. */
#include "collect/java_recording.h"

#include "base/clock.h"
#include "base/file.h"
#include "collect/task_tree.h"
#include "parse/jfr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t TALK_NS = 10000000000u, STOP_NS = 20000000000u;

/* first JDK with jdk.ObjectAllocationSample, which is limited in rate */
enum { JDK_ALLOCATION_SAMPLE = 16 };

/* ---- settings -------------------------------------------------------------------------------- */

static void event(struct buf *to, const char *name, const char *key, const char *value)
{
	buf_printf(to,
		"<event name=\"%s\"><setting name=\"enabled\">true</setting>"
		"<setting name=\"stackTrace\">true</setting>"
		"<setting name=\"%s\">%s</setting></event>\n",
		name, key, value);
}

static void write_settings(struct buf *to, const struct java_recording_opts *o, unsigned version)
{
	/* what a thread that has a lock does meanwhile, and what waits on files and sockets */
	static const char *const lasting[] = { "jdk.ThreadPark", "jdk.ThreadSleep",
		"jdk.SocketRead", "jdk.SocketWrite", "jdk.FileRead", "jdk.FileWrite",
		"jdk.FileForce" };

	buf_puts(to,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<configuration version=\"2.0\" "
		"label=\"perf-ops\" description=\"perf-ops\" provider=\"perf-ops\">\n");
	event(to, "jdk.ActiveSetting", "period", "beginChunk");
	event(to, "jdk.JVMInformation", "period", "beginChunk");
	event(to, "jdk.GarbageCollection", "threshold", "0 ms");
	event(to, "jdk.GCPhasePause", "threshold", "0 ms");
	if (o->locks) {
		event(to, "jdk.JavaMonitorEnter", "threshold", "100 us");
		event(to, "jdk.ExecutionSample", "period", "20 ms");
	}
	for (size_t i = 0; (o->locks || o->io) && i < ARRAY_LEN(lasting); i++)
		event(to, lasting[i], "threshold", "1 ms");
	if (o->allocations && version >= JDK_ALLOCATION_SAMPLE) {
		event(to, "jdk.ObjectAllocationSample", "throttle", "150/s");
	} else if (o->allocations) {
		event(to, "jdk.ObjectAllocationInNewTLAB", "threshold", "0 ms");
		event(to, "jdk.ObjectAllocationOutsideTLAB", "threshold", "0 ms");
	}
	buf_puts(to, "</configuration>\n");
}

/* In the target's /tmp, where its JVM finds it; nobody else could have put it there before. */
static int put_file(
	const struct java_recording *r, const char *name, struct span text, struct err *err)
{
	_cleanup_(fd_closep) int fd = openat(
		r->target.tmp_fd, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n || fchmod(fd, 0644) < 0)
		return fail(err, errno ? errno : EIO,
			"cannot write settings for the JVM into the /tmp of process %d: %m",
			(int)r->target.pid);
	return 0;
}

/* ---- the guard ------------------------------------------------------------------------------- */

static void stop_and_remove(const struct java_recording *r, const char *command)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	hotspot_jcmd(&r->target, command, STOP_NS, &out, NULL);
	unlinkat(r->target.tmp_fd, r->file, 0);
}

static void close_all_but(int a, int b, int c)
{
	for (int fd = 3; fd < 65536; fd++)
		if (fd != a && fd != b && fd != c)
			close(fd);
}

static int start_guard(struct java_recording *r, struct err *err)
{
	int ends[2];
	char command[80], byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "cannot make a pipe: %m");
	snprintf(command, sizeof(command), "JFR.stop name=%s", r->name);
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		close_all_but(ends[0], r->target.tmp_fd, r->target.cwd_fd);
		ssize_t n;

		do
			n = read(ends[0], &byte, 1);
		while (n < 0 && errno == EINTR);
		if (n == 0)
			stop_and_remove(r, command);
		_exit(0);
	}
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return fail(err, errno, "cannot start a process: %m");
	}
	r->guard = pid;
	r->guard_fd = ends[1];
	return 0;
}

static void end_guard(struct java_recording *r)
{
	if (r->guard <= 0)
		return;
	(void)!write(r->guard_fd, "d", 1);
	fd_closep(&r->guard_fd);
	waitpid(r->guard, NULL, 0);
	r->guard = 0;
}

/* ---- start ----------------------------------------------------------------------------------- */

/* "JDK 17.0.15" */
static unsigned version_of(struct span text)
{
	struct span line;
	uint64_t v = 0;

	while (span_next_line(&text, &line)) {
		struct span number;

		if (!span_starts(line, "JDK "))
			continue;
		line = span_from(line, 4);
		if (span_next_part(&line, '.', &number) && span_parse_u64(span_trim(number), &v) &&
			v < 1000)
			return (unsigned)v;
	}
	return 0;
}

static int ask_start(struct java_recording *r, const struct java_recording_opts *o, struct err *err)
{
	_cleanup_(buf_done) struct buf settings = { 0 }, out = { 0 };
	char file[80], command[400];

	snprintf(file, sizeof(file), "%s.jfc", r->name);
	write_settings(&settings, o, r->version);
	int n = put_file(r, file, buf_span(&settings), err);

	snprintf(command, sizeof(command),
		"JFR.start name=%s settings=/tmp/%s duration=%llus dumponexit=true "
		"filename=/tmp/%s",
		r->name, file, (unsigned long long)(o->limit_ns / 1000000000u + 1), r->file);
	if (n == 0)
		n = hotspot_jcmd(&r->target, command, TALK_NS, &out, err);
	unlinkat(r->target.tmp_fd, file, 0);
	if (n == 0 && !memmem(out.p ? out.p : "", out.n, "Started recording", 17))
		return fail(err, EREMOTEIO, "the JVM of process %d did not start a recording",
			(int)r->target.pid);
	return n;
}

int java_recording_start(struct java_recording *r, pid_t pid,
	const struct java_recording_opts *opts, struct err *err)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	uint64_t random = 0;

	*r = (struct java_recording){ .guard_fd = -1 };
	int n = hotspot_target_open(&r->target, pid, err);

	if (n < 0)
		return n;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = clock_mono_ns();
	snprintf(r->name, sizeof(r->name), "perf-ops-%d-%08x", (int)getpid(), (unsigned)random);
	snprintf(r->file, sizeof(r->file), "%s.jfr", r->name);
	n = hotspot_jcmd(&r->target, "VM.version", TALK_NS, &out, err);
	r->version = version_of(buf_span(&out));
	if (n == 0)
		n = start_guard(r, err);
	if (n == 0)
		n = ask_start(r, opts, err);
	r->running = n == 0;
	if (n < 0)
		java_recording_done(r);
	return n;
}

bool java_recording_alive(const struct java_recording *r)
{
	struct proc_task_stat st;

	return task_stat_read(r->target.pid, &st) && st.state != 'Z' && st.state != 'X';
}

/* ---- end ------------------------------------------------------------------------------------- */

static ssize_t fill(void *ctx, void *to, size_t n)
{
	ssize_t got = read(*(int *)ctx, to, n);

	return got < 0 ? -errno : got;
}

static int read_file(struct java_recording *r, struct profile_set *ret, struct err *err)
{
	struct format_env env = { .name = r->file };
	_cleanup_(fd_closep) int fd =
		openat(r->target.tmp_fd, r->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct byte_stream in;
	struct stat st;

	unlinkat(r->target.tmp_fd, r->file, 0);
	if (fd < 0)
		return fail(err, ENODATA, "the JVM of process %d left no recording behind",
			(int)r->target.pid);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != r->target.uid)
		return fail(err, EPROTO, "the recording of process %d is not its own file",
			(int)r->target.pid);
	byte_stream_init(&in, fill, &fd);
	int n = jfr_format.read(&in, &env, ret, err);

	byte_stream_done(&in);
	return n;
}

int java_recording_finish(struct java_recording *r, struct profile_set *ret, struct err *err)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	char command[200];
	struct err why = { 0 };

	if (!r->running)
		return 0;
	r->running = false;
	snprintf(command, sizeof(command), "JFR.stop name=%s filename=/tmp/%s", r->name, r->file);
	/* a JVM that ended has written the file by itself; one whose time was over too */
	if (java_recording_alive(r))
		hotspot_jcmd(&r->target, command, STOP_NS, &out, &why);
	int n = read_file(r, ret, err);

	if (n < 0 && why.code < 0 && err)
		*err = why;
	return n;
}

void java_recording_done(struct java_recording *r)
{
	if (r->running) {
		char command[80];

		snprintf(command, sizeof(command), "JFR.stop name=%s", r->name);
		stop_and_remove(r, command);
		r->running = false;
	}
	end_guard(r);
	hotspot_target_done(&r->target);
}
