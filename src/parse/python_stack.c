/* SPDX-License-Identifier: MIT */
/* Interpreters, threads and frames of CPython. */
#include "parse/python_stack.h"

#include <errno.h>
#include <string.h>

static uint64_t word_at(const uint8_t *p, size_t off)
{
	uint64_t v;

	memcpy(&v, p + off, sizeof(v));
	return v;
}

static bool plausible(uint64_t addr)
{
	return addr >= 4096 && addr < 1ull << 47 && addr % 8 == 0;
}

static int inconsistent(struct err *err, const char *what)
{
	return fail(err, EBADMSG, "the interpreter's %s contradict each other", what);
}

static int read_interpreter(const struct memory_reader *m, const struct python_layout *l,
	uint64_t interp, struct python_threads *ret, struct err *err)
{
	uint8_t ts[PYTHON_MAX_THREAD_STATE];
	uint64_t state, before = 0;

	if (!memory_read_u64(m, interp + l->interp_threads, &state))
		return inconsistent(err, "interpreter states");
	for (; state; state = word_at(ts, l->ts_next)) {
		if (!plausible(state) || ret->v.n == PYTHON_MAX_THREADS ||
			!memory_read(m, state, ts, l->ts_size) ||
			word_at(ts, l->ts_interp) != interp || word_at(ts, l->ts_prev) != before)
			return inconsistent(err, "thread states");
		*vec_push(&ret->v) = (struct python_thread){ .state = state,
			.thread_id = word_at(ts, l->ts_thread_id),
			.native_id =
				l->ts_native_id == PYTHON_NONE ? 0 : word_at(ts, l->ts_native_id) };
		before = state;
	}
	return 0;
}

int python_threads_read(const struct memory_reader *m, const struct python_layout *l,
	uint64_t runtime, struct python_threads *ret, struct err *err)
{
	uint64_t interp;
	int r = 0;

	ret->v.n = 0;
	if (!memory_read_u64(m, runtime + l->interpreters_head, &interp))
		return inconsistent(err, "global state");
	if (interp == 0)
		return fail(err, EAGAIN, "the interpreter is not running yet");
	for (unsigned i = 0; interp && r == 0; i++) {
		if (!plausible(interp) || i == PYTHON_MAX_INTERPRETERS)
			return inconsistent(err, "interpreter states");
		r = read_interpreter(m, l, interp, ret, err);
		if (r == 0 && !memory_read_u64(m, interp + l->interp_next, &interp))
			r = inconsistent(err, "interpreter states");
	}
	if (r == 0 && ret->v.n == 0)
		return fail(err, EAGAIN, "the interpreter has no thread yet");
	return r;
}

/* One frame's fields; false when it cannot be a frame. */
static bool frame_of(const struct python_layout *l, const uint8_t *p, uint64_t addr,
	struct python_raw_frame *ret, uint64_t *ret_previous)
{
	uint64_t code = word_at(p, l->frame_code);

	*ret = (struct python_raw_frame){
		.addr = addr, .code = code, .instr = word_at(p, l->frame_instr)
	};
	*ret_previous = word_at(p, l->frame_previous);
	if (l->minor < 11) {
		ret->entry = true; /* every frame has a call of the evaluator of its own */
	} else if (l->minor == 11) {
		ret->entry = p[l->frame_is_entry] != 0;
		if (p[l->frame_is_entry] > 1)
			return false;
	} else {
		uint8_t owner = p[l->frame_owner];

		if (owner > 4)
			return false;
		if (owner >= l->entry_owner)
			ret->code = 0;
	}
	if (l->tagged)
		ret->code &= ~(uint64_t)3;
	if (l->frame_tlbc != PYTHON_NONE)
		memcpy(&ret->tlbc_index, p + l->frame_tlbc, 4);
	return *ret_previous == 0 || plausible(*ret_previous);
}

static bool walk(const struct memory_reader *m, const struct python_layout *l, uint64_t at,
	struct python_stack *ret)
{
	uint8_t frame[PYTHON_MAX_FRAME];

	while (at) {
		struct python_raw_frame *f;
		uint64_t previous;

		if (!plausible(at) || ret->v.n == PYTHON_MAX_DEPTH ||
			!memory_read(m, at, frame, l->frame_size))
			return false;
		f = vec_push(&ret->v);
		if (!frame_of(l, frame, at, f, &previous)) {
			ret->v.n--;
			return false;
		}
		at = previous;
	}
	return true;
}

bool python_stack_read(const struct memory_reader *m, const struct python_layout *l,
	const struct python_thread *check, struct python_stack *ret)
{
	uint8_t ts[PYTHON_MAX_THREAD_STATE];
	uint64_t at;

	ret->v.n = 0;
	ret->complete = false;
	if (!memory_read(m, check->state, ts, l->ts_size) ||
		(check->thread_id && word_at(ts, l->ts_thread_id) != check->thread_id) ||
		(check->native_id && l->ts_native_id != PYTHON_NONE &&
			word_at(ts, l->ts_native_id) != check->native_id))
		return false;
	if (l->ts_frame != PYTHON_NONE) {
		at = word_at(ts, l->ts_frame);
	} else {
		uint64_t cframe = word_at(ts, l->ts_cframe);

		if (!plausible(cframe) || !memory_read_u64(m, cframe + l->cframe_frame, &at))
			return false;
	}
	ret->complete = walk(m, l, at, ret);
	return true;
}

uint64_t python_gil_holder(
	const struct memory_reader *m, const struct python_layout *l, uint64_t runtime)
{
	uint64_t at = runtime, holder = 0;
	uint32_t locked = 0, off_holder = l->runtime_gil_holder, off_locked = l->runtime_gil_locked;

	if (l->free_threaded)
		return 0;
	if (l->interp_gil != PYTHON_NONE) {
		uint64_t interp;

		/* sub-interpreters may have their own; the first one's is meant */
		if (!memory_read_u64(m, runtime + l->interpreters_head, &interp) ||
			!plausible(interp) || !memory_read_u64(m, interp + l->interp_gil, &at) ||
			!plausible(at))
			return 0;
		off_holder = l->gil_holder;
		off_locked = l->gil_locked;
	}
	if (!memory_read(m, at + off_locked, &locked, 4) || locked != 1 ||
		!memory_read_u64(m, at + off_holder, &holder))
		return 0;
	return holder;
}
