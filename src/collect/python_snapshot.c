/* SPDX-License-Identifier: MIT */
/* Reading a Python thread's stack in one go. */
#include "collect/python_snapshot.h"

#include "base/compiler.h"

#include <string.h>

enum {
	MAX_CHUNK = 1 << 20,
	MAX_CHUNKS = 512,
	MAX_SNAPSHOT = 8 << 20,
	MAX_SINGLE = 4096,
	MAX_CODES = 48,
	CFRAME_BYTES = 16,
	/* struct _PyStackChunk: previous, size, top (Include/cpython/pystate.h) */
	CHUNK_HEAD = 24,
	CHUNK_SIZE = 8,
};

void python_snapshot_done(struct python_snapshot *s)
{
	vec_done(&s->windows);
	vec_done(&s->bytes);
	vec_done(&s->pieces);
}

void python_guess_done(struct python_guess *g)
{
	vec_done(&g->chunks);
	vec_done(&g->frames);
	vec_done(&g->codes);
}

static void want(struct python_snapshot *s, uint64_t addr, uint32_t len)
{
	if (s->bytes.n + len > MAX_SNAPSHOT)
		return;
	*vec_push(&s->windows) =
		(struct memory_window){ .addr = addr, .off = (uint32_t)s->bytes.n, .len = len };
	s->bytes.n += len;
	if (s->bytes.n > s->bytes.cap) {
		s->bytes.cap = 2 * s->bytes.n;
		s->bytes.v = xreallocarray(s->bytes.v, s->bytes.cap, 1);
	}
}

void python_snapshot_take(struct python_snapshot *s, struct remote_memory *mem,
	const struct python_layout *l, const struct python_guess *g, uint64_t thread_state,
	uint64_t gil)
{
	s->mem = mem;
	s->windows.n = s->bytes.n = s->pieces.n = s->hint = 0;
	want(s, thread_state, l->ts_size);
	if (gil)
		want(s, gil, 16);
	if (g->cframe)
		want(s, g->cframe, CFRAME_BYTES);
	vec_foreach (c, &g->codes)
		want(s, *c, l->code_size);
	vec_foreach (c, &g->chunks)
		want(s, c->addr, c->len);
	vec_foreach (f, &g->frames)
		want(s, *f, l->frame_size);
	vec_foreach (w, &s->windows)
		*vec_push(&s->pieces) = (struct memory_piece){
			.addr = w->addr, .to = s->bytes.v + w->off, .len = w->len
		};
	/* a guess that is not there any more ends the read: the rest is read when asked for */
	s->windows.n = remote_memory_pieces(mem, s->pieces.v, s->pieces.n);
}

static const uint8_t *in_window(
	const struct python_snapshot *s, size_t i, uint64_t addr, size_t len)
{
	const struct memory_window *w = &s->windows.v[i];

	if (addr < w->addr || addr - w->addr > w->len || len > w->len - (addr - w->addr))
		return NULL;
	return s->bytes.v + w->off + (addr - w->addr);
}

static const uint8_t *find(struct python_snapshot *s, uint64_t addr, size_t len)
{
	/* the chain mostly goes on in the same chunk or in the next frame of the guess */
	for (size_t i = s->hint; i < MIN(s->hint + 2, s->windows.n); i++) {
		const uint8_t *p = in_window(s, i, addr, len);

		if (p) {
			s->hint = i;
			return p;
		}
	}
	for (size_t i = 0; i < s->windows.n; i++) {
		const uint8_t *p = in_window(s, i, addr, len);

		if (p) {
			s->hint = i;
			return p;
		}
	}
	return NULL;
}

static size_t read_pieces(void *ctx, const struct memory_piece *v, size_t n)
{
	struct python_snapshot *s = ctx;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = find(s, v[i].addr, v[i].len);

		if (p)
			memcpy(v[i].to, p, v[i].len);
		else if (remote_memory_bytes(s->mem, v[i].addr, v[i].to, v[i].len) != v[i].len)
			return i;
	}
	return n;
}

struct memory_reader python_snapshot_reader(struct python_snapshot *s)
{
	return (struct memory_reader){ .ctx = s, .read = read_pieces };
}

/* The chunks of the data stack, newest first in memory; kept oldest first. */
static void learn_chunks(struct python_guess *g, struct python_snapshot *s, uint64_t newest)
{
	uint64_t head[CHUNK_HEAD / 8], at = newest;

	if (g->chunks.n && g->chunks.v[g->chunks.n - 1].addr == newest)
		return;
	g->chunks.n = 0;
	while (at && at % 8 == 0 && g->chunks.n < MAX_CHUNKS &&
		remote_memory_bytes(s->mem, at, head, sizeof(head)) == sizeof(head)) {
		uint64_t size = head[CHUNK_SIZE / 8];

		if (size < CHUNK_HEAD || size > MAX_CHUNK)
			break;
		*vec_push(&g->chunks) = (struct memory_window){ .addr = at, .len = (uint32_t)size };
		at = head[0];
	}
	for (size_t i = 0; i < g->chunks.n / 2; i++) {
		struct memory_window swap = g->chunks.v[i];

		g->chunks.v[i] = g->chunks.v[g->chunks.n - 1 - i];
		g->chunks.v[g->chunks.n - 1 - i] = swap;
	}
}

static bool in_chunks(const struct python_guess *g, uint64_t addr, size_t *hint)
{
	for (size_t k = 0; k < g->chunks.n; k++) {
		const struct memory_window *c = &g->chunks.v[(*hint + k) % g->chunks.n];

		if (addr >= c->addr && addr - c->addr < c->len) {
			*hint = (*hint + k) % g->chunks.n;
			return true;
		}
	}
	return false;
}

static void learn_codes(struct python_guess *g, const struct python_stack *stack)
{
	g->codes.n = 0;
	for (size_t i = 0; i < stack->v.n && g->codes.n < MAX_CODES; i++) {
		uint64_t code = stack->v.v[i].code;
		size_t k = g->codes.n;

		while (k > 0 && g->codes.v[k - 1] != code)
			k--;
		if (k == 0 && code && code % 8 == 0)
			*vec_push(&g->codes) = code;
	}
}

void python_guess_learn(struct python_guess *g, struct python_snapshot *s,
	const struct python_layout *l, uint64_t thread_state, const struct python_stack *stack)
{
	struct memory_reader m = python_snapshot_reader(s);
	uint64_t newest;
	size_t hint = 0;

	if (l->ts_cframe != PYTHON_NONE)
		memory_read_u64(&m, thread_state + l->ts_cframe, &g->cframe);
	if (l->ts_datastack != PYTHON_NONE &&
		memory_read_u64(&m, thread_state + l->ts_datastack, &newest))
		learn_chunks(g, s, newest);
	learn_codes(g, stack);
	g->frames.n = 0;
	vec_foreach (f, &stack->v) {
		if (g->frames.n == MAX_SINGLE)
			break;
		if (!in_chunks(g, f->addr, &hint))
			*vec_push(&g->frames) = f->addr;
	}
}
