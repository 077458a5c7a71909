/* SPDX-License-Identifier: MIT */
/* Databases and ports found in configuration texts; planted secrets never appear in what is found.
 */
#include "parse/settings.h"

#include "base/buf.h"
#include "parse/imports.h"
#include "parse/source_head.h"
#include "unit.h"

static void print_as(const char *text, bool program, struct buf *out)
{
	struct arena a = { 0 };
	struct settings s = { 0 };

	settings_scan(span_str(text), program, &a, &s);
	for (size_t i = 0; i < s.n_databases; i++)
		buf_printf(out, "%s %s/%s %s;", s.databases[i].kind, s.databases[i].host,
			s.databases[i].name, s.databases[i].key);
	for (size_t i = 0; i < s.n_ports; i++)
		buf_printf(out, ":%u;", s.ports[i]);
	arena_done(&a);
}

static void print(const char *text, struct buf *out)
{
	print_as(text, false, out);
}

/* In source code a bare word is a name, not a value. */
static void programs(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = { { "PORT = 8000\nDB_HOST: str\nDB_NAME: str = 'shop'\nDB_ENGINE: str = "
			"\"postgresql\"\n",
			      "postgresql /shop DB_NAME;:8000;" },
		{ "host=self.DB_HOST, database=settings.DB, drivername='mysql+pymysql'",
			"mysql / drivername;" },
		{ "url = 'postgres://u:S3CRET@db/x'", "postgresql db/x url;" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out = { 0 };

		print_as(cases[i].text, true, &out);
		assert_string_equal(buf_cstr(&out), cases[i].expected);
		buf_done(&out);
	}
}

static void databases(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "DATABASE_URL=postgres://app:S3CRET@db.internal:5432/"
		  "shop?sslmode=require\nPORT=8080\n",
			"postgresql db.internal/shop DATABASE_URL;:8080;" },
		{ "export REDIS_URL=\"redis://:S3CRET@cache:6379/0\"", "redis cache/0 REDIS_URL;" },
		{ "url = postgresql+asyncpg://u:S3CRET@[::1]/d", "postgresql [::1]/d url;" },
		{ "SQLALCHEMY_DATABASE_URI = 'sqlite:///./data/app.db'",
			"sqlite /app.db SQLALCHEMY_DATABASE_URI;" },
		{ "MONGO=mongodb+srv://u:S3CRET@c0.ab.mongodb.net/orders?retryWrites=true",
			"mongodb c0.ab.mongodb.net/orders MONGO;" },
		{ "spring.datasource.url=jdbc:mysql://db1:3306/"
		  "erp?useSSL=false\nspring.datasource.password=S3CRET\n"
		  "server.port=9000",
			"mysql db1/erp spring.datasource.url;:9000;" },
		{ "u=jdbc:sqlserver://sq.corp;databaseName=hr;user=sa;password=S3CRET",
			"sqlserver sq.corp/hr u;" },
		{ "spring.datasource.url=jdbc:h2:mem:testdb", "h2 /testdb spring.datasource.url;" },
		{ "DATABASES = {\n  'default': {\n    'ENGINE': 'django.db.backends.postgresql',\n "
		  "   'NAME': 'shop',\n"
		  "    'USER': 'app',\n    'PASSWORD': 'S3CRET',\n    'HOST': 'db.internal',\n  "
		  "}\n}\n",
			"postgresql db.internal/shop DATABASES;" },
		{ "production:\n  adapter: mysql2\n  database: blog_production\n  password: "
		  "S3CRET\n  host: db9\n",
			"mysql db9/blog_production adapter;" },
		{ "DB_CONNECTION=pgsql\nDB_HOST=127.0.0.1\nDB_DATABASE=laravel\nDB_PASSWORD="
		  "S3CRET\n",
			"postgresql 127.0.0.1/laravel DB_CONNECTION;" },
		{ "POSTGRES_DB=one\nPOSTGRES_PASSWORD=S3CRET\nREDIS_HOST=r1\n",
			"postgresql /one POSTGRES_DB;redis r1/ REDIS_HOST;" },
		{ "{\n \"ConnectionStrings\": {\n  \"Default\": "
		  "\"Server=tcp:sql.corp,1433;Database=Hr;User Id=sa;"
		  "Password=S3CRET;TrustServerCertificate=True\"\n }}",
			"sqlserver sql.corp/Hr Default;" },
		{ "\"Main\": \"Host=pg1;Username=u;Password=S3CRET;Database=leak\"",
			"postgresql pg1/ Main;" },
		{ "\"Db\": \"Data Source=app.db\" ; x=1", "" },
		{ "module.exports = { client: 'pg', connection: { host: 'h1', database: 'd1', "
		  "password: 'S3CRET' } }",
			"postgresql h1/d1 client;" },
		{ "datasource db {\n  provider = \"postgresql\"\n  url = env(\"DATABASE_URL\")\n}",
			"postgresql / provider;" },
		{ "define('DB_NAME', 'wp'); define('DB_HOST', 'mysql.local');", "" },
		{ "database:\n  host: db7\n  name: inv\n  driver: postgres\nserver:\n  host: "
		  "0.0.0.0\n  port: 8081\n",
			"postgresql db7/inv database;:8081;" },
		{ "DB_CONNECTION=sqlite\nMEMCACHED_HOST=127.0.0.1\nMAIL_HOST=m\n",
			"sqlite / DB_CONNECTION;" },
		{ "name: my-app\ntype: module\nhost: web\n", "" },
		{ "see http://clickhouse.com/docs and postgres docs", "" },
		{ "DATABASE_URL=postgres://${U}:${P}@${H}/x", "postgresql / DATABASE_URL;" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out = { 0 };

		print(cases[i].text, &out);
		assert_string_equal(buf_cstr(&out), cases[i].expected);
		buf_done(&out);
	}
}

