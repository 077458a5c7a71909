/* SPDX-License-Identifier: MIT */
/* JDK: jdk.jfr.internal.MetadataReader, MetadataDescriptor. */
#include "parse/jfr_meta.h"

#include <inttypes.h>

enum { MAX_STRINGS = 1 << 20, MAX_ELEMENTS = 1 << 20, MAX_DEPTH = 16, MAX_NESTING = 8 };

struct reader {
	struct jfr_meta *meta;
	struct cursor in;
	const char **strings;
	uint64_t n_strings;
	size_t n_elements;
	size_t class_at; /* of the class being read, SIZE_MAX outside of one */
	bool in_field;
};

void jfr_meta_done(struct jfr_meta *m)
{
	arena_done(&m->arena);
	vec_done(&m->classes);
	vec_done(&m->fields);
	map_u64_done(&m->by_id);
	*m = (struct jfr_meta){ 0 };
}

static const char *string_at(struct reader *r)
{
	uint64_t i = jfr_varlong(&r->in);

	if (i >= r->n_strings) {
		r->in.bad = true;
		return "";
	}
	return r->strings[i];
}

static bool read_strings(struct reader *r)
{
	uint64_t n = jfr_varlong(&r->in);

	if (n > MAX_STRINGS || n > r->in.s.n)
		return false;
	r->strings = arena_array(&r->meta->arena, n + 1, sizeof(*r->strings));
	r->n_strings = n;
	for (uint64_t i = 0; i < n && !r->in.bad; i++) {
		_cleanup_(buf_done) struct buf text = { 0 };
		struct jfr_string s = jfr_string_read(&r->in);

		jfr_string_text(&s, &text);
		r->strings[i] = arena_strdup(&r->meta->arena, buf_cstr(&text));
	}
	return !r->in.bad;
}

enum element { ELEMENT_OTHER, ELEMENT_CLASS, ELEMENT_FIELD, ELEMENT_ANNOTATION };

struct attributes {
	const char *id, *name, *type, *constant_pool, *dimension, *value;
};

static void read_attributes(struct reader *r, struct attributes *ret)
{
	uint64_t n = jfr_varlong(&r->in);

	for (uint64_t i = 0; i < n && !r->in.bad; i++) {
		const char *key = string_at(r), *value = string_at(r);
		const struct {
			const char *name;
			const char **to;
		} known[] = { { "id", &ret->id }, { "name", &ret->name }, { "class", &ret->type },
			{ "constantPool", &ret->constant_pool }, { "dimension", &ret->dimension },
			{ "value", &ret->value } };

		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			if (strcmp(key, known[k].name) == 0)
				*known[k].to = value;
	}
}

static uint64_t number(const char *s)
{
	uint64_t v = UINT64_MAX;

	return s && span_parse_u64(span_str(s), &v) ? v : UINT64_MAX;
}

static enum jfr_unit unit_of(const char *s)
{
	static const struct {
		const char *name;
		enum jfr_unit unit;
	} units[] = { { "TICKS", JFR_TICKS }, { "NANOSECONDS", JFR_NANOSECONDS },
		{ "MICROSECONDS", JFR_MICROSECONDS }, { "MILLISECONDS", JFR_MILLISECONDS },
		{ "SECONDS", JFR_SECONDS } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(s, units[i].name) == 0)
			return units[i].unit;
	return JFR_PLAIN;
}

static enum jfr_base base_of(const char *name)
{
	static const struct {
		const char *name;
		enum jfr_base base;
	} bases[] = { { "boolean", JFR_BOOLEAN }, { "byte", JFR_BYTE }, { "char", JFR_VARINT },
		{ "short", JFR_VARINT }, { "int", JFR_VARINT }, { "long", JFR_VARINT },
		{ "float", JFR_FLOAT }, { "double", JFR_DOUBLE },
		{ "java.lang.String", JFR_STRING } };

	for (size_t i = 0; i < ARRAY_LEN(bases); i++)
		if (strcmp(name, bases[i].name) == 0)
			return bases[i].base;
	return JFR_OBJECT;
}

