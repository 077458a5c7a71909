/* SPDX-License-Identifier: MIT */
/* One process that runs Python. */
#include "collect/python_process.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>

enum {
	PTHREAD_BYTES = 1536, /* of struct pthread that are searched for the tid */
	/* offset in glibc's on x86-64, the first guess (nptl/descr.h) */
	PTHREAD_TID_GLIBC = 720,
};
static const uint64_t WAIT_MIN_NS = 1000000, WAIT_MAX_NS = 1000000000;

struct python_process *python_process_new(
	pid_t pid, uint32_t n_exec, struct managed_frames *managed)
{
	struct python_process *x = xcalloc(1, sizeof(*x));

	x->pid = pid;
	x->n_exec = n_exec;
	x->generation = UINT32_MAX;
	remote_memory_init(&x->mem, pid);
	python_codes_init(&x->codes, managed, pid);
	return x;
}

void python_process_free(struct python_process *x)
{
	if (!x)
		return;
	vec_foreach (t, &x->tasks)
		python_guess_done(&t->guess);
	vec_done(&x->tasks);
	vec_done(&x->threads.v);
	map_u64_done(&x->task_index);
	map_u64_done(&x->calls);
	vec_done(&x->callers);
	python_codes_done(&x->codes);
	remote_memory_done(&x->mem);
	free(x);
}

/* Waiting doubles from try to try. */
static bool due(uint64_t *look_ns, uint64_t *wait_ns, uint64_t now_ns)
{
	if (*look_ns && now_ns < *look_ns + *wait_ns)
		return false;
	*look_ns = now_ns;
	*wait_ns = MIN(MAX(*wait_ns * 2, WAIT_MIN_NS), WAIT_MAX_NS);
	return true;
}

/* ---- the interpreter ----------------------------------------------------------------------------
 */

static const struct mapping *python_mapping(const struct process *p,
	const struct python_module *(*examine)(void *ctx, struct module_entry *e), void *ctx,
	const struct python_module **ret)
{
	vec_foreach (m, &p->maps) {
		const struct python_module *pm = examine(ctx, m->mod);

		if (pm && pm->is_python) {
			*ret = pm;
			return m;
		}
	}
	return NULL;
}

/* The lock's two fields are read with each sample: where they are does not change. */
static void find_gil(struct python_process *x)
{
	const struct python_layout *l = &x->place.layout;
	struct memory_reader m = remote_memory_reader(&x->mem);
	uint64_t interp, gil;

	x->gil = 0;
	x->gil_holder_at = 0;
	x->gil_locked_at = 8;
	if (l->free_threaded)
		return;
	if (l->interp_gil == PYTHON_NONE) {
		x->gil = x->place.runtime + l->runtime_gil_holder;
		x->gil_locked_at = l->runtime_gil_locked - l->runtime_gil_holder;
	} else if (memory_read_u64(&m, x->place.runtime + l->interpreters_head, &interp) &&
		memory_read_u64(&m, interp + l->interp_gil, &gil) && gil) {
		x->gil = gil + l->gil_holder;
		x->gil_locked_at = l->gil_locked - l->gil_holder;
	}
	if (x->gil_locked_at > 12) /* elsewhere than in the versions known: not read */
		x->gil = 0;
}

static int set_up(struct python_process *x, const struct process *p, const struct mapping *map,
	struct err *err)
{
	struct memory_reader m = remote_memory_reader(&x->mem);
	int r = python_place_find(p, map, &x->module, &x->mem, &x->place, err);

	if (r == 0)
		r = python_threads_read(&m, &x->place.layout, x->place.runtime, &x->threads, err);
	if (r == 0)
		find_gil(x);
	return r;
}

