/* SPDX-License-Identifier: MIT */
/* /proc/net: interface counters, protocol counters, TCP socket tables. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct proc_net_if {
	const char *name;
	uint64_t rx_bytes, rx_packets, rx_errors, rx_drops;
	uint64_t tx_bytes, tx_packets, tx_errors, tx_drops;
};

struct proc_net_ifs {
	struct proc_net_if *v;
	size_t n;
};

/* From /proc/net/snmp and /proc/net/netstat; counters except `established`. */
struct proc_net_protocols {
	uint64_t tcp_out_segments, tcp_retransmits, tcp_active_opens, tcp_out_resets;
	uint64_t tcp_established;
	uint64_t udp_in_errors, udp_receive_full;
	uint64_t listen_overflows, listen_drops, syn_retransmits, memory_pressure_aborts;
};

/* States of include/net/tcp_states.h. */
enum tcp_state {
	TCP_STATE_ESTABLISHED = 1,
	TCP_STATE_TIME_WAIT = 6,
	TCP_STATE_CLOSE_WAIT = 8,
	TCP_STATE_LISTEN = 10
};

struct tcp_socket {
	uint8_t local[16], remote[16]; /* network order; IPv4 in the first 4 */
	bool v6;
	uint16_t local_port, remote_port;
	unsigned state;
	uint32_t tx_queue,
		rx_queue; /* of a listener: rx_queue = connections waiting for accept() */
	uint64_t inode;   /* 0 for TIME_WAIT */
};

void proc_net_dev_parse(struct span text, struct arena *a, struct proc_net_ifs *ret);
/* Adds what is found to *ret; both files have the same form. */
void proc_net_protocols_parse(struct span text, struct proc_net_protocols *ret);
/*
 * Takes the next socket off a /proc/net/tcp or tcp6 table, passing over its heading and lines that
 * are not understood; false at the end. The kind is told by the length of the address.
 */
bool proc_net_tcp_next(struct span *text, struct tcp_socket *ret);
/* "10.0.0.7:5432", "[::1]:80"; v4-mapped addresses as v4. `out` has TCP_ADDRESS_LEN bytes. */
enum { TCP_ADDRESS_LEN = 64 };
char *tcp_remote_format(const struct tcp_socket *s, char *out);
