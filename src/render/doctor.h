/* SPDX-License-Identifier: MIT */
/* What can be measured here, as a text screen and as JSON (docs/formats/doctor.schema.json). */
#pragma once

#include "base/sink.h"
#include "model/doctor.h"
#include "render/text_style.h"

/* all: also what is granted already, with its risk. */
void text_doctor(
	struct sink *out, const struct doctor *d, bool all, const struct text_style *style);
void json_doctor(struct sink *out, const struct doctor *d);
