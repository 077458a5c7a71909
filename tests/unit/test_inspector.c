/* SPDX-License-Identifier: MIT */
/*
 * The inspector protocol against a scripted server in this process: whole and half answers, frames
 * one byte at a time, giant and broken ones; and what must hold before a door is used.
 */
#include "collect/inspector.h"
#include "collect/node_process.h"
#include "parse/inspector_message.h"
#include "parse/websocket.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- frames -------------------------------------------------------------------------------------
 */

static void frames_round_trip(void **state)
{
	(void)state;
	static const size_t sizes[] = { 0, 1, 125, 126, 127, 65535, 65536, 70001 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t n = sizes[i];
		char *text = calloc(1, n + 1);
		struct buf b = { 0 };
		struct websocket_frame f;

		memset(text, 'x', n);
		websocket_frame_write(&b, WEBSOCKET_TEXT, span_of(text, n), 0x01020304);
		/* as a server would send it: without mask */
		size_t head = b.n - n - 4;
		uint8_t *raw = malloc(b.n);

		memcpy(raw, b.p, head);
		raw[1] &= 0x7f;
		for (size_t k = 0; k < n; k++)
			assert_int_equal(
				(uint8_t)b.p[head + 4 + k] ^ (uint8_t)b.p[head + k % 4], 'x');
		memcpy(raw + head, text, n);
		for (size_t k = 0; k < head + n; k += 1 + k / 64)
			assert_int_equal(websocket_frame_read(span_of(raw, k), 1 << 20, &f), 0);
		assert_int_equal(websocket_frame_read(span_of(raw, head + n), 1 << 20, &f), 1);
		assert_int_equal(f.payload.n, n);
		assert_int_equal(f.size, head + n);
		assert_true(f.last);
		if (n)
			assert_int_equal(
				websocket_frame_read(span_of(raw, head + n), n - 1, &f), -EFBIG);
		free(raw);
		free(text);
		buf_done(&b);
	}
}

static void broken_frames_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t n;
		int want;
	} cases[] = {
		{ "\x81\x80\0\0\0\0", 6, -EPROTO }, /* masked by a server */
		{ "\xc1\x01x", 3, -EPROTO },        /* an extension's bit */
		{ "\x83\x01x", 3, -EPROTO },        /* no such opcode */
		{ "\x09\x00", 2, -EPROTO },         /* a ping in pieces */
		{ "\x89\x7e\x00\x80", 4, -EPROTO }, /* a ping that is too long */
		{ "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10, -EFBIG },
		{ "\x81\x7f\xff", 3, 0 },
		{ "\x81", 1, 0 },
	};
	struct websocket_frame f;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
			websocket_frame_read(span_of(cases[i].bytes, cases[i].n), 1 << 20, &f),
			cases[i].want);
}

/* ---- a scripted server --------------------------------------------------------------------------
 */

struct script {
	const char *list;    /* answer to GET /json/list, %u: the port */
	const char *upgrade; /* answer to the request for a WebSocket */
	const char *frames;  /* sent after the first call */
	size_t n_frames;
	size_t step; /* bytes at a time; 0: all at once */
};

struct server {
	struct script script;
	int fd;
	uint16_t port;
	pthread_t thread;
};

static void say(int fd, const char *bytes, size_t n, size_t step)
{
	for (size_t at = 0; at < n;) {
		size_t k = step ? MIN(step, n - at) : n - at;

		if (send(fd, bytes + at, k, MSG_NOSIGNAL) <= 0)
			return;
		at += k;
	}
}

