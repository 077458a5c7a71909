/* SPDX-License-Identifier: MIT */
/* Parser of /proc/meminfo and /proc/vmstat (proc(5)). */
#include "parse/proc_memory.h"

#include "base/compiler.h"
#include "parse/proc_keys.h"

#include <errno.h>

int proc_meminfo_parse(struct span text, struct proc_meminfo *ret, struct err *err)
{
#define KEY(name, member)                                   \
	{                                                   \
		name, offsetof(struct proc_meminfo, member) \
	}
	static const struct proc_key keys[] = {
		KEY("MemTotal", total),
		KEY("MemFree", free),
		KEY("MemAvailable", available),
		KEY("Buffers", buffers),
		KEY("Cached", cached),
		KEY("SwapTotal", swap_total),
		KEY("SwapFree", swap_free),
		KEY("Dirty", dirty),
		KEY("Writeback", writeback),
		KEY("AnonPages", anon),
		KEY("Shmem", shmem),
		KEY("SReclaimable", slab_reclaimable),
		KEY("CommitLimit", commit_limit),
		KEY("Committed_AS", committed),
	};
#undef KEY
	struct proc_meminfo m = { .available = UINT64_MAX };

	proc_keys_read(text, keys, ARRAY_LEN(keys), &m);
	if (m.total == 0)
		return fail(err, EINVAL, "no MemTotal in /proc/meminfo");
	if (m.available == UINT64_MAX)
		m.available = MIN(m.free + m.buffers + m.cached, m.total);
	m.swap_free = MIN(m.swap_free, m.swap_total);
	*ret = m;
	return 0;
}

int proc_vmstat_parse(struct span text, struct proc_vmstat *ret, struct err *err)
{
#define KEY(member)                                           \
	{                                                     \
#member, offsetof(struct proc_vmstat, member) \
	}
	static const struct proc_key keys[] = {
		KEY(pgpgin),
		KEY(pgpgout),
		KEY(pswpin),
		KEY(pswpout),
		KEY(pgfault),
		KEY(pgmajfault),
		KEY(pgscan_direct),
		KEY(oom_kill),
		KEY(compact_stall),
	};
#undef KEY
	struct proc_vmstat v = { 0 };

	if (proc_keys_read(text, keys, ARRAY_LEN(keys), &v) == 0)
		return fail(err, EINVAL, "/proc/vmstat is not understood");
	*ret = v;
	return 0;
}
