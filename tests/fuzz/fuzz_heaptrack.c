/* SPDX-License-Identifier: MIT */
/* heaptrack data of any bytes. */
#include "fuzz_format.h"

FUZZ_FORMAT(heaptrack)
