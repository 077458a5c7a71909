/* SPDX-License-Identifier: MIT */
/*
 * Whether and how the inspector of a Node process may be used: everything that has to be true
 * before a signal is sent to a program that is not ours.
 */
#pragma once

#include "base/err.h"
#include "collect/procfs.h"

enum node_door {
	NODE_DOOR_OPEN,   /* an inspector listens already: somebody else's, not ours to close */
	NODE_DOOR_SIGNAL, /* SIGUSR1 will open one on the port */
};

struct node_process {
	pid_t pid;
	enum node_door door;
	uint16_t port;
};

enum port_owner { PORT_FREE, PORT_MINE, PORT_OTHER };

/* Who listens on a TCP port of loopback (or of all addresses) in pid's network namespace. */
enum port_owner node_port_owner(struct procfs *p, pid_t pid, uint16_t port);

bool node_is_node(pid_t pid);

/*
 * Fills *ret when the door may be used; else a sentence why not: SIGUSR1 would kill it (not
 * caught), is ignored or blocked, belongs to the application, is switched off; the port is another
 * process's or not on a loopback address.
 */
int node_process_check(struct procfs *p, pid_t pid, struct node_process *ret, struct err *err);

/* What the command line or NODE_OPTIONS say about the inspector; for tests. */
struct node_flags {
	bool disable_sigusr1;
	bool inspect;     /* opened at the start */
	bool public_host; /* not on loopback */
	uint16_t port;    /* 9229 unless named; 0: any */
};
void node_flags_read(struct span arguments, bool separated_by_spaces, struct node_flags *io);
