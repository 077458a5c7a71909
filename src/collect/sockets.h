/* SPDX-License-Identifier: MIT */
/* TCP sockets and open files of one process: what it listens on, who it talks to, what queues. */
#pragma once

#include "collect/procfs.h"
#include "model/caveat.h"

struct socket_peer {
	const char *address; /* "10.0.0.7:5432" */
	uint16_t port;
	unsigned connections;
};

struct process_sockets {
	uint16_t *listening; /* ascending, without doubles */
	size_t n_listening;
	struct socket_peer
		*peers; /* of connections the process opened itself, by number, at most 8 */
	size_t n_peers;
	unsigned established, close_wait, sockets;
	uint64_t accept_queue;
	uint64_t fds;   /* open files of any kind */
	bool fds_known; /* false: other user's process */
	bool truncated; /* more sockets than we look at */
};

/* Never fails: what is refused or gone is a caveat and an empty part. */
void process_sockets_take(struct procfs *p, pid_t pid, struct arena *a, struct caveats *caveats,
	struct process_sockets *ret);

/* Pids that listen on a TCP port in our network namespace, ascending. -ENOENT when nobody does,
 * -EACCES when somebody does whose files we may not see. */
int sockets_find_listener(struct procfs *p, uint16_t port, struct pid_list *ret, struct err *err);
