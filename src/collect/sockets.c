/* SPDX-License-Identifier: MIT */
/* TCP sockets of a process: its fd links joined with the tables of its network namespace. */
#include "collect/sockets.h"

#include "base/map.h"
#include "parse/proc_net.h"
#include "parse/proc_task.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_FDS = 65536, MAX_TABLE = 16 << 20, MAX_PEERS = 8, MAX_DISTINCT_PEERS = 4096 };

static const char *const tables[] = { "tcp", "tcp6" };

/* Inodes of the sockets among the first MAX_FDS files. */
static int read_fds(struct procfs *p, pid_t pid, struct map_u64 *inodes, struct process_sockets *s)
{
	struct pid_list fds = { 0 };
	char path[64], link[64];
	uint64_t inode;

	snprintf(path, sizeof(path), "%d/fd", (int)pid);
	int r = procfs_list(p, path, &fds, NULL);

	s->fds = fds.n;
	s->fds_known = r == 0;
	s->truncated = fds.n > MAX_FDS;
	for (size_t i = 0; i < fds.n && i < MAX_FDS; i++) {
		snprintf(path, sizeof(path), "%d/fd/%d", (int)pid, (int)fds.v[i]);
		if (procfs_readlink(p, path, link, sizeof(link)) > 0 &&
			proc_socket_link_parse(span_str(link), &inode))
			map_u64_put(inodes, inode, NULL);
	}
	vec_done(&fds);
	return r;
}

struct tally {
	struct map_u64 ports; /* listening */
	struct strtab names;
	unsigned *counts; /* by name id */
	uint16_t *name_ports;
	vec_of(struct tcp_socket) clients;
};

static void count_peer(struct tally *t, const struct tcp_socket *sock)
{
	char addr[TCP_ADDRESS_LEN];
	uint32_t id = strtab_add(&t->names, tcp_remote_format(sock, addr));

	if (id >= MAX_DISTINCT_PEERS)
		return;
	t->counts[id]++;
	t->name_ports[id] = sock->remote_port;
}

static void see_socket(struct tally *t, const struct tcp_socket *sock, struct process_sockets *s)
{
	s->sockets++;
	switch (sock->state) {
	case TCP_STATE_LISTEN:
		map_u64_put(&t->ports, sock->local_port, NULL);
		s->accept_queue += sock->rx_queue;
		break;
	case TCP_STATE_ESTABLISHED:
		s->established++;
		*vec_push(&t->clients) = *sock;
		break;
	case TCP_STATE_CLOSE_WAIT:
		s->close_wait++;
		break;
	default:
		break;
	}
}

static void read_tables(struct procfs *p, pid_t pid, const struct map_u64 *inodes, struct tally *t,
	struct process_sockets *s)
{
	struct tcp_socket sock;
	struct span text;
	char path[64];
	bool cut;

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		snprintf(path, sizeof(path), "%d/net/%s", (int)pid, tables[i]);
		if (procfs_read_max(p, path, MAX_TABLE, &text, &cut, NULL) < 0)
			continue;
		s->truncated = s->truncated || cut;
		while (proc_net_tcp_next(&text, &sock))
			if (sock.inode && map_u64_get(inodes, sock.inode))
				see_socket(t, &sock, s);
	}
}

