/* SPDX-License-Identifier: MIT */
/* Running a diagnosis for a verb: words, progress, the one question. */
#pragma once

#include "cli/command.h"
#include "model/diagnosis.h"

struct diagnose_request {
	const char *words; /* "" none */
	double window_s;
	bool skip_tools;
	bool may_ask; /* ask the one question when somebody is there */
};

int diagnose_take(struct invocation *inv, const struct diagnose_request *req,
	struct diagnosis **ret, struct err *err);
/* The positional arguments as one text. */
const char *words_of(struct invocation *inv);
