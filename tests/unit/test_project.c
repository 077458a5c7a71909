/* SPDX-License-Identifier: MIT */
/*
 * Project detection on generated trees. tests/golden/project/<case>.txt holds the files ("==> path"
 * lines and their text) and, behind "==> expected", what must be found. With
 * PERF_OPS_UPDATE_GOLDEN=1 the expected part is written anew.
 */
#include "diagnose/project.h"

#include "base/alloc.h"
#include "base/file.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char tmp[] = "/tmp/perf-ops-project-XXXXXX";

static void write_text(const char *root, const char *path, struct span text)
{
	struct arena a = { 0 };
	char *full = path_join(&a, root, path);
	char *slash = strrchr(full, '/');

	*slash = '\0';
	assert_int_equal(path_make_dirs(full, NULL), 0);
	*slash = '/';
	int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, span_starts(text, "#!") ? 0755 : 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.n), (ssize_t)text.n);
	close(fd);
	arena_done(&a);
}

static void put(const char *root, const char *path, const char *text)
{
	write_text(root, path, span_str(text));
}

static void print_project(const struct project *p, const struct caveats *c, struct buf *out)
{
	for (size_t i = 0; i < p->n_languages; i++) {
		buf_printf(out, "language %s %.0f%% %llu:", p->languages[i].name,
			p->languages[i].share * 100, (unsigned long long)p->languages[i].files);
		for (size_t e = 0; e < p->languages[i].n_evidence; e++)
			buf_printf(out, " [%s]", p->languages[i].evidence[e]);
		buf_putc(out, '\n');
	}
	if (*p->javascript_side)
		buf_printf(out, "javascript %s\n", p->javascript_side);
	for (size_t i = 0; i < p->n_packages; i++) {
		const struct project_package *k = &p->packages[i];

		/* the root's name may be that of the temporary folder */
		buf_printf(out, "package %s %s %s %s\n", k->path,
			strstr(k->name, "perf-ops-project") ? "TREE" : k->name,
			*k->language ? k->language : "-", k->javascript_side);
		for (size_t f = 0; f < k->n_facts; f++)
			buf_printf(out, "  %s %s %s (%s)\n", k->facts[f].kind, k->facts[f].name,
				*k->facts[f].version ? k->facts[f].version : "-",
				k->facts[f].evidence);
	}
	for (size_t i = 0; i < p->n_databases; i++)
		buf_printf(out, "database %s host=%s name=%s (%s)\n", p->databases[i].kind,
			p->databases[i].host, p->databases[i].name, p->databases[i].evidence);
	for (const struct caveat *k = c->first; k; k = k->next)
		buf_printf(out, "caveat %s\n", k->id);
}

static void detect(const char *root, struct buf *out)
{
	struct arena a = { 0 };
	struct caveats caveats = { 0 };
	struct project p;
	struct err err = { 0 };

	if (project_detect(knowledge_builtin(), root, &a, &p, &caveats, &err) < 0)
		fail_msg("%s", err.msg);
	print_project(&p, &caveats, out);
	arena_done(&a);
}

static void remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		struct arena a = { 0 };
		char *full = path_join(&a, path, e->d_name);

		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
			if (e->d_type == DT_DIR) {
				chmod(full, 0700);
				remove_tree(full);
			} else {
				unlink(full);
			}
		}
		arena_done(&a);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static char *new_tree(void)
{
	char *t = xstrdup(tmp);

	assert_non_null(mkdtemp(t));
	return t;
}

/* Splits a case at its "==> path" lines into the tree; returns the offset of the expected part. */
static size_t unpack(const char *root, struct span all)
{
	struct span rest = all, line, text = { 0 };
	char path[256] = "";

	while (span_next_line(&rest, &line)) {
		if (!span_starts(line, "==> ")) {
			text.n = (size_t)(line.p + line.n - text.p) + 1;
			continue;
		}
		if (*path)
			write_text(root, path, text);
		struct span name = span_from(line, 4);

		if (span_eq(name, "expected"))
			return (size_t)(rest.p - all.p);
		assert_true(name.n < sizeof(path));
		memcpy(path, name.p, name.n);
		path[name.n] = '\0';
		text = span_of(rest.p, 0);
	}
	fail_msg("a case without '==> expected'");
	return 0;
}