/* What an element means; a class collects the fields inside it. */
static void take_element(struct reader *r, enum element e, const struct attributes *a)
{
	struct jfr_meta *m = r->meta;

	if (e == ELEMENT_CLASS) {
		bool fresh;
		uint64_t id = number(a->id);
		uint32_t *slot = map_u64_put(&m->by_id, id, &fresh);

		if (id == UINT64_MAX || !a->name)
			return;
		r->class_at = m->classes.n;
		*slot = (uint32_t)m->classes.n + 1;
		*vec_push(&m->classes) =
			(struct jfr_class){ .id = id, .name = a->name, .base = base_of(a->name) };
		m->fields.n = 0;
	} else if (e == ELEMENT_FIELD && r->class_at != SIZE_MAX) {
		*vec_push(&m->fields) = (struct jfr_field){ .name = a->name ? a->name : "",
			.type_id = number(a->type),
			.type = UINT32_MAX,
			.pooled = a->constant_pool && strcmp(a->constant_pool, "true") == 0,
			.array = a->dimension && strcmp(a->dimension, "0") != 0 };
	} else if (e == ELEMENT_ANNOTATION && r->in_field && a->value && m->fields.n) {
		/* only jdk.jfr.Timespan and Timestamp have values that are units of time */
		enum jfr_unit unit = unit_of(a->value);

		if (unit != JFR_PLAIN)
			m->fields.v[m->fields.n - 1].unit = unit;
	}
}

static void end_class(struct reader *r)
{
	struct jfr_meta *m = r->meta;
	struct jfr_class *c = &m->classes.v[r->class_at];

	c->n_fields = m->fields.n;
	c->fields = arena_array(&m->arena, m->fields.n + 1, sizeof(*c->fields));
	if (m->fields.n)
		memcpy(c->fields, m->fields.v, m->fields.n * sizeof(*c->fields));
	r->class_at = SIZE_MAX;
}

static void read_element(struct reader *r, unsigned depth)
{
	static const char *const names[] = { [ELEMENT_CLASS] = "class",
		[ELEMENT_FIELD] = "field",
		[ELEMENT_ANNOTATION] = "annotation" };
	struct attributes a = { 0 };
	enum element e = ELEMENT_OTHER;
	const char *name = string_at(r);

	if (depth > MAX_DEPTH || r->n_elements++ > MAX_ELEMENTS)
		r->in.bad = true;
	for (enum element k = ELEMENT_CLASS; k <= ELEMENT_ANNOTATION; k++)
		if (strcmp(name, names[k]) == 0)
			e = k;
	read_attributes(r, &a);
	if (r->in.bad)
		return;
	bool opens = e == ELEMENT_CLASS && r->class_at == SIZE_MAX, outer = r->in_field;

	if (e != ELEMENT_CLASS || opens)
		take_element(r, e, &a);
	r->in_field = e == ELEMENT_FIELD;
	uint64_t n = jfr_varlong(&r->in);

	for (uint64_t i = 0; i < n && !r->in.bad; i++)
		read_element(r, depth + 1);
	r->in_field = outer;
	if (opens && r->class_at != SIZE_MAX)
		end_class(r);
}

bool jfr_meta_read(struct jfr_meta *m, struct span body)
{
	struct reader r = { .meta = m, .in = cursor_of(body, 0), .class_at = SIZE_MAX };

	jfr_varlong(&r.in); /* start time */
	jfr_varlong(&r.in); /* duration */
	jfr_varlong(&r.in); /* id of the metadata */
	if (r.in.bad || !read_strings(&r))
		return false;
	read_element(&r, 0);
	vec_foreach (c, &m->classes) {
		for (size_t i = 0; i < c->n_fields; i++) {
			const uint32_t *at = map_u64_get(&m->by_id, c->fields[i].type_id);

			if (at && *at)
				c->fields[i].type = *at - 1;
		}
	}
	return !r.in.bad && m->classes.n > 0;
}

