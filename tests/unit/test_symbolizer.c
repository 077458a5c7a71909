/* SPDX-License-Identifier: MIT */
/*
 * Whole chains against other tools: addr2line for C, C++ and Rust built here, go tool addr2line for
 * Go (stripped and position-independent too), for addresses spread over the text. What is not
 * installed is skipped with a word.
 */
#include "base/vec.h"
#include "collect/symbolizer.h"
#include "knowledge/knowledge.h"
#include "parse/elf_image.h"
#include "base/file.h"
#include "toolchain.h"
#include "unit.h"

static struct workshop shop;

static const char cpp_source[] =
	"#include <map>\n#include <string>\n#include <vector>\n#include <algorithm>\n#include "
	"<cstdio>\n"
	"namespace shop {\n"
	"struct Cart {\n"
	"	std::map<std::string, int> items; std::vector<int> v;\n"
	"	__attribute__((noinline)) int total(int k)\n"
	"	{\n"
	"		int s = 0;\n"
	"		for (auto &e : items) s += e.second * k;\n"
	"		std::sort(v.begin(), v.end());\n"
	"		return s;\n"
	"	}\n"
	"	int twice(int k) { return total(k) * 2 + (int)v.size(); }\n"
	"};\n"
	"int run(Cart &c, int n)\n"
	"{\n"
	"	int s = 0;\n"
	"	for (int i = 0; i < n; i++) { c.items[std::to_string(i)] = i; c.v.push_back(i); s "
	"+= c.twice(i); }\n"
	"	return s;\n"
	"}\n"
	"}\n"
	"int main(int c, char **v) { shop::Cart x; printf(\"%d\\n\", shop::run(x, c * 100)); }\n";

static const char rust_source[] =
	"use std::collections::HashMap;\n"
	"mod store {\n"
	"    pub trait Price { fn price(&self) -> u64; }\n"
	"    pub struct Item { pub n: u64 }\n"
	"    impl Price for Item { #[inline(never)] fn price(&self) -> u64 { "
	"self.n.wrapping_mul(7) ^ 3 } }\n"
	"}\n"
	"use store::*;\n"
	"#[inline(never)] fn build(n: u64) -> HashMap<String, u64> {\n"
	"    let mut m = HashMap::new(); for i in 0..n { m.insert(format!(\"k{}\", i), i); } m }\n"
	"fn main() { let m = build(1000); let mut t: Vec<u64> = m.values().map(|&n| Item { n "
	"}.price()).collect();\n"
	"    t.sort(); println!(\"{}\", t[3]); }\n";

static const char go_source[] =
	"package main\n"
	"import (\"fmt\"; \"os\"; \"sort\"; \"strings\")\n"
	"type row struct{ a, b string }\n"
	"func small(x int) int { return x*3 + 1 }\n"
	"func mid(x int) int { return small(x) + small(x+1) }\n"
	"//go:noinline\n"
	"func parseRow(s string) row { p := strings.Split(s, \",\"); return row{p[0], p[1]} }\n"
	"func (r *row) key() string { var b strings.Builder; b.WriteString(r.a); return b.String() "
	"}\n"
	"//go:noinline\n"
	"func apply[T any](v []T, f func(T) string) []string {\n"
	"	var o []string; for _, x := range v { o = append(o, f(x)) }; return o }\n"
	"func main() { var t []row; n := 0\n"
	"	for i := 0; i < 1000; i++ { t = append(t, parseRow(fmt.Sprintf(\"a%d,b\", i))); n "
	"+= mid(i) }\n"
	"	k := apply(t, func(r row) string { return r.key() }); sort.Strings(k)\n"
	"	fmt.Fprintln(os.Stderr, len(k), n) }\n";

static int setup(void **state)
{
	workshop_init(&shop);
	workshop_write(&shop, "a.cc", cpp_source);
	workshop_write(&shop, "main.rs", rust_source);
	workshop_write(&shop, "main.go", go_source);
	workshop_write(&shop, "go.mod", "module ledger\n\ngo 1.18\n");
	return 0;
}

static int teardown(void **state)
{
	workshop_done(&shop);
	return 0;
}

/* ---- what the other tool says
 * ---------------------------------------------------------------------- */

enum { ADDRESSES = 1000, MAX_FRAMES = 64 };

struct said {
	char function[512];
	char file[256]; /* last part only */
	uint32_t line;
};

