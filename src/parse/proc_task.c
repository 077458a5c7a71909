/* SPDX-License-Identifier: MIT */
/* Parsers of the files below /proc/PID (proc(5)). */
#include "parse/proc_task.h"

#include "base/compiler.h"
#include "parse/proc_keys.h"

#include <errno.h>

#define PF_KTHREAD 0x00200000u /* include/linux/sched.h */

/* The numbers after "(comm) S"; columns as in proc(5), the first one here is 4. */
enum { STAT_FIRST = 4, STAT_LAST = 42 };

static size_t read_numbers(struct span text, int64_t *v, size_t max)
{
	struct span word;
	size_t n = 0;

	while (n < max && span_next_word(&text, &word)) {
		bool negative = word.p[0] == '-';
		uint64_t u;

		if (!span_parse_u64(span_from(word, negative), &u))
			break;
		v[n++] = negative ? -(int64_t)MIN(u, (uint64_t)INT64_MAX) : (int64_t)u;
	}
	return n;
}

int proc_task_stat_parse(struct span text, struct proc_task_stat *ret, struct err *err)
{
	struct proc_task_stat t = { 0 };
	int64_t v[STAT_LAST - STAT_FIRST + 1] = { 0 };
	uint64_t pid;
	/* the name may hold ") R 1": the last parenthesis ends it */
	const uint8_t *open = text.n ? memchr(text.p, '(', text.n) : NULL;
	const uint8_t *close = text.n ? memrchr(text.p, ')', text.n) : NULL;

	if (!open || !close || close < open)
		return fail(err, EINVAL, "stat of a process is not understood");
	struct span head = span_sub(text, 0, (size_t)(open - text.p));
	struct span rest = span_from(text, (size_t)(close - text.p) + 1), word;

	if (!span_parse_u64(span_trim(head), &pid) || pid > INT32_MAX ||
		!span_next_word(&rest, &word) ||
		read_numbers(rest, v, ARRAY_LEN(v)) < 24 - STAT_FIRST + 1)
		return fail(err, EINVAL, "stat of a process is not understood");
	t.pid = (pid_t)pid;
	t.state = (char)word.p[0];
	memcpy(t.comm, open + 1, MIN((size_t)(close - open - 1), sizeof(t.comm) - 1));
#define COLUMN(n) v[(n)-STAT_FIRST]
	t.ppid = (pid_t)COLUMN(4);
	t.tty = (uint32_t)COLUMN(7);
	t.kernel_thread = COLUMN(9) & PF_KTHREAD;
	t.minor_faults = (uint64_t)COLUMN(10);
	t.major_faults = (uint64_t)COLUMN(12);
	t.user_ticks = (uint64_t)COLUMN(14);
	t.system_ticks = (uint64_t)COLUMN(15);
	t.child_user_ticks = (uint64_t)COLUMN(16);
	t.child_system_ticks = (uint64_t)COLUMN(17);
	t.nice = COLUMN(19);
	t.threads = (uint64_t)COLUMN(20);
	t.start_ticks = (uint64_t)COLUMN(22);
	t.vsize_bytes = (uint64_t)COLUMN(23);
	t.rss_pages = (uint64_t)MAX(COLUMN(24), 0);
	t.blkio_ticks = (uint64_t)COLUMN(42);
#undef COLUMN
	*ret = t;
	return 0;
}

/* "NSpid:	812	7	1": one number per nested pid namespace */
static void read_ns_pid(struct span text, struct proc_task_status *t)
{
	struct span line, word;
	uint64_t v;

	while (span_next_line(&text, &line)) {
		if (!span_next_word(&line, &word) || !span_eq(word, "NSpid:"))
			continue;
		while (span_next_u64(&line, &v)) {
			t->ns_levels++;
			t->ns_pid = v;
		}
		return;
	}
}

static uint64_t read_mask(struct span text, const char *key)
{
	struct span line, word;
	uint64_t v = 0;

	while (span_next_line(&text, &line))
		if (span_next_word(&line, &word) && span_eq(word, key))
			return span_next_word(&line, &word) && span_parse_hex(word, &v) ? v : 0;
	return 0;
}

int proc_task_status_parse(struct span text, struct proc_task_status *ret, struct err *err)
{
#define KEY(name, member)                                       \
	{                                                       \
		name, offsetof(struct proc_task_status, member) \
	}
	static const struct proc_key keys[] = {
		KEY("Tgid", tgid),
		KEY("PPid", ppid),
		KEY("TracerPid", tracer),
		KEY("Uid", uid),
		KEY("VmHWM", vm_hwm),
		KEY("VmRSS", vm_rss),
		KEY("RssAnon", rss_anon),
		KEY("RssFile", rss_file),
		KEY("RssShmem", rss_shmem),
		KEY("VmSwap", vm_swap),
		KEY("Threads", threads),
		KEY("voluntary_ctxt_switches", voluntary_switches),
		KEY("nonvoluntary_ctxt_switches", involuntary_switches),
	};
#undef KEY
	struct proc_task_status t = { 0 };

	if (proc_keys_read(text, keys, ARRAY_LEN(keys), &t) == 0)
		return fail(err, EINVAL, "status of a process is not understood");
	read_ns_pid(text, &t);
	t.sig_caught = read_mask(text, "SigCgt:");
	t.sig_ignored = read_mask(text, "SigIgn:");
	t.sig_blocked = read_mask(text, "SigBlk:");
	*ret = t;
	return 0;
}

