/* SPDX-License-Identifier: MIT */
/*
 * OpenTelemetry profiles: ProfilesData of opentelemetry/proto/profiles/v1development/profiles.proto
 * (tables in a dictionary, entry 0 of each is the zero value). One Profile per kind of value; a
 * location is a physical frame with what was inlined into it, innermost first.
 */
#include "base/alloc.h"
#include "base/map.h"
#include "render/proto.h"
#include "render/writer.h"

#include <errno.h>
#include <stdlib.h>

enum {
	DATA_RESOURCE_PROFILES = 1,
	DATA_DICTIONARY = 2,
	DICT_MAPPINGS = 1,
	DICT_LOCATIONS = 2,
	DICT_FUNCTIONS = 3,
	DICT_LINKS = 4,
	DICT_STRINGS = 5,
	DICT_ATTRIBUTES = 6,
	DICT_STACKS = 7,
	RESOURCE_RESOURCE = 1,
	RESOURCE_SCOPES = 2,
	RESOURCE_ATTRIBUTES = 1,
	SCOPE_SCOPE = 1,
	SCOPE_PROFILES = 2,
	SCOPE_NAME = 1,
	SCOPE_VERSION = 2,
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLES = 2,
	PROFILE_TIME = 3,
	PROFILE_DURATION = 4,
	PROFILE_PERIOD_TYPE = 5,
	PROFILE_PERIOD = 6,
	TYPE_TYPE = 1,
	TYPE_UNIT = 2,
	SAMPLE_STACK = 1,
	SAMPLE_ATTRIBUTES = 2,
	SAMPLE_VALUES = 4,
	MAPPING_FILENAME = 4,
	LOCATION_MAPPING = 1,
	LOCATION_LINES = 3,
	LINE_FUNCTION = 1,
	LINE_LINE = 2,
	FUNCTION_NAME = 1,
	FUNCTION_SYSTEM_NAME = 2,
	FUNCTION_FILENAME = 3,
	FUNCTION_START_LINE = 4,
	STACK_LOCATIONS = 1,
	ATTRIBUTE_KEY = 1,
	ATTRIBUTE_VALUE = 2,
	VALUE_STRING = 1,
	VALUE_INT = 3,
	KEYVALUE_KEY = 1,
	KEYVALUE_VALUE = 2,
};

struct otlp {
	const struct profile *p;
	struct strtab strings;
	struct buf mappings, locations, functions, attributes,
		stacks; /* fields of the dictionary */
	uint32_t n_mappings, n_locations, n_functions, n_attributes, n_stacks;
	struct map_u64 mapping_of;            /* module's string id of the profile */
	struct map_u64 function_of;           /* hash of names -> function */
	vec_of(struct frame) function_frames; /* beside the functions, for comparison */
	/* frames from the innermost on, as a trie: a node is a list of frames */
	struct map_u64 list_of, location_of;
	uint32_t n_lists;
	uint32_t *stack_of;     /* stack of the profile -> stack of the file */
	uint32_t *thread_attrs; /* three per thread */
};

static void put_zero(struct buf *b, unsigned field)
{
	proto_bytes(b, field, "", 0);
}

static uint32_t string_of(struct otlp *w, uint32_t id)
{
	return strtab_add(&w->strings, profile_str(w->p, id));
}

static uint32_t mapping_of(struct otlp *w, uint32_t module)
{
	struct buf m = { 0 };
	bool fresh;

	if (!module)
		return 0;
	uint32_t *slot = map_u64_put(&w->mapping_of, module, &fresh);

	if (fresh) {
		*slot = w->n_mappings++;
		proto_uint(&m, MAPPING_FILENAME, string_of(w, module));
		proto_message(&w->mappings, DICT_MAPPINGS, &m);
	}
	buf_done(&m);
	return *slot;
}

static bool same_function(const struct frame *a, const struct frame *b)
{
	return a->function == b->function && a->linkage == b->linkage && a->file == b->file &&
		a->decl_line == b->decl_line;
}

static uint32_t function_of(struct otlp *w, const struct frame *f)
{
	uint64_t h = hash_u64((uint64_t)f->function << 32 | f->file) ^
		hash_u64((uint64_t)f->linkage << 32 | f->decl_line) * 3;

	for (;; h++) {
		struct buf m = { 0 };
		bool fresh;
		uint32_t *slot = map_u64_put(&w->function_of, h, &fresh);

		if (!fresh && same_function(&w->function_frames.v[*slot], f))
			return *slot;
		if (!fresh)
			continue;
		*slot = w->n_functions++;
		*vec_push(&w->function_frames) = *f;
		proto_uint(&m, FUNCTION_NAME, string_of(w, f->function));
		proto_uint(&m, FUNCTION_SYSTEM_NAME, string_of(w, f->linkage));
		proto_uint(&m, FUNCTION_FILENAME, string_of(w, f->file));
		proto_uint(&m, FUNCTION_START_LINE, f->decl_line);
		proto_message(&w->functions, DICT_FUNCTIONS, &m);
		buf_done(&m);
		return *slot;
	}
}

