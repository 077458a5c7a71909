/* SPDX-License-Identifier: MIT */
/* Names of open files, sockets and paths of other processes. */
#include "collect/io_names.h"

#include "base/clock.h"
#include "base/map.h"
#include "parse/proc_net.h"
#include "parse/proc_task.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_TABLE = 16 << 20, MAX_SOCKETS = 1 << 16 };
/* Socket tables are long on busy machines: they are read again at most so often. */
static const uint64_t TABLES_AGAIN_NS = 100000000;

struct io_names {
	struct procfs proc;
	bool open;
	struct map_u64 sockets; /* inode -> id in addresses */
	struct strtab addresses;
	uint64_t tables_ns;
	pid_t tables_pid;
};

struct io_names *io_names_new(void)
{
	struct io_names *n = xcalloc(1, sizeof(*n));

	strtab_init(&n->addresses);
	n->open = procfs_open(&n->proc, "/", NULL) == 0;
	return n;
}

void io_names_free(struct io_names *n)
{
	if (!n)
		return;
	if (n->open)
		procfs_done(&n->proc);
	strtab_done(&n->addresses);
	map_u64_done(&n->sockets);
	free(n);
}

static uint64_t now_ns(void *ctx)
{
	(void)ctx;
	return clock_mono_ns();
}

static void remember_socket(struct io_names *n, uint64_t inode, const char *name)
{
	if (n->sockets.n < MAX_SOCKETS)
		*map_u64_put(&n->sockets, inode, NULL) = strtab_add(&n->addresses, name);
}

static void read_inet(struct io_names *n, pid_t pid, const char *table, const char *protocol)
{
	struct tcp_socket sock;
	struct span text;
	char path[64], address[TCP_ADDRESS_LEN], name[TCP_ADDRESS_LEN + 32];

	snprintf(path, sizeof(path), "%d/net/%s", (int)pid, table);
	if (procfs_read_max(&n->proc, path, MAX_TABLE, &text, NULL, NULL) < 0)
		return;
	while (proc_net_tcp_next(&text, &sock)) {
		if (!sock.inode)
			continue;
		if (sock.remote_port)
			snprintf(name, sizeof(name), "%s %s", protocol,
				tcp_remote_format(&sock, address));
		else
			snprintf(name, sizeof(name), "%s port %u", protocol, sock.local_port);
		remember_socket(n, sock.inode, name);
	}
}

/* "Num RefCount Protocol Flags Type St Inode Path" (net/unix/af_unix.c, unix_seq_show) */
static void read_unix(struct io_names *n, pid_t pid)
{
	struct span text, line, word;
	char path[64], name[160];
	uint64_t inode = 0;

	snprintf(path, sizeof(path), "%d/net/unix", (int)pid);
	if (procfs_read_max(&n->proc, path, MAX_TABLE, &text, NULL, NULL) < 0)
		return;
	span_next_line(&text, &line); /* heading */
	while (span_next_line(&text, &line)) {
		bool ok = true;

		for (int i = 0; ok && i < 6; i++)
			ok = span_next_word(&line, &word);
		if (!ok || !span_next_u64(&line, &inode))
			continue;
		line = span_trim(line);
		snprintf(name, sizeof(name), "unix%s%.*s", line.n ? " " : " socket",
			(int)MIN(line.n, (size_t)120), line.n ? (const char *)line.p : "");
		remember_socket(n, inode, name);
	}
}

static const char *socket_name(struct io_names *n, pid_t pid, uint64_t inode)
{
	const uint32_t *id = map_u64_get(&n->sockets, inode);
	uint64_t now = clock_mono_ns();

	if (!id && (now - n->tables_ns > TABLES_AGAIN_NS || n->tables_pid != pid)) {
		n->tables_ns = now;
		n->tables_pid = pid;
		read_inet(n, pid, "tcp", "tcp");
		read_inet(n, pid, "tcp6", "tcp");
		read_inet(n, pid, "udp", "udp");
		read_inet(n, pid, "udp6", "udp");
		read_unix(n, pid);
		id = map_u64_get(&n->sockets, inode);
	}
	return id ? strtab_get(&n->addresses, *id) : "socket";
}

