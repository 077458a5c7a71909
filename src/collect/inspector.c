/* SPDX-License-Identifier: MIT */
/* Sockets of the inspector protocol; what the bytes mean is in parse/. */
#include "collect/inspector.h"

#include "base/clock.h"
#include "parse/inspector_message.h"
#include "parse/websocket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_TIMEOUT_MS = 3000, CHUNK = 64 << 10, MAX_LIST = 256 << 10 };

/* A socket in the network namespace of pid: it stays there when the thread comes back. */
static int socket_in_namespace(pid_t pid)
{
	char path[64];
	struct stat ours, theirs;
	int fd, here = -1, there = -1;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat("/proc/thread-self/ns/net", &ours) == 0 && stat(path, &theirs) == 0 &&
		ours.st_ino != theirs.st_ino) {
		here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
		there = open(path, O_RDONLY | O_CLOEXEC);
		if (here < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0) {
			int e = errno;

			fd = -1;
			errno = e;
			goto out;
		}
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (there >= 0 && setns(here, CLONE_NEWNET) < 0 && fd >= 0) {
		close(fd);
		fd = -1;
	}
out:
	if (here >= 0)
		close(here);
	if (there >= 0)
		close(there);
	return fd;
}

static bool wait_for(int fd, short events, uint64_t deadline_ns)
{
	uint64_t now = clock_mono_ns();
	struct pollfd p = { .fd = fd, .events = events };

	return now < deadline_ns && poll(&p, 1, (int)((deadline_ns - now) / 1000000) + 1) > 0;
}

static int connect_to(pid_t pid, uint16_t port, uint64_t deadline_ns, struct err *err)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket_in_namespace(pid), failed = 0;
	socklen_t n = sizeof(failed);

	if (fd < 0)
		return fail(err, errno, "cannot reach the network namespace of process %d: %m",
			(int)pid);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		failed = errno;
		if (failed == EINPROGRESS && wait_for(fd, POLLOUT, deadline_ns))
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &n);
	}
	if (!failed)
		return fd;
	close(fd);
	return fail(err, failed, "cannot connect to the inspector on 127.0.0.1:%u: %s", port,
		strerror(failed));
}

static int send_all(int fd, struct span s, uint64_t deadline_ns, struct err *err)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n > 0)
			s = span_from(s, (uint64_t)n);
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail(err, errno, "the inspector closed the connection: %m");
		else if (!wait_for(fd, POLLOUT, deadline_ns))
			return fail(err, ETIMEDOUT, "the inspector takes no data");
	}
	return 0;
}

/* Some more bytes behind what is in the buffer. */
static int receive_some(int fd, struct buf *b, uint64_t deadline_ns, struct err *err)
{
	char chunk[CHUNK];

	for (;;) {
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

		if (n > 0) {
			buf_add(b, chunk, (size_t)n);
			return 0;
		}
		if (n == 0)
			return fail(err, ECONNRESET, "the inspector closed the connection");
		if (errno != EAGAIN && errno != EINTR)
			return fail(err, errno, "reading from the inspector failed: %m");
		if (!wait_for(fd, POLLIN, deadline_ns))
			return fail(err, ETIMEDOUT,
				"the inspector does not answer: its process is busy or stopped");
	}
}

