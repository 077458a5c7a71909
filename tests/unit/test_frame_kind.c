/* SPDX-License-Identifier: MIT */
/* Application, library or run time, with the built-in records. */
#include "collect/frame_kind.h"
#include "knowledge/knowledge.h"
#include "unit.h"

enum { EXE = 1, TOOLCHAIN = 2 };

static const struct {
	const char *function, *file, *module;
	unsigned flags;
	enum frame_kind want;
} cases[] = {
	/* the project's own */
	{ "main", "/home/me/app/src/main.c", "/home/me/app/build/app", EXE, FRAME_APP },
	{ "price", "/home/me/app/src/price.c", "/home/me/app/build/libprice.so", 0, FRAME_APP },
	{ "price", "", "/home/me/app/build/libprice.so", 0, FRAME_APP },
	{ "work", "", "/opt/tool/bin/tool", EXE, FRAME_APP },
	{ "work", "/build/tool-1.2/src/work.c", "/usr/bin/tool", EXE, FRAME_APP },
	{ "shop::Cart::total", "/home/me/app/usr/include/cart.h", "/home/me/app/a", EXE,
		FRAME_APP },
	/* vendored */
	{ "XXH64", "/home/me/app/third_party/xxhash/xxhash.c", "/home/me/app/a", EXE,
		FRAME_LIBRARY },
	{ "lz4_x", "/home/me/app/vendor/lz4/lz4.c", "/home/me/app/a", EXE, FRAME_LIBRARY },
	{ "serde_json::de::parse", "/home/me/.cargo/registry/src/index-1/serde_json-1.0/src/de.rs",
		"/home/me/app/target/release/app", EXE, FRAME_LIBRARY },
	{ "github.com/x/y.Do", "/home/me/go/pkg/mod/github.com/x/y@v1.2.3/do.go", "/home/me/app/a",
		EXE, FRAME_LIBRARY },
	{ "github.com/x/y.Do", "github.com/x/y@v1.2.3/do.go", "/home/me/app/a", EXE,
		FRAME_LIBRARY },
	/* system and language libraries */
	{ "std::vector<int>::push_back", "/usr/include/c++/12/bits/stl_vector.h", "/home/me/app/a",
		EXE, FRAME_LIBRARY },
	{ "std::vector<int>::push_back", "", "/home/me/app/a", EXE, FRAME_LIBRARY },
	{ "core::slice::sort::merge", "/rustc/5980/library/core/src/slice/sort.rs",
		"/home/me/app/a", EXE, FRAME_LIBRARY },
	{ "alloc::vec::Vec<T,A>::push", "", "/home/me/app/a", EXE, FRAME_LIBRARY },
	{ "strings.Split", "/usr/local/go/src/strings/strings.go", "/home/me/app/a",
		EXE | TOOLCHAIN, FRAME_LIBRARY },
	{ "strings.Split", "strings/strings.go", "/home/me/app/a", EXE, FRAME_LIBRARY },
	{ "inflate", "", "/usr/lib/x86_64-linux-gnu/libz.so.1.2.13", 0, FRAME_LIBRARY },
	{ "[libz.so+0x10]", "", "/lib/x86_64-linux-gnu/libz.so", 0, FRAME_LIBRARY },
	/* run times */
	{ "_start", "", "/home/me/app/a", EXE, FRAME_RUNTIME },
	{ "malloc", "", "/lib/x86_64-linux-gnu/libc.so.6", 0, FRAME_RUNTIME },
	{ "start_thread", "nptl/pthread_create.c", "/lib/x86_64-linux-gnu/libc.so.6", 0,
		FRAME_RUNTIME },
	{ "runtime.mallocgc", "/usr/local/go/src/runtime/malloc.go", "/home/me/app/a",
		EXE | TOOLCHAIN, FRAME_RUNTIME },
	{ "runtime.mallocgc", "runtime/malloc.go", "/home/me/app/a", EXE, FRAME_RUNTIME },
	{ "_PyEval_EvalFrameDefault", "", "/usr/bin/python3.11", EXE, FRAME_RUNTIME },
	{ "clock_gettime", "", "[vdso]", 0, FRAME_RUNTIME },
	/* JavaScript, as V8 names its scripts */
	{ "total", "/srv/shop/total.js", "v8", 0, FRAME_APP },
	{ "total", "/home/me/app/src/total.mjs", "v8", 0, FRAME_APP },
	{ "parse", "/home/me/app/node_modules/qs/lib/parse.js", "v8", 0, FRAME_LIBRARY },
	{ "readFileSync", "node:fs", "v8", 0, FRAME_RUNTIME },
	{ "Module._load", "internal/modules/cjs/loader.js", "v8", 0, FRAME_RUNTIME },
	/* names that are a library's elsewhere stay the project's here */
	{ "main.main", "/home/me/app/main.go", "/home/me/app/a", EXE, FRAME_APP },
	{ "ledger/strings.Split", "ledger/strings/split.go", "/home/me/app/a", EXE, FRAME_APP },
	{ "std::hash<shop::Id>::operator()", "/home/me/app/src/id.h", "/home/me/app/a", EXE,
		FRAME_APP },
};

static void kinds(void **state)
{
	struct profile *p = profile_new();
	struct frame_kinds k;

	frame_kinds_init(&k, knowledge_builtin(), "/home/me/app/");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct frame_place at = { .function = profile_string(p, cases[i].function),
			.file = profile_string(p, cases[i].file),
			.module = profile_string(p, cases[i].module),
			.executable = cases[i].flags & EXE,
			.toolchain = cases[i].flags & TOOLCHAIN };
		enum frame_kind got = frame_kind_of(&k, p, &at);

		if (got != cases[i].want)
			print_error("%s in %s (%s): %s\n", cases[i].function, cases[i].module,
				cases[i].file, frame_kind_name(got));
		assert_int_equal(got, cases[i].want);
		assert_int_equal(frame_kind_of(&k, p, &at), got);
	}
	frame_kinds_done(&k);
	profile_free(p);
}

static void without_records(void **state)
{
	struct profile *p = profile_new();
	struct frame_kinds k;
	struct frame_place at = { .function = profile_string(p, "f"),
		.module = profile_string(p, "/x/libf.so") };

	frame_kinds_init(&k, NULL, "");
	assert_int_equal(frame_kind_of(&k, p, &at), FRAME_LIBRARY);
	at.executable = true;
	assert_int_equal(frame_kind_of(&k, p, &at), FRAME_APP);
	frame_kinds_done(&k);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(kinds),
		cmocka_unit_test(without_records) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
