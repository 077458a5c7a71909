/* SPDX-License-Identifier: MIT */
/* The unwinder on stacks made by hand, and the mappings it looks into. */
#include "collect/unwind.h"
#include "unit.h"

#include <unistd.h>

enum { CODE = 0x400000, NOROWS = 0x600000, STACK = 0x7000, RBP_SAVED = 1 };

struct world {
	struct module_table modules;
	struct addr_spaces spaces;
	struct process *p;
	struct module_entry *code, *norows;
	struct raw_frame frames[UNWIND_MAX_FRAMES];
};

static struct module_entry *add_module(struct world *w, uint64_t start, uint64_t end)
{
	struct module_entry *e = arena_new(&w->modules.arena, struct module_entry);

	e->fd = -1;
	e->m.kind = MODULE_ELF;
	e->m.id = (uint32_t)w->modules.v.n;
	e->m.path = "/made/up";
	e->rows_tried = true;
	*vec_push(&w->modules.v) = e;
	*vec_push(&w->p->maps) = (struct mapping){ .start = start, .end = end, .mod = e };
	return e;
}

static void add_rule(struct module_entry *e, uint32_t pc, struct unwind_rule rule)
{
	if (e->rows.rules.n == 0) {
		*vec_push(&e->rows.rules) = (struct unwind_rule){ 0 };
		e->rows.base = CODE;
	}
	*vec_push(&e->rows.rows) =
		(struct unwind_row){ .pc = pc, .rule = (uint32_t)e->rows.rules.n };
	*vec_push(&e->rows.rules) = rule;
}

static struct unwind_rule plain(int32_t cfa_off)
{
	return (struct unwind_rule){ .cfa_kind = CFA_REG,
		.cfa_reg = UNWIND_SP,
		.cfa_off = cfa_off,
		.ra = { .kind = REG_CFA, .off = -8 } };
}

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct unwind_rule framed = { .cfa_kind = CFA_REG,
		.cfa_reg = UNWIND_FP,
		.cfa_off = 16,
		.ra = { .kind = REG_CFA, .off = -8 },
		.saved[RBP_SAVED] = { .kind = REG_CFA, .off = -16 } };
	struct unwind_rule popped = plain(8), signal = plain(0);

	module_table_init(&w->modules);
	addr_spaces_init(&w->spaces, &w->modules);
	w->p = addr_spaces_get(&w->spaces, 42, NULL);
	w->code = add_module(w, CODE, CODE + 0x10000);
	w->norows = add_module(w, NOROWS, NOROWS + 0x1000);
	popped.saved[RBP_SAVED] = (struct reg_rule){ .kind = REG_CFA, .off = -24 };
	signal.signal = 1;
	signal.cfa_kind = CFA_DEREF;
	signal.cfa_off = 16; /* where this made-up kernel saved the stack pointer */
	signal.ra = (struct reg_rule){ .kind = REG_AT, .reg = UNWIND_SP, .off = 8 };
	add_rule(w->code, 0x000, plain(8));
	add_rule(w->code, 0x100, plain(24));
	add_rule(w->code, 0x200, framed);
	add_rule(w->code, 0x300, popped);
	add_rule(w->code, 0x400, signal);
	add_rule(w->code, 0x500, (struct unwind_rule){ .ra = { .kind = REG_UNDEFINED } });
	*vec_push(&w->code->rows.rows) = (struct unwind_row){ .pc = 0x600 }; /* a hole to the end */
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	addr_spaces_done(&w->spaces);
	module_table_done(&w->modules);
	free(w);
	return 0;
}

struct unwind_case {
	const char *name;
	uint64_t ip, fp;
	uint64_t words[12]; /* the stack from its pointer on */
	size_t n_words;
	enum unwind_end end;
	uint64_t want[6]; /* addresses of the frames, leaf first */
	size_t n_want;
};

