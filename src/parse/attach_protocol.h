/* SPDX-License-Identifier: MIT */
/*
 * The bytes of HotSpot's attach mechanism (version 1, JDK 6 to 25): a request is five strings, each
 * with its NUL: the version, the command and three arguments; an answer is a line with a number, 0
 * for success, and text.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* The request for a diagnostic command ("JFR.stop name=x"); -E2BIG when it is too long. */
int attach_request_jcmd(struct buf *to, const char *command, struct err *err);

/*
 * Takes the answer apart. ret_text is the text, inside `answer`. -EPROTO when it is none;
 * -EREMOTEIO, with the JVM's own words, when it says that the command failed.
 */
int attach_answer_parse(struct span answer, struct span *ret_text, struct err *err);
