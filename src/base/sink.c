/* SPDX-License-Identifier: MIT */
/* Output sinks: file descriptor (buffered) and memory. */
#include "base/sink.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FLUSH_BYTES = 64 * 1024 };

void sink_flush(struct sink *s)
{
	size_t at = 0;

	while (at < s->own.n && !s->failed) {
		ssize_t r = write(s->fd, s->own.p + at, s->own.n - at);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			s->failed = errno;
		else
			at += (size_t)r;
	}
	buf_clear(&s->own);
}

static void fd_write(struct sink *s, const void *p, size_t n)
{
	buf_add(&s->own, p, n);
	if (s->own.n >= FLUSH_BYTES)
		sink_flush(s);
}

static void mem_write(struct sink *s, const void *p, size_t n)
{
	buf_add(s->buf, p, n);
	if (s->buf->overflow && !s->failed)
		s->failed = EFBIG;
}

void sink_to_fd(struct sink *s, int fd)
{
	*s = (struct sink){ .write = fd_write, .fd = fd };
}

void sink_to_buf(struct sink *s, struct buf *b)
{
	*s = (struct sink){ .write = mem_write, .fd = -1, .buf = b };
}

int sink_done(struct sink *s)
{
	if (s->fd >= 0)
		sink_flush(s);
	buf_done(&s->own);
	return -s->failed;
}

void sink_write(struct sink *s, const void *p, size_t n)
{
	s->write(s, p, n);
}

void sink_puts(struct sink *s, const char *str)
{
	s->write(s, str, strlen(str));
}

void sink_putc(struct sink *s, char c)
{
	s->write(s, &c, 1);
}

void sink_printf(struct sink *s, const char *fmt, ...)
{
	char stack[512];
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(stack, sizeof(stack), fmt, ap);

	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(stack)) {
		s->write(s, stack, (size_t)n);
	} else if (n >= 0) {
		char *big = NULL;
		int m = vasprintf(&big, fmt, again);

		if (m >= 0) {
			s->write(s, big, (size_t)m);
			free(big);
		}
	}
	va_end(again);
}
