/* SPDX-License-Identifier: MIT */
/* What V8's own profiles and objects share: names of scripts and the "callFrame" of their nodes. */
#pragma once

#include "parse/import_frame.h"
#include "parse/json_stream.h"

/* "file:///app/a%20b.mjs" is "/app/a b.mjs" for everybody else; other names stay. */
void v8_script_path(struct span url, struct buf *ret);

/* A function as nodes of a .cpuprofile or .heapprofile name it. */
struct v8_call {
	uint32_t function, file; /* ids in the strings */
	uint32_t line;           /* where the function starts, from 1; 0 unknown */
};

/* Reads the members that stand in "callFrame" (lines from 0) or, before Node 8, in the node itself
 * (lines from 1); false when the key is none of them and the value was not taken. */
bool v8_call_member(struct json_stream *j, struct span key, struct strtab *strings, bool old,
	struct v8_call *ret);
/* The value of "callFrame". */
void v8_call_read(struct json_stream *j, struct strtab *strings, struct v8_call *ret);
/* As a frame of the profile; line 0: the function's first. */
uint32_t v8_call_frame(
	struct profile *p, const struct strtab *strings, const struct v8_call *c, uint32_t line);
