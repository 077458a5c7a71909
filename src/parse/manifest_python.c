/* SPDX-License-Identifier: MIT */
/* Manifests of the Python world: pyproject.toml, requirements, Pipfile, setup.py/.cfg, conda. */
#include "parse/ini.h"
#include "parse/manifest_build.h"
#include "parse/toml.h"
#include "parse/yaml_lite.h"

struct python {
	struct manifest *m;
	struct arena *a;
	const char *last_tool; /* [tool.X] already noted */
	bool package;
};

/* [tool.pytest.ini_options] says that pytest is used, even when no list of dependencies does. */
static void note_tool(struct python *p, struct span tool)
{
	if (p->last_tool && span_eq(tool, p->last_tool))
		return;
	p->last_tool = manifest_text(p->a, tool);
	manifest_add_dep(p->m, p->a, tool, (struct span){ 0 });
}

static bool poetry_table(const struct flat *f, unsigned *ret_name)
{
	if (FLAT_BELOW(f, "tool", "poetry", "dependencies", "*") ||
		FLAT_BELOW(f, "tool", "poetry", "dev-dependencies", "*"))
		return *ret_name = 3, true;
	if (FLAT_BELOW(f, "tool", "poetry", "group", "*", "dependencies", "*"))
		return *ret_name = 5, true;
	return false;
}

static void poetry_event(struct python *p, const struct flat *f, unsigned at)
{
	bool direct = f->depth == at + 1;

	if (span_eq(f->key[at], "python")) {
		if (direct && !f->open) {
			p->m->runtime = "python";
			p->m->runtime_version = manifest_version(p->a, f->value);
		}
	} else if (direct) {
		manifest_add_dep(p->m, p->a, f->key[at], f->open ? (struct span){ 0 } : f->value);
	}
}

static void pyproject_event(void *ctx, const struct flat *f)
{
	struct python *p = ctx;
	struct manifest *m = p->m;
	unsigned at;

	if (FLAT_BELOW(f, "project") || FLAT_BELOW(f, "tool", "poetry"))
		p->package = true;
	if (FLAT_BELOW(f, "tool", "*"))
		note_tool(p, f->key[1]);
	if (f->open && FLAT_IS(f, "tool", "uv", "workspace")) {
		m->workspace = "uv workspace";
		m->root = true;
	}
	if (poetry_table(f, &at)) {
		poetry_event(p, f, at);
		return;
	}
	if (f->open)
		return;
	if (FLAT_IS(f, "project", "name") || FLAT_IS(f, "tool", "poetry", "name"))
		manifest_set(&m->name, p->a, f->value);
	else if (FLAT_IS(f, "project", "dependencies", "[]") ||
		FLAT_IS(f, "build-system", "requires", "[]") ||
		FLAT_IS(f, "project", "optional-dependencies", "*", "[]") ||
		FLAT_IS(f, "dependency-groups", "*", "[]") ||
		FLAT_IS(f, "tool", "uv", "dev-dependencies", "[]") ||
		FLAT_IS(f, "tool", "pdm", "dev-dependencies", "*", "[]") ||
		FLAT_IS(f, "tool", "hatch", "envs", "*", "dependencies", "[]"))
		manifest_add_requirement(m, p->a, f->value);
	else if (FLAT_IS(f, "tool", "uv", "workspace", "members", "[]"))
		manifest_add_member(m, p->a, f->value);
	else if (FLAT_IS(f, "project", "requires-python")) {
		m->runtime = "python";
		m->runtime_version = manifest_version(p->a, f->value);
	}
}

static int pyproject_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct python p = { .m = ret, .a = a };
	int r = toml_read(in, pyproject_event, &p, err);

	if (r < 0)
		return r;
	ret->package = p.package;
	return 0;
}

const struct manifest_format manifest_pyproject = {
	.name = "pyproject.toml",
	.files = (const char *const[]){ "pyproject.toml", NULL },
	.language = "python",
	.parse = pyproject_parse,
};

static int requirements_parse(
	struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span line;

	(void)err;
	ret->package = false;
	while (span_next_line(&in, &line)) {
		line = span_trim(line);
		/* options, among them index addresses with credentials, and bare URLs are not read
		 */
		if (line.n == 0 || line.p[0] == '-' || line.p[0] == '#')
			continue;
		if (text_has(line, "://") && !text_has(line, "@"))
			continue;
		manifest_add_requirement(ret, a, line);
	}
	return 0;
}

const struct manifest_format manifest_requirements = {
	.name = "requirements.txt",
	.files =
		(const char *const[]){ "requirements*.txt", "*requirements.txt", "requirements*.in",
			"requirements/*.txt", "requirements/*.in", "constraints.txt", NULL },
	.language = "python",
	.parse = requirements_parse,
};

