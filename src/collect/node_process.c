/* SPDX-License-Identifier: MIT */
/* Preconditions of Node's inspector. */
#include "collect/node_process.h"

#include "base/file.h"
#include "base/map.h"
#include "collect/remote_memory.h"
#include "parse/elf_image.h"
#include "parse/elf_symbols.h"
#include "parse/proc_maps.h"
#include "parse/proc_net.h"
#include "parse/proc_task.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_TEXT = 1 << 20, MAX_MAPS_BYTES = 16 << 20, DEFAULT_PORT = 9229 };

/* ---- flags --------------------------------------------------------------------------------------
 */

/* "--inspect=HOST:PORT", "--inspect=PORT", "--inspect=HOST" */
static void read_address(struct span s, struct node_flags *f)
{
	char text[256];
	unsigned port = 0;
	size_t digits = 0;

	snprintf(text, sizeof(text), "%.*s", (int)MIN(s.n, sizeof(text) - 1), (const char *)s.p);
	char *colon = strrchr(text, ':'), *number = colon ? colon + 1 : text;

	digits = strspn(number, "0123456789");
	bool has_port = digits && !number[digits] && digits < 6;

	if (has_port) {
		sscanf(number, "%5u", &port);
		f->port = (uint16_t)port;
		*(colon ? colon : text) = '\0';
	}
	if (*text)
		f->public_host = strcmp(text, "127.0.0.1") != 0 && strcmp(text, "localhost") != 0;
}

static void read_flag(struct span word, struct node_flags *f)
{
	static const char *const inspecting[] = { "--inspect", "--inspect-brk", "--inspect-wait" };
	char text[512];

	if (word.n == 0 || word.n >= sizeof(text))
		return;
	/* Node takes underscores for dashes */
	for (size_t i = 0; i < word.n; i++)
		text[i] = word.p[i] == '_' ? '-' : (char)word.p[i];
	text[word.n] = '\0';

	char *eq = strchr(text, '=');
	struct span value = eq ? span_str(eq + 1) : (struct span){ 0 };

	if (eq)
		*eq = '\0';
	if (strcmp(text, "--disable-sigusr1") == 0)
		f->disable_sigusr1 = true;
	for (size_t i = 0; i < ARRAY_LEN(inspecting); i++)
		f->inspect |= strcmp(text, inspecting[i]) == 0;
	if (value.n && strncmp(text, "--inspect", 9) == 0 && strcmp(text, "--inspect-publish-uid"))
		read_address(value, f);
	if (value.n && (strcmp(text, "--debug-port") == 0))
		read_address(value, f);
}

void node_flags_read(struct span arguments, bool separated_by_spaces, struct node_flags *io)
{
	struct span word;

	if (separated_by_spaces) {
		while (span_next_word(&arguments, &word))
			read_flag(word, io);
		return;
	}
	bool takes_port = false;

	proc_string_next(&arguments, &word); /* the program itself */
	while (proc_string_next(&arguments, &word)) {
		if (takes_port)
			read_address(word, io);
		else if (word.n == 0 || word.p[0] != '-')
			break; /* the script: what follows is its own */
		else
			read_flag(word, io);
		takes_port = span_eq(word, "--inspect-port") || span_eq(word, "--debug-port");
	}
}

static void read_flags(struct procfs *p, pid_t pid, struct node_flags *ret)
{
	struct span text, entry;

	*ret = (struct node_flags){ .port = DEFAULT_PORT };
	if (procfs_read_pid(p, pid, "environ", &text, NULL) == 0)
		while (proc_string_next(&text, &entry))
			if (span_starts(entry, "NODE_OPTIONS="))
				node_flags_read(span_from(entry, 13), true, ret);
	if (procfs_read_pid(p, pid, "cmdline", &text, NULL) == 0)
		node_flags_read(text, false, ret);
}

