/* SPDX-License-Identifier: MIT */
/*
 * Names and unwound stacks for files of other tools, from the binaries on this machine: perf's
 * build-id cache (~/.debug), the file itself when it is the recorded build, this machine's kernel
 * when it is the recorded one. What is another build is refused: no name is better than a wrong
 * one.
 */
#pragma once

#include "knowledge/records.h"
#include "parse/format.h"

struct import_symbols;

struct import_symbols *import_symbols_new(const struct knowledge *k, const char *project_root);
void import_symbols_free(struct import_symbols *s);
/* For format_env.symbols; valid as long as s. */
const struct format_symbols *import_symbols_callbacks(struct import_symbols *s);
/* Whether frames were named here, so that their kinds are known. */
bool import_symbols_used(const struct import_symbols *s);
