/* SPDX-License-Identifier: MIT */
/* speedscope files of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(speedscope)
