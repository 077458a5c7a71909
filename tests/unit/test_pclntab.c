/* SPDX-License-Identifier: MIT */
/* Go tables of three versions in a hand-made program; "--write DIR" writes the fuzz corpus. */
#include "base/file.h"
#include "go_image.h"
#include "parse/pclntab.h"
#include "unit.h"

struct want {
	uint64_t pc;
	const char *frames; /* "name:line(decl)" outermost first, joined by " > " */
};

static void describe(struct pclntab *t, uint64_t pc, struct buf *out)
{
	struct pclntab_frame v[8];
	size_t n = pclntab_lookup(t, pc, v, 8);

	buf_clear(out);
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%s%s%s:%u", i ? " > " : "", v[i].inlined ? "+" : "", v[i].name,
			v[i].line);
		if (v[i].decl_line)
			buf_printf(out, "(%u)", v[i].decl_line);
	}
}

static void check(enum go_image_version version, unsigned flags, const struct want *want, size_t n)
{
	_cleanup_(buf_done) struct buf file = { 0 }, got = { 0 };
	struct elf_image img;

	go_image_build(&file, version, flags);
	assert_int_equal(elf_image_init(&img, buf_span(&file), NULL), 0);
	struct pclntab *t = pclntab_open(&img);

	assert_non_null(t);
	for (size_t i = 0; i < n; i++) {
		describe(t, want[i].pc, &got);
		assert_string_equal(buf_cstr(&got), want[i].frames);
	}
	int32_t delta = -1;

	assert_true(pclntab_sp_delta(t, GO_IMAGE_TEXT + 0x00, &delta));
	assert_int_equal(delta, 0);
	assert_true(pclntab_sp_delta(t, GO_IMAGE_TEXT + 0x04, &delta));
	assert_int_equal(delta, 24);
	assert_false(pclntab_sp_delta(t, GO_IMAGE_TEXT + 0x30, &delta));
	assert_false(pclntab_is_top(t, GO_IMAGE_TEXT + 0x00));
	assert_true(pclntab_is_top(t, GO_IMAGE_TEXT + 0x24));
	assert_string_equal(pclntab_goroot(t), "/usr/local/go");
	pclntab_free(t);
	elf_image_done(&img);
}

static const struct want old_frames[] = {
	{ GO_IMAGE_TEXT - 1, "" },
	{ GO_IMAGE_TEXT + 0x00, "main.main:11" },
	{ GO_IMAGE_TEXT + 0x08, "main.main:12 > +main.mid:6" },
	{ GO_IMAGE_TEXT + 0x0b, "main.main:12 > +main.mid:6 > +main.(*row[...]).small:3" },
	{ GO_IMAGE_TEXT + 0x0e, "main.main:12 > +main.mid:8" },
	{ GO_IMAGE_TEXT + 0x10, "main.main:12" },
	{ GO_IMAGE_TEXT + 0x28, "runtime.goexit:99" },
	{ GO_IMAGE_TEXT + 0x30, "" },
};

static const struct want new_frames[] = {
	{ GO_IMAGE_TEXT - 1, "" },
	{ GO_IMAGE_TEXT + 0x00, "main.main:11(10)" },
	{ GO_IMAGE_TEXT + 0x08, "main.main:12(10) > +main.mid:6(5)" },
	{ GO_IMAGE_TEXT + 0x0b,
		"main.main:12(10) > +main.mid:6(5) > +main.(*row[...]).small:3(2)" },
	{ GO_IMAGE_TEXT + 0x0e, "main.main:12(10) > +main.mid:8(5)" },
	{ GO_IMAGE_TEXT + 0x10, "main.main:12(10)" },
	{ GO_IMAGE_TEXT + 0x28, "runtime.goexit:99(90)" },
	{ GO_IMAGE_TEXT + 0x30, "" },
};

static void version_116(void **state)
{
	check(GO_IMAGE_116, 0, old_frames, ARRAY_LEN(old_frames));
}

static void version_118(void **state)
{
	check(GO_IMAGE_118, 0, old_frames, ARRAY_LEN(old_frames));
	check(GO_IMAGE_118, GO_IMAGE_PIE, old_frames, ARRAY_LEN(old_frames));
}

static void version_120(void **state)
{
	check(GO_IMAGE_120, 0, new_frames, ARRAY_LEN(new_frames));
	check(GO_IMAGE_120, GO_IMAGE_PIE, new_frames, ARRAY_LEN(new_frames));
}

static void without_section_headers(void **state)
{
	check(GO_IMAGE_116, GO_IMAGE_NO_SECTIONS, old_frames, ARRAY_LEN(old_frames));
	check(GO_IMAGE_118, GO_IMAGE_NO_SECTIONS, old_frames, ARRAY_LEN(old_frames));
	check(GO_IMAGE_120, GO_IMAGE_NO_SECTIONS, new_frames, ARRAY_LEN(new_frames));
}

static int write_corpus(const char *dir)
{
	static const char *const names[] = { "go116", "go118", "go120" };

	for (int v = GO_IMAGE_116; v <= GO_IMAGE_120; v++) {
		for (unsigned flags = 0; flags < 3; flags++) {
			static const char *const kinds[] = { "", "-nosections", "-pie" };
			_cleanup_(buf_done) struct buf file = { 0 };
			char path[4096];

			go_image_build(&file, (enum go_image_version)v, flags);
			snprintf(path, sizeof(path), "%s/%s%s", dir, names[v], kinds[flags]);
			if (file_write_atomic(path, buf_span(&file), 0644, NULL) < 0)
				return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_116),
		cmocka_unit_test(version_118),
		cmocka_unit_test(version_120),
		cmocka_unit_test(without_section_headers),
	};

	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_corpus(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
