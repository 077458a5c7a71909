/* SPDX-License-Identifier: MIT */
/*
 * A connection to the inspector of a Node process, on a loopback address of its network namespace.
 * Calls wait for their answer up to a limit; whatever the other side sends is bounded.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { INSPECTOR_MAX_MESSAGE = 256 << 20 };

struct inspector {
	int fd; /* -1 closed */
	uint16_t port;
	struct buf in;      /* unread bytes */
	struct buf message; /* of several frames */
	int64_t next_id;
};

/* Opens a session with the inspector that listens on the port, in pid's network namespace. */
int inspector_open(struct inspector *ret, pid_t pid, uint16_t port, struct err *err);
void inspector_done(struct inspector *i);
/*
 * Calls a method with parameters ("{}" or JSON text) and waits. *ret_answer, the whole message, is
 * valid until the next call.
 */
int inspector_call(struct inspector *i, const char *method, const char *params, unsigned timeout_ms,
	struct span *ret_answer, struct err *err);
/* Whether the other side is still there. */
bool inspector_alive(struct inspector *i);
