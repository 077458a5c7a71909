/* SPDX-License-Identifier: MIT */
/* YAML event pass over a knowledge file: record lines and exact error messages. */
#include "knowledge/scan.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

/* file mapping, list, record, list, struct, list of text: no schema nests deeper */
enum { MAX_DEPTH = 8, MAX_KEYS = 48 };

struct level {
	const cyaml_schema_value_t *value; /* a mapping or a sequence */
	const cyaml_schema_field_t *field; /* mapping: key just read, NULL when a key comes next */
	uint64_t seen;                     /* mapping: bit per field already given */
};

struct scanner {
	const char *name;
	struct k_scan *out;
	struct err *err;
	struct level stack[MAX_DEPTH];
	int depth;
	bool had_document;
	int kind; /* list being read at the top, -1 none */
};

/* Edit distance, only to find a likely typing error; words are short. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(b);

	if (n >= ARRAY_LEN(row) || strlen(a) >= ARRAY_LEN(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t cost = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = MIN(cost, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[n];
}

static const char *closest_key(const cyaml_schema_field_t *fields, const char *word)
{
	const char *best = NULL;
	size_t best_distance = 3; /* further away is no typing error */

	for (; fields->key; fields++) {
		size_t d = distance(word, fields->key);

		if (d < best_distance || (!best && strlen(word) > 3 && strstr(fields->key, word))) {
			best = fields->key;
			best_distance = MIN(d, best_distance);
		}
	}
	return best;
}

/* Text of a scalar made fit for a message: one line, printable, short. */
static const char *shown(char out[64], const yaml_event_t *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->data.scalar.length && n < 60; i++) {
		unsigned char c = e->data.scalar.value[i];

		out[n++] = c < 32 || c == 127 ? ' ' : (char)c;
	}
	out[n] = '\0';
	return out;
}

