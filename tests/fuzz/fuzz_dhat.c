/* SPDX-License-Identifier: MIT */
/* DHAT files of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(dhat)
