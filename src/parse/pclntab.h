/* SPDX-License-Identifier: MIT */
/*
 * Go's own tables (.gopclntab), which every Go program carries even when it is stripped: functions,
 * files, lines, inlined calls and stack depths. Versions 1.16, 1.18 and 1.20 of the format.
 * Source of the format: runtime/symtab.go and internal/abi/symtab.go of the Go distribution.
 */
#pragma once

#include "parse/elf_image.h"

struct pclntab;

struct pclntab_frame {
	const char *name; /* as in the table: "main.Map[...]", "strings.(*Builder).grow" */
	const char *file;
	uint32_t line;      /* executing, or of the call into the next frame */
	uint32_t decl_line; /* 0 in tables before 1.20 */
	bool inlined;
};

/* NULL when the image has no table that we can read. The image must outlive it. */
struct pclntab *pclntab_open(const struct elf_image *img);
void pclntab_free(struct pclntab *t);

/* Frames at pc, outermost first, at most max (outermost and innermost kept); 0: no Go code there.
 */
size_t pclntab_lookup(struct pclntab *t, uint64_t pc, struct pclntab_frame *ret, size_t max);

/*
 * For the unwinder: bytes between SP and the return address's slot at pc. False when there is no
 * Go function or its table does not know.
 */
bool pclntab_sp_delta(struct pclntab *t, uint64_t pc, int32_t *ret_bytes);
/* The function at pc is the first of its stack (runtime.goexit, runtime.mstart, rt0_go): stop
 * there. */
bool pclntab_is_top(struct pclntab *t, uint64_t pc);

/*
 * The function at pc moves SP in ways its table cannot say (runtime.systemstack, mcall,
 * asmcgocall): a frame called from it is on another stack than its caller.
 */
bool pclntab_switches_stack(struct pclntab *t, uint64_t pc);

/* Folder of the Go distribution as compiled in ("/usr/local/go"), "" with -trimpath. */
const char *pclntab_goroot(struct pclntab *t);

/* Facts from .go.buildinfo: Go version, main module path, flags; strings "" when unknown. */
struct go_build {
	struct arena arena;
	const char *version; /* "go1.26.8" */
	const char *module;  /* main module path */
	const char *gcflags; /* "-N -l" ... */
	struct span deps;    /* lines "dep\tpath\tversion..." and "build\t..." */
};
bool go_build_read(struct go_build *ret, const struct elf_image *img);
void go_build_done(struct go_build *b);