static void run_case(const char *file)
{
	_cleanup_(buf_done) struct buf in = { 0 }, out = { 0 };
	char *root = new_tree();

	assert_int_equal(file_read(file, 1 << 20, &in, NULL), 0);
	size_t expected = unpack(root, buf_span(&in));

	detect(root, &out);
	if (getenv("PERF_OPS_UPDATE_GOLDEN")) {
		in.n = expected;
		buf_add(&in, out.p, out.n);
		assert_int_equal(file_write_atomic(file, buf_span(&in), 0644, NULL), 0);
	} else if (strcmp(in.p + expected, buf_cstr(&out)) != 0) {
		fprintf(stderr, "%s: found\n%s\nexpected\n%s\n", file, buf_cstr(&out),
			in.p + expected);
		fail();
	}
	/* nothing planted as secret may appear anywhere in what was found */
	if (strstr(buf_cstr(&out), "S3CRET"))
		fail_msg("%s: a planted secret is shown", file);
	remove_tree(root);
	free(root);
}

static void golden(void **state)
{
	struct arena a = { 0 };
	const char *source = getenv("PERF_OPS_SOURCE");
	const char *dir = path_join(&a, source ? source : ".", "tests/golden/project");
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);
	int ran = 0;

	(void)state;
	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.') {
			run_case(path_join(&a, dir, list[i]->d_name));
			ran++;
		}
		free(list[i]);
	}
	assert_true(n > 0 && ran > 0);
	free(list);
	arena_done(&a);
}

static bool detect_has(const char *root, const char *text)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	detect(root, &out);
	return strstr(buf_cstr(&out), text) != NULL;
}

static void weird_trees(void **state)
{
	char *root = new_tree(), *locked;
	struct arena a = { 0 };

	(void)state;
	/* loops and links out of the tree, names that are no text, an empty and an unreadable
	 * folder */
	assert_int_equal(symlink(".", path_join(&a, root, "loop")), 0);
	assert_int_equal(symlink("/", path_join(&a, root, "everything")), 0);
	assert_int_equal(symlink("missing", path_join(&a, root, "package.json")), 0);
	put(root, "empty/.keep", "");
	put(root, "a\x1b[31m\n\xff/b\x01.py", "import flask\n");
	put(root, "-rf", "x");
	assert_int_equal(mkfifo(path_join(&a, root, "app.py"), 0644), 0);
	assert_int_equal(mkfifo(path_join(&a, root, "Cargo.toml"), 0644), 0);
	locked = path_join(&a, root, "locked");
	put(locked, "x.py", "x = 1\n");
	chmod(locked, 0);
	_cleanup_(buf_done) struct buf out = { 0 };

	detect(root, &out);
	assert_non_null(strstr(buf_cstr(&out), "language python 100%"));
	assert_non_null(strstr(buf_cstr(&out), "framework flask - (a?[31m?"));
	assert_null(memchr(out.p, 0x1b, out.n));
	if (geteuid() != 0)
		assert_non_null(strstr(buf_cstr(&out), "caveat project-unreadable"));
	remove_tree(root);
	free(root);
	arena_done(&a);
}

static void limits(void **state)
{
	char *root = new_tree();
	struct arena a = { 0 };
	struct buf path = { 0 };

	(void)state;
	for (int i = 0; i < 60; i++)
		buf_puts(&path, "d/");
	buf_puts(&path, "deep.py");
	put(root, buf_cstr(&path), "x = 1\n");
	put(root, "top.py", "y = 1\n");
	assert_true(detect_has(root, "caveat project-scan-truncated"));
	assert_true(detect_has(root, "language python 100% 1:"));
	/* a manifest that is not what it says, too large or broken, is a caveat */
	put(root, "package.json", "{\"password\": S3CRET");
	assert_true(detect_has(root, "caveat project-manifest-unreadable"));
	assert_false(detect_has(root, "S3CRET"));
	remove_tree(root);
	free(root);
	buf_done(&path);
	arena_done(&a);
}

