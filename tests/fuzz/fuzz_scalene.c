/* SPDX-License-Identifier: MIT */
/* Scalene files of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(scalene)