const struct jfr_class *jfr_meta_class(const struct jfr_meta *m, uint64_t id)
{
	const uint32_t *at = map_u64_get(&m->by_id, id);

	return at && *at ? &m->classes.v[*at - 1] : NULL;
}

static bool read_one(const struct jfr_meta *m, uint32_t type, unsigned depth, struct cursor *in,
	struct jfr_value *ret);

static bool read_simple(enum jfr_base base, struct cursor *in, struct jfr_value *ret)
{
	switch (base) {
	case JFR_BOOLEAN:
	case JFR_BYTE:
		*ret = (struct jfr_value){ .kind = JFR_INTEGER, .i = cursor_u8(in) };
		break;
	case JFR_VARINT:
		*ret = (struct jfr_value){ .kind = JFR_INTEGER, .i = jfr_varlong(in) };
		break;
	case JFR_FLOAT:
		*ret = (struct jfr_value){ .kind = JFR_REAL, .d = (double)jfr_float(in) };
		break;
	case JFR_DOUBLE:
		*ret = (struct jfr_value){ .kind = JFR_REAL, .d = jfr_double(in) };
		break;
	case JFR_STRING:
		*ret = (struct jfr_value){ .kind = JFR_TEXT, .text = jfr_string_read(in) };
		break;
	case JFR_OBJECT:
		return false;
	}
	return !in->bad;
}

static bool read_field(const struct jfr_meta *m, const struct jfr_field *f, unsigned depth,
	struct cursor *in, struct jfr_value *ret)
{
	*ret = (struct jfr_value){ 0 };
	if (f->array) {
		uint64_t n = jfr_varlong(in);
		struct jfr_value dropped;

		for (uint64_t i = 0; i < n && !in->bad; i++) {
			size_t before = in->at;

			if (f->pooled)
				jfr_varlong(in);
			else if (!read_one(m, f->type, depth + 1, in, &dropped) || in->at == before)
				in->bad = true;
		}
		return !in->bad;
	}
	if (f->pooled) {
		*ret = (struct jfr_value){ .kind = JFR_INTEGER, .i = jfr_varlong(in) };
		return !in->bad;
	}
	return read_one(m, f->type, depth, in, ret);
}

static bool read_one(const struct jfr_meta *m, uint32_t type, unsigned depth, struct cursor *in,
	struct jfr_value *ret)
{
	if (type >= m->classes.n || depth > MAX_NESTING) {
		in->bad = true;
		return false;
	}
	const struct jfr_class *c = &m->classes.v[type];
	struct jfr_value inner = { 0 };
	size_t from = in->at;

	if (c->base != JFR_OBJECT)
		return read_simple(c->base, in, ret);
	for (size_t i = 0; i < c->n_fields; i++)
		if (!read_field(m, &c->fields[i], depth + 1, in, &inner))
			return false;
	if (c->n_fields == 1)
		*ret = inner;
	/* types that hold each other and no bytes would never come to an end */
	if (c->n_fields && in->at == from)
		in->bad = true;
	return !in->bad;
}

bool jfr_object_read(const struct jfr_meta *m, const struct jfr_class *c, struct cursor *in,
	struct jfr_value *ret)
{
	struct jfr_value dropped;

	for (size_t i = 0; i < c->n_fields; i++)
		if (!read_field(m, &c->fields[i], 0, in, i < JFR_MAX_FIELDS ? &ret[i] : &dropped))
			return false;
	return !in->bad;
}

bool jfr_field_skip(const struct jfr_meta *m, const struct jfr_field *f, struct cursor *in)
{
	struct jfr_value dropped;

	return read_field(m, f, 0, in, &dropped);
}

int jfr_class_field(const struct jfr_class *c, const char *name)
{
	for (size_t i = 0; i < c->n_fields && i < JFR_MAX_FIELDS; i++)
		if (strcmp(c->fields[i].name, name) == 0)
			return (int)i;
	return -1;
}
