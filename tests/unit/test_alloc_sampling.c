/* SPDX-License-Identifier: MIT */
/* The mathematics, the table and the channel of the allocation sampler, and memory over time. */
#include "collect/alloc_profile.h"
#include "model/memory_trend.h"
#include "parse/alloc_ring.h"
#include "parse/proc_smaps.h"
#include "preload/channel_writer.h"
#include "preload/draw.h"
#include "preload/live_table.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void logarithm_is_exact_enough(void **state)
{
	for (double x = 1e-16; x < 1e16; x *= 1.37)
		assert_true(fabs(draw_log(x) - log(x)) < 1e-9 * fmax(1, fabs(log(x))));
}

static void distances_are_exponential(void **state)
{
	uint64_t random = 12345;
	double sum = 0, above = 0;
	const int n = 200000;

	for (int i = 0; i < n; i++) {
		double d = (double)draw_distance(&random, 1000);

		sum += d;
		above += d > 1000;
	}
	/* mean 1000 with standard error 1000 / sqrt(n); exp(-1) of them are above the mean */
	assert_true(fabs(sum / n - 1000) < 5 * 1000 / sqrt(n));
	assert_true(fabs(above / n - exp(-1)) < 5 * sqrt(0.25 / n));
}

/* The sampler as it is in malloc: what the samples stand for must be what was allocated. */
static void sums_are_unbiased(void **state)
{
	static const uint64_t sizes[] = { 16, 4096, 1 << 20 };
	double bytes[3] = { 0 }, objects[3] = { 0 }, variance[3] = { 0 };
	static const int each[] = { 200000, 20000, 500 };
	uint64_t random = 99, mean = 64 << 10;
	int64_t left = draw_distance(&random, mean);

	for (int round = 0; round < 20; round++) {
		for (int k = 0; k < 3; k++) {
			for (int i = 0; i < each[k]; i++) {
				left -= (int64_t)sizes[k];
				if (left > 0)
					continue;
				double w = alloc_weight(sizes[k], mean);

				objects[k] += w;
				bytes[k] += w * (double)sizes[k];
				variance[k] += w * (w - 1);
				/* changing it between samples changes no sum */
				mean = round % 2 ? 64 << 10 : 200 << 10;
				left = draw_distance(&random, mean);
			}
		}
	}
	for (int k = 0; k < 3; k++) {
		double truth = 20.0 * each[k];

		assert_true(fabs(objects[k] - truth) < 5 * sqrt(variance[k]) + 1);
		assert_true(fabs(bytes[k] / (double)sizes[k] - truth) < 5 * sqrt(variance[k]) + 1);
	}
}

static struct alloc_slot *new_slot(void)
{
	struct alloc_slot *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	memset(live_filter, 0, sizeof(live_filter));
	return s;
}

static void table_finds_what_is_in_it(void **state)
{
	struct alloc_slot *s = new_slot();
	enum { N = 40000 };
	uint32_t *place = calloc(N, sizeof(*place)), full = 0;

	for (uint32_t i = 0; i < N; i++) {
		place[i] = live_add(s, (void *)(uintptr_t)(0x7f0000000010 + i * 48ull), i + 1);
		full += place[i] == UINT32_MAX;
	}
	assert_true(full < N / 100); /* buckets of 16 with 5 in them on average */
	assert_int_equal(s->untracked, full);
	assert_int_equal(s->n_live, N - full);
	for (uint32_t i = 0; i < N; i++) {
		void *p = (void *)(uintptr_t)(0x7f0000000010 + i * 48ull);

		if (place[i] == UINT32_MAX)
			continue;
		assert_true(live_maybe(p));
		assert_true(alloc_slot_live(s, place[i], i + 1));
		assert_false(alloc_slot_live(s, place[i], i + 2));
		assert_int_equal(live_remove(s, p), place[i]);
		assert_int_equal(live_remove(s, p), UINT32_MAX);
		assert_false(alloc_slot_live(s, place[i], i + 1));
	}
	assert_int_equal(s->n_live, 0);
	/* counters go back to 0 (none has overflowed at this load) */
	for (size_t i = 0; i < LIVE_FILTER; i++)
		assert_int_equal(live_filter[i], 0);
	live_put_back(s, (void *)0x1000, 7, 3);
	assert_true(alloc_slot_live(s, 7, 3));
	free(place);
	free(s);
}

static void *churn(void *arg)
{
	struct alloc_slot *s = arg;
	uint64_t random = (uint64_t)(uintptr_t)&random | 1;

	for (uint32_t i = 1; i < 50000; i++) {
		void *p = (void *)(uintptr_t)(((uint64_t)pthread_self() << 4) +
			(uint64_t)draw_distance(&random, 5000) * 16);
		uint32_t place = live_add(s, p, i);

		if (place != UINT32_MAX)
			assert_int_equal(live_remove(s, p), place);
	}
	return NULL;
}

static void table_holds_under_threads(void **state)
{
	struct alloc_slot *s = new_slot();
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, churn, s), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(s->n_live, 0);
	free(s);
}

