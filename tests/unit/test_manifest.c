/* SPDX-License-Identifier: MIT */
/* Each manifest format against the facts it holds, printed in one line form. */
#include "parse/manifest.h"

#include "base/buf.h"
#include "unit.h"

static void print(const struct manifest *m, struct buf *out)
{
	buf_printf(out, "%s %s", m->package ? "package" : "list", *m->name ? m->name : "-");
	if (*m->runtime)
		buf_printf(out, " %s %s", m->runtime, m->runtime_version);
	if (*m->side)
		buf_printf(out, " side=%s", m->side);
	if (*m->workspace)
		buf_printf(out, " [%s]", m->workspace);
	for (size_t i = 0; i < m->n_members; i++)
		buf_printf(out, " +%s", m->members[i]);
	for (size_t i = 0; i < m->n_deps; i++)
		buf_printf(out, " %s=%s", m->deps[i].name, m->deps[i].version);
}

static void check(const struct manifest_format *f, const char *in, const char *expected)
{
	struct arena a = { 0 };
	struct manifest m = { 0 };
	struct buf out = { 0 };

	assert_int_equal(manifest_parse(f, span_str(in), &a, &m, NULL), 0);
	print(&m, &out);
	assert_string_equal(buf_cstr(&out), expected);
	buf_done(&out);
	arena_done(&a);
}

static void node(void **state)
{
	(void)state;
	check(&manifest_package_json,
		"{\"name\":\"@shop/"
		"api\",\"dependencies\":{\"express\":\"^4.18.2\",\"socket.io\":\"4\","
		"\"priv\":\"git+https://TOKEN123@github.com/x/"
		"y\"},\"devDependencies\":{\"jest\":\"latest\"},"
		"\"engines\":{\"node\":\">=18\"},\"scripts\":{\"start\":\"node server.js\"},"
		"\"packageManager\":\"pnpm@8.6.0+sha512.abc\"}",
		"package @shop/api node >=18 side=backend express=^4.18.2 socket.io=4 priv= jest= "
		"pnpm=8.6.0");
	check(&manifest_package_json,
		"{\"workspaces\":[\"packages/*\",\"./apps/web/\"],\"browserslist\":[\"x\"]}",
		"package - side=frontend [npm workspaces] +packages/* +apps/web");
	check(&manifest_package_json, "{\"workspaces\":{\"packages\":[\"a\"]},\"name\":\"r\"}",
		"package r [npm workspaces] +a");
	check(&manifest_pnpm_workspace, "packages:\n  - 'packages/*'\n  - \"!**/test/**\"\n",
		"list - [pnpm workspace] +packages/* +!**/test/**");
	check(&manifest_nx_project,
		"{\"name\":\"shop\",\"targets\":{\"build\":{\"executor\":\"@nx/vite:build\"}}}",
		"package shop @nx/vite=");
	check(&manifest_nx_project, "{\"version\":3}", "list -");
	check(&manifest_deno,
		"{\"imports\":{\"a\":\"jsr:@std/path@^1.0\",\"e\":\"npm:express@4\",\"u\":\"https:/"
		"/t@h/x\"},"
		"\"workspace\":[\"./a\"]}",
		"package - side=backend [deno workspace] +a @std/path=^1.0 express=4");
	check(&manifest_lerna, "{\"packages\":[\"modules/*\"]}", "list - [lerna] +modules/*");
}