/* The location of a physical frame whose innermost inlined call is stack node `from`; *ret_next is
 * the node of its caller. */
static uint32_t location_of(struct otlp *w, uint32_t from, uint32_t *ret_next)
{
	struct buf m = { 0 }, line = { 0 };
	uint32_t list = 0, node = from;
	bool fresh, more = true;

	while (node && more) {
		const struct stack_node *s = &w->p->stacks.v[node];
		uint32_t *slot = map_u64_put(&w->list_of, (uint64_t)list << 32 | s->frame, &fresh);

		if (fresh)
			*slot = ++w->n_lists;
		list = *slot;
		more = w->p->frames.v[s->frame].inlined;
		node = s->parent;
	}
	*ret_next = node;

	uint32_t *location = map_u64_put(&w->location_of, list, &fresh);

	if (!fresh)
		return *location;
	*location = w->n_locations++;

	uint32_t id = *location;

	proto_uint(&m, LOCATION_MAPPING,
		mapping_of(w, w->p->frames.v[w->p->stacks.v[from].frame].module));
	for (uint32_t n = from; n != node; n = w->p->stacks.v[n].parent) {
		const struct frame *f = &w->p->frames.v[w->p->stacks.v[n].frame];

		proto_uint(&line, LINE_FUNCTION, function_of(w, f));
		proto_uint(&line, LINE_LINE, f->line);
		proto_message(&m, LOCATION_LINES, &line);
	}
	proto_message(&w->locations, DICT_LOCATIONS, &m);
	buf_done(&m);
	buf_done(&line);
	return id;
}

static uint32_t stack_of(struct otlp *w, uint32_t stack)
{
	vec_of(uint64_t) path = { 0 };
	struct buf m = { 0 };

	if (!stack || w->stack_of[stack])
		return w->stack_of[stack];
	for (uint32_t n = stack; n;)
		*vec_push(&path) = location_of(w, n, &n);
	proto_packed(&m, STACK_LOCATIONS, path.v, path.n);
	proto_message(&w->stacks, DICT_STACKS, &m);
	w->stack_of[stack] = w->n_stacks++;
	vec_done(&path);
	buf_done(&m);
	return w->stack_of[stack];
}

/* A string (when not NULL) or a number; returns its place in the table. */
static uint32_t attribute(struct otlp *w, const char *key, const char *text, int64_t number)
{
	struct buf m = { 0 }, v = { 0 };

	if (text)
		proto_bytes(&v, VALUE_STRING, text, strlen(text));
	else {
		/* a oneof: zero is written too */
		proto_varint(&v, VALUE_INT << 3);
		proto_varint(&v, (uint64_t)number);
	}
	proto_uint(&m, ATTRIBUTE_KEY, strtab_add(&w->strings, key));
	proto_message(&m, ATTRIBUTE_VALUE, &v);
	proto_message(&w->attributes, DICT_ATTRIBUTES, &m);
	buf_done(&m);
	buf_done(&v);
	return w->n_attributes++;
}

static void add_threads(struct otlp *w)
{
	for (size_t i = 0; i < w->p->threads.n; i++) {
		const struct profile_thread *t = &w->p->threads.v[i];
		uint32_t *a = &w->thread_attrs[i * 3];

		a[0] = attribute(w, "process.pid", NULL, t->pid);
		a[1] = attribute(w, "thread.id", NULL, t->tid);
		a[2] = attribute(w, "thread.name", profile_str(w->p, t->name), 0);
	}
}

static void value_type(
	struct otlp *w, struct buf *to, unsigned field, const char *name, const char *unit)
{
	struct buf m = { 0 };

	proto_uint(&m, TYPE_TYPE, strtab_add(&w->strings, name));
	proto_uint(&m, TYPE_UNIT, strtab_add(&w->strings, unit));
	proto_message(to, field, &m);
	buf_done(&m);
}

static bool one_profile(
	struct otlp *w, struct buf *to, unsigned type, const struct writer_opts *opts)
{
	struct buf m = { 0 }, s = { 0 };
	bool any = false;

	value_type(w, &m, PROFILE_SAMPLE_TYPE, w->p->types[type].name, w->p->types[type].unit);
	vec_foreach (sample, &w->p->samples) {
		uint64_t value = (uint64_t)sample->value[type];
		uint64_t attrs[3];

		if (!value)
			continue;
		any = true;
		for (int i = 0; i < 3; i++)
			attrs[i] = w->thread_attrs[sample->thread * 3 + (unsigned)i];
		proto_uint(&s, SAMPLE_STACK, stack_of(w, sample->stack));
		proto_packed(&s, SAMPLE_ATTRIBUTES, attrs, 3);
		proto_packed(&s, SAMPLE_VALUES, &value, 1);
		proto_message(&m, PROFILE_SAMPLES, &s);
	}
	proto_fixed64(&m, PROFILE_TIME, opts->time_ns);
	proto_uint(&m, PROFILE_DURATION, w->p->quality.duration_ns);
	if (w->p->period_ns) {
		value_type(w, &m, PROFILE_PERIOD_TYPE, "cpu", "nanoseconds");
		proto_uint(&m, PROFILE_PERIOD, w->p->period_ns);
	}
	if (any)
		proto_message(to, SCOPE_PROFILES, &m);
	buf_done(&m);
	buf_done(&s);
	return any;
}

