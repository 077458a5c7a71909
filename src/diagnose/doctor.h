/* SPDX-License-Identifier: MIT */
/* From what was tried here to the ladder, the missing permissions and how to grant them. */
#pragma once

#include "collect/access.h"
#include "knowledge/knowledge.h"
#include "model/doctor.h"

/* program: our own path, for commands. Everything lives in the arena. */
void doctor_judge(const struct access *acc, const struct knowledge *k, const char *program,
	struct arena *a, struct doctor *ret);
/* Ids of the permissions that are judged here, NULL-ended: each must have a record. */
extern const char *const doctor_permission_ids[];
