/* SPDX-License-Identifier: MIT */
/*
 * Turns module addresses into frames of a profile: function, file:line and the inlined functions
 * around them. Sources, best first: DWARF (own file, .gnu_debuglink, build-id folders), Go's
 * pclntab, .symtab, .dynsym, perf maps, kallsyms; then "[module+0xoff]". Each module is opened once
 * and every address resolved once. Names are demangled (C++, Rust legacy and v0).
 */
#pragma once

#include "base/err.h"
#include "collect/module.h"
#include "knowledge/records.h"
#include "model/profile.h"

struct managed_frames;
struct symbolizer;

/* project_root ("" none) helps to tell application from library code; k has the frame classes. */
struct symbolizer *symbolizer_new(
	struct profile *p, const struct knowledge *k, const char *project_root);
void symbolizer_free(struct symbolizer *s);
/* See frame_is_machinery; frame: of the profile. */
bool symbolizer_machinery(struct symbolizer *s, uint32_t frame);
/* Where addresses of MODULE_MANAGED lead; must outlive s. */
void symbolizer_managed(struct symbolizer *s, const struct managed_frames *m);

/*
 * Optional: opens the module's file and reads its debug information (the kernel's symbols) in the
 * background, so that the first look-up does not wait long. For all modules that will be asked for.
 */
void symbolizer_prepare(struct symbolizer *s, const struct module *m);

enum { SYMBOLIZER_MAX_INLINE = 32 };

/*
 * The frames at one address, outermost first, as frame ids of the profile (so the caller adds them
 * to the stack in this order). Always at least one; ret has room for SYMBOLIZER_MAX_INLINE.
 * *ret_named is false when only an address could be given.
 */
size_t symbolizer_resolve(struct symbolizer *s, const struct module *m, const struct raw_frame *f,
	uint32_t *ret, bool *ret_named);

/* Build facts of the main executable for profile.language and profile.producer. */
void symbolizer_build_facts(struct symbolizer *s, const struct module *exe);