static void pipfile_event(void *ctx, const struct flat *f)
{
	struct python *p = ctx;

	if (FLAT_IS(f, "packages", "*") || FLAT_IS(f, "dev-packages", "*"))
		manifest_add_dep(p->m, p->a, f->key[1], f->open ? (struct span){ 0 } : f->value);
	else if (!f->open && FLAT_IS(f, "requires", "python_version")) {
		p->m->runtime = "python";
		p->m->runtime_version = manifest_version(p->a, f->value);
	}
}

static int pipfile_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct python p = { .m = ret, .a = a };
	int r = toml_read(in, pipfile_event, &p, err);

	return r < 0 ? r : 0;
}

const struct manifest_format manifest_pipfile = {
	.name = "Pipfile",
	.files = (const char *const[]){ "Pipfile", NULL },
	.language = "python",
	.parse = pipfile_parse,
};

/* setup.py is a program: quoted requirements are read where install_requires and its like stand. */
static int setup_py_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	static const char *const lists[] = { "install_requires", "extras_require", "tests_require",
		"setup_requires", "requirements", "REQUIRED", "requires", NULL };
	struct span line, quoted;
	int depth = 0;

	(void)err;
	while (span_next_line(&in, &line)) {
		size_t at = 0, end;

		line = text_without_comment(line, "#");
		if (depth <= 0) {
			depth = 0;
			if (!ret->name && text_find_word(line, "name", &end) && end < line.n &&
				line.p[end] == '=' && text_next_quoted(line, &end, &quoted))
				manifest_set(&ret->name, a, quoted);
			if (text_find_word(line, "python_requires", &end) &&
				text_next_quoted(line, &end, &quoted)) {
				ret->runtime = "python";
				ret->runtime_version = manifest_version(a, quoted);
			}
			bool list = false;

			for (size_t i = 0; lists[i] && !list; i++)
				list = text_find_word(line, lists[i], &at);
			if (!list || !text_has(span_from(line, at), "="))
				continue;
			if (!text_has(span_from(line, at), "[") &&
				!text_has(span_from(line, at), "{"))
				continue;
		}
		for (size_t i = at; i < line.n; i++)
			depth += line.p[i] == '[' || line.p[i] == '{'  ? 1
				: line.p[i] == ']' || line.p[i] == '}' ? -1
								       : 0;
		while (text_next_quoted(line, &at, &quoted))
			if (at >= line.n || line.p[at] != ':') /* "extra": [...] */
				manifest_add_requirement(ret, a, quoted);
	}
	return 0;
}

const struct manifest_format manifest_setup_py = {
	.name = "setup.py",
	.files = (const char *const[]){ "setup.py", NULL },
	.language = "python",
	.parse = setup_py_parse,
};

static void setup_cfg_event(void *ctx, const struct flat *f)
{
	struct python *p = ctx;

	if (FLAT_IS(f, "metadata", "name")) {
		manifest_set(&p->m->name, p->a, f->value);
		p->package = true;
	} else if (FLAT_IS(f, "options", "install_requires") ||
		FLAT_IS(f, "options", "tests_require") ||
		FLAT_IS(f, "options.extras_require", "*")) {
		manifest_add_requirement(p->m, p->a, f->value);
	} else if (FLAT_IS(f, "options", "python_requires")) {
		p->m->runtime = "python";
		p->m->runtime_version = manifest_version(p->a, f->value);
	} else if (f->open && FLAT_IS(f, "tool:pytest")) {
		manifest_add_dep(p->m, p->a, span_str("pytest"), (struct span){ 0 });
	}
}

static int setup_cfg_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct python p = { .m = ret, .a = a };
	int r = ini_read(in, setup_cfg_event, &p, err);

	ret->package = p.package;
	return r < 0 ? r : 0;
}

const struct manifest_format manifest_setup_cfg = {
	.name = "setup.cfg",
	.files = (const char *const[]){ "setup.cfg", NULL },
	.language = "python",
	.parse = setup_cfg_parse,
};

static void conda_event(void *ctx, const struct flat *f)
{
	struct python *p = ctx;

	if (f->open)
		return;
	if (FLAT_IS(f, "name"))
		manifest_set(&p->m->name, p->a, f->value);
	else if (FLAT_IS(f, "dependencies", "[]") || FLAT_IS(f, "dependencies", "[]", "pip", "[]"))
		manifest_add_requirement(p->m, p->a, f->value);
}

static int conda_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct python p = { .m = ret, .a = a };
	int r = yaml_lite_read(in, conda_event, &p, err);

	ret->package = false;
	return r < 0 ? r : 0;
}

const struct manifest_format manifest_conda_env = {
	.name = "environment.yml",
	.files = (const char *const[]){ "environment.yml", "environment.yaml", "conda.yml", NULL },
	.language = "python",
	.parse = conda_parse,
};
