/* SPDX-License-Identifier: MIT */
/* Reads tracefs where it is mounted, or in a child that mounts it for itself only. */
#include "collect/tracepoint.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_TEXT = 65536 };
static const char MOUNT_POINT[] = "/sys/kernel/tracing";

static const char *const events_dirs[] = { "/sys/kernel/tracing/events",
	"/sys/kernel/debug/tracing/events" };

static int read_mounted(const char *path, struct buf *ret)
{
	char full[256];
	int r = -ENODEV;

	for (size_t i = 0; i < ARRAY_LEN(events_dirs); i++) {
		if (access(events_dirs[i], F_OK) < 0) {
			r = errno == EACCES ? -EACCES : r;
			continue;
		}
		snprintf(full, sizeof(full), "%s/%s", events_dirs[i], path);
		return file_read(full, MAX_TEXT, ret, NULL);
	}
	return r;
}

/* In the child, where other threads' locks may be held: system calls only. */
static void copy_out(const char *full, int to)
{
	char text[4096];
	ssize_t n;
	int fd;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tracefs", MOUNT_POINT, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) <
			0)
		_exit(errno == EPERM || errno == EACCES ? 1 : 2);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		_exit(3);
	while ((n = read(fd, text, sizeof(text))) > 0)
		if (write(to, text, (size_t)n) != n)
			_exit(4);
	_exit(0);
}

static int read_in_child(const char *path, struct buf *ret)
{
	static const int codes[] = { 0, -EPERM, -ENODEV, -ENOENT, -EIO };
	_cleanup_(buf_done) struct buf text = { 0 };
	char full[256], chunk[4096];
	int fds[2], status;
	ssize_t n;

	snprintf(full, sizeof(full), "%s/%s", events_dirs[0], path);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid_t pid = fork();

	if (pid == 0)
		copy_out(full, fds[1]);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return -EAGAIN;
	}
	do {
		n = read(fds[0], chunk, sizeof(chunk));
		buf_add(&text, chunk, n > 0 ? (size_t)n : 0);
	} while ((n > 0 && text.n < MAX_TEXT) || (n < 0 && errno == EINTR));
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) >= (int)ARRAY_LEN(codes))
		return -EIO;
	if (WEXITSTATUS(status))
		return codes[WEXITSTATUS(status)];
	buf_add(ret, text.p, text.n);
	return text.n ? 0 : -EIO;
}

int tracepoint_read(const char *path, struct buf *ret, struct err *err)
{
	int r = read_mounted(path, ret);

	if (r == -ENODEV)
		r = read_in_child(path, ret);
	if (r == 0)
		return 0;
	if (r == -ENOENT)
		return fail(err, -r, "the kernel has no tracepoint '%s'", path);
	errno = -r;
	fail(err, -r, "cannot read the kernel's tracepoints: %m");
	err_hint(err, "mount -t tracefs tracefs %s, readable for this user", MOUNT_POINT);
	return r;
}

int tracepoint_id(const char *group, const char *name, uint64_t *ret, struct err *err)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	char path[192];

	snprintf(path, sizeof(path), "%s/%s/id", group, name);
	int r = tracepoint_read(path, &text, err);

	if (r < 0)
		return r;
	return span_parse_u64(span_trim(buf_span(&text)), ret)
		? 0
		: fail(err, EBADMSG, "the number of tracepoint '%s' is not one", path);
}

/* "	field:unsigned long nr;	offset:8;	size:8;	signed:0;" */
static bool field_line(struct span line, const char *name, struct tracepoint_field *ret)
{
	char text[256];
	unsigned offset, size;
	size_t n = strlen(name);

	if (line.n >= sizeof(text))
		return false;
	memcpy(text, line.p, line.n);
	text[line.n] = '\0';
	char *semicolon = strchr(text, ';'), *bracket = strchr(text, '[');

	if (!strstr(text, "field:") || !semicolon)
		return false;
	char *end = bracket && bracket < semicolon ? bracket : semicolon;

	if (end - text < (ptrdiff_t)n + 1 || memcmp(end - n, name, n) != 0 ||
		(end[-(ptrdiff_t)n - 1] != ' ' && end[-(ptrdiff_t)n - 1] != '*'))
		return false;
	if (sscanf(semicolon, "; offset:%u; size:%u", &offset, &size) != 2 || offset > MAX_TEXT ||
		size > MAX_TEXT)
		return false;
	*ret = (struct tracepoint_field){ .offset = offset, .size = size };
	return true;
}

bool tracepoint_field(struct span format, const char *name, struct tracepoint_field *ret)
{
	struct span line;

	while (span_next_line(&format, &line))
		if (field_line(line, name, ret))
			return true;
	return false;
}
