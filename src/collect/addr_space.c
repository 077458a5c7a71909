/* SPDX-License-Identifier: MIT */
/* Executable mappings per process. */
#include "collect/addr_space.h"

#include "base/clock.h"
#include "parse/proc_maps.h"

#include <elf.h>
#include <stdio.h>
#include <sys/sysmacros.h>

/* Mappings are read again when an address is in none of them: soon at first, then ever rarer. */
static const uint64_t MAPS_AGAIN_MIN_NS = 1000000, MAPS_AGAIN_MAX_NS = 200000000;

enum { MAX_MAPS = 1 << 18, MAX_MAPS_FILE = 64 << 20 };

void addr_spaces_init(struct addr_spaces *as, struct module_table *modules)
{
	*as = (struct addr_spaces){ .modules = modules,
		.places = xcalloc(CODE_PLACES, sizeof(*as->places)) };
}

void addr_spaces_done(struct addr_spaces *as)
{
	vec_foreach (it, &as->v) {
		vec_done(&(*it)->maps);
		free(*it);
	}
	vec_done(&as->v);
	map_u64_done(&as->index);
	free(as->places);
}

struct process *addr_spaces_get(struct addr_spaces *as, pid_t pid, bool *ret_new)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&as->index, (uint64_t)(uint32_t)pid, &fresh);

	if (fresh) {
		struct process *p = xcalloc(1, sizeof(*p));

		p->pid = pid;
		*slot = (uint32_t)as->v.n;
		*vec_push(&as->v) = p;
	}
	if (ret_new)
		*ret_new = fresh;
	return as->v.v[*slot];
}

