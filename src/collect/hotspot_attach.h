/* SPDX-License-Identifier: MIT */
/*
 * HotSpot's own door: a socket that the JVM opens when it is asked to, through which it runs
 * diagnostic commands (flight recordings, histograms, thread dumps). Spoken directly, in a child
 * process that takes on the JVM's user and outlives us, so that the file that asks for the socket
 * is removed in any case. The socket itself is the JVM's and stays until it ends.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

struct hotspot_target {
	pid_t pid;
	pid_t ns_pid; /* as the JVM itself sees it */
	uid_t uid;
	gid_t gid;
	int tmp_fd; /* its /tmp, reachable while it or we live; -1 not open */
	int cwd_fd;
};

/*
 * Looks whether process pid can be talked to at all, without touching it: is a JVM (OpenJ9, native
 * images, other programs get a sentence of their own), would understand the signal, belongs to us
 * or we are root. -EAGAIN: a JVM that has not got so far yet.
 */
int hotspot_target_open(struct hotspot_target *t, pid_t pid, struct err *err);
void hotspot_target_done(struct hotspot_target *t);

/*
 * Runs one diagnostic command; its text is appended to ret. -ETIMEDOUT when the JVM does not answer
 * in time (it may not reach a safepoint, or be stopped), -EREMOTEIO when it refuses.
 */
int hotspot_jcmd(const struct hotspot_target *t, const char *command, uint64_t timeout_ns,
	struct buf *ret, struct err *err);
