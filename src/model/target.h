/* SPDX-License-Identifier: MIT */
/* What is to be looked at: a command to launch, a process, a project folder, a URL, a database. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct target {
	const char *const *argv; /* NULL-ended command to launch, NULL none */
	pid_t pid;               /* 0 none */
	const char *project;     /* folder, never NULL ("." default) */
	bool project_given;      /* --project was used */
	const char *url;         /* NULL none */
	const char *dsn;         /* NULL none; never printed with its password */
	const char *cgroup;      /* NULL none */
};