/* SECRET stands where the password is, with every character that could confuse a reader before it.
 */
static void secrets(void **state)
{
	static const char *const shapes[] = { "postgres://user:%sSECRET@host/db",
		"URL=\"mysql://u:%sSECRET@host/db\"", "amqp://u:%sSECRET@h/v?x=%sSECRET",
		"jdbc:postgresql://h/d?user=u&password=%sSECRET", "jdbc:mysql://u:%sSECRET@h/d",
		"jdbc:oracle:thin:u/%sSECRET@h:1521/s", "DB_PASSWORD=%sSECRET",
		"DB_HOST=u:%sSECRET@h", "'PASSWORD': '%sSECRET', 'HOST': 'h'",
		"client: 'pg', password: '%sSECRET'", "password = \"%sSECRET\" # postgres",
		"Server=h;Password=%sSECRET;Database=d",
		"x: \"Server=h;Pwd=%sSECRET;Database=d;Data Source=y\"",
		"host=h password=%sSECRET dbname=d", "redis://%sSECRET@h",
		"dsn: postgres://u:%sSECRET@h,h2/d", "postgres_token: %sSECRET",
		"DATABASE_SECRET_HOST=%sSECRET", "adapter: pg\nauth: {%sSECRET}",
		"sqlite:///x?key=%sSECRET" };
	static const char *const before[] = { "", "a", "12", "a@", "a/", "a?", "a:", "a;", "a#",
		"a ", "a\"", "a'", "a,", "a;Server=", "a,host=", "1/db=", "a?b@", "//", "a://",
		"12://", "[", "]", "[a]", "{", "$", "a&host=", "a host=", "a\"@", "12\"@", "1'/",
		"%40", "a=database=" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		for (size_t k = 0; k < ARRAY_LEN(before); k++) {
			struct buf text = { 0 }, out = { 0 };

			for (const char *s = shapes[i]; *s; s++) {
				if (s[0] == '%' && s[1] == 's') {
					buf_puts(&text, before[k]);
					s++;
				} else {
					buf_putc(&text, *s);
				}
			}
			print(buf_cstr(&text), &out);
			print_as(buf_cstr(&text), true, &out);
			if (strstr(buf_cstr(&out), "SECRET"))
				fail_msg("'%s' gave '%s'", buf_cstr(&text), buf_cstr(&out));
			buf_done(&text);
			buf_done(&out);
		}
}

static void add_name(void *ctx, struct span name)
{
	buf_printf(ctx, "%.*s ", (int)name.n, (const char *)name.p);
}

static void imports(void **state)
{
	static const struct {
		const char *language, *text, *expected;
	} cases[] = {
		{ "python",
			"import os, numpy as np\nfrom sqlalchemy.orm import Session\n  import "
			"flask\n# import no\n",
			"os numpy sqlalchemy.orm flask " },
		{ "javascript",
			"const e = require('express')\nimport x, { y } from "
			"\"react-dom/client\"\nimport './a'\n"
			"import 'core-js'\nrequire('node:fs')\n",
			"express react-dom/client core-js fs " },
		{ "go",
			"package x\nimport \"fmt\"\nimport (\n\tg "
			"\"github.com/gin-gonic/gin\"\n)\nvar s = \"no\"\n",
			"fmt github.com/gin-gonic/gin " },
		{ "java", "import static org.junit.Assert.*;\nimport java.util.List;\n",
			"org.junit.Assert java.util.List " },
		{ "cpp", "#include <boost/asio.hpp>\n# include \"a.h\"\n", "boost/asio.hpp a.h " },
		{ "rust", "use tokio::net::TcpListener;\nuse std::io;\npub use serde::Serialize;\n",
			"tokio::net::TcpListener serde::Serialize " },
		{ "ruby", "require 'sinatra/base'\n", "sinatra/base " },
		{ "php", "use Illuminate\\Support\\Facades;\n", "Illuminate\\Support\\Facades " },
		{ "haskell", "import Data.Map\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out = { 0 };

		imports_scan(import_style_of(cases[i].language), span_str(cases[i].text), add_name,
			&out);
		assert_string_equal(buf_cstr(&out), cases[i].expected);
		buf_done(&out);
	}
}

static bool interpreter_is(const char *head, const char *expected)
{
	return span_eq(source_interpreter(span_str(head)), expected);
}

static void heads(void **state)
{
	static const char *const texts[] = { "DO NOT EDIT", "@generated" };
	struct source_marks marks;
	char long_line[2000];

	(void)state;
	source_marks_init(&marks, texts, 2);
	assert_true(interpreter_is("#!/usr/bin/env -S VAR=1 python3.11 -u\n", "python3"));
	assert_true(interpreter_is("#! /bin/sh\nx", "sh"));
	assert_true(interpreter_is("# no\n", ""));
	assert_true(source_marked(span_str("\n// Code generated by x. DO NOT EDIT.\n"), &marks));
	assert_true(source_marked(span_str("/*\n   made by x, @generated\n*/\n"), &marks));
	assert_false(source_marked(span_str("x = \"// DO NOT EDIT\"\n"), &marks));
	assert_string_equal(source_real_language("header", span_str("namespace a {\n}")), "cpp");
	assert_string_equal(
		source_real_language("header", span_str("int f(void); /* a class of it */\n")),
		"header");
	assert_string_equal(
		source_real_language("header", span_str("@interface A\n@end\n")), "objective-c");
	assert_string_equal(
		source_real_language("typescript", span_str("<?xml version='1.0'?>\n")), "");
	assert_string_equal(
		source_real_language("typescript", span_str("const a = 1\n")), "typescript");
	assert_string_equal(
		source_real_language("objective-c", span_str("function y = f(x)\n% c\n")),
		"matlab");
	assert_string_equal(
		source_real_language("objective-c", span_str("#import <a.h>\n")), "objective-c");
	assert_string_equal(source_real_language("d", span_str("main.o: main.c a.h\n")), "");
	assert_string_equal(source_real_language("python", span_str("x")), "python");
	memset(long_line, 'x', sizeof(long_line));
	assert_true(source_minified(span_of(long_line, sizeof(long_line))));
	for (size_t i = 40; i < sizeof(long_line); i += 40)
		long_line[i] = '\n';
	assert_false(source_minified(span_of(long_line, sizeof(long_line))));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(databases), cmocka_unit_test(secrets),
		cmocka_unit_test(programs), cmocka_unit_test(imports), cmocka_unit_test(heads) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