static void *serve(void *arg)
{
	struct server *s = arg;
	char buf[4096], text[1024];

	for (int i = 0; i < 2; i++) {
		int fd = accept(s->fd, NULL, NULL);

		if (fd < 0)
			break;
		ssize_t n = recv(fd, buf, sizeof(buf) - 1, 0);

		buf[MAX(n, 0)] = '\0';
		if (strncmp(buf, "GET /json/list ", 15) == 0) {
			char body[512];

			const char *at = strstr(s->script.list, "%u");

			if (at)
				snprintf(body, sizeof(body), "%.*s%u%s", (int)(at - s->script.list),
					s->script.list, s->port, at + 2);
			else
				snprintf(body, sizeof(body), "%s", s->script.list);
			snprintf(text, sizeof(text),
				"HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body),
				body);
			say(fd, text, strlen(text), s->script.step);
		} else {
			say(fd, s->script.upgrade, strlen(s->script.upgrade), s->script.step);
			if (recv(fd, buf, sizeof(buf), 0) > 0)
				say(fd, s->script.frames, s->script.n_frames, s->script.step);
		}
		shutdown(fd, SHUT_WR);
		while (recv(fd, buf, sizeof(buf), 0) > 0)
			;
		close(fd);
	}
	return NULL;
}

static int listen_loopback(uint16_t *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 4), 0);
	getsockname(fd, (struct sockaddr *)&a, &n);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

#define LIST "[{\"id\":\"ab-1\",\"webSocketDebuggerUrl\":\"ws://127.0.0.1:%u/ab-1\"}]"
#define UPGRADE \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n"
#define ANSWER "{\"id\":1,\"result\":{\"x\":1}}"

static const struct {
	struct script script;
	const char *fails_with; /* NULL: the call succeeds */
} talks[] = {
	{ { LIST, UPGRADE, "\x81\x19" ANSWER, 27, 0 }, NULL },
	{ { LIST, UPGRADE, "\x81\x19" ANSWER, 27, 1 }, NULL },
	/* an event, a ping, the answer in three frames */
	{ { LIST, UPGRADE,
		  "\x81\x0e{\"method\":\"e\"}\x89\x02hi\x01\x08{\"id\":1,\x00\x07\"result\x80\x0a"
		  "\":{\"x\":1}}",
		  16 + 4 + 10 + 9 + 12, 3 },
		NULL },
	{ { LIST, UPGRADE, "\x81\x30{\"id\":1,\"error\":{\"code\":-3,\"message\":\"no such\"}}", 50,
		  0 },
		"no such" },
	{ { LIST, UPGRADE, "\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10, 0 }, "too long" },
	{ { LIST, UPGRADE, "\x81\x80xxxx", 6, 0 }, "broken frames" },
	{ { LIST, UPGRADE, "\x81\x05hello", 7, 0 }, "no message" },
	{ { LIST, UPGRADE, "\x88\x00", 2, 0 }, "ended the session" },
	{ { LIST, UPGRADE, "\x81\x19{\"id\"", 7, 0 }, "closed the connection" },
	{ { LIST, "HTTP/1.1 403 Forbidden\r\n\r\n", "", 0, 0 }, "refuses the session" },
	{ { LIST, "SSH-2.0-x\r\n\r\n", "", 0, 0 }, "does not speak HTTP" },
	{ { "[]", UPGRADE, "", 0, 0 }, "is no inspector" },
	{ { "[{\"webSocketDebuggerUrl\":\"ws://10.0.0.1:%u/x\"}]", UPGRADE, "", 0, 0 },
		"is no inspector" },
	{ { "[{\"webSocketDebuggerUrl\":\"ws://127.0.0.1:%u/x y\\r\\nA: b\"}]", UPGRADE, "", 0, 0 },
		"is no inspector" },
	{ { "{\"a\":", UPGRADE, "", 0, 0 }, "is no inspector" },
};

static void talks_to_any_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
		struct server s = { .script = talks[i].script };
		struct inspector ins = { .fd = -1 };
		struct span answer;
		struct err err = { 0 };

		s.fd = listen_loopback(&s.port);
		pthread_create(&s.thread, NULL, serve, &s);
		int r = inspector_open(&ins, getpid(), s.port, &err);

		if (r == 0)
			r = inspector_call(&ins, "A.b", "{}", 3000, &answer, &err);
		if (talks[i].fails_with) {
			assert_true(r < 0);
			if (!strstr(err.msg, talks[i].fails_with))
				fail_msg("talk %zu: '%s' without '%s'", i, err.msg,
					talks[i].fails_with);
		} else if (r < 0) {
			fail_msg("talk %zu: %s", i, err.msg);
		}
		inspector_done(&ins);
		shutdown(s.fd, SHUT_RDWR);
		close(s.fd);
		pthread_join(s.thread, NULL);
	}
}

