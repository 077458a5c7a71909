/* SPDX-License-Identifier: MIT */
/* Configuration formats as flat events: each input against the exact stream of events. */
#include "parse/ini.h"
#include "parse/json_flat.h"
#include "parse/toml.h"
#include "parse/xml.h"
#include "parse/yaml_lite.h"

#include "base/buf.h"
#include "unit.h"

typedef int (*reader)(struct span in, flat_fn fn, void *ctx, struct err *err);

static void record(void *ctx, const struct flat *f)
{
	struct buf *out = ctx;

	for (unsigned i = 0; i < f->depth; i++)
		buf_printf(
			out, "%s%.*s", i ? "/" : "", (int)f->key[i].n, (const char *)f->key[i].p);
	if (f->open)
		buf_puts(out, "{\n");
	else
		buf_printf(out, "=%.*s\n", (int)f->value.n, (const char *)f->value.p);
}

static void check(reader read, const char *in, const char *expected)
{
	struct buf out = { 0 };

	assert_true(read(span_str(in), record, &out, NULL) >= 0);
	assert_string_equal(buf_cstr(&out), expected);
	buf_done(&out);
}

static void toml(void **state)
{
	(void)state;
	check(toml_read, "a = 1 # c\n'b.c'.d = \"x\\\"y\"\n", "a=1\nb.c/d=x\\\"y\n");
	check(toml_read, "[t.\"u v\"]\nk = [ 'a', # one\n  \"b\",\n]\nz = true\n",
		"t/u v{\nt/u v/k/[]=a\nt/u v/k/[]=b\nt/u v/z=true\n");
	check(toml_read, "[[p]]\nn = 1\n[[p]]\nn = { v = 2, w = [3] }\n",
		"p/[]{\np/[]/n=1\np/[]{\np/[]/n{\np/[]/n/v=2\np/[]/n/w/[]=3\n");
	check(toml_read, "s = \"\"\"a\nb\"\"\"\nl = '''c'd'''\n", "s=a\nb\nl=c'd\n");
	/* a broken line costs itself only */
	check(toml_read, "[a]\nbroken = [1, \n= = =\n[b]\nk = 2\n",
		"a{\na/broken/[]=1\nb{\nb/k=2\n");
}

static void yaml(void **state)
{
	(void)state;
	check(yaml_lite_read, "a: 1 # c\nb:\n  c: 'x: y'\n  d: \"#no\"\n",
		"a=1\nb{\nb/c=x: y\nb/d=#no\n");
	check(yaml_lite_read, "l:\n- one\n- k: v\n  m: w\n-  two\nz: 9\n",
		"l{\nl/[]=one\nl/[]{\nl/[]/k=v\nl/[]/m=w\nl/[]=two\nz=9\n");
	check(yaml_lite_read,
		"s:\n  web:\n    ports: [\"80:80\", 443]\n    env: {A: b, C: [d]}\n  db:\n    "
		"image: pg:16\n",
		"s{\ns/web{\ns/web/ports/[]=80:80\ns/web/ports/[]=443\ns/web/env/A=b\ns/web/env/C/"
		"[]=d\n"
		"s/db{\ns/db/image=pg:16\n");
	check(yaml_lite_read,
		"run: |\n  key: inside\n    deeper: x\nnext: !tag &a 1\n---\nkind: B\n",
		"next=1\nkind=B\n");
	check(yaml_lite_read, "- - a\n  - b\n- c\n", "[]/[]=a\n[]/[]=b\n[]=c\n");
}

static void ini(void **state)
{
	(void)state;
	check(ini_read, "A=1\nexport B=\"x y\"\n# c\n[s]\nk: v\nlist =\n  one\n  two\nurl = a=b\n",
		"A=1\nB=x y\ns{\ns/k=v\ns/list=\ns/list=one\ns/list=two\ns/url=a=b\n");
	check(ini_read, "spring.datasource.url=jdbc:h2:mem:x\n",
		"spring.datasource.url=jdbc:h2:mem:x\n");
}

static void json(void **state)
{
	(void)state;
	check(json_flat_read,
		"{ // c\n \"a.b\": [1, {\"c\": \"d\"},], /* e */ \"u\": \"http://x\", \"n\": "
		"null,}",
		"{\na.b{\na.b/[]=1\na.b/[]{\na.b/[]/c=d\nu=http://x\n");
}

static void json_error_keeps_secrets(void **state)
{
	struct buf out = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_true(
		json_flat_read(span_str("{\n \"password\": hunter2\n}"), record, &out, &err) < 0);
	assert_string_equal(err.msg, "line 2 is not valid JSON");
	buf_done(&out);
}

static void xml(void **state)
{
	(void)state;
	check(xml_read,
		"<?xml version='1.0'?><!-- c --><p xmlns='u'><m:a k=\"v\">t</m:a><b/><c>x &amp; "
		"y</c></p>",
		"p{\np/@xmlns=u\np/a{\np/a/@k=v\np/a=t\np/b{\np/c{\np/c=x &amp; y\n");
	/* entities are never expanded, unclosed elements end with the input */
	check(xml_read, "<!DOCTYPE a><a><b>&lol;", "a{\na/b{\na/b=&lol;\n");
}

/* Nesting without end costs one pass and a bounded stack. */
static void deep(void **state)
{
	static const struct {
		reader read;
		const char *unit;
	} cases[] = { { toml_read, "a=[" }, { toml_read, "[" }, { yaml_lite_read, "- " },
		{ yaml_lite_read, "{a: " }, { json_flat_read, "[" }, { xml_read, "<a>" },
		{ ini_read, "[" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf in = { 0 }, out = { 0 };

		for (int n = 0; n < 100000; n++)
			buf_puts(&in, cases[i].unit);
		cases[i].read(buf_span(&in), record, &out, NULL);
		buf_done(&in);
		buf_done(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(toml), cmocka_unit_test(yaml),
		cmocka_unit_test(ini), cmocka_unit_test(json),
		cmocka_unit_test(json_error_keeps_secrets), cmocka_unit_test(xml),
		cmocka_unit_test(deep) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
