/* SPDX-License-Identifier: MIT */
/*
 * Memory of a live process, read from outside without stopping it: process_vm_readv, or
 * /proc/PID/mem where a seccomp profile refuses the call.
 */
#pragma once

#include "base/memory_reader.h"

#include <sys/types.h>

struct remote_memory {
	pid_t pid;
	int fd;         /* /proc/PID/mem, -1 not open */
	bool by_file;   /* the system call is refused */
	uint64_t calls; /* system calls made */
	int error;      /* errno of the last failure */
};

void remote_memory_init(struct remote_memory *r, pid_t pid);
void remote_memory_done(struct remote_memory *r);
/* Bytes read, from the start; less than n where the memory ends. */
size_t remote_memory_bytes(struct remote_memory *r, uint64_t addr, void *to, size_t n);
/* How many leading pieces were read whole. */
size_t remote_memory_pieces(struct remote_memory *r, const struct memory_piece *v, size_t n);
struct memory_reader remote_memory_reader(struct remote_memory *r);
