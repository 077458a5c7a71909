/* SPDX-License-Identifier: MIT */
/* Attributes as text, refusals through the system call seam, and ring buffers replayed. */
#include "base/buf.h"
#include "base/file.h"
#include "collect/perf_event.h"
#include "unit.h"

#include <errno.h>
#include <unistd.h>

static char *attr_text(const struct perf_config *c, size_t ring_bytes)
{
	struct perf_event_attr attr;
	struct buf b = { 0 };

	perf_attr_fill(&attr, c, ring_bytes);
	perf_attr_dump(&attr, &b);
	return buf_steal(&b);
}

static void test_attr_launched(void **state)
{
	_cleanup_(freep) char *text = attr_text(&(struct perf_config){ .rung = PERF_RUNG_CPU_CLOCK,
							.hz = 1000,
							.enable_on_exec = true,
							.stack_bytes = 16384 },
		1 << 20);

	assert_string_equal(text,
		"type 1\nsample_period 1000000\nsample_type 0x13127\n"
		"read_format 2\ndisabled 1\ninherit 1\nexclude_hv 1\n"
		"exclude_guest 1\nexclude_callchain_user 1\nmmap 1\nmmap2 1\n"
		"comm 1\ncomm_exec 1\nenable_on_exec 1\ntask 1\nwatermark 1\n"
		"sample_id_all 1\nuse_clockid 1\nwakeup_watermark 524288\n"
		"sample_regs_user 0xff01ff\nsample_stack_user 16384\nclockid 1\n");
}

static void test_attr_user_only(void **state)
{
	_cleanup_(freep) char *text = attr_text(&(struct perf_config){ .rung = PERF_RUNG_CYCLES,
							.hz = 99,
							.user_only = true,
							.stack_bytes = 8192 },
		1 << 17);

	/* no kernel chain is asked for, and a frequency, as cycles do not tell time */
	assert_string_equal(text,
		"sample_period 99\nsample_type 0x13107\nread_format 2\n"
		"disabled 1\ninherit 1\nexclude_kernel 1\nexclude_hv 1\n"
		"exclude_guest 1\nexclude_callchain_user 1\nmmap 1\nmmap2 1\n"
		"comm 1\ncomm_exec 1\nfreq 1\ntask 1\n"
		"sample_id_all 1\nuse_clockid 1\nwakeup_events 1\n"
		"sample_regs_user 0xff01ff\nsample_stack_user 8192\nclockid 1\n");
}

/* ---- the seam ---- */

static int refuse_kernel_errno, refuse_all_errno, n_calls;

static long fake_open(
	struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags)
{
	n_calls++;
	if (refuse_all_errno) {
		errno = refuse_all_errno;
		return -1;
	}
	if (attr->type == PERF_TYPE_HARDWARE) {
		errno = ENOENT;
		return -1;
	}
	if (refuse_kernel_errno && !attr->exclude_kernel) {
		errno = refuse_kernel_errno;
		return -1;
	}
	return dup(STDERR_FILENO);
}

static int seam_setup(void **state)
{
	*state = (void *)(uintptr_t)perf_event_open_call;
	perf_event_open_call = fake_open;
	refuse_kernel_errno = refuse_all_errno = n_calls = 0;
	return 0;
}

static int seam_teardown(void **state)
{
	perf_event_open_call = (long (*)(struct perf_event_attr *, pid_t, int, int, unsigned long))(
		uintptr_t)*state;
	return 0;
}

static void test_probe_ladder(void **state)
{
	enum perf_rung rung = PERF_RUNG_CYCLES;
	bool user_only = false;

	assert_int_equal(perf_probe(&rung, &user_only, NULL), 0);
	assert_int_equal(rung, PERF_RUNG_CPU_CLOCK);
	assert_false(user_only);
	assert_string_equal(perf_rung_name(rung, user_only), "cpu-clock");

	refuse_kernel_errno = EACCES;
	rung = PERF_RUNG_CYCLES;
	assert_int_equal(perf_probe(&rung, &user_only, NULL), 0);
	assert_int_equal(rung, PERF_RUNG_CPU_CLOCK);
	assert_true(user_only);
	assert_string_equal(perf_rung_name(rung, user_only), "cpu-clock, user only");
}

