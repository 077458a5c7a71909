/* SPDX-License-Identifier: MIT */
/* Calls by thread, files by descriptor, sums by name. */
#include "collect/io_track.h"

#include <fcntl.h>
#include <string.h>

enum { MAX_OPEN = 1 << 16, LOOKUPS_PER_S = 5000, MAX_PATHS = 4096 };

/* A call that has begun and not ended yet. */
struct running {
	pid_t tid;
	uint16_t nr;
	bool in_call;
	uint64_t start_ns;
	uint64_t args[6];
	struct io_found path; /* of calls with a path, read while they run or right after */
	bool has_path;
};

/* A descriptor from its first use to its close: sums until it is certain what it is called. */
struct open_file {
	uint64_t key; /* pid and descriptor; 0: free */
	uint64_t looked_up_ns;
	struct io_found by_fd, by_path;
	bool has_fd, has_path;
	struct io_row sums;
};

struct io_track {
	struct io_world world;
	struct io_table *table;
	vec_of(struct running) running;
	struct map_u64 by_tid;
	vec_of(struct open_file) open;
	vec_of(uint32_t) free_slots;
	struct map_u64 by_key; /* -> open + 1; 0 closed */
	uint64_t lookups, lookups_since_ns;
	/* Paths read before, by process and address: for calls we hear of after its end. */
	struct map_u64 path_at; /* -> paths + 1 */
	vec_of(struct io_found) paths;
};

struct io_track *io_track_new(const struct io_world *world)
{
	struct io_track *t = xcalloc(1, sizeof(*t));

	t->world = *world;
	t->table = io_table_new();
	return t;
}

void io_track_free(struct io_track *t)
{
	if (!t)
		return;
	io_table_free(t->table);
	vec_done(&t->running);
	map_u64_done(&t->by_tid);
	vec_done(&t->open);
	vec_done(&t->free_slots);
	map_u64_done(&t->by_key);
	map_u64_done(&t->path_at);
	vec_done(&t->paths);
	free(t);
}

static uint64_t key_of(pid_t pid, int fd)
{
	return (uint64_t)(uint32_t)pid << 32 | (uint32_t)fd;
}

static struct open_file *find_open(const struct io_track *t, pid_t pid, int fd)
{
	const uint32_t *at = map_u64_get(&t->by_key, key_of(pid, fd));

	return at && *at ? &t->open.v[*at - 1] : NULL;
}

/* Looking up names costs us time, which a program that opens files all day must not make endless.
 */
static bool may_look_up(struct io_track *t, uint64_t now)
{
	if (now - t->lookups_since_ns > 1000000000) {
		t->lookups_since_ns = now;
		t->lookups = 0;
	}
	return t->lookups++ < LOOKUPS_PER_S;
}

static struct open_file *open_begin(struct io_track *t, pid_t pid, int fd)
{
	uint64_t now = t->world.now_ns(t->world.ctx);
	uint32_t at;

	if (t->free_slots.n) {
		at = t->free_slots.v[--t->free_slots.n];
	} else if (t->open.n >= MAX_OPEN) {
		return NULL;
	} else {
		at = (uint32_t)t->open.n;
		vec_push(&t->open);
	}
	struct open_file *f = &t->open.v[at];

	*f = (struct open_file){ .key = key_of(pid, fd) };
	*map_u64_put(&t->by_key, f->key, NULL) = at + 1;
	if (may_look_up(t, now)) {
		f->has_fd = t->world.find_fd(t->world.ctx, pid, fd, &f->by_fd);
		f->looked_up_ns = t->world.now_ns(t->world.ctx);
	}
	return f;
}

static void add_to_row(struct io_track *t, const struct io_found *found, const struct io_row *sums)
{
	struct io_row *row = io_table_row(t->table, found->name, found->kind);

	io_row_add(row, sums);
	row->size_bytes = MAX(row->size_bytes, found->size_bytes);
}

/* closed_ns: when it was closed; UINT64_MAX: it never was, so what /proc said holds. */
static void open_end(struct io_track *t, struct open_file *f, uint64_t closed_ns)
{
	struct io_found unknown = { .kind = IO_UNKNOWN };

	if (io_row_calls(&f->sums) > 0) {
		if (f->has_fd && f->looked_up_ns < closed_ns)
			add_to_row(t, &f->by_fd, &f->sums);
		else if (f->has_path)
			add_to_row(t, &f->by_path, &f->sums);
		else
			add_to_row(t, &unknown, &f->sums);
	}
	*map_u64_put(&t->by_key, f->key, NULL) = 0;
	f->key = 0;
	*vec_push(&t->free_slots) = (uint32_t)(f - t->open.v);
}

