/* SPDX-License-Identifier: MIT */
/*
 * Input and output by file and socket: what was called, how many bytes, how long it took. Belongs
 * to a profile (profile.io), whose samples have the same sums by stack.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"

enum io_kind {
	IO_FILE,
	IO_SOCKET,
	IO_PIPE,
	IO_TERMINAL,
	IO_DEVICE,
	IO_FOLDER,
	IO_OTHER, /* eventfd, timerfd, memfd ... */
	IO_UNKNOWN,
	IO_N_KINDS,
};
/* "file", "socket" ... */
const char *io_kind_name(enum io_kind k);

enum io_op {
	IO_READ,
	IO_WRITE,
	IO_SYNC,  /* fsync, fdatasync, msync, sync_file_range, sync */
	IO_OPEN,  /* open, connect, accept */
	IO_STAT,  /* stat, access, readlink, getdents: about names, not about content */
	IO_CLOSE, /* close, shutdown */
	IO_N_OPS,
};
const char *io_op_name(enum io_op op);

/* Sums over the calls of one kind. Estimates where io_table.scaled. */
struct io_sum {
	double calls, failed, bytes, ns;
	double small; /* calls that moved less than IO_SMALL_BYTES */
	uint64_t max_ns;
};

enum { IO_SMALL_BYTES = 4096 };

struct io_row {
	uint32_t name; /* strings id of the table; "" when it could not be told */
	uint8_t kind;  /* enum io_kind */
	struct io_sum op[IO_N_OPS];
	uint64_t size_bytes; /* of a file when its name was looked up; 0 unknown */
};

struct io_table {
	struct strtab strings;
	vec_of(struct io_row) rows; /* most time first once finished */
	struct map_u64 index;       /* name and kind -> row */
	struct io_row total;
	uint64_t duration_ns;
	double traced_share;  /* of the time that every call was looked at; 1: exact counts */
	const char *how;      /* "system calls traced", "looked at from outside ..." (static) */
	bool latency_is_idle; /* times are of threads seen waiting, not of single calls */
};

struct io_table *io_table_new(void);
void io_table_free(struct io_table *t);

/* The row of a name, made when there is none. Valid until the next one is made. */
struct io_row *io_table_row(struct io_table *t, const char *name, enum io_kind kind);
void io_row_add(struct io_row *to, const struct io_row *from);
/* Sorts the rows by time, then calls; sums up the total. */
void io_table_finish(struct io_table *t);

/* Mean bytes of a read or write; 0 without calls. */
double io_row_mean_bytes(const struct io_row *r, enum io_op op);
/* How often the file's content was read over: bytes read / its size; 0 unknown. */
double io_row_reread_factor(const struct io_row *r);
double io_row_ns(const struct io_row *r);
double io_row_calls(const struct io_row *r);
