/* SPDX-License-Identifier: MIT */
#include "parse/pclntab.h"
struct pclntab *pclntab_open(const struct elf_image *img) { return NULL; }
void pclntab_free(struct pclntab *t) {}
size_t pclntab_lookup(struct pclntab *t, uint64_t pc, struct pclntab_frame *ret, size_t max) { return 0; }
bool pclntab_sp_delta(struct pclntab *t, uint64_t pc, int32_t *ret_bytes) { return false; }
bool pclntab_is_top(struct pclntab *t, uint64_t pc) { return false; }
const char *pclntab_goroot(struct pclntab *t) { return ""; }
bool go_build_read(struct go_build *ret, const struct elf_image *img) { return false; }
void go_build_done(struct go_build *b) {}
