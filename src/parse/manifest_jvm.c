/* SPDX-License-Identifier: MIT */
/* Manifests of the JVM and .NET worlds: pom.xml, Gradle, sbt, *.csproj. */
#include "parse/manifest_build.h"
#include "parse/toml.h"
#include "parse/xml.h"

#include <stdio.h>

/* "group:artifact" and version of the dependency (or plugin, parent) element being read. */
struct coordinates {
	struct span group, artifact, version;
};

struct pom {
	struct manifest *m;
	struct arena *a;
	struct coordinates c;
	bool open;
};

static void add_coordinates(struct manifest *m, struct arena *a, struct span group,
	struct span artifact, struct span version)
{
	char name[160];

	if (artifact.n == 0 || group.n + artifact.n + 2 > sizeof(name))
		return;
	int n = snprintf(name, sizeof(name), "%.*s%s%.*s", (int)group.n, (const char *)group.p,
		group.n ? ":" : "", (int)artifact.n, (const char *)artifact.p);

	manifest_add_dep(m, a, span_of(name, (size_t)n), version);
}

static void pom_flush(struct pom *p)
{
	if (p->open)
		add_coordinates(p->m, p->a, p->c.group, p->c.artifact, p->c.version);
	p->open = false;
	p->c = (struct coordinates){ 0 };
}

static bool pom_element(const struct flat *f)
{
	return FLAT_IS(f, "project", "dependencies", "dependency") ||
		FLAT_IS(f, "project", "parent") ||
		FLAT_IS(f, "project", "build", "plugins", "plugin") ||
		FLAT_IS(f, "project", "dependencyManagement", "dependencies", "dependency") ||
		FLAT_IS(f, "project", "profiles", "profile", "dependencies", "dependency");
}

static void pom_event(void *ctx, const struct flat *f)
{
	struct pom *p = ctx;
	struct manifest *m = p->m;
	struct span key = flat_last(f);

	if (f->open) {
		if (pom_element(f)) {
			pom_flush(p);
			p->open = true;
		}
		return;
	}
	if (FLAT_IS(f, "project", "artifactId"))
		manifest_set(&m->name, p->a, f->value);
	else if (FLAT_IS(f, "project", "modules", "module")) {
		manifest_add_member(m, p->a, f->value);
		m->workspace = "maven modules";
	} else if (FLAT_IS(f, "project", "properties", "*") &&
		(span_eq(key, "java.version") || span_eq(key, "maven.compiler.release") ||
			span_eq(key, "maven.compiler.source"))) {
		m->runtime = "java";
		m->runtime_version = manifest_version(p->a, f->value);
	}
	if (!p->open || f->depth < 3 || f->depth > 7)
		return;
	/* deeper elements (exclusions) have names of their own and must not overwrite */
	struct flat parent = *f;

	parent.depth--;
	if (!pom_element(&parent))
		return;
	if (span_eq(key, "groupId"))
		p->c.group = f->value;
	else if (span_eq(key, "artifactId"))
		p->c.artifact = f->value;
	else if (span_eq(key, "version"))
		p->c.version = f->value;
}

static int pom_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct pom p = { .m = ret, .a = a };
	int r = xml_read(in, pom_event, &p, err);

	pom_flush(&p);
	return r;
}

const struct manifest_format manifest_pom = {
	.name = "pom.xml",
	.files = (const char *const[]){ "pom.xml", NULL },
	.language = "java",
	.parse = pom_parse,
};

/* "group:artifact[:version]" as Gradle writes it */
static bool gradle_coordinates(struct manifest *m, struct arena *a, struct span s)
{
	const uint8_t *c1 = s.n ? memchr(s.p, ':', s.n) : NULL;

	if (!c1 || c1 == s.p || memchr(s.p, ' ', s.n) || memchr(s.p, '/', s.n))
		return false;
	struct span group = span_sub(s, 0, (uint64_t)(c1 - s.p)), rest = span_from(s, group.n + 1);
	const uint8_t *c2 = rest.n ? memchr(rest.p, ':', rest.n) : NULL;
	struct span artifact = c2 ? span_sub(rest, 0, (uint64_t)(c2 - rest.p)) : rest;

	add_coordinates(
		m, a, group, artifact, c2 ? span_from(rest, artifact.n + 1) : (struct span){ 0 });
	return true;
}

