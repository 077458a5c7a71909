/* SPDX-License-Identifier: MIT */
/* ELF images seen in the targets, with their unwind rows. */
#include "collect/module_table.h"

#include "base/clock.h"
#include "collect/v8_image.h"

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_VDSO = 64 << 10 };
static const size_t MAX_MODULE_BYTES = (size_t)8 << 30;

static struct module_entry *entry_new(
	struct module_table *t, enum module_kind kind, const char *path)
{
	struct module_entry *e = arena_new(&t->arena, struct module_entry);

	e->fd = -1;
	e->m.kind = kind;
	e->m.id = (uint32_t)t->v.n;
	e->m.path = arena_strdup(&t->arena, path);
	e->m.open_path = "";
	*vec_push(&t->v) = e;
	return e;
}

void module_table_init(struct module_table *t)
{
	*t = (struct module_table){ 0 };
	entry_new(t, MODULE_KERNEL, "[kernel]");
}

void module_table_done(struct module_table *t)
{
	vec_foreach (it, &t->v) {
		struct module_entry *e = *it;

		unwind_rows_done(&e->rows);
		pclntab_free(e->go);
		v8_image_free(e->v8);
		if (e->elf_ok)
			elf_image_done(&e->elf);
		file_map_done(&e->file);
		fd_closep(&e->fd);
	}
	vec_done(&t->v);
	map_u64_done(&t->index);
	arena_done(&t->arena);
}

/*
 * Opens one way to reach the file; the inode must be the mapped one (a package upgrade may have
 * put another file there). The device is not compared: overlay and btrfs report two of them.
 */
static int open_same(const char *path, uint64_t inode)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (inode && st.st_ino != inode)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_module(pid_t pid, const char *path, uint64_t inode, uint64_t start, uint64_t end)
{
	char p[4200];
	int fd;

	snprintf(p, sizeof(p), "/proc/%d/root%s", (int)pid, path);
	fd = open_same(p, inode);
	if (fd < 0)
		fd = open_same(path, inode);
	if (fd < 0) {
		snprintf(p, sizeof(p), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)pid, start,
			end);
		fd = open_same(p, inode);
	}
	return fd;
}

static void entry_open(struct module_table *t, struct module_entry *e, int fd)
{
	char p[64];

	if (fd < 0)
		return;
	/* reachable by this name as long as the table lives, whatever happens to the target */
	snprintf(p, sizeof(p), "/proc/self/fd/%d", fd);
	e->fd = fd;
	e->m.open_path = arena_strdup(&t->arena, p);
	if (file_map_open(&e->file, p, MAX_MODULE_BYTES, NULL) < 0)
		return;
	e->elf_ok = elf_image_init(&e->elf, e->file.s, NULL) == 0;
	if (e->elf_ok && e->elf.build_id) {
		e->m.build_id_len = MIN(e->elf.build_id_len, sizeof(e->m.build_id));
		memcpy(e->m.build_id, e->elf.build_id, e->m.build_id_len);
	}
}

static bool same_file(const struct module *m, const char *path, uint64_t dev, uint64_t inode)
{
	return m->kind == MODULE_ELF && m->dev == dev && m->inode == inode &&
		strcmp(m->path, path) == 0;
}

struct module_entry *module_table_file(struct module_table *t, pid_t pid, const char *path,
	uint64_t dev, uint64_t inode, uint64_t start, uint64_t end)
{
	static const char gone[] = " (deleted)";
	size_t n = strlen(path);
	bool deleted = n > sizeof(gone) && strcmp(path + n - (sizeof(gone) - 1), gone) == 0;
	char clean[4096];

	if (n >= sizeof(clean))
		n = sizeof(clean) - 1;
	if (deleted)
		n -= sizeof(gone) - 1;
	memcpy(clean, path, n);
	clean[n] = '\0';

	uint64_t h = hash_bytes(clean, n, hash_u64(inode) ^ dev);

	for (;; h++) {
		bool fresh;
		uint32_t *slot = map_u64_put(&t->index, h, &fresh);

		if (!fresh) {
			struct module_entry *have = t->v.v[*slot];

			if (same_file(&have->m, clean, dev, inode))
				return have;
			continue;
		}
		*slot = (uint32_t)t->v.n;

		struct module_entry *e = entry_new(t, MODULE_ELF, clean);

		e->m.dev = dev;
		e->m.inode = inode;
		e->m.deleted = deleted;
		entry_open(t, e, open_module(pid, clean, inode, start, end));
		return e;
	}
}

