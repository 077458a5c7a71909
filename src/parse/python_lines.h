/* SPDX-License-Identifier: MIT */
/*
 * Line tables of CPython's code objects, all three forms: co_lnotab (to 3.9), co_linetable of 3.10,
 * the location table of 3.11 and later (Objects/lnotab_notes.txt, InternalDocs/code_objects.md).
 */
#pragma once

#include "base/span.h"

/*
 * Line of the instruction at byte `offset` of the code; 0 when the table has none for it. `minor`
 * picks the form. Works on any bytes.
 */
uint32_t python_line(unsigned minor, struct span table, uint32_t first_line, uint64_t offset);
