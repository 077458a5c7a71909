/* SPDX-License-Identifier: MIT */
/* Symbol tables sorted by address, aliases settled, PLT entries named. */
#include "parse/elf_symbols.h"

#include "base/vec.h"
#include "parse/elf_functions.h"

#include <elf.h>

struct symbol_vec {
	struct elf_symbol *v;
	size_t n, cap;
};

struct raw_symbol {
	uint32_t name;
	uint8_t info, other;
	uint16_t shndx;
	uint64_t value, size;
};

static size_t symbol_entsize(const struct elf_image *img)
{
	return img->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

static struct raw_symbol read_symbol(const struct elf_image *img, struct span table, size_t i)
{
	struct cursor c = cursor_of(table, i * symbol_entsize(img));
	struct raw_symbol s = { .name = cursor_u32(&c) };

	if (img->is64) {
		s.info = cursor_u8(&c);
		s.other = cursor_u8(&c);
		s.shndx = cursor_u16(&c);
		s.value = cursor_u64(&c);
		s.size = cursor_u64(&c);
	} else {
		s.value = cursor_u32(&c);
		s.size = cursor_u32(&c);
		s.info = cursor_u8(&c);
		s.other = cursor_u8(&c);
		s.shndx = cursor_u16(&c);
	}
	return s;
}

enum { MIN_RANK = 100 /* below: names that we made */ };

/*
 * Higher is better. Real functions before untyped labels, global before weak before local (the
 * public name is the documented one), and few leading underscores: "malloc", not "__libc_malloc".
 */
static uint32_t symbol_rank(const struct raw_symbol *s, const char *name)
{
	uint32_t type = ELF64_ST_TYPE(s->info), bind = ELF64_ST_BIND(s->info), rank = MIN_RANK;
	size_t underscores = strspn(name, "_");

	rank += type == STT_NOTYPE ? 0 : 1000;
	rank += s->size ? 500 : 0;
	/* "_Z" and "_R" start mangled names and count as clean ones */
	if (underscores == 1 && (name[1] == 'Z' || name[1] == 'R'))
		underscores = 0;
	rank += 100 * (uint32_t)(3 - MIN(underscores, (size_t)3));
	rank += bind == STB_GLOBAL || bind == STB_GNU_UNIQUE ? 50 : bind == STB_WEAK ? 40 : 0;
	rank += strchr(name, '@') ? 0 : 10;
	return rank;
}

/* An untyped symbol is a function when it stands in code. */
static bool is_code_label(const struct elf_image *img, const struct raw_symbol *s)
{
	if (s->shndx >= img->n_sections)
		return false;
	return (img->sections[s->shndx].flags & SHF_EXECINSTR) != 0;
}

static void add_symbols(
	struct symbol_vec *out, const struct elf_image *img, struct span table, struct span text)
{
	size_t n = MIN(table.n / symbol_entsize(img), (size_t)ELF_MAX_SYMBOLS);

	for (size_t i = 1; i < n; i++) {
		struct raw_symbol s = read_symbol(img, table, i);
		unsigned kind = ELF64_ST_TYPE(s.info);

		if (s.shndx == SHN_UNDEF || s.value == 0)
			continue;
		if (kind != STT_FUNC && kind != STT_GNU_IFUNC &&
			(kind != STT_NOTYPE || !is_code_label(img, &s)))
			continue;
		const char *name = span_cstr(text, s.name);

		/* '$' marks mapping symbols of ARM, ".L" local labels of an assembler */
		if (!name || !*name || *name == '$' || strncmp(name, ".L", 2) == 0)
			continue;
		*vec_push(out) = (struct elf_symbol){ .addr = s.value,
			.size = s.size > UINT64_MAX - s.value ? 0 : s.size,
			.name = name,
			.rank = symbol_rank(&s, name) };
	}
}

static void add_table(struct symbol_vec *out, struct elf_image *img, uint32_t type)
{
	const struct elf_section *sec = elf_image_section_type(img, type);

	if (sec && sec->link < img->n_sections)
		add_symbols(out, img, elf_section_data(img, sec),
			elf_section_data(img, &img->sections[sec->link]));
}

/*
 * Without section headers (a vdso image, a file stripped of them) the loader's view is left. It has
 * no number of symbols; in practice the string table follows the symbols.
 */
static void add_dynamic(struct symbol_vec *out, const struct elf_image *img)
{
	uint64_t symbols = 0, strings = 0, bytes = 0;

	for (uint32_t i = 0; i < img->n_segments; i++) {
		const struct elf_segment *seg = &img->segments[i];
		struct cursor c = cursor_of(span_sub(img->file, seg->off, seg->filesz), 0);

		while (seg->type == PT_DYNAMIC && c.at < c.s.n && !c.bad) {
			uint64_t tag = img->is64 ? cursor_u64(&c) : cursor_u32(&c);
			uint64_t val = img->is64 ? cursor_u64(&c) : cursor_u32(&c);

			if (tag == DT_SYMTAB)
				symbols = val;
			else if (tag == DT_STRTAB)
				strings = val;
			else if (tag == DT_STRSZ)
				bytes = val;
		}
	}
	if (symbols == 0 || strings <= symbols)
		return;
	struct span table = elf_image_at(img, symbols), text = elf_image_at(img, strings);

	add_symbols(out, img, span_sub(table, 0, MIN(strings - symbols, table.n)),
		span_sub(text, 0, MIN(bytes, text.n)));
}

/* ---- PLT ------------------------------------------------------------------------------------ */

struct got_name {
	uint64_t slot;
	const char *name;
};

struct got_vec {
	struct got_name *v;
	size_t n, cap;
};

static int got_compare(const void *a, const void *b)
{
	const struct got_name *x = a, *y = b;

	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static void add_relocations(
	struct got_vec *out, struct elf_image *img, const struct elf_section *rela)
{
	if (!rela || rela->link >= img->n_sections)
		return;
	const struct elf_section *symtab = &img->sections[rela->link];

	if (symtab->link >= img->n_sections || symtab->type != SHT_DYNSYM)
		return;
	struct span text = elf_section_data(img, &img->sections[symtab->link]);
	struct span symbols = elf_section_data(img, symtab), table = elf_section_data(img, rela);
	size_t n = MIN(table.n / sizeof(Elf64_Rela), (size_t)ELF_MAX_SYMBOLS);

	for (size_t i = 0; i < n; i++) {
		struct cursor c = cursor_of(table, i * sizeof(Elf64_Rela));
		uint64_t slot = cursor_u64(&c), info = cursor_u64(&c);
		size_t sym = ELF64_R_SYM(info);

		if (sym == 0 || sym >= symbols.n / sizeof(Elf64_Sym))
			continue;
		const char *name = span_cstr(text, read_symbol(img, symbols, sym).name);

		if (name && *name)
			*vec_push(out) = (struct got_name){ .slot = slot, .name = name };
	}
}

/* Address of the GOT slot that the stub jumps through, 0 when there is no such jump. */
static uint64_t stub_slot(struct span stub, uint64_t addr)
{
	/* endbr64 (4) and bnd (1) may stand before "jmp *disp32(%rip)": ff 25 */
	for (size_t i = 0; i + 6 <= stub.n && i <= 5; i++) {
		if (stub.p[i] != 0xff || stub.p[i + 1] != 0x25)
			continue;
		struct cursor c = cursor_of(stub, i + 2);

		return addr + i + 6 + (uint64_t)(int64_t)(int32_t)cursor_u32(&c);
	}
	return 0;
}

static void add_plt_section(struct elf_symbols *ret, struct symbol_vec *out,
	const struct elf_image *img, const struct elf_section *sec, const struct got_vec *got)
{
	struct span code = elf_section_raw(img, sec);
	size_t step = strcmp(sec->name, ".plt.got") == 0 && sec->entsize == 8 ? 8 : 16;

	for (size_t off = 0; off + step <= code.n; off += step) {
		struct got_name key = { .slot = stub_slot(
						span_sub(code, off, step), sec->addr + off) };
		struct got_name *hit = key.slot && got->n
			? bsearch(&key, got->v, got->n, sizeof(key), got_compare)
			: NULL;

		if (!hit)
			continue;
		*vec_push(out) = (struct elf_symbol){ .addr = sec->addr + off,
			.size = step,
			.name = arena_printf(
				&ret->names, "%.*s@plt", (int)strcspn(hit->name, "@"), hit->name),
			.rank = 1 };
	}
}

static void add_plt(struct elf_symbols *ret, struct symbol_vec *out, struct elf_image *img)
{
	if (img->machine != EM_X86_64 || !img->is64)
		return;
	struct got_vec got = { 0 };

	add_relocations(&got, img, elf_image_section(img, ".rela.plt"));
	add_relocations(&got, img, elf_image_section(img, ".rela.dyn"));
	if (got.n)
		qsort(got.v, got.n, sizeof(*got.v), got_compare);
	for (uint32_t i = 0; got.n && i < img->n_sections; i++) {
		const struct elf_section *sec = &img->sections[i];

		if (strncmp(sec->name, ".plt", 4) == 0 && sec->flags & SHF_EXECINSTR)
			add_plt_section(ret, out, img, sec, &got);
	}
	vec_done(&got);
}

/* ---- variants of indirect functions
 * --------------------------------------------------------------- */

struct variant_of {
	struct symbol_vec *out;
	const char *name;
	uint32_t rank;
};

static void add_variant(void *ctx, uint64_t at, uint64_t bytes)
{
	const struct variant_of *v = ctx;

	*vec_push(v->out) =
		(struct elf_symbol){ .addr = at, .size = bytes, .name = v->name, .rank = v->rank };
}

/*
 * A stripped C library has no names for the variants of memcpy, strlen and so on that programs
 * really run. They get the public name; ranks below all real symbols' let a real name win.
 */
static void add_variants(struct symbol_vec *out, struct elf_image *img)
{
	const struct elf_section *sec = elf_image_section_type(img, SHT_DYNSYM);

	if (!sec || sec->link >= img->n_sections || !img->is64)
		return;
	struct span table = elf_section_raw(img, sec),
		    text = elf_section_raw(img, &img->sections[sec->link]);
	size_t n = MIN(table.n / symbol_entsize(img), (size_t)ELF_MAX_SYMBOLS);

	for (size_t i = 1, left = 4096; i < n && left; i++) {
		struct raw_symbol s = read_symbol(img, table, i);
		const char *name = span_cstr(text, s.name);

		if (ELF64_ST_TYPE(s.info) != STT_GNU_IFUNC || s.shndx == SHN_UNDEF || !name ||
			!*name)
			continue;
		struct variant_of v = { .out = out,
			.name = name,
			.rank = MIN_RANK - 1 - (uint32_t)MIN(strspn(name, "_"), (size_t)3) };

		elf_resolver_targets(img, s.value, s.size, add_variant, &v);
		left--;
	}
}

/* ---- the sorted table ------------------------------------------------------------------------ */

static int symbol_compare(const void *a, const void *b)
{
	const struct elf_symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	int r = strlen(x->name) < strlen(y->name) ? -1 : strlen(x->name) > strlen(y->name);

	return r ? r : strcmp(x->name, y->name);
}

static void settle(struct symbol_vec *v, const struct elf_image *img)
{
	size_t n = 0;

	qsort(v->v, v->n, sizeof(*v->v), symbol_compare);
	for (size_t i = 0; i < v->n; i++) {
		if (n && v->v[n - 1].addr == v->v[i].addr) {
			v->v[n - 1].size = MAX(v->v[n - 1].size, v->v[i].size);
			continue;
		}
		v->v[n++] = v->v[i];
	}
	v->n = n;
	for (size_t i = 0; i < n; i++) {
		if (v->v[i].size)
			continue;
		uint64_t lo, end;

		/* a label without size reaches to the next symbol, never out of its function or
		 * section */
		if (!elf_function_bounds(img, v->v[i].addr, &lo, &end))
			end = elf_image_text_end(img, v->v[i].addr);
		if (i + 1 < n && (end == 0 || v->v[i + 1].addr < end))
			end = v->v[i + 1].addr;
		v->v[i].size = end > v->v[i].addr ? end - v->v[i].addr : 1;
	}
}

void elf_symbols_init(struct elf_symbols *ret, struct elf_image *img, struct elf_image *debug)
{
	struct symbol_vec v = { 0 };

	*ret = (struct elf_symbols){ 0 };
	add_table(&v, img, SHT_SYMTAB);
	add_table(&v, img, SHT_DYNSYM);
	if (img->n_sections == 0)
		add_dynamic(&v, img);
	if (debug)
		add_table(&v, debug, SHT_SYMTAB);
	add_plt(ret, &v, img);
	add_variants(&v, img);
	if (v.n)
		settle(&v, img);
	ret->v = v.v;
	ret->n = v.n;
}

void elf_symbols_done(struct elf_symbols *s)
{
	if (!s)
		return;
	free(s->v);
	arena_done(&s->names);
	*s = (struct elf_symbols){ 0 };
}

const struct elf_symbol *elf_symbols_find(const struct elf_symbols *s, uint64_t addr)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* a small label inside a larger function ends early: look back for the one that still holds
	 * addr */
	for (size_t i = lo, steps = 0; i > 0 && steps < 16; i--, steps++)
		if (addr - s->v[i - 1].addr < s->v[i - 1].size)
			return &s->v[i - 1];
	return NULL;
}

void elf_symbols_each(struct elf_image *img,
	void (*visit)(void *ctx, const char *name, uint64_t addr, uint64_t size), void *ctx)
{
	static const uint32_t types[] = { SHT_SYMTAB, SHT_DYNSYM };

	for (size_t t = 0; t < ARRAY_LEN(types); t++) {
		const struct elf_section *sec = elf_image_section_type(img, types[t]);

		if (!sec || sec->link >= img->n_sections)
			continue;
		struct span table = elf_section_data(img, sec);
		struct span text = elf_section_data(img, &img->sections[sec->link]);
		size_t n = MIN(table.n / symbol_entsize(img), (size_t)ELF_MAX_SYMBOLS);

		for (size_t i = 1; i < n; i++) {
			struct raw_symbol s = read_symbol(img, table, i);
			const char *name = s.shndx == SHN_UNDEF ? NULL : span_cstr(text, s.name);

			if (name)
				visit(ctx, name, s.value, s.size);
		}
	}
}

struct address_search {
	const char *name;
	uint64_t addr;
	bool found;
};

static void compare_name(void *ctx, const char *name, uint64_t addr, uint64_t size)
{
	struct address_search *a = ctx;

	(void)size;
	if (!a->found && strcmp(name, a->name) == 0) {
		a->found = true;
		a->addr = addr;
	}
}

bool elf_symbol_address(struct elf_image *img, const char *name, uint64_t *ret_addr)
{
	struct address_search a = { .name = name };

	elf_symbols_each(img, compare_name, &a);
	if (a.found)
		*ret_addr = a.addr;
	return a.found;
}