static enum io_kind kind_of(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		return IO_FILE;
	case S_IFDIR:
		return IO_FOLDER;
	case S_IFIFO:
		return IO_PIPE;
	case S_IFSOCK:
		return IO_SOCKET;
	case S_IFCHR:
	case S_IFBLK:
		return IO_DEVICE;
	default:
		return IO_OTHER;
	}
}

static bool find_fd(void *ctx, pid_t pid, int fd, struct io_found *ret)
{
	struct io_names *n = ctx;
	char path[64];
	struct stat st;
	uint64_t inode;

	*ret = (struct io_found){ .kind = IO_OTHER };
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t len = readlink(path, ret->name, sizeof(ret->name) - 1);

	if (len <= 0)
		return false;
	ret->name[len] = '\0';
	if (n->open && proc_socket_link_parse(span_str(ret->name), &inode)) {
		ret->kind = IO_SOCKET;
		snprintf(ret->name, sizeof(ret->name), "%s", socket_name(n, pid, inode));
		return true;
	}
	if (strncmp(ret->name, "pipe:", 5) == 0) {
		ret->kind = IO_PIPE;
		snprintf(ret->name, sizeof(ret->name), "pipe");
		return true;
	}
	if (stat(path, &st) == 0) {
		ret->kind = kind_of(&st);
		ret->size_bytes = S_ISREG(st.st_mode) && st.st_size > 0 ? (uint64_t)st.st_size : 0;
	}
	if (strncmp(ret->name, "/dev/pts/", 9) == 0 || strcmp(ret->name, "/dev/tty") == 0)
		ret->kind = IO_TERMINAL;
	return true;
}

/* The text at an address up to its end; false: unreadable, too long or not a path's text. */
static bool read_text(pid_t pid, uint64_t address, char *to, size_t size)
{
	size_t n = 0;

	while (n < size) {
		/* up to the end of the page: the next one may not be there */
		size_t part = MIN(size - n, 4096 - (size_t)((address + n) & 4095));
		struct iovec local = { .iov_base = to + n, .iov_len = part };
		struct iovec remote = { .iov_base = (void *)(uintptr_t)(address + n),
			.iov_len = part };
		ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);

		if (got <= 0)
			return false;
		for (ssize_t i = 0; i < got; i++) {
			unsigned char c = (unsigned char)to[n + (size_t)i];

			if (c == '\0')
				return n + (size_t)i > 0;
			if (c < ' ' || c == 0x7f)
				return false;
		}
		n += (size_t)got;
	}
	return false;
}

static bool base_folder(pid_t pid, int dirfd, char *to, size_t size)
{
	char path[64];

	if (dirfd == AT_FDCWD)
		snprintf(path, sizeof(path), "/proc/%d/cwd", (int)pid);
	else
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, dirfd);
	ssize_t n = readlink(path, to, size - 1);

	if (n <= 0)
		return false;
	to[n] = '\0';
	return to[0] == '/';
}

static bool find_path(void *ctx, pid_t pid, int dirfd, uint64_t address, struct io_found *ret)
{
	char text[512], full[PATH_MAX];
	struct stat st;

	(void)ctx;
	*ret = (struct io_found){ .kind = IO_UNKNOWN };
	if (!read_text(pid, address, text, sizeof(text)))
		return false;
	if (text[0] == '/') {
		snprintf(ret->name, sizeof(ret->name), "%s", text);
	} else {
		if (!base_folder(pid, dirfd, full, 512))
			return false;
		const char *from = strncmp(text, "./", 2) == 0 ? text + 2 : text;
		size_t n = strlen(full);

		while (n > 1 && full[n - 1] == '/')
			full[--n] = '\0';
		if (n + strlen(from) + 2 > sizeof(ret->name))
			return false;
		snprintf(ret->name, sizeof(ret->name), "%.*s/%s", (int)n, n == 1 ? "" : full, from);
	}
	snprintf(full, sizeof(full), "/proc/%d/root%s", (int)pid, ret->name);
	if (stat(full, &st) == 0) {
		ret->kind = kind_of(&st);
		ret->size_bytes = S_ISREG(st.st_mode) && st.st_size > 0 ? (uint64_t)st.st_size : 0;
	}
	return true;
}

struct io_world io_names_world(struct io_names *n)
{
	return (struct io_world){
		.ctx = n, .now_ns = now_ns, .find_fd = find_fd, .find_path = find_path
	};
}
