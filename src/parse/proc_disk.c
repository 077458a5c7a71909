/* SPDX-License-Identifier: MIT */
/* Parser of /proc/diskstats. */
#include "parse/proc_disk.h"

#include "base/vec.h"

enum { MAX_DISKS = 4096 };

static bool read_disk(struct span line, struct arena *a, struct proc_disk *ret)
{
	struct proc_disk d = { 0 };
	uint64_t major, minor, merged;
	struct span name;

	if (!span_next_u64(&line, &major) || !span_next_u64(&line, &minor) ||
		!span_next_word(&line, &name))
		return false;
	uint64_t *const fields[] = { &d.reads, &merged, &d.read_sectors, &d.read_ms, &d.writes,
		&merged, &d.write_sectors, &d.write_ms, &d.in_flight, &d.io_ms, &d.weighted_ms,
		&d.discards, &merged, &merged, &d.discard_ms, &d.flushes, &d.flush_ms };
	size_t n = 0;

	while (n < ARRAY_LEN(fields) && span_next_u64(&line, fields[n]))
		n++;
	if (n < 11) /* partitions of Linux 2.6 had four columns */
		return false;
	d.major = (unsigned)major;
	d.minor = (unsigned)minor;
	d.name = arena_strndup(a, name.p, MIN(name.n, (size_t)64));
	*ret = d;
	return true;
}

void proc_disks_parse(struct span text, struct arena *a, struct proc_disks *ret)
{
	vec_of(struct proc_disk) disks = { 0 };
	struct proc_disk d;
	struct span line;

	while (disks.n < MAX_DISKS && span_next_line(&text, &line))
		if (read_disk(line, a, &d))
			*vec_push(&disks) = d;
	ret->n = disks.n;
	ret->v = arena_array(a, disks.n, sizeof(d));
	if (disks.n)
		memcpy(ret->v, disks.v, disks.n * sizeof(d));
	vec_done(&disks);
}
