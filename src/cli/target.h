/* SPDX-License-Identifier: MIT */
/* The target as typed turned into the target as it is. */
#pragma once

#include "cli/command.h"

/* Resolves --pid (number, name or :port) into inv->target.pid. 0 when none was given. */
int target_resolve(struct invocation *inv, struct err *err);
/* Absolute path of the project folder; an error when it is no folder. */
int target_project_root(struct invocation *inv, const char **ret, struct err *err);
/* "ledger import april.csv" or "4121 gunicorn", for titles; lives in inv->arena. */
const char *target_title(const struct invocation *inv);
