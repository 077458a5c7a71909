/* SPDX-License-Identifier: MIT */
/*
 * A private folder for the files of one observation (recordings, rings shared with the target). A
 * small guard process removes it when we end in whatever way, kill -9 included: it waits on a pipe
 * whose other end only we hold.
 */
#pragma once

#include "base/err.h"

#include <sys/types.h>

struct scratch {
	char path[64]; /* "" when there is none */
	int guard_fd;
	pid_t guard;
};

/* In /tmp, where a target in the same mount namespace can reach it; mode 0700. */
int scratch_open(struct scratch *s, struct err *err);
/* Removes the folder with all that is in it. */
void scratch_close(struct scratch *s);
