/* SPDX-License-Identifier: MIT */
/* The ladder and the permissions. */
#include "diagnose/doctor.h"

#include "base/buf.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

/* Not in Debian 12's oldest kernel headers everywhere. */
enum { CAP_NR_PERFMON = 38, SAFE_FILES = 8192 };

const char *doctor_state_name(enum doctor_state s)
{
	static const char *const names[] = { [DOCTOR_WORKS] = "works",
		[DOCTOR_PARTLY] = "partly",
		[DOCTOR_REFUSED] = "refused",
		[DOCTOR_NOT_HERE] = "not-here" };

	return (size_t)s < ARRAY_LEN(names) ? names[s] : "refused";
}

static bool refused(int r)
{
	return r == -EPERM || r == -EACCES || r == -ENOSYS;
}

static enum doctor_state state_of(int r)
{
	return r == 0 ? DOCTOR_WORKS : refused(r) ? DOCTOR_REFUSED : DOCTOR_NOT_HERE;
}

static bool has_cap(const struct access *x, unsigned cap)
{
	return x->capabilities >> cap & 1;
}

static const char *answer(struct arena *a, const char *call, int r)
{
	if (r == 0)
		return arena_printf(a, "%s works", call);
	if (r == ACCESS_NOT_TRIED)
		return arena_printf(a, "%s was not tried", call);
	return arena_printf(a, "%s: %s", call, strerror(-r));
}

/* perf_event_open is refused although the settings allow it. */
static bool filtered(const struct access *x)
{
	return x->seccomp && refused(x->perf_clock_user) &&
		(x->perf_clock_user == -ENOSYS || x->paranoid <= 2 || has_cap(x, CAP_NR_PERFMON) ||
			has_cap(x, CAP_SYS_ADMIN));
}

/* What stands behind a refusal of perf_event_open. */
static const char *perf_reason(const struct access *x, struct arena *a, int r)
{
	if (r == 0)
		return "perf_event_open works";
	const char *said = answer(a, "perf_event_open", r);

	if (r == -ENOSYS)
		return arena_printf(a, "%s (%s)", said,
			x->seccomp ? "a seccomp filter is active" : "the kernel has none");
	if (x->paranoid == INT32_MIN)
		return arena_printf(a, "%s (the kernel was built without it)", said);
	if (filtered(x))
		return arena_printf(a,
			"%s although perf_event_paranoid is %d: a seccomp filter refuses it", said,
			x->paranoid);
	return arena_printf(a, "%s (perf_event_paranoid is %d, no CAP_PERFMON)", said, x->paranoid);
}

static void add_rung(struct doctor *d, struct doctor_rung rung)
{
	if (d->n_rungs < DOCTOR_MAX_RUNGS)
		d->rungs[d->n_rungs++] = rung;
}

static void judge_perf_rungs(const struct access *x, struct arena *a, struct doctor *d)
{
	bool attach = !x->pid || x->target_perf == 0;
	int kernel = x->perf_clock;
	const char *cycles = x->perf_cycles == -ENOENT || x->perf_cycles == -ENODEV ||
			x->perf_cycles == -EOPNOTSUPP
		? "this machine offers no cycle counter (usual in virtual machines)"
		: perf_reason(x, a, x->perf_cycles);

	add_rung(d,
		(struct doctor_rung){ .id = "cycles",
			.title = "hardware cycles",
			.state = state_of(x->perf_cycles),
			.shows = "CPU time with whole stacks, also where interrupts are off",
			.detail = cycles,
			.launched = true,
			.attached = attach });
	add_rung(d,
		(struct doctor_rung){ .id = "cpu-clock",
			.title = "cpu-clock",
			.state = state_of(kernel),
			.shows = "CPU time with whole stacks, kernel included, and waiting",
			.detail = perf_reason(x, a, kernel),
			.launched = true,
			.attached = attach });
	add_rung(d,
		(struct doctor_rung){ .id = "user",
			.title = "cpu-clock, user only",
			.state = state_of(x->perf_clock_user),
			.shows = "CPU time of user code with whole stacks; the kernel's as one sum",
			.detail = perf_reason(x, a, x->perf_clock_user),
			.launched = true,
			.attached = attach });
}

