/* SPDX-License-Identifier: MIT */
/* What every unit test includes: cmocka with the headers it wants first. */
#pragma once

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
