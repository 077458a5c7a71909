/* SPDX-License-Identifier: MIT */
/* Several events in one session: told apart by their ids, each with its own layout. */
#include "base/buf.h"
#include "collect/perf_event.h"
#include "collect/tracepoint.h"
#include "unit.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { N_PAGES = 200, N_CALLS = 50 };

struct seen {
	const uint8_t *pages;
	struct tracepoint_field nr;
	size_t faults, calls, ids_wrong;
	size_t with_stack, out, in;
};

static void see(void *ctx, const struct perf_record *r)
{
	struct seen *s = ctx;

	if (r->type == PERF_RECORD_SWITCH) {
		s->out += (r->misc & PERF_RECORD_MISC_SWITCH_OUT) != 0;
		s->in += (r->misc & PERF_RECORD_MISC_SWITCH_OUT) == 0;
	}
	if (r->type != PERF_RECORD_SAMPLE)
		return;
	if (r->event == 1) {
		uint64_t at = r->sample.address - (uint64_t)(uintptr_t)s->pages;

		s->faults += at < (uint64_t)N_PAGES * 4096;
		s->with_stack += r->sample.regs && r->sample.stack.n > 0;
	} else if (r->event == 2) {
		uint64_t nr = 0;

		if (s->nr.offset + sizeof(nr) <= r->sample.raw.n)
			memcpy(&nr, r->sample.raw.p + s->nr.offset, sizeof(nr));
		s->calls += nr == SYS_getppid;
		s->ids_wrong += r->sample.regs != NULL;
	}
}

static bool open_session(struct perf_session *s, bool user_only)
{
	struct perf_config c = { .rung = PERF_RUNG_CPU_CLOCK,
		.hz = 99,
		.user_only = user_only,
		.stack_bytes = 256,
		.switches = true };

	if (perf_session_open(s, &c, NULL) < 0)
		return false;
	perf_session_want(s,
		&(struct perf_want){ .name = "page faults",
			.type = PERF_TYPE_SOFTWARE,
			.config = PERF_COUNT_SW_PAGE_FAULTS,
			.period = 1,
			.carries = PERF_WANT_STACK | PERF_WANT_ADDRESS });
	return true;
}

static void test_session_of_three(void **state)
{
	_cleanup_(perf_session_close) struct perf_session s = { 0 };
	_cleanup_(buf_done) struct buf format = { 0 };
	struct seen seen = { 0 };
	enum perf_rung rung = PERF_RUNG_CPU_CLOCK;
	bool user_only = false;
	uint64_t id;

	if (perf_probe(&rung, &user_only, NULL) < 0 || !open_session(&s, user_only))
		skip();
	bool tracing = !user_only && tracepoint_id("raw_syscalls", "sys_enter", &id, NULL) == 0 &&
		tracepoint_read("raw_syscalls/sys_enter/format", &format, NULL) == 0;

	if (tracing) {
		assert_true(tracepoint_field(buf_span(&format), "id", &seen.nr));
		assert_int_equal(perf_session_want(&s,
					 &(struct perf_want){ .name = "system calls",
						 .type = PERF_TYPE_TRACEPOINT,
						 .config = id,
						 .period = 1,
						 .carries = PERF_WANT_RAW }),
			2);
	}
	assert_int_equal(perf_session_add_task(&s, (pid_t)syscall(SYS_gettid), NULL), 0);

	uint8_t *pages = mmap(NULL, (size_t)N_PAGES * 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(pages, MAP_FAILED);
	madvise(pages, (size_t)N_PAGES * 4096, MADV_NOHUGEPAGE);
	seen.pages = pages;
	perf_session_enable(&s);
	for (size_t i = 0; i < N_PAGES; i++)
		pages[i * 4096] = 1;
	perf_session_event_enable(&s, 1, false);
	for (int i = 0; i < N_CALLS; i++)
		syscall(SYS_getppid);
	usleep(1000);
	perf_session_disable(&s);
	madvise(pages, (size_t)N_PAGES * 4096, MADV_DONTNEED);
	pages[0] = 1; /* no longer counted */
	perf_session_drain(&s, true, see, &seen);
	munmap(pages, (size_t)N_PAGES * 4096);

	assert_int_equal(s.n_bad, 0);
	assert_int_equal(s.events.v[1].refused, 0);
	assert_int_equal(seen.faults, N_PAGES);
	assert_true(seen.with_stack >= N_PAGES);
	assert_int_equal(seen.ids_wrong, 0);
	assert_true(seen.out >= 1);
	assert_true(seen.in >= 1);
	if (tracing && s.events.v[2].refused == 0)
		assert_int_equal(seen.calls, N_CALLS);
}

static void test_refused_event_is_left_out(void **state)
{
	_cleanup_(perf_session_close) struct perf_session s = { 0 };
	struct seen seen = { 0 };
	enum perf_rung rung = PERF_RUNG_CPU_CLOCK;
	bool user_only = false;

	if (perf_probe(&rung, &user_only, NULL) < 0 || !open_session(&s, user_only))
		skip();
	perf_session_want(&s,
		&(struct perf_want){ .name = "no such tracepoint",
			.type = PERF_TYPE_TRACEPOINT,
			.config = UINT32_MAX,
			.period = 1 });
	assert_int_equal(perf_session_add_task(&s, (pid_t)syscall(SYS_gettid), NULL), 0);
	assert_true(s.events.v[2].refused < 0);
	perf_session_enable(&s);
	perf_session_disable(&s);
	perf_session_drain(&s, true, see, &seen);
	assert_int_equal(s.n_bad, 0);
}

static void test_tracepoint_fields(void **state)
{
	static const char format[] =
		"name: sys_enter\nID: 348\nformat:\n"
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\n\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
		"\tfield:unsigned long args[6];\toffset:16;\tsize:48;\tsigned:0;\n"
		"\tfield:char * name;\toffset:64;\tsize:8;\tsigned:0;\n"
		"\tfield:int broken;\toffset:x;\n";
	static const struct {
		const char *name;
		bool found;
		uint32_t offset, size;
	} cases[] = { { "id", true, 8, 8 }, { "args", true, 16, 48 }, { "common_type", true, 0, 2 },
		{ "name", true, 64, 8 }, { "broken", false, 0, 0 }, { "type", false, 0, 0 },
		{ "d", false, 0, 0 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct tracepoint_field f = { 0 };

		assert_int_equal(
			tracepoint_field(span_of(format, sizeof(format) - 1), cases[i].name, &f),
			cases[i].found);
		assert_int_equal(f.offset, cases[i].offset);
		assert_int_equal(f.size, cases[i].size);
	}
}

static void test_tracepoint_that_is_not(void **state)
{
	struct err err = { 0 };
	uint64_t id;

	assert_true(tracepoint_id("sched", "no_such_thing", &id, &err) < 0);
	assert_non_null(strstr(err.msg, "tracepoint"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_of_three),
		cmocka_unit_test(test_refused_event_is_left_out),
		cmocka_unit_test(test_tracepoint_fields),
		cmocka_unit_test(test_tracepoint_that_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
