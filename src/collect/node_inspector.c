/* SPDX-License-Identifier: MIT */
/*
 * Collector: V8's heap sampler in a running Node process, through its inspector. The inspector is
 * code execution for whoever can connect: it is opened on loopback only, when all preconditions
 * hold (node_process.h), for the time of the observation, and a guard process closes it when we
 * are killed. One that was open already is used and left open.
 */
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/inspector.h"
#include "collect/node_process.h"
#include "collect/task_tree.h"
#include "parse/heapprofile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CALL_MS = 10000, /* the event loop may be busy: an answer waits for it */
	OPEN_TRIES = 100,
	OPEN_STEP_MS = 50,
	SAMPLE_BYTES = 16 << 10,
	GUARD_TRIES = 600, /* of 100 ms: a busy event loop answers late */
};

/* Ends the listening of a door we opened; the answer may not come any more. */
static const char close_door[] =
	"{\"expression\":\"typeof process._debugEnd==='function'?process._debugEnd():"
	"require('inspector').close()\",\"includeCommandLineAPI\":true}";

struct door {
	struct procfs *p;
	struct node_process node;
	struct inspector ins;
	int guard_fd; /* -1 none */
	pid_t guard;
};

/* ---- the guard ----------------------------------------------------------------------------------
 */

/* Closes the door from a session of its own; the port must still be the same process's. */
static bool close_from_outside(const struct node_process *n)
{
	struct procfs p = { 0 };
	struct inspector ins;
	struct span answer;
	bool closed = true;

	if (procfs_open(&p, "/", NULL) < 0)
		return true;
	if (node_port_owner(&p, n->pid, n->port) == PORT_MINE) {
		if (inspector_open(&ins, n->pid, n->port, NULL) == 0) {
			inspector_call(
				&ins, "Runtime.evaluate", close_door, CALL_MS, &answer, NULL);
			inspector_done(&ins);
		}
		usleep(100000);
		closed = node_port_owner(&p, n->pid, n->port) != PORT_MINE;
	}
	procfs_done(&p);
	return closed;
}

/* Lives until the other end of the pipe says that all is well, or vanishes with us. */
_Noreturn static void guard_main(int fd, const struct node_process *n)
{
	char c = 0;
	ssize_t got;

	setsid();
	prctl(PR_SET_NAME, "perf-ops guard");
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (fd != 0)
		dup2(fd, 0);
	syscall(SYS_close_range, 1u, ~0u, 0u);
	do
		got = read(0, &c, 1);
	while (got < 0 && errno == EINTR);
	/* the signal may just have been sent: the port may open only now */
	for (int i = 0; got == 0 && i < GUARD_TRIES && kill(n->pid, 0) == 0; i++) {
		if (!close_from_outside(n) || i < 20)
			usleep(100000);
		else
			break;
	}
	_exit(0);
}

static int guard_start(struct door *d, struct err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return fail(err, errno, "cannot create a pipe: %m");
	d->guard = fork();
	if (d->guard == 0) {
		close(fds[1]);
		guard_main(fds[0], &d->node);
	}
	close(fds[0]);
	if (d->guard < 0) {
		close(fds[1]);
		return fail(
			err, errno, "cannot start the process that would close the inspector: %m");
	}
	d->guard_fd = fds[1];
	return 0;
}

/* fulfilled: the door is closed; otherwise the guard goes on trying. */
static void guard_end(struct door *d, bool fulfilled)
{
	if (d->guard_fd < 0)
		return;
	if (fulfilled && write(d->guard_fd, "x", 1) < 0)
		fulfilled = false;
	close(d->guard_fd);
	d->guard_fd = -1;
	if (fulfilled)
		while (waitpid(d->guard, NULL, 0) < 0 && errno == EINTR)
			;
}

/* ---- the door -----------------------------------------------------------------------------------
 */

static int door_open(struct door *d, const struct collector_target *t, struct err *err)
{
	int r = 0;

	if (d->node.door == NODE_DOOR_SIGNAL) {
		r = guard_start(d, err);
		if (r < 0)
			return r;
		if (kill(d->node.pid, SIGUSR1) < 0) {
			guard_end(d, true);
			return fail(err, errno, "cannot signal process %d: %m", (int)d->node.pid);
		}
		for (int i = 0; i < OPEN_TRIES; i++) {
			if (node_port_owner(d->p, d->node.pid, d->node.port) == PORT_MINE)
				break;
			if (collector_wait(t, OPEN_STEP_MS * 1000000ull))
				break;
		}
	}
	/* again, and just before we talk: the port must be this process's */
	if (node_port_owner(d->p, d->node.pid, d->node.port) != PORT_MINE)
		r = fail(err, ETIMEDOUT, "process %d did not open its inspector on port %u",
			(int)d->node.pid, d->node.port);
	if (r == 0)
		r = inspector_open(&d->ins, d->node.pid, d->node.port, err);
	if (r < 0)
		guard_end(d, false);
	return r;
}

