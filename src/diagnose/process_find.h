/* SPDX-License-Identifier: MIT */
/* --pid as people write it: "812", "nginx", "app.py", ":8080". */
#pragma once

#include "base/err.h"

#include <sys/types.h>

/*
 * A number is that process; ":N" the one that listens on TCP port N; anything else the one whose
 * name, executable, first argument or (for interpreters) script is called so. Several: -EEXIST with
 * the candidates, their pid and command line, in the message. None: -ESRCH.
 * `root` NULL is this machine.
 */
int process_lookup(const char *spec, const char *root, pid_t *ret, struct err *err);
