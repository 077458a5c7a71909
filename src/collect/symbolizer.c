/* SPDX-License-Identifier: MIT */
/* Chooses the best source of names for each address and remembers the answer. */
#include "collect/symbolizer.h"

#include "base/file.h"
#include "collect/build_facts.h"
#include "collect/frame_kind.h"
#include "collect/kernel_symbols.h"
#include "collect/managed_frame.h"
#include "collect/symbol_file.h"
#include "parse/demangle.h"
#include "parse/dwarf_const.h"
#include "parse/jit_name.h"

#include <pthread.h>
#include <stdio.h>

/* What is kept per module: its file and the frames of addresses already resolved. */
struct sym_module {
	bool opened;
	struct symbol_file *file; /* ELF and vdso */
	uint32_t path;            /* string id */
	struct map_u64 seen;      /* pc -> index of struct answer */
	bool prepared, warming;   /* warming: a thread reads its debug information */
	pthread_t thread;
};

struct answer {
	uint32_t first, n; /* in symbolizer.ids */
	bool named;
};

struct symbolizer {
	struct profile *p;
	struct frame_kinds kinds;
	vec_of(struct sym_module) modules; /* by module id */
	vec_of(struct answer) answers;
	vec_of(uint32_t) ids;
	const struct managed_frames *managed;
	struct kernel_symbols kernel;
	vec_of(struct perf_map) maps;
	struct map_u64 display; /* linkage string id -> display string id */
	struct buf text;
	unsigned n_warmed; /* threads started by symbolizer_prepare */
};

enum { MAX_WARMED = 16 };

/* One frame before its strings are interned. */
struct found {
	const char *function; /* raw or display name */
	bool mangled;         /* function is a linker name: show its demangled form */
	const char *linkage;  /* "" the same */
	const char *file;
	uint32_t line, decl_line;
	bool inlined, toolchain;
	enum demangle_style style; /* of a readable name that may have long arguments */
};

/* Everything that the first look-up in a file would do. Touches nothing but the file. */
static void *warm_up(void *arg)
{
	struct symbol_file *f = arg;
	struct dwarf_frame none;
	struct dwarf *d = symbol_file_go(f) ? NULL : symbol_file_dwarf(f);

	if (d)
		dwarf_lookup(d, 0, &none, 1);
	symbol_file_symbol(f, 0);
	return NULL;
}

static void wait_for_thread(struct sym_module *sm)
{
	if (sm->warming)
		pthread_join(sm->thread, NULL);
	sm->warming = false;
}

struct symbolizer *symbolizer_new(
	struct profile *p, const struct knowledge *k, const char *project_root)
{
	struct symbolizer *s = xcalloc(1, sizeof(*s));

	s->p = p;
	frame_kinds_init(&s->kinds, k, project_root);
	return s;
}

bool symbolizer_machinery(struct symbolizer *s, uint32_t frame)
{
	return frame_is_machinery(&s->kinds, s->p, &s->p->frames.v[frame]);
}

void symbolizer_managed(struct symbolizer *s, const struct managed_frames *m)
{
	s->managed = m;
}

void symbolizer_free(struct symbolizer *s)
{
	if (!s)
		return;
	vec_foreach (m, &s->modules) {
		wait_for_thread(m);
		symbol_file_free(m->file);
		map_u64_done(&m->seen);
	}
	vec_foreach (m, &s->maps)
		perf_map_done(m);
	vec_done(&s->modules);
	vec_done(&s->maps);
	vec_done(&s->answers);
	vec_done(&s->ids);
	kernel_symbols_done(&s->kernel);
	frame_kinds_done(&s->kinds);
	map_u64_done(&s->display);
	buf_done(&s->text);
	free(s);
}

static struct sym_module *module_of(struct symbolizer *s, const struct module *m)
{
	while (s->modules.n <= m->id)
		*vec_push(&s->modules) = (struct sym_module){ 0 };
	struct sym_module *sm = &s->modules.v[m->id];

	if (sm->opened)
		return sm;
	sm->opened = true;
	sm->path = profile_string(s->p, m->path ? m->path : "");
	if (m->kind == MODULE_ELF || m->kind == MODULE_VDSO)
		sm->file = symbol_file_open(m);
	if (m->kind == MODULE_ELF && sm->file && !sm->file->usable)
		caveat_add(&s->p->caveats, &s->p->arena, "module-unreadable", "no names for %s: %s",
			m->path, sm->file->problem);
	return sm;
}

void symbolizer_prepare(struct symbolizer *s, const struct module *m)
{
	struct sym_module *sm = module_of(s, m);

	if (m->kind == MODULE_KERNEL)
		kernel_symbols_start(&s->kernel);
	if (m->kind != MODULE_ELF || !sm->file || !sm->file->usable || sm->prepared ||
		s->n_warmed == MAX_WARMED)
		return;
	sm->prepared = true;
	sm->warming = pthread_create(&sm->thread, NULL, warm_up, sm->file) == 0;
	s->n_warmed++;
}