static void ring_hands_over_all_or_counts(void **state)
{
	struct alloc_slot *s = new_slot();
	struct alloc_ring *ring = calloc(1, sizeof(*ring));
	struct alloc_sample *x = calloc(1, sizeof(*x));
	static uint8_t stack[ALLOC_MAX_STACK];
	uint32_t wrote = 0, got = 0;

	ring->slot = s;
	assert_int_equal(alloc_ring_next(ring, x), 0);
	for (int round = 0; round < 6; round++) { /* several times around */
		for (;;) {
			struct alloc_record r = { .id = wrote + 1,
				.size = 100,
				.mean_bytes = 1000,
				.place = UINT32_MAX,
				.stack_bytes = wrote * 977 % ALLOC_MAX_STACK };

			memset(stack, (int)(r.id & 0xff), r.stack_bytes);
			if (!channel_write(s, &r, stack))
				break;
			wrote++;
		}
		assert_true(alloc_ring_waiting(ring) > ALLOC_RING_BYTES - ALLOC_MAX_STACK - 200);
		while (alloc_ring_next(ring, x) == 1) {
			assert_int_equal(x->r.id, ++got);
			assert_int_equal(x->stack.n, (got - 1) * 977 % ALLOC_MAX_STACK);
			for (size_t i = 0; i < x->stack.n; i += 97)
				assert_int_equal(x->stack.p[i], got & 0xff);
		}
		assert_int_equal(got, wrote);
	}
	s->head += 8; /* less than a record */
	assert_int_equal(alloc_ring_next(ring, x), -EBADMSG);
	s->head += (uint64_t)1 << 40;
	assert_int_equal(alloc_ring_next(ring, x), -EBADMSG);
	free(x);
	free(ring);
	free(s);
}

/* What is held over time: value at time t of 0..1. */
static double leak(double t)
{
	return 1e6 * t;
}

static double cache(double t)
{
	return t < 0.4 ? 1e6 * t / 0.4 : 1e6;
}

static double burst(double t)
{
	return t > 0.3 ? 1e6 : 0;
}

static double wave(double t)
{
	return 5e5 * (1 + sin(t * 40));
}

static void only_what_still_grows_has_growth(void **state)
{
	static const struct {
		double (*at)(double);
		double least, most;
	} cases[] = { { leak, 4.5e5, 5.5e5 }, { cache, 0, 0 }, { burst, 0, 0 }, { wave, 0, 1e5 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		double t[60];
		float v[60];

		for (int k = 0; k < 60; k++) {
			t[k] = k / 59.0;
			v[k] = (float)cases[i].at(t[k]);
		}
		double by = alloc_growth_bytes(t, v, 60);

		assert_true(by >= cases[i].least && by <= cases[i].most);
	}
}

static double steady(double t)
{
	return 3e9 + 1e6 * sin(t * 50);
}

static double small(double t)
{
	return 4e6 + 1e4 * sin(t * 50);
}

static double leaking(double t)
{
	return 5e7 + 2e8 * t + 1e6 * sin(t * 60);
}

static double filling(double t)
{
	return 5e7 + (t < 0.4 ? 3e8 * t : 1.2e8);
}

static double jump(double t)
{
	return t < 0.7 ? 5e7 : 6e8;
}

static double early_jump(double t)
{
	return t < 0.02 ? 1e6 : 6e8;
}

static void shapes_of_memory_are_told_apart(void **state)
{
	static const struct {
		double (*at)(double);
		enum memory_shape shape;
	} cases[] = { { steady, MEMORY_HIGH_STABLE }, { small, MEMORY_UNREMARKABLE },
		{ leaking, MEMORY_GROWING }, { filling, MEMORY_UNREMARKABLE },
		{ jump, MEMORY_SUDDEN }, { early_jump, MEMORY_SUDDEN } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct memory_trend m = { .limit_bytes = 16e9 };
		struct arena a = { 0 };

		for (int k = 0; k <= 500; k++) /* more looks than there is room for */
			memory_trend_add(&m, k * 0.01, cases[i].at(k / 500.0));
		assert_true(m.n <= MEMORY_LOOKS);
		memory_trend_judge(&m, &a);
		assert_string_equal(memory_shape_name(m.shape), memory_shape_name(cases[i].shape));
		assert_true(m.because[0] != '\0');
		assert_true((memory_trend_weight(&m) > 0) == (m.shape > MEMORY_UNREMARKABLE));
		arena_done(&a);
	}
	struct memory_trend empty = { 0 };
	struct arena a = { 0 };

	memory_trend_judge(&empty, &a);
	assert_int_equal(empty.shape, MEMORY_UNKNOWN);
	arena_done(&a);
}

static void smaps_are_read(void **state)
{
	static const char text[] =
		"00400000-00452000 r-xp 00000000 08:02 173521   /usr/bin/x\n"
		"Size:                328 kB\nRss:                 100 kB\nAnonymous:  4 kB\n"
		"VmFlags: rd ex mr mw me dw\n"
		"01cbe000-01cdf000 rw-p 00000000 00:00 0        [heap]\n"
		"Rss:                 132 kB\nAnonymous:           132 kB\n"
		"AnonHugePages:      2048 kB\nTHPeligible:    0\n"
		"7f0000000000-7f0000001000 rw-s 00000000 00:01 5 \n"
		"Rss: nonsense\n";
	struct span s = span_str(text);
	struct proc_smap m;

	assert_true(proc_smaps_next(&s, &m));
	assert_true(span_eq(m.path, "/usr/bin/x"));
	assert_int_equal(m.rss, 100 << 10);
	assert_int_equal(m.anonymous, 4 << 10);
	assert_true(proc_smaps_next(&s, &m));
	assert_true(span_eq(m.path, "[heap]"));
	assert_int_equal(m.huge, 2048 << 10);
	assert_true(proc_smaps_next(&s, &m));
	assert_true(m.shared);
	assert_int_equal(m.rss, 0);
	assert_false(proc_smaps_next(&s, &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logarithm_is_exact_enough),
		cmocka_unit_test(distances_are_exponential),
		cmocka_unit_test(sums_are_unbiased),
		cmocka_unit_test(table_finds_what_is_in_it),
		cmocka_unit_test(table_holds_under_threads),
		cmocka_unit_test(ring_hands_over_all_or_counts),
		cmocka_unit_test(only_what_still_grows_has_growth),
		cmocka_unit_test(shapes_of_memory_are_told_apart),
		cmocka_unit_test(smaps_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