struct module_entry *module_table_vdso(struct module_table *t)
{
	vec_foreach (it, &t->v)
		if ((*it)->m.kind == MODULE_VDSO)
			return *it;

	struct module_entry *e = entry_new(t, MODULE_VDSO, "[vdso]");
	/* one kernel, one image: ours is the target's */
	uintptr_t at = getauxval(AT_SYSINFO_EHDR);
	Elf64_Ehdr h;

	if (at) {
		memcpy(&h, (const void *)at, sizeof(h));
		uint64_t n = h.e_shoff + (uint64_t)h.e_shnum * sizeof(Elf64_Shdr);

		if (n > sizeof(h) && n <= MAX_VDSO) {
			void *copy = arena_alloc(&t->arena, n);

			memcpy(copy, (const void *)at, n);
			e->m.image = copy;
			e->m.image_len = n;
			e->elf_ok = elf_image_init(&e->elf, span_of(copy, n), NULL) == 0;
		}
	}
	return e;
}

struct module_entry *module_table_anon(struct module_table *t, pid_t pid)
{
	vec_foreach (it, &t->v)
		if ((*it)->m.kind == MODULE_ANON && (*it)->m.pid == pid)
			return *it;

	struct module_entry *e = entry_new(t, MODULE_ANON, "[anon]");

	e->m.pid = pid;
	return e;
}

struct module_entry *module_table_managed(struct module_table *t)
{
	vec_foreach (it, &t->v)
		if ((*it)->m.kind == MODULE_MANAGED)
			return *it;
	return entry_new(t, MODULE_MANAGED, "[managed]");
}

static const struct cfi_arch *arch_of(const struct elf_image *e)
{
	return e->machine == EM_X86_64 ? &cfi_arch_x86_64 : NULL;
}

/* A file without section headers still has PT_GNU_EH_FRAME, which points to .eh_frame. */
static struct span eh_frame_by_header(const struct elf_image *e, uint64_t *ret_addr)
{
	for (unsigned i = 0; i < e->n_segments; i++) {
		const struct elf_segment *seg = &e->segments[i];

		if (seg->type != PT_GNU_EH_FRAME)
			continue;
		struct span hdr = elf_image_at(e, seg->vaddr);

		if (hdr.n < 8 || hdr.p[0] != 1)
			break;
		struct eh_bases bases = { .section = seg->vaddr, .data = seg->vaddr };
		struct cursor c = cursor_of(hdr, 4);

		*ret_addr = eh_pointer(&c, hdr.p[1], &bases, 0);
		return elf_image_at(e, *ret_addr);
	}
	return (struct span){ 0 };
}

static void rows_build(struct module_entry *e)
{
	struct eh_frame_input in = { .arch = arch_of(&e->elf) };
	const struct elf_section *s = elf_image_section(&e->elf, ".eh_frame");

	if (s) {
		in.section = elf_section_raw(&e->elf, s);
		in.bases.section = s->addr;
	}
	if (!in.section.n) {
		in.section = eh_frame_by_header(&e->elf, &in.bases.section);
		in.ends_at_zero = true;
	}
	if (in.section.n)
		eh_frame_build(&in, &e->rows);
	if (e->rows.rows.n > 1 || module_entry_go(e))
		return;
	unwind_rows_done(&e->rows);
	in = (struct eh_frame_input){
		.arch = in.arch, .debug_frame = true, .section = elf_debug_section(&e->elf, "frame")
	};
	if (in.section.n)
		eh_frame_build(&in, &e->rows);
}

struct pclntab *module_entry_go(struct module_entry *e)
{
	if (!e->go_tried) {
		e->go_tried = true;
		e->go = e->elf_ok ? pclntab_open(&e->elf) : NULL;
	}
	return e->go;
}

const struct unwind_rows *module_entry_rows(struct module_table *t, struct module_entry *e)
{
	if (!e->rows_tried) {
		e->rows_tried = true;
		if (e->elf_ok && arch_of(&e->elf)) {
			uint64_t start = clock_mono_ns();

			rows_build(e);
			t->build_ns += clock_mono_ns() - start;
			t->n_rows += e->rows.rows.n;
		}
	}
	return e->rows.rows.n > 1 ? &e->rows : NULL;
}

const struct v8_image *module_entry_v8(struct module_table *t, struct module_entry *e)
{
	if (!e->v8_tried) {
		e->v8_tried = true;
		if (e->m.kind == MODULE_ELF && e->elf_ok)
			e->v8 = v8_image_new(&e->elf, module_entry_rows(t, e));
	}
	return e->v8;
}
