/* SPDX-License-Identifier: MIT */
/*
 * DWARF 2 to 5: from an address to the chain of functions (inlined ones too) with file and line.
 * Nothing is read before it is asked for: the first look-up reads the ranges of all units, a unit's
 * functions and line table are indexed when an address falls into it. Hostile input is expected:
 * what is broken reads as absent. Not for sharing between threads.
 */
#pragma once

#include "base/span.h"

struct dwarf;

/* Decompressed sections; those that a file lacks stay empty. They must outlive the reader. */
struct dwarf_sections {
	struct span info, abbrev, line, str, line_str, ranges, rnglists, addr, str_offsets, aranges;
	struct span alt_info, alt_str, alt_abbrev; /* the dwz supplementary file */
	uint64_t text_lo,
		text_hi; /* executable addresses: ranges outside are tombstones; 0,0 unknown */
	bool is64;
};

struct dwarf_frame {
	const char *name;    /* DW_AT_name qualified by its scopes, "" unknown */
	const char *linkage; /* mangled name, "" when the function has none */
	const char *file;    /* normalised path of line, "" unknown */
	uint32_t line;       /* line executing, or of the call into the next frame; 0 unknown */
	uint32_t decl_line;  /* first line of the function, 0 unknown */
	uint16_t language;   /* DW_LANG_* of the unit */
	bool inlined;
};

struct dwarf *dwarf_new(const struct dwarf_sections *sections);
void dwarf_free(struct dwarf *d);

/*
 * Frames at addr, outermost first; 0 when no unit knows the address. When only the line is known
 * (assembly) there is one frame with an empty name. When there are more than max, the outermost
 * and the innermost ones are kept. Strings live as long as d.
 */
size_t dwarf_lookup(struct dwarf *d, uint64_t addr, struct dwarf_frame *ret, size_t max);

/* A compilation unit for build facts. */
struct dwarf_unit_facts {
	uint64_t code_bytes;
	uint16_t language;    /* DW_LANG_*, 0 unknown */
	const char *producer; /* "" unknown */
	const char *name;     /* source file, as written */
	const char *comp_dir;
	bool split;          /* the real information is in a .dwo file */
	uint64_t info_bytes; /* size of the unit's description */
	/* only when judged: variables that stay in the stack frame, and those that move or are in
	 * registers */
	uint64_t stack_variables, other_variables;
};
size_t dwarf_unit_count(struct dwarf *d);
/* judge: also count variables, which reads the whole unit. */
void dwarf_unit_facts(struct dwarf *d, size_t i, bool judge, struct dwarf_unit_facts *ret);
