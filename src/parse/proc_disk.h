/* SPDX-License-Identifier: MIT */
/* /proc/diskstats: one line per block device (Documentation/admin-guide/iostats.rst). */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct proc_disk { /* counters since the device appeared; some kernels wrap at 32 bits */
	const char *name;
	unsigned major, minor;
	uint64_t reads, read_sectors, read_ms;
	uint64_t writes, write_sectors, write_ms;
	uint64_t in_flight; /* now, not a counter */
	uint64_t io_ms, weighted_ms;
	uint64_t discards, discard_ms, flushes, flush_ms; /* Linux 4.18 and 5.5 on, else 0 */
};

struct proc_disks {
	struct proc_disk *v;
	size_t n;
};

/* Lines that are too short are passed over; an empty file gives an empty list. */
void proc_disks_parse(struct span text, struct arena *a, struct proc_disks *ret);