bool node_is_node(pid_t pid)
{
	static const char *const names[] = { "node", "nodejs", "nsolid" };
	char path[64], target[4096];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n <= 0)
		return false;
	target[n] = '\0';
	const char *name = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t k = strlen(names[i]);

		/* also "node20", "node (deleted)" */
		if (strncmp(name, names[i], k) == 0 &&
			strspn(name + k, "0123456789.-") == strcspn(name + k, " "))
			return true;
	}
	return false;
}

/* ---- ports --------------------------------------------------------------------------------------
 */

static bool on_loopback(const struct tcp_socket *s, bool *ret_any)
{
	static const uint8_t zero[16];
	size_t n = s->v6 ? 16 : 4;

	*ret_any = memcmp(s->local, zero, n) == 0;
	return *ret_any || (!s->v6 && s->local[0] == 127) ||
		(s->v6 && memcmp(s->local, zero, 15) == 0 && s->local[15] == 1);
}

static bool has_socket(struct procfs *p, pid_t pid, uint64_t inode)
{
	struct pid_list fds = { 0 };
	char path[64], link[64];
	uint64_t have;
	bool found = false;

	snprintf(path, sizeof(path), "%d/fd", (int)pid);
	if (procfs_list(p, path, &fds, NULL) < 0)
		return false;
	for (size_t i = 0; i < fds.n && !found; i++) {
		snprintf(path, sizeof(path), "%d/fd/%d", (int)pid, (int)fds.v[i]);
		found = procfs_readlink(p, path, link, sizeof(link)) > 0 &&
			proc_socket_link_parse(span_str(link), &have) && have == inode;
	}
	free(fds.v);
	return found;
}

enum port_owner node_port_owner(struct procfs *p, pid_t pid, uint16_t port)
{
	static const char *const tables[] = { "net/tcp", "net/tcp6" };
	enum port_owner owner = PORT_FREE;

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct span text;
		struct tcp_socket s;
		uint64_t inodes[8];
		size_t n = 0;
		bool any;

		if (procfs_read_pid(p, pid, tables[i], &text, NULL) < 0)
			continue;
		while (proc_net_tcp_next(&text, &s) && n < ARRAY_LEN(inodes))
			if (s.state == TCP_STATE_LISTEN && s.local_port == port &&
				on_loopback(&s, &any))
				inodes[n++] = s.inode;
		for (size_t k = 0; k < n; k++) /* the text is gone after the next read */
			if (has_socket(p, pid, inodes[k]))
				owner = owner == PORT_OTHER ? PORT_OTHER : PORT_MINE;
			else
				owner = PORT_OTHER;
	}
	return owner;
}

/* ---- signals ------------------------------------------------------------------------------------
 */

/* Where the program was loaded, relative to its ELF addresses. */
static bool load_bias(pid_t pid, const struct elf_image *img, uint64_t inode, uint64_t *ret)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct proc_mapping m;
	char path[64];
	uint64_t vaddr;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	if (file_read(path, MAX_MAPS_BYTES, &b, NULL) < 0)
		return false;
	struct span s = buf_span(&b);

	while (proc_maps_next(&s, &m)) {
		if (m.inode != inode || !elf_image_vaddr(img, m.offset, &vaddr))
			continue;
		*ret = m.start - vaddr;
		return true;
	}
	return false;
}

/*
 * libuv keeps the program's own signal handlers in a tree (src/unix/signal.c); a handle is
 * {data, loop, type, close_cb, queue[2], u[4], next_closing, flags, signal_cb, signum, tree entry}.
 */
enum { HANDLE_SIGNUM = 104, HANDLE_TREE = 112, MAX_HANDLERS = 256 };

enum handler { HANDLER_UNKNOWN, HANDLER_NONE, HANDLER_OWN };

static enum handler walk_handlers(struct remote_memory *m, uint64_t root)
{
	uint64_t todo[MAX_HANDLERS];
	size_t n = 0, seen = 0;

