/* SPDX-License-Identifier: MIT */
/* Trace events of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(chrome_trace)
