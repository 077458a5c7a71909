/* SPDX-License-Identifier: MIT */
/* V8 profiles of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(heapprofile)
