/* SPDX-License-Identifier: MIT */
/*
 * A tiny hand-made Go program: ELF file with function, file, line and inline tables in the layout
 * of a chosen version, for tests of versions whose compiler is not at hand.
 *
 * main.main at GO_IMAGE_TEXT (32 bytes, main.go): bytes 8..15 are main.mid inlined at line 12, of
 * which bytes 10..13 are main.small inlined at line 7 of mid. Stack depth 0, from byte 4 on 24.
 * runtime.goexit behind it (16 bytes, /usr/local/go/src/runtime/asm.s line 99).
 */
#pragma once

#include "base/buf.h"

enum { GO_IMAGE_TEXT = 0x400 };

enum go_image_version { GO_IMAGE_116, GO_IMAGE_118, GO_IMAGE_120 };
enum go_image_flags {
	GO_IMAGE_NO_SECTIONS = 1 << 0, /* no section headers at all */
	GO_IMAGE_PIE = 1 << 1,         /* moduledata's pointers only as relocations */
};

void go_image_build(struct buf *ret, enum go_image_version version, unsigned flags);
