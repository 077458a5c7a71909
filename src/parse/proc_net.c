/* SPDX-License-Identifier: MIT */
/* Parsers of /proc/net/dev, snmp, netstat, tcp and tcp6. */
#include "parse/proc_net.h"

#include "base/vec.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { MAX_INTERFACES = 4096 };

static bool read_interface(struct span line, struct arena *a, struct proc_net_if *ret)
{
	struct proc_net_if i = { 0 };
	struct span name;
	uint64_t skip;
	uint64_t *const fields[] = { &i.rx_bytes, &i.rx_packets, &i.rx_errors, &i.rx_drops, &skip,
		&skip, &skip, &skip, &i.tx_bytes, &i.tx_packets, &i.tx_errors, &i.tx_drops };

	/* "eth0:1234" without a blank occurs; interface names may have ':' themselves (aliases) */
	const uint8_t *colon = line.n ? memrchr(line.p, ':', line.n) : NULL;

	if (!colon)
		return false;
	name = span_trim(span_sub(line, 0, (size_t)(colon - line.p)));
	line = span_from(line, (size_t)(colon - line.p) + 1);
	for (size_t f = 0; f < ARRAY_LEN(fields); f++)
		if (!span_next_u64(&line, fields[f]))
			return false;
	i.name = arena_strndup(a, name.p, MIN(name.n, (size_t)64));
	*ret = i;
	return true;
}

void proc_net_dev_parse(struct span text, struct arena *a, struct proc_net_ifs *ret)
{
	vec_of(struct proc_net_if) ifs = { 0 };
	struct proc_net_if i;
	struct span line;

	while (ifs.n < MAX_INTERFACES && span_next_line(&text, &line))
		if (read_interface(line, a, &i))
			*vec_push(&ifs) = i;
	ret->n = ifs.n;
	ret->v = arena_array(a, ifs.n, sizeof(i));
	if (ifs.n)
		memcpy(ret->v, ifs.v, ifs.n * sizeof(i));
	vec_done(&ifs);
}

static void put_counter(
	struct proc_net_protocols *p, struct span group, struct span key, uint64_t v)
{
	const struct {
		const char *group, *key;
		uint64_t *value;
	} known[] = {
		{ "Tcp:", "OutSegs", &p->tcp_out_segments },
		{ "Tcp:", "RetransSegs", &p->tcp_retransmits },
		{ "Tcp:", "ActiveOpens", &p->tcp_active_opens },
		{ "Tcp:", "OutRsts", &p->tcp_out_resets },
		{ "Tcp:", "CurrEstab", &p->tcp_established },
		{ "Udp:", "InErrors", &p->udp_in_errors },
		{ "Udp:", "RcvbufErrors", &p->udp_receive_full },
		{ "TcpExt:", "ListenOverflows", &p->listen_overflows },
		{ "TcpExt:", "ListenDrops", &p->listen_drops },
		{ "TcpExt:", "TCPSynRetrans", &p->syn_retransmits },
		{ "TcpExt:", "TCPAbortOnMemory", &p->memory_pressure_aborts },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (span_eq(group, known[i].group) && span_eq(key, known[i].key))
			*known[i].value = v;
}

/* A line of names is followed by a line of values with the same first word. */
void proc_net_protocols_parse(struct span text, struct proc_net_protocols *ret)
{
	struct span names, values, group, same, key, word;
	uint64_t v;

	while (span_next_line(&text, &names) && span_next_line(&text, &values)) {
		if (!span_next_word(&names, &group) || !span_next_word(&values, &same))
			continue;
		if (group.n != same.n || memcmp(group.p, same.p, group.n) != 0)
			continue;
		while (span_next_word(&names, &key) && span_next_word(&values, &word))
			if (span_parse_u64(word, &v)) /* MaxConn is -1 */
				put_counter(ret, group, key, v);
	}
}

/* "0100007F:1F90": 32-bit words in the byte order of the machine, here little endian. */
static bool read_address(struct span word, uint8_t *addr, uint16_t *port, bool *v6)
{
	struct span hex;
	uint64_t v;

	if (!span_next_part(&word, ':', &hex) || (hex.n != 8 && hex.n != 32))
		return false;
	*v6 = hex.n == 32;
	for (size_t i = 0; i < hex.n / 8; i++) {
		if (!span_parse_hex(span_sub(hex, i * 8, 8), &v))
			return false;
		for (size_t b = 0; b < 4; b++)
			addr[i * 4 + b] = (uint8_t)(v >> (8 * b));
	}
	if (!span_parse_hex(word, &v) || v > UINT16_MAX)
		return false;
	*port = (uint16_t)v;
	return true;
}

static bool read_socket(struct span line, struct tcp_socket *ret)
{
	struct tcp_socket s = { 0 };
	struct span word, part;
	uint64_t v;

	if (!span_next_word(&line, &word)) /* "0:" */
		return false;
	if (!span_next_word(&line, &word) || !read_address(word, s.local, &s.local_port, &s.v6))
		return false;
	if (!span_next_word(&line, &word) || !read_address(word, s.remote, &s.remote_port, &s.v6))
		return false;
	if (!span_next_word(&line, &word) || !span_parse_hex(word, &v))
		return false;
	s.state = (unsigned)v;
	if (!span_next_word(&line, &word) || !span_next_part(&word, ':', &part))
		return false;
	if (span_parse_hex(part, &v))
		s.tx_queue = (uint32_t)v;
	if (span_parse_hex(word, &v))
		s.rx_queue = (uint32_t)v;
	for (int skip = 0; skip < 4; skip++) /* timer, retransmits, uid, timeout */
		if (!span_next_word(&line, &word))
			return false;
	if (!span_next_u64(&line, &s.inode))
		return false;
	*ret = s;
	return true;
}

bool proc_net_tcp_next(struct span *text, struct tcp_socket *ret)
{
	struct span line;

	while (span_next_line(text, &line))
		if (read_socket(line, ret))
			return true;
	return false;
}

char *tcp_remote_format(const struct tcp_socket *s, char *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char addr[INET6_ADDRSTRLEN] = "";
	bool as_v6 = s->v6 && memcmp(s->remote, mapped, sizeof(mapped)) != 0;
	const uint8_t *v4 = s->v6 ? s->remote + 12 : s->remote;

	if (as_v6)
		inet_ntop(AF_INET6, s->remote, addr, sizeof(addr));
	else
		inet_ntop(AF_INET, v4, addr, sizeof(addr));
	snprintf(out, TCP_ADDRESS_LEN, as_v6 ? "[%s]:%u" : "%s:%u", addr, s->remote_port);
	return out;
}
