/* SPDX-License-Identifier: MIT */
/*
 * Commands from templates: what a POSIX shell makes of the filled {cmd} must be the words it came
 * from, whatever is in them. The input is the words, one a line; the last line is a template.
 */
#include "diagnose/command.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/vec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Only the quoting that command_fill uses: plain characters, '...' and \' between quotes. */
static const char *unquote_word(const char *p, struct buf *ret)
{
	bool quoted = false;

	for (; *p && (quoted || *p != ' '); p++) {
		if (*p == '\'')
			quoted = !quoted;
		else if (*p == '\\' && !quoted)
			buf_putc(ret, *++p);
		else
			buf_putc(ret, *p);
	}
	if (quoted)
		abort();
	return *p == ' ' ? p + 1 : p;
}

static void check_words(const char *line, const char *const *words)
{
	for (size_t i = 0; words[i]; i++) {
		struct buf one = { 0 };

		line = unquote_word(line, &one);
		if (strcmp(buf_cstr(&one), words[i]) != 0)
			abort();
		buf_done(&one);
	}
	if (*line)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diagnosis *d = diagnosis_new();
	struct span rest = span_of(data, MIN(size, (size_t)4096)), line;
	vec_of(const char *) words = { 0 };

	while (words.n < 100 && span_next_line(&rest, &line))
		*vec_push(&words) = arena_strndup(&d->arena, line.p, line.n);
	if (words.n < 2)
		goto out;
	const char *template = words.v[words.n - 1];

	words.v[words.n - 1] = NULL;
	d->target.argv = words.v;
	check_words(command_fill(d, knowledge_builtin(), "{cmd}", 30, "out"), words.v);
	/* as one word: the shell inside sees the same words again */
	struct buf inner = { 0 };

	if (*unquote_word(command_fill(d, knowledge_builtin(), "{cmd:q}", 30, "out"), &inner))
		abort();
	check_words(buf_cstr(&inner), words.v);
	buf_done(&inner);
	d->target.url = d->target.dsn = template;
	command_fill(d, knowledge_builtin(), template, 30, "out");
	command_fill(d, knowledge_builtin(), "{url} {dsn} {script} {exe}", 30, "out");
out:
	vec_done(&words);
	diagnosis_free(d);
	return 0;
}
