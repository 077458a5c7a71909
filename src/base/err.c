/* SPDX-License-Identifier: MIT */
/* Error sentences and the programmer-error stop. */
#include "base/err.h"

#include "base/exit_code.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fail(struct err *err, int code, const char *fmt, ...)
{
	int saved = errno;

	code = code < 0 ? code : -code;
	if (code == 0)
		code = -EINVAL;
	if (!err)
		return code;
	va_list ap;

	va_start(ap, fmt);
	errno = saved;
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	err->code = code;
	err->exit_code = 0;
	err->hint[0] = '\0';
	return code;
}

void err_hint(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
}

int err_prefix(struct err *err, const char *fmt, ...)
{
	char prefix[256], rest[sizeof(err->msg)];
	va_list ap;

	if (!err)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	memcpy(rest, err->msg, sizeof(rest));
	size_t n = strnlen(prefix, sizeof(prefix));

	memcpy(err->msg, prefix, n);
	snprintf(err->msg + n, sizeof(err->msg) - n, ": %s", rest);
	return err->code;
}

void err_clear(struct err *err)
{
	if (err)
		*err = (struct err){ 0 };
}

void bug_at(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "perf-ops: bug at %s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_BUG);
}
