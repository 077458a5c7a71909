/* SPDX-License-Identifier: MIT */
/* massif.out files of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(massif)
