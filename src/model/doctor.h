/* SPDX-License-Identifier: MIT */
/*
 * What can be measured here: the rungs of the ladder with what each shows, and the permissions
 * that are missing, with what they would buy. Strings live in the arena of whoever made it.
 */
#pragma once

#include "model/caveat.h"

#include <sys/types.h>

enum doctor_state {
	DOCTOR_WORKS,
	DOCTOR_PARTLY,
	DOCTOR_REFUSED,
	DOCTOR_NOT_HERE, /* nothing that a permission would change */
};
/* "works", "partly", "refused", "not-here" */
const char *doctor_state_name(enum doctor_state s);

struct doctor_rung { /* a way to sample, best first */
	const char *id, *title;
	enum doctor_state state;
	const char *shows;       /* what it sees */
	const char *detail;      /* what was tried and what came back */
	bool launched, attached; /* for which targets it can be used */
};

struct doctor_permission {
	const char *id, *title;
	enum doctor_state state;
	const char *detail; /* evidence: the refusal and the setting behind it */
	const char *buys, *without;
	const char *temporary, *permanent, *container; /* exact commands, "" none */
	const char *risk;
};

enum { DOCTOR_MAX_RUNGS = 8, DOCTOR_MAX_PERMISSIONS = 32 };

struct doctor {
	const char *user, *container; /* container: "" none known */
	bool root, seccomp, user_namespace;
	pid_t pid; /* 0: no process was given */
	struct doctor_rung rungs[DOCTOR_MAX_RUNGS];
	size_t n_rungs;
	struct doctor_permission permissions[DOCTOR_MAX_PERMISSIONS];
	size_t n_permissions;
	const char *launched, *attached; /* titles of the rungs used, "" nothing works */
	struct caveats caveats;
};
