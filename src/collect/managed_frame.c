/* SPDX-License-Identifier: MIT */
/* Interned frames of managed runtimes. */
#include "collect/managed_frame.h"

void managed_frames_init(struct managed_frames *m)
{
	*m = (struct managed_frames){ 0 };
	strtab_init(&m->strings);
}

void managed_frames_done(struct managed_frames *m)
{
	strtab_done(&m->strings);
	vec_done(&m->v);
	map_u64_done(&m->index);
}

static bool same(const struct managed_frame *a, const struct managed_frame *b)
{
	return a->function == b->function && a->file == b->file && a->module == b->module &&
		a->line == b->line && a->decl_line == b->decl_line && a->kind == b->kind;
}

uint64_t managed_frames_add(struct managed_frames *m, const struct managed_frame *f)
{
	uint64_t h = hash_u64((uint64_t)f->function << 32 | f->file) ^
		hash_u64((uint64_t)f->line << 32 | f->decl_line) * 3 ^
		((uint64_t)f->module << 8 | f->kind);

	for (;; h++) {
		bool fresh;
		uint32_t *slot = map_u64_put(&m->index, h, &fresh);

		if (fresh) {
			*slot = (uint32_t)m->v.n;
			*vec_push(&m->v) = *f;
			return *slot;
		}
		if (same(&m->v.v[*slot], f))
			return *slot;
	}
}
