/* SPDX-License-Identifier: MIT */
/*
 * The debug pages of Go programs (net/http/pprof): found on the ports that Go processes of a tree
 * listen on, asked on loopback only. Answering makes the program do a little work.
 */
#pragma once

#include "base/err.h"
#include "base/map.h"
#include "model/profile_set.h"

#include <sys/types.h>

struct go_door {
	pid_t pid;
	uint16_t port; /* 0: not found */
};

/* Pages looked for already, so that a port is tried once only. */
struct go_doors_tried {
	struct map_u64 v; /* pid and port */
};

/* True when a Go process of the tree below pid has the pages. */
bool go_door_find(pid_t pid, struct go_doors_tried *tried, struct go_door *ret);
/*
 * One profile page ("heap", "goroutine", "mutex", "block"), read. -ENODATA: it is empty, as mutex
 * and block are unless the program turned them on.
 */
int go_door_read(const struct go_door *d, const char *page, struct profile **ret, struct err *err);
/* Starts the program's own CPU profile of so many seconds; a descriptor for go_door_end_cpu. */
int go_door_begin_cpu(const struct go_door *d, unsigned seconds, struct err *err);
/* Closes fd. -EBUSY: another one was running. */
int go_door_end_cpu(int fd, uint64_t timeout_ns, struct profile **ret, struct err *err);
