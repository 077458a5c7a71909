/* SPDX-License-Identifier: MIT */
/* Which file answers for a module: separate debug files, replaced and deleted files, identity. */
#include "collect/symbolizer.h"
#include "knowledge/knowledge.h"
#include "parse/elf_symbols.h"
#include "toolchain.h"
#include "unit.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

static struct workshop shop;

static const char source[] = "#include <stdio.h>\n"
			     "__attribute__((noinline)) int leaf(int x)\n"
			     "{\n"
			     "	return x * 3 + 1;\n"
			     "}\n"
			     "int main(int c, char **v)\n"
			     "{\n"
			     "	return leaf(c);\n"
			     "}\n";

static int setup(void **state)
{
	workshop_init(&shop);
	workshop_write(&shop, "p.c", source);
	return workshop_run(&shop,
		       "gcc -O2 -g p.c -o full && gcc -O2 -g -Wl,--build-id=none p.c -o noid", NULL,
		       NULL)
		? 0
		: -1;
}

static int teardown(void **state)
{
	workshop_done(&shop);
	return 0;
}

static uint64_t address_of(const char *file, const char *name)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	char line[256];
	uint64_t v = 0;

	snprintf(line, sizeof(line), "nm %s | awk '$3 == \"%s\" { print $1 }'", file, name);
	assert_true(workshop_run(&shop, line, NULL, &out));
	assert_true(span_parse_hex(span_trim(buf_span(&out)), &v));
	return v;
}

struct answer {
	struct profile *p;
	struct frame frame;
	bool named;
};

static void ask(const struct module *m, uint64_t addr, struct answer *ret)
{
	uint32_t ids[SYMBOLIZER_MAX_INLINE];
	struct raw_frame f = { .addr = addr };

	ret->p = profile_new();
	struct symbolizer *s = symbolizer_new(ret->p, knowledge_builtin(), shop.dir);

	assert_true(symbolizer_resolve(s, m, &f, ids, &ret->named) >= 1);
	ret->frame = ret->p->frames.v[ids[0]];
	symbolizer_free(s);
}

static void assert_answer(
	const struct module *m, uint64_t addr, const char *function, uint32_t line)
{
	struct answer a;

	ask(m, addr, &a);
	assert_string_equal(profile_str(a.p, a.frame.function), function);
	assert_int_equal(a.frame.line, line);
	profile_free(a.p);
}

static const char *in_shop(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *p = paths[next++ % 4];

	snprintf(p, sizeof(paths[0]), "%s/%s", shop.dir, name);
	return p;
}

static void own_debug_information(void **state)
{
	struct module m = { .path = in_shop("full"), .open_path = m.path };

	assert_answer(&m, address_of("full", "leaf"), "leaf", 4);
	assert_answer(&m, address_of("full", "main"), "main", 8);
}

static void debug_link(void **state)
{
	uint64_t leaf = address_of("full", "leaf"), bare = address_of("noid", "leaf");

	assert_true(workshop_run(&shop,
		"mkdir -p .debug && objcopy --only-keep-debug full .debug/full.debug && strip full "
		"-o linked && "
		"objcopy --add-gnu-debuglink=.debug/full.debug linked && "
		"objcopy --only-keep-debug noid noid.debug && strip noid -o noid.linked && "
		"objcopy --add-gnu-debuglink=noid.debug noid.linked",
		NULL, NULL));
	assert_answer(&(struct module){ .path = in_shop("linked"), .open_path = in_shop("linked") },
		leaf, "leaf", 4);
	/* without build-id the checksum decides */
	struct module m = { .path = in_shop("noid.linked"), .open_path = in_shop("noid.linked") };

	assert_answer(&m, bare, "leaf", 4);
	assert_true(workshop_run(&shop, "echo x >> noid.debug", NULL, NULL));
	struct answer a;

	ask(&m, bare, &a);
	assert_false(a.named);
	profile_free(a.p);
	/* a debug file of another build is refused by its build-id */
	assert_true(workshop_run(
		&shop, "objcopy --only-keep-debug noid .debug/full.debug", NULL, NULL));
	ask(&(struct module){ .path = in_shop("linked"), .open_path = in_shop("linked") }, leaf,
		&a);
	assert_false(a.named);
	assert_int_equal(a.frame.kind, FRAME_UNKNOWN);
	assert_true(strncmp(profile_str(a.p, a.frame.function), "[linked+0x", 10) == 0);
	profile_free(a.p);
}

