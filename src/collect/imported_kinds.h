/* SPDX-License-Identifier: MIT */
/* Kinds of the frames of an imported profile: files say names and places, not whose code it is. */
#pragma once

#include "knowledge/knowledge.h"
#include "model/profile.h"

/* Frames that the file itself calls kernel, generated or unknown stay what they are. */
void imported_kinds(struct profile *p, const struct knowledge *k, const char *project_root);