int proc_task_io_parse(struct span text, struct proc_task_io *ret, struct err *err)
{
#define KEY(member)                                            \
	{                                                      \
#member, offsetof(struct proc_task_io, member) \
	}
	static const struct proc_key keys[] = { KEY(rchar), KEY(wchar), KEY(syscr), KEY(syscw),
		KEY(read_bytes), KEY(write_bytes) };
#undef KEY
	struct proc_task_io io = { 0 };

	if (proc_keys_read(text, keys, ARRAY_LEN(keys), &io) == 0)
		return fail(err, EINVAL, "io of a process is not understood");
	*ret = io;
	return 0;
}

int proc_schedstat_parse(struct span text, struct proc_schedstat *ret, struct err *err)
{
	struct proc_schedstat s;

	if (!span_next_u64(&text, &s.run_ns) || !span_next_u64(&text, &s.wait_ns) ||
		!span_next_u64(&text, &s.slices))
		return fail(err, EINVAL, "schedstat is not understood");
	*ret = s;
	return 0;
}

int proc_smaps_rollup_parse(struct span text, struct proc_smaps_rollup *ret, struct err *err)
{
#define KEY(name, member)                                        \
	{                                                        \
		name, offsetof(struct proc_smaps_rollup, member) \
	}
	static const struct proc_key keys[] = { KEY("Rss", rss), KEY("Pss", pss),
		KEY("Shared_Clean", shared_clean), KEY("Private_Clean", private_clean),
		KEY("Private_Dirty", private_dirty), KEY("Anonymous", anonymous),
		KEY("Swap", swap) };
#undef KEY
	struct proc_smaps_rollup r = { 0 };

	if (proc_keys_read(text, keys, ARRAY_LEN(keys), &r) == 0)
		return fail(err, EINVAL, "smaps_rollup is not understood");
	*ret = r;
	return 0;
}

int proc_limits_parse(struct span text, struct proc_limits *ret, struct err *err)
{
	struct proc_limits l = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
		UINT64_MAX };
	const struct {
		const char *key;
		uint64_t *value;
	} keys[] = {
		{ "Max open files", &l.nofile },
		{ "Max processes", &l.nproc },
		{ "Max core file size", &l.core },
		{ "Max locked memory", &l.memlock },
		{ "Max stack size", &l.stack },
		{ "Max address space", &l.address_space },
	};
	struct span line;
	bool found = false;

	while (span_next_line(&text, &line)) {
		for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
			if (!span_starts(line, keys[i].key))
				continue;
			struct span rest = span_from(line, strlen(keys[i].key));

			span_next_u64(&rest, keys[i].value); /* "unlimited" leaves the maximum */
			found = true;
		}
	}
	if (!found)
		return fail(err, EINVAL, "limits of a process are not understood");
	*ret = l;
	return 0;
}

int proc_syscall_parse(struct span text, struct proc_syscall *ret, struct err *err)
{
	struct proc_syscall s = { 0 };
	struct span word;

	if (!span_next_word(&text, &word))
		return fail(err, EINVAL, "syscall of a thread is empty");
	if (span_eq(word, "running")) {
		s.running = true;
	} else if (span_parse_u64(word, &s.nr)) {
		s.in_syscall = true;
		span_next_u64(&text, &s.arg0);
	} else if (!span_eq(word, "-1")) {
		return fail(err, EINVAL, "syscall of a thread is not understood");
	}
	*ret = s;
	return 0;
}

int proc_statm_parse(
	struct span text, uint64_t *ret_size_pages, uint64_t *ret_rss_pages, struct err *err)
{
	uint64_t size, rss;

	if (!span_next_u64(&text, &size) || !span_next_u64(&text, &rss))
		return fail(err, EINVAL, "statm of a process is not understood");
	*ret_size_pages = size;
	*ret_rss_pages = rss;
	return 0;
}

int proc_file_nr_parse(struct span text, uint64_t *ret_used, uint64_t *ret_max, struct err *err)
{
	uint64_t allocated, unused, max;

	if (!span_next_u64(&text, &allocated) || !span_next_u64(&text, &unused) ||
		!span_next_u64(&text, &max))
		return fail(err, EINVAL, "/proc/sys/fs/file-nr is not understood");
	*ret_used = allocated - MIN(unused, allocated);
	*ret_max = max;
	return 0;
}

bool proc_socket_link_parse(struct span link, uint64_t *ret_inode)
{
	if (!span_starts(link, "socket:[") || link.p[link.n - 1] != ']')
		return false;
	return span_parse_u64(span_sub(link, 8, link.n - 9), ret_inode);
}

bool proc_string_next(struct span *block, struct span *ret)
{
	return span_next_part(block, '\0', ret);
}