/* ---- display names ------------------------------------------------------------------------------
 */

static uint32_t display_of(struct symbolizer *s, uint32_t linkage)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&s->display, linkage, &fresh);

	if (fresh) {
		demangle(profile_str(s->p, linkage), &s->text);
		*slot = profile_string(s->p, buf_cstr(&s->text));
	}
	return *slot;
}

/* A name from scopes of the debug information may have long template arguments. */
static uint32_t readable_of(struct symbolizer *s, const struct found *f)
{
	if (f->style == DEMANGLE_NONE || !strchr(f->function, '<'))
		return profile_string(s->p, f->function);
	if (f->style == DEMANGLE_RUST)
		demangle_shorten_rust(f->function, &s->text);
	else
		demangle_shorten_cpp(f->function, &s->text);
	return profile_string(s->p, buf_cstr(&s->text));
}

static uint32_t add_found(
	struct symbolizer *s, const struct sym_module *sm, const struct found *f, int forced_kind)
{
	struct frame fr = { .file = profile_string(s->p, f->file),
		.module = sm->path,
		.line = f->line,
		.decl_line = f->decl_line,
		.inlined = f->inlined };

	if (*f->linkage) {
		fr.linkage = profile_string(s->p, f->linkage);
		fr.function = display_of(s, fr.linkage);
		/* a name that is not mangled: the debug information's is better */
		if (*f->function && strncmp(f->linkage, "_Z", 2) != 0 &&
			strncmp(f->linkage, "_R", 2) != 0)
			fr.function = readable_of(s, f);
	} else if (f->mangled) {
		fr.linkage = profile_string(s->p, f->function);
		fr.function = display_of(s, fr.linkage);
	} else {
		fr.function = readable_of(s, f);
	}
	if (fr.linkage == fr.function)
		fr.linkage = 0;
	struct frame_place at = { .function = fr.function,
		.file = fr.file,
		.module = fr.module,
		.executable = sm->file && sm->file->usable && sm->file->image.executable,
		.toolchain = f->toolchain };

	fr.kind = (uint8_t)(forced_kind >= 0 ? forced_kind
					     : (int)frame_kind_of(&s->kinds, s->p, &at));
	return profile_add_frame(s->p, &fr);
}

static size_t add_unknown(struct symbolizer *s, const struct sym_module *sm, const struct module *m,
	uint64_t addr, uint32_t *ret)
{
	char name[320];
	struct found f = { .function = name, .linkage = "", .file = "" };
	uint64_t start = addr;

	/* all addresses of one function get one name, so that it shows up as one */
	if (sm->file && symbol_file_function_start(sm->file, addr, &start) && start > addr)
		start = addr;
	if (m->kind == MODULE_ANON || m->kind == MODULE_KERNEL)
		snprintf(name, sizeof(name), "[0x%llx]",
			(unsigned long long)(addr & ~(uint64_t)0xfff));
	else
		snprintf(name, sizeof(name), "[%s+0x%llx]", path_base(m->path),
			(unsigned long long)start);
	ret[0] = add_found(s, sm, &f, FRAME_UNKNOWN);
	return 1;
}

/* ---- sources
 * ------------------------------------------------------------------------------------- */

/* Go itself writes "Map[...]" for any instance of a generic function. */
static const char *go_name(const char *name, struct buf *text)
{
	const char *open = strchr(name, '['), *close = open ? strrchr(name, ']') : NULL;

	if (!close || close < open)
		return name;
	buf_clear(text);
	buf_printf(text, "%.*s[...]%s", (int)(open - name), name, close + 1);
	return buf_cstr(text);
}

static size_t from_go(struct symbolizer *s, struct sym_module *sm, uint64_t pc, uint32_t *ret)
{
	struct pclntab_frame v[SYMBOLIZER_MAX_INLINE];
	struct pclntab *go = symbol_file_go(sm->file);
	size_t n = go ? pclntab_lookup(go, pc, v, ARRAY_LEN(v)) : 0;
	const char *goroot = n ? pclntab_goroot(go) : "";
	size_t root_len = strlen(goroot);

	for (size_t i = 0; i < n; i++) {
		struct found f = { .function = v[i].name,
			.linkage = "",
			.file = v[i].file,
			.line = v[i].line,
			.decl_line = v[i].decl_line,
			.inlined = v[i].inlined };

		f.function = go_name(f.function, &s->text);
		f.toolchain = root_len && strncmp(f.file, goroot, root_len) == 0 &&
			f.file[root_len] == '/';
		ret[i] = add_found(s, sm, &f, -1);
	}
	return n;
}

