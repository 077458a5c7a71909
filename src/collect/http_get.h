/* SPDX-License-Identifier: MIT */
/*
 * GET over a loopback socket, in the network namespace of a process: for debug pages of programs
 * on this machine. Connects to nothing else, follows nothing, and has limits for time and size.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

/* Connected to 127.0.0.1 or ::1 as the process `pid` sees it; a descriptor, or negative. */
int http_connect(pid_t pid, uint16_t port, struct err *err);
/* Sends the request; path begins with '/'. */
int http_send_get(int fd, const char *path, struct err *err);
/*
 * Waits for the whole answer, at most timeout_ns and max_bytes. *ret_status is the HTTP status; the
 * body is added to *ret.
 */
int http_receive(int fd, uint64_t timeout_ns, size_t max_bytes, unsigned *ret_status,
	struct buf *ret, struct err *err);
/* All of it. */
int http_get(pid_t pid, uint16_t port, const char *path, uint64_t timeout_ns, size_t max_bytes,
	unsigned *ret_status, struct buf *ret, struct err *err);