static void judge_rungs(const struct access *x, struct arena *a, struct doctor *d)
{
	judge_perf_rungs(x, a, d);
	add_rung(d,
		(struct doctor_rung){ .id = "ptrace",
			.title = "ptrace stops",
			.state = state_of(x->ptrace_child),
			.shows = "CPU time of launched commands with whole stacks; stops them "
				 "for moments",
			.detail = answer(a, "PTRACE_SEIZE of our own child", x->ptrace_child),
			.launched = true });
	int poll = x->pid ? x->target_there : 0;

	add_rung(d,
		(struct doctor_rung){ .id = "proc",
			.title = "proc polling",
			.state = state_of(poll),
			.shows = "CPU time by thread and what waiting threads wait for; no stacks",
			.detail =
				x->pid ? answer(a, "reading /proc/PID", poll) : "/proc is readable",
			.launched = true,
			.attached = true });
	int doors = x->pid ? x->target_read : x->read_child;

	add_rung(d,
		(struct doctor_rung){ .id = "doors",
			.title = "the runtime's own doors",
			.state = doors == 0 ? DOCTOR_WORKS : DOCTOR_PARTLY,
			.shows = "frames of Python, Node, Java and Go as their runtimes tell them",
			.detail = arena_printf(a,
				"%s; doors over sockets (Node, Java, Go) need "
				"the same user",
				answer(a,
					x->pid ? "reading the process's memory"
					       : "reading a child's memory",
					doors)),
			.launched = true,
			.attached = true });
	d->launched = d->attached = "";
	for (size_t i = d->n_rungs; i-- > 0;) {
		const struct doctor_rung *r = &d->rungs[i];

		if (r->state != DOCTOR_WORKS || strcmp(r->id, "doors") == 0)
			continue;
		if (r->launched)
			d->launched = r->title;
		if (r->attached)
			d->attached = r->title;
	}
}

struct verdict {
	enum doctor_state state;
	const char *detail;
	bool outside; /* a filter refuses it: no setting on this side helps */
};

static struct verdict perf_events(const struct access *x, struct arena *a)
{
	return (struct verdict){ state_of(x->perf_clock_user),
		perf_reason(x, a, x->perf_clock_user), filtered(x) };
}

static struct verdict kernel_samples(const struct access *x, struct arena *a)
{
	return (struct verdict){ state_of(x->perf_clock), perf_reason(x, a, x->perf_clock),
		filtered(x) };
}

static struct verdict kernel_names(const struct access *x, struct arena *a)
{
	if (x->kernel_symbols == 0)
		return (struct verdict){ DOCTOR_WORKS, "/proc/kallsyms shows addresses" };
	if (x->kernel_symbols == -ENOENT)
		return (struct verdict){ DOCTOR_NOT_HERE, "the kernel has no /proc/kallsyms" };
	return (struct verdict){ DOCTOR_REFUSED,
		arena_printf(a, "/proc/kallsyms hides the addresses (kptr_restrict is %d%s)",
			x->kptr_restrict == INT32_MIN ? 0 : x->kptr_restrict,
			x->kptr_restrict <= 0 ? ", perf_event_paranoid above 1" : "") };
}

static struct verdict tracepoints(const struct access *x, struct arena *a)
{
	if (x->tracefs < 0)
		return (struct verdict){ state_of(x->tracefs),
			arena_printf(a,
				"tracefs cannot be read: %s (its folder is root's, and "
				"mounting needs CAP_SYS_ADMIN)",
				strerror(-x->tracefs)) };
	return (struct verdict){ state_of(x->perf_tracepoint),
		answer(a, "opening raw_syscalls:sys_enter", x->perf_tracepoint), filtered(x) };
}

static struct verdict counters(const struct access *x, struct arena *a)
{
	if (x->perf_cycles == 0)
		return (struct verdict){ DOCTOR_WORKS, "the cycle counter counts" };
	if (refused(x->perf_cycles))
		return (struct verdict){ DOCTOR_REFUSED, perf_reason(x, a, x->perf_cycles),
			filtered(x) };
	return (struct verdict){ DOCTOR_NOT_HERE, "no cycle counter on this machine" };
}

static struct verdict memory_reading(const struct access *x, struct arena *a)
{
	int r = x->pid ? x->target_read : x->read_child;
	const char *said = answer(a, "process_vm_readv", r);

	if (r == 0 && !x->pid && x->yama > 0 && !has_cap(x, CAP_SYS_PTRACE))
		return (struct verdict){ DOCTOR_PARTLY,
			arena_printf(a, "only of our own children: yama's ptrace_scope is %d",
				x->yama) };
	if (r == 0)
		return (struct verdict){ DOCTOR_WORKS, said };
	if (x->pid && x->target_other_user && r == -EPERM)
		return (struct verdict){ DOCTOR_REFUSED,
			arena_printf(a, "%s: the process belongs to uid %u", said, x->target_uid) };
	if (x->seccomp && r == -ENOSYS)
		said = arena_printf(a, "%s (a seccomp filter is active)", said);
	else if (x->yama > 0)
		said = arena_printf(a, "%s (yama's ptrace_scope is %d)", said, x->yama);
	else if (x->pid)
		said = arena_printf(a,
			"%s (it may have changed its user, or have capabilities that we have "
			"not)",
			said);
	return (struct verdict){ state_of(r), said, x->seccomp && r == -ENOSYS };
}

