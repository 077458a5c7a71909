/* SPDX-License-Identifier: MIT */
/* What the target itself did in the baseline's window, as its "target" object. */
#pragma once

#include "base/json_writer.h"
#include "model/diagnosis.h"

/* Nothing when there was no target; no rates when the window is 0. */
void json_target(struct json *j, const struct baseline *b);
