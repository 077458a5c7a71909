/* SPDX-License-Identifier: MIT */
/* What may be done to the target: the production rule. */
#pragma once

#include "cli/command.h"

/*
 * True when nothing may run inside the target, only reading from outside: a running process whose
 * environment is production or not known to be development, or a command of a production
 * environment. --env decides when it is given.
 */
bool target_is_read_only(struct invocation *inv);