static void key_value(struct buf *to, unsigned field, const char *key, const char *text)
{
	struct buf m = { 0 }, v = { 0 };

	proto_bytes(&v, VALUE_STRING, text, strlen(text));
	proto_bytes(&m, KEYVALUE_KEY, key, strlen(key));
	proto_message(&m, KEYVALUE_VALUE, &v);
	proto_message(to, field, &m);
	buf_done(&m);
	buf_done(&v);
}

static void resource(struct otlp *w, struct buf *out, const struct writer_opts *opts)
{
	struct buf profiles = { 0 }, scopes = { 0 }, m = { 0 };

	key_value(&m, RESOURCE_ATTRIBUTES, "service.name",
		w->p->command[0] ? w->p->command : "unknown_service");
	key_value(&m, RESOURCE_ATTRIBUTES, "telemetry.sdk.name", "perf-ops");
	proto_message(&profiles, RESOURCE_RESOURCE, &m);
	proto_bytes(&m, SCOPE_NAME, "perf-ops", strlen("perf-ops"));
	proto_bytes(&m, SCOPE_VERSION, PERF_OPS_VERSION, strlen(PERF_OPS_VERSION));
	proto_message(&scopes, SCOPE_SCOPE, &m);
	for (unsigned type = 0; type < w->p->n_types; type++)
		one_profile(w, &scopes, type, opts);
	proto_message(&profiles, RESOURCE_SCOPES, &scopes);
	proto_message(out, DATA_RESOURCE_PROFILES, &profiles);
	buf_done(&profiles);
	buf_done(&scopes);
	buf_done(&m);
}

static void dictionary(struct otlp *w, struct buf *out)
{
	struct buf m = { 0 };

	buf_add(&m, w->mappings.p, w->mappings.n);
	buf_add(&m, w->locations.p, w->locations.n);
	buf_add(&m, w->functions.p, w->functions.n);
	put_zero(&m, DICT_LINKS);
	for (uint32_t i = 0; i < w->strings.n; i++) {
		const char *s = strtab_get(&w->strings, i);

		proto_bytes(&m, DICT_STRINGS, s, strlen(s));
	}
	buf_add(&m, w->attributes.p, w->attributes.n);
	buf_add(&m, w->stacks.p, w->stacks.n);
	proto_message(out, DATA_DICTIONARY, &m);
	buf_done(&m);
}

static void otlp_init(struct otlp *w, const struct profile *p)
{
	*w = (struct otlp){ .p = p };
	strtab_init(&w->strings);
	put_zero(&w->mappings, DICT_MAPPINGS);
	put_zero(&w->locations, DICT_LOCATIONS);
	put_zero(&w->functions, DICT_FUNCTIONS);
	put_zero(&w->attributes, DICT_ATTRIBUTES);
	put_zero(&w->stacks, DICT_STACKS);
	w->n_mappings = w->n_locations = w->n_functions = w->n_attributes = w->n_stacks = 1;
	*vec_push(&w->function_frames) = (struct frame){ 0 };
	w->stack_of = xcalloc(p->stacks.n, sizeof(*w->stack_of));
	w->thread_attrs = xcalloc(p->threads.n * 3 + 1, sizeof(*w->thread_attrs));
}

static void otlp_done(struct otlp *w)
{
	strtab_done(&w->strings);
	buf_done(&w->mappings);
	buf_done(&w->locations);
	buf_done(&w->functions);
	buf_done(&w->attributes);
	buf_done(&w->stacks);
	map_u64_done(&w->mapping_of);
	map_u64_done(&w->function_of);
	map_u64_done(&w->list_of);
	map_u64_done(&w->location_of);
	vec_done(&w->function_frames);
	free(w->stack_of);
	free(w->thread_attrs);
}

static int write_profile(
	struct sink *out, const struct profile *p, const struct writer_opts *opts, struct err *err)
{
	struct buf file = { 0 };
	struct otlp w;
	int r = 0;

	otlp_init(&w, p);
	add_threads(&w);
	resource(&w, &file, opts);
	dictionary(&w, &file);
	if (file.overflow)
		r = fail(err, EFBIG, "the profile is too large for one OTLP message");
	else
		sink_write(out, file.p, file.n);
	otlp_done(&w);
	buf_done(&file);
	return r;
}

const struct writer otlp_writer = {
	.id = "otlp",
	.title = "OpenTelemetry profiles (v1development)",
	.extensions = ".otlp.pb .otlp",
	.write = write_profile,
};