static const struct unwind_case cases[] = {
	{ "leaf, caller with locals, outermost", CODE + 0x10, 0,
		{ CODE + 0x110, 1, 2, CODE + 0x510 }, 4, UNWIND_ROOT,
		{ CODE + 0x10, CODE + 0x110, CODE + 0x510 }, 3 },
	{ "frame pointer rule restores rbp", CODE + 0x210, STACK + 16, { 7, 8, 0, CODE + 0x510 }, 4,
		UNWIND_ROOT, { CODE + 0x210, CODE + 0x510 }, 2 },
	{ "register popped already: its slot is below the stack pointer", CODE + 0x310, STACK + 8,
		{ CODE + 0x210, 0, CODE + 0x510 }, 3, UNWIND_ROOT,
		{ CODE + 0x310, CODE + 0x210, CODE + 0x510 }, 3 },
	{ "a call that does not return is the last instruction", CODE + 0x10, 0, { CODE + 0x600 },
		1, UNWIND_ROOT, { CODE + 0x10, CODE + 0x600 }, 2 },
	{ "signal trampoline: interrupted, not called", CODE + 0x410, 0,
		{ 0, CODE + 0x100, STACK + 24, 0, 0, CODE + 0x510 }, 6, UNWIND_ROOT,
		{ CODE + 0x410, CODE + 0x100, CODE + 0x510 }, 3 },
	{ "copy too short", CODE + 0x10, 0, { CODE + 0x110, 1 }, 2, UNWIND_SHORT,
		{ CODE + 0x10, CODE + 0x110 }, 2 },
	{ "return address zero ends a thread", CODE + 0x10, 0, { 0 }, 1, UNWIND_ROOT,
		{ CODE + 0x10 }, 1 },
	{ "return address is no code", CODE + 0x10, 0, { 0x1234 }, 1, UNWIND_BAD, { CODE + 0x10 },
		1 },
	{ "stub in a hole of the rows: return address on top", CODE + 0x700, 0x99, { CODE + 0x510 },
		1, UNWIND_ROOT, { CODE + 0x700, CODE + 0x510 }, 2 },
	{ "no rows at all: frame pointers", NOROWS + 0x10, STACK + 8,
		{ 5, STACK + 24, NOROWS + 0x20, 0, NOROWS + 0x30, 0, 0 }, 6, UNWIND_ROOT,
		{ NOROWS + 0x10, NOROWS + 0x20, 0, 0, 0, 0 }, 2 },
	{ "no rows and rbp is something else", NOROWS + 0x10, 0x3, { 1, 2 }, 2, UNWIND_NO_INFO,
		{ NOROWS + 0x10 }, 1 },
	{ "no rows, frame pointer past the copy", NOROWS + 0x10, STACK + 800, { 1, 2 }, 2,
		UNWIND_SHORT, { NOROWS + 0x10 }, 1 },
	{ "a jump to nowhere", 0x10, 0, { CODE + 0x510 }, 1, UNWIND_BAD, { 0x10 }, 1 },
};

static void test_cases(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct unwind_case *c = &cases[i];
		struct unwind_regs regs = { 0 };
		struct stack_copy stack = { .base = STACK,
			.bytes = span_of(c->words, c->n_words * 8) };
		struct unwind_result res = { 0 };

		print_message("# %s\n", c->name);
		regs.r[UNWIND_IP] = c->ip;
		regs.r[UNWIND_FP] = c->fp;
		regs.r[UNWIND_SP] = STACK;
		unwind_user(&w->spaces, w->p, &regs, &stack, w->frames, &res);
		for (size_t k = 0; k < c->n_want && k < res.n; k++)
			if (c->want[k])
				assert_int_equal(w->frames[k].addr, c->want[k]);
		assert_int_equal(res.end, c->end);
		if (c->want[c->n_want - 1])
			assert_true(res.n >= c->n_want);
		assert_false(w->frames[0].is_return);
		if (res.n > 1 && c->ip != CODE + 0x410)
			assert_true(w->frames[1].is_return);
	}
}

