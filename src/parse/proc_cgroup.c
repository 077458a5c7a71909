/* SPDX-License-Identifier: MIT */
/* Parsers of cgroup files (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/). */
#include "parse/proc_cgroup.h"

#include "parse/proc_keys.h"

#include <ctype.h>
#include <errno.h>

/* v1 prints PAGE_COUNTER_MAX (just below 2^63) for "no limit" */
#define NO_LIMIT_BYTES ((uint64_t)1 << 60)

static bool has_controller(struct span list, const char *name)
{
	struct span part;

	while (span_next_part(&list, ',', &part))
		if (span_eq(part, name))
			return true;
	return false;
}

void cgroup_paths_parse(struct span text, struct arena *a, struct cgroup_paths *ret)
{
	struct cgroup_paths p = { "", "", "", "", "", "", "" };
	const struct {
		const char *controller;
		const char **path;
	} v1[] = {
		{ "cpu", &p.v1_cpu },
		{ "cpuacct", &p.v1_cpuacct },
		{ "memory", &p.v1_memory },
		{ "pids", &p.v1_pids },
		{ "blkio", &p.v1_blkio },
		{ "name=systemd", &p.v1_systemd },
	};
	struct span line, id, controllers;

	while (span_next_line(&text, &line)) {
		if (!span_next_part(&line, ':', &id) || !span_next_part(&line, ':', &controllers))
			continue;
		if (line.n == 0 || line.p[0] != '/')
			continue;
		const char *path = arena_strndup(a, line.p, MIN(line.n, (size_t)4096));

		if (controllers.n == 0)
			p.unified = path;
		for (size_t i = 0; i < ARRAY_LEN(v1); i++)
			if (has_controller(controllers, v1[i].controller))
				*v1[i].path = path;
	}
	*ret = p;
}

