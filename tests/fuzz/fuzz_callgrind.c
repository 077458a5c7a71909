/* SPDX-License-Identifier: MIT */
/* callgrind.out files of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(callgrind)
