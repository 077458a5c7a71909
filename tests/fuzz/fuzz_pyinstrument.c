/* SPDX-License-Identifier: MIT */
/* pyinstrument files of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(pyinstrument)
