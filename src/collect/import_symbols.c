/* SPDX-License-Identifier: MIT */
/* Names and unwound stacks for files of other tools. */
#include "collect/import_symbols.h"

#include "base/file.h"
#include "collect/symbolizer.h"
#include "collect/unwind.h"

#include <assert.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

struct import_symbols {
	struct format_symbols callbacks;
	const struct knowledge *k;
	const char *project_root;
	struct module_table modules;
	struct addr_spaces spaces;
	struct raw_frame *raw; /* scratch, UNWIND_MAX_FRAMES */
	struct symbolizer *symbolizer;
	vec_of(struct module_entry *) by_file; /* by the file's module id; NULL: cannot be used */
	vec_of(bool) looked;
	int kernel; /* -1 not looked yet, 0 another one, 1 ours */
};

/* ---- stacks -------------------------------------------------------------------------------------
 */

static void on_map(void *ctx, int32_t pid, const struct format_map *m)
{
	struct import_symbols *s = ctx;

	addr_spaces_mmap(&s->spaces, addr_spaces_get(&s->spaces, pid, NULL),
		&(struct map_event){ .start = m->start,
			.end = m->end,
			.offset = m->offset,
			.dev = makedev((unsigned)(m->dev >> 32), (unsigned)m->dev),
			.inode = m->inode,
			.path = m->path });
}

static void on_fork(void *ctx, int32_t parent, int32_t child)
{
	struct import_symbols *s = ctx;

	addr_spaces_fork(&s->spaces, parent, child);
}

static void on_exec(void *ctx, int32_t pid)
{
	struct import_symbols *s = ctx;

	addr_spaces_exec(&s->spaces, pid);
}

/* Back from the module's address to that in the process. */
static uint64_t absolute(const struct process *p, const struct import_symbols *s,
	const struct raw_frame *f, uint64_t hint)
{
	const struct module_entry *mod = s->modules.v.v[f->module];

	if (mod->m.kind == MODULE_ANON)
		return f->addr;
	vec_foreach (m, &p->maps)
		if (m->mod == mod && f->addr + m->bias >= m->start && f->addr + m->bias < m->end)
			return f->addr + m->bias;
	return hint;
}

static size_t on_unwind(void *ctx, int32_t pid, const uint64_t *regs, struct span stack,
	uint64_t *ret, size_t room, bool *ret_whole)
{
	struct import_symbols *s = ctx;
	const struct process *p = addr_spaces_get(&s->spaces, pid, NULL);
	struct unwind_regs r;
	struct unwind_result result = { 0 };

	static_assert((int)FORMAT_DWARF_REGS == (int)UNWIND_N_REGS, "one numbering of registers");
	memcpy(r.r, regs, sizeof(r.r));
	unwind_user(&s->spaces, p, &r,
		&(struct stack_copy){ .base = r.r[UNWIND_SP], .bytes = stack }, s->raw, &result);
	size_t n = MIN(result.n, room);

	for (size_t i = 0; i < n; i++)
		ret[i] = absolute(p, s, &s->raw[i], i ? 0 : r.r[UNWIND_IP]);
	*ret_whole = result.end == UNWIND_ROOT || result.end == UNWIND_SWITCH;
	return n;
}

/* ---- names --------------------------------------------------------------------------------------
 */

static bool same_id(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	size_t n = MIN(a_len, b_len);

	return n >= 8 && memcmp(a, b, n) == 0;
}

/* perf keeps copies below ~/.debug/.build-id/ab/cdef.../elf. */
static bool cache_path(const struct format_module *m, char *ret, size_t room)
{
	const char *home = getenv("HOME");
	int at;

	if (!home || m->build_id_len < 8)
		return false;
	at = snprintf(ret, room, "%s/.debug/.build-id/%02x/", home, m->build_id[0]);
	for (size_t i = 1; i < m->build_id_len && at > 0 && (size_t)at + 8 < room; i++)
		at += snprintf(ret + at, room - (size_t)at, "%02x", m->build_id[i]);
	if (at < 0 || (size_t)at + 8 >= room)
		return false;
	snprintf(ret + at, room - (size_t)at, "/elf");
	return path_exists(ret);
}

static struct module_entry *open_file(struct import_symbols *s, const struct format_module *m)
{
	char path[4096];
	bool cached = cache_path(m, path, sizeof(path));
	struct module_entry *e = module_table_file(&s->modules, 0, cached ? path : m->path, 0,
		cached || m->build_id_len ? 0 : m->inode, 0, 0);

	if (!e->elf_ok)
		return NULL;
	if (m->build_id_len &&
		!same_id(m->build_id, m->build_id_len, e->m.build_id, e->m.build_id_len))
		return NULL;
	/* shown under the name it had in the recording */
	if (cached)
		e->m.path = arena_strdup(&s->modules.arena, m->path);
	return e;
}

