/* SPDX-License-Identifier: MIT */
/* Small JSON Schema validator for the tests. */
#include "schema_check.h"

#include "base/compiler.h"

#include <regex.h>
#include <string.h>

struct check {
	json_t *root;
	struct buf *problems;
	const char *path[64];
	int depth;
};

static bool complain(struct check *c, const char *what, const char *detail)
{
	for (int i = 0; i < c->depth; i++)
		buf_printf(c->problems, "/%s", c->path[i]);
	buf_printf(c->problems, ": %s %s\n", what, detail);
	return false;
}

static bool has_type(json_t *v, const char *type)
{
	if (strcmp(type, "integer") == 0)
		return json_is_integer(v);
	if (strcmp(type, "number") == 0)
		return json_is_number(v);
	return (strcmp(type, "object") == 0 && json_is_object(v)) ||
		(strcmp(type, "array") == 0 && json_is_array(v)) ||
		(strcmp(type, "string") == 0 && json_is_string(v)) ||
		(strcmp(type, "boolean") == 0 && json_is_boolean(v)) ||
		(strcmp(type, "null") == 0 && json_is_null(v));
}

static bool check_type(struct check *c, json_t *type, json_t *v)
{
	size_t i;
	json_t *one;

	if (json_is_string(type))
		return has_type(v, json_string_value(type)) ||
			complain(c, "is no", json_string_value(type));
	json_array_foreach(type, i, one) if (has_type(v, json_string_value(one))) return true;
	return complain(c, "has none of the types", "");
}

static bool check_scalar(struct check *c, const char *key, json_t *limit, json_t *v)
{
	double want = json_number_value(limit);

	if (strcmp(key, "minimum") == 0)
		return !json_is_number(v) || json_number_value(v) >= want ||
			complain(c, "is below", key);
	if (strcmp(key, "maximum") == 0)
		return !json_is_number(v) || json_number_value(v) <= want ||
			complain(c, "is above", key);
	if (strcmp(key, "minLength") == 0)
		return !json_is_string(v) || json_string_length(v) >= want ||
			complain(c, "is too short", "");
	if (strcmp(key, "minItems") == 0)
		return !json_is_array(v) || (double)json_array_size(v) >= want ||
			complain(c, "has too few items", "");
	if (strcmp(key, "maxItems") == 0)
		return !json_is_array(v) || (double)json_array_size(v) <= want ||
			complain(c, "has too many items", "");
	if (strcmp(key, "const") == 0)
		return json_equal(limit, v) || complain(c, "is not the constant", "");
	return complain(c, "unknown keyword in the schema:", key);
}

static bool check_enum(struct check *c, json_t *list, json_t *v)
{
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one) if (json_equal(one, v)) return true;
	return complain(c, "is not in the list:", json_is_string(v) ? json_string_value(v) : "");
}

static bool check_pattern(struct check *c, json_t *pattern, json_t *v)
{
	regex_t re;

	if (!json_is_string(v))
		return true;
	if (regcomp(&re, json_string_value(pattern), REG_EXTENDED | REG_NOSUB) != 0)
		return complain(c, "bad pattern", json_string_value(pattern));
	bool fine = regexec(&re, json_string_value(v), 0, NULL, 0) == 0;

	regfree(&re);
	return fine || complain(c, "does not match", json_string_value(pattern));
}

static bool check(struct check *c, json_t *schema, json_t *v);

static bool check_inside(struct check *c, const char *name, json_t *schema, json_t *v)
{
	if (c->depth >= (int)ARRAY_LEN(c->path))
		return complain(c, "is nested too deep", "");
	c->path[c->depth++] = name;
	bool fine = check(c, schema, v);

	c->depth--;
	return fine;
}

static bool check_members(struct check *c, const char *key, json_t *rule, json_t *v)
{
	bool fine = true;
	const char *name;
	size_t i;
	json_t *one;

	if (strcmp(key, "required") == 0 && json_is_object(v)) {
		json_array_foreach(rule, i, one) if (!json_object_get(v, json_string_value(one)))
			fine = complain(c, "lacks", json_string_value(one));
	} else if (strcmp(key, "properties") == 0 && json_is_object(v)) {
		json_object_foreach(rule, name, one) if (json_object_get(v, name)) fine &=
			check_inside(c, name, one, json_object_get(v, name));
	} else if (strcmp(key, "items") == 0 && json_is_array(v)) {
		json_array_foreach(v, i, one) fine &= check_inside(c, "[]", rule, one);
	}
	return fine;
}

static json_t *resolve(struct check *c, const char *ref)
{
	static const char prefix[] = "#/$defs/";

	if (strncmp(ref, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	return json_object_get(json_object_get(c->root, "$defs"), ref + sizeof(prefix) - 1);
}

static bool silently(struct check *c, json_t *schema, json_t *v)
{
	struct buf unheard = { 0 };
	struct check quiet = { .root = c->root, .problems = &unheard };
	bool fine = check(&quiet, schema, v);

	buf_done(&unheard);
	return fine;
}

static bool check_keyword(struct check *c, const char *key, json_t *rule, json_t *schema, json_t *v)
{
	static const char *const notes[] = { "$schema", "$id", "title", "description", "$defs",
		"then" };

	for (size_t i = 0; i < ARRAY_LEN(notes); i++)
		if (strcmp(key, notes[i]) == 0)
			return true;
	if (strcmp(key, "type") == 0)
		return check_type(c, rule, v);
	if (strcmp(key, "enum") == 0)
		return check_enum(c, rule, v);
	if (strcmp(key, "pattern") == 0)
		return check_pattern(c, rule, v);
	if (strcmp(key, "required") == 0 || strcmp(key, "properties") == 0 ||
		strcmp(key, "items") == 0)
		return check_members(c, key, rule, v);
	if (strcmp(key, "if") == 0)
		return !silently(c, rule, v) || check(c, json_object_get(schema, "then"), v);
	if (strcmp(key, "$ref") == 0) {
		json_t *target = resolve(c, json_string_value(rule));

		return target ? check(c, target, v)
			      : complain(c, "unresolved", json_string_value(rule));
	}
	return check_scalar(c, key, rule, v);
}

static bool check(struct check *c, json_t *schema, json_t *v)
{
	const char *key;
	json_t *rule;
	bool fine = true;

	json_object_foreach(schema, key, rule) fine &= check_keyword(c, key, rule, schema, v);
	return fine;
}

bool schema_check(json_t *schema, json_t *value, struct buf *problems)
{
	struct check c = { .root = schema, .problems = problems };

	return check(&c, schema, value);
}
