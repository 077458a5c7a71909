/* SPDX-License-Identifier: MIT */
/* Reads the raw facts of one process. */
#include "diagnose/process_view.h"

#include "base/file.h"
#include "base/secret.h"
#include "base/map.h"
#include "base/vec.h"
#include "parse/proc_maps.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { MAX_STRINGS = 8192, MAX_BLOCK = 4 << 20, MAX_MODULES = 4096, MAX_PATH = 4096 };

static void split_strings(struct span block, struct arena *a, struct string_list *ret)
{
	vec_of(const char *) v = { 0 };
	struct span s;

	while (v.n < MAX_STRINGS && proc_string_next(&block, &s))
		*vec_push(&v) = arena_strndup(a, s.p, s.n);
	ret->n = v.n;
	ret->v = arena_array(a, v.n, sizeof(*v.v));
	if (v.n)
		memcpy(ret->v, v.v, v.n * sizeof(*v.v));
	vec_done(&v);
}

static int read_block(struct procfs *p, pid_t pid, const char *file, struct span *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
	return procfs_read_max(p, path, MAX_BLOCK, ret, NULL, NULL);
}

static void read_exe(struct procfs *p, struct process_view *v)
{
	static const char suffix[] = " (deleted)";
	char path[64], link[MAX_PATH];

	snprintf(path, sizeof(path), "%d/exe", (int)v->pid);
	ssize_t n = procfs_readlink(p, path, link, sizeof(link));
	size_t s = sizeof(suffix) - 1;

	v->exe = "";
	if (n <= 0)
		return;
	if ((size_t)n > s && strcmp(link + n - (ssize_t)s, suffix) == 0) {
		link[n - (ssize_t)s] = '\0';
		v->exe_deleted = true;
	}
	v->exe = arena_strdup(v->a, link);
}

/* Only files that hold code, and each once: neighbouring mappings repeat the name. */
static void read_modules(struct procfs *p, struct process_view *v)
{
	vec_of(const char *) found = { 0 };
	struct proc_mapping m;
	struct strtab seen;
	struct span text;

	if (read_block(p, v->pid, "maps", &text) < 0)
		return;
	strtab_init(&seen);
	v->modules_known = true;
	while (found.n < MAX_MODULES && proc_maps_next(&text, &m)) {
		uint32_t before = seen.n;

		if (m.path.n == 0 || m.path.p[0] != '/' || !(m.executable || m.readable) ||
			m.inode == 0)
			continue;
		uint32_t id = strtab_addn(&seen, m.path.p, MIN(m.path.n, (size_t)MAX_PATH));

		if (seen.n > before)
			*vec_push(&found) = arena_strdup(v->a, strtab_get(&seen, id));
	}
	v->modules.n = found.n;
	v->modules.v = arena_array(v->a, found.n, sizeof(*found.v));
	if (found.n)
		memcpy(v->modules.v, found.v, found.n * sizeof(*found.v));
	vec_done(&found);
	strtab_done(&seen);
}

static void read_environment(struct procfs *p, struct caveats *caveats, struct process_view *v)
{
	struct span text;
	int r = read_block(p, v->pid, "environ", &text);

	if (r == 0) {
		v->env_known = true;
		split_strings(text, v->a, &v->env);
	} else if (r == -EACCES || r == -EPERM) {
		caveat_add(caveats, v->a, "environ-refused",
			"the environment and the mapped files of process %d belong to another "
			"user: whether it "
			"is production and what it is built with is known less well (run as root)",
			(int)v->pid);
	}
}

static void read_limits(struct procfs *p, struct process_view *v)
{
	struct proc_limits l;
	struct span text;

	v->nofile_limit = v->stack_limit = v->memlock_limit = UINT64_MAX;
	if (procfs_read_pid(p, v->pid, "limits", &text, NULL) < 0 ||
		proc_limits_parse(text, &l, NULL) < 0)
		return;
	v->nofile_limit = l.nofile;
	v->stack_limit = l.stack;
	v->memlock_limit = l.memlock;
}

int process_view_read(struct procfs *p, pid_t pid, struct arena *a, struct caveats *caveats,
	struct process_view *ret, struct err *err)
{
	struct process_view v = { .a = a, .pid = pid };
	struct span text;

	if (procfs_read_pid(p, pid, "stat", &text, NULL) < 0 ||
		proc_task_stat_parse(text, &v.stat, NULL) < 0)
		return fail(err, ESRCH, "process %d does not exist", (int)pid);
	if (v.stat.state == 'Z')
		caveat_add(caveats, a, "zombie",
			"process %d has ended and waits for its parent %d to notice: nothing can "
			"be measured",
			(int)pid, (int)v.stat.ppid);
	if (procfs_read_pid(p, pid, "status", &text, NULL) == 0)
		proc_task_status_parse(text, &v.status, NULL);
	if (read_block(p, pid, "cmdline", &text) == 0)
		split_strings(text, a, &v.args);
	read_environment(p, caveats, &v);
	read_exe(p, &v);
	read_modules(p, &v);
	cgroup_paths_parse((struct span){ 0 }, a, &v.cgroup);
	if (procfs_read_pid(p, pid, "cgroup", &text, NULL) == 0)
		cgroup_paths_parse(text, a, &v.cgroup);
	read_limits(p, &v);
	*ret = v;
	return 0;
}

static size_t count(const char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

static void copy_strings(const char *const *from, struct arena *a, struct string_list *ret)
{
	ret->n = MIN(count(from), (size_t)MAX_STRINGS);
	ret->v = arena_array(a, ret->n, sizeof(*ret->v));
	for (size_t i = 0; i < ret->n; i++)
		ret->v[i] = arena_strdup(a, from[i]);
}

void process_view_of_command(const char *const *argv, struct arena *a, struct process_view *ret)
{
	*ret = (struct process_view){ .a = a,
		.exe = "",
		.env_known = true,
		.nofile_limit = UINT64_MAX,
		.stack_limit = UINT64_MAX,
		.memlock_limit = UINT64_MAX };
	copy_strings(argv, a, &ret->args);
	copy_strings((const char *const *)environ, a, &ret->env);
	cgroup_paths_parse((struct span){ 0 }, a, &ret->cgroup);
}

const char *process_view_env(const struct process_view *v, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < v->env.n; i++)
		if (strncmp(v->env.v[i], name, n) == 0 && v->env.v[i][n] == '=')
			return v->env.v[i] + n + 1;
	return NULL;
}

const char *process_view_reach(const struct process_view *v, const char *path)
{
	if (strcmp(path, v->exe) == 0)
		return arena_printf(v->a, "/proc/%d/exe", (int)v->pid);
	return arena_printf(v->a, "/proc/%d/root%s", (int)v->pid, path);
}

const char *process_view_command_line(const struct string_list *args, struct arena *a, size_t max)
{
	struct buf b;

	buf_init(&b, max + 8);
	for (size_t i = 0; i < args->n && b.n < max; i++) {
		const char *s = args->v[i];

		if (i)
			buf_putc(&b, ' ');
		size_t from = b.n;

		secret_put_argument(&b, s, i ? args->v[i - 1] : NULL);
		/* a process may rewrite its arguments to one long string padded with blanks */
		for (; from < b.n; from++)
			b.p[from] = (char)((unsigned char)b.p[from] < ' ' ? ' ' : b.p[from]);
	}
	struct span s = span_trim(buf_span(&b));
	const char *ret = arena_strndup(a, s.p, MIN(s.n, max));

	buf_done(&b);
	return ret;
}
