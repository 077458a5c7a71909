/* SPDX-License-Identifier: MIT */
/* The diagnose screen: symptom, process or project, environment, machine, signals, tools, plan. */
#pragma once

#include "base/sink.h"
#include "model/diagnosis.h"
#include "render/text_style.h"

void text_diagnosis(struct sink *out, const struct diagnosis *d, const struct text_style *style);
/* Symptom, environment and alarming signals only: what stands before a profile. */
void text_diagnosis_brief(
	struct sink *out, const struct diagnosis *d, const struct text_style *style);
