/* SPDX-License-Identifier: MIT */
/* UTF-8 for display: decoding any bytes, columns on a terminal, what must not be shown as is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_BAD = 0xfffd };

/*
 * Takes one code point off *p (not at its NUL). An invalid byte gives UTF8_BAD and is skipped
 * alone.
 */
uint32_t utf8_next(const char **p);
/* Writes the encoding of cp, returns its length (1-4). No NUL. */
size_t utf8_put(char *out, uint32_t cp);
/* 0 for combining marks, 2 for East Asian wide and emoji, else 1. */
unsigned utf8_columns(uint32_t cp);
/* C0, C1, DEL, and the marks that reorder text: they would change what the reader sees. */
bool utf8_hostile(uint32_t cp);
/* Columns of the whole string, hostile characters counted as they are shown (one column). */
unsigned utf8_width(const char *s);