static struct verdict ptrace_children(const struct access *x, struct arena *a)
{
	const char *said = answer(a, "PTRACE_SEIZE of our own child", x->ptrace_child);

	if (x->ptrace_child < 0 && x->seccomp)
		said = arena_printf(a, "%s (a seccomp filter is active)", said);
	return (struct verdict){ state_of(x->ptrace_child), said };
}

static struct verdict other_users(const struct access *x, struct arena *a)
{
	bool all = has_cap(x, CAP_SYS_PTRACE) &&
		(has_cap(x, CAP_NR_PERFMON) || has_cap(x, CAP_SYS_ADMIN));

	if (x->pid && !x->target_other_user)
		return (struct verdict){ DOCTOR_WORKS, "the process belongs to this user" };
	if (x->pid)
		return (struct verdict){ state_of(x->target_perf),
			arena_printf(a, "the process belongs to uid %u; %s", x->target_uid,
				answer(a, "perf_event_open on it", x->target_perf)) };
	return (struct verdict){ all ? DOCTOR_WORKS : DOCTOR_REFUSED,
		all ? "CAP_SYS_PTRACE and CAP_PERFMON are there"
		    : arena_printf(a, "%s has neither CAP_SYS_PTRACE nor CAP_PERFMON in full",
			      x->user) };
}

static struct verdict locked_memory(const struct access *x, struct arena *a)
{
	if (x->ring == ACCESS_NOT_TRIED)
		return (struct verdict){ DOCTOR_NOT_HERE, "no sampling events, so no buffers" };
	if (x->ring == 0)
		return (struct verdict){ DOCTOR_WORKS,
			arena_printf(a, "1 MiB for each of %u CPUs could be mapped", x->n_cpus) };
	return (struct verdict){ x->ring == -EPERM || x->ring == -ENOMEM ? DOCTOR_PARTLY
									 : DOCTOR_NOT_HERE,
		arena_printf(a,
			"1 MiB for each of %u CPUs: %s (perf_event_mlock_kb is %llu, locked "
			"memory %llu KiB)",
			x->n_cpus, strerror(-x->ring), (unsigned long long)x->mlock_kib,
			(unsigned long long)(x->memlock_bytes >> 10)) };
}

static struct verdict open_files(const struct access *x, struct arena *a)
{
	bool enough = x->nofile_hard >= SAFE_FILES;

	return (struct verdict){ enough ? DOCTOR_WORKS : DOCTOR_PARTLY,
		arena_printf(a, "at most %llu: enough for about %llu threads on %u CPUs",
			(unsigned long long)x->nofile_hard,
			(unsigned long long)(x->nofile_hard > 128
					? (x->nofile_hard - 128) / MAX(x->n_cpus, 1u)
					: 0),
			x->n_cpus) };
}

static struct verdict cgroup_files(const struct access *x, struct arena *a)
{
	if (x->cgroup == 0)
		return (struct verdict){ DOCTOR_WORKS,
			arena_printf(a, "cgroup v%u is mounted", x->cgroup_version) };
	return (struct verdict){ DOCTOR_REFUSED,
		arena_printf(a, "no control group can be read: %s", strerror(-x->cgroup)) };
}

static struct verdict debug_symbols(const struct access *x, struct arena *a)
{
	(void)a;
	if (x->debug_symbols == 0)
		return (struct verdict){ DOCTOR_WORKS, "there are files below /usr/lib/debug" };
	return (struct verdict){ DOCTOR_PARTLY, "nothing below /usr/lib/debug" };
}

static struct verdict syscall_state(const struct access *x, struct arena *a)
{
	if (!x->pid)
		return (struct verdict){ x->read_child == 0 ? DOCTOR_WORKS : DOCTOR_REFUSED,
			"like reading memory: own processes as far as ptrace is allowed" };
	if (x->target_syscall == 0)
		return (struct verdict){ DOCTOR_WORKS, "/proc/PID/syscall can be read" };
	return (struct verdict){ x->target_wchan == 0 ? DOCTOR_PARTLY : DOCTOR_REFUSED,
		answer(a, "reading /proc/PID/syscall", x->target_syscall) };
}