static void test_probe_refused(void **state)
{
	static const int codes[] = { EPERM, EACCES, ENOSYS };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		enum perf_rung rung = PERF_RUNG_CYCLES;
		bool user_only = false;
		struct err err = { 0 };

		refuse_all_errno = codes[i];
		assert_int_equal(perf_probe(&rung, &user_only, &err), -codes[i]);
		assert_non_null(strstr(err.msg, "perf_event_open"));
		assert_true(err.hint[0] != '\0');
	}
}

/* ---- rings ---- */

enum { RING_BYTES = 4096 };

struct fake_session {
	struct perf_session s;
	size_t page;
};

static void session_init(struct fake_session *f, size_t n_rings, size_t ring_bytes)
{
	f->page = (size_t)sysconf(_SC_PAGESIZE);
	f->s = (struct perf_session){ .ring_bytes = ring_bytes,
		.config = { .rung = PERF_RUNG_CPU_CLOCK, .hz = 99, .stack_bytes = 64 } };
	struct perf_session_event *clock = vec_push(&f->s.events);

	*clock = (struct perf_session_event){ 0 };
	perf_attr_fill(&clock->attr, &f->s.config, ring_bytes);
	clock->layout = (struct perf_layout){ .sample_type = clock->attr.sample_type,
		.n_user_regs = PERF_N_USER_REGS,
		.sample_id_all = true };
	for (size_t i = 0; i < n_rings; i++)
		*vec_push(&f->s.rings) =
			(struct perf_ring){ .base = xcalloc(1, f->page + ring_bytes), .fd = -1 };
}

static void session_done(struct fake_session *f)
{
	vec_foreach (r, &f->s.rings) {
		free(r->base);
		free(r->scratch);
	}
	vec_done(&f->s.rings);
	vec_done(&f->s.events);
	map_u64_done(&f->s.ids);
}

static void ring_write(struct fake_session *f, size_t ring, const void *p, size_t n)
{
	struct perf_event_mmap_page *page = f->s.rings.v[ring].base;
	uint8_t *data = (uint8_t *)page + f->page;

	for (size_t i = 0; i < n; i++)
		data[(page->data_head + i) % f->s.ring_bytes] = ((const uint8_t *)p)[i];
	page->data_head += n;
}

static void write_comm(
	struct fake_session *f, size_t ring, uint32_t tid, const char *comm, uint64_t time)
{
	struct {
		struct perf_event_header h;
		uint32_t pid, tid;
		char comm[16];
		uint32_t id_pid, id_tid;
		uint64_t time, id;
	} rec = { .h = { .type = PERF_RECORD_COMM, .size = sizeof(rec) },
		.pid = 1,
		.tid = tid,
		.id_pid = 1,
		.id_tid = tid,
		.time = time };

	snprintf(rec.comm, sizeof(rec.comm), "%s", comm);
	ring_write(f, ring, &rec, sizeof(rec));
}

struct seen {
	size_t n, samples, maps, comms, forks, exits, execs, lost;
	uint64_t last_ns;
	bool ordered;
	char names[512];
};

static void see(void *ctx, const struct perf_record *r)
{
	struct seen *s = ctx;

	s->ordered = (s->n == 0 || s->ordered) && r->time_ns >= s->last_ns;
	s->last_ns = r->time_ns;
	s->n++;
	s->samples += r->type == PERF_RECORD_SAMPLE;
	s->maps += r->type == PERF_RECORD_MMAP2;
	s->forks += r->type == PERF_RECORD_FORK;
	s->exits += r->type == PERF_RECORD_EXIT;
	if (r->type == PERF_RECORD_LOST)
		s->lost += r->lost;
	if (r->type == PERF_RECORD_COMM) {
		s->comms++;
		s->execs += (r->misc & PERF_RECORD_MISC_COMM_EXEC) != 0;
		size_t at = strlen(s->names);

		snprintf(s->names + at, sizeof(s->names) - at, "%s ", r->comm);
	}
}

