/* SPDX-License-Identifier: MIT */
/* Knowledge: the compiled tables, the loader's messages, overlays, globs. */
#include "knowledge/knowledge.h"

#include "base/file.h"
#include "knowledge/check.h"
#include "knowledge/loader.h"
#include "knowledge/overlay.h"
#include "unit.h"

#include <errno.h>
#include <unistd.h>

static void builtin_is_sound(void **state)
{
	const struct knowledge *k = knowledge_builtin();
	struct err err = { 0 };

	if (knowledge_check_ids(k, &err) != 0 || knowledge_check(k, &err) != 0)
		fail_msg("%s", err.msg);
	assert_true(k->n_tools > 0 && k->n_experts > 0 && k->n_languages > 0 && k->n_metrics > 0);
	assert_non_null(knowledge_tool(k, "embedded-cpu"));
	assert_null(knowledge_tool(k, "no-such-tool"));
	assert_null(knowledge_tool(k, NULL));
	assert_true(strncmp(k->tools[0].origin, "knowledge/tools/", 16) == 0);
	assert_string_equal(knowledge_expert_for(k, "cpp")->id, "native");
	assert_string_equal(knowledge_expert_for(k, "cobol")->id, "general");
	assert_string_equal(knowledge_expert_for(k, NULL)->id, "general");
}

static const char small_tool[] = "tools:\n"
				 "  - id: my-tool\n"
				 "    name: my tool\n"
				 "    summary: a tool of my own\n"
				 "    languages: [any]\n"
				 "    method: sampling\n"
				 "    binaries: [my-tool]\n"
				 "    production_reason: reads only\n"
				 "    perturbs: not measured\n"
				 "    status: active\n"
				 "    sources: [me]\n";

static int overlay(
	const char *text, size_t n, struct arena *a, const struct knowledge **ret, struct err *err)
{
	return knowledge_overlay_text(
		knowledge_builtin(), span_of(text, n), "mine.yaml", a, ret, err);
}