/* Any bytes as stack and registers: an end is reached, within bounds. */
static void test_random_stacks(void **state)
{
	struct world *w = *state;
	uint64_t words[64], x = 88172645463325252u;

	for (int round = 0; round < 20000; round++) {
		struct unwind_regs regs = { 0 };
		struct unwind_result res = { 0 };

		for (size_t i = 0; i < ARRAY_LEN(words); i++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			words[i] = x % 5 == 0 ? STACK + x % 700
				: x % 5 < 3   ? CODE + x % 0x700
				: x % 5 == 3  ? NOROWS + x % 0x900
					      : x;
		}
		for (size_t i = 0; i < UNWIND_N_REGS; i++)
			regs.r[i] = words[i];
		regs.r[UNWIND_SP] = STACK + x % 100;
		unwind_user(&w->spaces, w->p, &regs,
			&(struct stack_copy){
				.base = regs.r[UNWIND_SP], .bytes = span_of(words, sizeof(words)) },
			w->frames, &res);
		assert_in_range(res.n, 1, UNWIND_MAX_FRAMES);
	}
}

static void map(struct world *w, struct process *p, uint64_t start, uint64_t end)
{
	addr_spaces_mmap(
		&w->spaces, p, &(struct map_event){ .start = start, .end = end, .path = "//anon" });
}

static void test_mappings_replace(void **state)
{
	struct world *w = *state;
	struct process *p = addr_spaces_get(&w->spaces, 7, NULL);

	map(w, p, 0x1000, 0x5000);
	map(w, p, 0x2000, 0x3000); /* in the middle: three pieces */
	assert_int_equal(p->maps.n, 3);
	assert_int_equal(process_find(p, 0x4fff)->start, 0x3000);
	map(w, p, 0x0800, 0x2800); /* over one and a half */
	assert_int_equal(process_find(p, 0x2800)->start, 0x2800);
	assert_int_equal(process_find(p, 0x27ff)->start, 0x0800);
	map(w, p, 0x0000, 0x9000);
	assert_int_equal(p->maps.n, 1);
	assert_null(process_find(p, 0x9000));

	addr_spaces_fork(&w->spaces, 7, 8);
	assert_non_null(process_find(addr_spaces_get(&w->spaces, 8, NULL), 0x100));
	addr_spaces_exec(&w->spaces, 8);
	assert_null(process_find(addr_spaces_get(&w->spaces, 8, NULL), 0x100));
	assert_non_null(process_find(p, 0x100));
}

static void test_mappings_stay_sorted(void **state)
{
	struct world *w = *state;
	struct process *p = addr_spaces_get(&w->spaces, 9, NULL);
	uint64_t x = 1234567;

	for (int i = 0; i < 5000; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		uint64_t start = (x >> 33) % 1000, n = 1 + (x >> 20) % 40;

		map(w, p, start, start + n);
		for (size_t k = 1; k < p->maps.n; k++)
			assert_true(p->maps.v[k - 1].end <= p->maps.v[k].start);
		assert_int_equal(process_find(p, start)->start, start);
		assert_int_equal(process_find(p, start + n - 1)->start, start);
	}
}

static void test_vdso_and_own_maps(void **state)
{
	struct world *w = *state;
	struct process *p = addr_spaces_get(&w->spaces, getpid(), NULL);

	assert_true(addr_spaces_read_proc(&w->spaces, p));
	const struct code_place *here =
		addr_spaces_code(&w->spaces, p, (uint64_t)(uintptr_t)test_vdso_and_own_maps);

	assert_non_null(here);
	assert_non_null(here->rule);
	assert_string_equal(
		w->modules.v.v[here->module]->m.path, p->exe ? p->exe->m.path : "no executable");
	assert_true(w->modules.v.v[here->module]->m.build_id_len > 0);

	const struct module_entry *vdso = module_table_vdso(&w->modules);

	assert_true(vdso->elf_ok);
	assert_non_null(module_entry_rows(&w->modules, module_table_vdso(&w->modules)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cases, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_stacks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mappings_replace, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mappings_stay_sorted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vdso_and_own_maps, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
