/* SPDX-License-Identifier: MIT */
/* What stacks wait for, where sleeping threads are, locks; and a real program's sums. */
#include "collect/lock_watch.h"
#include "collect/sampler.h"
#include "collect/wait_class.h"
#include "model/resource.h"
#include "parse/task_syscall.h"
#include "unit.h"

#include <errno.h>
#include <linux/futex.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* "main;f;write;>vfs_write": '>' marks functions of the kernel. */
static uint32_t stack_of(struct profile *p, const char *text)
{
	uint32_t stack = 0;

	while (*text) {
		size_t n = strcspn(text, ";");
		bool kernel = *text == '>';
		char name[128];

		snprintf(name, sizeof(name), "%.*s", (int)(n - kernel), text + kernel);
		stack = profile_add_stack(p, stack,
			profile_add_frame(p,
				&(struct frame){ .function = profile_string(p, name),
					.kind = kernel ? FRAME_KERNEL : FRAME_APP }));
		text += n + (text[n] == ';');
	}
	return stack;
}

static void test_classes(void **state)
{
	static const struct {
		const char *stack, *id;
		enum wait_kind kind;
	} cases[] = {
		{ "main;f;pthread_mutex_lock;__lll_lock_wait;>__x64_sys_futex;>do_futex;"
		  ">futex_wait;>schedule",
			"mutex", WAIT_LOCK },
		{ "main;f;std::mutex::lock();>__x64_sys_futex;>do_futex;>schedule", "mutex",
			WAIT_LOCK },
		{ "main;w;pthread_cond_wait;>__x64_sys_futex;>do_futex;>schedule", "work",
			WAIT_IDLE },
		{ "main;pthread_join;>__x64_sys_futex;>do_futex;>schedule", "thread-end",
			WAIT_IDLE },
		{ "main;take_gil;pthread_cond_timedwait;>__x64_sys_futex;>schedule", "gil",
			WAIT_LOCK },
		{ "main;odd;>__x64_sys_futex;>do_futex;>futex_wait;>schedule", "futex",
			WAIT_OTHER },
		{ "main;read;>ksys_read;>vfs_read;>anon_pipe_read;>schedule", "pipe", WAIT_IO },
		{ "main;recv;>__x64_sys_recvfrom;>tcp_recvmsg;>sk_wait_data;>schedule_timeout;"
		  ">schedule",
			"socket", WAIT_IO },
		{ "main;usleep;nanosleep;>__x64_sys_clock_nanosleep;>hrtimer_nanosleep;"
		  ">do_nanosleep;>schedule",
			"sleep-call", WAIT_SLEEP },
		{ "main;syscall;>__x64_sys_nanosleep;>hrtimer_nanosleep;>do_nanosleep;>schedule",
			"sleep", WAIT_SLEEP },
		{ "main;f;>asm_exc_page_fault;>exc_page_fault;>filemap_fault;"
		  ">folio_wait_bit_common;>io_schedule;>schedule",
			"page-fault", WAIT_IO },
		{ "main;f;>asm_exc_page_fault;>exc_page_fault;>down_read;"
		  ">rwsem_down_read_slowpath;>schedule",
			"memory-map", WAIT_LOCK },
		{ "main;fsync;>__x64_sys_fsync;>do_fsync;>vfs_fsync_range;>io_schedule", "sync",
			WAIT_IO },
		{ "main;sched_yield;>__x64_sys_sched_yield;>do_sched_yield;>schedule", "cpu",
			WAIT_QUEUE },
		{ "main;epoll_wait;>do_epoll_wait;>ep_poll;>schedule_hrtimeout_range", "event-loop",
			WAIT_IDLE },
		{ "main;wait4;>__x64_sys_wait4;>kernel_wait4;>do_wait;>schedule", "child",
			WAIT_IDLE },
		/* the kernel's names are hidden */
		{ "main;f;pthread_mutex_lock;>[0xffffffff81000000]", "mutex", WAIT_LOCK },
		{ "main;f;nanosleep;>[0xffffffff81000000]", "sleep-call", WAIT_SLEEP },
		{ "main;f;>[0xffffffff81000000]", "unknown", WAIT_OTHER },
		{ "main;f", "unknown", WAIT_OTHER },
	};
	struct profile *p = profile_new();
	struct wait_classes w;

	wait_classes_init(&w, p, knowledge_builtin());
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wait_class c = wait_class_of(&w, stack_of(p, cases[i].stack));

		if (strcmp(c.id, cases[i].id) != 0 || c.kind != cases[i].kind)
			fail_msg("%s: %s (%d)", cases[i].stack, c.id, (int)c.kind);
	}
	wait_classes_done(&w);
	profile_free(p);
}

