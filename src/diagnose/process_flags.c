/* SPDX-License-Identifier: MIT */
/* Matches arguments and environment with the flag records. */
#include "diagnose/process_flags.h"

#include "base/vec.h"
#include "knowledge/condition.h"

#include <stdio.h>

enum { MAX_FLAGS_SHOWN = 24 };

static bool for_runtime(const struct k_flag *f, const struct k_runtime *runtime)
{
	for (size_t i = 0; i < f->runtimes.n; i++)
		if (strcmp(f->runtimes.v[i], "any") == 0 ||
			(runtime && strcmp(f->runtimes.v[i], runtime->id) == 0))
			return true;
	return false;
}

/* The flag as found: one argument, two that belong together, or NAME=VALUE; NULL when absent. */
static const char *find_match(const struct process_view *v, const struct k_strings *arguments,
	const struct k_strings *variables)
{
	for (size_t i = 1; arguments->n && i < v->args.n; i++) {
		if (knowledge_glob_any(arguments, v->args.v[i]))
			return v->args.v[i];
		if (i + 1 >= v->args.n)
			continue;
		const char *both = arena_printf(v->a, "%s %s", v->args.v[i], v->args.v[i + 1]);

		if (knowledge_glob_any(arguments, both))
			return both;
	}
	for (size_t i = 0; variables->n && i < v->env.n; i++)
		if (knowledge_glob_any(variables, v->env.v[i]))
			return v->env.v[i];
	return NULL;
}

static bool is_missing(const struct process_view *v, const char *pattern)
{
	const char *list[] = { pattern };
	struct k_strings one = { .v = list, .n = 1 };

	return !find_match(v, &one, &one);
}

/* What follows '=' or the blank; the flag itself when there is nothing. */
static const char *value_of(const char *match)
{
	const char *at = strpbrk(match, "= ");

	return at ? at + 1 : match;
}

/* Options that take several settings (JAVA_TOOL_OPTIONS, NODE_OPTIONS) are split before matching.
 */
static void split_option_variables(const struct process_view *v, struct process_view *ret)
{
	static const char *const names[] = { "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS",
		"_JAVA_OPTIONS", "NODE_OPTIONS", "RUBYOPT", "PERL5OPT", "GOFLAGS",
		"DENO_V8_FLAGS" };
	vec_of(const char *) args = { 0 };

	*ret = *v;
	for (size_t i = 0; i < v->args.n; i++)
		*vec_push(&args) = v->args.v[i];
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = process_view_env(v, names[i]);
		struct span rest = span_str(value ? value : ""), word;

		if (args.n == 0)
			*vec_push(&args) = "";
		while (span_next_word(&rest, &word))
			*vec_push(&args) = arena_strndup(v->a, word.p, word.n);
	}
	ret->args.n = args.n;
	ret->args.v = arena_array(v->a, args.n, sizeof(*args.v));
	if (args.n)
		memcpy(ret->args.v, args.v, args.n * sizeof(*args.v));
	vec_done(&args);
}

static const char *explain(const struct process_view *v, const struct k_flag *f, const char *match,
	const struct metrics *metrics)
{
	struct buf b;
	const char *p = f->text;

	buf_init(&b, 600);
	while (*p) {
		if (strncmp(p, "{match}", 7) == 0) {
			buf_puts(&b, match);
			p += 7;
		} else if (strncmp(p, "{value}", 7) == 0) {
			buf_puts(&b, value_of(match));
			p += 7;
		} else if (*p == '{' && metrics) {
			p += metrics_put_place(metrics, p, &b);
		} else {
			buf_putc(&b, *p++);
		}
	}
	const char *ret = arena_strdup(v->a, buf_cstr(&b));

	buf_done(&b);
	return ret;
}

/* The first record that explains a flag is enough. */
static bool seen_before(const char *const *matches, size_t n, const char *match)
{
	for (size_t i = 0; i < n && *match; i++)
		if (strcmp(matches[i], match) == 0)
			return true;
	return false;
}

void process_flags_judge(const struct process_view *v, const struct k_runtime *runtime,
	const struct knowledge *k, const struct metrics *metrics, struct process_info *ret)
{
	struct process_view split;
	const char *matches[MAX_FLAGS_SHOWN];
	size_t n_matches = 0;

	split_option_variables(v, &split);
	ret->flags = arena_array(v->a, MAX_FLAGS_SHOWN, sizeof(*ret->flags));
	ret->n_flags = 0;
	for (size_t i = 0; i < k->n_flags && ret->n_flags < MAX_FLAGS_SHOWN; i++) {
		const struct k_flag *f = &k->flags[i];
		const char *match = "";

		if (!for_runtime(f, runtime))
			continue;
		if (f->missing[0] && (!split.args.n || !is_missing(&split, f->missing)))
			continue;
		if ((f->arguments.n || f->variables.n) &&
			!(match = find_match(&split, &f->arguments, &f->variables)))
			continue;
		if (seen_before(matches, n_matches, match))
			continue;
		if (f->when[0] &&
			(!metrics ||
				condition_eval(f->when, metrics_read, (void *)(uintptr_t)metrics,
					NULL) != CONDITION_TRUE))
			continue;
		matches[n_matches++] = match;
		ret->flags[ret->n_flags++] = explain(&split, f, match, metrics);
		if (strcmp(f->build, "debug") == 0 &&
			!(ret->debug_build_known && ret->debug_build)) {
			ret->debug_build_known = ret->debug_build = true;
			ret->build_because = arena_strndup(v->a, match, strnlen(match, 80));
		}
	}
}
