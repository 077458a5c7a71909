/* SPDX-License-Identifier: MIT */
/*
 * Compiles knowledge/ *.yaml to one C file of const tables, so that the built-in knowledge costs
 * nothing at start-up. Same loader and checks as at run time: a bad file fails the build with file
 * and line. Same input, same bytes out.
 *
 *	knowc OUT.c ROOT FILE...      FILEs are shown relative to ROOT
 */
#include "base/alloc.h"
#include "base/file.h"
#include "base/sink.h"
#include "knowledge/check.h"
#include "knowledge/loader.h"
#include "knowledge/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_mapping(
	struct sink *out, const cyaml_schema_value_t *v, const char *p, int indent);

static void print_string(struct sink *out, const char *s)
{
	sink_putc(out, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			sink_printf(out, "\\%c", c);
		else if (c == '\n')
			sink_puts(out, "\\n");
		else if (c == '\t')
			sink_puts(out, "\\t");
		else if (c < 32 || c == 127 ||
			(c == '?' && s[1] == '?')) /* ?? may begin a trigraph */
			sink_printf(out, "\\%03o", c);
		else
			sink_putc(out, (char)c);
	}
	sink_putc(out, '"');
}

static void line_start(struct sink *out, int indent)
{
	sink_putc(out, '\n');
	for (int i = 0; i < indent; i++)
		sink_putc(out, '\t');
}

/* "sampling" -> K_SAMPLING: the enum names follow the words. */
static void print_word(struct sink *out, const cyaml_schema_value_t *v, int64_t value)
{
	for (uint32_t i = 0; i < v->enumeration.count; i++) {
		if (v->enumeration.strings[i].val != value)
			continue;
		sink_puts(out, "K_");
		for (const char *s = v->enumeration.strings[i].str; *s; s++)
			sink_putc(out, *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s);
	}
}

static void print_list(struct sink *out, const cyaml_schema_field_t *f, const char *p, int indent)
{
	const cyaml_schema_value_t *entry = f->value.sequence.entry;
	const char *list;
	size_t n;

	memcpy(&list, p + f->data_offset, sizeof(list));
	memcpy(&n, p + f->count_offset, sizeof(n));
	if (!n)
		return;
	line_start(out, indent);
	if (entry->type == CYAML_STRING) {
		sink_printf(out, ".%s = { (const char *const[]){ ", f->key);
		for (size_t i = 0; i < n; i++) {
			print_string(out, k_text(list, i * sizeof(char *)));
			sink_puts(out, i + 1 < n ? ", " : " ");
		}
		sink_printf(out, "}, %zu },", n);
		return;
	}
	sink_printf(out, ".%s = (const struct %s[]){", f->key, k_struct_tag(entry));
	for (size_t i = 0; i < n; i++) {
		line_start(out, indent + 1);
		print_mapping(out, entry, list + i * entry->data_size, indent + 1);
		sink_putc(out, ',');
	}
	line_start(out, indent);
	sink_printf(out, "}, .n_%s = %zu,", f->key, n);
}

static void print_field(struct sink *out, const cyaml_schema_field_t *f, const char *p, int indent)
{
	switch (f->value.type) {
	case CYAML_SEQUENCE:
		print_list(out, f, p, indent);
		break;
	case CYAML_STRING:
		line_start(out, indent);
		sink_printf(out, ".%s = ", f->key);
		print_string(out, k_text(p, f->data_offset));
		sink_putc(out, ',');
		break;
	case CYAML_FLOAT: {
		double v;

		memcpy(&v, p + f->data_offset, sizeof(v));
		if (v != 0) {
			line_start(out, indent);
			sink_printf(out, ".%s = %.17g,", f->key, v);
		}
		break;
	}
	default: { /* an enum; one byte wide: a boolean */
		uint32_t wide = 0;
		bool flag = false;

		line_start(out, indent);
		if (f->value.data_size == sizeof(flag)) {
			memcpy(&flag, p + f->data_offset, sizeof(flag));
			sink_printf(out, ".%s = %s,", f->key, flag ? "true" : "false");
		} else {
			memcpy(&wide, p + f->data_offset, sizeof(wide));
			sink_printf(out, ".%s = ", f->key);
			print_word(out, &f->value, wide);
			sink_putc(out, ',');
		}
	}
	}
}

