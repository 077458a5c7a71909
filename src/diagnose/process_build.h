/* SPDX-License-Identifier: MIT */
/*
 * How the executable was built: symbols, debug information, optimisation, frame pointers. Read
 * from the file, nothing is executed.
 */
#pragma once

#include "diagnose/process_view.h"

struct build_notes {
	const char *producer; /* compiler as DWARF or .comment names it, "" unknown */
	const char *go_version, *go_module, *go_flags; /* "" */
	/* "c", "c++", "rust", "go" ... as build_facts_read says, "" unknown */
	const char *language;
	bool is_elf;
};

/* `path` is how we reach the file ("/proc/812/exe"), `shown` its name. Fills the build fields of
 * *ret. */
void process_build_read(const char *path, const char *shown, bool deleted,
	const struct knowledge *k, struct arena *a, struct caveats *caveats,
	struct process_info *ret, struct build_notes *notes);

/* Share of function starts that set up a frame, and of those how many store their arguments at
 * once as unoptimised code does; -1 when too few functions are known. Pure; for tests. */
struct elf_image;
void build_frame_shares(struct elf_image *img, double *ret_frames, double *ret_spills);