bool python_process_ready(struct python_process *x, const struct process *p,
	const struct python_module *(*examine)(void *ctx, struct module_entry *e), void *ctx,
	uint64_t now_ns)
{
	const struct python_module *pm;

	if (x->state == PYTHON_READY)
		return true;
	if (x->state == PYTHON_REFUSED)
		return false;
	if (x->state == PYTHON_ABSENT && x->generation == p->generation)
		return false;
	if (x->state == PYTHON_UNKNOWN && !due(&x->look_ns, &x->wait_ns, now_ns))
		return false;
	x->generation = p->generation;
	const struct mapping *map = python_mapping(p, examine, ctx, &pm);

	if (!map) {
		x->state = PYTHON_ABSENT;
		return false;
	}
	x->module = *pm;
	x->problem = (struct err){ 0 };
	int r = set_up(x, p, map, &x->problem);

	/* not there yet, in the middle of starting, or just ended: try again */
	x->state = r == 0                                                      ? PYTHON_READY
		: r == -EAGAIN || r == -EBADMSG || r == -ESRCH || r == -EFAULT ? PYTHON_UNKNOWN
									       : PYTHON_REFUSED;
	return r == 0;
}

/* ---- threads ------------------------------------------------------------------------------------
 */

/* The thread's number as it sees itself, which is what Python keeps. */
static uint64_t own_tid(pid_t pid, pid_t tid)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char path[64];
	struct span s, line, word;
	uint64_t ns_tid = (uint64_t)tid, v;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", (int)pid, (int)tid);
	if (file_read(path, 16384, &b, NULL) < 0)
		return ns_tid;
	s = buf_span(&b);
	while (span_next_line(&s, &line)) {
		if (!span_starts(line, "NSpid:"))
			continue;
		line = span_from(line, 6);
		while (span_next_word(&line, &word))
			if (span_parse_u64(word, &v))
				ns_tid = v; /* the last is the innermost namespace */
	}
	return ns_tid;
}

/* pthread_self() points to struct pthread, which holds the tid. */
static bool is_pthread_of(struct python_process *x, uint64_t pthread, uint64_t tid)
{
	uint8_t raw[PTHREAD_BYTES];
	size_t n = remote_memory_bytes(&x->mem, pthread, raw, sizeof(raw));
	uint32_t v;
	size_t from = x->pthread_tid ? x->pthread_tid : PTHREAD_TID_GLIBC;

	if (from + 4 <= n) {
		memcpy(&v, raw + from, 4);
		if (v == tid) {
			x->pthread_tid = (uint16_t)from;
			return true;
		}
	}
	if (x->pthread_tid)
		return false;
	for (size_t i = 0; i + 4 <= n; i += 4) {
		memcpy(&v, raw + i, 4);
		if (v == tid) {
			x->pthread_tid = (uint16_t)i;
			return true;
		}
	}
	return false;
}

static bool has_one_thread(pid_t pid)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (file_read(path, 16384, &b, NULL) < 0)
		return false;
	return strstr(buf_cstr(&b), "\nThreads:\t1\n") != NULL;
}

static bool match(struct python_process *x, struct python_task *t)
{
	vec_foreach (th, &x->threads.v) {
		if (th->native_id ? th->native_id == t->ns_tid
				  : is_pthread_of(x, th->thread_id, t->ns_tid)) {
			t->thread = *th;
			return true;
		}
	}
	/* after a fork some versions keep the parent's number */
	if (x->threads.v.n == 1 && has_one_thread(x->pid)) {
		t->thread = x->threads.v.v[0];
		return true;
	}
	return false;
}

static void find_state(struct python_process *x, struct python_task *t, uint64_t now_ns)
{
	struct memory_reader m = remote_memory_reader(&x->mem);

	if (!due(&t->look_ns, &t->wait_ns, now_ns))
		return;
	t->ns_tid = own_tid(x->pid, t->tid);
	for (int tries = 0; tries < 3; tries++)
		if (python_threads_read(
			    &m, &x->place.layout, x->place.runtime, &x->threads, NULL) == 0)
			break;
	t->has_state = match(x, t);
	if (t->has_state)
		t->wait_ns = 0;
}

struct python_task *python_process_task(struct python_process *x, pid_t tid, uint64_t now_ns)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&x->task_index, (uint64_t)(uint32_t)tid, &fresh);

	if (fresh) {
		*slot = (uint32_t)x->tasks.n;
		*vec_push(&x->tasks) = (struct python_task){ .tid = tid };
	}
	struct python_task *t = &x->tasks.v[*slot];

	if (!t->has_state)
		find_state(x, t, now_ns);
	return t;
}
