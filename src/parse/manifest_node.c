/* SPDX-License-Identifier: MIT */
/* Manifests of the JavaScript world: package.json, pnpm-workspace.yaml, lerna.json. */
#include "parse/json_flat.h"
#include "parse/manifest_build.h"
#include "parse/yaml_lite.h"

struct node {
	struct manifest *m;
	struct arena *a;
	bool frontend, backend;
};

static bool is_dependency_table(const struct flat *f)
{
	return FLAT_IS(f, "dependencies", "*") || FLAT_IS(f, "devDependencies", "*") ||
		FLAT_IS(f, "peerDependencies", "*") || FLAT_IS(f, "optionalDependencies", "*");
}

/* "pnpm@8.6.0+sha512..." */
static void read_package_manager(struct node *n, struct span v)
{
	const uint8_t *at = v.n ? memchr(v.p, '@', v.n) : NULL;
	size_t len = at ? (size_t)(at - v.p) : v.n;
	struct span version = at ? span_from(v, len + 1) : (struct span){ 0 };
	const uint8_t *plus = version.n ? memchr(version.p, '+', version.n) : NULL;

	if (plus)
		version.n = (size_t)(plus - version.p);
	manifest_add_dep(n->m, n->a, span_sub(v, 0, len), version);
}

/* A start script that runs the file with Node means a program of its own, not a page. */
static void read_script(struct node *n, struct span name, struct span v)
{
	static const char *const runners[] = { "node", "nodemon", "ts-node", "tsx", "ts-node-dev",
		"bun" };
	size_t len = 0;

	if (!span_eq(name, "start") && !span_eq(name, "serve") && !span_eq(name, "dev") &&
		!span_eq(name, "start:prod"))
		return;
	while (len < v.n && v.p[len] != ' ')
		len++;
	for (size_t i = 0; i < ARRAY_LEN(runners); i++)
		n->backend = n->backend || span_eq(span_sub(v, 0, len), runners[i]);
}

static void package_json_event(void *ctx, const struct flat *f)
{
	struct node *n = ctx;
	struct manifest *m = n->m;

	if (f->depth && (span_eq(f->key[0], "browserslist") || span_eq(f->key[0], "browser")))
		n->frontend = true;
	else if (f->depth && span_eq(f->key[0], "bin"))
		n->backend = true;
	if (f->open) {
		if (FLAT_IS(f, "workspaces")) {
			m->workspace = "npm workspaces";
			m->root = true;
		}
		return;
	}
	if (FLAT_IS(f, "name"))
		manifest_set(&m->name, n->a, f->value);
	else if (is_dependency_table(f))
		manifest_add_dep(m, n->a, f->key[1], f->value);
	else if (FLAT_IS(f, "workspaces", "[]") || FLAT_IS(f, "workspaces", "packages", "[]"))
		manifest_add_member(m, n->a, f->value);
	else if (FLAT_IS(f, "packageManager"))
		read_package_manager(n, f->value);
	else if (FLAT_IS(f, "scripts", "*"))
		read_script(n, f->key[1], f->value);
	else if (FLAT_IS(f, "engines", "node")) {
		m->runtime = "node";
		m->runtime_version = manifest_version(n->a, f->value);
	}
}

static int package_json_parse(
	struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct node n = { .m = ret, .a = a };
	int r = json_flat_read(in, package_json_event, &n, err);

	if (r < 0)
		return r;
	if (n.frontend != n.backend)
		ret->side = n.frontend ? "frontend" : "backend";
	else if (n.frontend)
		ret->side = "both";
	return 0;
}

const struct manifest_format manifest_package_json = {
	.name = "package.json",
	.files = (const char *const[]){ "package.json", NULL },
	.language = "javascript",
	.parse = package_json_parse,
};

static void pnpm_event(void *ctx, const struct flat *f)
{
	struct node *n = ctx;

	if (!f->open && FLAT_IS(f, "packages", "[]"))
		manifest_add_member(n->m, n->a, f->value);
}

static int pnpm_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct node n = { .m = ret, .a = a };

	ret->package = false;
	ret->root = true;
	ret->workspace = "pnpm workspace";
	return yaml_lite_read(in, pnpm_event, &n, err);
}

const struct manifest_format manifest_pnpm_workspace = {
	.name = "pnpm-workspace.yaml",
	.files = (const char *const[]){ "pnpm-workspace.yaml", NULL },
	.language = "javascript",
	.parse = pnpm_parse,
};

static int lerna_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct node n = { .m = ret, .a = a };

	ret->package = false;
	ret->root = true;
	ret->workspace = "lerna";
	return json_flat_read(in, pnpm_event, &n, err);
}

const struct manifest_format manifest_lerna = {
	.name = "lerna.json",
	.files = (const char *const[]){ "lerna.json", NULL },
	.language = "javascript",
	.parse = lerna_parse,
};

static void nx_event(void *ctx, const struct flat *f)
{
	struct node *n = ctx;

	if (FLAT_IS(f, "targets") || FLAT_IS(f, "projectType"))
		n->m->package = true;
	else if (!f->open && FLAT_IS(f, "name"))
		manifest_set(&n->m->name, n->a, f->value);
	else if (!f->open &&
		(FLAT_IS(f, "targets", "*", "executor") || FLAT_IS(f, "targets", "*", "builder"))) {
		/* "@nx/vite:build": the plug-in that builds it */
		const uint8_t *colon = memchr(f->value.p, ':', f->value.n);

		manifest_add_dep(n->m, n->a,
			span_sub(f->value, 0, colon ? (uint64_t)(colon - f->value.p) : f->value.n),
			(struct span){ 0 });
	}
}

/* Nx describes projects without a package.json of their own. */
static int nx_project_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct node n = { .m = ret, .a = a };

	ret->package = false;
	return json_flat_read(in, nx_event, &n, err);
}

const struct manifest_format manifest_nx_project = {
	.name = "project.json",
	.files = (const char *const[]){ "project.json", NULL },
	.language = "javascript",
	.parse = nx_project_parse,
};

/* "jsr:@std/path@^1", "npm:express@4" */
static void deno_import(struct node *n, struct span v)
{
	const uint8_t *colon = memchr(v.p, ':', v.n);

	if (!colon || memmem(v.p, v.n, "//", 2))
		return;
	v = span_from(v, (uint64_t)(colon - v.p) + 1);
	const uint8_t *at = v.n > 1 ? memrchr(v.p + 1, '@', v.n - 1) : NULL;
	size_t len = at ? (size_t)(at - v.p) : v.n;

	manifest_add_dep(
		n->m, n->a, span_sub(v, 0, len), at ? span_from(v, len + 1) : (struct span){ 0 });
}

static void deno_event(void *ctx, const struct flat *f)
{
	struct node *n = ctx;

	if (f->open || f->depth == 0)
		return;
	if (FLAT_IS(f, "name"))
		manifest_set(&n->m->name, n->a, f->value);
	else if (FLAT_IS(f, "imports", "*") && f->value.n)
		deno_import(n, f->value);
	else if (FLAT_IS(f, "workspace", "[]") || FLAT_IS(f, "workspace", "members", "[]")) {
		n->m->workspace = "deno workspace";
		manifest_add_member(n->m, n->a, f->value);
	}
}

static int deno_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct node n = { .m = ret, .a = a };

	ret->side = "backend";
	return json_flat_read(in, deno_event, &n, err);
}

const struct manifest_format manifest_deno = {
	.name = "deno.json",
	.files = (const char *const[]){ "deno.json", "deno.jsonc", NULL },
	.language = "javascript",
	.parse = deno_parse,
};
