/* SPDX-License-Identifier: MIT */
/* What a running process's descriptors and paths are called: /proc/PID/fd, its memory, sockets. */
#pragma once

#include "collect/io_track.h"
#include "collect/procfs.h"

struct io_names;

struct io_names *io_names_new(void);
void io_names_free(struct io_names *n);
/* For io_track: asks this machine. Lives as long as n. */
struct io_world io_names_world(struct io_names *n);
