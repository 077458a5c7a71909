/* SPDX-License-Identifier: MIT */
/*
 * Where renderers write: standard output, a file or a buffer. A failed write (full disk, closed
 * pipe) is remembered in `failed` (errno) and reported once by whoever opened the sink.
 */
#pragma once

#include "base/buf.h"

struct sink {
	void (*write)(struct sink *s, const void *p, size_t n);
	int fd;          /* for sink_to_fd */
	struct buf *buf; /* for sink_to_buf; for fd sinks the write buffer */
	struct buf own;
	int failed; /* 0, or the errno of the first failed write */
};

void sink_to_fd(struct sink *s, int fd);
void sink_to_buf(struct sink *s, struct buf *b);
/* Writes out what an fd sink holds back; for output that somebody waits for. */
void sink_flush(struct sink *s);
/* Flushes an fd sink and frees its buffer. Returns 0 or -errno of the first failed write. */
int sink_done(struct sink *s);

void sink_write(struct sink *s, const void *p, size_t n);
void sink_puts(struct sink *s, const char *str);
void sink_putc(struct sink *s, char c);
void sink_printf(struct sink *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