static void print_mapping(
	struct sink *out, const cyaml_schema_value_t *v, const char *p, int indent)
{
	sink_putc(out, '{');
	for (const cyaml_schema_field_t *f = v->mapping.fields; f->key; f++)
		print_field(out, f, p, indent + 1);
	line_start(out, indent);
	sink_putc(out, '}');
}

static void print_kind(struct sink *out, const struct knowledge *k, const struct k_kind *kind)
{
	const char *list = k_list(k, kind);
	size_t n = k_count(k, kind);

	if (!n)
		return;
	sink_printf(out, "\nstatic const struct %s %s[] = {", kind->type, kind->name);
	for (size_t i = 0; i < n; i++) {
		const char *record = list + i * kind->size;

		line_start(out, 1);
		sink_puts(out, "{ .origin = ");
		print_string(out, k_text(record, kind->origin_offset));
		sink_puts(out, ",");
		for (const cyaml_schema_field_t *f = kind->record->mapping.fields; f->key; f++)
			print_field(out, f, record, 2);
		line_start(out, 1);
		sink_puts(out, "},");
	}
	sink_puts(out, "\n};\n");
}

static void print_set(struct sink *out, const struct knowledge *k)
{
	sink_puts(out,
		"/* Made by knowc from knowledge/; edit the YAML there. */\n"
		"#include \"knowledge/knowledge.h\"\n");
	for (size_t i = 0; i < K_KIND_COUNT; i++)
		print_kind(out, k, &k_kinds[i]);
	sink_puts(out, "\nstatic const struct knowledge builtin = {\n");
	for (size_t i = 0; i < K_KIND_COUNT; i++)
		if (k_count(k, &k_kinds[i]))
			sink_printf(out, "\t.%s = %s, .n_%s = %zu,\n", k_kinds[i].name,
				k_kinds[i].name, k_kinds[i].name, k_count(k, &k_kinds[i]));
	sink_puts(out,
		"};\n\nconst struct knowledge *knowledge_builtin(void)\n{\n\treturn "
		"&builtin;\n}\n");
}

/* Path as shown in origins: relative to root when it lies below it. Build systems pass either form.
 */
static const char *below(const char *root, const char *path, struct arena *a)
{
	_cleanup_(freep) char *full = realpath(path, NULL), *top = realpath(root, NULL);
	size_t n = top ? strlen(top) : 0;

	return full && top && strncmp(full, top, n) == 0 && full[n] == '/'
		? arena_strdup(a, full + n + 1)
		: path;
}

static int compile(const char *out_path, const char *root, const char *const *files, size_t n,
	struct arena *a, struct err *err)
{
	const char **names = arena_array(a, n ? n : 1, sizeof(*names));
	struct knowledge k;

	for (size_t i = 0; i < n; i++)
		names[i] = below(root, files[i], a);
	int r = knowledge_load_files(files, names, n, a, &k, err);

	if (r == 0)
		r = knowledge_check_ids(&k, err);
	if (r == 0)
		r = knowledge_check(&k, err);
	if (r < 0)
		return r;
	struct buf text;
	struct sink out;

	buf_init(&text, (size_t)64 << 20);
	sink_to_buf(&out, &text);
	print_set(&out, &k);
	r = file_write_atomic(out_path, buf_span(&text), 0644, err);
	buf_done(&text);
	return r;
}

int main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct err err = { 0 };

	if (argc < 3) {
		fputs("usage: knowc OUT.c ROOT FILE...\n", stderr);
		return 2;
	}
	int r = compile(
		argv[1], argv[2], (const char *const *)argv + 3, (size_t)argc - 3, &a, &err);

	if (r < 0)
		fprintf(stderr, "knowc: %s\n", err.msg);
	arena_done(&a);
	return r < 0 ? 1 : 0;
}