static void python(void **state)
{
	(void)state;
	check(&manifest_pyproject,
		"[project]\nname = \"shop\"\nrequires-python = \">=3.11\"\ndependencies = [\n"
		"  \"Django>=4.2,<5\",\n  \"uvicorn[standard]>=0.2; python_version > '3.8'\",\n"
		"  \"x @ https://tok:sec@host/x.whl\",\n]\n[project.optional-dependencies]\n"
		"test = ['pytest']\n[tool.ruff.lint]\nselect = ['E']\n",
		"package shop python >=3.11 Django=>=4.2,<5 uvicorn=>=0.2 x= pytest= ruff=");
	check(&manifest_pyproject,
		"[tool.poetry]\nname = 'p'\n[tool.poetry.dependencies]\npython = \"^3.9\"\n"
		"fastapi = \"^0.100\"\nsqlalchemy = { version = \"2.0\", extras = [\"asyncio\"] }\n"
		"[tool.poetry.group.dev.dependencies]\npytest = '*'\n",
		"package p python ^3.9 poetry= fastapi=^0.100 sqlalchemy= pytest=");
	check(&manifest_pyproject, "[tool.black]\nline-length = 99\n", "list - black=");
	check(&manifest_pyproject, "[tool.uv.workspace]\nmembers = [\"libs/*\"]\n",
		"list - [uv workspace] +libs/* uv=");
	check(&manifest_requirements,
		"# c\n-r base.txt\n--index-url https://u:p@host/simple\nFlask==2.3.1\nnumpy\n"
		"git+https://TOKEN@github.com/a/b.git\nhttps://host/x.whl\nfoo @ "
		"git+https://t@h/f\n",
		"list - Flask=2.3.1 numpy= foo=");
	check(&manifest_pipfile,
		"[packages]\nrequests = \"*\"\ndjango = {version = "
		"\"==4\"}\n[requires]\npython_version = \"3.10\"\n",
		"package - python 3.10 requests= django=");
	check(&manifest_setup_py,
		"setup(\n    name='tool',\n    python_requires='>=3.8',\n    install_requires=[\n"
		"        'click>=8',  # c\n        \"rich\",\n    ],\n    extras_require={'dev': "
		"['pytest>=7']},\n)\n",
		"package tool python >=3.8 click=>=8 rich= pytest=>=7");
	check(&manifest_setup_cfg,
		"[metadata]\nname = cfg\n[options]\npython_requires = >=3.7\ninstall_requires =\n  "
		"attrs>=20\n  six\n",
		"package cfg python >=3.7 attrs=>=20 six=");
	check(&manifest_conda_env,
		"name: e\ndependencies:\n  - numpy=1.26\n  - pip:\n    - torch>=2\n",
		"list e numpy==1.26 torch=>=2");
}

static void jvm(void **state)
{
	(void)state;
	check(&manifest_pom,
		"<project><parent><groupId>org.springframework.boot</"
		"groupId><artifactId>spring-boot-starter-parent"
		"</artifactId><version>3.2.0</version></parent><artifactId>orders</artifactId>"
		"<properties><java.version>17</java.version></properties><modules><module>api</"
		"module></modules>"
		"<dependencies><dependency><groupId>org.hibernate</"
		"groupId><artifactId>hibernate-core</artifactId>"
		"<version>${h.v}</version><exclusions><exclusion><groupId>x</"
		"groupId><artifactId>y</artifactId>"
		"</exclusion></exclusions></dependency></dependencies></project>",
		"package orders java 17 [maven modules] +api "
		"org.springframework.boot:spring-boot-starter-parent=3.2.0 "
		"org.hibernate:hibernate-core=");
	check(&manifest_gradle,
		"plugins {\n  id 'org.springframework.boot' version '3.1.0'\n  kotlin(\"jvm\")\n}\n"
		"sourceCompatibility = '17'\ndependencies {\n  implementation "
		"'com.zaxxer:HikariCP:5.0.1' // c\n"
		"  testImplementation(\"org.junit.jupiter:junit-jupiter\")\n}\n",
		"package - java 17 org.springframework.boot=3.1.0 org.jetbrains.kotlin= "
		"com.zaxxer:HikariCP=5.0.1 "
		"org.junit.jupiter:junit-jupiter=");
	check(&manifest_gradle_settings,
		"rootProject.name = 'r'\ninclude ':app', ':core:db'\ninclude(\"x\")\n",
		"list r [gradle projects] +app +core/db +x");
	check(&manifest_gradle_catalog,
		"[versions]\na = \"1\"\n[libraries]\nok = { module = \"com.squareup:okhttp\", "
		"version.ref = \"a\" }\n"
		"j = { group = \"junit\", name = \"junit\", version = \"4.13\" }\nz = "
		"\"g:n:1.2\"\n",
		"list - com.squareup:okhttp= junit:junit=4.13 g:n=1.2");
	check(&manifest_sbt,
		"name := \"s\"\nlibraryDependencies += \"com.typesafe.akka\" %% \"akka\" % "
		"\"2.8\"\n",
		"package s com.typesafe.akka:akka=2.8");
	check(&manifest_csproj,
		"<Project "
		"Sdk=\"Microsoft.NET.Sdk.Web\"><PropertyGroup><TargetFramework>net8.0</"
		"TargetFramework>"
		"</PropertyGroup><ItemGroup><PackageReference Include=\"Dapper\" Version=\"2.1.0\" "
		"/>"
		"<PackageReference "
		"Include=\"Npgsql\"><Version>8.0</Version></PackageReference></ItemGroup></"
		"Project>",
		"package - dotnet net8.0 Microsoft.NET.Sdk.Web= Dapper=2.1.0 Npgsql=8.0");
}

