/* SPDX-License-Identifier: MIT */
/* Waits timed from made-up records: lengths, preemption, ends, lost records, and their weights. */
#include "collect/off_cpu.h"
#include "unit.h"

#include <math.h>

enum { PID = 100, MS = 1000000 };

struct fixture {
	struct sampler_opts opts;
	struct sampling *s;
	struct off_cpu o;
};

static void setup(struct fixture *f)
{
	*f = (struct fixture){ .opts = { .hz = 1000 } };
	f->s = sampling_new(&f->opts);
	off_cpu_init(&f->o, f->s);
}

static void teardown(struct fixture *f)
{
	off_cpu_done(&f->o);
	sampling_free(f->s);
}

static uint32_t stack(struct fixture *f, uint64_t addr)
{
	struct raw_frame frame = { .addr = addr };

	return sample_store_child(&f->s->store, 0, &frame);
}

/* Nanoseconds given to the stack after scaling; of any kind of wait. */
static double at(const struct fixture *f, uint32_t node)
{
	const struct sample_store *st = &f->s->store;
	double sum = 0;

	vec_foreach (x, &st->samples)
		if (x->node == node)
			sum += (double)x->weight * st->groups.v[x->group].scale;
	return sum;
}

static double all(const struct fixture *f)
{
	const struct sample_store *st = &f->s->store;
	double sum = 0;

	vec_foreach (x, &st->samples)
		sum += (double)x->weight * st->groups.v[x->group].scale;
	return sum;
}

static void near(double have, double want, double within)
{
	if (fabs(have - want) > within)
		fail_msg("%.1f is not within %.1f of %.1f", have, within, want);
}

static void wait_once(struct fixture *f, pid_t tid, uint64_t from, uint64_t to, uint32_t node)
{
	if (node)
		off_cpu_stack(&f->o, PID, tid, from, node, 1);
	off_cpu_leaves(&f->o, PID, tid, from, false);
	off_cpu_returns(&f->o, PID, tid, to);
}

static void test_lengths(void **state)
{
	struct fixture f;
	struct off_totals t;

	setup(&f);
	uint32_t a = stack(&f, 1), b = stack(&f, 2);

	off_cpu_runs(&f.o, PID, 1, 10 * MS);
	wait_once(&f, 1, 11 * MS, 14 * MS, a);
	wait_once(&f, 1, 15 * MS, 95 * MS, b);
	off_cpu_ends(&f.o, 1, 100 * MS);
	off_cpu_finish(&f.o, 200 * MS, 0, &t);
	assert_int_equal(t.wall_ns, 90 * MS);
	assert_int_equal(t.off_ns, 83 * MS);
	assert_int_equal(t.on_ns, 7 * MS);
	assert_int_equal(t.queue_ns, 0);
	near(at(&f, a), 3e6, 1);
	near(at(&f, b), 80e6, 1);
	teardown(&f);
}

static void test_preempted_is_a_queue(void **state)
{
	struct fixture f;
	struct off_totals t;

	setup(&f);
	uint32_t a = stack(&f, 1);

	off_cpu_starts(&f.o, PID, 1, 0); /* ready, but not yet running */
	off_cpu_returns(&f.o, PID, 1, 2 * MS);
	off_cpu_stack(&f.o, PID, 1, 5 * MS, a, 1);
	off_cpu_leaves(&f.o, PID, 1, 5 * MS, true);
	off_cpu_returns(&f.o, PID, 1, 9 * MS);
	wait_once(&f, 1, 10 * MS, 11 * MS, a);
	off_cpu_finish(&f.o, 12 * MS, 0, &t);
	assert_int_equal(t.queue_ns, 6 * MS);
	assert_int_equal(t.off_ns, 7 * MS);
	double queue = 0;

	vec_foreach (x, &f.s->store.samples)
		if (off_cpu_is_queue(&f.s->store.groups.v[x->group]))
			queue += (double)x->weight * f.s->store.groups.v[x->group].scale;
	near(queue, 6e6, 1);
	teardown(&f);
}

/* One of ten is sampled: its weight is what all ten took. */
static void test_sampled_waits_stand_for_all(void **state)
{
	struct fixture f;
	struct off_totals t;
	uint64_t now = 0;

	setup(&f);
	uint32_t a = stack(&f, 1), b = stack(&f, 2), longest = stack(&f, 3);

	off_cpu_runs(&f.o, PID, 1, now);
	for (int i = 0; i < 1000; i++) {
		bool seen = i % 10 == 3;

		if (seen)
			off_cpu_stack(&f.o, PID, 1, now, i % 20 == 3 ? a : b, 10);
		off_cpu_leaves(&f.o, PID, 1, now, false);
		now += MS / 10;
		off_cpu_returns(&f.o, PID, 1, now);
		now += 1000;
	}
	/* a long one counts by itself, whatever the period was */
	off_cpu_stack(&f.o, PID, 1, now, longest, 10);
	off_cpu_leaves(&f.o, PID, 1, now, false);
	off_cpu_returns(&f.o, PID, 1, now + 500ull * MS);
	off_cpu_finish(&f.o, now + 501ull * MS, 0, &t);
	assert_int_equal(t.off_ns, 600ull * MS);
	assert_int_equal(t.n_waits, 1001);
	assert_int_equal(t.n_stacks, 101);
	near(at(&f, a), 50e6, 1e3);
	near(at(&f, b), 50e6, 1e3);
	near(at(&f, longest), 500e6, 1e3);
	near(all(&f), (double)t.off_ns, 1e3);
	teardown(&f);
}

