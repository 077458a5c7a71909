/* SPDX-License-Identifier: MIT */
/*
 * The YAML form of every knowledge record as libcyaml tables. A YAML key is always the name of the
 * struct member it fills, so the same tables load files, normalise records and print them as C.
 */
#pragma once

#include "knowledge/records.h"

#include <cyaml/cyaml.h>
#include <string.h>

enum {
	K_MAX_TEXT = 16384, /* bytes of one string */
	K_MAX_LIST = 20000, /* entries of one list */
};

struct k_kind {
	const char *name; /* key in the file and member of struct knowledge: "tools" */
	const char *type; /* struct tag: "k_tool" */
	size_t size;
	const cyaml_schema_value_t *record;
	size_t list_offset, count_offset; /* in struct knowledge */
	size_t origin_offset;             /* in the record */
	size_t id_offset;                 /* in the record; SIZE_MAX when the kind has no id */
};

enum {
#define X(kind, type) K_KIND_##kind,
	K_KINDS(X)
#undef X
		K_KIND_COUNT
};

extern const struct k_kind k_kinds[K_KIND_COUNT];
/* A whole file: a mapping of kind names to lists; fills a struct knowledge. */
extern const cyaml_schema_value_t k_file_schema;

/* Struct tag of a mapping inside records ("k_install"); NULL when unknown. */
const char *k_struct_tag(const cyaml_schema_value_t *mapping);

/* The list of a kind inside a set, as bytes. */
static inline const char *k_list(const struct knowledge *k, const struct k_kind *kind)
{
	const char *list;

	memcpy(&list, (const char *)k + kind->list_offset, sizeof(list));
	return list;
}

static inline size_t k_count(const struct knowledge *k, const struct k_kind *kind)
{
	size_t n;

	memcpy(&n, (const char *)k + kind->count_offset, sizeof(n));
	return n;
}

/* A string member of a record. */
static inline const char *k_text(const char *record, size_t offset)
{
	const char *s;

	memcpy(&s, record + offset, sizeof(s));
	return s;
}