static void wrong_folder(void **state)
{
	struct arena a = { 0 };
	struct caveats c = { 0 };
	struct project p;
	struct err err = { 0 };
	char *root = new_tree();

	(void)state;
	assert_int_equal(
		project_detect(knowledge_builtin(), "/no/such/folder", &a, &p, &c, &err), -ENOENT);
	assert_string_equal(
		err.msg, "cannot open project folder '/no/such/folder': No such file or directory");
	/* a file stands for its folder, with a caveat */
	put(root, "x.go", "package main\n");
	assert_int_equal(
		project_detect(knowledge_builtin(), path_join(&a, root, "x.go"), &a, &p, &c, &err),
		0);
	assert_string_equal(p.root, root);
	assert_non_null(c.first);
	remove_tree(root);
	free(root);
	arena_done(&a);
}

static const char *language(const char *line)
{
	static char copy[500];
	const char *argv[16];
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *save, *w = strtok_r(copy, "|", &save); w; w = strtok_r(NULL, "|", &save))
		argv[n++] = w;
	argv[n] = NULL;
	return project_language_of_command(knowledge_builtin(), argv);
}

static void commands(void **state)
{
	char *root = new_tree(), here[4096];

	(void)state;
	put(root, "run.sh",
		"#!/bin/sh\nset -e\ncd \"$(dirname \"$0\")\"\n# python no\nexec node server.mjs\n");
	put(root, "tool", "#!/usr/bin/env python3\nprint(1)\n");
	put(root, "plain.sh", "echo hi\nls\n");
	put(root, "sub/run.sh",
		"#!/bin/sh\ncd \"$(dirname \"$0\")\"\nmkdir -p x\nexec ./inner \"$@\"\n");
	put(root, "sub/inner", "#!/usr/bin/env ruby\n");
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(root), 0);
	assert_string_equal(language("python3|app.py"), "python");
	assert_string_equal(language("/usr/bin/python3.11|-m|http.server"), "python");
	assert_string_equal(language("node|--max-old-space-size=100|srv.ts"), "typescript");
	assert_string_equal(language("env|A=1|nice|-n|5|timeout|-k|1|10|java|-jar|x.jar"), "java");
	assert_string_equal(language("uv|run|python|x.py"), "python");
	assert_string_equal(language("cargo|run|--release"), "rust");
	assert_string_equal(language("go|run|."), "go");
	assert_string_equal(language("dotnet|run"), "csharp");
	assert_string_equal(language("sh|-c|A=1 python3 x.py > out"), "python");
	assert_string_equal(language("./run.sh"), "javascript");
	assert_string_equal(language("bash|run.sh"), "javascript");
	assert_string_equal(language("./tool|--flag"), "python");
	assert_string_equal(language("sh|plain.sh"), "shell");
	assert_string_equal(language("sub/run.sh|1"), "ruby");
	assert_string_equal(language("/bin/ls"), "c");
	assert_string_equal(language("no-such-program"), "");
	assert_string_equal(language("/proc/self/mem"), "");
	assert_string_equal(project_symptom_language("typescript"), "javascript-backend");
	assert_string_equal(project_symptom_language("cpp"), "cpp");
	assert_string_equal(project_symptom_language("cuda"), "c");
	assert_string_equal(project_symptom_language("kotlin"), "java");
	assert_string_equal(project_symptom_language("csharp"), "dotnet");
	assert_string_equal(project_symptom_language(""), "none");
	assert_int_equal(chdir(here), 0);
	remove_tree(root);
	free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(golden), cmocka_unit_test(weird_trees),
		cmocka_unit_test(limits), cmocka_unit_test(wrong_folder),
		cmocka_unit_test(commands) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