/* "function" and "path:line" lines, as addr2line prints them; a discriminator may follow. */
static bool read_said(struct span *text, struct said *ret)
{
	struct span function, place;

	if (!span_next_line(text, &function) || !span_next_line(text, &place))
		return false;
	char copy[1024];

	snprintf(ret->function, sizeof(ret->function), "%.*s", (int)function.n,
		(const char *)function.p);
	snprintf(copy, sizeof(copy), "%.*s", (int)place.n, (const char *)place.p);
	copy[strcspn(copy, " ")] = '\0';
	char *colon = strrchr(copy, ':');

	ret->line = colon ? (uint32_t)strtoul(colon + 1, NULL, 10) : 0;
	if (colon)
		*colon = '\0';
	snprintf(ret->file, sizeof(ret->file), "%s", path_base(copy));
	return true;
}

struct score {
	unsigned asked, known, depth, line, file, name;
};

static void score_chain(struct score *s, const struct profile *p, const uint32_t *ids, size_t n,
	const struct said *said, size_t n_said)
{
	/* addr2line has the innermost first */
	bool lines = true, files = true, names = true;

	s->known++;
	s->depth += n == n_said;
	for (size_t i = 0; i < n && i < n_said; i++) {
		const struct frame *f = &p->frames.v[ids[n - 1 - i]];
		const char *name =
			f->linkage ? profile_str(p, f->linkage) : profile_str(p, f->function);
		size_t plain = strcspn(said[i].function, ".");

		/* we look back from compiler-made code (line 0), addr2line does not */
		lines &= f->line == said[i].line || said[i].line == 0;
		files &= said[i].line == 0 ||
			strcmp(path_base(profile_str(p, f->file)), said[i].file) == 0;
		names &= strncmp(name, said[i].function, plain) == 0 ||
			strstr(name, "::") /* GCC gives no linker name to lambdas and the like */;
	}
	s->line += lines;
	s->file += files;
	s->name += names;
}

/* Addresses over the text, as input for the tools. */
static size_t spread(const char *program, uint64_t *ret, struct buf *text)
{
	char path[256];
	struct file_map map;
	struct elf_image img;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/%s", shop.dir, program);
	assert_int_equal(file_map_open(&map, path, 1 << 30, NULL), 0);
	assert_int_equal(elf_image_init(&img, map.s, NULL), 0);
	const struct elf_section *s = elf_image_section(&img, ".text");

	assert_non_null(s);
	for (uint64_t a = s->addr; a < s->addr + s->size && n < ADDRESSES;
		a += s->size / ADDRESSES + 1) {
		ret[n++] = a;
		buf_printf(text, "0x%llx\n", (unsigned long long)a);
	}
	elf_image_done(&img);
	file_map_done(&map);
	return n;
}

static void compare_with_addr2line(const char *program, struct score *ret)
{
	static uint64_t addrs[ADDRESSES];
	_cleanup_(buf_done) struct buf input = { 0 }, output = { 0 };
	size_t n = spread(program, addrs, &input);
	char line[300], path[256];

	snprintf(path, sizeof(path), "%s/%s", shop.dir, program);
	snprintf(line, sizeof(line), "addr2line -a -f -i -e %s", program);
	assert_true(workshop_run(&shop, line, buf_cstr(&input), &output));
	struct profile *p = profile_new();
	struct symbolizer *s = symbolizer_new(p, knowledge_builtin(), shop.dir);
	struct module m = { .path = path, .open_path = path };
	struct span text = buf_span(&output), head;

	*ret = (struct score){ 0 };
	span_next_line(&text, &head);
	for (size_t i = 0; i < n; i++) {
		struct said said[MAX_FRAMES];
		size_t n_said = 0;
		uint32_t ids[SYMBOLIZER_MAX_INLINE];
		bool named;

		while (n_said < MAX_FRAMES && text.n && !span_starts(text, "0x") &&
			read_said(&text, &said[n_said]))
			n_said++;
		span_next_line(&text, &head);
		ret->asked++;
		size_t frames = symbolizer_resolve(
			s, &m, &(struct raw_frame){ .addr = addrs[i] }, ids, &named);

		/* between functions and where nothing is known there is nothing to compare */
		if (named && n_said && said[0].line && p->frames.v[ids[frames - 1]].file)
			score_chain(ret, p, ids, frames, said, n_said);
	}
	symbolizer_free(s);
	profile_free(p);
	printf("# %s: %u of %u addresses with lines; equal depth %u, lines %u, files %u, names "
	       "%u\n",
		program, ret->known, ret->asked, ret->depth, ret->line, ret->file, ret->name);
}