static void gradle_line(struct manifest *m, struct arena *a, struct span line)
{
	struct span quoted, version = { 0 };
	size_t at = 0, end;

	if (text_find_word(line, "id", &end) || text_find_word(line, "plugin", &end)) {
		size_t v;

		if (text_next_quoted(line, &end, &quoted)) {
			if (text_find_word(line, "version", &v))
				text_next_quoted(line, &v, &version);
			manifest_add_dep(m, a, quoted, version);
		}
		return;
	}
	if (text_find_word(line, "kotlin", &end) && end < line.n && line.p[end] == '(')
		manifest_add_dep(m, a, span_str("org.jetbrains.kotlin"), (struct span){ 0 });
	if (text_find_word(line, "sourceCompatibility", &end) ||
		text_has(line, "JavaLanguageVersion.of")) {
		size_t i = 0;

		while (i < line.n && (line.p[i] < '0' || line.p[i] > '9'))
			i++;
		for (end = i; end < line.n &&
			((line.p[end] >= '0' && line.p[end] <= '9') || line.p[end] == '.');
			end++)
			;
		if (end > i) {
			m->runtime = "java";
			m->runtime_version = manifest_version(a, span_sub(line, i, end - i));
		}
	}
	while (text_next_quoted(line, &at, &quoted))
		gradle_coordinates(m, a, quoted);
}

static int gradle_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span line;

	(void)err;
	while (span_next_line(&in, &line))
		gradle_line(ret, a, text_without_comment(line, "//"));
	return 0;
}

const struct manifest_format manifest_gradle = {
	.name = "build.gradle",
	.files = (const char *const[]){ "build.gradle", "build.gradle.kts", NULL },
	.language = "java",
	.parse = gradle_parse,
};

/* include ':api', ":core:db" - a project path whose colons are folders */
static void gradle_include(struct manifest *m, struct arena *a, struct span line, size_t at)
{
	struct span quoted;
	char path[160];

	while (text_next_quoted(line, &at, &quoted)) {
		if (quoted.n && quoted.p[0] == ':')
			quoted = span_from(quoted, 1);
		if (quoted.n == 0 || quoted.n >= sizeof(path))
			continue;
		for (size_t i = 0; i < quoted.n; i++)
			path[i] = quoted.p[i] == ':' ? '/' : (char)quoted.p[i];
		manifest_add_member(m, a, span_of(path, quoted.n));
	}
}

static int gradle_settings_parse(
	struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span line, quoted;
	bool open = false; /* an include that goes on over lines */

	(void)err;
	ret->package = false;
	ret->root = true;
	while (span_next_line(&in, &line)) {
		size_t end;

		line = text_without_comment(line, "//");
		if (open || text_find_word(line, "include", &end)) {
			gradle_include(ret, a, line, open ? 0 : end);
			ret->workspace = "gradle projects";
			open = line.n && (line.p[line.n - 1] == ',' || line.p[line.n - 1] == '(');
		} else if (text_has(line, "rootProject.name")) {
			end = 0;
			if (text_next_quoted(line, &end, &quoted))
				manifest_set(&ret->name, a, quoted);
		}
	}
	return 0;
}

const struct manifest_format manifest_gradle_settings = {
	.name = "settings.gradle",
	.files = (const char *const[]){ "settings.gradle", "settings.gradle.kts", NULL },
	.language = "java",
	.parse = gradle_settings_parse,
};

