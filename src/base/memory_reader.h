/* SPDX-License-Identifier: MIT */
/*
 * Another process's memory through a callback, so that code which understands foreign structures
 * works the same on a live process, on a recorded image and on a fuzzer's bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory_piece {
	uint64_t addr;
	void *to;
	size_t len;
};

struct memory_reader {
	void *ctx;
	/* Reads pieces in order; returns how many leading ones were read whole. */
	size_t (*read)(void *ctx, const struct memory_piece *v, size_t n);
};

static inline bool memory_read(const struct memory_reader *m, uint64_t addr, void *to, size_t len)
{
	return m->read(m->ctx, &(struct memory_piece){ .addr = addr, .to = to, .len = len }, 1) ==
		1;
}

static inline bool memory_read_u64(const struct memory_reader *m, uint64_t addr, uint64_t *ret)
{
	return memory_read(m, addr, ret, sizeof(*ret));
}
