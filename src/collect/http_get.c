/* SPDX-License-Identifier: MIT */
/* A small HTTP client for loopback. */
#include "collect/http_get.h"

#include "base/clock.h"
#include "base/file.h"
#include "parse/http_response.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_MS = 300, MAX_PATH = 512 };

/*
 * A socket belongs to the network namespace it was made in: only for that moment does this thread
 * enter the process's. *ret_home is to be left with leave().
 */
static int enter(pid_t pid, int *ret_home)
{
	struct stat theirs, ours;
	char path[64];

	*ret_home = -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat(path, &theirs) < 0 || stat("/proc/thread-self/ns/net", &ours) < 0 ||
		theirs.st_ino == ours.st_ino)
		return 0; /* the same, or we cannot know better */
	_cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || home < 0 || setns(fd, CLONE_NEWNET) < 0) {
		int r = -errno;

		if (home >= 0)
			close(home);
		return r;
	}
	*ret_home = home;
	return 0;
}

static void leave(int home)
{
	if (home < 0)
		return;
	if (setns(home, CLONE_NEWNET) < 0)
		BUG("cannot return to our own network namespace");
	close(home);
}

static int connect_to(int family, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const struct sockaddr *to =
		family == AF_INET ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
	socklen_t len = family == AF_INET ? sizeof(v4) : sizeof(v6);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), code = 0;
	socklen_t size = sizeof(code);

	if (fd < 0)
		return -errno;
	if (connect(fd, to, len) == 0)
		return fd;
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	code = errno;
	if (code == EINPROGRESS) {
		code = ETIMEDOUT;
		if (poll(&p, 1, CONNECT_MS) > 0)
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
	}
	if (code == 0)
		return fd;
	close(fd);
	return -code;
}

int http_connect(pid_t pid, uint16_t port, struct err *err)
{
	int home, r = enter(pid, &home);

	if (r < 0)
		return fail(err, -r, "cannot enter the network namespace of process %d", (int)pid);
	r = connect_to(AF_INET, port);
	if (r < 0)
		r = connect_to(AF_INET6, port);
	leave(home);
	if (r >= 0)
		return r;
	errno = -r;
	return fail(err, -r, "cannot connect to port %u of this machine: %m", port);
}

int http_send_get(int fd, const char *path, struct err *err)
{
	char text[MAX_PATH + 128];
	int n = snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: perf-ops\r\nConnection: "
		"close\r\n\r\n",
		path);

	if (n < 0 || (size_t)n >= sizeof(text))
		return fail(err, ENAMETOOLONG, "the path is too long");
	for (int at = 0; at < n;) {
		ssize_t done = send(fd, text + at, (size_t)(n - at), MSG_NOSIGNAL);
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		if (done > 0)
			at += (int)done;
		else if (errno != EAGAIN || poll(&p, 1, CONNECT_MS) <= 0)
			return fail(err, EIO, "cannot send the request");
	}
	return 0;
}

int http_receive(int fd, uint64_t timeout_ns, size_t max_bytes, unsigned *ret_status,
	struct buf *ret, struct err *err)
{
	_cleanup_(buf_done) struct buf all = { .max = max_bytes };
	uint64_t until = clock_mono_ns() + timeout_ns;
	struct http_response res;
	bool ended = false;
	char chunk[65536];

	for (;;) {
		int r = http_response_parse(buf_span(&all), ended, &res, err);

		if (r < 0)
			return r;
		if (r > 0)
			break;
		uint64_t now = clock_mono_ns();
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (now >= until ||
			poll(&p, 1, (int)MIN((until - now) / 1000000 + 1, (uint64_t)60000)) <= 0) {
			if (clock_mono_ns() < until)
				continue;
			return fail(err, ETIMEDOUT, "no answer within %.1f s",
				(double)timeout_ns / 1e9);
		}
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		ended = n <= 0;
		buf_add(&all, chunk, n > 0 ? (size_t)n : 0);
		if (all.overflow)
			return fail(
				err, EFBIG, "the answer is larger than %zu MiB", max_bytes >> 20);
	}
	*ret_status = res.status;
	int r = res.cut ? fail(err, EBADMSG, "the answer was cut off") : 0;

	if (r == 0)
		buf_add(ret, res.body.p, res.body.n);
	http_response_done(&res);
	return r;
}

int http_get(pid_t pid, uint16_t port, const char *path, uint64_t timeout_ns, size_t max_bytes,
	unsigned *ret_status, struct buf *ret, struct err *err)
{
	_cleanup_(fd_closep) int fd = http_connect(pid, port, err);

	if (fd < 0)
		return fd;
	int r = http_send_get(fd, path, err);

	return r < 0 ? r : http_receive(fd, timeout_ns, max_bytes, ret_status, ret, err);
}
