/* SPDX-License-Identifier: MIT */
/* Numbers as people read them. */
#include "base/human.h"

#include "base/compiler.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

char *human_ns(char *out, uint64_t ns)
{
	double v = (double)ns;

	if (ns < 1000)
		snprintf(out, HUMAN_LEN, "%" PRIu64 " ns", ns);
	else if (v < 1e6)
		snprintf(out, HUMAN_LEN, "%.3g us", v / 1e3);
	else if (v < 999.5e6)
		snprintf(out, HUMAN_LEN, "%.*f ms", v < 10e6 ? 2 : v < 100e6 ? 1 : 0, v / 1e6);
	else if (v < 120e9)
		snprintf(out, HUMAN_LEN, "%.*f s", v < 100e9 ? 1 : 0, v / 1e9);
	else
		snprintf(out, HUMAN_LEN, "%" PRIu64 " min %" PRIu64 " s", ns / 60000000000u,
			ns / 1000000000u % 60);
	return out;
}

char *human_bytes(char *out, double bytes)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t u = 0;

	while ((bytes >= 1024 || bytes <= -1024) && u + 1 < ARRAY_LEN(unit)) {
		bytes /= 1024;
		u++;
	}
	snprintf(out, HUMAN_LEN, "%.*f %s", u == 0 ? 0 : 1, bytes, unit[u]);
	return out;
}

char *human_count(char *out, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	size_t at = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[at++] = ' ';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}