static void assert_agrees(const char *program, unsigned least)
{
	struct score s;

	compare_with_addr2line(program, &s);
	assert_true(s.known >= least);
	/* addr2line errs in a few places: overlapping ranges, and the caller's file for inlined
	 * functions */
	assert_true(s.depth * 1000 >= s.known * 990);
	assert_true(s.line * 1000 >= s.known * 990);
	assert_true(s.file * 1000 >= s.known * 980);
	assert_true(s.name * 1000 >= s.known * 990);
}

/* ---- tests
 * ----------------------------------------------------------------------------------------- */

static void gcc_programs(void **state)
{
	if (!workshop_has(&shop, "g++", "C++ programs") ||
		!workshop_has(&shop, "addr2line", "C++ programs"))
		skip();
	assert_true(workshop_run(&shop,
		"g++ -O2 -g -gdwarf-5 a.cc -o cpp5 && g++ -O2 -g -gdwarf-4 a.cc -o cpp4 && "
		"g++ -O0 -g a.cc -o cpp0",
		NULL, NULL));
	assert_agrees("cpp5", 400);
	assert_agrees("cpp4", 400);
	assert_agrees("cpp0", 400);
}

static void clang_programs(void **state)
{
	if (!workshop_has(&shop, "clang++", "clang programs") ||
		!workshop_has(&shop, "addr2line", "clang programs"))
		skip();
	assert_true(workshop_run(&shop, "clang++ -O2 -g -gdwarf-4 a.cc -o clang4", NULL, NULL));
	assert_agrees("clang4", 300);
}

static void rust_programs(void **state)
{
	if (!workshop_has(&shop, "rustc", "Rust programs") ||
		!workshop_has(&shop, "addr2line", "Rust programs"))
		skip();
	assert_true(workshop_run(&shop, "rustc -O -g main.rs -o rust", NULL, NULL));
	assert_agrees("rust", 300);
}

/* The chain at the address must hold these display names in this order (others between). */
static void assert_somewhere(const char *program, const char *function, const char *const *names)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	char line[400], path[256];
	uint64_t start = 0, size = 0;
	unsigned long long a = 0, n = 0;

	snprintf(path, sizeof(path), "%s/%s", shop.dir, program);
	snprintf(line, sizeof(line), "nm -SC %s | grep -E ' [tT] %s' | head -1", program, function);
	assert_true(workshop_run(&shop, line, NULL, &out));
	assert_int_equal(sscanf(buf_cstr(&out), "%llx %llx", &a, &n), 2);
	start = a;
	size = n;
	struct profile *p = profile_new();
	struct symbolizer *s = symbolizer_new(p, knowledge_builtin(), shop.dir);
	struct module m = { .path = path, .open_path = path };
	bool found = false;

	for (uint64_t at = start; at < start + size && !found; at++) {
		uint32_t ids[SYMBOLIZER_MAX_INLINE];
		bool named;
		size_t frames = symbolizer_resolve(
			       s, &m, &(struct raw_frame){ .addr = at }, ids, &named),
		       k = 0;

		for (size_t i = 0; i < frames && names[k]; i++)
			k += strcmp(profile_str(p, p->frames.v[ids[i]].function), names[k]) == 0;
		found = names[k] == NULL;
	}
	if (!found)
		print_error(
			"%s: no address of %s has the chain %s ...\n", program, function, names[0]);
	assert_true(found);
	symbolizer_free(s);
	profile_free(p);
}

static void names_as_developers_write_them(void **state)
{
	if (workshop_has(&shop, "g++", "C++ names")) {
		assert_true(workshop_run(&shop, "g++ -O2 -g a.cc -o cpp", NULL, NULL));
		assert_somewhere("cpp", "shop::run",
			(const char *[]){ "shop::run", "shop::Cart::twice", NULL });
		assert_somewhere("cpp", "shop::run",
			(const char *[]){
				"shop::run", "std::map<std::string, int>::operator[]", NULL });
	}
	if (workshop_has(&shop, "rustc", "Rust names")) {
		static const char *const store = "<main::store::Item as main::store::Price>::price";

		assert_true(workshop_run(&shop, "rustc -O -g main.rs -o rust", NULL, NULL));
		assert_somewhere("rust", "main::build", (const char *[]){ "main::build", NULL });
		assert_somewhere("rust", store, (const char *[]){ store, NULL });
	}
}

