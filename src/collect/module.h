/* SPDX-License-Identifier: MIT */
/*
 * A module is one ELF image mapped into a target (executable, shared library, vdso) or the kernel.
 * Addresses handed between the sampler and the symboliser are module-relative ELF virtual
 * addresses, so that equal code in different processes is equal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum module_kind {
	MODULE_ELF,
	MODULE_VDSO,
	MODULE_KERNEL,
	MODULE_ANON,    /* JIT or unknown memory */
	MODULE_MANAGED, /* pseudo module of managed_frame.h: addr is a number in that table */
};

struct module {
	enum module_kind kind;
	uint32_t id;      /* index in the sampler's table */
	const char *path; /* as the target sees it; "[kernel]", "[vdso]", "[anon]" */
	/* how we reach it: /proc/PID/root/…, /proc/PID/map_files/…; "" never */
	const char *open_path;
	uint64_t dev, inode; /* identity of the mapped file; a file replaced meanwhile is not it */
	uint8_t build_id[32];
	size_t build_id_len; /* 0 unknown */
	bool deleted;
	const void *image; /* MODULE_VDSO: bytes copied from the target */
	size_t image_len;
	int32_t pid; /* MODULE_ANON: whose memory, for perf maps */
};

/* One address of a stack as the sampler leaves it. */
struct raw_frame {
	uint32_t module; /* module id */
	bool is_return;  /* a return address: the call is at addr - 1 */
	uint64_t addr;   /* ELF virtual address; kernel and anon: the absolute address */
};