#define JUDGES(X)                              \
	X("perf-events", perf_events)          \
	X("kernel-samples", kernel_samples)    \
	X("kernel-symbols", kernel_names)      \
	X("tracepoints", tracepoints)          \
	X("hardware-counters", counters)       \
	X("memory-reading", memory_reading)    \
	X("ptrace-children", ptrace_children)  \
	X("other-users", other_users)          \
	X("system-calls-state", syscall_state) \
	X("locked-memory", locked_memory)      \
	X("open-files", open_files)            \
	X("cgroup-files", cgroup_files)        \
	X("debug-symbols", debug_symbols)

const char *const doctor_permission_ids[] = {
#define X(id, judge) id,
	JUDGES(X)
#undef X
		NULL,
};

static struct verdict (*const judges[])(const struct access *x, struct arena *a) = {
#define X(id, judge) judge,
	JUDGES(X)
#undef X
};

struct filling {
	const char *program, *user;
	pid_t pid;
};

/* {program}, {user} and {pid} become what they are here. */
static const char *fill(struct arena *a, const char *text, const struct filling *f)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	for (const char *p = text; *p;) {
		if (strncmp(p, "{program}", 9) == 0) {
			buf_puts(&out, f->program);
			p += 9;
		} else if (strncmp(p, "{user}", 6) == 0) {
			buf_puts(&out, f->user);
			p += 6;
		} else if (strncmp(p, "{pid}", 5) == 0) {
			if (f->pid)
				buf_printf(&out, "%d", (int)f->pid);
			else
				buf_puts(&out, "PID");
			p += 5;
		} else {
			buf_putc(&out, *p++);
		}
	}
	return arena_strdup(a, buf_cstr(&out));
}

static const struct k_permission *record_of(const struct knowledge *k, const char *id)
{
	for (size_t i = 0; i < k->n_permissions; i++)
		if (strcmp(k->permissions[i].id, id) == 0)
			return &k->permissions[i];
	return NULL;
}

static void judge_permissions(const struct access *x, const struct knowledge *k,
	const struct filling *f, struct arena *a, struct doctor *d)
{
	for (size_t i = 0; doctor_permission_ids[i] && d->n_permissions < DOCTOR_MAX_PERMISSIONS;
		i++) {
		const struct k_permission *r = record_of(k, doctor_permission_ids[i]);
		struct verdict v = judges[i](x, a);

		if (!r)
			continue;
		d->permissions[d->n_permissions++] = (struct doctor_permission){
			.id = r->id,
			.title = r->title,
			.state = v.state,
			.detail = v.detail,
			.buys = r->buys,
			.without = r->without,
			.temporary = v.outside ? "" : fill(a, r->temporary, f),
			.permanent = v.outside ? "" : fill(a, r->permanent, f),
			.container = fill(a, r->container, f),
			.risk = r->risk,
		};
	}
}

static void add_caveats(const struct access *x, struct arena *a, struct doctor *d)
{
	if (x->in_user_namespace)
		caveat_add(&d->caveats, a, "user-namespace",
			"this is a user namespace: its root has no rights over the machine, so "
			"settings and capabilities must be granted outside");
	if (x->no_new_privs)
		caveat_add(&d->caveats, a, "no-new-privs",
			"no_new_privs is set: sudo and file capabilities have no effect here");
	if (x->pid && x->target_other_pid_ns)
		caveat_add(&d->caveats, a, "other-pid-namespace",
			"process %d is in a pid namespace of its own; it has another number "
			"there, which is looked up for its perf map",
			(int)x->pid);
	if (x->pid && x->target_other_mount_ns)
		caveat_add(&d->caveats, a, "other-mount-namespace",
			"process %d is in a mount namespace of its own: its files are %s through "
			"/proc/%d/root",
			(int)x->pid, x->target_root == 0 ? "read" : "NOT readable", (int)x->pid);
}

void doctor_judge(const struct access *x, const struct knowledge *k, const char *program,
	struct arena *a, struct doctor *ret)
{
	struct filling f = { .program = program, .user = x->user, .pid = x->pid };

	*ret = (struct doctor){ .user = x->user,
		.container = x->container,
		.root = x->uid == 0,
		.seccomp = x->seccomp != 0,
		.user_namespace = x->in_user_namespace,
		.pid = x->pid };
	judge_rungs(x, a, ret);
	judge_permissions(x, k, &f, a, ret);
	add_caveats(x, a, ret);
}
