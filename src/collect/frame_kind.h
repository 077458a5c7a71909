/* SPDX-License-Identifier: MIT */
/*
 * Tells application code from libraries and language runtimes: knowledge records (frame_classes)
 * first, then what the build says: sources below the project root and the main program's own code
 * are the application.
 */
#pragma once

#include "knowledge/records.h"
#include "model/profile.h"

struct frame_kinds {
	const struct knowledge *k; /* NULL: no records */
	char root[4096];           /* project root without trailing slash, "" none */
	struct map_u64
		by_module; /* string ids of one profile -> index + 1 of a bit row in `rows` */
	struct map_u64 by_file;
	struct map_u64 by_frame;
	vec_of(uint8_t *) rows;
};

struct frame_place {
	uint32_t function, file, module; /* string ids of the profile */
	bool executable;                 /* in a program, not a shared library */
	bool toolchain; /* known to be the language's own library (Go: below GOROOT) */
};

void frame_kinds_init(struct frame_kinds *f, const struct knowledge *k, const char *project_root);
void frame_kinds_done(struct frame_kinds *f);
/*
 * A frame that only carries a call from one frame of an interpreted language to the next: class
 * "machinery". It says nothing once the interpreted frames are there.
 */
bool frame_is_machinery(struct frame_kinds *f, const struct profile *p, const struct frame *fr);
enum frame_kind frame_kind_of(
	struct frame_kinds *f, const struct profile *p, const struct frame_place *at);
