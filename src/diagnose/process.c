/* SPDX-License-Identifier: MIT */
/* Puts together what is known about one process. */
#include "diagnose/process.h"

#include "base/clock.h"
#include "base/file.h"
#include "collect/processes.h"
#include "collect/sockets.h"
#include "diagnose/process_build.h"
#include "diagnose/process_flags.h"
#include "diagnose/process_runtime.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

enum { COMMAND_SHOWN = 2000, MAX_CHILDREN = 1024 };

static const char *link_of(struct procfs *p, struct arena *a, pid_t pid, const char *name)
{
	char path[64], target[4096];

	snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
	return procfs_readlink(p, path, target, sizeof(target)) > 0 ? arena_strdup(a, target) : "";
}

/* Unreadable counts as the same: no claim without evidence. */
static bool other_namespace(struct procfs *p, struct arena *a, pid_t pid, const char *kind)
{
	char ours[64], target[128];
	const char *theirs = link_of(p, a, pid, arena_printf(a, "ns/%s", kind));

	snprintf(ours, sizeof(ours), "self/ns/%s", kind);
	return *theirs && procfs_readlink(p, ours, target, sizeof(target)) > 0 &&
		strcmp(theirs, target) != 0;
}

static const char *user_name(uint64_t uid, struct arena *a)
{
	struct passwd pw, *found = NULL;
	char text[4096];

	if (getpwuid_r((uid_t)uid, &pw, text, sizeof(text), &found) == 0 && found)
		return arena_strdup(a, found->pw_name);
	return arena_printf(a, "%llu", (unsigned long long)uid);
}

static const char *comm_of(struct procfs *p, struct arena *a, pid_t pid)
{
	struct proc_task_stat st;
	struct span text;

	if (pid <= 0 || procfs_read_pid(p, pid, "stat", &text, NULL) < 0 ||
		proc_task_stat_parse(text, &st, NULL) < 0)
		return "";
	return arena_strdup(a, st.comm);
}

static void fill_place(
	struct procfs *p, struct arena *a, const struct process_view *v, struct process_info *ret)
{
	const struct cgroup_paths *c = &v->cgroup;
	const char *const paths[] = { c->unified, c->v1_systemd, c->v1_memory, c->v1_cpu,
		c->v1_pids };

	ret->cgroup = ret->container = ret->unit = "";
	/* the deepest path says most; hybrid set-ups leave the others at "/" */
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (strlen(paths[i]) > strlen(ret->cgroup))
			ret->cgroup = paths[i];
		if (!*ret->container)
			ret->container = cgroup_container(paths[i], a);
		if (!*ret->unit)
			ret->unit = cgroup_unit(paths[i], a);
	}
	ret->other_mount_ns = other_namespace(p, a, v->pid, "mnt");
	ret->other_pid_ns = other_namespace(p, a, v->pid, "pid");
	ret->other_net_ns = other_namespace(p, a, v->pid, "net");
	ret->other_user_ns = other_namespace(p, a, v->pid, "user");
}

/* One small file per thread; false where the kernel lacks it (CONFIG_PROC_CHILDREN). */
static bool children_from_kernel(struct procfs *p, pid_t pid, struct process_info *ret)
{
	struct pid_list tids = { 0 };
	char dir[32];
	bool known = false;

	snprintf(dir, sizeof(dir), "%d/task", (int)pid);
	procfs_list(p, dir, &tids, NULL);
	for (size_t i = 0; i < tids.n; i++) {
		struct span text;
		uint64_t child;

		if (procfs_read_task(p, pid, tids.v[i], "children", &text, NULL) < 0)
			continue;
		known = true;
		while (ret->n_children < MAX_CHILDREN && span_next_u64(&text, &child))
			ret->children[ret->n_children++] = (pid_t)child;
	}
	vec_done(&tids);
	return known;
}

static void fill_children(struct procfs *p, struct arena *a, pid_t pid, struct process_info *ret)
{
	struct process_list all = { 0 };

	ret->children = arena_array(a, MAX_CHILDREN, sizeof(*ret->children));
	if (children_from_kernel(p, pid, ret))
		return;
	if (processes_take(p, false, NULL, &all, NULL) == 0)
		for (size_t i = 0; i < all.n && ret->n_children < MAX_CHILDREN; i++)
			if (all.v[i].ppid == pid)
				ret->children[ret->n_children++] = all.v[i].pid;
	process_list_done(&all);
}