static void drop_front(struct buf *b, size_t n)
{
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

static int read_head(
	int fd, struct buf *b, uint64_t deadline_ns, struct http_answer *ret, struct err *err)
{
	for (;;) {
		int r = http_answer_read(buf_span(b), ret);

		if (r > 0)
			return 0;
		if (r < 0)
			return fail(err, EPROTO, "what listens there does not speak HTTP");
		r = receive_some(fd, b, deadline_ns, err);
		if (r < 0)
			return r;
	}
}

/* GET /json/list: which WebSocket to open. */
static int find_path(pid_t pid, uint16_t port, char *path, size_t path_size, struct err *err)
{
	uint64_t deadline = clock_mono_ns() + OPEN_TIMEOUT_MS * 1000000ull;
	_cleanup_(buf_done) struct buf b = { 0 };
	struct http_answer a;
	char request[256];
	uint16_t named;
	int fd = connect_to(pid, port, deadline, err);

	if (fd < 0)
		return fd;
	snprintf(request, sizeof(request),
		"GET /json/list HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n", port);
	int r = send_all(fd, span_str(request), deadline, err);

	if (r == 0)
		r = read_head(fd, &b, deadline, &a, err);
	while (r == 0 && a.has_length && b.n - a.size < a.length) {
		if (a.length > MAX_LIST)
			r = fail(err, EFBIG, "the inspector's list of targets is too long");
		else
			r = receive_some(fd, &b, deadline, err);
	}
	close(fd);
	if (r < 0)
		return r;
	if (a.status != 200 || !a.has_length ||
		!inspector_target_path(
			span_sub(buf_span(&b), a.size, a.length), path, path_size, &named) ||
		named != port)
		return fail(err, EPROTO, "what listens on 127.0.0.1:%u is no inspector", port);
	return 0;
}

int inspector_open(struct inspector *ret, pid_t pid, uint16_t port, struct err *err)
{
	uint64_t deadline = clock_mono_ns() + OPEN_TIMEOUT_MS * 1000000ull;
	struct inspector i = { .fd = -1, .port = port, .next_id = 1 };
	struct http_answer a;
	char path[128], request[512];
	int r = find_path(pid, port, path, sizeof(path), err);

	if (r < 0)
		return r;
	i.fd = connect_to(pid, port, deadline, err);
	if (i.fd < 0)
		return i.fd;
	/* the key's answer is a check against caches between, of which loopback has none */
	snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Key: cGVyZi1vcHMgaW5zcGVjdA==\r\n"
		"Sec-WebSocket-Version: 13\r\n\r\n",
		path, port);
	r = send_all(i.fd, span_str(request), deadline, err);
	if (r == 0)
		r = read_head(i.fd, &i.in, deadline, &a, err);
	if (r == 0 && (a.status != 101 || !a.upgraded))
		r = fail(err, EPROTO, "the inspector refuses the session (HTTP status %u)",
			a.status);
	if (r < 0) {
		inspector_done(&i);
		return r;
	}
	drop_front(&i.in, a.size);
	*ret = i;
	return 0;
}

void inspector_done(struct inspector *i)
{
	if (i->fd >= 0)
		close(i->fd);
	i->fd = -1;
	buf_done(&i->in);
	buf_done(&i->message);
}

static int send_frame(struct inspector *i, enum websocket_opcode opcode, struct span payload,
	uint64_t deadline_ns, struct err *err)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	uint32_t mask = 0x5a17c3e9;

	if (getrandom(&mask, sizeof(mask), GRND_NONBLOCK) < 0)
		mask ^= (uint32_t)clock_mono_ns();
	websocket_frame_write(&b, opcode, payload, mask);
	return send_all(i->fd, buf_span(&b), deadline_ns, err);
}

/* The next whole text message, in i->message. */
static int receive_message(struct inspector *i, uint64_t deadline_ns, struct err *err)
{
	struct websocket_frame f;

	buf_clear(&i->message);
	for (;;) {
		int r = websocket_frame_read(
			buf_span(&i->in), INSPECTOR_MAX_MESSAGE - i->message.n, &f);

		if (r < 0)
			return fail(err, -r,
				r == -EFBIG ? "the inspector's answer is too long"
					    : "the inspector sends broken frames");
		if (r == 0) {
			r = receive_some(i->fd, &i->in, deadline_ns, err);
			if (r < 0)
				return r;
			continue;
		}
		if (f.opcode == WEBSOCKET_CLOSE)
			return fail(err, ECONNRESET, "the inspector ended the session");
		if (f.opcode == WEBSOCKET_PING) {
			r = send_frame(i, WEBSOCKET_PONG, f.payload, deadline_ns, err);
			if (r < 0)
				return r;
		} else if (f.opcode != WEBSOCKET_PONG) {
			buf_add(&i->message, f.payload.p, f.payload.n);
		}
		bool whole = f.opcode < 8 && f.last;

		drop_front(&i->in, f.size);
		if (whole)
			return 0;
	}
}

int inspector_call(struct inspector *i, const char *method, const char *params, unsigned timeout_ms,
	struct span *ret_answer, struct err *err)
{
	uint64_t deadline = clock_mono_ns() + timeout_ms * 1000000ull;
	_cleanup_(buf_done) struct buf b = { 0 };
	struct inspector_message m;
	int64_t id = i->next_id++;

	buf_printf(
		&b, "{\"id\":%lld,\"method\":\"%s\",\"params\":%s}", (long long)id, method, params);
	int r = send_frame(i, WEBSOCKET_TEXT, buf_span(&b), deadline, err);

	while (r == 0) {
		r = receive_message(i, deadline, err);
		if (r < 0)
			break;
		if (!inspector_message_read(buf_span(&i->message), &m))
			return fail(err, EPROTO, "the inspector sends what is no message");
		if (m.id != id)
			continue; /* an event, or the late answer of another call */
		if (m.error[0])
			return fail(err, ENOTSUP, "%s: %s", method, m.error);
		*ret_answer = buf_span(&i->message);
		return 0;
	}
	return r;
}

bool inspector_alive(struct inspector *i)
{
	char c;
	ssize_t n = recv(i->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}
