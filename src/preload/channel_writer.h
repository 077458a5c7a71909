/* SPDX-License-Identifier: MIT */
/*
 * The target's side of the channel: finds the file by the environment, claims a slot, writes
 * records. System calls and the memory given only: nothing here allocates or takes a lock that
 * could be held by the program.
 */
#pragma once

#include "parse/alloc_channel.h"

#include <stdbool.h>
#include <stddef.h>

/* The control page, NULL when there is no channel; counts this process as loaded. */
struct alloc_control *channel_connect(const char *path);
/* A slot of one's own, NULL when there is none. */
struct alloc_slot *channel_claim(struct alloc_control *c, const char *path);
/* Appends one record and the stack at [stack, stack + r->stack_bytes); false: dropped. For one
 * thread at a time. */
bool channel_write(struct alloc_slot *s, struct alloc_record *r, const void *stack);
/* Marks slots of an earlier program of this process as ended. */
void channel_end_earlier(struct alloc_control *c, const char *path);
