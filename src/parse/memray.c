/* SPDX-License-Identifier: MIT */
/*
 * memray's captures: their records change with each version and only memray itself reads them. It
 * writes speedscope files, which can be read.
 */
#include "parse/format.h"
#include "parse/sniff.h"

#include <errno.h>

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	const char *name = env->name ? env->name : "FILE";

	fail(err, ENOTSUP, "this is a capture of memray, which only memray can read");
	err_hint(err,
		"convert it first: python3 -m memray transform speedscope -o "
		"memray.speedscope.json %s; then "
		"import memray.speedscope.json",
		name);
	return -ENOTSUP;
}

/* "memray" and a zero, plain or as the first literals of an LZ4 frame. */
static int detect(struct span head, const char *name)
{
	static const uint8_t lz4[] = { 0x04, 0x22, 0x4d, 0x18 };

	if (head.n >= 7 && memcmp(head.p, "memray\0", 7) == 0)
		return 100;
	return head.n >= 4 && memcmp(head.p, lz4, 4) == 0 &&
			sniff_has(span_sub(head, 0, MIN(head.n, 32u)), "memray")
		? 98
		: 0;
}

const struct format memray_format = {
	.id = "memray",
	.title = "memray capture (through memray)",
	.detect = detect,
	.read = read_file,
};
