/* SPDX-License-Identifier: MIT */
/* JDK: jdk.jfr.internal.consumer.ChunkParser (checkpoints), hotspot jfr/recorder/checkpoint. */
#include "parse/jfr_pool.h"

/* HotSpot's largest stack depth option is 2048 */
enum { MAX_DEPTH = 4096, MAX_FRAMES = 1 << 26 };

void jfr_pools_init(struct jfr_pools *p)
{
	*p = (struct jfr_pools){ 0 };
	strtab_init(&p->texts);
}

void jfr_pools_done(struct jfr_pools *p)
{
	strtab_done(&p->texts);
	vec_done(&p->threads);
	vec_done(&p->methods);
	vec_done(&p->frames);
	vec_done(&p->stacks);
	vec_done(&p->classes);
	map_u64_done(&p->thread_of);
	map_u64_done(&p->method_of);
	map_u64_done(&p->stack_of);
	map_u64_done(&p->class_of);
	map_u64_done(&p->symbol_of);
	map_u64_done(&p->string_of);
	map_u64_done(&p->state_of);
}

static uint32_t text_id(struct jfr_pools *p, const struct jfr_value *v)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (v->kind != JFR_TEXT)
		return 0;
	if (v->text.encoding == JFR_STRING_POOL) {
		const uint32_t *at = map_u64_get(&p->string_of, v->text.key);

		return at && *at ? *at - 1 : 0;
	}
	jfr_string_text(&v->text, &b);
	return strtab_add(&p->texts, buf_cstr(&b));
}

const char *jfr_pool_text(struct jfr_pools *p, const struct jfr_value *v)
{
	return strtab_get(&p->texts, text_id(p, v));
}

/* Value of a named field, none when the type has no such field. */
static struct jfr_value named(
	const struct jfr_class *c, const struct jfr_value *v, const char *name)
{
	int i = jfr_class_field(c, name);

	return i < 0 ? (struct jfr_value){ 0 } : v[i];
}

static void put(struct map_u64 *map, uint64_t key, size_t index)
{
	*map_u64_put(map, key, NULL) = (uint32_t)index + 1;
}

static void add_thread(
	struct jfr_pools *p, const struct jfr_class *c, uint64_t key, const struct jfr_value *v)
{
	struct jfr_value os = named(c, v, "osName"), java = named(c, v, "javaName"),
			 tid = named(c, v, "osThreadId");
	uint32_t name = text_id(p, &java);

	put(&p->thread_of, key, p->threads.n);
	*vec_push(&p->threads) = (struct jfr_thread){ .os_tid = (int64_t)tid.i,
		.name = name ? name : text_id(p, &os) };
}

static void add_method(
	struct jfr_pools *p, const struct jfr_class *c, uint64_t key, const struct jfr_value *v)
{
	put(&p->method_of, key, p->methods.n);
	*vec_push(&p->methods) = (struct jfr_method){ .class_key = named(c, v, "type").i,
		.name_key = named(c, v, "name").i };
}

static bool read_frames(
	struct jfr_pools *p, const struct jfr_meta *m, uint32_t type, struct cursor *in)
{
	struct jfr_value v[JFR_MAX_FIELDS];
	uint64_t n = jfr_varlong(in);

	if (type >= m->classes.n || n > in->s.n - in->at || p->frames.n + n > MAX_FRAMES)
		return false;
	const struct jfr_class *c = &m->classes.v[type];
	struct jfr_stack *s = &p->stacks.v[p->stacks.n - 1];

	for (uint64_t i = 0; i < n; i++) {
		if (!jfr_object_read(m, c, in, v))
			return false;
		if (i >= MAX_DEPTH) {
			s->truncated = true;
			continue;
		}
		uint64_t line = named(c, v, "lineNumber").i; /* -1 in native methods */

		*vec_push(&p->frames) = (struct jfr_frame){ .method_key = named(c, v, "method").i,
			.line = line > UINT16_MAX ? 0 : (uint32_t)line,
			.type = (uint32_t)named(c, v, "type").i };
		s->n++;
	}
	return true;
}

/* A stack trace is the one type with an array that matters. */
static bool read_stack(
	struct jfr_pools *p, const struct jfr_meta *m, const struct jfr_class *c, struct cursor *in)
{
	uint64_t key = jfr_varlong(in);