static void close_fd(struct io_track *t, pid_t pid, int fd, uint64_t time_ns)
{
	struct open_file *f = find_open(t, pid, fd);

	if (f)
		open_end(t, f, time_ns);
}

static void close_range_of(struct io_track *t, pid_t pid, int first, int last, uint64_t time_ns)
{
	if (first == last) {
		close_fd(t, pid, first, time_ns);
		return;
	}
	for (size_t i = 0; i < t->open.n; i++) {
		uint64_t key = t->open.v[i].key;

		if (key && key >> 32 == (uint32_t)pid && (int)(uint32_t)key >= first &&
			(int)(uint32_t)key <= last)
			open_end(t, &t->open.v[i], time_ns);
	}
}

static struct running *running_of(struct io_track *t, pid_t tid)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&t->by_tid, (uint64_t)(uint32_t)tid, &fresh);

	if (fresh) {
		*slot = (uint32_t)t->running.n;
		*vec_push(&t->running) = (struct running){ .tid = tid };
	}
	return &t->running.v[*slot];
}

/* The path of a call; where the program can no longer be read, what stood there before. */
static bool path_of(
	struct io_track *t, pid_t pid, int dirfd, uint64_t address, struct io_found *ret)
{
	uint64_t now = t->world.now_ns(t->world.ctx);
	uint64_t key = hash_u64((uint64_t)(uint32_t)pid << 32 | (uint32_t)dirfd) ^ address;
	uint32_t *at;

	bool found =
		may_look_up(t, now) && t->world.find_path(t->world.ctx, pid, dirfd, address, ret);

	/* a path to nothing may be memory that was used again meanwhile */
	if (found && ret->kind == IO_UNKNOWN && map_u64_get(&t->path_at, key))
		found = false;
	if (found) {
		at = map_u64_put(&t->path_at, key, NULL);
		if (!*at && t->paths.n < MAX_PATHS) {
			vec_push(&t->paths);
			*at = (uint32_t)t->paths.n;
		}
		if (*at)
			t->paths.v[*at - 1] = *ret;
		return true;
	}
	const uint32_t *before = map_u64_get(&t->path_at, key);

	if (!before || !*before)
		return false;
	*ret = t->paths.v[*before - 1];
	return true;
}

void io_track_enter(struct io_track *t, pid_t pid, pid_t tid, uint64_t time_ns, uint64_t nr,
	const uint64_t args[6])
{
	struct running *r = running_of(t, tid);
	const struct io_call *c = io_call_find(nr);

	r->in_call = true;
	r->nr = (uint16_t)nr;
	r->start_ns = time_ns;
	memcpy(r->args, args, sizeof(r->args));
	r->has_path = c && c->path_arg >= 0 &&
		path_of(t, pid, c->path_arg == 1 ? (int)args[0] : AT_FDCWD, args[c->path_arg],
			&r->path);
}

/* The descriptor a call is about, which the first use makes known. */
static struct open_file *file_of(struct io_track *t, const struct io_call *c, pid_t pid,
	const struct running *r, int64_t result)
{
	int fd = -1;

	if (c->makes_fd) {
		if (result < 0 || result > INT32_MAX)
			return NULL;
		/* whatever had this number is closed, also when we did not see how */
		close_fd(t, pid, (int)result, r->start_ns);
		fd = (int)result;
	} else if (c->fd_arg >= 0 && (c->path_arg < 0 || !r->has_path)) {
		fd = (int)r->args[c->fd_arg];
	}
	if (fd < 0) /* AT_FDCWD and mistakes */
		return NULL;
	struct open_file *f = find_open(t, pid, fd);

	if (!f && result >= 0)
		f = open_begin(t, pid, fd);
	if (f && c->makes_fd && r->has_path) {
		f->by_path = r->path;
		f->has_path = true;
	}
	return f;
}

static void count(struct io_row *row, const struct io_done *d, int64_t result, double weight)
{
	struct io_sum *s = &row->op[d->call->op];

	s->calls += weight;
	s->failed += result < 0 ? weight : 0;
	s->bytes += weight * (double)d->bytes;
	s->ns += weight * (double)d->ns;
	if (d->call->moves && result >= 0 && result < IO_SMALL_BYTES)
		s->small += weight;
	s->max_ns = MAX(s->max_ns, d->ns);
}

