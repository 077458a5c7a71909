/* SPDX-License-Identifier: MIT */
/* Comparison with expected files. */
#include "golden.h"

#include "base/err.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

const char *golden_path(const char *path)
{
	static char full[4096];
	const char *root = getenv("PERF_OPS_SOURCE");

	snprintf(full, sizeof(full), "%s/tests/golden/%s", root ? root : ".", path);
	return full;
}

void golden_check(const char *path, const struct buf *got)
{
	struct buf want = { 0 };
	struct err err = { 0 };
	const char *update = getenv("PERF_OPS_UPDATE_GOLDEN");
	size_t at = 0, line = 1;

	if (update && *update) {
		if (file_write_atomic(golden_path(path), buf_span(got), 0644, &err) < 0)
			fail_msg("%s", err.msg);
		return;
	}
	if (file_read(golden_path(path), 16u << 20, &want, &err) < 0)
		fail_msg("%s (PERF_OPS_UPDATE_GOLDEN=1 writes it)", err.msg);
	for (; at < want.n && at < got->n && want.p[at] == got->p[at]; at++)
		line += want.p[at] == '\n';
	bool same = want.n == got->n && at == want.n;

	if (!same)
		print_error("%s differs at line %zu:\n want %.120s\n got  %.120s\n", path, line,
			buf_cstr(&want) + at, buf_cstr(got) + at);
	buf_done(&want);
	assert_true(same);
}
