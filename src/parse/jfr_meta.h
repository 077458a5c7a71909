/* SPDX-License-Identifier: MIT */
/*
 * The event types of one JFR chunk: the file says itself which fields every event and every pooled
 * object has, in which order and in which unit; readers ask for fields by name.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "parse/jfr_chunk.h"

enum jfr_base {
	JFR_OBJECT, /* fields of its own */
	JFR_BOOLEAN,
	JFR_BYTE,
	JFR_VARINT, /* char, short, int, long */
	JFR_FLOAT,
	JFR_DOUBLE,
	JFR_STRING,
};

enum jfr_unit {
	JFR_PLAIN,
	JFR_TICKS,
	JFR_NANOSECONDS,
	JFR_MICROSECONDS,
	JFR_MILLISECONDS,
	JFR_SECONDS
};

struct jfr_field {
	const char *name;
	uint64_t type_id;
	uint32_t type; /* index in classes, UINT32_MAX unknown */
	enum jfr_unit unit;
	bool pooled; /* the value is a key of its type's pool */
	bool array;
};

struct jfr_class {
	const char *name; /* "jdk.ExecutionSample", "java.lang.Thread" */
	uint64_t id;
	enum jfr_base base;
	struct jfr_field *fields;
	size_t n_fields;
};

struct jfr_meta {
	struct arena arena;
	vec_of(struct jfr_class) classes;
	vec_of(struct jfr_field) fields; /* while reading */
	struct map_u64 by_id;            /* class id -> index + 1 */
};

void jfr_meta_done(struct jfr_meta *m);
/* From the body of a metadata event; false when it makes no sense. */
bool jfr_meta_read(struct jfr_meta *m, struct span body);
/* NULL unknown. */
const struct jfr_class *jfr_meta_class(const struct jfr_meta *m, uint64_t id);

enum jfr_value_kind { JFR_NO_VALUE, JFR_INTEGER, JFR_REAL, JFR_TEXT };

struct jfr_value {
	enum jfr_value_kind kind;
	uint64_t i; /* JFR_INTEGER; also the key of a pooled value */
	double d;
	struct jfr_string text;
};

enum { JFR_MAX_FIELDS = 48 };

/*
 * The fields of an object at the cursor, one value each (the first JFR_MAX_FIELDS are kept). Arrays
 * and objects inside are passed over, unless they have one field only: then it is that one's value.
 * False, and in->bad, when the bytes do not hold such an object.
 */
bool jfr_object_read(const struct jfr_meta *m, const struct jfr_class *c, struct cursor *in,
	struct jfr_value *ret);
/* One field as it lies, without keeping it. */
bool jfr_field_skip(const struct jfr_meta *m, const struct jfr_field *f, struct cursor *in);
/* Index of a field, -1 none (also when it is beyond JFR_MAX_FIELDS). */
int jfr_class_field(const struct jfr_class *c, const char *name);
