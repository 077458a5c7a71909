/* SPDX-License-Identifier: MIT */
/* Knowledge records for readers, walked along the tables that load them. */
#include "render/knowledge_record.h"

#include "base/err.h"
#include "knowledge/schema.h"

#include <string.h>

enum { LABEL_COLUMNS = 19, NESTED_COLUMNS = 4 };

static const struct k_kind *kind_of(const char *name)
{
	for (size_t i = 0; i < K_KIND_COUNT; i++)
		if (strcmp(k_kinds[i].name, name) == 0)
			return &k_kinds[i];
	BUG("no knowledge kind '%s'", name);
}

struct list {
	const char *p;
	size_t n, size;
	const cyaml_schema_value_t *entry;
};

static struct list list_of(const cyaml_schema_field_t *f, const char *record)
{
	struct list l = { .entry = f->value.sequence.entry };

	memcpy(&l.p, record + f->data_offset, sizeof(l.p));
	memcpy(&l.n, record + f->count_offset, sizeof(l.n));
	l.size = l.entry->type == CYAML_STRING ? sizeof(char *) : l.entry->data_size;
	return l;
}

static double number_of(const cyaml_schema_field_t *f, const char *record)
{
	double v;

	memcpy(&v, record + f->data_offset, sizeof(v));
	return v;
}

/* Booleans are enums of one byte in the tables. */
static bool is_bool(const cyaml_schema_field_t *f)
{
	return f->value.type == CYAML_ENUM && f->value.data_size == sizeof(bool);
}

static bool bool_of(const cyaml_schema_field_t *f, const char *record)
{
	bool v;

	memcpy(&v, record + f->data_offset, sizeof(v));
	return v;
}

static const char *word_of(const cyaml_schema_field_t *f, const char *record)
{
	uint32_t v;

	memcpy(&v, record + f->data_offset, sizeof(v));
	for (uint32_t i = 0; i < f->value.enumeration.count; i++)
		if (f->value.enumeration.strings[i].val == (int64_t)v)
			return f->value.enumeration.strings[i].str;
	return "";
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void json_fields(struct json *j, const cyaml_schema_value_t *mapping, const char *record)
{
	for (const cyaml_schema_field_t *f = mapping->mapping.fields; f->key; f++) {
		if (is_bool(f)) {
			json_put_bool(j, f->key, bool_of(f, record));
		} else if (f->value.type == CYAML_ENUM) {
			json_put_string(j, f->key, word_of(f, record));
		} else if (f->value.type == CYAML_FLOAT) {
			json_put_double(j, f->key, number_of(f, record), 6);
		} else if (f->value.type == CYAML_STRING) {
			json_put_string(j, f->key, k_text(record, f->data_offset));
		} else if (f->value.type == CYAML_SEQUENCE) {
			struct list l = list_of(f, record);

			json_begin_array(j, f->key);
			for (size_t i = 0; i < l.n; i++) {
				if (l.entry->type == CYAML_STRING) {
					json_put_string(j, NULL, k_text(l.p, i * l.size));
					continue;
				}
				json_begin_object(j, NULL);
				json_fields(j, l.entry, l.p + i * l.size);
				json_end_object(j);
			}
			json_end_array(j);
		}
	}
}

void json_knowledge_record(struct json *j, const char *kind, const void *record)
{
	const struct k_kind *k = kind_of(kind);

	json_fields(j, k->record, record);
	json_put_string(j, "origin", k_text(record, k->origin_offset));
}

/* ---- text -------------------------------------------------------------------------------- */

static void label(struct page *pg, const char *key, unsigned indent)
{
	char words[64];
	size_t n = 0;

	for (; key[n] && n + 1 < sizeof(words); n++)
		words[n] = key[n] == '_' ? ' ' : key[n];
	words[n] = '\0';
	page_to(pg, indent, false);
	page_ink(pg, INK_DIM, words);
	page_to(pg, indent + LABEL_COLUMNS, true);
}

static void text_fields(
	struct page *pg, const cyaml_schema_value_t *mapping, const char *record, unsigned indent);

/* How a tool's version is read is for the prober, not for readers. */
static bool is_internal(const char *key)
{
	static const char *const keys[] = { "id", "version_args", "version_pattern",
		"version_expect" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static void text_list(
	struct page *pg, const cyaml_schema_field_t *f, const char *record, unsigned indent)
{
	struct list l = list_of(f, record);
	size_t longest = 0;

	if (!l.n)
		return;
	label(pg, f->key, indent);
	if (l.entry->type != CYAML_STRING) {
		page_line(pg);
		for (size_t i = 0; i < l.n; i++) {
			page_to(pg, indent + NESTED_COLUMNS - 2, false);
			page_ink(pg, INK_DIM, "- ");
			text_fields(pg, l.entry, l.p + i * l.size, indent + NESTED_COLUMNS);
		}
		return;
	}
	for (size_t i = 0; i < l.n; i++) {
		size_t n = strlen(k_text(l.p, i * l.size));

		longest = MAX(longest, n);
	}
	if (longest > 24) { /* sentences: one a line */
		for (size_t i = 0; i < l.n; i++) {
			page_to(pg, indent + LABEL_COLUMNS, false);
			page_wrap(pg, INK_NONE, indent + LABEL_COLUMNS, k_text(l.p, i * l.size));
			page_line(pg);
		}
		return;
	}
	struct buf words = { 0 };

	for (size_t i = 0; i < l.n; i++)
		buf_printf(&words, "%s%s", i ? ", " : "", k_text(l.p, i * l.size));
	page_wrap(pg, INK_NONE, indent + LABEL_COLUMNS, buf_cstr(&words));
	page_line(pg);
	buf_done(&words);
}

static void text_fields(
	struct page *pg, const cyaml_schema_value_t *mapping, const char *record, unsigned indent)
{
	for (const cyaml_schema_field_t *f = mapping->mapping.fields; f->key; f++) {
		if (is_internal(f->key))
			continue;
		if (f->value.type == CYAML_SEQUENCE) {
			text_list(pg, f, record, indent);
			continue;
		}
		if (f->value.type == CYAML_STRING && !k_text(record, f->data_offset)[0])
			continue;
		if (f->value.type == CYAML_FLOAT && number_of(f, record) == 0)
			continue;
		label(pg, f->key, indent);
		if (f->value.type == CYAML_STRING)
			page_wrap(pg, INK_NONE, indent + LABEL_COLUMNS,
				k_text(record, f->data_offset));
		else if (f->value.type == CYAML_FLOAT)
			page_printf(pg, "%g", number_of(f, record));
		else
			page_put(pg,
				is_bool(f) ? (bool_of(f, record) ? "yes" : "no")
					   : word_of(f, record));
		page_line(pg);
	}
}

void text_knowledge_record(struct page *pg, const char *kind, const void *record)
{
	const struct k_kind *k = kind_of(kind);

	text_fields(pg, k->record, record, 0);
	label(pg, "from", 0);
	page_put(pg, k_text(record, k->origin_offset));
	page_line(pg);
}
