/* SPDX-License-Identifier: MIT */
/*
 * What a knowledge set must fulfil beyond its schema: unique ids, references that resolve, words
 * from fixed sets, conditions over known metrics. The first problem is the error, with the file
 * and line of the record.
 */
#pragma once

#include "base/err.h"
#include "knowledge/records.h"

/* Ids are unique per kind and well formed (for one set of files, before it is laid over another).
 */
int knowledge_check_ids(const struct knowledge *k, struct err *err);
/* Everything that refers to something: for a complete set. */
int knowledge_check(const struct knowledge *k, struct err *err);
