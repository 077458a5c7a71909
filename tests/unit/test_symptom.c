/* SPDX-License-Identifier: MIT */
/* The words classifier with the built-in cues: contrasts, evidence from outside, hostile texts. */
#include "diagnose/symptom.h"

#include "unit.h"

#include "base/clock.h"
#include "knowledge/knowledge.h"

static struct symptom_engine *engine;

static int make_engine(void **state)
{
	struct err err = { 0 };

	return symptom_engine_new(knowledge_builtin(), &engine, &err);
}

static int drop_engine(void **state)
{
	symptom_engine_free(engine);
	return 0;
}

static void judges(void **state)
{
	static const struct {
		const char *text, *leaf, *language;
		enum request_kind request;
	} cases[] = {
		{ "All cores are at 100% since the update", "cpu.all-cores", "none",
			REQUEST_SYMPTOM },
		{ "It isn't leaking, memory is flat at 3 GB and that is too much",
			"memory.high-stable", "none", REQUEST_SYMPTOM },
		{ "Memory keeps growing for days until the process is OOM killed", "memory.growing",
			"none", REQUEST_SYMPTOM },
		{ "The CPU is idle but we only get 50 requests per second", "throughput.cpu-idle",
			"none", REQUEST_SYMPTOM },
		{ "CPU spikes every 15 minutes", "cpu.periodic", "none", REQUEST_SYMPTOM },
		{ "bundle.js is 12 MB, how can we reduce it?", "bundle.main-too-large",
			"javascript-frontend", REQUEST_OPTIMIZE },
		{ "Our Django list view runs one query per row", "database.n-plus-one", "python",
			REQUEST_SYMPTOM },
		{ "cargo build takes 12 minutes", "build.slow", "rust", REQUEST_SYMPTOM },
		{ "java.lang.OutOfMemoryError: Java heap space when exporting the big report",
			"memory.sudden", "java", REQUEST_SYMPTOM },
		{ "Please profile my Go service and show a flame graph", "unknown", "go",
			REQUEST_PROFILE },
		{ "Benchmark the old parser against the new one", "unknown", "none",
			REQUEST_BENCHMARK },
		{ "Add a dark mode to the settings dialog", "unknown", "none", REQUEST_SYMPTOM },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a = { 0 };
		struct symptom s;

		symptom_classify(engine, span_str(cases[i].text), NULL, 0, &a, &s);
		assert_string_equal(s.leaf, cases[i].leaf);
		assert_string_equal(s.language, cases[i].language);
		assert_int_equal(s.request, cases[i].request);
		arena_done(&a);
	}
}

static void says_why(void **state)
{
	struct arena a = { 0 };
	struct symptom s;
	const char *text = "CPU  spikes\nevery 15 minutes, nothing in the log";

	symptom_classify(engine, span_str(text), NULL, 0, &a, &s);
	assert_true(s.n_because >= 1 && s.n_because <= 5);
	for (size_t i = 0; i < s.n_because; i++) {
		assert_true(strlen(s.because[i]) > 0 && strlen(s.because[i]) < 200);
		assert_null(strchr(s.because[i], '\n'));
	}
	assert_true(s.confidence > 0.5 && s.confidence <= 1);
	for (size_t i = 0; i < s.n_alternatives; i++) {
		assert_string_not_equal(s.alternatives[i].leaf, s.leaf);
		assert_true(s.alternatives[i].confidence <=
			(i ? s.alternatives[i - 1].confidence : s.confidence));
	}
	arena_done(&a);
}

static void empty_is_unknown(void **state)
{
	struct arena a = { 0 };
	struct symptom s;

	symptom_classify(engine, span_str(""), NULL, 0, &a, &s);
	assert_string_equal(s.leaf, "unknown");
	assert_string_equal(s.class_name, "unknown");
	assert_string_equal(s.language, "none");
	assert_int_equal(s.request, REQUEST_SYMPTOM);
	assert_int_equal(s.n_because, 0);
	assert_false(s.from_signals);
	arena_done(&a);
}

static void evidence_moves_the_verdict(void **state)
{
	const struct symptom_evidence extra[] = { { "memory.growing", 4, "RSS grows 3 MB/s" },
		{ "no.such-leaf", 9, "ignored" } };
	struct arena a = { 0 };
	struct symptom s;

	symptom_classify(engine, span_str(""), extra, 2, &a, &s);
	assert_string_equal(s.leaf, "memory.growing");
	assert_true(s.from_signals);
	assert_int_equal(s.n_because, 1);
	assert_string_equal(s.because[0], "RSS grows 3 MB/s");
	arena_done(&a);
}

static void hostile_and_long(void **state)
{
	struct arena a = { 0 };
	struct symptom s, again;
	char *text = malloc(1 << 20);

	for (size_t i = 0; i < 1 << 20; i++)
		text[i] = (char)(i * 2654435761u >> 13);
	symptom_classify(engine, span_of(text, 1 << 20), NULL, 0, &a, &s);
	symptom_classify(engine, span_of(text, 1 << 20), NULL, 0, &a, &again);
	assert_string_equal(s.leaf, again.leaf);
	assert_true(s.confidence == again.confidence);
	free(text);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(says_why),
		cmocka_unit_test(empty_is_unknown),
		cmocka_unit_test(evidence_moves_the_verdict),
		cmocka_unit_test(hostile_and_long),
	};

	return cmocka_run_group_tests(tests, make_engine, drop_engine);
}