static void book(struct io_track *t, struct running *r, pid_t pid, const struct io_done *d,
	int64_t result, double weight)
{
	struct open_file *f = file_of(t, d->call, pid, r, result);
	struct io_row one = { 0 };

	if (f) {
		count(&f->sums, d, result, weight);
		return;
	}
	count(&one, d, result, weight);
	if (!r->has_path)
		r->path = (struct io_found){ .kind = IO_UNKNOWN };
	add_to_row(t, &r->path, &one);
}

static struct io_done done_of(const struct io_track *t, const struct io_call *c,
	const struct running *r, pid_t pid, uint64_t time_ns, int64_t result)
{
	const struct open_file *f =
		c->fd_arg >= 0 ? find_open(t, pid, (int)r->args[c->fd_arg]) : NULL;
	bool inward = c->op == IO_READ || c->op == IO_OPEN;
	bool of_peer = f && f->has_fd &&
		(f->by_fd.kind == IO_SOCKET || f->by_fd.kind == IO_PIPE ||
			f->by_fd.kind == IO_TERMINAL || f->by_fd.kind == IO_OTHER);

	return (struct io_done){ .call = c,
		.ns = time_ns > r->start_ns ? time_ns - r->start_ns : 0,
		.bytes = c->moves && result > 0 ? (uint64_t)result : 0,
		.waits_for_others = inward && (of_peer || (c->op == IO_OPEN && c->path_arg < 0)) };
}

bool io_track_peek(const struct io_track *t, pid_t pid, pid_t tid, uint64_t time_ns, uint64_t nr,
	int64_t result, struct io_done *ret)
{
	const uint32_t *slot = map_u64_get(&t->by_tid, (uint64_t)(uint32_t)tid);
	const struct running *r = slot ? &t->running.v[*slot] : NULL;
	const struct io_call *c = io_call_find(nr);

	if (!r || !c || r->nr != nr || r->start_ns == 0 || r->start_ns > time_ns)
		return false;
	*ret = done_of(t, c, r, pid, time_ns, result);
	return true;
}

bool io_track_exit(struct io_track *t, pid_t pid, pid_t tid, uint64_t time_ns, uint64_t nr,
	int64_t result, double weight, struct io_done *ret)
{
	struct running *r = running_of(t, tid);
	const struct io_call *c = io_call_find(nr);
	int first, last;

	if (!r->in_call || r->nr != nr)
		return false;
	r->in_call = false;
	if (io_call_execs(nr) && result == 0)
		close_range_of(t, pid, 0, INT32_MAX, time_ns);
	if (result >= 0 && io_call_replaces(nr, r->args[0], r->args[1], &first, &last))
		close_range_of(t, pid, first, last, time_ns);
	if (!c)
		return false;
	struct io_done d = done_of(t, c, r, pid, time_ns, result);

	/* what it opened does exist, so that is not what it was called */
	if (c->makes_fd && result >= 0 && r->has_path && r->path.kind == IO_UNKNOWN)
		r->has_path = false;
	book(t, r, pid, &d, result, weight);
	if (c->op == IO_CLOSE && result >= 0)
		close_fd(t, pid, (int)r->args[0], r->start_ns);
	*ret = d;
	return true;
}

void io_track_gap(struct io_track *t)
{
	vec_foreach (r, &t->running)
		r->in_call = false;
	/* what was open may have been closed and its number used again */
	for (size_t i = 0; i < t->open.n; i++)
		if (t->open.v[i].key)
			open_end(t, &t->open.v[i], UINT64_MAX);
}

void io_track_ended(struct io_track *t, pid_t tid)
{
	const uint32_t *slot = map_u64_get(&t->by_tid, (uint64_t)(uint32_t)tid);

	if (slot)
		t->running.v[*slot].in_call = false;
	close_range_of(t, tid, 0, INT32_MAX, UINT64_MAX);
}

struct io_table *io_track_finish(struct io_track *t)
{
	struct io_table *table = t->table;

	for (size_t i = 0; i < t->open.n; i++)
		if (t->open.v[i].key)
			open_end(t, &t->open.v[i], UINT64_MAX);
	io_table_finish(table);
	t->table = NULL;
	return table;
}
