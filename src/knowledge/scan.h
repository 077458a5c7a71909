/* SPDX-License-Identifier: MIT */
/*
 * A pass over the YAML events of one knowledge file, before libcyaml fills the structs. It finds
 * what libcyaml cannot give: the line of each record, and errors that name the exact line, the
 * wrong word and what would have been right. Strict where libcyaml is lenient (numbers, booleans,
 * several documents, anchors, tags).
 */
#pragma once

#include "base/err.h"
#include "base/span.h"
#include "knowledge/schema.h"

struct k_scan {
	unsigned *lines[K_KIND_COUNT]; /* line of each record, in file order */
	size_t n[K_KIND_COUNT];
};

/* `name` is the file as shown in messages: "name:line: what is wrong". */
int k_scan_text(struct span text, const char *name, struct k_scan *ret, struct err *err);
void k_scan_done(struct k_scan *s);