static void compressed_sections(void **state)
{
	uint64_t leaf = address_of("full", "leaf");

	assert_true(workshop_run(&shop,
		"objcopy --compress-debug-sections=zlib full z && "
		"objcopy --compress-debug-sections=zlib-gnu full zg",
		NULL, NULL));
	assert_answer(&(struct module){ .path = in_shop("z"), .open_path = in_shop("z") }, leaf,
		"leaf", 4);
	assert_answer(&(struct module){ .path = in_shop("zg"), .open_path = in_shop("zg") }, leaf,
		"leaf", 4);
}

static void replaced_file(void **state)
{
	struct stat st;
	struct answer a;
	uint64_t leaf = address_of("full", "leaf");

	assert_int_equal(stat(in_shop("full"), &st), 0);
	struct module m = {
		.path = in_shop("full"), .open_path = in_shop("full"), .inode = st.st_ino
	};

	assert_answer(&m, leaf, "leaf", 4);
	m.inode = st.st_ino + 1;
	ask(&m, leaf, &a);
	assert_false(a.named);
	assert_int_equal(a.p->caveats.n, 1);
	assert_string_equal(a.p->caveats.first->id, "module-unreadable");
	profile_free(a.p);
	/* an equal build-id proves it in spite of another inode, a different one refutes it */
	m.build_id_len = 20;
	ask(&m, leaf, &a);
	assert_false(a.named);
	profile_free(a.p);
}

static void deleted_file(void **state)
{
	uint64_t leaf = address_of("full", "leaf");
	char fd_path[64];

	assert_true(workshop_run(&shop, "cp full gone", NULL, NULL));
	FILE *held = fopen(in_shop("gone"), "r");

	assert_non_null(held);
	snprintf(fd_path, sizeof(fd_path), "/proc/self/fd/%d", fileno(held));
	assert_int_equal(unlink(in_shop("gone")), 0);
	assert_answer(
		&(struct module){ .path = in_shop("gone"), .open_path = fd_path, .deleted = true },
		leaf, "leaf", 4);
	fclose(held);
	struct answer a;

	ask(&(struct module){ .path = in_shop("gone"), .open_path = "", .deleted = true }, leaf,
		&a);
	assert_false(a.named);
	profile_free(a.p);
}

static void return_addresses(void **state)
{
	struct profile *p = profile_new();
	struct symbolizer *s = symbolizer_new(p, knowledge_builtin(), shop.dir);
	struct module m = { .path = in_shop("full"), .open_path = in_shop("full") };
	uint64_t leaf = address_of("full", "leaf");
	uint32_t ids[SYMBOLIZER_MAX_INLINE], again[SYMBOLIZER_MAX_INLINE];
	bool named;

	/* the address behind a call that is the last instruction belongs to the next function */
	symbolizer_resolve(
		s, &m, &(struct raw_frame){ .addr = leaf, .is_return = true }, ids, &named);
	assert_string_not_equal(profile_str(p, p->frames.v[ids[0]].function), "leaf");
	size_t n = symbolizer_resolve(
		s, &m, &(struct raw_frame){ .addr = leaf + 1, .is_return = true }, ids, &named);

	assert_int_equal(n, 1);
	assert_string_equal(profile_str(p, p->frames.v[ids[0]].function), "leaf");
	assert_int_equal(
		symbolizer_resolve(s, &m, &(struct raw_frame){ .addr = leaf }, again, &named), 1);
	assert_int_equal(again[0], ids[0]);
	symbolizer_free(s);
	profile_free(p);
}