/* ---- preconditions ------------------------------------------------------------------------------
 */

static void knows_whose_port_it_is(void **state)
{
	(void)state;
	struct procfs p;
	uint16_t port;
	int fd = listen_loopback(&port);

	assert_int_equal(procfs_open(&p, "/", NULL), 0);
	assert_int_equal(node_port_owner(&p, getpid(), port), PORT_MINE);
	pid_t child = fork();

	if (child == 0) {
		close(fd);
		pause();
		_exit(0);
	}
	usleep(100000);
	assert_int_equal(node_port_owner(&p, child, port), PORT_OTHER);
	close(fd);
	assert_int_equal(node_port_owner(&p, getpid(), port), PORT_FREE);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	procfs_done(&p);
}

/* This process does not catch SIGUSR1: it would die of it. */
static void never_signals_who_would_die(void **state)
{
	(void)state;
	struct procfs p;
	struct node_process n;
	struct err err = { 0 };

	assert_int_equal(procfs_open(&p, "/", NULL), 0);
	signal(SIGUSR1, SIG_DFL);
	assert_true(node_process_check(&p, getpid(), &n, &err) < 0);
	if (err.code == -EADDRINUSE) { /* a real inspector has the default port just now */
		procfs_done(&p);
		skip();
	}
	assert_non_null(strstr(err.msg, "does not catch SIGUSR1"));
	signal(SIGUSR1, SIG_IGN);
	assert_true(node_process_check(&p, getpid(), &n, &err) < 0);
	assert_non_null(strstr(err.msg, "ignores SIGUSR1"));
	signal(SIGUSR1, SIG_DFL);
	assert_false(node_is_node(getpid()));
	procfs_done(&p);
}

static void reads_flags(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool spaces;
		struct node_flags want;
	} cases[] = {
		{ "node\0app.js\0--inspect", false, { .port = 9229 } }, /* the script's own */
		{ "node\0--inspect\0app.js", false, { .inspect = true, .port = 9229 } },
		{ "node\0--inspect-port=0\0app.js", false, { .port = 0 } },
		{ "node\0--inspect_port\0"
		  "127.0.0.1:7000\0a.js",
			false, { .port = 9229 } },
		{ "node\0--inspect=0.0.0.0:9300\0a.js", false,
			{ .inspect = true, .public_host = true, .port = 9300 } },
		{ "--max-old-space-size=99 --disable-sigusr1", true,
			{ .disable_sigusr1 = true, .port = 9229 } },
		{ "--inspect-port=localhost:1234", true, { .port = 1234 } },
	};
	static const size_t sizes[] = { 21, 21, 30, 0, 33, 0, 0 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct node_flags f = { .port = 9229 };
		size_t n = sizes[i] ? sizes[i] : strlen(cases[i].text);

		node_flags_read(span_of(cases[i].text, n), cases[i].spaces, &f);
		assert_int_equal(f.port, cases[i].want.port);
		assert_int_equal(f.inspect, cases[i].want.inspect);
		assert_int_equal(f.public_host, cases[i].want.public_host);
		assert_int_equal(f.disable_sigusr1, cases[i].want.disable_sigusr1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_round_trip),
		cmocka_unit_test(broken_frames_are_refused),
		cmocka_unit_test(talks_to_any_server),
		cmocka_unit_test(knows_whose_port_it_is),
		cmocka_unit_test(never_signals_who_would_die),
		cmocka_unit_test(reads_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
