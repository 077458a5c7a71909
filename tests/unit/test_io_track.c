/* SPDX-License-Identifier: MIT */
/* From system calls to the I/O table: pairing, names of descriptors that are used again, sums. */
#include "collect/io_track.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

/* What /proc and the program's memory would say. */
struct fake_world {
	uint64_t now_ns;
	const char *fd_name; /* of every descriptor; NULL: already closed */
	const char *path;    /* at every address; NULL: unreadable */
	uint64_t size_bytes;
};

static uint64_t fake_now(void *ctx)
{
	return ((struct fake_world *)ctx)->now_ns;
}

static bool fake_found(const struct fake_world *w, const char *name, struct io_found *ret)
{
	if (!name)
		return false;
	*ret = (struct io_found){ .kind = IO_FILE, .size_bytes = w->size_bytes };
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	return true;
}

static bool fake_fd(void *ctx, pid_t pid, int fd, struct io_found *ret)
{
	const struct fake_world *w = ctx;

	(void)pid, (void)fd;
	return fake_found(w, w->fd_name, ret);
}

static bool fake_path(void *ctx, pid_t pid, int dirfd, uint64_t address, struct io_found *ret)
{
	const struct fake_world *w = ctx;

	(void)pid, (void)address;
	assert_int_equal(dirfd, AT_FDCWD);
	return fake_found(w, w->path, ret);
}

static struct io_track *track_new(struct fake_world *w)
{
	return io_track_new(&(struct io_world){
		.ctx = w, .now_ns = fake_now, .find_fd = fake_fd, .find_path = fake_path });
}

/* One call of thread 7 of process 7 that takes 10 ns. */
static bool call(struct io_track *t, uint64_t at, uint64_t nr, uint64_t a0, uint64_t a1,
	int64_t result, struct io_done *done)
{
	uint64_t args[6] = { a0, a1 };

	io_track_enter(t, 7, 7, at, nr, args);
	return io_track_exit(t, 7, 7, at + 10, nr, result, 1, done);
}

static const struct io_row *row_of(const struct io_table *t, const char *name)
{
	vec_foreach (r, &t->rows)
		if (strcmp(strtab_get(&t->strings, r->name), name) == 0)
			return r;
	return NULL;
}

static void counts_and_bytes(void **state)
{
	struct fake_world w = { .now_ns = 1000, .fd_name = "/data/log", .size_bytes = 200 };
	struct io_track *t = track_new(&w);
	struct io_done d;

	(void)state;
	assert_true(call(t, 100, SYS_write, 3, 0, 100, &d));
	assert_int_equal(d.bytes, 100);
	assert_int_equal(d.ns, 10);
	assert_true(call(t, 120, SYS_write, 3, 0, 4096, &d));
	assert_true(call(t, 140, SYS_write, 3, 0, -EAGAIN, &d));
	assert_true(call(t, 160, SYS_fsync, 3, 0, 0, &d));
	assert_true(call(t, 180, SYS_read, 3, 0, 400, &d));
	assert_false(call(t, 200, SYS_getpid, 0, 0, 7, &d));
	struct io_table *table = io_track_finish(t);
	const struct io_row *r = row_of(table, "/data/log");

	assert_non_null(r);
	assert_int_equal(r->op[IO_WRITE].calls, 3);
	assert_int_equal(r->op[IO_WRITE].failed, 1);
	assert_int_equal(r->op[IO_WRITE].bytes, 4196);
	assert_int_equal(r->op[IO_WRITE].small, 1);
	assert_int_equal(r->op[IO_SYNC].calls, 1);
	assert_int_equal(r->op[IO_SYNC].max_ns, 10);
	assert_int_equal(io_row_mean_bytes(r, IO_WRITE), 2098);
	assert_int_equal(io_row_reread_factor(r), 2);
	assert_int_equal(io_row_calls(&table->total), 5);
	io_table_free(table);
	io_track_free(t);
}

