/* SPDX-License-Identifier: MIT */
/* Manifests of compiled languages: Go, Cargo, CMake, Meson, make, Conan, vcpkg. */
#include "parse/json_flat.h"
#include "parse/manifest_build.h"
#include "parse/toml.h"

/* "use ./a" or a block "use ( ... )"; the same shape as require in go.mod. Calls per entry. */
static void go_blocks(struct span in, const char *word, struct manifest *m, struct arena *a,
	void (*entry)(struct manifest *m, struct arena *a, struct span line))
{
	struct span line;
	bool block = false;

	while (span_next_line(&in, &line)) {
		bool indirect = text_has(line, "// indirect");
		size_t end;

		line = text_without_comment(line, "//");
		if (block) {
			block = !span_eq(line, ")");
			if (block && line.n && !indirect)
				entry(m, a, line);
		} else if (span_starts(line, word) && text_find_word(line, word, &end)) {
			struct span rest = span_trim(span_from(line, end));

			if (span_eq(rest, "("))
				block = true;
			else if (rest.n && !indirect)
				entry(m, a, rest);
		}
	}
}

static void go_require(struct manifest *m, struct arena *a, struct span line)
{
	struct span name = text_word(line), version = span_trim(span_from(line, name.n));

	if (version.n && version.p[0] == 'v')
		version = span_from(version, 1);
	manifest_add_dep(m, a, name, version);
}

static int go_mod_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span all = in, line;

	(void)err;
	while (span_next_line(&in, &line)) {
		line = text_without_comment(line, "//");
		if (span_starts(line, "module ")) {
			manifest_set(&ret->name, a, span_unquote(span_trim(span_from(line, 7))));
		} else if (span_starts(line, "go ")) {
			ret->runtime = "go";
			ret->runtime_version = manifest_version(a, span_from(line, 3));
		}
	}
	go_blocks(all, "require", ret, a, go_require);
	return 0;
}

const struct manifest_format manifest_go_mod = {
	.name = "go.mod",
	.files = (const char *const[]){ "go.mod", NULL },
	.language = "go",
	.parse = go_mod_parse,
};

static int go_work_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	(void)err;
	ret->package = false;
	ret->root = true;
	ret->workspace = "go workspace";
	go_blocks(in, "use", ret, a, manifest_add_member);
	return 0;
}

const struct manifest_format manifest_go_work = {
	.name = "go.work",
	.files = (const char *const[]){ "go.work", NULL },
	.language = "go",
	.parse = go_work_parse,
};

struct cargo {
	struct manifest *m;
	struct arena *a;
	struct span dep; /* name of the dependency whose table is being read */
};

static bool cargo_dependency_table(struct span key)
{
	return span_eq(key, "dependencies") || span_eq(key, "dev-dependencies") ||
		span_eq(key, "build-dependencies");
}

static void cargo_event(void *ctx, const struct flat *f)
{
	struct cargo *c = ctx;
	struct manifest *m = c->m;

	/* [dependencies], [workspace.dependencies], [target.'cfg(unix)'.dependencies] */
	for (unsigned i = 0; i + 1 < f->depth && i < 3; i++) {
		if (!cargo_dependency_table(f->key[i]))
			continue;
		if (f->depth == i + 2 && f->open)
			manifest_add_dep(m, c->a, f->key[i + 1], (struct span){ 0 });
		else if (f->depth == i + 2)
			manifest_add_dep(m, c->a, f->key[i + 1], f->value);
		else if (!f->open && span_eq(f->key[i + 2], "version") && m->n_deps)
			m->deps[m->n_deps - 1].version = manifest_version(c->a, f->value);
		return;
	}
	if (f->open) {
		if (FLAT_IS(f, "package"))
			m->package = true;
		else if (FLAT_IS(f, "workspace")) {
			m->workspace = "cargo workspace";
			m->root = true;
		} else if (FLAT_IS(f, "bench", "[]")) {
			manifest_add_dep(m, c->a, span_str("cargo-bench"), (struct span){ 0 });
		}
		return;
	}
	if (FLAT_IS(f, "package", "name"))
		manifest_set(&m->name, c->a, f->value);
	else if (FLAT_IS(f, "workspace", "members", "[]"))
		manifest_add_member(m, c->a, f->value);
	else if (FLAT_IS(f, "package", "rust-version")) {
		m->runtime = "rust";
		m->runtime_version = manifest_version(c->a, f->value);
	}
}

static int cargo_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct cargo c = { .m = ret, .a = a };

	ret->package = false;
	int r = toml_read(in, cargo_event, &c, err);

	return r < 0 ? r : 0;
}

const struct manifest_format manifest_cargo = {
	.name = "Cargo.toml",
	.files = (const char *const[]){ "Cargo.toml", NULL },
	.language = "rust",
	.parse = cargo_parse,
};

/* The first argument of `command(` on this line, or on the rest of it. */
static bool call_argument(struct span line, const char *command, struct span *ret)
{
	size_t end;

	if (!text_find_word(line, command, &end))
		return false;
	struct span rest = span_trim(span_from(line, end));

	if (rest.n == 0 || rest.p[0] != '(')
		return false;
	*ret = span_trim(span_from(rest, 1));
	return ret->n > 0;
}

