/* SPDX-License-Identifier: MIT */
/* Firefox Profiler files of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(firefox)
