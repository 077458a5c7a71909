/* SPDX-License-Identifier: MIT */
/* Mappings of recorded processes. */
#include "parse/perf_maps.h"

#include "base/compiler.h"

static uint32_t module_new(struct perf_maps *m, enum format_module_kind kind, const char *path)
{
	uint32_t id = (uint32_t)m->modules.n;

	*vec_push(&m->modules) = (struct format_module){
		.kind = kind, .id = id, .path = arena_strdup(&m->arena, path), .release = ""
	};
	return id;
}

void perf_maps_init(struct perf_maps *m)
{
	*m = (struct perf_maps){ 0 };
	strtab_init(&m->paths);
	module_new(m, FORMAT_MODULE_KERNEL, "[kernel]");
	module_new(m, FORMAT_MODULE_OTHER, "");
	module_new(m, FORMAT_MODULE_OTHER, "[guest]");
}

void perf_maps_done(struct perf_maps *m)
{
	vec_foreach (p, &m->processes)
		vec_done(&p->maps);
	vec_done(&m->processes);
	vec_done(&m->modules);
	strtab_done(&m->paths);
	map_u64_done(&m->by_path);
	map_u64_done(&m->index);
	arena_done(&m->arena);
}

static struct perf_process *process_of(struct perf_maps *m, int32_t pid)
{
	bool fresh;

	if (m->last < m->processes.n && m->processes.v[m->last].pid == pid)
		return &m->processes.v[m->last];
	uint32_t *slot = map_u64_put(&m->index, (uint32_t)pid, &fresh);

	if (fresh) {
		*slot = (uint32_t)m->processes.n;
		*vec_push(&m->processes) = (struct perf_process){ .pid = pid };
	}
	m->last = *slot;
	return &m->processes.v[*slot];
}

static bool is_kernel_name(const char *path)
{
	return strncmp(path, "[kernel.kallsyms]", 17) == 0 || strncmp(path, "[kernel]", 8) == 0 ||
		strstr(path, "vmlinux") != NULL;
}

static bool is_anonymous(const char *path)
{
	return path[0] != '/' || strncmp(path, "//anon", 6) == 0 ||
		strncmp(path, "/memfd:", 7) == 0 || strncmp(path, "/dev/zero", 9) == 0 ||
		strncmp(path, "/SYSV", 5) == 0;
}

/* One module per path and file: a file that was replaced meanwhile is another one. */
static uint32_t module_of(struct perf_maps *m, int32_t pid, const struct perf_map_record *r)
{
	bool vdso = strcmp(r->path, "[vdso]") == 0, anon = !vdso && is_anonymous(r->path);
	uint64_t key = (uint64_t)strtab_add(&m->paths, anon ? "" : r->path) << 32;
	bool fresh;

	key |= anon ? (uint32_t)pid : (uint32_t)hash_u64(r->inode + 1);
	uint32_t *slot = map_u64_put(&m->by_path, key, &fresh);

	if (!fresh)
		return *slot;
	uint32_t id = module_new(m,
		vdso           ? FORMAT_MODULE_VDSO
			: anon ? FORMAT_MODULE_OTHER
			       : FORMAT_MODULE_FILE,
		anon ? "[anon]" : r->path);
	struct format_module *f = &m->modules.v[id];

	*slot = id;
	f->pid = pid;
	f->inode = r->inode;
	f->dev = (uint64_t)r->maj << 32 | r->min;
	f->build_id_len = MIN(r->build_id.n, sizeof(f->build_id));
	if (f->build_id_len)
		memcpy(f->build_id, r->build_id.p, f->build_id_len);
	return id;
}

