/* SPDX-License-Identifier: MIT */
/* /proc/PID/smaps: resident bytes of each mapping. */
#pragma once

#include "base/span.h"

struct proc_smap {
	struct span path; /* "" anonymous; "[heap]", "[stack]"; a file */
	bool writable, shared;
	uint64_t rss, anonymous, huge; /* bytes; anonymous: private pages that no file backs */
};

/* Takes the next mapping off *text; false at the end. */
bool proc_smaps_next(struct span *text, struct proc_smap *ret);
