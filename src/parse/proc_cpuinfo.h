/* SPDX-License-Identifier: MIT */
/* /proc/cpuinfo: the model name and the clock the kernel believes in. */
#pragma once

#include "base/span.h"

struct proc_cpuinfo {
	char model[128]; /* "" unknown (most arm64) */
	double mhz;      /* mean of all CPUs, 0 unknown */
	unsigned cpus;
	bool hypervisor; /* the CPU flag says we are a guest */
};

/* Never fails: every architecture prints other things. */
void proc_cpuinfo_parse(struct span text, struct proc_cpuinfo *ret);