/* Puts it in, cutting away what it covers. */
static void map_insert(struct perf_process *p, struct perf_mapping m)
{
	size_t lo = 0, hi = p->maps.n;

	p->generation++;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (p->maps.v[mid].end <= m.start)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* [lo, last) overlap the new one; the ends of the first and last may stick out */
	size_t last = lo;
	struct perf_mapping keep[3];
	size_t n = 0;

	while (last < p->maps.n && p->maps.v[last].start < m.end)
		last++;
	if (last - lo == 0 && p->maps.n >= PERF_MAX_MAPPINGS)
		return;
	if (last > lo && p->maps.v[lo].start < m.start) {
		keep[n] = p->maps.v[lo];
		keep[n++].end = m.start;
	}
	keep[n++] = m;
	if (last > lo && p->maps.v[last - 1].end > m.end) {
		keep[n] = p->maps.v[last - 1];
		keep[n].offset += m.end - keep[n].start;
		keep[n++].start = m.end;
	}
	size_t old = last - lo, tail = p->maps.n - last;

	for (size_t i = old; i < n; i++)
		vec_push(&p->maps);
	p->maps.n = lo + n + tail;
	memmove(p->maps.v + lo + n, p->maps.v + last, tail * sizeof(*p->maps.v));
	memcpy(p->maps.v + lo, keep, n * sizeof(*keep));
}

void perf_maps_add(struct perf_maps *m, const struct perf_record *r)
{
	const struct perf_map_record *map = &r->map;
	struct perf_mapping v = { .start = map->start, .offset = map->offset };

	if (__builtin_add_overflow(map->start, map->len, &v.end))
		v.end = UINT64_MAX;
	if (v.end <= v.start)
		return;
	/*
	 * Mappings of the kernel have no process. Its own says where _text was; its modules are in
	 * its table of symbols, too.
	 */
	if ((int32_t)r->pid == -1) {
		if (is_kernel_name(map->path))
			m->modules.v[PERF_MODULE_KERNEL].kernel_text = map->offset;
		return;
	}
	v.module = module_of(m, (int32_t)r->pid, map);
	map_insert(process_of(m, (int32_t)r->pid), v);
}

void perf_maps_fork(struct perf_maps *m, int32_t parent, int32_t child)
{
	if (parent == child)
		return; /* a thread */
	/* both first: making one may move the other */
	process_of(m, parent);
	struct perf_process *to = process_of(m, child), *from = process_of(m, parent);

	to->generation++;
	to->maps.n = 0;
	vec_foreach (v, &from->maps)
		*vec_push(&to->maps) = *v;
}

void perf_maps_exec(struct perf_maps *m, int32_t pid)
{
	struct perf_process *p = process_of(m, pid);

	p->generation++;
	p->maps.n = 0;
}

void perf_maps_build_id(struct perf_maps *m, const char *path, struct span id)
{
	bool kernel = is_kernel_name(path);

	id.n = MIN(id.n, sizeof(m->modules.v->build_id));
	vec_foreach (f, &m->modules) {
		if (f->build_id_len ||
			!(kernel ? f->kind == FORMAT_MODULE_KERNEL : strcmp(f->path, path) == 0))
			continue;
		f->build_id_len = id.n;
		if (id.n)
			memcpy(f->build_id, id.p, id.n);
	}
}

static const struct perf_mapping *find(const struct perf_process *p, uint64_t addr)
{
	size_t lo = 0, hi = p->maps.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (p->maps.v[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->maps.n && p->maps.v[lo].start <= addr ? &p->maps.v[lo] : NULL;
}

uint32_t perf_maps_user(struct perf_maps *m, int32_t pid, uint64_t addr, uint64_t *ret_offset)
{
	const struct perf_mapping *v = find(process_of(m, pid), addr);

	*ret_offset = addr;
	if (!v)
		return PERF_MODULE_UNKNOWN;
	if (m->modules.v[v->module].kind != FORMAT_MODULE_OTHER)
		*ret_offset = addr - v->start + v->offset;
	return v->module;
}

uint32_t perf_maps_generation(struct perf_maps *m, int32_t pid)
{
	return process_of(m, pid)->generation;
}
