/* SPDX-License-Identifier: MIT */
/*
 * embed OUT.c FILE...: text assets as C string literals, asset_<name> with every character that is
 * no letter or digit as '_'. Literals compile about 30 times faster than arrays of numbers, and the
 * build sees the file, which .incbin would hide from it. Binary files are refused: a NUL would cut
 * the string.
 */
#include "base/alloc.h"
#include "base/file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_ASSET_BYTES = 4 << 20, LINE_BYTES = 96 };

static _Noreturn void die(const char *file, const char *what)
{
	fprintf(stderr, "%s: %s\n", file, what);
	exit(1);
}

static void put_symbol(struct buf *out, const char *path)
{
	buf_puts(out, "const char asset_");
	for (const char *s = path_base(path); *s; s++)
		buf_putc(out, isalnum((unsigned char)*s) ? *s : '_');
	buf_puts(out, "[] =\n");
}

static void put_literal(struct buf *out, const char *path, struct span text)
{
	size_t column = 0;

	buf_putc(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (c == '\0')
			die(path, "a text asset must not contain NUL");
		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c == '\n')
			buf_puts(out, "\\n");
		else if (c < 0x20 || c >= 0x7f || c == '?') /* '?': no trigraphs */
			buf_printf(out, "\\%03o", c);
		else
			buf_putc(out, (char)c);
		if ((c == '\n' || ++column >= LINE_BYTES) && i + 1 < text.n) {
			buf_puts(out, "\"\n\"");
			column = 0;
		}
	}
	buf_puts(out, "\";\n");
}

int main(int argc, char **argv)
{
	struct buf out = { 0 };
	struct err err = { 0 };

	if (argc < 3) {
		fprintf(stderr, "usage: embed OUT.c FILE...\n");
		return 2;
	}
	buf_puts(&out,
		"/* Made by gen/embed from assets/; do not edit. */\n#include "
		"\"render/assets.h\"\n");
	for (int i = 2; i < argc; i++) {
		struct buf text = { 0 };

		if (file_read(argv[i], MAX_ASSET_BYTES, &text, &err) < 0)
			die(argv[i], err.msg);
		buf_putc(&out, '\n');
		put_symbol(&out, argv[i]);
		put_literal(&out, argv[i], buf_span(&text));
		buf_done(&text);
	}
	if (file_write_atomic(argv[1], buf_span(&out), 0644, &err) < 0)
		die(argv[1], err.msg);
	buf_done(&out);
	return 0;
}