/*
 * A C library defines "malloc" as an alias of "__libc_malloc" and only the latter is in the debug
 * information; people know the former.
 */
static const char *public_name(struct sym_module *sm, const struct dwarf_frame *f, uint64_t pc)
{
	if (f->inlined || strncmp(f->name, "__", 2) != 0)
		return f->name;
	const struct elf_symbol *sym = symbol_file_symbol(sm->file, pc);

	return sym && strspn(sym->name, "_") < strspn(f->name, "_") && sym->name[0] != '.'
		? sym->name
		: f->name;
}

/*
 * Small debug information (lines only, or of old compilers) knows neither linker names nor scopes;
 * the symbol table does.
 */
static const char *mangled_symbol(struct sym_module *sm, const struct found *f, uint64_t pc)
{
	const char *scope = strstr(f->function, "::"), *args = strchr(f->function, '<');

	if (*f->linkage || (scope && (!args || scope < args)))
		return f->linkage;
	const struct elf_symbol *sym = symbol_file_symbol(sm->file, pc);
	bool mangled =
		sym && (strncmp(sym->name, "_Z", 2) == 0 || strncmp(sym->name, "_R", 2) == 0);

	return mangled ? sym->name : f->linkage;
}

static size_t from_dwarf(struct symbolizer *s, struct sym_module *sm, uint64_t pc, uint32_t *ret)
{
	struct dwarf_frame v[SYMBOLIZER_MAX_INLINE];
	struct dwarf *d = symbol_file_dwarf(sm->file);
	size_t n = d ? dwarf_lookup(d, pc, v, ARRAY_LEN(v)) : 0;

	for (size_t i = 0; i < n; i++) {
		struct found f = { .function = v[i].name,
			.linkage = v[i].linkage,
			.file = v[i].file,
			.line = v[i].line,
			.decl_line = v[i].decl_line,
			.inlined = v[i].inlined,
			.style = v[i].language == DW_LANG_Rust ? DEMANGLE_RUST : DEMANGLE_CPP };

		if (!*f.function && !*f.linkage) {
			const struct elf_symbol *sym = symbol_file_symbol(sm->file, pc);

			if (!sym || i > 0)
				return 0;
			f.function = sym->name;
			f.mangled = true;
		} else if (*f.function) {
			f.function = public_name(sm, &v[i], pc);
			if (f.function != v[i].name && !*f.linkage)
				f.linkage = v[i].name;
			f.linkage = i == 0 ? mangled_symbol(sm, &f, pc) : f.linkage;
		}
		ret[i] = add_found(s, sm, &f, -1);
	}
	return n;
}

static size_t from_elf(struct symbolizer *s, struct sym_module *sm, const struct module *m,
	uint64_t pc, uint32_t *ret)
{
	const struct elf_symbol *sym = symbol_file_symbol(sm->file, pc);

	if (!sym)
		return 0;
	struct found f = { .function = sym->name, .mangled = true, .linkage = "", .file = "" };

	ret[0] = add_found(s, sm, &f, -1);
	return 1;
}

static void copy_span(char *ret, size_t room, struct span s)
{
	snprintf(ret, room, "%.*s", (int)MIN(s.n, room - 1), s.n ? (const char *)s.p : "");
}

static size_t from_kernel(struct symbolizer *s, struct sym_module *sm, uint64_t pc, uint32_t *ret)
{
	const struct text_symbol *t = kernel_symbols_find(&s->kernel, pc);
	struct found f = { .function = "[kernel]", .linkage = "", .file = "" };
	char name[256];

	if (t) {
		copy_span(name, sizeof(name), t->name);
		f.function = name;
	} else if (s->kernel.shown) {
		return 0;
	} else {
		caveat_add(&s->p->caveats, &s->p->arena, "kernel-names-hidden",
			"the kernel hides its symbol addresses (kptr_restrict), so its functions "
			"are shown "
			"as one [kernel] frame");
	}
	ret[0] = add_found(s, sm, &f, FRAME_KERNEL);
	return 1;
}

static size_t from_perf_map(struct symbolizer *s, struct sym_module *sm, const struct module *m,
	uint64_t pc, uint32_t *ret)
{
	struct perf_map *map = NULL;

	vec_foreach (have, &s->maps)
		if (have->pid == m->pid)
			map = have;
	if (!map) {
		map = vec_push(&s->maps);
		perf_map_read(map, m->pid);
	}
	const struct text_symbol *t = text_symbols_find(&map->table, pc);

	if (!t)
		return 0;
	char raw[512], name[512], file[1024];
	struct found f = { .function = name, .linkage = raw, .file = file };
	struct jit_name jit;

	jit_name_parse(&jit, t->name);
	copy_span(raw, sizeof(raw), t->name);
	copy_span(name, sizeof(name), jit.function);
	copy_span(file, sizeof(file), jit.file);
	f.line = f.decl_line = jit.line;
	ret[0] = add_found(s, sm, &f, FRAME_JIT);
	return 1;
}

