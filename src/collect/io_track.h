/* SPDX-License-Identifier: MIT */
/*
 * From system calls as they enter and leave the kernel to the I/O table: pairs the two ends by
 * thread, keeps which descriptor is which file, and sums up. Knows nothing of how the calls were
 * seen; what is asked of the machine goes through struct io_world.
 *
 * Descriptors are used again at once, and we hear of calls a moment later. A name that was looked
 * up in /proc counts only when the descriptor was still open at that time by the calls seen
 * afterwards; else the path that was given to open() is read from the program's memory; else the
 * file stays unnamed.
 */
#pragma once

#include "collect/io_calls.h"

#include <sys/types.h>

struct io_found {
	char name[512];
	enum io_kind kind;
	uint64_t size_bytes;
};

struct io_world {
	void *ctx;
	uint64_t (*now_ns)(void *ctx); /* same clock as the calls' times */
	/* The open file of a descriptor at this moment. */
	bool (*find_fd)(void *ctx, pid_t pid, int fd, struct io_found *ret);
	/* The path at an address of the program's memory, made absolute; false: not a path. dirfd:
	 * where a relative one starts, AT_FDCWD the current folder. */
	bool (*find_path)(void *ctx, pid_t pid, int dirfd, uint64_t address, struct io_found *ret);
};

struct io_track;

/* What one finished call did, for the sample of its stack. */
struct io_done {
	const struct io_call *call;
	uint64_t ns;    /* in the call; 0 unknown: its start was not seen */
	uint64_t bytes; /* moved */
	/* reading from a socket, pipe or terminal: the time is the other side's, not the device's
	 */
	bool waits_for_others;
};

struct io_track *io_track_new(const struct io_world *world);
void io_track_free(struct io_track *t);

void io_track_enter(struct io_track *t, pid_t pid, pid_t tid, uint64_t time_ns, uint64_t nr,
	const uint64_t args[6]);
/*
 * True when it was a call that does input or output and its start was seen. weight: how many calls
 * this one stands for (>= 1).
 */
bool io_track_exit(struct io_track *t, pid_t pid, pid_t tid, uint64_t time_ns, uint64_t nr,
	int64_t result, double weight, struct io_done *ret);
/*
 * The same for another record of one call's end, which may come before or after io_track_exit:
 * nothing is booked. False when its start was not seen.
 */
bool io_track_peek(const struct io_track *t, pid_t pid, pid_t tid, uint64_t time_ns, uint64_t nr,
	int64_t result, struct io_done *ret);
/* Calls between here and now were not seen: what is known of running calls is void. */
void io_track_gap(struct io_track *t);
/* A thread or process has ended. */
void io_track_ended(struct io_track *t, pid_t tid);

/* Takes the table out; the tracker only can be freed afterwards. */
struct io_table *io_track_finish(struct io_track *t);