static void cmake_line(struct manifest *m, struct arena *a, struct span line)
{
	static const char *const commands[] = { "find_package", "find_library",
		"FetchContent_Declare", "CPMAddPackage", "pkg_check_modules", "pkg_search_module",
		"FIND_PACKAGE", NULL };
	struct span arg;

	if (call_argument(line, "project", &arg) || call_argument(line, "PROJECT", &arg)) {
		m->package = true;
		if (arg.p[0] != '$')
			manifest_set(&m->name, a, span_unquote(text_word(arg)));
	}
	for (size_t i = 0; commands[i]; i++)
		if (call_argument(line, commands[i], &arg))
			manifest_add_dep(m, a, text_word(arg), (struct span){ 0 });
	if (call_argument(line, "add_subdirectory", &arg) && arg.p[0] != '$')
		manifest_add_member(m, a, text_word(arg));
	if (call_argument(line, "enable_testing", &arg) || call_argument(line, "add_test", &arg))
		manifest_add_dep(m, a, span_str("ctest"), (struct span){ 0 });
}

static int cmake_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span line;

	(void)err;
	ret->package = false;
	while (span_next_line(&in, &line))
		cmake_line(ret, a, text_without_comment(line, "#"));
	return 0;
}

const struct manifest_format manifest_cmake = {
	.name = "CMakeLists.txt",
	.files = (const char *const[]){ "CMakeLists.txt", NULL },
	.language = "",
	.parse = cmake_parse,
};

static int meson_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span line, quoted;

	(void)err;
	ret->package = false;
	while (span_next_line(&in, &line)) {
		size_t end;

		line = text_without_comment(line, "#");
		if (span_starts(line, "project(")) {
			ret->package = true;
			end = 8;
			if (text_next_quoted(line, &end, &quoted))
				manifest_set(&ret->name, a, quoted);
		} else if ((text_find_word(line, "dependency", &end) ||
				   text_find_word(line, "find_library", &end)) &&
			text_next_quoted(line, &end, &quoted)) {
			manifest_add_dep(ret, a, quoted, (struct span){ 0 });
		}
	}
	return 0;
}

const struct manifest_format manifest_meson = {
	.name = "meson.build",
	.files = (const char *const[]){ "meson.build", NULL },
	.language = "",
	.parse = meson_parse,
};

/* A Makefile names its libraries as -lfoo and in pkg-config calls. */
static int makefile_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span line;

	(void)err;
	while (span_next_line(&in, &line)) {
		size_t end;

		line = text_without_comment(line, "#");
		for (size_t i = 0; i + 2 < line.n; i++) {
			if (line.p[i] != '-' || line.p[i + 1] != 'l' ||
				(i && line.p[i - 1] != ' ' && line.p[i - 1] != '='))
				continue;
			manifest_add_dep(
				ret, a, text_word(span_from(line, i + 2)), (struct span){ 0 });
		}
		if (!text_find_word(line, "config", &end) || !text_has(line, "pkg-config"))
			continue;
		for (struct span rest = span_trim(span_from(line, end)); rest.n;) {
			struct span w = text_word(rest);

			if (w.n == 0)
				break;
			if (w.p[0] != '-')
				manifest_add_dep(ret, a, w, (struct span){ 0 });
			rest = span_trim(span_from(rest, w.n));
		}
	}
	return 0;
}

const struct manifest_format manifest_makefile = {
	.name = "Makefile",
	.files = (const char *const[]){ "Makefile", "makefile", "GNUmakefile", NULL },
	.language = "",
	.parse = makefile_parse,
};

/* conanfile.txt: "zlib/1.2.13" below [requires]; conanfile.py: quoted, in any requires. */
static int conan_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span line, quoted;
	bool section = false;

	(void)err;
	ret->package = false;
	while (span_next_line(&in, &line)) {
		struct span s = text_without_comment(line, "#");
		size_t at = 0;

		if (s.n && s.p[0] == '[') {
			section = text_has(s, "requires");
			continue;
		}
		if (!section && text_has(s, "requires") && text_next_quoted(s, &at, &quoted))
			s = quoted;
		else if (!section)
			continue;
		const uint8_t *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
		size_t n = slash ? (size_t)(slash - s.p) : s.n;

		manifest_add_dep(ret, a, span_sub(s, 0, n),
			slash ? span_from(s, n + 1) : (struct span){ 0 });
	}
	return 0;
}

const struct manifest_format manifest_conanfile = {
	.name = "conanfile",
	.files = (const char *const[]){ "conanfile.txt", "conanfile.py", NULL },
	.language = "",
	.parse = conan_parse,
};

static void vcpkg_event(void *ctx, const struct flat *f)
{
	struct cargo *c = ctx;

	if (!f->open &&
		(FLAT_IS(f, "dependencies", "[]") || FLAT_IS(f, "dependencies", "[]", "name")))
		manifest_add_dep(c->m, c->a, f->value, (struct span){ 0 });
	else if (!f->open && FLAT_IS(f, "name"))
		manifest_set(&c->m->name, c->a, f->value);
}

static int vcpkg_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct cargo c = { .m = ret, .a = a };

	ret->package = false;
	return json_flat_read(in, vcpkg_event, &c, err);
}

const struct manifest_format manifest_vcpkg = {
	.name = "vcpkg.json",
	.files = (const char *const[]){ "vcpkg.json", NULL },
	.language = "",
	.parse = vcpkg_parse,
};
