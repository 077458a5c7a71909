/* SPDX-License-Identifier: MIT */
/* /proc/PID/maps, one mapping at a time. */
#pragma once

#include "base/span.h"

struct proc_mapping {
	uint64_t start, end, offset, inode;
	uint64_t dev_major, dev_minor;
	bool readable, writable, executable, shared;
	struct span path; /* "" anonymous; "[heap]"; without " (deleted)" */
	bool deleted;
};

/* Takes the next mapping off *text, passing over lines that are not understood; false at the end.
 */
bool proc_maps_next(struct span *text, struct proc_mapping *ret);
