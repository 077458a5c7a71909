/* SPDX-License-Identifier: MIT */
/* Numbers from <sys/syscall.h>; arguments as in the manual's section 2. */
#include "collect/io_calls.h"

#include "base/compiler.h"

#include <stdlib.h>
#include <sys/syscall.h>

/* name, op, descriptor argument, path argument, result is bytes, result is a descriptor */
#define IO_CALLS(X)                                      \
	X(read, IO_READ, 0, -1, true, false)             \
	X(pread64, IO_READ, 0, -1, true, false)          \
	X(readv, IO_READ, 0, -1, true, false)            \
	X(preadv, IO_READ, 0, -1, true, false)           \
	X(preadv2, IO_READ, 0, -1, true, false)          \
	X(recvfrom, IO_READ, 0, -1, true, false)         \
	X(recvmsg, IO_READ, 0, -1, true, false)          \
	X(recvmmsg, IO_READ, 0, -1, false, false)        \
	X(write, IO_WRITE, 0, -1, true, false)           \
	X(pwrite64, IO_WRITE, 0, -1, true, false)        \
	X(writev, IO_WRITE, 0, -1, true, false)          \
	X(pwritev, IO_WRITE, 0, -1, true, false)         \
	X(pwritev2, IO_WRITE, 0, -1, true, false)        \
	X(sendto, IO_WRITE, 0, -1, true, false)          \
	X(sendmsg, IO_WRITE, 0, -1, true, false)         \
	X(sendmmsg, IO_WRITE, 0, -1, false, false)       \
	X(sendfile, IO_WRITE, 0, -1, true, false)        \
	X(splice, IO_WRITE, 2, -1, true, false)          \
	X(copy_file_range, IO_WRITE, 2, -1, true, false) \
	X(fallocate, IO_WRITE, 0, -1, false, false)      \
	X(fsync, IO_SYNC, 0, -1, false, false)           \
	X(fdatasync, IO_SYNC, 0, -1, false, false)       \
	X(sync_file_range, IO_SYNC, 0, -1, false, false) \
	X(syncfs, IO_SYNC, 0, -1, false, false)          \
	X(sync, IO_SYNC, -1, -1, false, false)           \
	X(msync, IO_SYNC, -1, -1, false, false)          \
	X(open, IO_OPEN, -1, 0, false, true)             \
	X(openat, IO_OPEN, -1, 1, false, true)           \
	X(openat2, IO_OPEN, -1, 1, false, true)          \
	X(creat, IO_OPEN, -1, 0, false, true)            \
	X(connect, IO_OPEN, 0, -1, false, false)         \
	X(accept, IO_OPEN, -1, -1, false, true)          \
	X(accept4, IO_OPEN, -1, -1, false, true)         \
	X(stat, IO_STAT, -1, 0, false, false)            \
	X(lstat, IO_STAT, -1, 0, false, false)           \
	X(fstat, IO_STAT, 0, -1, false, false)           \
	X(newfstatat, IO_STAT, 0, 1, false, false)       \
	X(statx, IO_STAT, 0, 1, false, false)            \
	X(access, IO_STAT, -1, 0, false, false)          \
	X(faccessat, IO_STAT, -1, 1, false, false)       \
	X(faccessat2, IO_STAT, -1, 1, false, false)      \
	X(readlink, IO_STAT, -1, 0, false, false)        \
	X(readlinkat, IO_STAT, -1, 1, false, false)      \
	X(getdents, IO_STAT, 0, -1, false, false)        \
	X(getdents64, IO_STAT, 0, -1, false, false)      \
	X(close, IO_CLOSE, 0, -1, false, false)

enum {
#define X(n, ...) CALL_##n,
	IO_CALLS(X)
#undef X
		N_CALLS
};

static const struct io_call calls[N_CALLS] = {
#define X(n, o, fd, path, bytes, makes) \
	[CALL_##n] = { .name = #n,      \
		.nr = SYS_##n,          \
		.op = o,                \
		.fd_arg = fd,           \
		.path_arg = path,       \
		.moves = bytes,         \
		.makes_fd = makes },
	IO_CALLS(X)
#undef X
};

enum { MAX_NR = 512 };

static const struct io_call *const by_nr[MAX_NR] = {
#define X(n, ...) [SYS_##n] = &calls[CALL_##n],
	IO_CALLS(X)
#undef X
};

/* Followed only to know which descriptor is what. */
static const uint16_t others[] = { SYS_dup2, SYS_dup3, SYS_close_range, SYS_execve, SYS_execveat };

const struct io_call *io_call_find(uint64_t nr)
{
	return nr < MAX_NR ? by_nr[nr] : NULL;
}

bool io_call_replaces(uint64_t nr, uint64_t arg0, uint64_t arg1, int *ret_first, int *ret_last)
{
	if (nr != SYS_dup2 && nr != SYS_dup3 && nr != SYS_close_range)
		return false;
	*ret_first = (int)(nr == SYS_close_range ? arg0 : arg1);
	*ret_last = arg1 > INT32_MAX ? INT32_MAX : (int)arg1;
	return true;
}

bool io_call_execs(uint64_t nr)
{
	return nr == SYS_execve || nr == SYS_execveat;
}

static bool is_followed(enum io_filter which, uint64_t nr)
{
	const struct io_call *c = io_call_find(nr);
	bool slow = c && (c->op == IO_SYNC || c->op == IO_OPEN);

	if (which != IO_FILTER_ALL)
		return c && c->op != IO_CLOSE && slow == (which == IO_FILTER_SLOW);
	if (c)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (others[i] == nr)
			return true;
	return false;
}

/* Neighbours become ranges: fewer comparisons per call of the target. */
void io_calls_filter(enum io_filter which, struct buf *ret)
{
	const char *sep = "";

	for (uint64_t nr = 0; nr < MAX_NR; nr++) {
		uint64_t first = nr;

		if (!is_followed(which, nr))
			continue;
		while (is_followed(which, nr + 1))
			nr++;
		if (first == nr)
			buf_printf(ret, "%sid == %llu", sep, (unsigned long long)nr);
		else
			buf_printf(ret, "%s(id >= %llu && id <= %llu)", sep,
				(unsigned long long)first, (unsigned long long)nr);
		sep = " || ";
	}
}