static void fill_basics(
	struct procfs *p, struct arena *a, const struct process_view *v, struct process_info *ret)
{
	double hz = (double)sysconf(_SC_CLK_TCK);
	double now_s = (double)clock_mono_ns() / 1e9, started_s = (double)v->stat.start_ticks / hz;

	ret->pid = v->pid;
	ret->comm = arena_strdup(a, v->stat.comm);
	ret->exe = v->exe;
	ret->exe_deleted = v->exe_deleted;
	ret->cmdline = v->args.n ? process_view_command_line(&v->args, a, COMMAND_SHOWN) : "";
	ret->threads = (unsigned)v->stat.threads;
	ret->parent = v->stat.ppid;
	ret->parent_comm = comm_of(p, a, v->stat.ppid);
	ret->user = user_name(v->status.uid, a);
	ret->cwd = link_of(p, a, v->pid, "cwd");
	ret->tracer = (pid_t)v->status.tracer;
	ret->rss_bytes = v->status.vm_rss;
	ret->start_age_ns = now_s > started_s ? (uint64_t)((now_s - started_s) * 1e9) : 0;
}

static void note_oddities(const struct process_view *v, struct arena *a, struct caveats *caveats,
	const struct process_info *ret)
{
	if (v->stat.kernel_thread)
		caveat_add(caveats, a, "kernel-thread",
			"process %d is a thread of the kernel (%s): it has no program of its own "
			"to look at",
			(int)v->pid, v->stat.comm);
	if (v->exe_deleted)
		caveat_add(caveats, a, "executable-deleted",
			"the executable '%s' was deleted or replaced since process %d started: "
			"what is on disk now "
			"is not what runs",
			v->exe, (int)v->pid);
	if (ret->tracer)
		caveat_add(caveats, a, "already-traced",
			"process %d is already traced by process %d: it may be slow because of "
			"that, and no "
			"second debugger can attach",
			(int)v->pid, (int)ret->tracer);
	if (v->stat.state == 'T' || v->stat.state == 't')
		caveat_add(caveats, a, "stopped",
			"process %d is stopped (state %c): it does nothing until continued",
			(int)v->pid, v->stat.state);
}

static void fill_sockets(
	struct procfs *p, struct arena *a, struct caveats *caveats, struct process_info *ret)
{
	struct process_sockets s;

	process_sockets_take(p, ret->pid, a, caveats, &s);
	ret->listening = s.listening;
	ret->n_listening = s.n_listening;
}

int process_inspect(const struct process_opts *opts, struct arena *a, struct caveats *caveats,
	struct process_info *ret, struct process_view *ret_view, struct err *err)
{
	struct process_info info = { 0 };
	struct build_notes notes = {
		.producer = "", .language = "", .go_version = "", .go_module = "", .go_flags = ""
	};
	struct process_view view;
	struct metrics metrics;
	struct procfs p;
	int r = procfs_open(&p, opts->root, err);

	if (r < 0)
		return r;
	r = process_view_read(&p, opts->pid, a, caveats, &view, err);
	if (r < 0) {
		procfs_done(&p);
		return r;
	}
	fill_basics(&p, a, &view, &info);
	fill_place(&p, a, &view, &info);
	fill_children(&p, a, opts->pid, &info);
	fill_sockets(&p, a, caveats, &info);
	info.build_because = "";
	info.frame_pointer_ratio = -1;
	if (*view.exe && p.live)
		process_build_read(process_view_reach(&view, view.exe), view.exe, view.exe_deleted,
			opts->knowledge, a, caveats, &info, &notes);
	const char *file;
	const struct k_runtime *runtime =
		process_runtime_judge(&view, &notes, opts->knowledge, &info, &file);

	/* "python3" is often a starter of a few functions: its library is what runs */
	if (info.frame_pointer_ratio < 0 && *file && p.live && strcmp(file, view.exe) != 0 &&
		strcmp(info.runtime, "native") != 0)
		process_build_read(process_view_reach(&view, file), file, false, opts->knowledge, a,
			caveats, &info, &notes);

	if (opts->baseline)
		metrics_init(&metrics, opts->knowledge, opts->baseline);
	process_flags_judge(
		&view, runtime, opts->knowledge, opts->baseline ? &metrics : NULL, &info);
	note_oddities(&view, a, caveats, &info);
	procfs_done(&p);
	*ret = info;
	if (ret_view)
		*ret_view = view;
	return 0;
}
