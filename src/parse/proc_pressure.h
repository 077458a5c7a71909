/* SPDX-License-Identifier: MIT */
/* Pressure stall information: /proc/pressure and cgroup cpu.pressure
 * (Documentation/accounting/psi.rst). */
#pragma once

#include "base/err.h"
#include "base/span.h"

struct proc_pressure {
	bool has_some, has_full;       /* "full" of cpu is absent before Linux 5.13 */
	double some_avg10, full_avg10; /* percent of time */
	uint64_t some_total_us, full_total_us;
};

int proc_pressure_parse(struct span text, struct proc_pressure *ret, struct err *err);
