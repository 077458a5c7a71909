/* SPDX-License-Identifier: MIT */
/* Finds the process that --pid means. */
#include "diagnose/process_find.h"

#include "base/file.h"
#include "collect/processes.h"
#include "collect/sockets.h"
#include "diagnose/process_view.h"

#include <errno.h>
#include <stdio.h>

enum { CANDIDATES_SHOWN = 6, LINE_SHOWN = 60 };

static const char *command_of(
	struct procfs *p, pid_t pid, struct arena *a, struct string_list *ret_args)
{
	struct proc_task_stat st;
	struct span text, s;
	vec_of(const char *) v = { 0 };

	if (procfs_read_pid(p, pid, "cmdline", &text, NULL) == 0)
		while (v.n < 64 && proc_string_next(&text, &s))
			*vec_push(&v) = arena_strndup(a, s.p, s.n);
	ret_args->n = v.n;
	ret_args->v = arena_array(a, v.n, sizeof(*v.v));
	if (v.n)
		memcpy(ret_args->v, v.v, v.n * sizeof(*v.v));
	vec_done(&v);
	if (ret_args->n)
		return process_view_command_line(ret_args, a, LINE_SHOWN);
	if (procfs_read_pid(p, pid, "stat", &text, NULL) == 0 &&
		proc_task_stat_parse(text, &st, NULL) == 0)
		return arena_printf(a, "[%s]", st.comm);
	return "";
}

static int say_ambiguous(
	struct procfs *p, const char *what, const struct pid_list *found, struct err *err)
{
	struct arena a = { 0 };
	struct string_list args;
	struct buf list;

	buf_init(&list, 440);
	for (size_t i = 0; i < found->n && i < CANDIDATES_SHOWN; i++)
		buf_printf(&list, "%s%d (%s)", i ? ", " : "", (int)found->v[i],
			command_of(p, found->v[i], &a, &args));
	if (found->n > CANDIDATES_SHOWN)
		buf_printf(&list, " and %zu more", found->n - CANDIDATES_SHOWN);
	int r = fail(err, EEXIST, "%s matches %zu processes: %s", what, found->n, buf_cstr(&list));

	err_hint(err, "give one of the numbers: --pid %d", (int)found->v[0]);
	buf_done(&list);
	arena_done(&a);
	return r;
}

static int find_port(struct procfs *p, const char *spec, pid_t *ret, struct err *err)
{
	struct pid_list found = { 0 };
	uint64_t port;

	if (!span_parse_u64(span_str(spec + 1), &port) || port == 0 || port > UINT16_MAX)
		return fail(err, EINVAL, "'%s' is not a TCP port (1 to 65535)", spec);
	int r = sockets_find_listener(p, (uint16_t)port, &found, err);

	if (r == 0 && found.n > 1)
		r = say_ambiguous(p, spec, &found, err);
	if (r == 0)
		*ret = found.v[0];
	vec_done(&found);
	return r;
}

/* "nginx: worker process" and "-bash" name the program in their own way. */
static bool named_so(const char *arg, const char *name)
{
	const char *base = path_base(*arg == '-' ? arg + 1 : arg);
	size_t n = strlen(name);

	return strncmp(base, name, n) == 0 && (base[n] == '\0' || base[n] == ':' || base[n] == ' ');
}

/* The first argument that is not an option of the interpreter. */
static const char *script_of(const struct string_list *args)
{
	for (size_t i = 1; i < args->n; i++)
		if (args->v[i][0] != '-')
			return args->v[i];
	return "";
}

/* "python app.py" is app.py; "vim app.py" is not. */
static bool runs_scripts(const char *program)
{
	static const char *const shells[] = { "sh", "bash", "dash", "zsh", "ksh" };
	const struct knowledge *k = knowledge_builtin();

	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (strcmp(program, shells[i]) == 0)
			return true;
	for (size_t i = 0; i < k->n_runtimes; i++)
		if (knowledge_glob_any(&k->runtimes[i].executables, program))
			return true;
	return false;
}

static bool matches(
	struct procfs *p, const struct process_sample *s, const char *name, struct arena *a)
{
	char path[64], exe[4096] = "";
	struct string_list args;

	if (strcmp(s->comm, name) == 0)
		return true;
	snprintf(path, sizeof(path), "%d/exe", (int)s->pid);
	if (procfs_readlink(p, path, exe, sizeof(exe)) > 0 && strcmp(path_base(exe), name) == 0)
		return true;
	command_of(p, s->pid, a, &args);
	if (args.n == 0)
		return false;
	return named_so(args.v[0], name) ||
		(strcmp(path_base(script_of(&args)), name) == 0 &&
			(runs_scripts(path_base(exe)) || runs_scripts(path_base(args.v[0]))));
}

static int find_name(struct procfs *p, const char *name, pid_t *ret, struct err *err)
{
	struct process_list all = { 0 };
	struct pid_list found = { 0 };
	int r = processes_take(p, false, NULL, &all, err);

	for (size_t i = 0; r == 0 && i < all.n; i++) {
		struct arena a = { 0 };

		if (matches(p, &all.v[i], name, &a))
			*vec_push(&found) = all.v[i].pid;
		arena_done(&a);
	}
	if (r == 0 && found.n == 0) {
		r = fail(err, ESRCH, "no process is called '%s'", name);
		err_hint(err, "names are listed by ps -e; a port is written as :8080");
	} else if (r == 0 && found.n > 1) {
		char what[128];

		snprintf(what, sizeof(what), "'%.100s'", name);
		r = say_ambiguous(p, what, &found, err);
	}
	if (r == 0)
		*ret = found.v[0];
	vec_done(&found);
	process_list_done(&all);
	return r;
}

static int find_number(struct procfs *p, uint64_t pid, pid_t *ret, struct err *err)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/stat", (int)MIN(pid, (uint64_t)INT32_MAX));
	if (pid == 0 || pid > INT32_MAX || !procfs_exists(p, path)) {
		int r = fail(err, ESRCH, "process %llu does not exist", (unsigned long long)pid);

		err_hint(err,
			"it may have ended, or its number belongs to another pid namespace (a "
			"container)");
		return r;
	}
	*ret = (pid_t)pid;
	return 0;
}

int process_lookup(const char *spec, const char *root, pid_t *ret, struct err *err)
{
	struct procfs p;
	uint64_t pid;

	if (!*spec)
		return fail(err, EINVAL, "--pid needs a process number, a name or :PORT");
	int r = procfs_open(&p, root, err);

	if (r < 0)
		return r;
	if (*spec == ':')
		r = find_port(&p, spec, ret, err);
	else if (span_parse_u64(span_str(spec), &pid))
		r = find_number(&p, pid, ret, err);
	else
		r = find_name(&p, spec, ret, err);
	procfs_done(&p);
	return r;
}
