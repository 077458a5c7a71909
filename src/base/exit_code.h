/* SPDX-License-Identifier: MIT */
/* The exit codes every verb uses; scripts and CI rely on them (docs/adr/0002-exit-codes.md). */
#pragma once

enum exit_code {
	EXIT_FINE = 0,
	EXIT_NEGATIVE = 1, /* negative verdict: regression, budget exceeded, change rejected */
	EXIT_USAGE = 2,
	EXIT_INCONCLUSIVE = 3,
	EXIT_NOT_MEASURED = 4, /* target failed, or nothing was measured */
	EXIT_UNFIT = 5,        /* environment unfit or permission missing */
	EXIT_BUG = 70,
	EXIT_INTERRUPTED = 130,
};