static int complain(struct scanner *s, const yaml_event_t *e, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

static int complain(struct scanner *s, const yaml_event_t *e, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fail(s->err, EINVAL, "%s:%zu: %s", s->name, e->start_mark.line + 1, text);
}

static const char *type_words(const cyaml_schema_value_t *v)
{
	switch (v->type) {
	case CYAML_MAPPING:
		return "a mapping (key: value)";
	case CYAML_SEQUENCE:
		return "a list";
	case CYAML_FLOAT:
		return "a number";
	default:
		return "a single value";
	}
}

static int check_scalar(struct scanner *s, const cyaml_schema_value_t *v, const yaml_event_t *e)
{
	const char *key = "entry", *text = (const char *)e->data.scalar.value;
	char word[64];

	if (s->depth && s->stack[s->depth - 1].field)
		key = s->stack[s->depth - 1].field->key;
	if (strlen(text) != e->data.scalar.length)
		return complain(s, e, "'%s' has a NUL character inside", key);
	if (v->type == CYAML_FLOAT) {
		double number;

		if (!span_parse_double(span_str(text), &number) || !isfinite(number))
			return complain(
				s, e, "'%s' must be a number, not '%s'", key, shown(word, e));
	} else if (v->type == CYAML_ENUM) {
		struct buf words = { 0 };

		for (uint32_t i = 0; i < v->enumeration.count; i++) {
			if (strcmp(v->enumeration.strings[i].str, text) == 0)
				return buf_done(&words), 0;
			buf_printf(&words, "%s%s", i ? ", " : "", v->enumeration.strings[i].str);
		}
		int r = complain(s, e, "'%s' cannot be '%s' (one of: %s)", key, shown(word, e),
			buf_cstr(&words));

		buf_done(&words);
		return r;
	} else if (v->type == CYAML_STRING) {
		if (e->data.scalar.length > v->string.max)
			return complain(s, e, "'%s' is longer than %u bytes", key, v->string.max);
		if (e->data.scalar.length < v->string.min)
			return complain(s, e, "'%s' must not be empty", key);
	}
	return 0;
}

static int take_key(struct scanner *s, struct level *top, const yaml_event_t *e)
{
	char word[64];
	const cyaml_schema_field_t *fields = top->value->mapping.fields;

	if (e->type != YAML_SCALAR_EVENT)
		return complain(s, e, "a key must be a plain word");
	const char *key = (const char *)e->data.scalar.value;

	for (size_t i = 0; fields[i].key && i < MAX_KEYS; i++) {
		if (strcmp(fields[i].key, key) != 0)
			continue;
		if (top->seen & (UINT64_C(1) << i))
			return complain(s, e, "key '%s' is given twice", key);
		top->seen |= UINT64_C(1) << i;
		top->field = &fields[i];
		if (s->depth == 1)
			s->kind = (int)i;
		return 0;
	}
	const char *near = closest_key(fields, key);

	if (near)
		return complain(s, e, "unknown key '%s'; did you mean '%s'?", shown(word, e), near);
	return complain(s, e, "unknown key '%s'", shown(word, e));
}

static void note_record(struct scanner *s, const yaml_event_t *e)
{
	size_t n = s->out->n[s->kind]++;

	if ((n & (n - 1)) == 0) /* grow at powers of two */
		s->out->lines[s->kind] =
			xreallocarray(s->out->lines[s->kind], n ? n * 2 : 1, sizeof(unsigned));
	s->out->lines[s->kind][n] = (unsigned)e->start_mark.line + 1;
}

/* A value (not a key) begins: does it have the shape the schema wants? */
static int take_value(struct scanner *s, const cyaml_schema_value_t *v, const yaml_event_t *e)
{
	bool fits = v->type == CYAML_MAPPING ? e->type == YAML_MAPPING_START_EVENT
		: v->type == CYAML_SEQUENCE  ? e->type == YAML_SEQUENCE_START_EVENT
					     : e->type == YAML_SCALAR_EVENT;
	const char *key = s->depth == 0 ? "a knowledge file" : "an entry";

	if (s->depth && s->stack[s->depth - 1].field)
		key = s->stack[s->depth - 1].field->key;
	if (!fits)
		return complain(s, e, "'%s' must be %s", key, type_words(v));
	if (s->depth == 2)
		note_record(s, e);
	if (e->type == YAML_SCALAR_EVENT) {
		int r = check_scalar(s, v, e);

		if (s->depth)
			s->stack[s->depth - 1].field = NULL;
		return r;
	}
	if (s->depth == MAX_DEPTH)
		return complain(s, e, "nested too deeply");
	s->stack[s->depth++] = (struct level){ .value = v };
	return 0;
}

static int take_node(struct scanner *s, const yaml_event_t *e)
{
	const unsigned char *anchor = e->type == YAML_SCALAR_EVENT ? e->data.scalar.anchor
		: e->type == YAML_SEQUENCE_START_EVENT             ? e->data.sequence_start.anchor
								   : e->data.mapping_start.anchor;
	const unsigned char *tag = e->type == YAML_SCALAR_EVENT ? e->data.scalar.tag
		: e->type == YAML_SEQUENCE_START_EVENT          ? e->data.sequence_start.tag
								: e->data.mapping_start.tag;

	if (anchor)
		return complain(s, e, "anchors (&name) are not allowed");
	if (tag)
		return complain(s, e, "tags (!name) are not allowed");
	if (s->depth == 0)
		return take_value(s, &k_file_schema, e);
	struct level *top = &s->stack[s->depth - 1];

	if (top->value->type == CYAML_SEQUENCE)
		return take_value(s, top->value->sequence.entry, e);
	if (!top->field)
		return take_key(s, top, e);
	return take_value(s, &top->field->value, e);
}

static int take_event(struct scanner *s, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (s->had_document)
			return complain(s, e, "only one YAML document per file");
		s->had_document = true;
		return 0;
	case YAML_ALIAS_EVENT:
		return complain(s, e, "aliases (*name) are not allowed");
	case YAML_SCALAR_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return take_node(s, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		s->depth--;
		if (s->depth)
			s->stack[s->depth - 1].field = NULL;
		return 0;
	default:
		return 0;
	}
}

static int bad_yaml(struct scanner *s, const yaml_parser_t *p)
{
	size_t line = p->problem_mark.line ? p->problem_mark.line : p->context_mark.line;

	if (p->error == YAML_READER_ERROR)
		return fail(s->err, EINVAL, "%s:1: not a text file in UTF-8: %s (byte %zu)",
			s->name, p->problem ? p->problem : "unreadable", p->problem_offset);
	return fail(s->err, EINVAL, "%s:%zu: not valid YAML: %s", s->name, line + 1,
		p->problem ? p->problem : "unreadable");
}

int k_scan_text(struct span text, const char *name, struct k_scan *ret, struct err *err)
{
	struct scanner s = { .name = name, .out = ret, .err = err, .kind = -1 };
	yaml_parser_t parser;
	int r = 0;

	*ret = (struct k_scan){ 0 };
	if (!yaml_parser_initialize(&parser))
		return fail(err, ENOMEM, "cannot start the YAML reader");
	yaml_parser_set_input_string(&parser, text.p ? text.p : (const unsigned char *)"", text.n);
	for (bool more = true; more && r == 0;) {
		yaml_event_t e;

		if (!yaml_parser_parse(&parser, &e)) {
			r = bad_yaml(&s, &parser);
			break;
		}
		more = e.type != YAML_STREAM_END_EVENT;
		r = take_event(&s, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&parser);
	if (r < 0)
		k_scan_done(ret);
	return r;
}

void k_scan_done(struct k_scan *s)
{
	for (size_t i = 0; i < K_KIND_COUNT; i++)
		free(s->lines[i]);
	*s = (struct k_scan){ 0 };
}
