/* SPDX-License-Identifier: MIT */
/* Parser of /proc/stat and /proc/loadavg (proc(5)). */
#include "parse/proc_stat.h"

#include <errno.h>

enum { MAX_CPUS = 8192 };

uint64_t cpu_ticks_total(const struct cpu_ticks *t)
{
	return t->user + t->nice + t->system + t->idle + t->iowait + t->irq + t->softirq + t->steal;
}

/* Old kernels have fewer columns; what is missing stays 0. */
static void read_ticks(struct span line, struct cpu_ticks *t)
{
	uint64_t *const fields[] = { &t->user, &t->nice, &t->system, &t->idle, &t->iowait, &t->irq,
		&t->softirq, &t->steal };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (!span_next_u64(&line, fields[i]))
			return;
}

static size_t count_cpu_lines(struct span text)
{
	struct span line;
	size_t n = 0;

	while (span_next_line(&text, &line))
		n += span_starts(line, "cpu") && line.n > 3 && line.p[3] != ' ';
	return MIN(n, (size_t)MAX_CPUS);
}

static void read_cpu_line(struct proc_stat *st, size_t max, struct span name, struct span rest)
{
	uint64_t id;

	if (st->n_cpus >= max || !span_parse_u64(span_from(name, 3), &id) || id > UINT32_MAX)
		return;
	st->cpu_ids[st->n_cpus] = (unsigned)id;
	read_ticks(rest, &st->cpus[st->n_cpus++]);
}

int proc_stat_parse(struct span text, struct arena *a, struct proc_stat *ret, struct err *err)
{
	size_t max = count_cpu_lines(text);
	struct proc_stat st = {
		.cpus = arena_array(a, max, sizeof(*st.cpus)),
		.cpu_ids = arena_array(a, max, sizeof(*st.cpu_ids)),
	};
	const struct {
		const char *key;
		uint64_t *value;
	} singles[] = {
		{ "ctxt", &st.context_switches },
		{ "intr", &st.interrupts },
		{ "processes", &st.forks },
		{ "btime", &st.boot_time_s },
		{ "procs_running", &st.running },
		{ "procs_blocked", &st.blocked },
	};
	struct span line, key;
	bool found = false;

	while (span_next_line(&text, &line)) {
		if (!span_next_word(&line, &key))
			continue;
		if (span_eq(key, "cpu")) {
			read_ticks(line, &st.all);
			found = true;
		} else if (span_starts(key, "cpu")) {
			read_cpu_line(&st, max, key, line);
		}
		for (size_t i = 0; i < ARRAY_LEN(singles); i++)
			if (span_eq(key, singles[i].key))
				span_next_u64(&line, singles[i].value);
	}
	if (!found)
		return fail(err, EINVAL, "no 'cpu' line in /proc/stat");
	*ret = st;
	return 0;
}

int proc_loadavg_parse(struct span text, struct proc_loadavg *ret, struct err *err)
{
	struct proc_loadavg l = { 0 };
	double *const loads[] = { &l.load1, &l.load5, &l.load15 };
	struct span word, part;

	for (size_t i = 0; i < ARRAY_LEN(loads); i++)
		if (!span_next_word(&text, &word) || !span_parse_double(word, loads[i]))
			return fail(err, EINVAL, "/proc/loadavg is not understood");
	if (span_next_word(&text, &word) && span_next_part(&word, '/', &part)) {
		span_parse_u64(part, &l.running);
		span_parse_u64(word, &l.tasks);
	}
	*ret = l;
	return 0;
}