static int compare_ports(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static void list_ports(const struct tally *t, struct arena *a, struct process_sockets *s)
{
	s->listening = arena_array(a, t->ports.n, sizeof(*s->listening));
	for (size_t i = 0; i < t->ports.cap; i++)
		if (t->ports.slots[i].used)
			s->listening[s->n_listening++] = (uint16_t)t->ports.slots[i].key;
	if (s->n_listening > 1)
		qsort(s->listening, s->n_listening, sizeof(*s->listening), compare_ports);
}

static void list_peers(struct tally *t, struct arena *a, struct process_sockets *s)
{
	s->peers = arena_array(a, MAX_PEERS, sizeof(*s->peers));
	for (size_t i = 0; i < t->clients.n; i++)
		/* a connection on one of our own listening ports was opened by the other side */
		if (!map_u64_get(&t->ports, t->clients.v[i].local_port))
			count_peer(t, &t->clients.v[i]);
	uint32_t names = MIN(t->names.n, (uint32_t)MAX_DISTINCT_PEERS);

	for (size_t k = 0; k < MAX_PEERS; k++) {
		uint32_t best = 0;

		for (uint32_t id = 1; id < names; id++)
			if (t->counts[id] > t->counts[best])
				best = id;
		if (t->counts[best] == 0)
			return;
		s->peers[s->n_peers++] = (struct socket_peer){
			.address = arena_strdup(a, strtab_get(&t->names, best)),
			.port = t->name_ports[best],
			.connections = t->counts[best],
		};
		t->counts[best] = 0;
	}
}

void process_sockets_take(struct procfs *p, pid_t pid, struct arena *a, struct caveats *caveats,
	struct process_sockets *ret)
{
	struct process_sockets s = { 0 };
	struct map_u64 inodes = { 0 };
	struct tally t = { 0 };

	if (read_fds(p, pid, &inodes, &s) == -EACCES)
		caveat_add(caveats, a, "fds-refused",
			"open files and sockets of process %d belong to another user: run as root "
			"to see "
			"ports, connections and file limits",
			(int)pid);
	if (inodes.n) {
		strtab_init(&t.names);
		t.counts = xcalloc(MAX_DISTINCT_PEERS, sizeof(*t.counts));
		t.name_ports = xcalloc(MAX_DISTINCT_PEERS, sizeof(*t.name_ports));
		read_tables(p, pid, &inodes, &t, &s);
		list_ports(&t, a, &s);
		list_peers(&t, a, &s);
		strtab_done(&t.names);
	}
	if (s.truncated)
		caveat_add(caveats, a, "sockets-truncated",
			"process %d has more files or sockets than are looked at: counts are lower "
			"bounds",
			(int)pid);
	vec_done(&t.clients);
	map_u64_done(&t.ports);
	map_u64_done(&inodes);
	free(t.counts);
	free(t.name_ports);
	*ret = s;
}

static size_t listening_inodes(struct procfs *p, uint16_t port, struct map_u64 *inodes)
{
	struct tcp_socket sock;
	struct span text;
	char path[32];

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		snprintf(path, sizeof(path), "net/%s", tables[i]);
		if (procfs_read_max(p, path, MAX_TABLE, &text, NULL, NULL) < 0)
			continue;
		while (proc_net_tcp_next(&text, &sock))
			if (sock.state == TCP_STATE_LISTEN && sock.local_port == port && sock.inode)
				map_u64_put(inodes, sock.inode, NULL);
	}
	return inodes->n;
}

static bool holds_any(struct procfs *p, pid_t pid, const struct map_u64 *inodes, bool *refused)
{
	struct map_u64 have = { 0 };
	struct process_sockets s = { 0 };
	bool found = false;

	if (read_fds(p, pid, &have, &s) == -EACCES)
		*refused = true;
	for (size_t i = 0; i < have.cap && !found; i++)
		found = have.slots[i].used && map_u64_get(inodes, have.slots[i].key);
	map_u64_done(&have);
	return found;
}

int sockets_find_listener(struct procfs *p, uint16_t port, struct pid_list *ret, struct err *err)
{
	struct map_u64 inodes = { 0 };
	struct pid_list pids = { 0 };
	bool refused = false;
	int r = 0;

	ret->n = 0;
	if (listening_inodes(p, port, &inodes) == 0)
		r = fail(err, ENOENT, "nothing listens on TCP port %u", port);
	if (r == 0)
		r = procfs_list(p, "", &pids, err);
	for (size_t i = 0; r == 0 && i < pids.n; i++)
		if (pids.v[i] != p->self && holds_any(p, pids.v[i], &inodes, &refused))
			*vec_push(ret) = pids.v[i];
	if (r == 0 && ret->n == 0) {
		r = refused
			? fail(err, EACCES,
				  "whoever listens on TCP port %u belongs to another user", port)
			: fail(err, ENOENT,
				  "no process holds the socket that listens on TCP port %u", port);
		err_hint(err,
			refused ? "run as root, or give --pid"
				: "it may be in another pid namespace (a container): give --pid");
	}
	map_u64_done(&inodes);
	vec_done(&pids);
	return r;
}
