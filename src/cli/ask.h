/* SPDX-License-Identifier: MIT */
/* The one question, asked only of a person: never without a terminal, never with --json. */
#pragma once

#include "cli/command.h"

/* Whether somebody is there to answer. */
bool ask_possible(const struct invocation *inv);
/* Prints the question on standard error and reads a line; "" on Enter or end of input. Arena. */
const char *ask_line(struct invocation *inv, const char *question);