static void test_asleep_all_the_time(void **state)
{
	struct fixture f;
	struct off_totals t;

	setup(&f);
	uint32_t a = stack(&f, 1);

	off_cpu_begin(&f.o, 50 * MS);
	off_cpu_found(&f.o, PID, 1, true);
	off_cpu_found(&f.o, PID, 2, false);
	off_cpu_found(&f.o, PID, 3, true); /* looked asleep, but left a CPU later */
	off_cpu_stack(&f.o, PID, 1, 70 * MS, a, 0);
	off_cpu_leaves(&f.o, PID, 3, 60 * MS, false);
	off_cpu_finish(&f.o, 150 * MS, 0, &t);
	assert_int_equal(t.wall_ns, 300 * MS);
	assert_int_equal(t.off_ns, 190 * MS);
	assert_int_equal(t.on_ns, 110 * MS);
	near(at(&f, a), 100e6, 1);
	near(all(&f), 190e6, 1); /* 3 has no stack of its own, but its time */
	teardown(&f);
}

static void test_lost_records(void **state)
{
	struct fixture f;
	struct off_totals t;

	setup(&f);
	off_cpu_runs(&f.o, PID, 1, 0);
	off_cpu_leaves(&f.o, PID, 1, 10 * MS, false);
	/* its return is lost */
	off_cpu_leaves(&f.o, PID, 1, 30 * MS, false);
	off_cpu_returns(&f.o, PID, 1, 40 * MS);
	/* its leaving is lost */
	off_cpu_returns(&f.o, PID, 1, 60 * MS);
	off_cpu_finish(&f.o, 70 * MS, 0, &t);
	assert_int_equal(t.wall_ns, 70 * MS);
	assert_int_equal(t.off_ns, 10 * MS);
	assert_int_equal(t.on_ns, 20 * MS);
	assert_int_equal(t.unknown_ns, 40 * MS);
	teardown(&f);
}

/* A stack read from outside after the wait had ended is not its stack. */
static void test_late_read_is_dropped(void **state)
{
	struct fixture f;
	struct off_totals t;

	setup(&f);
	uint32_t a = stack(&f, 1);

	off_cpu_runs(&f.o, PID, 1, 0);
	off_cpu_leaves(&f.o, PID, 1, 10 * MS, false);
	off_cpu_stack(&f.o, PID, 1, 45 * MS, a, 0);
	off_cpu_returns(&f.o, PID, 1, 40 * MS);
	off_cpu_finish(&f.o, 50 * MS, 0, &t);
	assert_int_equal(t.off_ns, 30 * MS);
	assert_int_equal(t.n_stacks, 0);
	near(at(&f, a), 0, 0.5);
	near(all(&f), 30e6, 1);
	teardown(&f);
}

static void test_tid_is_used_again(void **state)
{
	struct fixture f;
	struct off_totals t;

	setup(&f);
	off_cpu_runs(&f.o, PID, 1, 0);
	off_cpu_ends(&f.o, 1, 10 * MS);
	off_cpu_leaves(&f.o, PID, 1, 11 * MS, false); /* of the one that has ended */
	off_cpu_starts(&f.o, PID + 1, 1, 20 * MS);
	off_cpu_returns(&f.o, PID + 1, 1, 21 * MS);
	off_cpu_finish(&f.o, 30 * MS, 0, &t);
	assert_int_equal(t.wall_ns, 20 * MS);
	assert_int_equal(t.on_ns, 19 * MS);
	assert_int_equal(t.queue_ns, 1 * MS);
	teardown(&f);
}

/* What the events' clock counted more than the records is taken out of the waits, within bounds. */
static void test_cost_of_switching(void **state)
{
	for (int lost = 0; lost < 2; lost++) {
		struct fixture f;
		struct off_totals t;
		uint64_t now = 0;

		setup(&f);
		uint32_t a = stack(&f, 1);

		off_cpu_runs(&f.o, PID, 1, now);
		for (int i = 0; i < 100; i++) {
			wait_once(&f, 1, now + MS, now + 2 * MS, a);
			now += 2 * MS;
		}
		off_cpu_finish(&f.o, now, 100 * MS + (lost ? 30 * MS : 400000), &t);
		assert_int_equal(t.switching_ns, lost ? 1 * MS : 400000);
		near(at(&f, a), 100e6 - (double)t.switching_ns, 10);
		assert_int_equal(t.off_ns, 100 * MS - t.switching_ns);
		teardown(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_preempted_is_a_queue),
		cmocka_unit_test(test_sampled_waits_stand_for_all),
		cmocka_unit_test(test_asleep_all_the_time),
		cmocka_unit_test(test_lost_records),
		cmocka_unit_test(test_late_read_is_dropped),
		cmocka_unit_test(test_tid_is_used_again),
		cmocka_unit_test(test_cost_of_switching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
