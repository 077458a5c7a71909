/* SPDX-License-Identifier: MIT */
/* Reading another process's memory. */
#include "collect/remote_memory.h"

#include "base/compiler.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PIECES_A_CALL = 512 }; /* IOV_MAX is 1024 */

void remote_memory_init(struct remote_memory *r, pid_t pid)
{
	*r = (struct remote_memory){ .pid = pid, .fd = -1 };
}

void remote_memory_done(struct remote_memory *r)
{
	if (r->pid)
		fd_closep(&r->fd);
}

static bool use_file(struct remote_memory *r)
{
	char path[64];

	if (r->fd < 0) {
		snprintf(path, sizeof(path), "/proc/%d/mem", (int)r->pid);
		r->fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	r->by_file = r->fd >= 0;
	return r->by_file;
}

/* EPERM is also what a process gives that we may not trace; then the file is refused as well. */
static bool refused(int error)
{
	return error == ENOSYS || error == EPERM;
}

size_t remote_memory_bytes(struct remote_memory *r, uint64_t addr, void *to, size_t n)
{
	struct iovec local = { .iov_base = to, .iov_len = n };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)addr, .iov_len = n };
	ssize_t got = -1;

	r->calls++;
	if (!r->by_file) {
		got = process_vm_readv(r->pid, &local, 1, &remote, 1, 0);
		if (got < 0 && !(refused(errno) && use_file(r))) {
			r->error = errno;
			return 0;
		}
	}
	if (got < 0)
		got = pread(r->fd, to, n, (off_t)addr);
	if (got < 0)
		r->error = errno;
	return got > 0 ? (size_t)got : 0;
}

static size_t pieces_by_file(struct remote_memory *r, const struct memory_piece *v, size_t n)
{
	size_t i = 0;

	while (i < n && remote_memory_bytes(r, v[i].addr, v[i].to, v[i].len) == v[i].len)
		i++;
	return i;
}

/* One call; the kernel stops at the first piece that is not there. */
static size_t pieces_in_one_call(struct remote_memory *r, const struct memory_piece *v, size_t n)
{
	struct iovec local[PIECES_A_CALL], remote[PIECES_A_CALL];
	size_t whole = 0;

	for (size_t i = 0; i < n; i++) {
		local[i] = (struct iovec){ .iov_base = v[i].to, .iov_len = v[i].len };
		remote[i] = (struct iovec){ .iov_base = (void *)(uintptr_t)v[i].addr,
			.iov_len = v[i].len };
	}
	r->calls++;
	ssize_t got = process_vm_readv(r->pid, local, n, remote, n, 0);

	if (got < 0) {
		r->error = errno;
		return refused(errno) && use_file(r) ? pieces_by_file(r, v, n) : 0;
	}
	for (size_t left = (size_t)got; whole < n && left >= v[whole].len; whole++)
		left -= v[whole].len;
	return whole;
}

size_t remote_memory_pieces(struct remote_memory *r, const struct memory_piece *v, size_t n)
{
	size_t done = 0;

	if (r->by_file)
		return pieces_by_file(r, v, n);
	while (done < n) {
		size_t want = MIN(n - done, (size_t)PIECES_A_CALL);
		size_t got = pieces_in_one_call(r, v + done, want);

		done += got;
		if (got < want)
			break;
	}
	return done;
}

static size_t read_pieces(void *ctx, const struct memory_piece *v, size_t n)
{
	return remote_memory_pieces(ctx, v, n);
}

struct memory_reader remote_memory_reader(struct remote_memory *r)
{
	return (struct memory_reader){ .ctx = r, .read = read_pieces };
}
