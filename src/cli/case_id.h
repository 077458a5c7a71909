/* SPDX-License-Identifier: MIT */
/* Which case a verb is about. */
#pragma once

#include "cli/command.h"
#include "store/store.h"

/*
 * Opens the history, runs `work` on it and closes it again; what had to be put right in it is said
 * on standard error. Returns what `work` returns.
 */
int cases_with(struct invocation *inv,
	int (*work)(struct invocation *inv, struct store *s, struct err *err), struct err *err);
/* "17" or "case-17"; "last" gives 0. A usage error otherwise. */
int case_id_parse(const char *text, int64_t *ret, struct err *err);
/* The positional id, else --case, else the last of the verb (NULL: any). */
int case_pick(struct invocation *inv, struct store *s, const char *verb, struct casefile *ret,
	struct err *err);
