/* SPDX-License-Identifier: MIT */
/*
 * Expected files: tests/golden/<path>. A difference fails the test and says where; with
 * PERF_OPS_UPDATE_GOLDEN=1 the file is rewritten instead and is to be reviewed like code.
 */
#pragma once

#include "base/buf.h"

void golden_check(const char *path, const struct buf *got);
/* Absolute path of a file below tests/golden; valid until the next call. */
const char *golden_path(const char *path);
