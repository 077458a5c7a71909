/* SPDX-License-Identifier: MIT */
/*
 * Files made of "key value" lines, read into a struct through a table of keys: /proc/meminfo,
 * /proc/vmstat, /proc/PID/status, /proc/PID/io, cgroup cpu.stat and the like.
 */
#pragma once

#include "base/span.h"

struct proc_key {
	const char *key; /* without its colon */
	size_t offset;   /* of a uint64_t in the result */
};

/*
 * Fills the members whose key is found; "kB" values become bytes. Only the first word after the
 * key is read; lines whose key is unknown or whose value is no number are passed over. Returns how
 * many keys were found.
 */
size_t proc_keys_read(struct span text, const struct proc_key *keys, size_t n, void *ret);