/* What is read in the background gives the same answers, whether it is asked for or not. */
static void prepared_modules(void **state)
{
	uint64_t leaf = address_of("full", "leaf");

	for (int asked = 0; asked < 2; asked++) {
		struct profile *p = profile_new();
		struct symbolizer *s = symbolizer_new(p, knowledge_builtin(), shop.dir);
		struct module kernel = {
			.kind = MODULE_KERNEL, .path = "[kernel]", .open_path = ""
		};
		struct module m = {
			.id = 1, .path = in_shop("full"), .open_path = in_shop("full")
		};
		struct module junk = {
			.id = 2, .path = in_shop("p.c"), .open_path = in_shop("p.c")
		};
		uint32_t ids[SYMBOLIZER_MAX_INLINE];
		bool named;

		for (int i = 0; i < 3; i++) {
			symbolizer_prepare(s, &kernel);
			symbolizer_prepare(s, &m);
			symbolizer_prepare(s, &junk);
		}
		if (asked) {
			symbolizer_resolve(s, &m, &(struct raw_frame){ .module = 1, .addr = leaf },
				ids, &named);
			assert_string_equal(profile_str(p, p->frames.v[ids[0]].function), "leaf");
			assert_int_equal(p->frames.v[ids[0]].line, 4);
			symbolizer_resolve(s, &kernel,
				&(struct raw_frame){ .addr = UINT64_MAX - 4096 }, ids, &named);
			symbolizer_prepare(s, &m);
		}
		symbolizer_free(s);
		profile_free(p);
	}
}

static void not_elf(void **state)
{
	static const char *const texts[] = { "", "hello", "\177ELF" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct answer a;

		workshop_write(&shop, "junk", texts[i]);
		ask(&(struct module){ .path = in_shop("junk"), .open_path = in_shop("junk") },
			0x1000, &a);
		assert_false(a.named);
		assert_string_equal(profile_str(a.p, a.frame.function), "[junk+0x1000]");
		profile_free(a.p);
	}
}

static void kernel_and_anonymous_memory(void **state)
{
	struct answer a;

	ask(&(struct module){ .kind = MODULE_KERNEL, .path = "[kernel]", .open_path = "" },
		0xffffffff81000010, &a);
	assert_int_equal(a.frame.kind == FRAME_KERNEL || !a.named, 1);
	profile_free(a.p);

	char path[64], map[64];

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "7f0000001000 100 JS:*hot /app/a.js:3\n");
	fclose(f);
	snprintf(map, sizeof(map), "[anon]");
	struct module m = { .kind = MODULE_ANON, .path = map, .open_path = "", .pid = getpid() };

	ask(&m, 0x7f0000001010, &a);
	assert_true(a.named);
	assert_int_equal(a.frame.kind, FRAME_JIT);
	assert_string_equal(profile_str(a.p, a.frame.function), "hot");
	assert_string_equal(profile_str(a.p, a.frame.linkage), "JS:*hot /app/a.js:3");
	assert_string_equal(profile_str(a.p, a.frame.file), "/app/a.js");
	profile_free(a.p);
	ask(&m, 0x7f0000002010, &a);
	assert_false(a.named);
	profile_free(a.p);
	unlink(path);
}

static void vdso(void **state)
{
	const void *image = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct elf_image img;
	struct elf_symbols symbols;
	struct answer a;

	if (!image) {
		print_message("no vdso here\n");
		skip();
	}
	/* the kernel maps two pages at most; the headers say how much is used */
	assert_int_equal(elf_image_init(&img, span_of(image, 4096), NULL), 0);
	size_t n = 4096;

	for (uint32_t i = 0; i < img.n_segments; i++)
		if (img.segments[i].type == PT_LOAD)
			n = img.segments[i].off + img.segments[i].filesz;
	elf_image_done(&img);
	assert_int_equal(elf_image_init(&img, span_of(image, n), NULL), 0);
	elf_symbols_init(&symbols, &img, NULL);
	assert_true(symbols.n > 0);
	ask(&(struct module){ .kind = MODULE_VDSO,
		    .path = "[vdso]",
		    .open_path = "",
		    .image = image,
		    .image_len = n },
		symbols.v[0].addr, &a);
	assert_true(a.named);
	assert_int_equal(a.frame.kind, FRAME_RUNTIME);
	profile_free(a.p);
	elf_symbols_done(&symbols);
	elf_image_done(&img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_debug_information),
		cmocka_unit_test(debug_link),
		cmocka_unit_test(compressed_sections),
		cmocka_unit_test(replaced_file),
		cmocka_unit_test(deleted_file),
		cmocka_unit_test(return_addresses),
		cmocka_unit_test(prepared_modules),
		cmocka_unit_test(not_elf),
		cmocka_unit_test(kernel_and_anonymous_memory),
		cmocka_unit_test(vdso),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