/* Looked up at 1000, closed before that: /proc may have shown another file by then. */
static void late_lookups_do_not_count(void **state)
{
	struct fake_world w = { .now_ns = 1000, .fd_name = "/other", .path = "/etc/config" };
	struct io_track *t = track_new(&w);
	struct io_done d;

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		call(t, 100 + 100 * i, SYS_openat, (uint64_t)AT_FDCWD, 0x1000, 3, &d);
		call(t, 120 + 100 * i, SYS_read, 3, 0, 50, &d);
		call(t, 140 + 100 * i, SYS_close, 3, 0, 0, &d);
	}
	w.path = NULL; /* unreadable: what stood there before, else it has no name */
	call(t, 500, SYS_openat, (uint64_t)AT_FDCWD, 0x1000, 3, &d);
	call(t, 520, SYS_close, 3, 0, 0, &d);
	call(t, 540, SYS_openat, (uint64_t)AT_FDCWD, 0x2000, 3, &d);
	call(t, 560, SYS_close, 3, 0, 0, &d);
	struct io_table *table = io_track_finish(t);

	assert_null(row_of(table, "/other"));
	assert_int_equal(row_of(table, "/etc/config")->op[IO_OPEN].calls, 4);
	assert_int_equal(row_of(table, "/etc/config")->op[IO_READ].bytes, 150);
	assert_int_equal(row_of(table, "")->op[IO_OPEN].calls, 1);
	io_table_free(table);
	io_track_free(t);
}

/* dup2 puts another file in its place without a close. */
static void replaced_descriptors(void **state)
{
	struct fake_world w = { .now_ns = 150, .fd_name = "/first" };
	struct io_track *t = track_new(&w);
	struct io_done d;

	(void)state;
	call(t, 100, SYS_write, 1, 0, 5, &d);
	assert_false(call(t, 200, SYS_dup2, 9, 1, 1, &d));
	w.fd_name = "/second";
	w.now_ns = 300;
	call(t, 250, SYS_write, 1, 0, 7, &d);
	struct io_table *table = io_track_finish(t);

	assert_int_equal(row_of(table, "/first")->op[IO_WRITE].bytes, 5);
	assert_int_equal(row_of(table, "/second")->op[IO_WRITE].bytes, 7);
	io_table_free(table);
	io_track_free(t);
}

static void ends_without_their_start(void **state)
{
	struct fake_world w = { .now_ns = 1 };
	struct io_track *t = track_new(&w);
	uint64_t args[6] = { 3 };
	struct io_done d;

	(void)state;
	assert_false(io_track_exit(t, 7, 7, 10, SYS_read, 5, 1, &d));
	io_track_enter(t, 7, 7, 20, SYS_read, args);
	assert_false(io_track_exit(t, 7, 7, 30, SYS_write, 5, 1, &d)); /* a lost record between */
	io_track_enter(t, 7, 7, 40, SYS_read, args);
	io_track_gap(t);
	assert_false(io_track_exit(t, 7, 7, 50, SYS_read, 5, 1, &d));
	struct io_table *table = io_track_finish(t);

	assert_int_equal(io_row_calls(&table->total), 0);
	io_table_free(table);
	io_track_free(t);
}

/* The filter and the table of calls say the same. */
static void filter_names_each_call(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	io_calls_filter(IO_FILTER_ALL, &b);
	assert_non_null(strstr(buf_cstr(&b), "id >= 0 && id <= 6"));
	assert_non_null(strstr(buf_cstr(&b), "id == 257"));
	assert_null(strstr(buf_cstr(&b), "id == 202")); /* futex */
	assert_true(b.n < 1024);
	assert_null(io_call_find(SYS_futex));
	assert_null(io_call_find(UINT64_MAX));
	assert_string_equal(io_call_find(SYS_pwrite64)->name, "pwrite64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_bytes),
		cmocka_unit_test(late_lookups_do_not_count),
		cmocka_unit_test(replaced_descriptors),
		cmocka_unit_test(ends_without_their_start),
		cmocka_unit_test(filter_names_each_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
