/* SPDX-License-Identifier: MIT */
/* Kinds of the frames of an imported profile. */
#include "collect/imported_kinds.h"

#include "collect/frame_kind.h"

/* A program rather than a shared library, as far as its name says. */
static bool is_program(const char *module)
{
	return *module && *module != '[' && !strstr(module, ".so") && !strstr(module, ".jar") &&
		!strstr(module, ".dylib");
}

void imported_kinds(struct profile *p, const struct knowledge *k, const char *project_root)
{
	struct frame_kinds kinds;
	size_t n = p->frames.n;

	frame_kinds_init(&kinds, k, project_root);
	/* the index of frames is by content: make it anew with the kinds */
	map_u64_done(&p->frame_index);
	for (size_t i = 0; i < n; i++) {
		struct frame *f = &p->frames.v[i];
		const char *file = profile_str(p, f->file);

		if (f->kind != FRAME_APP && f->kind != FRAME_LIBRARY)
			continue;
		struct frame_place at = { .function = f->function,
			.file = f->file,
			.module = f->module,
			/* without a module nothing speaks against own code */
			.executable = !f->module || is_program(profile_str(p, f->module)),
			.toolchain = strstr(file, "/go/src/") && !strstr(file, "/pkg/mod/") };

		f->kind = (uint8_t)frame_kind_of(&kinds, p, &at);
	}
	frame_kinds_done(&kinds);
}