/* Named when it was sampled: a frame of an interpreter or of generated code. */
static size_t from_managed(struct symbolizer *s, uint64_t number, uint32_t *ret)
{
	if (!s->managed || number >= s->managed->v.n)
		return 0;
	const struct managed_frame *m = &s->managed->v.v[number];
	const struct strtab *names = &s->managed->strings;
	struct frame f = { .function = profile_string(s->p, strtab_get(names, m->function)),
		.file = profile_string(s->p, strtab_get(names, m->file)),
		.module = profile_string(s->p, strtab_get(names, m->module)),
		.line = m->line,
		.decl_line = m->decl_line,
		.kind = m->kind };

	if (f.kind == FRAME_UNKNOWN)
		f.kind = (uint8_t)frame_kind_of(&s->kinds, s->p,
			&(struct frame_place){
				.function = f.function, .file = f.file, .module = f.module });
	ret[0] = profile_add_frame(s->p, &f);
	return 1;
}

static size_t resolve_new(struct symbolizer *s, struct sym_module *sm, const struct module *m,
	uint64_t pc, uint32_t *ret, bool *named)
{
	size_t n = 0;

	if (m->kind == MODULE_KERNEL) {
		n = from_kernel(s, sm, pc, ret);
	} else if (m->kind == MODULE_MANAGED) {
		n = from_managed(s, pc, ret);
	} else if (m->kind == MODULE_ANON) {
		n = from_perf_map(s, sm, m, pc, ret);
	} else if (sm->file && sm->file->usable) {
		n = from_go(s, sm, pc, ret);
		if (!n)
			n = from_dwarf(s, sm, pc, ret);
		if (!n)
			n = from_elf(s, sm, m, pc, ret);
	}
	*named = n > 0;
	return n ? n : add_unknown(s, sm, m, pc, ret);
}

size_t symbolizer_resolve(struct symbolizer *s, const struct module *m, const struct raw_frame *f,
	uint32_t *ret, bool *ret_named)
{
	struct sym_module *sm = module_of(s, m);

	wait_for_thread(sm);
	/* after a call the address may already belong to the next line or function */
	uint64_t pc = f->is_return && f->addr ? f->addr - 1 : f->addr;
	bool fresh;
	uint32_t *slot = map_u64_put(&sm->seen, pc, &fresh);

	sm->prepared = true; /* too late now */
	if (fresh) {
		uint32_t ids[SYMBOLIZER_MAX_INLINE];
		struct answer a = { .first = (uint32_t)s->ids.n };

		*slot = (uint32_t)s->answers.n;
		a.n = (uint32_t)resolve_new(s, sm, m, pc, ids, &a.named);
		for (uint32_t i = 0; i < a.n; i++)
			*vec_push(&s->ids) = ids[i];
		*vec_push(&s->answers) = a;
		memcpy(ret, ids, a.n * sizeof(*ret));
		*ret_named = a.named;
		return a.n;
	}
	const struct answer *a = &s->answers.v[*slot];

	memcpy(ret, s->ids.v + a->first, a->n * sizeof(*ret));
	*ret_named = a->named;
	return a->n;
}

/* What the reader of a profile misses when the program came without it. */
static void note_missing(struct symbolizer *s, struct symbol_file *f, const struct module *exe)
{
	/* reading the symbols also searches for a debug file */
	symbol_file_symbol(f, f->image.entry);
	if (elf_image_section(&f->image, ".symtab") || f->has_debug)
		caveat_add(&s->p->caveats, &s->p->arena, "no-debug-information",
			"%s has no debug information of its own, so inlined functions and line "
			"numbers are not "
			"known; build it with debug information (-g), which does not slow it",
			path_base(exe->path));
	else
		caveat_add(&s->p->caveats, &s->p->arena, "stripped",
			"%s is stripped: most of its functions have no names; use an unstripped "
			"build or "
			"install its debug symbols",
			path_base(exe->path));
}

void symbolizer_build_facts(struct symbolizer *s, const struct module *exe)
{
	struct sym_module *sm = module_of(s, exe);

	wait_for_thread(sm);
	if (!sm->file || !sm->file->usable)
		return;
	if (s->managed && s->managed->v.n) {
		build_facts_read(s->p, sm->file, &s->kinds);
		return; /* a runtime's own names are not what the reader misses */
	}
	if (!build_facts_read(s->p, sm->file, &s->kinds) && !symbol_file_go(sm->file))
		note_missing(s, sm->file, exe);
}