/* The GNU build id among the notes of the running kernel. */
static bool kernel_is_ours(const struct format_module *m)
{
	_cleanup_(buf_done) struct buf notes = { 0 };
	struct utsname u;

	if (!m->build_id_len) {
		/* without an id the release decides; a reboot moves the kernel, though */
		return *m->release && uname(&u) == 0 && strcmp(u.release, m->release) == 0;
	}
	if (file_read("/sys/kernel/notes", 1 << 16, &notes, NULL) < 0)
		return false;
	struct cursor c = cursor_of(buf_span(&notes), 0);

	while (!c.bad && c.at + 12 <= c.s.n) {
		uint32_t name_len = cursor_u32(&c), len = cursor_u32(&c), type = cursor_u32(&c);
		struct span name = cursor_bytes(&c, (name_len + 3ull) & ~3ull);
		struct span desc = cursor_bytes(&c, (len + 3ull) & ~3ull);

		if (!c.bad && type == NT_GNU_BUILD_ID && span_starts(name, "GNU"))
			return same_id(m->build_id, m->build_id_len, desc.p, MIN(len, desc.n));
	}
	return false;
}

/* Where _text is now; 0 when the kernel hides it. */
static uint64_t kernel_text_now(void)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct span line, rest;
	uint64_t addr = 0;

	/* _text is among the first lines, but a module's may come later: the first counts */
	if (file_read("/proc/kallsyms", 64 << 20, &b, NULL) < 0)
		return 0;
	rest = buf_span(&b);
	while (span_next_line(&rest, &line)) {
		struct span word = { 0 }, kind = { 0 }, name = { 0 };

		if (span_next_word(&line, &word) && span_next_word(&line, &kind) &&
			span_next_word(&line, &name) && span_eq(name, "_text") &&
			span_parse_hex(word, &addr))
			return addr;
	}
	return 0;
}

static bool kernel_usable(struct import_symbols *s, const struct format_module *m)
{
	if (s->kernel < 0) {
		uint64_t now = kernel_is_ours(m) ? kernel_text_now() : 0;

		/* addresses are random at each boot: only those of this one mean anything */
		s->kernel = now && (!m->kernel_text || m->kernel_text == now);
	}
	return s->kernel == 1;
}

static struct module_entry *module_for(
	struct import_symbols *s, struct profile *p, const struct format_module *m)
{
	while (s->looked.n <= m->id) {
		*vec_push(&s->looked) = false;
		*vec_push(&s->by_file) = NULL;
	}
	if (!s->looked.v[m->id]) {
		s->looked.v[m->id] = true;
		if (m->kind == FORMAT_MODULE_KERNEL && kernel_usable(s, m))
			s->by_file.v[m->id] = s->modules.v.v[0];
		else if (m->kind == FORMAT_MODULE_VDSO)
			s->by_file.v[m->id] = module_table_vdso(&s->modules);
		else if (m->kind == FORMAT_MODULE_FILE)
			s->by_file.v[m->id] = open_file(s, m);
		if (!s->by_file.v[m->id] && m->kind == FORMAT_MODULE_FILE)
			caveat_add(&p->caveats, &p->arena, "module-not-here",
				"no names for %s: it is not on this machine as the build that was "
				"recorded",
				m->path);
	}
	return s->by_file.v[m->id];
}

static size_t on_resolve(void *ctx, struct profile *p, const struct format_module *m,
	uint64_t offset, bool is_return, uint32_t *ret, bool *ret_named)
{
	struct import_symbols *s = ctx;
	struct module_entry *e = module_for(s, p, m);
	struct raw_frame f = { .is_return = is_return, .addr = offset };

	static_assert((int)FORMAT_MAX_INLINE == (int)SYMBOLIZER_MAX_INLINE, "room for all");
	if (!e)
		return 0;
	/* the vdso is mapped as a whole: offsets are its addresses */
	if (e->m.kind == MODULE_ELF && !elf_image_vaddr(&e->elf, offset, &f.addr))
		return 0;
	f.module = e->m.id;
	if (!s->symbolizer)
		s->symbolizer = symbolizer_new(p, s->k, s->project_root);
	return symbolizer_resolve(s->symbolizer, &e->m, &f, ret, ret_named);
}

struct import_symbols *import_symbols_new(const struct knowledge *k, const char *project_root)
{
	struct import_symbols *s = xcalloc(1, sizeof(*s));

	s->callbacks = (struct format_symbols){ .ctx = s,
		.map = on_map,
		.fork = on_fork,
		.exec = on_exec,
		.unwind = on_unwind,
		.resolve = on_resolve };
	s->k = k;
	s->project_root = project_root;
	s->kernel = -1;
	s->raw = xcalloc(UNWIND_MAX_FRAMES, sizeof(*s->raw));
	module_table_init(&s->modules);
	addr_spaces_init(&s->spaces, &s->modules);
	return s;
}

void import_symbols_free(struct import_symbols *s)
{
	if (!s)
		return;
	symbolizer_free(s->symbolizer);
	addr_spaces_done(&s->spaces);
	module_table_done(&s->modules);
	vec_done(&s->by_file);
	vec_done(&s->looked);
	free(s->raw);
	free(s);
}

const struct format_symbols *import_symbols_callbacks(struct import_symbols *s)
{
	return &s->callbacks;
}

bool import_symbols_used(const struct import_symbols *s)
{
	return s->symbolizer != NULL;
}