static void overlay_adds_and_replaces(void **state)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	const struct knowledge *base = knowledge_builtin(), *k = NULL;

	if (overlay(small_tool, strlen(small_tool), &a, &k, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(k->n_tools, base->n_tools + 1);
	const struct k_tool *t = knowledge_tool(k, "my-tool");

	assert_non_null(t);
	assert_string_equal(t->origin, "mine.yaml:2");
	assert_string_equal(t->minimum_version, ""); /* left out: never NULL */
	assert_int_equal(t->traps.n, 0);
	assert_false(t->attaches);

	static const char replaces[] =
		"languages:\n"
		"- {id: python, name: Serpent, extensions: [snake], expert: general}\n"
		"aliases:\n"
		"- {pattern: mine_*, name: mine}\n";

	if (overlay(replaces, strlen(replaces), &a, &k, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(k->n_languages, base->n_languages);
	assert_string_equal(knowledge_language(k, "python")->name, "Serpent");
	assert_string_equal(k->aliases[0].name, "mine"); /* before the built-in ones */
	assert_int_equal(k->n_aliases, base->n_aliases + 1);
	assert_ptr_equal(k->tools, base->tools); /* untouched kinds are shared */

	static const char nothing[] = "# only a comment\n";

	assert_int_equal(overlay(nothing, strlen(nothing), &a, &k, &err), 0);
	assert_int_equal(overlay("", 0, &a, &k, &err), 0);
	assert_int_equal(k->n_tools, base->n_tools);
	arena_done(&a);
}

static void bad_files_name_the_line(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "tools:\n- id: a\n  instal: x\n",
			"mine.yaml:3: unknown key 'instal'; did you mean 'installs'?" },
		{ "tolls: []\n", "mine.yaml:1: unknown key 'tolls'; did you mean 'tools'?" },
		{ "tools:\n- id: a\n  zzzzzz: x\n", "mine.yaml:3: unknown key 'zzzzzz'" },
		{ "tools:\n- id: a\n  method: guessing\n",
			"mine.yaml:3: 'method' cannot be 'guessing' (one of: sampling, tracing, "
			"instrumenting, "
			"load, timing, analysis)" },
		{ "tools:\n- id: a\n  attaches: yes\n",
			"mine.yaml:3: 'attaches' cannot be 'yes' (one of: false, true)" },
		{ "tools:\n- name: a\n", "mine.yaml:2: missing key 'id'" },
		{ "tools:\n- id: a\n  id: b\n", "mine.yaml:3: key 'id' is given twice" },
		{ "tools:\n- id: a\n  binaries: b\n", "mine.yaml:3: 'binaries' must be a list" },
		{ "tools:\n- id: [a]\n", "mine.yaml:2: 'id' must be a single value" },
		{ "tools:\n- a\n", "mine.yaml:2: 'an entry' must be a mapping" },
		{ "tools: x\n", "mine.yaml:1: 'tools' must be a list" },
		{ "tools:\n", "mine.yaml:1: 'tools' must be a list" },
		{ "- x\n", "mine.yaml:1: 'a knowledge file' must be a mapping" },
		{ "tools:\n- id: ''\n", "mine.yaml:2: 'id' must not be empty" },
		{ "tools:\n- &x\n  id: a\n", "mine.yaml:2: anchors (&name) are not allowed" },
		{ "tools: [*x]\n", "mine.yaml:1: aliases (*name) are not allowed" },
		{ "tools:\n- id: !!str a\n", "mine.yaml:2: tags (!name) are not allowed" },
		{ "---\ntools: []\n---\ntools: []\n",
			"mine.yaml:3: only one YAML document per file" },
		{ "leaves:\n- id: a\n  title: t\n  class_name: c\n  prior: 1x\n",
			"mine.yaml:5: 'prior' must be a number, not '1x'" },
		{ "leaves:\n- id: a\n  title: t\n  class_name: c\n  prior: .nan\n",
			"must be a number" },
		{ "tools:\n- id: a\n  binaries: [b,\n", "not valid YAML" },
		{ "tools:\n- id: \"a\\0b\"\n", "has a NUL character inside" },
		{ "tools:\n- id: \xff\xfe\n", "not a text file in UTF-8" },
		{ "leaves:\n- {id: Big Id, title: t, class_name: c}\n",
			"mine.yaml:2: id 'Big Id' must be lower-case" },
		{ "leaves:\n- {id: a, title: t, class_name: c}\n- {id: a, title: t, class_name: "
		  "c}\n",
			"mine.yaml:3: id 'a' is already used in leaves at mine.yaml:2" },
		{ "languages:\n- {id: a, name: A, expert: nobody}\n",
			"mine.yaml:2: 'expert' names expert 'nobody', which does not exist" },
		{ "rules:\n- {id: r, cause: no-such-cause}\n",
			"'cause' names cause 'no-such-cause'" },
		{ "rules:\n- id: r\n  cause: linear-search-in-loop\n  vetoes: [x]\n",
			"'vetoes' names rule 'x'" },
		{ "rules:\n- id: r\n  cause: linear-search-in-loop\n  when: no_metric > 1\n",
			"mine.yaml:2: condition 'no_metric > 1': unknown metric 'no_metric'" },
		{ "rules:\n- id: r\n  cause: linear-search-in-loop\n  confidence: 3\n",
			"between 0 and 1" },
		{ "rules:\n- id: r\n  cause: linear-search-in-loop\n  frames:\n  - {names: [x], "
		  "role: leaf, info: 0.9, warning: 0.1}\n",
			"needs 0 <= info <= warning <= 1" },
		{ "rules:\n- id: r\n  cause: linear-search-in-loop\n  frames:\n  - {names: [x], "
		  "role: twig}\n",
			"mine.yaml:5: 'role' cannot be 'twig'" },
		{ "cues:\n- id: c\n  phrases: ['@nothing here']\n",
			"uses the unknown concept '@nothing'" },
		{ "cues:\n- id: c\n  votes: [{label: cpu.no, weight: 1}]\n",
			"'votes' names leaf or class 'cpu.no'" },
		{ "cues:\n- id: c\n  request: [{label: dance, weight: 1}]\n",
			"'request' cannot be 'dance'" },
		{ "experts:\n- id: e\n  name: e\n  summary: s\n  routes:\n  - resource: cpu\n    "
		  "tools: [x]\n",
			"mine.yaml:2: 'tools' names tool 'x'" },
		{ "signals:\n- {id: s, when: cpu.cores > 1, severity: loud, text: t, threshold: h, "
		  "source: s}\n",
			"'severity' cannot be 'loud'" },
		{ "signals:\n- {id: s, when: cpu.cores > 1, severity: info, text: 'a {b}', "
		  "threshold: h, source: s}\n",
			"'{b}' is not known here" },
		{ "leaves:\n- {id: a, title: t, class_name: c, resources: [memroy]}\n",
			"'resources' cannot be 'memroy'" },
		{ "env_evidence:\n- {id: e, kind: staging}\n", "'kind' cannot be 'staging'" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a = { 0 };
		struct err err = { 0 };
		const struct knowledge *k = NULL;

		if (overlay(cases[i].text, strlen(cases[i].text), &a, &k, &err) >= 0)
			fail_msg("accepted: %s", cases[i].text);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s\nsays: %s\nwant: %s", cases[i].text, err.msg, cases[i].says);
		assert_null(k); /* written only on success */
		arena_done(&a);
	}
}

static void unsafe_tool_is_not_for_production(void **state)
{
	static const char text[] =
		"tools:\n- {id: t, name: t, summary: s, method: tracing, binaries: [t], "
		"production_safe: false,\n"
		"   production_reason: stops, perturbs: much, status: active, sources: [x]}\n"
		"experts:\n- id: e\n  name: e\n  summary: s\n  routes: [{resource: cpu, "
		"production_tools: [t]}]\n";
	struct arena a = { 0 };
	struct err err = { 0 };
	const struct knowledge *k = NULL;

	assert_true(overlay(text, strlen(text), &a, &k, &err) < 0);
	assert_non_null(strstr(err.msg, "is not production_safe"));
	arena_done(&a);
}

/* A tool that no expert prefers would never be planned; each has a command, and says what it costs.
 */
static void tools_are_routed(void **state)
{
	const struct knowledge *k = knowledge_builtin();

	for (size_t t = 0; t < k->n_tools; t++) {
		const struct k_tool *tool = &k->tools[t];
		bool routed = false;

		for (size_t e = 0; e < k->n_experts; e++)
			for (size_t r = 0; r < k->experts[e].n_routes; r++)
				for (size_t i = 0; i < k->experts[e].routes[r].tools.n; i++)
					routed |= strcmp(k->experts[e].routes[r].tools.v[i],
							  tool->id) == 0;
		if (!routed)
			fail_msg("%s: no expert names tool '%s'", tool->origin, tool->id);
		if (tool->n_commands == 0 || (!tool->embedded && tool->n_installs == 0) ||
			!tool->perturbs[0])
			fail_msg("%s: tool '%s' is incomplete", tool->origin, tool->id);
		for (size_t i = 0; i < tool->n_commands; i++)
			if (!tool->commands[i].attach[0] && !tool->commands[i].launch[0])
				fail_msg("%s: '%s' has a mode without a command", tool->origin,
					tool->id);
		for (size_t i = 0; i < tool->n_commands; i++)
			if (tool->commands[i].attach[0] && !tool->attaches)
				fail_msg("%s: '%s' attaches, but says it cannot", tool->origin,
					tool->id);
	}
}

/* Every prefix of a good file is an error with a line, or a smaller good file; never a crash. */
static void truncated_files(void **state)
{
	for (size_t n = 0; n < sizeof(small_tool); n++) {
		struct arena a = { 0 };
		struct err err = { 0 };
		const struct knowledge *k = NULL;
		int r = overlay(small_tool, n, &a, &k, &err);

		if (r < 0)
			assert_true(strncmp(err.msg, "mine.yaml:", 10) == 0);
		else
			assert_non_null(k);
		arena_done(&a);
	}
}

static void huge_and_binary_files(void **state)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	const struct knowledge *k = NULL;
	struct buf b = { 0 };

	buf_puts(&b, "tools:\n- id: a\n  summary: ");
	for (int i = 0; i < 20000; i++)
		buf_putc(&b, 'x');
	assert_true(overlay(b.p, b.n, &a, &k, &err) < 0);
	assert_non_null(strstr(err.msg, "mine.yaml:3: 'summary' is longer than 16384 bytes"));
	while (b.n <= K_MAX_FILE_BYTES)
		buf_puts(&b,
			"\n# a long comment that fills the file, over and over again, up to its "
			"limit");
	assert_int_equal(overlay(b.p, b.n, &a, &k, &err), -EFBIG);
	buf_clear(&b);
	for (unsigned i = 0; i < 100000; i++)
		buf_putc(&b, (char)(i * 2654435761u >> 13));
	assert_true(overlay(b.p, b.n, &a, &k, &err) < 0);
	buf_clear(&b);
	for (int i = 0; i < 50000; i++) /* a parser that recurses per bracket would fall over */
		buf_putc(&b, i % 2 ? '{' : '[');
	assert_true(overlay(b.p, b.n, &a, &k, &err) < 0);
	buf_done(&b);
	arena_done(&a);
}

static void overlay_folder(void **state)
{
	char dir[] = "/tmp/perf-ops-knowledge-XXXXXX";
	struct arena a = { 0 };
	struct err err = { 0 };
	const struct knowledge *k = NULL;

	assert_non_null(mkdtemp(dir));
	char *sub = path_join(&a, dir, "deeper"), *file = path_join(&a, sub, "t.yaml");
	char *note = path_join(&a, dir, "README.md");

	assert_int_equal(path_make_dirs(sub, &err), 0);
	assert_int_equal(file_write_atomic(file, span_str(small_tool), 0600, &err), 0);
	assert_int_equal(file_write_atomic(note, span_str("not: [yaml"), 0600, &err), 0);
	if (knowledge_overlay(knowledge_builtin(), dir, &a, &k, &err) != 0)
		fail_msg("%s", err.msg);
	assert_string_equal(knowledge_tool(k, "my-tool")->origin, arena_printf(&a, "%s:2", file));
	assert_int_equal(file_write_atomic(file, span_str("tools: [{idd: x}]\n"), 0600, &err), 0);
	assert_true(knowledge_overlay(knowledge_builtin(), dir, &a, &k, &err) < 0);
	assert_non_null(strstr(err.msg, "t.yaml:1: unknown key 'idd'; did you mean 'id'?"));
	unlink(file);
	unlink(note);
	rmdir(sub);
	rmdir(dir);
	assert_int_equal(knowledge_overlay(knowledge_builtin(), dir, &a, &k, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "cannot open the knowledge folder"));
	arena_done(&a);
}

static void globs(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool hit;
	} cases[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "a", "a", true },
		{ "a", "b", false },
		{ "a*", "abc/def::g", true },
		{ "*c", "abc", true },
		{ "*b*", "abc", true },
		{ "a?c", "abc", true },
		{ "a?c", "ac", false },
		{ "[a-c]x", "bx", true },
		{ "[!a-c]x", "bx", false },
		{ "[^a]x", "bx", true },
		{ "[]]", "]", true },
		{ "[a", "[a", true },
		{ "[a", "a", false },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "*a*b*c*", "xxaxxbxxcxx", true },
		{ "*a*b*c*", "xxaxxcxxbxx", false },
		{ "operator*", "operator[](int)", true },
		{ "std::*map*::operator\\[]", "std::map<int>::operator[]", true },
		{ "*aaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (knowledge_glob(cases[i].pattern, cases[i].text) != cases[i].hit)
			fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].text);
	struct k_strings list = { (const char *const[]){ "x*", "y" }, 2 };

	assert_true(knowledge_glob_any(&list, "y"));
	assert_false(knowledge_glob_any(&list, "yx"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builtin_is_sound),
		cmocka_unit_test(overlay_adds_and_replaces),
		cmocka_unit_test(bad_files_name_the_line),
		cmocka_unit_test(unsafe_tool_is_not_for_production),
		cmocka_unit_test(tools_are_routed),
		cmocka_unit_test(truncated_files),
		cmocka_unit_test(huge_and_binary_files),
		cmocka_unit_test(overlay_folder),
		cmocka_unit_test(globs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
