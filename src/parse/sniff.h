/* SPDX-License-Identifier: MIT */
/* Looking at the first bytes of a file, for format detection. */
#pragma once

#include "base/span.h"

/* The first byte that is neither blank nor part of a byte order mark; 0 when there is none. */
int sniff_first(struct span head);
bool sniff_has(struct span head, const char *word);
/* Whether a line of the head starts with this text. */
bool sniff_line(struct span head, const char *start);