static void door_close(struct door *d, struct collected *ret)
{
	struct span answer;
	bool ours = d->node.door == NODE_DOOR_SIGNAL, closed = !ours;

	if (ours)
		inspector_call(&d->ins, "Runtime.evaluate", close_door, CALL_MS, &answer, NULL);
	inspector_done(&d->ins);
	for (int i = 0; i < 40 && !closed; i++) {
		closed = node_port_owner(d->p, d->node.pid, d->node.port) != PORT_MINE;
		if (!closed)
			usleep(OPEN_STEP_MS * 1000);
	}
	guard_end(d, closed);
	if (!closed)
		caveat_add(&ret->caveats, &ret->arena, "inspector-still-open",
			"the inspector of process %d on port %u is still open: its event loop was "
			"too busy to close it; a guard process keeps trying for a minute",
			(int)d->node.pid, d->node.port);
}

/* ---- what is asked ------------------------------------------------------------------------------
 */

static struct profile *read_heap(struct span answer, pid_t pid)
{
	struct byte_stream in;
	struct json_stream *j = xcalloc(1, sizeof(*j));
	struct profile *p = NULL;
	struct span key;

	byte_stream_init_span(&in, &answer);
	json_stream_init(j, &in);
	if (json_enter_object(j))
		while (json_next_key(j, &key))
			if (span_eq(key, "result") && json_enter_object(j))
				while (json_next_key(j, &key))
					if (!p && span_eq(key, "profile"))
						p = heapprofile_read_value(j, pid, pid, "main");
	json_stream_done(j);
	free(j);
	byte_stream_done(&in);
	return p;
}

static int sample_heap(
	struct door *d, const struct collector_target *t, struct collected *ret, struct err *err)
{
	char params[64];
	struct span answer;
	uint64_t start = clock_mono_ns();

	snprintf(params, sizeof(params), "{\"samplingInterval\":%d}", SAMPLE_BYTES);
	int r = inspector_call(&d->ins, "HeapProfiler.enable", "{}", CALL_MS, &answer, err);

	if (r == 0)
		r = inspector_call(
			&d->ins, "HeapProfiler.startSampling", params, CALL_MS, &answer, err);
	while (r == 0 && !collector_wait(t, 200000000))
		if (!inspector_alive(&d->ins))
			return fail(err, ECONNRESET,
				"process %d ended, and its heap profile with it", (int)d->node.pid);
	if (r == 0)
		r = inspector_call(
			&d->ins, "HeapProfiler.stopSampling", "{}", CALL_MS, &answer, err);
	if (r < 0)
		return r;
	struct profile *p = read_heap(answer, d->node.pid);

	if (!p)
		return 0; /* nothing that was allocated meanwhile is still held */
	p->quality.duration_ns = clock_mono_ns() - start;
	profile_set_add(&ret->profiles, p);
	return 0;
}

/* The Node processes of the tree, the outermost first. */
static size_t find_nodes(pid_t root, pid_t *ret, size_t max)
{
	struct task_list tasks = { 0 };
	size_t n = 0;

	task_list_add_tree(&tasks, root);
	for (size_t i = 0; i < tasks.v.n && n < max; i++)
		if (tasks.v.v[i].pid == tasks.v.v[i].tid && node_is_node(tasks.v.v[i].pid))
			ret[n++] = tasks.v.v[i].pid;
	task_list_done(&tasks);
	return n;
}

static int run(const struct collector_target *t, struct collected *ret, struct err *err)
{
	struct procfs p = { 0 };
	struct door d = { .p = &p, .ins = { .fd = -1 }, .guard_fd = -1 };
	pid_t nodes[16];

	/* opening a door is more than looking: only when memory was asked for by name */
	if (!(t->deep & RESOURCE_MEMORY) || t->launched)
		return 0;
	size_t n = find_nodes(t->pid, nodes, ARRAY_LEN(nodes));

	if (n == 0)
		return 0;
	int r = procfs_open(&p, "/", err);

	if (r < 0)
		return r;
	r = node_process_check(&p, nodes[0], &d.node, err);
	if (r == 0)
		r = door_open(&d, t, err);
	if (r == 0) {
		r = sample_heap(&d, t, ret, err);
		door_close(&d, ret);
	}
	if (r == 0 && n > 1)
		caveat_add(&ret->caveats, &ret->arena, "one-node-of-several",
			"of %zu Node processes only %d was asked about its heap: their inspectors "
			"would share a port",
			n, (int)nodes[0]);
	procfs_done(&p);
	return r;
}

const struct collector node_inspector_collector = {
	.name = "Node inspector",
	.shows = RESOURCE_MEMORY,
	.runs_inside = true,
	.run = run,
};