static void test_rings_in_time_order(void **state)
{
	struct fake_session f;
	struct seen seen = { 0 };

	session_init(&f, 2, RING_BYTES);
	write_comm(&f, 0, 10, "one", 100);
	write_comm(&f, 1, 11, "two", 200);
	write_comm(&f, 0, 10, "three", 300);
	write_comm(&f, 0, 10, "future", UINT64_MAX - 1);
	assert_int_equal(perf_session_drain(&f.s, false, see, &seen), 3);
	assert_string_equal(seen.names, "one two three ");
	/* what is too young to be sure of stays for the next round */
	assert_int_equal(perf_session_drain(&f.s, true, see, &seen), 1);
	assert_true(seen.ordered);
	session_done(&f);
}

static void test_ring_wraps(void **state)
{
	struct fake_session f;
	struct seen seen = { 0 };

	session_init(&f, 1, RING_BYTES);
	for (uint64_t i = 0; i < 500; i++) {
		write_comm(&f, 0, 10, "name", 1000 + i);
		assert_int_equal(perf_session_drain(&f.s, true, see, &seen), 1);
	}
	assert_int_equal(seen.comms, 500);
	assert_int_equal(f.s.n_bad, 0);

	const struct perf_event_mmap_page *page = f.s.rings.v[0].base;

	assert_int_equal(page->data_tail, page->data_head);
	session_done(&f);
}

static void test_ring_lost_and_garbage(void **state)
{
	struct fake_session f;
	struct seen seen = { 0 };
	struct {
		struct perf_event_header h;
		uint64_t id, lost;
		uint32_t pid, tid;
		uint64_t time, ident;
	} lost = { .h = { .type = PERF_RECORD_LOST, .size = sizeof(lost) }, .lost = 7, .time = 5 };
	struct perf_event_header zero = { 0 };

	session_init(&f, 1, RING_BYTES);
	ring_write(&f, 0, &lost, sizeof(lost));
	ring_write(&f, 0, &zero, sizeof(zero));
	write_comm(&f, 0, 10, "unreachable", 6);
	perf_session_drain(&f.s, true, see, &seen);
	assert_int_equal(seen.lost, 7);
	assert_int_equal(seen.comms, 0);
	assert_int_equal(f.s.n_bad, 1);
	/* and it goes on with what comes later */
	write_comm(&f, 0, 10, "later", 9);
	perf_session_drain(&f.s, true, see, &seen);
	assert_int_equal(seen.comms, 1);
	session_done(&f);
}

/* Two rings recorded while sh ran `ls` and a subshell. */
static void test_replay_recorded(void **state)
{
	const char *source = getenv("PERF_OPS_SOURCE");
	struct fake_session f;
	struct seen seen = { 0 };

	session_init(&f, 2, RING_BYTES);
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(buf_done) struct buf b = { 0 };
		_cleanup_(freep) char *path = xasprintf(
			"%s/tests/fuzz/corpus/perf_records/sh-cpu%zu", source ? source : ".", i);

		assert_int_equal(file_read(path, RING_BYTES, &b, NULL), 0);
		ring_write(&f, i, b.p, b.n);
	}
	perf_session_drain(&f.s, true, see, &seen);
	assert_int_equal(f.s.n_bad, 0);
	assert_true(seen.ordered);
	assert_string_equal(seen.names, "sh ls ");
	assert_int_equal(seen.execs, 2);
	assert_int_equal(seen.forks, 2);
	assert_int_equal(seen.exits, 3);
	assert_true(seen.maps > 6);
	session_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attr_launched),
		cmocka_unit_test(test_attr_user_only),
		cmocka_unit_test_setup_teardown(test_probe_ladder, seam_setup, seam_teardown),
		cmocka_unit_test_setup_teardown(test_probe_refused, seam_setup, seam_teardown),
		cmocka_unit_test(test_rings_in_time_order),
		cmocka_unit_test(test_ring_wraps),
		cmocka_unit_test(test_ring_lost_and_garbage),
		cmocka_unit_test(test_replay_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