/* mountinfo writes blanks as \040 */
static const char *unescape(struct span s, struct arena *a)
{
	char *out = arena_strndup(a, s.p, MIN(s.n, (size_t)4096)), *to = out;

	for (const char *from = out; *from; from++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
			from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				(from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return out;
}

void cgroup_mounts_parse(struct span mountinfo, struct arena *a, struct cgroup_mounts *ret)
{
	struct cgroup_mounts m = { "", "", "", "", "", "", "", "" };
	struct span line, word, root, point, type, options;

	while (span_next_line(&mountinfo, &line)) {
		bool complete = true;

		for (int skip = 0; skip < 3; skip++) /* id, parent, device */
			complete = complete && span_next_word(&line, &word);
		if (!complete || !span_next_word(&line, &root) || !span_next_word(&line, &point))
			continue;
		do
			complete = span_next_word(&line, &word);
		while (complete && !span_eq(word, "-"));
		if (!complete || !span_next_word(&line, &type) || !span_next_word(&line, &word) ||
			!span_next_word(&line, &options))
			continue;
		if (span_eq(type, "cgroup2") && !*m.unified) {
			m.unified = unescape(point, a);
			m.unified_root = unescape(root, a);
		}
		if (!span_eq(type, "cgroup"))
			continue;
		const struct {
			const char *controller, **point, **root;
		} v1[] = {
			{ "cpu", &m.cpu, &m.cpu_root },
			{ "memory", &m.memory, &m.memory_root },
			{ "pids", &m.pids, &m.pids_root },
		};

		for (size_t i = 0; i < ARRAY_LEN(v1); i++) {
			if (**v1[i].point || !has_controller(options, v1[i].controller))
				continue;
			*v1[i].point = unescape(point, a);
			*v1[i].root = unescape(root, a);
		}
	}
	*ret = m;
}

int cgroup_cpu_stat_parse(struct span text, struct cgroup_cpu_stat *ret, struct err *err)
{
	struct raw {
		uint64_t usage_us, periods, throttled, throttled_us, throttled_ns;
	} raw = { 0 };
#define KEY(name, member)                          \
	{                                          \
		name, offsetof(struct raw, member) \
	}
	static const struct proc_key keys[] = { KEY("usage_usec", usage_us),
		KEY("nr_periods", periods), KEY("nr_throttled", throttled),
		KEY("throttled_usec", throttled_us), KEY("throttled_time", throttled_ns) };
#undef KEY

	if (proc_keys_read(text, keys, ARRAY_LEN(keys), &raw) == 0)
		return fail(err, EINVAL, "cpu.stat is not understood");
	*ret = (struct cgroup_cpu_stat){
		.periods = raw.periods,
		.throttled = raw.throttled,
		.throttled_ns = raw.throttled_ns + raw.throttled_us * 1000,
		.usage_ns = raw.usage_us * 1000,
	};
	return 0;
}

int cgroup_memory_events_parse(struct span text, struct cgroup_memory_events *ret, struct err *err)
{
#define KEY(member)                                                    \
	{                                                              \
#member, offsetof(struct cgroup_memory_events, member) \
	}
	static const struct proc_key keys[] = { KEY(low), KEY(high), KEY(max), KEY(oom),
		KEY(oom_kill) };
#undef KEY
	struct cgroup_memory_events e = { 0 };

	if (proc_keys_read(text, keys, ARRAY_LEN(keys), &e) == 0)
		return fail(err, EINVAL, "memory events of a cgroup are not understood");
	*ret = e;
	return 0;
}

int cgroup_cpu_max_parse(struct span text, double *ret_cores, struct err *err)
{
	struct span word;
	uint64_t quota, period = 100000;

	if (!span_next_word(&text, &word))
		return fail(err, EINVAL, "cpu.max is empty");
	if (span_eq(word, "max")) {
		*ret_cores = 0;
		return 0;
	}
	if (!span_parse_u64(word, &quota))
		return fail(err, EINVAL, "cpu.max is not understood");
	if (span_next_word(&text, &word) && (!span_parse_u64(word, &period) || period == 0))
		return fail(err, EINVAL, "period of cpu.max is not understood");
	*ret_cores = (double)quota / (double)period;
	return 0;
}

int cgroup_limit_parse(struct span text, uint64_t *ret, struct err *err)
{
	struct span s = span_trim(text);
	uint64_t v;

	if (span_eq(s, "max") || span_eq(s, "-1")) {
		*ret = 0;
		return 0;
	}
	if (!span_parse_u64(s, &v))
		return fail(err, EINVAL, "limit of a cgroup is not understood");
	*ret = v >= NO_LIMIT_BYTES ? 0 : v;
	return 0;
}

uint64_t cgroup_inactive_file(struct span text)
{
	struct inactive {
		uint64_t v1, v2;
	} in = { 0 };
	static const struct proc_key keys[] = {
		{ "inactive_file", offsetof(struct inactive, v2) },
		{ "total_inactive_file", offsetof(struct inactive, v1) },
	};

	proc_keys_read(text, keys, ARRAY_LEN(keys), &in);
	return in.v1 ? in.v1 : in.v2;
}

/* Length of the longest run of hexadecimal digits; container ids are 64 of them. */
static struct span hex_run(struct span s)
{
	struct span best = { 0 };

	for (size_t i = 0; i < s.n; i++) {
		size_t n = 0;

		while (i + n < s.n && isxdigit(s.p[i + n]))
			n++;
		if (n > best.n)
			best = span_sub(s, i, n);
		i += n;
	}
	return best;
}

static struct span last_part(struct span path, struct span *ret_before)
{
	const uint8_t *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
	size_t at = slash ? (size_t)(slash - path.p) : 0;

	*ret_before = span_sub(path, 0, at);
	return slash ? span_from(path, at + 1) : path;
}

static const char *runtime_of(struct span part, struct span before)
{
	static const struct {
		const char *mark, *name;
	} marks[] = {
		{ "docker-", "docker" },
		{ "cri-containerd", "containerd" },
		{ "crio-", "crio" },
		{ "libpod-", "podman" },
		{ "nerdctl-", "containerd" },
	};

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (memmem(part.p, part.n, marks[i].mark, strlen(marks[i].mark)))
			return marks[i].name;
	if (memmem(before.p, before.n, "docker", 6))
		return "docker";
	if (memmem(before.p, before.n, "kubepods", 8))
		return "kubepods";
	if (memmem(before.p, before.n, "ecs", 3))
		return "ecs";
	return "";
}

/* "kubepods-besteffort-pod1234_ab.slice" or "pod1234-ab": the uid after "pod" */
static struct span pod_of(struct span path)
{
	const uint8_t *pod = memmem(path.p, path.n, "/pod", 4);

	if (!pod)
		pod = memmem(path.p, path.n, "-pod", 4);
	if (!pod)
		return (struct span){ 0 };
	struct span rest = span_from(path, (size_t)(pod - path.p) + 4);
	size_t n = 0;

	while (n < rest.n && (isxdigit(rest.p[n]) || rest.p[n] == '-' || rest.p[n] == '_'))
		n++;
	return span_sub(rest, 0, n);
}

const char *cgroup_container(const char *path, struct arena *a)
{
	struct span s = span_str(path), before;
	struct span part = last_part(s, &before), id;

	/* below the container there may be further groups (systemd inside, init.scope) */
	for (id = hex_run(part); id.n < 32 && before.n; id = hex_run(part))
		part = last_part(before, &before);
	if (span_starts(s, "/lxc/") || span_starts(s, "/lxc.payload.")) {
		struct span name = span_from(s, span_starts(s, "/lxc/") ? 5 : 13), first;

		if (span_next_part(&name, '/', &first) && first.n)
			return arena_printf(a, "lxc:%.*s", (int)first.n, (const char *)first.p);
	}
	if (id.n < 32)
		return "";
	const char *runtime = runtime_of(part, before);

	if (!*runtime)
		return "";
	if (memmem(s.p, s.n, "kubepods", 8)) {
		struct span pod = pod_of(s);

		return arena_printf(a, "kubepods:%.*s/%.*s", (int)pod.n, (const char *)pod.p, 12,
			(const char *)id.p);
	}
	return arena_printf(a, "%s:%.*s", runtime, 12, (const char *)id.p);
}

const char *cgroup_unit(const char *path, struct arena *a)
{
	struct span rest = span_str(path), part, unit = { 0 };

	while (span_next_part(&rest, '/', &part)) {
		static const char suffix[] = ".service";
		size_t n = sizeof(suffix) - 1;

		if (part.n > n && memcmp(part.p + part.n - n, suffix, n) == 0)
			unit = part;
	}
	return unit.n ? arena_strndup(a, unit.p, MIN(unit.n, (size_t)256)) : "";
}
