/* SPDX-License-Identifier: MIT */
/* Build facts from Go's buildinfo, DWARF units, or the .comment section. */
#include "collect/build_facts.h"

#include "base/alloc.h"
#include "parse/dwarf_const.h"
#include "parse/source_path.h"

/* ---- Go
 * ------------------------------------------------------------------------------------------ */

static bool from_buildinfo(struct profile *p, struct symbol_file *f)
{
	struct go_build go;

	if (!go_build_read(&go, &f->image))
		return false;
	p->language = "go";
	p->producer = *go.gcflags
		? arena_printf(&p->arena, "%s -gcflags=%s", go.version, go.gcflags)
		: arena_strdup(&p->arena, go.version);
	go_build_done(&go);
	return true;
}

/* ---- DWARF
 * --------------------------------------------------------------------------------------- */

static const struct {
	uint16_t code;
	const char *language;
} languages[] = {
	{ DW_LANG_C89, "c" },
	{ DW_LANG_C, "c" },
	{ DW_LANG_C99, "c" },
	{ DW_LANG_C11, "c" },
	{ DW_LANG_C17, "c" },
	{ DW_LANG_C_plus_plus, "c++" },
	{ DW_LANG_C_plus_plus_03, "c++" },
	{ DW_LANG_C_plus_plus_11, "c++" },
	{ DW_LANG_C_plus_plus_14, "c++" },
	{ DW_LANG_C_plus_plus_17, "c++" },
	{ DW_LANG_C_plus_plus_20, "c++" },
	{ DW_LANG_Rust, "rust" },
	{ DW_LANG_Go, "go" },
	{ DW_LANG_D, "d" },
	{ DW_LANG_Swift, "swift" },
	{ DW_LANG_Zig, "zig" },
	{ DW_LANG_Fortran77, "fortran" },
	{ DW_LANG_Fortran90, "fortran" },
	{ DW_LANG_Fortran95, "fortran" },
	{ DW_LANG_Fortran03, "fortran" },
	{ DW_LANG_Fortran08, "fortran" },
};

static const char *language_name(uint16_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(languages); i++)
		if (languages[i].code == code)
			return languages[i].language;
	return "";
}

/* Code of the units that share language and producer. */
struct tally {
	const char *language, *producer;
	uint64_t code;
	uint64_t judged_bytes, stack_variables, other_variables;
	bool own;
};

struct tallies {
	vec_of(struct tally) v;
};

static struct tally *tally_of(struct tallies *t, const struct dwarf_unit_facts *u, bool own)
{
	const char *language = language_name(u->language);

	vec_foreach (it, &t->v)
		if (it->own == own && it->language == language &&
			strcmp(it->producer, u->producer) == 0)
			return it;
	struct tally *fresh = vec_push(&t->v);

	*fresh = (struct tally){ .language = language, .producer = u->producer, .own = own };
	return fresh;
}

static bool is_own_unit(struct profile *p, const struct dwarf_unit_facts *u,
	struct frame_kinds *kinds, uint32_t module)
{
	struct frame_place at = { .file = profile_string(
					  p, source_path(&p->arena, u->comp_dir, "", u->name)),
		.module = module,
		.executable = true };

	return frame_kind_of(kinds, p, &at) == FRAME_APP;
}

/* GCC records its flags: no -O there means -O0. Others are judged by what they made. */
static bool records_flags(const char *producer)
{
	return strncmp(producer, "GNU ", 4) == 0 || strstr(producer, " -O");
}

static const char *with_optimisation(struct profile *p, const struct tally *t)
{
	bool flags = records_flags(t->producer);

	if (flags && !strstr(t->producer, " -O"))
		return arena_printf(&p->arena, "%s -O0", t->producer);
	/* measured: about 1 in 30 leaves the frame in debug builds of Rust, most do when optimised
	 */
	if (!flags && t->stack_variables > 8 * t->other_variables)
		return arena_printf(&p->arena, "%s -O0 (inferred)", t->producer);
	return arena_strdup(&p->arena, t->producer);
}

/* A sample of the program is enough, the description may have gigabytes. */
enum { MAX_JUDGED_BYTES = 8 << 20 };

static bool from_dwarf(
	struct profile *p, struct symbol_file *f, struct frame_kinds *kinds, bool *ret_own)
{
	struct dwarf *d = symbol_file_dwarf(f);
	size_t n = d ? dwarf_unit_count(d) : 0;
	struct tallies t = { 0 };
	uint32_t module = profile_string(p, "");
	bool split = false;

	for (size_t i = 0; i < n; i++) {
		struct dwarf_unit_facts u;

		dwarf_unit_facts(d, i, false, &u);
		split |= u.split;
		if (u.code_bytes == 0 || !*language_name(u.language))
			continue;
		bool own = is_own_unit(p, &u, kinds, module);
		struct tally *it = tally_of(&t, &u, own);

		it->code += u.code_bytes;
		if (!own || records_flags(u.producer) || it->judged_bytes > MAX_JUDGED_BYTES)
			continue;
		dwarf_unit_facts(d, i, true, &u);
		it->judged_bytes += u.info_bytes;
		it->stack_variables += u.stack_variables;
		it->other_variables += u.other_variables;
	}
	const struct tally *best = NULL;

	vec_foreach (it, &t.v)
		if (!best || (it->own != best->own ? it->own : it->code > best->code))
			best = it;
	if (best) {
		p->language = best->language;
		p->producer = with_optimisation(p, best);
	}
	if (split)
		caveat_add(&p->caveats, &p->arena, "split-debug-information",
			"the program's debug information is split into .dwo files: lines are "
			"known, inlined "
			"calls are not shown");
	bool found = best != NULL;

	*ret_own = split || (best && best->own);
	vec_done(&t.v);
	return found;
}

/* ---- without debug information
 * --------------------------------------------------------------------- */

/* .comment: one NUL-terminated string per compiler that took part. */
static void from_comment(struct profile *p, struct symbol_file *f)
{
	struct span s = elf_section_raw(&f->image, elf_image_section(&f->image, ".comment"));
	const char *last = "";

	for (size_t off = 0; off < s.n;) {
		const char *text = span_cstr(s, off);

		if (!text)
			break;
		if (strncmp(text, "rustc", 5) == 0) {
			p->language = "rust";
			last = text;
			break;
		}
		if (*text && !*last)
			last = text;
		off += strlen(text) + 1;
	}
	p->producer = arena_printf(&p->arena, "%.*s", 200, last);
}

static const char *from_symbols(struct symbol_file *f)
{
	symbol_file_symbol(f, f->image.entry); /* reads them */
	if (elf_image_needs(&f->image, "libstdc++.so") || elf_image_needs(&f->image, "libc++.so"))
		return "c++";
	if (!elf_image_section(&f->image, ".symtab"))
		return "";
	for (size_t i = 0; i < f->symbols.n; i++)
		if (strncmp(f->symbols.v[i].name, "_Z", 2) == 0)
			return "c++";
	return elf_image_section(&f->image, ".comment") ? "c" : "";
}

bool build_facts_read(struct profile *p, struct symbol_file *f, struct frame_kinds *kinds)
{
	bool own = false;

	if (from_buildinfo(p, f))
		return true;
	if (from_dwarf(p, f, kinds, &own))
		return own;
	from_comment(p, f);
	if (!*p->language)
		p->language = from_symbols(f);
	return own;
}
