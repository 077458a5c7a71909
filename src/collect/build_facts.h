/* SPDX-License-Identifier: MIT */
/*
 * What the main program was built with: language and compiler with its flags, for
 * profile.language and profile.producer. A build without optimisation is said so with "-O0", also
 * for compilers that do not record flags: then it is inferred and marked "(inferred)".
 */
#pragma once

#include "collect/frame_kind.h"
#include "collect/symbol_file.h"
#include "model/profile.h"

/*
 * kinds tells the program's own units from those of libraries linked into it. False when the
 * program's own code has no debug information (libraries inside it may have).
 */
bool build_facts_read(struct profile *p, struct symbol_file *f, struct frame_kinds *kinds);