static void test_syscall_text(void **state)
{
	static const struct {
		const char *text;
		bool ok, in_call;
		uint32_t number;
	} cases[] = {
		{ "202 0x55 0x80 0x2 0x0 0x0 0x0 0x7ffd 0x7f5d\n", true, true, 202 },
		{ "-1 0x7ffd 0x7f5d\n", true, false, 0 },
		{ "running\n", false, false, 0 },
		{ "", false, false, 0 },
		{ "202 0x55 0x80\n", false, false, 0 },
		{ "-1 0x7ffd 0x0\n", false, false, 0 },
		{ "202 0x55 0x80 0x2 0x0 0x0 0x0 0x7ffd 0x7f5d 0x1\n", false, false, 0 },
		{ "202 0x55 0x80 0x2 0x0 0x0 0x0 0x7ffd 0x7f5dzz\n", false, false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct task_syscall t = { 0 };
		struct span s = span_of(cases[i].text, strlen(cases[i].text));

		assert_int_equal(task_syscall_parse(s, &t), cases[i].ok);
		assert_int_equal(t.in_call, cases[i].in_call);
		assert_int_equal(t.number, cases[i].number);
	}
	struct span rest = span_of("[<0>] a_b+0x1/0x2\n[<0>] 0xffff\nnone\n[<0>] c+0x3/0x4\n", 50);
	struct span name;

	assert_true(kernel_stack_next(&rest, &name));
	assert_memory_equal(name.p, "a_b", 3);
	assert_true(kernel_stack_next(&rest, &name));
	assert_memory_equal(name.p, "c", 1);
	assert_false(kernel_stack_next(&rest, &name));
}

static void test_lock_addresses(void **state)
{
	assert_int_equal(lock_address(0x7f0000001000, FUTEX_WAIT_PRIVATE), 0x7f0000001000);
	assert_int_equal(
		lock_address(0x7f0000001000, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME),
		0x7f0000001000);
	assert_int_equal(lock_address(0x7f0000001000, FUTEX_WAKE_PRIVATE), 0);
	assert_int_equal(lock_address(0x7f0000001002, FUTEX_WAIT_PRIVATE), 0);
	assert_int_equal(lock_address(3, 0), 0); /* a file descriptor */
}

/* ---- a real target: ourselves forked, with a holder, a waiter and a sleeper ---- */

static pthread_mutex_t contended = PTHREAD_MUTEX_INITIALIZER;

static void sleep_us(long us)
{
	nanosleep(
		&(struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 }, NULL);
}

static __attribute__((noinline)) void *hold(void *arg)
{
	for (;;) {
		pthread_mutex_lock(&contended);
		sleep_us(30000);
		pthread_mutex_unlock(&contended);
		sleep_us(1000);
	}
	return arg;
}

static __attribute__((noinline)) void *queue_up(void *arg)
{
	for (;;) {
		pthread_mutex_lock(&contended);
		pthread_mutex_unlock(&contended);
		sleep_us(100);
	}
	return arg;
}

static void target(void)
{
	pthread_t t;

	pthread_create(&t, NULL, hold, NULL);
	pthread_create(&t, NULL, queue_up, NULL);
	alarm(30);
	for (;;)
		sleep_us(100);
}

static int64_t total(const struct profile *p, const char *type)
{
	int i = profile_type(p, type);

	return i < 0 ? 0 : profile_total(p, (unsigned)i);
}

static void test_sums_of_a_real_program(void **state)
{
	pid_t pid = fork();

	if (pid == 0) {
		target();
		_exit(1);
	}
	assert_true(pid > 0);
	sleep_us(100000);

	struct sampler_opts opts = { .pid = pid,
		.hz = 499,
		.duration_ns = 1500000000,
		.wants = RESOURCE_WALL | RESOURCE_LOCK };
	struct profile *p = NULL;
	struct err err = { 0 };
	int r = sampler_run(&opts, &p, NULL, &err);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (r == -EACCES || r == -EPERM || r == -ENOSYS)
		skip();
	assert_int_equal(r, 0);
	const struct profile_quality *q = &p->quality;
	double sum = (double)(total(p, "off-cpu") + total(p, "idle"));

	/* three threads all the time; the samples of waiting add up to what was timed */
	assert_true(fabs((double)q->wall_ns / 3 / (double)q->duration_ns - 1) < 0.02);
	assert_true(q->lost || fabs(q->wall_error_ratio) < 0.02);
	assert_true(fabs(sum / (double)q->off_cpu_ns - 1) < 0.001);
	if (!q->lost && q->wait_stacks > q->waits / 20) {
		/* one of three threads waits nearly always for the lock */
		assert_true((double)total(p, "lock") > 0.2 * (double)q->wall_ns);
		assert_true(p->locks.n >= 1);
		assert_int_equal(p->locks.v[0].address, (uintptr_t)&contended);
	}
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_syscall_text),
		cmocka_unit_test(test_lock_addresses),
		cmocka_unit_test(test_sums_of_a_real_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
