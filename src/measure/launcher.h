/* SPDX-License-Identifier: MIT */
/* The process that launches, and the messages between it and runner.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

struct launch_request {
	uint32_t index, pad_bytes;
	uint64_t timeout_us; /* 0: none */
};

struct launch_reply {
	int error;  /* errno of a vfork or exec that failed */
	int status; /* as from wait4 */
	bool timed_out;
	uint64_t wall_ns;
	struct rusage usage;
	uint64_t own_peak_bytes;
};

/* Serves requests on fd until it closes; never returns. Output of the commands goes to out_fd. */
_Noreturn void launcher_main(int fd, int out_fd, const char *const *const *argvs);
