/* SPDX-License-Identifier: MIT */
/* The machine's baseline as the "baseline" object of a diagnosis. */
#pragma once

#include "base/json_writer.h"
#include "model/diagnosis.h"

/* Rates are left out when the window is 0: a level is not a rate. */
void json_baseline(struct json *j, const struct baseline *b);
