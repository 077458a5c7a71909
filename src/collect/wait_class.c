/* SPDX-License-Identifier: MIT */
/* Sorts waiting stacks into the classes of knowledge/waits. */
#include "collect/wait_class.h"

#include <stdio.h>

enum { MAX_KERNEL = 64, MAX_CALLERS = 8 };

/* Names from the leaf on. */
struct names {
	const char *kernel[MAX_KERNEL], *callers[MAX_CALLERS];
	size_t n_kernel, n_callers;
};

void wait_classes_init(struct wait_classes *w, const struct profile *p, const struct knowledge *k)
{
	*w = (struct wait_classes){ .knowledge = k, .profile = p };
}

void wait_classes_done(struct wait_classes *w)
{
	map_u64_done(&w->seen);
}

/* Those that wchan leaves out too: they say that a thread sleeps, not why. */
static bool is_scheduler(const char *name)
{
	static const char *const names[] = { "schedule", "__schedule", "schedule_idle",
		"preempt_schedule", "preempt_schedule_common", "__cond_resched", "schedule_timeout",
		"schedule_timeout_interruptible", "schedule_timeout_killable",
		"schedule_timeout_uninterruptible", "schedule_hrtimeout",
		"schedule_hrtimeout_range", "schedule_hrtimeout_range_clock",
		"schedule_preempt_disabled", "do_nanosleep", "wait_for_completion",
		"__wait_for_common", "wait_for_common", "prepare_task_switch", "finish_task_switch",
		"__traceiter_sched_switch", "perf_event_task_sched_out",
		"__perf_event_task_sched_out", "bit_wait", "out_of_line_wait_on_bit",
		"__wait_on_bit" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void collect(const struct profile *p, uint32_t stack, struct names *n)
{
	*n = (struct names){ 0 };
	for (; stack; stack = p->stacks.v[stack].parent) {
		const struct frame *f = &p->frames.v[p->stacks.v[stack].frame];
		const char *name = profile_str(p, f->function);

		if (f->kind == FRAME_KERNEL && n->n_callers == 0) {
			if (n->n_kernel < MAX_KERNEL)
				n->kernel[n->n_kernel++] = name;
		} else if (n->n_callers < MAX_CALLERS) {
			n->callers[n->n_callers++] = name;
		}
	}
}

/* A name without parameters: "f(int)" is f. */
static bool caller_matches(const struct k_strings *globs, const char *name)
{
	char plain[256];
	size_t n = strcspn(name, "(");

	if (knowledge_glob_any(globs, name))
		return true;
	if (!name[n] || n == 0 || n >= sizeof(plain))
		return false;
	snprintf(plain, sizeof(plain), "%.*s", (int)n, name);
	return knowledge_glob_any(globs, plain);
}

static bool any_kernel(const struct k_strings *globs, const struct names *n)
{
	for (size_t i = 0; i < n->n_kernel; i++)
		if (knowledge_glob_any(globs, n->kernel[i]))
			return true;
	return false;
}

static bool any_caller(const struct k_strings *globs, const struct names *n)
{
	for (size_t i = 0; i < n->n_callers; i++)
		if (caller_matches(globs, n->callers[i]))
			return true;
	return false;
}

/* Names of the kernel may be hidden: then what calls it has to do. */
static bool kernel_known(const struct names *n)
{
	for (size_t i = 0; i < n->n_kernel; i++)
		if (n->kernel[i][0] != '[')
			return true;
	return false;
}

static bool whole_stack_matches(const struct k_wait *k, const struct names *n)
{
	bool known = kernel_known(n);

	if (k->within.n == 0 && k->callers.n == 0)
		return false;
	if (!known && k->callers.n == 0)
		return false;
	if (known && k->within.n && !any_kernel(&k->within, n))
		return false;
	if (known && k->functions.n && !any_kernel(&k->functions, n))
		return false;
	return k->callers.n == 0 || any_caller(&k->callers, n);
}

static size_t find(const struct knowledge *k, const struct names *n)
{
	for (size_t i = 0; i < k->n_waits; i++)
		if (whole_stack_matches(&k->waits[i], n))
			return i + 1;
	for (size_t at = 0; at < n->n_kernel; at++) {
		if (is_scheduler(n->kernel[at]))
			continue;
		for (size_t i = 0; i < k->n_waits; i++)
			if (k->waits[i].within.n == 0 && k->waits[i].callers.n == 0 &&
				knowledge_glob_any(&k->waits[i].functions, n->kernel[at]))
				return i + 1;
	}
	return 0;
}

static enum wait_kind kind_of(const char *kind)
{
	static const struct {
		const char *name;
		enum wait_kind kind;
	} kinds[] = { { "lock", WAIT_LOCK }, { "io", WAIT_IO }, { "sleep", WAIT_SLEEP },
		{ "queue", WAIT_QUEUE }, { "idle", WAIT_IDLE } };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, kind) == 0)
			return kinds[i].kind;
	return WAIT_OTHER;
}

struct wait_class wait_class_of(struct wait_classes *w, uint32_t stack)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&w->seen, stack, &fresh);

	if (fresh) {
		struct names n;

		collect(w->profile, stack, &n);
		*slot = (uint32_t)find(w->knowledge, &n);
	}
	if (*slot == 0)
		return (struct wait_class){ .id = "unknown", .kind = WAIT_OTHER };
	const struct k_wait *k = &w->knowledge->waits[*slot - 1];

	return (struct wait_class){ .id = k->id, .kind = kind_of(k->kind ? k->kind : "") };
}

uint32_t wait_frame(struct profile *p, struct wait_class c)
{
	char name[96];

	snprintf(name, sizeof(name), "[%s: %s]", c.kind == WAIT_IDLE ? "idle" : "waiting", c.id);

	struct frame f = { .function = profile_string(p, name),
		.module = profile_string(p, "[kernel]"),
		.kind = FRAME_KERNEL };

	return profile_add_frame(p, &f);
}