/* Index of the first mapping that ends after addr. */
static size_t lower_bound(const struct process *p, uint64_t addr)
{
	size_t lo = 0, hi = p->maps.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->maps.v[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct mapping *process_find(const struct process *p, uint64_t addr)
{
	size_t i = lower_bound(p, addr);

	return i < p->maps.n && p->maps.v[i].start <= addr ? &p->maps.v[i] : NULL;
}

const struct code_place *addr_spaces_code(
	struct addr_spaces *as, const struct process *p, uint64_t addr)
{
	struct code_place *c = &as->places[hash_u64(addr ^ (uint64_t)p->pid << 48) % CODE_PLACES];

	if (c->process == p && c->addr == addr && c->generation == p->generation)
		return c;
	const struct mapping *m = process_find(p, addr);

	if (!m)
		return NULL;
	const struct unwind_rows *rows = module_entry_rows(as->modules, m->mod);
	struct pclntab *go = module_entry_go(m->mod);
	uint64_t vaddr = addr - m->bias;

	*c = (struct code_place){ .process = p,
		.addr = addr,
		.generation = p->generation,
		.module = m->mod->m.id,
		.bias = m->bias,
		.has_rows = rows != NULL,
		.rule = rows ? unwind_rows_find(rows, vaddr) : NULL };
	if (!c->rule && go && pclntab_sp_delta(go, vaddr, &c->go_sp_delta)) {
		c->is_go = true;
		c->go_top = pclntab_is_top(go, vaddr);
		c->go_switch = pclntab_switches_stack(go, vaddr);
	}
	return c;
}

static void map_insert_at(struct process *p, size_t i, const struct mapping *m)
{
	vec_push(&p->maps);
	memmove(&p->maps.v[i + 1], &p->maps.v[i], (p->maps.n - 1 - i) * sizeof(p->maps.v[0]));
	p->maps.v[i] = *m;
}

/* Puts m in, cutting away what it replaces (the kernel reports no munmap). */
static void map_insert(struct process *p, const struct mapping *m)
{
	size_t i = lower_bound(p, m->start);

	if (p->maps.n >= MAX_MAPS)
		return;
	p->generation++;
	if (i < p->maps.n && p->maps.v[i].start < m->start) {
		struct mapping rest = p->maps.v[i];

		p->maps.v[i].end = m->start;
		i++;
		if (rest.end > m->end) {
			rest.start = m->end;
			map_insert_at(p, i, &rest);
		}
	}
	size_t gone = i;

	while (gone < p->maps.n && p->maps.v[gone].end <= m->end)
		gone++;
	if (gone < p->maps.n && p->maps.v[gone].start < m->end)
		p->maps.v[gone].start = m->end;
	if (gone > i) {
		p->maps.v[i] = *m;
		memmove(&p->maps.v[i + 1], &p->maps.v[gone],
			(p->maps.n - gone) * sizeof(p->maps.v[0]));
		p->maps.n -= gone - i - 1;
	} else {
		map_insert_at(p, i, m);
	}
}

/*
 * The virtual address of a mapped file offset. The kernel maps whole pages, so the offset may lie
 * before the segment's own, even inside another segment: only executable ones are meant here.
 */
static bool code_vaddr(const struct elf_image *e, uint64_t offset, uint64_t *ret)
{
	for (uint32_t i = 0; i < e->n_segments; i++) {
		const struct elf_segment *s = &e->segments[i];

		if (s->type != PT_LOAD || !(s->flags & PF_X) ||
			offset < (s->off & ~(uint64_t)4095) || offset >= s->off + s->filesz)
			continue;
		*ret = s->vaddr + (offset - s->off);
		return true;
	}
	return elf_image_vaddr(e, offset, ret);
}

void addr_spaces_mmap(struct addr_spaces *as, struct process *p, const struct map_event *ev)
{
	struct mapping m = { .start = ev->start, .end = ev->end };
	uint64_t vaddr;

	if (ev->end <= ev->start)
		return;
	if (strcmp(ev->path, "[vdso]") == 0) {
		m.mod = module_table_vdso(as->modules);
		m.bias = ev->start;
	} else if (ev->path[0] == '/' && ev->path[1] != '/') {
		m.mod = module_table_file(
			as->modules, p->pid, ev->path, ev->dev, ev->inode, ev->start, ev->end);
		if (m.mod->elf_ok && code_vaddr(&m.mod->elf, ev->offset, &vaddr)) {
			m.bias = ev->start - vaddr;
			if (!p->exe)
				p->exe = m.mod;
		} else if (m.mod->fd < 0) {
			/* a file we cannot reach: its offset is the best address we have */
			m.bias = ev->start - ev->offset;
		} else {
			m.mod = module_table_anon(as->modules, p->pid);
		}
	} else {
		m.mod = module_table_anon(as->modules, p->pid);
	}
	map_insert(p, &m);
}

void addr_spaces_fork(struct addr_spaces *as, pid_t parent, pid_t child)
{
	const struct process *from = addr_spaces_get(as, parent, NULL);
	struct process *to = addr_spaces_get(as, child, NULL);

	if (from == to)
		return;
	to->generation++;
	to->maps.n = 0;
	to->exe = from->exe;
	to->read_ns = from->read_ns;
	vec_foreach (m, &from->maps)
		*vec_push(&to->maps) = *m;
}

void addr_spaces_exec(struct addr_spaces *as, pid_t pid)
{
	struct process *p = addr_spaces_get(as, pid, NULL);

	p->generation++;
	p->maps.n = 0;
	p->exe = NULL;
	p->n_exec++;
	p->read_ns = p->read_wait_ns = 0;
}

bool addr_spaces_read_text(struct addr_spaces *as, struct process *p, struct span s)
{
	struct proc_mapping m;
	char path[4200];
	bool any = false;

	while (proc_maps_next(&s, &m)) {
		any = true;
		if (!m.executable)
			continue;
		snprintf(path, sizeof(path), "%.*s%s", (int)MIN(m.path.n, sizeof(path) - 16),
			(const char *)m.path.p, m.deleted ? " (deleted)" : "");
		addr_spaces_mmap(as, p,
			&(struct map_event){ .start = m.start,
				.end = m.end,
				.offset = m.offset,
				.inode = m.inode,
				.path = path,
				.dev = makedev((unsigned)m.dev_major, (unsigned)m.dev_minor) });
	}
	return any;
}

bool addr_spaces_read_proc(struct addr_spaces *as, struct process *p)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char name[64];

	p->read_ns = clock_mono_ns();
	snprintf(name, sizeof(name), "/proc/%d/maps", (int)p->pid);
	if (file_read(name, MAX_MAPS_FILE, &b, NULL) < 0)
		return false;
	addr_spaces_read_text(as, p, buf_span(&b));
	return true;
}

bool addr_spaces_read_again(struct addr_spaces *as, struct process *p, uint64_t now_ns)
{
	uint64_t wait = MIN(MAX(p->read_wait_ns, MAPS_AGAIN_MIN_NS), MAPS_AGAIN_MAX_NS);

	if (now_ns < p->read_ns + wait)
		return false;
	p->read_wait_ns = wait * 2;
	return addr_spaces_read_proc(as, p);
}
