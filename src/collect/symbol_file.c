/* SPDX-License-Identifier: MIT */
/* Opens a module's files and the debug files that belong to it. */
#include "collect/symbol_file.h"

#include "parse/elf_functions.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

#define MAX_FILE_BYTES ((size_t)8 << 30)

static bool same_build_id(const struct elf_image *img, const uint8_t *id, size_t len)
{
	/* the kernel hands out at most 20 bytes of it */
	size_t n = MIN(img->build_id_len, len);

	return n >= 8 && memcmp(img->build_id, id, n) == 0;
}

static bool is_mapped_file(
	const struct module *m, const struct elf_image *img, const struct stat *st)
{
	if (m->build_id_len && img->build_id_len)
		return same_build_id(img, m->build_id, m->build_id_len);
	/* the device differs between maps and stat on overlayfs and btrfs, so the inode decides */
	return m->inode == 0 || m->inode == st->st_ino;
}

static bool try_open(struct symbol_file *f, const struct module *m, const char *path)
{
	struct stat st;

	if (!path || !*path || *path == '[')
		return false;
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
		file_map_open(&f->map, path, MAX_FILE_BYTES, NULL) < 0) {
		if (!*f->problem)
			f->problem = "the file cannot be opened any more";
		return false;
	}
	if (elf_image_init(&f->image, f->map.s, NULL) < 0) {
		f->problem = "not an ELF file";
	} else if (!is_mapped_file(m, &f->image, &st)) {
		f->problem = "the file was replaced after it was loaded";
		elf_image_done(&f->image);
	} else {
		f->problem = "";
		f->usable = true;
		return true;
	}
	file_map_done(&f->map);
	return false;
}

static void remember_place(struct symbol_file *f, const struct module *m)
{
	int pid, n = 0;

	if (m->open_path && sscanf(m->open_path, "/proc/%d/root/%n", &pid, &n) == 1 && n > 0)
		snprintf(f->root, sizeof(f->root), "/proc/%d/root", pid);
	const char *slash = m->path ? strrchr(m->path, '/') : NULL;

	if (slash && (size_t)(slash - m->path) < sizeof(f->dir))
		snprintf(f->dir, sizeof(f->dir), "%.*s", (int)(slash - m->path), m->path);
}

struct symbol_file *symbol_file_open(const struct module *m)
{
	struct symbol_file *f = xcalloc(1, sizeof(*f));

	f->problem = "";
	if (m->kind == MODULE_VDSO) {
		f->usable = m->image &&
			elf_image_init(&f->image, span_of(m->image, m->image_len), NULL) == 0;
		return f;
	}
	remember_place(f, m);
	if (!try_open(f, m, m->open_path) && !m->deleted)
		try_open(f, m, m->path);
	return f;
}

void symbol_file_free(struct symbol_file *f)
{
	if (!f)
		return;
	dwarf_free(f->dwarf);
	pclntab_free(f->go);
	elf_symbols_done(&f->symbols);
	elf_image_done(&f->alt);
	elf_image_done(&f->debug);
	elf_image_done(&f->image);
	file_map_done(&f->alt_map);
	file_map_done(&f->debug_map);
	file_map_done(&f->map);
	free(f);
}

/* ---- separate debug files ----------------------------------------------------------------------
 */

enum { DEBUG_PATH_MAX = 1400 };

/* Opens one candidate; want_crc 0: the build-id must prove it. */
static bool try_debug(struct symbol_file *f, const char *path, bool by_crc, uint32_t want_crc)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
		file_map_open(&f->debug_map, path, MAX_FILE_BYTES, NULL) < 0)
		return false;
	if (elf_image_init(&f->debug, f->debug_map.s, NULL) == 0) {
		bool ok;

		if (f->image.build_id_len && f->debug.build_id_len)
			ok = same_build_id(&f->debug, f->image.build_id, f->image.build_id_len);
		else
			ok = by_crc && crc32_z(0, f->debug_map.s.p, f->debug_map.s.n) == want_crc;
		if (ok) {
			f->has_debug = true;
			return true;
		}
		elf_image_done(&f->debug);
	}
	file_map_done(&f->debug_map);
	return false;
}

/* ROOT/usr/lib/debug/.build-id/ab/cdef<suffix> */
static void build_id_path(char *ret, size_t room, const char *root, const uint8_t *id, size_t n)
{
	int at = snprintf(ret, room, "%s/usr/lib/debug/.build-id/%02x/", root, id[0]);

	for (size_t i = 1; i < n && at > 0 && (size_t)at + 3 < room; i++)
		at += snprintf(ret + at, room - (size_t)at, "%02x", id[i]);
	if (at > 0 && (size_t)at < room)
		snprintf(ret + at, room - (size_t)at, ".debug");
}

