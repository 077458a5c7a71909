/* SPDX-License-Identifier: MIT */
/* Mappings with their resident sizes. */
#include "parse/proc_smaps.h"

#include "parse/proc_maps.h"

static bool is_header(struct span line)
{
	uint8_t c = line.n ? line.p[0] : 0;

	/* "7f12...-7f13... r-xp"; the figures below it begin with a capital letter */
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* "Rss:   12 kB" */
static bool kilobytes(struct span line, const char *name, uint64_t *ret)
{
	uint64_t v;

	if (!span_starts(line, name))
		return false;
	struct span rest = span_trim(span_from(line, strlen(name)));

	if (span_next_u64(&rest, &v) && v < (uint64_t)1 << 50)
		*ret = v * 1024;
	return true;
}

bool proc_smaps_next(struct span *text, struct proc_smap *ret)
{
	struct span line, rest = *text;
	struct proc_mapping m;
	bool have = false;

	while (!have && span_next_line(&rest, &line))
		have = is_header(line) && proc_maps_next(&(struct span){ line.p, line.n }, &m);
	if (!have)
		return false;
	*ret = (struct proc_smap){ .path = m.path, .writable = m.writable, .shared = m.shared };
	*text = rest;
	while (span_next_line(&rest, &line) && !is_header(line)) {
		if (!kilobytes(line, "Rss:", &ret->rss) &&
			!kilobytes(line, "Anonymous:", &ret->anonymous))
			kilobytes(line, "AnonHugePages:", &ret->huge);
		*text = rest;
	}
	return true;
}
