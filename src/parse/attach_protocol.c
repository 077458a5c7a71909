/* SPDX-License-Identifier: MIT */
/* JDK: os/linux/attachListener_linux.cpp, LinuxAttachListener::read_request. */
#include "parse/attach_protocol.h"

#include <errno.h>

/* a request's strings may have 1024 bytes each */
enum { MAX_ARGUMENT = 1024, MAX_WORDS = 200 };

int attach_request_jcmd(struct buf *to, const char *command, struct err *err)
{
	if (strlen(command) >= MAX_ARGUMENT)
		return fail(err, E2BIG, "the JVM takes no command of more than %d bytes",
			MAX_ARGUMENT - 1);
	buf_add(to, "1\0jcmd", 7);
	buf_add(to, command, strlen(command) + 1);
	buf_add(to, "\0", 2);
	return 0;
}

/* The first sentence of what the JVM says went wrong, without controls. */
static void first_words(struct span text, char ret[MAX_WORDS])
{
	struct span line = { 0 };
	size_t n = 0;

	while (line.n == 0 && span_next_line(&text, &line))
		line = span_trim(line);
	for (; n < line.n && n + 1 < MAX_WORDS; n++)
		ret[n] = line.p[n] < ' ' ? ' ' : (char)line.p[n];
	ret[n] = 0;
}

int attach_answer_parse(struct span answer, struct span *ret_text, struct err *err)
{
	struct span rest = answer, line;
	char words[MAX_WORDS];
	uint64_t code;

	if (!span_next_line(&rest, &line))
		return fail(err, EPROTO, "the JVM closed the connection without an answer");
	bool minus = line.n && line.p[0] == '-';

	line = span_trim(line);
	if (!span_parse_u64(minus ? span_from(line, 1) : line, &code) || code > INT32_MAX)
		return fail(err, EPROTO, "the answer is not a JVM's");
	first_words(rest, words);
	if (code != 0) {
		fail(err, EREMOTEIO, "the JVM refused: %s", *words ? words : "it gave no reason");
		return -EREMOTEIO;
	}
	/* some failures of jcmd come with success as their number */
	if (span_starts(rest, "java.lang.") || span_starts(rest, "Could not ")) {
		fail(err, EREMOTEIO, "the JVM refused: %s", words);
		return -EREMOTEIO;
	}
	*ret_text = rest;
	return 0;
}