static void native(void **state)
{
	(void)state;
	check(&manifest_go_mod,
		"module github.com/a/svc\n\ngo 1.21\n\nrequire github.com/gin-gonic/gin "
		"v1.9.1\nrequire (\n"
		"\tgorm.io/gorm v1.25.0 // x\n\tgolang.org/x/sys v0.1.0 // indirect\n)\n",
		"package github.com/a/svc go 1.21 github.com/gin-gonic/gin=1.9.1 "
		"gorm.io/gorm=1.25.0");
	check(&manifest_go_work, "go 1.21\nuse (\n\t./api\n\t./worker\n)\nuse ./x\n",
		"list - [go workspace] +api +worker +x");
	check(&manifest_cargo,
		"[package]\nname = \"srv\"\nrust-version = \"1.70\"\n[dependencies]\ntokio = { "
		"version = \"1.28\", "
		"features = [\"full\"] }\nserde = \"1\"\n[dependencies.sqlx]\nversion = \"0.7\"\n"
		"[target.'cfg(unix)'.dependencies]\nnix = \"0.26\"\n[dev-dependencies]\ncriterion "
		"= \"0.5\"\n"
		"[[bench]]\nname = \"b\"\n",
		"package srv rust 1.70 tokio=1.28 serde=1 sqlx=0.7 nix=0.26 criterion=0.5 "
		"cargo-bench=");
	check(&manifest_cargo,
		"[workspace]\nmembers = [\"crates/*\"]\n[workspace.dependencies]\nrayon = \"1\"\n",
		"list - [cargo workspace] +crates/* rayon=1");
	check(&manifest_cmake,
		"project(engine VERSION 1 LANGUAGES CXX)\nfind_package(Boost 1.70 REQUIRED)\n# "
		"find_package(No)\n"
		"add_subdirectory(lib)\nenable_testing()\n",
		"package engine +lib Boost= ctest=");
	check(&manifest_meson, "project('m', 'c')\nd = dependency('libpq')\n", "package m libpq=");
	check(&manifest_makefile,
		"LDLIBS = -lm -lpthread\nX = $(shell pkg-config --libs libpq sqlite3)\n",
		"package - m= pthread= libpq= sqlite3=");
	check(&manifest_conanfile, "[requires]\nzlib/1.2.13\n[options]\na=b\n",
		"list - zlib=1.2.13");
	check(&manifest_vcpkg, "{\"name\":\"v\",\"dependencies\":[\"fmt\",{\"name\":\"boost\"}]}",
		"list v fmt= boost=");
}

static void scripting(void **state)
{
	(void)state;
	check(&manifest_composer,
		"{\"name\":\"a/b\",\"require\":{\"php\":\">=8.1\",\"laravel/"
		"framework\":\"^10.0\"}}",
		"package a/b php >=8.1 laravel/framework=^10.0");
	check(&manifest_gemfile,
		"ruby '3.2.2'\ngem 'rails', '~> 7.1' # x\ngem \"pg\", require: 'pg'\n",
		"package - ruby 3.2.2 rails=~> 7.1 pg=");
	check(&manifest_gemspec, "  s.name = 'g'\n  s.add_dependency 'rack', '>= 2'\n",
		"package g rack=>= 2");
	check(&manifest_mix, "app: :shop,\n{:phoenix, \"~> 1.7\"},\n{:ecto_sql, \"~> 3.10\"}\n",
		"package shop phoenix=~> 1.7 ecto_sql=~> 3.10");
	check(&manifest_pubspec,
		"name: d\ndependencies:\n  flutter:\n    sdk: flutter\n  http: ^1.0\n",
		"package d flutter= http=^1.0");
}

/* A version that could be a token or an address is never kept. */
static void versions_hold_no_secrets(void **state)
{
	static const char *const secrets[] = { "https://u:p@h/x", "npm:TOKEN@1",
		"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "file:../secret", "git+ssh://git@h/x",
		"0123456789abcdef0123456789abcdef01234567" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		struct buf in = { 0 };

		buf_printf(&in, "{\"dependencies\":{\"x\":\"%s\"}}", secrets[i]);
		check(&manifest_package_json, buf_cstr(&in), "package - x=");
		buf_done(&in);
	}
}

static void bounded(void **state)
{
	struct buf in = { 0 };
	struct arena a = { 0 };
	struct manifest m;

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_printf(&in, "package%d==1\n", i);
	assert_int_equal(manifest_parse(&manifest_requirements, buf_span(&in), &a, &m, NULL), 0);
	assert_int_equal(m.n_deps, MANIFEST_MAX_DEPS);
	assert_true(m.cut);
	assert_string_equal(m.deps[MANIFEST_MAX_DEPS - 1].name, "package1999");
	arena_done(&a);
	buf_done(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(node), cmocka_unit_test(python),
		cmocka_unit_test(jvm), cmocka_unit_test(native), cmocka_unit_test(scripting),
		cmocka_unit_test(versions_hold_no_secrets), cmocka_unit_test(bounded) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
