/* SPDX-License-Identifier: MIT */
/* Source text for the analysis. */
#include "cli/source_files.h"

#include "base/file.h"

#include <stdio.h>
#include <sys/stat.h>

enum { MAX_SOURCE_BYTES = 8 << 20 };

static bool read_regular(struct source_files *s, const char *path, struct span *ret)
{
	struct stat st;
	_cleanup_(buf_done) struct buf b = { 0 };

	/* a path of a binary may name a device or a pipe: never open those */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return false;
	if (file_read(path, MAX_SOURCE_BYTES, &b, NULL) < 0)
		return false;
	*ret = span_of(arena_strndup(&s->arena, b.p, b.n), b.n);
	return true;
}

static bool find(struct source_files *s, const char *file, struct span *ret)
{
	char path[4096];

	if (s->pid && file[0] == '/') {
		snprintf(path, sizeof(path), "/proc/%d/root%s", (int)s->pid, file);
		if (read_regular(s, path, ret))
			return true;
	}
	if (file[0] == '/' && read_regular(s, file, ret))
		return true;
	/* built elsewhere: the longest tail of the path that exists below the project wins */
	for (const char *tail = file; tail; tail = strchr(tail, '/')) {
		while (*tail == '/')
			tail++;
		snprintf(path, sizeof(path), "%s/%s", s->project_root, tail);
		if (*tail && read_regular(s, path, ret))
			return true;
	}
	return false;
}

static bool read_source(void *ctx, const char *file, struct span *ret)
{
	struct source_files *s = ctx;
	uint32_t id = strtab_add(&s->paths, file);

	while (s->tried.n <= id) {
		*vec_push(&s->tried) = false;
		*vec_push(&s->texts) = (struct span){ 0 };
	}
	if (!s->tried.v[id]) {
		struct span text = { 0 };

		s->tried.v[id] = true;
		if (*file && !strstr(file, "/../") && find(s, file, &text))
			s->texts.v[id] = text;
	}
	*ret = s->texts.v[id];
	return ret->p != NULL;
}

void source_files_init(struct source_files *s, const char *project_root, pid_t pid)
{
	*s = (struct source_files){ .project_root = project_root, .pid = pid };
	strtab_init(&s->paths);
	s->reader = (struct source_reader){ .read = read_source, .ctx = s };
}

void source_files_done(struct source_files *s)
{
	strtab_done(&s->paths);
	arena_done(&s->arena);
	vec_done(&s->texts);
	vec_done(&s->tried);
}
