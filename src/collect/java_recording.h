/* SPDX-License-Identifier: MIT */
/*
 * One flight recording of one JVM, for the time of an observation: started through its attach
 * socket with settings that cost little, read when it is stopped or when the JVM ends. A guard
 * process stops it and removes its file when we are killed; should that one be killed too, the
 * recording ends by itself at its time limit.
 */
#pragma once

#include "collect/hotspot_attach.h"
#include "model/profile_set.h"

struct java_recording {
	struct hotspot_target target;
	char name[40]; /* of the recording, and of its file in the target's /tmp */
	char file[64];
	unsigned version; /* of the JDK: 8, 11 … */
	pid_t guard;
	int guard_fd; /* writing a byte tells the guard that all is well */
	bool running;
};

struct java_recording_opts {
	bool allocations, locks, io;
	uint64_t limit_ns; /* it ends by itself after that */
};

int java_recording_start(struct java_recording *r, pid_t pid,
	const struct java_recording_opts *opts, struct err *err);
/* Whether the JVM is still there. */
bool java_recording_alive(const struct java_recording *r);
/* Stops it, unless the JVM has ended and left it behind, and reads it. */
int java_recording_finish(struct java_recording *r, struct profile_set *ret, struct err *err);
void java_recording_done(struct java_recording *r);
