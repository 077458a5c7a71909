/* SPDX-License-Identifier: MIT */
/* cProfile statistics of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(pstats)
