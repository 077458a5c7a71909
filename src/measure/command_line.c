/* SPDX-License-Identifier: MIT */
/* Splits a command into words, or hands it to the shell. */
#include "measure/command_line.h"

#include "base/file.h"
#include "base/vec.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* What only a shell gives a meaning to, outside of quotes (POSIX 2.2 and 2.3). */
static const char shell_characters[] = "|&;<>()$`*?[]#~!{}\n";

static bool is_builtin(const char *word)
{
	/* POSIX 2.14 special built-ins and those of 2.9.1.1 that are rarely programs too */
	static const char *const names[] = { ":", ".", "break", "continue", "eval", "exec", "exit",
		"export", "readonly", "return", "set", "shift", "times", "trap", "unset", "cd",
		"ulimit", "umask", "wait", "read", "command", "type", "alias", "source", "if",
		"for", "while", "until", "case" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(word, names[i]) == 0)
			return true;
	return false;
}

static bool is_assignment(const char *word)
{
	const char *s = word;

	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	return *s == '=';
}

static bool needs_shell(const char *text)
{
	char quote = 0;

	for (const char *s = text; *s; s++) {
		if (quote == '\'') {
			quote = *s == '\'' ? 0 : quote;
		} else if (*s == '\\' && s[1]) {
			s++;
		} else if (quote == '"') {
			if (*s == '$' || *s == '`')
				return true;
			quote = *s == '"' ? 0 : quote;
		} else if (*s == '\'' || *s == '"') {
			quote = *s;
		} else if (strchr(shell_characters, *s)) {
			return true;
		}
	}
	size_t lead = strspn(text, " \t");
	size_t n = strcspn(text + lead, " \t");
	char first[64];

	if (n >= sizeof(first))
		return false;
	memcpy(first, text + lead, n);
	first[n] = '\0';
	return is_builtin(first) || is_assignment(first);
}

/* One word from *s; the rest is at *s afterwards. */
static int next_word(const char **s, struct buf *word, struct err *err)
{
	char quote = 0;

	buf_clear(word);
	for (; **s && (quote || (**s != ' ' && **s != '\t' && **s != '\n')); (*s)++) {
		char c = **s;

		if (quote && c == quote) {
			quote = 0;
		} else if (!quote && (c == '\'' || c == '"')) {
			quote = c;
		} else if (c == '\\' && quote != '\'' && (*s)[1] &&
			(!quote || strchr("\\\"$`", (*s)[1]))) {
			buf_putc(word, *++*s);
		} else {
			buf_putc(word, c);
		}
	}
	if (!quote)
		return 0;
	fail(err, EINVAL, "a %c quote is not closed in the command", quote);
	err_hint(err, "close it, or escape it with a backslash");
	return -EINVAL;
}

static int find_program(const char *name, struct arena *a, const char **ret, struct err *err)
{
	const char *path = getenv("PATH");
	struct span rest = span_str(path ? path : "/usr/local/bin:/usr/bin:/bin"), part;

	if (strchr(name, '/')) {
		if (access(name, X_OK) == 0 && !path_is_dir(name)) {
			*ret = name;
			return 0;
		}
		return fail(err, path_exists(name) ? EACCES : ENOENT, "cannot run '%s': %s", name,
			path_exists(name) ? "it is not executable" : "no such file");
	}
	while (span_next_part(&rest, ':', &part)) {
		const char *dir = part.n ? arena_strndup(a, part.p, part.n) : ".";
		const char *full = path_join(a, dir, name);

		if (access(full, X_OK) == 0 && !path_is_dir(full)) {
			*ret = full;
			return 0;
		}
	}
	return fail(err, ENOENT, "cannot run '%s': no such program in PATH", name);
}

static const char *const *shell_argv(const char *text, struct arena *a)
{
	const char **argv = arena_array(a, 4, sizeof(*argv));

	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = arena_strdup(a, text);
	return argv;
}

int command_line_parse(const char *text, enum shell_use use, struct arena *a,
	const char *const **ret_argv, bool *ret_shell, struct err *err)
{
	bool shell = use == SHELL_ALWAYS || (use == SHELL_WHEN_NEEDED && needs_shell(text));
	vec_of(const char *) words = { 0 };
	struct buf word = { 0 };
	int r = 0;

	if (text[strspn(text, " \t\n")] == '\0')
		return fail(err, EINVAL, "an empty command cannot be measured");
	for (const char *s = text; !shell && r == 0;) {
		s += strspn(s, " \t\n");
		if (!*s)
			break;
		r = next_word(&s, &word, err);
		if (r == 0)
			*vec_push(&words) = arena_strdup(a, buf_cstr(&word));
	}
	if (r == 0 && !shell)
		r = find_program(words.v[0], a, &words.v[0], err);
	if (r == 0) {
		const char **argv = arena_array(a, words.n + 1, sizeof(*argv));

		for (size_t i = 0; i < words.n; i++)
			argv[i] = words.v[i];
		*ret_argv = shell ? shell_argv(text, a) : argv;
		*ret_shell = shell;
	}
	vec_done(&words);
	buf_done(&word);
	return r;
}
