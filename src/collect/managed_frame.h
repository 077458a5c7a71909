/* SPDX-License-Identifier: MIT */
/*
 * Frames of managed runtimes (Python, JavaScript, Java), which have a name and a line but no
 * lasting address: code moves, interpreters have none. Interned while sampling; in a raw stack they
 * stand as an address of a pseudo module (MODULE_MANAGED), so that stores and unwinder need not
 * know them.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "collect/module.h"
#include "model/profile.h"

struct managed_frame {
	uint32_t function, file,
		module; /* strings ids of the table; module: "python", "v8", "java" */
	uint32_t line, decl_line;
	uint8_t kind; /* enum frame_kind; FRAME_UNKNOWN: told by the frame classes of knowledge/ */
};

struct managed_frames {
	struct strtab strings;
	vec_of(struct managed_frame) v;
	struct map_u64 index;
};

void managed_frames_init(struct managed_frames *m);
void managed_frames_done(struct managed_frames *m);
/* Number of this frame, equal ones share it: the addr of its raw_frame. */
uint64_t managed_frames_add(struct managed_frames *m, const struct managed_frame *f);
