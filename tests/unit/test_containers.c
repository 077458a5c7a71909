/* SPDX-License-Identifier: MIT */
/* Arena, bounded buffer, maps, interned strings, human numbers. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/human.h"
#include "base/map.h"

#include "unit.h"

static void arena_memory_is_zeroed_and_aligned(void **state)
{
	struct arena a = { 0 };

	(void)state;
	for (size_t n = 1; n < 200000; n = n * 3 + 1) {
		char *p = arena_alloc(&a, n);

		assert_int_equal((uintptr_t)p % 16, 0);
		assert_true(p[0] == 0 && p[n - 1] == 0);
		memset(p, 0xff, n);
	}
	assert_string_equal(arena_printf(&a, "%s-%d", "x", 7), "x-7");
	arena_done(&a);
}

static void buf_stops_at_its_ceiling(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_puts(&b, "12345678");
	assert_false(b.overflow);
	buf_puts(&b, "9abc");
	assert_true(b.overflow);
	assert_string_equal(buf_cstr(&b), "12345678");
	buf_clear(&b);
	buf_printf(&b, "%d", 5);
	assert_string_equal(buf_cstr(&b), "5");
	buf_done(&b);
}

static void map_holds_what_was_put(void **state)
{
	struct map_u64 m = { 0 };
	bool fresh;

	(void)state;
	assert_null(map_u64_get(&m, 1));
	for (uint64_t i = 0; i < 10000; i++)
		*map_u64_put(&m, i * 0x100000001ull, &fresh) = (uint32_t)i;
	for (uint64_t i = 0; i < 10000; i++)
		assert_int_equal(*map_u64_get(&m, i * 0x100000001ull), i);
	*map_u64_put(&m, 0, &fresh) += 5;
	assert_false(fresh);
	assert_int_equal(m.n, 10000);
	map_u64_done(&m);
}

static void strings_are_interned(void **state)
{
	struct strtab t;
	char name[32];

	(void)state;
	strtab_init(&t);
	assert_int_equal(strtab_add(&t, ""), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "f%d", i % 2500);
		uint32_t id = strtab_add(&t, name);

		assert_string_equal(strtab_get(&t, id), name);
		assert_int_equal(strtab_find(&t, name), id);
	}
	assert_int_equal(t.n, 2501);
	assert_int_equal(strtab_addn(&t, "ab\0cd", 5), strtab_add(&t, "ab"));
	assert_int_equal(strtab_find(&t, "never"), UINT32_MAX);
	assert_string_equal(strtab_get(&t, 99999), "");
	strtab_done(&t);
}

static void numbers_for_people(void **state)
{
	char b[HUMAN_LEN];

	(void)state;
	assert_string_equal(human_ns(b, 999), "999 ns");
	assert_string_equal(human_ns(b, 184200000), "184 ms");
	assert_string_equal(human_ns(b, 5110000000u), "5.1 s");
	assert_string_equal(human_ns(b, 200000000000u), "3 min 20 s");
	assert_string_equal(human_bytes(b, 512), "512 B");
	assert_string_equal(human_bytes(b, 43000000), "41.0 MiB");
	assert_string_equal(human_count(b, 5082), "5 082");
	assert_string_equal(human_count(b, 1234567), "1 234 567");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
		cmocka_unit_test(buf_stops_at_its_ceiling),
		cmocka_unit_test(map_holds_what_was_put),
		cmocka_unit_test(strings_are_interned),
		cmocka_unit_test(numbers_for_people),
	};

	return cmocka_run_group_tests_name("containers", tests, NULL, NULL);
}