static void catalog_event(void *ctx, const struct flat *f)
{
	struct pom *p = ctx;
	struct span key = flat_last(f);

	if (f->open) {
		if (f->depth == 2)
			pom_flush(p);
		p->open = p->open || FLAT_IS(f, "libraries", "*");
		return;
	}
	if (FLAT_IS(f, "libraries", "*") || FLAT_IS(f, "libraries", "*", "module")) {
		pom_flush(p);
		gradle_coordinates(p->m, p->a, f->value);
	}
	if (FLAT_IS(f, "libraries", "*", "group"))
		p->c.group = f->value;
	else if (FLAT_IS(f, "libraries", "*", "name"))
		p->c.artifact = f->value;
	else if (FLAT_IS(f, "libraries", "*", "version"))
		p->c.version = f->value;
	else if (FLAT_BELOW(f, "plugins", "*") && (f->depth == 2 || span_eq(key, "id")))
		manifest_add_dep(p->m, p->a, f->value, (struct span){ 0 });
}

static int catalog_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct pom p = { .m = ret, .a = a };
	int r = toml_read(in, catalog_event, &p, err);

	pom_flush(&p);
	ret->package = false;
	return r < 0 ? r : 0;
}

const struct manifest_format manifest_gradle_catalog = {
	.name = "libs.versions.toml",
	.files = (const char *const[]){ "*.versions.toml", NULL },
	.language = "java",
	.parse = catalog_parse,
};

/* "group" %% "artifact" % "version" */
static int sbt_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span line, q[3];

	(void)err;
	while (span_next_line(&in, &line)) {
		size_t at = 0, n = 0, end;

		line = text_without_comment(line, "//");
		if (!ret->name && text_find_word(line, "name", &end) &&
			text_has(span_from(line, end), ":=") && text_next_quoted(line, &end, &q[0]))
			manifest_set(&ret->name, a, q[0]);
		if (!text_has(line, "%"))
			continue;
		while (n < 3 && text_next_quoted(line, &at, &q[n]))
			n++;
		if (n >= 2)
			add_coordinates(ret, a, q[0], q[1], n == 3 ? q[2] : (struct span){ 0 });
	}
	return 0;
}

const struct manifest_format manifest_sbt = {
	.name = "build.sbt",
	.files = (const char *const[]){ "build.sbt", NULL },
	.language = "scala",
	.parse = sbt_parse,
};

static void csproj_event(void *ctx, const struct flat *f)
{
	struct pom *p = ctx;
	struct manifest *m = p->m;
	struct span key = flat_last(f);

	if (FLAT_IS(f, "Project", "ItemGroup", "PackageReference") && f->open) {
		pom_flush(p);
		p->open = true;
	} else if (FLAT_BELOW(f, "Project", "ItemGroup", "PackageReference", "*")) {
		if (span_eq(key, "@Include"))
			p->c.artifact = f->value;
		else if (span_eq(key, "@Version") || span_eq(key, "Version"))
			p->c.version = f->value;
	} else if (FLAT_IS(f, "Project", "ItemGroup", "FrameworkReference", "@Include") ||
		FLAT_IS(f, "Project", "@Sdk")) {
		manifest_add_dep(m, p->a, f->value, (struct span){ 0 });
	} else if (!f->open && FLAT_IS(f, "Project", "PropertyGroup", "AssemblyName")) {
		manifest_set(&m->name, p->a, f->value);
	} else if (!f->open &&
		(FLAT_IS(f, "Project", "PropertyGroup", "TargetFramework") ||
			FLAT_IS(f, "Project", "PropertyGroup", "TargetFrameworkVersion"))) {
		m->runtime = "dotnet";
		m->runtime_version = manifest_version(p->a, f->value);
	}
}

static int csproj_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct pom p = { .m = ret, .a = a };
	int r = xml_read(in, csproj_event, &p, err);

	pom_flush(&p);
	return r;
}

const struct manifest_format manifest_csproj = {
	.name = "*.csproj",
	.files = (const char *const[]){ "*.csproj", "*.fsproj", "*.vbproj", NULL },
	.language = "csharp",
	.parse = csproj_parse,
};
