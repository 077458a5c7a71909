/* SPDX-License-Identifier: MIT */
/* Sections of the report: one card per finding, the diagnosis as a short list, files and commands.
 */
#pragma once

#include "base/sink.h"
#include "model/diagnosis.h"
#include "model/profile_result.h"

void report_findings(struct sink *out, const struct profile_result *r);
void report_diagnosis(struct sink *out, const struct diagnosis *d);
/* Not measured, files, runs, the next command. */
void report_ending(struct sink *out, const struct profile_result *r);
