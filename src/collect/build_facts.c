/* SPDX-License-Identifier: MIT */
/* Reads build facts from Go's buildinfo or DWARF units. */
#include "collect/build_facts.h"

void build_facts_read(struct profile *p, struct symbol_file *f)
{
	struct go_build go;

	if (go_build_read(&go, &f->image)) {
		p->language = "go";
		p->producer = *go.gcflags ? arena_printf(&p->arena, "%s -gcflags=%s", go.version, go.gcflags) :
					    arena_strdup(&p->arena, go.version);
		go_build_done(&go);
	}
}
