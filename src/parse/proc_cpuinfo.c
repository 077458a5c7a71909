/* SPDX-License-Identifier: MIT */
/* Parser of /proc/cpuinfo. */
#include "parse/proc_cpuinfo.h"

#include "base/compiler.h"

static bool has_word(struct span text, const char *want)
{
	struct span word;

	while (span_next_word(&text, &word))
		if (span_eq(word, want))
			return true;
	return false;
}

void proc_cpuinfo_parse(struct span text, struct proc_cpuinfo *ret)
{
	struct proc_cpuinfo c = { 0 };
	struct span line, key;
	double sum = 0, mhz;
	unsigned n = 0;

	while (span_next_line(&text, &line)) {
		if (!span_next_part(&line, ':', &key))
			continue; /* empty line between the CPUs */
		key = span_trim(key);
		line = span_trim(line);
		if (span_eq(key, "processor")) {
			c.cpus++;
		} else if (span_eq(key, "model name") || span_eq(key, "cpu model") ||
			span_eq(key, "cpu")) {
			size_t len = MIN(line.n, sizeof(c.model) - 1);

			if (!c.model[0] && len)
				memcpy(c.model, line.p, len);
		} else if (span_eq(key, "cpu MHz") && span_parse_double(line, &mhz) && mhz > 0) {
			sum += mhz;
			n++;
		} else if (span_eq(key, "flags") && !c.hypervisor) {
			c.hypervisor = has_word(line, "hypervisor");
		}
	}
	c.mhz = n ? sum / n : 0;
	*ret = c;
}