static bool search_debug_in(struct symbol_file *f, const char *root)
{
	char path[DEBUG_PATH_MAX];
	const char *name;
	uint32_t crc;

	if (f->image.build_id_len >= 2 && f->image.build_id_len <= 64) {
		build_id_path(path, sizeof(path), root, f->image.build_id, f->image.build_id_len);
		if (try_debug(f, path, false, 0))
			return true;
	}
	if (!elf_image_debuglink(&f->image, &name, &crc) || strlen(name) > 255)
		return false;
	static const char *const forms[] = { "%s%s/%s", "%s%s/.debug/%s", "%s/usr/lib/debug%s/%s" };

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		_Pragma("GCC diagnostic push");
		_Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"");
		snprintf(path, sizeof(path), forms[i], root, f->dir, name);
		_Pragma("GCC diagnostic pop");
		if (try_debug(f, path, true, crc))
			return true;
	}
	return false;
}

static void search_debug(struct symbol_file *f)
{
	if (f->debug_searched)
		return;
	f->debug_searched = true;
	if (f->map.s.n == 0) /* the vdso */
		return;
	const struct elf_section *info = elf_image_section(&f->image, ".debug_info");

	if (info && info->type != SHT_NOBITS && elf_image_section(&f->image, ".symtab"))
		return;
	if (!(f->root[0] && search_debug_in(f, f->root)))
		search_debug_in(f, "");
}

/* The dwz file is named from the debug file, relative to its folder or absolute. */
static void open_alt(struct symbol_file *f, struct elf_image *of)
{
	const char *name;
	struct span id;
	char path[DEBUG_PATH_MAX];

	if (!elf_image_debugaltlink(of, &name, &id) || id.n < 8 || id.n > 64)
		return;
	for (int i = 0; i < 4 && !f->has_alt; i++) {
		const char *root = i & 1 ? "" : f->root;

		if (i < 2)
			build_id_path(path, sizeof(path), root, id.p, id.n);
		else if (*name == '/')
			snprintf(path, sizeof(path), "%s%s", root, name);
		else
			snprintf(path, sizeof(path), "%s/usr/lib/debug/.dwz/%s", root,
				path_base(name));
		if (file_map_open(&f->alt_map, path, MAX_FILE_BYTES, NULL) < 0)
			continue;
		if (elf_image_init(&f->alt, f->alt_map.s, NULL) == 0) {
			if (same_build_id(&f->alt, id.p, id.n)) {
				f->has_alt = true;
				return;
			}
			elf_image_done(&f->alt);
		}
		file_map_done(&f->alt_map);
	}
}

/* ---- sources of names ---------------------------------------------------------------------------
 */

const struct elf_symbol *symbol_file_symbol(struct symbol_file *f, uint64_t addr)
{
	if (!f->usable)
		return NULL;
	if (!f->symbols_read) {
		f->symbols_read = true;
		search_debug(f);
		elf_symbols_init(&f->symbols, &f->image, f->has_debug ? &f->debug : NULL);
	}
	return elf_symbols_find(&f->symbols, addr);
}

struct dwarf *symbol_file_dwarf(struct symbol_file *f)
{
	if (!f->usable || f->dwarf_read)
		return f->dwarf;
	f->dwarf_read = true;
	search_debug(f);
	const struct elf_section *own = elf_image_section(&f->image, ".debug_info");

	if (!own)
		own = elf_image_section(&f->image, ".zdebug_info");
	struct elf_image *img = own && own->type != SHT_NOBITS ? &f->image
		: f->has_debug                                 ? &f->debug
							       : NULL;

	if (!img)
		return NULL;
	struct dwarf_sections s = { .info = elf_debug_section(img, "info"),
		.abbrev = elf_debug_section(img, "abbrev"),
		.line = elf_debug_section(img, "line"),
		.str = elf_debug_section(img, "str"),
		.line_str = elf_debug_section(img, "line_str"),
		.ranges = elf_debug_section(img, "ranges"),
		.rnglists = elf_debug_section(img, "rnglists"),
		.addr = elf_debug_section(img, "addr"),
		.str_offsets = elf_debug_section(img, "str_offsets"),
		.aranges = elf_debug_section(img, "aranges"),
		.is64 = img->is64 };

	if (s.info.n == 0 || s.abbrev.n == 0)
		return NULL;
	elf_image_text_range(&f->image, &s.text_lo, &s.text_hi);
	open_alt(f, img);
	if (f->has_alt) {
		s.alt_info = elf_debug_section(&f->alt, "info");
		s.alt_abbrev = elf_debug_section(&f->alt, "abbrev");
		s.alt_str = elf_debug_section(&f->alt, "str");
	}
	f->dwarf = dwarf_new(&s);
	return f->dwarf;
}

struct pclntab *symbol_file_go(struct symbol_file *f)
{
	if (!f->usable || f->go_read)
		return f->go;
	f->go_read = true;
	f->go = pclntab_open(&f->image);
	return f->go;
}

bool symbol_file_function_start(struct symbol_file *f, uint64_t addr, uint64_t *ret)
{
	uint64_t hi;

	return f->usable && elf_function_bounds(&f->image, addr, ret, &hi);
}
