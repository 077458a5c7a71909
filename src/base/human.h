/* SPDX-License-Identifier: MIT */
/* Numbers as people read them; always with a unit. Buffers of HUMAN_LEN bytes are enough. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { HUMAN_LEN = 32 };

/* "184.2 ms", "5.1 s", "12 us", "3 min 20 s" */
char *human_ns(char *out, uint64_t ns);
/* "41.0 MiB", "512 B" */
char *human_bytes(char *out, double bytes);
/* "5 082" (thin grouping by blanks), for counts */
char *human_count(char *out, uint64_t n);