	put(&p->stack_of, key, p->stacks.n);
	*vec_push(&p->stacks) = (struct jfr_stack){ .first = p->frames.n };
	for (size_t i = 0; i < c->n_fields; i++) {
		const struct jfr_field *f = &c->fields[i];

		if (f->array && !f->pooled && strcmp(f->name, "frames") == 0) {
			if (!read_frames(p, m, f->type, in))
				return false;
		} else if (strcmp(f->name, "truncated") == 0 && !f->array) {
			p->stacks.v[p->stacks.n - 1].truncated |= cursor_u8(in) != 0;
		} else if (!jfr_field_skip(m, f, in)) {
			return false;
		}
	}
	return !in->bad;
}

static void take(
	struct jfr_pools *p, const struct jfr_class *c, uint64_t key, const struct jfr_value *v)
{
	if (strcmp(c->name, "java.lang.Thread") == 0) {
		add_thread(p, c, key, v);
	} else if (strcmp(c->name, "java.lang.Class") == 0) {
		put(&p->class_of, key, p->classes.n);
		*vec_push(&p->classes) = named(c, v, "name").i;
	} else if (strcmp(c->name, "jdk.types.Symbol") == 0) {
		struct jfr_value s = named(c, v, "string");

		put(&p->symbol_of, key, text_id(p, &s));
	} else if (strcmp(c->name, "jdk.types.Method") == 0) {
		add_method(p, c, key, v);
	} else if (strcmp(c->name, "jdk.types.ThreadState") == 0) {
		struct jfr_value s = named(c, v, "name");

		put(&p->state_of, key, text_id(p, &s));
	}
}

static bool read_pool(struct jfr_pools *p, const struct jfr_meta *m, struct cursor *in)
{
	const struct jfr_class *c = jfr_meta_class(m, jfr_varlong(in));
	uint64_t n = jfr_varlong(in);
	struct jfr_value v[JFR_MAX_FIELDS];

	if (in->bad || !c)
		return false;
	bool stacks = strcmp(c->name, "jdk.types.StackTrace") == 0;

	for (uint64_t i = 0; i < n && !in->bad; i++) {
		if (stacks) {
			if (!read_stack(p, m, c, in))
				return false;
			continue;
		}
		uint64_t key = jfr_varlong(in);

		if (c->base == JFR_STRING) {
			struct jfr_value s = { .kind = JFR_TEXT, .text = jfr_string_read(in) };

			if (!in->bad)
				put(&p->string_of, key, text_id(p, &s));
		} else if (!jfr_object_read(m, c, in, v)) {
			return false;
		} else {
			take(p, c, key, v);
		}
	}
	return !in->bad;
}

bool jfr_pools_read(struct jfr_pools *p, const struct jfr_meta *m, struct span body)
{
	struct cursor in = cursor_of(body, 0);

	jfr_varlong(&in); /* start time */
	jfr_varlong(&in); /* duration */
	jfr_varlong(&in); /* distance to the checkpoint before: all are met in order anyway */
	cursor_u8(&in);   /* kind of checkpoint */
	uint64_t n = jfr_varlong(&in);

	for (uint64_t i = 0; i < n && !in.bad; i++)
		if (!read_pool(p, m, &in))
			return false;
	return !in.bad;
}

static size_t find(const struct map_u64 *map, uint64_t key)
{
	const uint32_t *at = map_u64_get(map, key);

	return at ? *at : 0;
}

const struct jfr_thread *jfr_pool_thread(const struct jfr_pools *p, uint64_t key)
{
	size_t i = find(&p->thread_of, key);

	return i ? &p->threads.v[i - 1] : NULL;
}

const struct jfr_stack *jfr_pool_stack(const struct jfr_pools *p, uint64_t key)
{
	size_t i = find(&p->stack_of, key);

	return i ? &p->stacks.v[i - 1] : NULL;
}

const struct jfr_method *jfr_pool_method(const struct jfr_pools *p, uint64_t key)
{
	size_t i = find(&p->method_of, key);

	return i ? &p->methods.v[i - 1] : NULL;
}

const char *jfr_pool_symbol(const struct jfr_pools *p, uint64_t key)
{
	size_t i = find(&p->symbol_of, key);

	return i ? strtab_get(&p->texts, (uint32_t)i - 1) : "";
}

const char *jfr_pool_class(const struct jfr_pools *p, uint64_t key)
{
	size_t i = find(&p->class_of, key);

	return i ? jfr_pool_symbol(p, p->classes.v[i - 1]) : "";
}

const char *jfr_pool_state(const struct jfr_pools *p, uint64_t key)
{
	size_t i = find(&p->state_of, key);

	return i ? strtab_get(&p->texts, (uint32_t)i - 1) : "";
}