	if (root)
		todo[n++] = root;
	while (n) {
		uint64_t at = todo[--n], next[2];
		int32_t signum;

		if (++seen > MAX_HANDLERS || n + 2 > MAX_HANDLERS ||
			remote_memory_bytes(m, at + HANDLE_SIGNUM, &signum, 4) != 4 ||
			remote_memory_bytes(m, at + HANDLE_TREE, next, 16) != 16 || signum < 1 ||
			signum > 64)
			return HANDLER_UNKNOWN;
		if (signum == SIGUSR1)
			return HANDLER_OWN;
		for (int i = 0; i < 2; i++)
			if (next[i])
				todo[n++] = next[i];
	}
	return HANDLER_NONE;
}

/* Whether the program itself asked libuv for SIGUSR1, which Node's own handler does not go through.
 */
static enum handler own_handler(pid_t pid)
{
	char path[64];
	struct file_map file = { 0 };
	struct elf_image img;
	struct stat st;
	uint64_t tree, bias, root;
	enum handler result = HANDLER_UNKNOWN;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (stat(path, &st) < 0 || file_map_open(&file, path, (size_t)1 << 30, NULL) < 0)
		return result;
	if (elf_image_init(&img, file.s, NULL) == 0) {
		if (elf_symbol_address(&img, "uv__signal_tree", &tree) &&
			load_bias(pid, &img, st.st_ino, &bias)) {
			struct remote_memory m;

			remote_memory_init(&m, pid);
			if (remote_memory_bytes(&m, tree + bias, &root, 8) == 8)
				result = walk_handlers(&m, root);
			remote_memory_done(&m);
		}
		elf_image_done(&img);
	}
	file_map_done(&file);
	return result;
}

static int check_signal(struct procfs *p, pid_t pid, struct err *err)
{
	const uint64_t bit = 1ull << (SIGUSR1 - 1);
	struct proc_task_status st;
	struct span text;

	int r = procfs_read_pid(p, pid, "status", &text, err);

	if (r == 0)
		r = proc_task_status_parse(text, &st, err);
	if (r < 0)
		return r;
	if (st.sig_ignored & bit)
		return fail(err, ENOTSUP, "process %d ignores SIGUSR1", (int)pid);
	if (!(st.sig_caught & bit))
		return fail(err, ENOTSUP,
			"process %d does not catch SIGUSR1, which would end it (just starting, or "
			"switched off)",
			(int)pid);
	if (st.sig_blocked & bit)
		return fail(err, ENOTSUP, "process %d blocks SIGUSR1", (int)pid);
	switch (own_handler(pid)) {
	case HANDLER_OWN:
		return fail(err, ENOTSUP, "the application uses SIGUSR1 for itself");
	case HANDLER_UNKNOWN:
		return fail(err, ENOTSUP,
			"it cannot be told whether the application uses SIGUSR1 for itself");
	default:
		return 0;
	}
}

int node_process_check(struct procfs *p, pid_t pid, struct node_process *ret, struct err *err)
{
	struct node_flags f;

	read_flags(p, pid, &f);
	enum port_owner owner = f.port ? node_port_owner(p, pid, f.port) : PORT_FREE;

	if (owner == PORT_MINE) {
		*ret = (struct node_process){ pid, NODE_DOOR_OPEN, f.port };
		return 0;
	}
	if (owner == PORT_OTHER)
		return fail(err, EADDRINUSE,
			"port %u, where its inspector would listen, belongs to another process",
			f.port);
	if (f.disable_sigusr1)
		return fail(err, ENOTSUP, "it was started with --disable-sigusr1");
	if (f.public_host)
		return fail(err, ENOTSUP,
			"its inspector would listen on other than loopback addresses");
	if (f.port == 0)
		return fail(err, ENOTSUP, "its inspector would listen on a port of its own choice");
	int r = check_signal(p, pid, err);

	if (r == 0)
		*ret = (struct node_process){ pid, NODE_DOOR_SIGNAL, f.port };
	return r;
}