static void compare_with_go(const char *reference, const char *program)
{
	static uint64_t addrs[ADDRESSES];
	_cleanup_(buf_done) struct buf input = { 0 }, output = { 0 };
	size_t n = spread(reference, addrs, &input);
	char line[300], path[256];
	unsigned known = 0, lines = 0, names = 0, inlined = 0;

	snprintf(path, sizeof(path), "%s/%s", shop.dir, program);
	snprintf(line, sizeof(line), "go tool addr2line %s", reference);
	assert_true(workshop_run(&shop, line, buf_cstr(&input), &output));
	struct profile *p = profile_new();
	struct symbolizer *s = symbolizer_new(p, knowledge_builtin(), shop.dir);
	struct module m = { .path = path, .open_path = path };
	struct span text = buf_span(&output);

	for (size_t i = 0; i < n; i++) {
		struct said said;
		uint32_t ids[SYMBOLIZER_MAX_INLINE];
		bool named;

		assert_true(read_said(&text, &said));
		size_t frames = symbolizer_resolve(
			s, &m, &(struct raw_frame){ .addr = addrs[i] }, ids, &named);

		if (said.line == 0 || said.line > INT32_MAX || !named)
			continue;
		const struct frame *outer = &p->frames.v[ids[0]],
				   *inner = &p->frames.v[ids[frames - 1]];
		const char *name = profile_str(p, outer->function);
		size_t plain = strcspn(said.function, "[");

		known++;
		inlined += frames > 1;
		lines += inner->line == said.line &&
			strcmp(path_base(profile_str(p, inner->file)), said.file) == 0;
		names += strncmp(name, said.function, plain) == 0;
	}
	symbolizer_free(s);
	profile_free(p);
	printf("# %s: %u of %zu addresses with lines; equal lines %u, names %u; %u in inlined "
	       "calls\n",
		program, known, n, lines, names, inlined);
	assert_true(known > n / 2);
	assert_int_equal(lines, known);
	assert_int_equal(names, known);
	assert_true(inlined > known / 50);
}

static void go_programs(void **state)
{
	if (!workshop_has(&shop, "go", "Go programs"))
		skip();
	assert_true(workshop_run(&shop,
		"export GOFLAGS=-mod=mod GOTOOLCHAIN=local; go build -o go-full main.go && "
		"go build -ldflags '-s -w' -o go-stripped main.go && go build -buildmode=pie -o "
		"go-pie main.go && "
		"strip -o go-pie-stripped go-pie",
		NULL, NULL));
	compare_with_go("go-full", "go-full");
	compare_with_go("go-full", "go-stripped");
	compare_with_go("go-pie", "go-pie-stripped");
}

static void facts(const char *program, const char *language, const char *producer)
{
	struct profile *p = profile_new();
	struct symbolizer *s = symbolizer_new(p, knowledge_builtin(), shop.dir);
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", shop.dir, program);
	symbolizer_build_facts(s, &(struct module){ .path = path, .open_path = path });
	assert_string_equal(p->language, language);
	if (!strstr(p->producer, producer))
		print_error(
			"%s: producer '%s' does not hold '%s'\n", program, p->producer, producer);
	assert_non_null(strstr(p->producer, producer));
	symbolizer_free(s);
	profile_free(p);
}

static void build_facts(void **state)
{
	workshop_write(&shop, "b.c",
		"#include <stdio.h>\nstatic int f(int x) { int y = x * 2; return y + 1; }\n"
		"int main(int c, char **v) { int s = 0; for (int i = 0; i < c; i++) s += f(i);\n"
		"	printf(\"%d\\n\", s); return 0; }\n");
	if (workshop_has(&shop, "gcc", "GCC facts")) {
		assert_true(workshop_run(
			&shop, "gcc -g -O0 b.c -o c0 && gcc -g -O2 b.c -o c2", NULL, NULL));
		facts("c0", "c", "-O0");
		facts("c2", "c", "-O2");
	}
	if (workshop_has(&shop, "clang", "clang facts")) {
		assert_true(workshop_run(&shop, "clang -g b.c -o k0", NULL, NULL));
		facts("k0", "c", "-O0 (inferred)");
	}
	if (workshop_has(&shop, "rustc", "Rust facts")) {
		assert_true(workshop_run(&shop, "rustc -g main.rs -o r0", NULL, NULL));
		facts("r0", "rust", "-O0 (inferred)");
	}
	if (workshop_has(&shop, "go", "Go facts")) {
		assert_true(workshop_run(&shop,
			"export GOFLAGS=-mod=mod GOTOOLCHAIN=local; "
			"go build -gcflags='all=-N -l' -ldflags '-s -w' -o g0 main.go",
			NULL, NULL));
		facts("g0", "go", "-N -l");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gcc_programs),
		cmocka_unit_test(clang_programs),
		cmocka_unit_test(rust_programs),
		cmocka_unit_test(names_as_developers_write_them),
		cmocka_unit_test(go_programs),
		cmocka_unit_test(build_facts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
