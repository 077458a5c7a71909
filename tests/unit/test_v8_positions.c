/* SPDX-License-Identifier: MIT */
/* V8's position tables and builtin names; tables written by hand after V8's encoder. */
#include "parse/v8_positions.h"
#include "unit.h"

/* Zigzag, then groups of 7 bits. */
static size_t put_signed(uint8_t *to, int64_t v)
{
	uint64_t u = (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
	size_t n = 0;

	do {
		to[n++] = (uint8_t)((u & 127) | (u > 127 ? 128 : 0));
		u >>= 7;
	} while (u);
	return n;
}

static uint64_t place(uint32_t offset, uint16_t inlined)
{
	return (uint64_t)inlined << 31 | (uint64_t)(offset + 1) << 1;
}

static void finds_the_entry_at_or_before(void **state)
{
	(void)state;
	uint8_t table[64];
	size_t n = 0;

	/* code 0 -> 100, 5 (an expression) -> 90 inlined as 1, 1000 -> 2000 */
	n += put_signed(table + n, 1);
	n += put_signed(table + n, (int64_t)place(100, 0));
	n += put_signed(table + n, -6);
	n += put_signed(table + n, (int64_t)(place(90, 1) - place(100, 0)));
	n += put_signed(table + n, 995);
	n += put_signed(table + n, (int64_t)(place(2000, 0) - place(90, 1)));

	struct span t = span_of(table, n);

	assert_int_equal(v8_positions_find(t, 0).offset, 100);
	assert_int_equal(v8_positions_find(t, 4).offset, 100);
	assert_int_equal(v8_positions_find(t, 5).offset, 90);
	assert_int_equal(v8_positions_find(t, 5).inlined_at, 1);
	assert_int_equal(v8_positions_find(t, 999).offset, 90);
	assert_int_equal(v8_positions_find(t, 1000).offset, 2000);
	assert_int_equal(v8_positions_find(t, UINT64_MAX).offset, 2000);
	assert_int_equal(v8_positions_find(span_of(NULL, 0), 7).offset, -1);
	/* cut off anywhere: some answer, never a crash */
	for (size_t k = 0; k < n; k++)
		v8_positions_find(span_of(table, k), 1000);
}

static void counts_bytecodes_of_baseline_code(void **state)
{
	(void)state;
	uint8_t sizes[3 * 8] = { 1, 1, 1, 1, 1, 2, 3, 4, 1, 1, 1, 1, 1, 3, 5, 7, 1, 1, 1, 1, 1, 5,
		9, 13 };
	/* opcode 5 (2 bytes), opcode 6 wide (prefix and 5 bytes), opcode 4 (1 byte) */
	const uint8_t code[] = { 5, 0, 0, 6, 0, 0, 0, 0, 4 };
	const uint8_t table[] = { 10, 20, 0x80 | 5, 1,
		3 }; /* 10, 20, 133, 3 bytes of machine code */
	struct span t = span_of(table, sizeof(table)), c = span_of(code, sizeof(code));
	struct span s = span_of(sizes, sizeof(sizes));

	assert_int_equal(v8_baseline_bytecode(t, c, s, 9), 0);
	assert_int_equal(v8_baseline_bytecode(t, c, s, 10), 2);
	assert_int_equal(v8_baseline_bytecode(t, c, s, 29), 2);
	assert_int_equal(v8_baseline_bytecode(t, c, s, 30), 8);
	assert_int_equal(v8_baseline_bytecode(t, c, s, 5000), 0);
	assert_int_equal(v8_baseline_bytecode(t, span_of(NULL, 0), s, 30), 0);
	assert_int_equal(v8_baseline_bytecode(t, c, span_of(NULL, 0), 30), 0);
}

static void names_builtins_as_people_do(void **state)
{
	(void)state;
	static const struct {
		const char *symbol, *name; /* NULL: no frame of its own */
	} cases[] = {
		{ "Builtins_ArrayPrototypeSort", "Array.prototype.sort" },
		{ "Builtins_RegExpPrototypeTestFast", "RegExp.prototype.testFast" },
		{ "Builtins_ObjectKeys", "Object.keys" },
		{ "Builtins_MathMax", "Math.max" },
		{ "Builtins_KeyedLoadIC_Megamorphic", "(v8) KeyedLoadIC_Megamorphic" },
		{ "Builtins_JSEntry", NULL },
		{ "Builtins_InterpreterEntryTrampoline", NULL },
		{ "Builtins_LdaSmiHandler", NULL },
		{ "Builtins_CEntry_Return1_ArgvOnStack_NoBuiltinExit", NULL },
		{ "Builtins_Construct", NULL },
		{ "Builtins_", "(v8) " },
	};
	struct buf b = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool named = v8_builtin_name(cases[i].symbol, &b);

		assert_int_equal(named, cases[i].name != NULL);
		if (named)
			assert_string_equal(buf_cstr(&b), cases[i].name);
	}
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_entry_at_or_before),
		cmocka_unit_test(counts_bytecodes_of_baseline_code),
		cmocka_unit_test(names_builtins_as_people_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
