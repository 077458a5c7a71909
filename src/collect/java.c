/* SPDX-License-Identifier: MIT */
/*
 * The collector for Java: a flight recording of every JVM in the tree, for what the sampler cannot
 * see from outside: who waits for which monitor and who holds it, where objects are allocated, what
 * sockets and files took, how long the garbage collector stopped the program.
 */
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/frame_kind.h"
#include "collect/java_recording.h"
#include "collect/task_tree.h"
#include "model/resource.h"

#include <errno.h>

enum { MAX_JVMS = 8 };

static const uint64_t LOOK_FAST_NS = 50000000, LOOK_SLOW_NS = 500000000, FAST_FOR_NS = 3000000000u,
		      SPARE_NS = 15000000000u, LONGEST_NS = 3600000000000u;

struct jvm {
	pid_t pid;
	struct java_recording recording;
	bool started, ended;
};

/* A JVM that starts up answers before it knows all commands: asked again for this long. */
static const uint64_t STARTING_NS = 3000000000u;

struct java {
	const struct collector_target *t;
	struct collected *ret;
	struct jvm jvms[MAX_JVMS];
	size_t n;
	uint64_t start_ns;
};

static struct jvm *jvm_of(struct java *j, pid_t pid)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->jvms[i].pid == pid)
			return &j->jvms[i];
	return NULL;
}

static void try_start(struct java *j, pid_t pid)
{
	const struct collector_target *t = j->t;
	struct java_recording_opts o = { .locks = t->wanted & RESOURCE_LOCK,
		.allocations = t->wanted & RESOURCE_MEMORY,
		.io = t->wanted & RESOURCE_IO,
		.limit_ns = t->duration_ns ? t->duration_ns + SPARE_NS : LONGEST_NS };
	struct jvm *v = &j->jvms[j->n];
	struct err err = { 0 };

	*v = (struct jvm){ .pid = pid };
	int r = java_recording_start(&v->recording, pid, &o, &err);

	if (r == -EAGAIN || r == -ESRCH) /* no JVM, or none yet */
		return;
	if (r == -EREMOTEIO && strstr(err.msg, "Unknown diagnostic command") &&
		clock_mono_ns() - j->start_ns < STARTING_NS)
		return;
	v->started = r == 0;
	j->n++;
	if (r < 0)
		caveat_add(&j->ret->caveats, &j->ret->arena, "java-no-recording",
			"Java locks, allocations and I/O were not recorded: %s%s%s", err.msg,
			*err.hint ? "; " : "", err.hint);
}

static void look(struct java *j)
{
	struct task_list tasks = { 0 };
	pid_t last = 0;

	task_list_add_tree(&tasks, j->t->pid);
	for (size_t i = 0; i < tasks.v.n && j->n < MAX_JVMS; i++) {
		pid_t pid = tasks.v.v[i].pid;

		if (pid != last && !jvm_of(j, pid))
			try_start(j, pid);
		last = pid;
	}
	task_list_done(&tasks);
}

/* CPU time and waiting are seen better from outside, native code included. */
static bool wanted(const struct collector_target *t, const struct profile *p)
{
	unsigned shown = RESOURCE_LOCK | RESOURCE_MEMORY | RESOURCE_IO;

	return p->n_types && resource_of_type(p->types[0].name) & shown & t->wanted;
}

static void classify(const struct collector_target *t, struct profile *p)
{
	struct frame_kinds kinds;

	frame_kinds_init(&kinds, t->knowledge, t->project_root);
	vec_foreach (f, &p->frames)
		if (f->kind == FRAME_UNKNOWN)
			f->kind = (uint8_t)frame_kind_of(&kinds, p,
				&(struct frame_place){ .function = f->function,
					.file = f->file,
					.module = f->module });
	frame_kinds_done(&kinds);
}

static void take_over(struct java *j, struct profile_set *set)
{
	for (size_t i = 0; i < set->v.n; i++) {
		struct profile *p = set->v.v[i];

		if (!wanted(j->t, p)) {
			profile_free(p);
			continue;
		}
		classify(j->t, p);
		p->firsthand = true; /* who held a monitor, and objects, not malloc's blocks */
		profile_set_add(&j->ret->profiles, p);
	}
	set->v.n = 0;
	profile_set_done(set);
}

static void finish(struct java *j, struct jvm *v)
{
	struct profile_set set = { 0 };
	struct err err = { 0 };
	int r = java_recording_finish(&v->recording, &set, &err);

	v->ended = true;
	if (r == 0)
		take_over(j, &set);
	else if (r != -ENODATA)
		caveat_add(&j->ret->caveats, &j->ret->arena, "java-recording",
			"the flight recording of process %d was not read: %s", (int)v->pid,
			err.msg);
	java_recording_done(&v->recording);
}

static bool target_gone(const struct java *j)
{
	struct proc_task_stat st;

	return !task_stat_read(j->t->pid, &st) || st.state == 'Z' || st.state == 'X';
}

static int run(const struct collector_target *t, struct collected *ret, struct err *err)
{
	struct java *j = xcalloc(1, sizeof(*j));
	bool over = false;

	*j = (struct java){ .t = t, .ret = ret, .start_ns = clock_mono_ns() };
	while (!over) {
		look(j);
		for (size_t i = 0; i < j->n; i++) {
			struct jvm *v = &j->jvms[i];

			if (v->started && !v->ended && !java_recording_alive(&v->recording))
				finish(j, v);
		}
		bool fast = t->launched && clock_mono_ns() - j->start_ns < FAST_FOR_NS;

		over = collector_wait(t, fast ? LOOK_FAST_NS : LOOK_SLOW_NS) || target_gone(j);
	}
	for (size_t i = 0; i < j->n; i++)
		if (j->jvms[i].started && !j->jvms[i].ended)
			finish(j, &j->jvms[i]);
	free(j);
	return 0;
}

const struct collector java_collector = {
	.name = "flight recorder",
	.shows = RESOURCE_LOCK | RESOURCE_MEMORY | RESOURCE_IO,
	.runs_inside = true,
	.run = run,
};
