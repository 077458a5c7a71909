/* SPDX-License-Identifier: MIT */
/* Builds programs for tests. */
#include "toolchain.h"

#include "base/file.h"
#include "base/spawn.h"

#include <stdio.h>
#include <stdlib.h>

void workshop_init(struct workshop *w)
{
	snprintf(w->dir, sizeof(w->dir), "/tmp/perf-ops-test-XXXXXX");
	if (!mkdtemp(w->dir))
		abort();
}

void workshop_done(struct workshop *w)
{
	const char *argv[] = { "rm", "-rf", w->dir, NULL };
	struct spawn_result r = { 0 };

	spawn_run(&(struct spawn_opts){ .argv = argv }, &r, NULL);
	spawn_result_done(&r);
}

void workshop_write(const struct workshop *w, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	if (file_write_atomic(path, span_str(text), 0644, NULL) < 0)
		abort();
}

bool workshop_run(const struct workshop *w, const char *line, const char *input, struct buf *out)
{
	const char *argv[] = { "/bin/sh", "-c", line, NULL };
	struct spawn_result r = { 0 };
	struct spawn_opts opts = { .argv = argv,
		.cwd = w->dir,
		.timeout_ns = 120000000000u,
		.max_output = 64 << 20,
		.input = input ? span_str(input) : (struct span){ 0 } };
	bool ok = spawn_run(&opts, &r, NULL) == 0 && r.exit_code == 0;

	if (ok && out)
		buf_add(out, r.out.p, r.out.n);
	if (!ok)
		fprintf(stderr, "# failed: %s\n%s\n", line, buf_cstr(&r.err));
	spawn_result_done(&r);
	return ok;
}

bool workshop_has(const struct workshop *w, const char *program, const char *skipped)
{
	char line[256];

	snprintf(line, sizeof(line), "command -v %s >/dev/null || exit 0; echo yes", program);
	_cleanup_(buf_done) struct buf out = { 0 };

	workshop_run(w, line, NULL, &out);
	if (out.n == 0)
		printf("# %s is not installed: skipping %s\n", program, skipped);
	return out.n > 0;
}
