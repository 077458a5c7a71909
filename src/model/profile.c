/* SPDX-License-Identifier: MIT */
/* Profile tables and their builder. */
#include "model/profile.h"

#include "base/err.h"

static const char *const kind_names[] = {
	[FRAME_APP] = "app",
	[FRAME_LIBRARY] = "library",
	[FRAME_RUNTIME] = "runtime",
	[FRAME_KERNEL] = "kernel",
	[FRAME_JIT] = "jit",
	[FRAME_UNKNOWN] = "unknown",
};

const char *frame_kind_name(enum frame_kind k)
{
	return k < ARRAY_LEN(kind_names) ? kind_names[k] : "unknown";
}

struct profile *profile_new(void)
{
	struct profile *p = xcalloc(1, sizeof(*p));

	strtab_init(&p->strings);
	*vec_push(&p->stacks) = (struct stack_node){ 0 };
	p->quality.slowdown_ratio = -1;
	p->memory_shape = p->command = p->language = p->producer = "";
	return p;
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	strtab_done(&p->strings);
	vec_done(&p->frames);
	vec_done(&p->stacks);
	vec_done(&p->threads);
	vec_done(&p->locks);
	vec_done(&p->samples);
	map_u64_done(&p->frame_index);
	map_u64_done(&p->stack_index);
	map_u64_done(&p->thread_index);
	map_u64_done(&p->sample_index);
	io_table_free(p->io);
	arena_done(&p->arena);
	free(p);
}

void profile_freep(struct profile **p)
{
	profile_free(*p);
	*p = NULL;
}

uint32_t profile_string(struct profile *p, const char *s)
{
	return strtab_add(&p->strings, s);
}

const char *profile_str(const struct profile *p, uint32_t id)
{
	return strtab_get(&p->strings, id);
}

static bool frame_equal(const struct frame *a, const struct frame *b)
{
	return a->function == b->function && a->linkage == b->linkage && a->file == b->file &&
		a->module == b->module && a->line == b->line && a->decl_line == b->decl_line &&
		a->kind == b->kind && a->inlined == b->inlined;
}

uint32_t profile_add_frame(struct profile *p, const struct frame *f)
{
	uint64_t h = hash_u64((uint64_t)f->function << 32 | f->file) ^
		hash_u64((uint64_t)f->line << 32 | f->module) * 3 ^
		hash_u64((uint64_t)f->linkage << 32 | f->decl_line) * 5 ^
		(uint64_t)(f->kind << 1 | f->inlined);

	/* the index is by hash; different frames with one hash walk on to the next key */
	for (;; h++) {
		bool fresh;
		uint32_t *slot = map_u64_put(&p->frame_index, h, &fresh);

		if (fresh) {
			*slot = (uint32_t)p->frames.n;
			*vec_push(&p->frames) = *f;
			return *slot;
		}
		if (frame_equal(&p->frames.v[*slot], f))
			return *slot;
	}
}

uint32_t profile_add_stack(struct profile *p, uint32_t parent, uint32_t frame)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&p->stack_index, (uint64_t)parent << 32 | frame, &fresh);

	if (fresh) {
		uint32_t depth = p->stacks.v[parent].depth + 1;

		*slot = (uint32_t)p->stacks.n;
		*vec_push(&p->stacks) =
			(struct stack_node){ .parent = parent, .frame = frame, .depth = depth };
	}
	return *slot;
}

uint32_t profile_add_thread(struct profile *p, int32_t pid, int32_t tid, const char *name)
{
	bool fresh;
	uint32_t *slot = map_u64_put(
		&p->thread_index, (uint64_t)(uint32_t)pid << 32 | (uint32_t)tid, &fresh);

	if (fresh) {
		*slot = (uint32_t)p->threads.n;
		*vec_push(&p->threads) = (struct profile_thread){ .pid = pid, .tid = tid };
	}
	if (name && *name)
		p->threads.v[*slot].name = profile_string(p, name);
	return *slot;
}

unsigned profile_add_type(struct profile *p, const char *name, const char *unit)
{
	int have = profile_type(p, name);

	if (have >= 0)
		return (unsigned)have;
	if (p->n_types >= PROFILE_MAX_VALUES)
		BUG("more than %d value types", PROFILE_MAX_VALUES);
	p->types[p->n_types] = (struct value_type){ .name = arena_strdup(&p->arena, name),
		.unit = arena_strdup(&p->arena, unit) };
	return p->n_types++;
}

/* Which of the values are not zero: samples of different clocks must not share their raw count. */
static unsigned types_of(const struct profile *p, const int64_t *values)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < p->n_types; i++)
		mask |= (unsigned)(values[i] != 0) << i;
	return mask;
}

static struct profile_sample *sample_slot(
	struct profile *p, uint32_t stack, uint32_t thread, uint64_t time_ns, unsigned mask)
{
	/* mostly there is one kind of sample per stack and thread; the others walk on */
	for (uint64_t h = (uint64_t)stack << 32 | thread;; h = hash_u64(h) + 1) {
		bool fresh;
		uint32_t *slot = map_u64_put(&p->sample_index, h, &fresh);

		if (fresh) {
			*slot = (uint32_t)p->samples.n;
			*vec_push(&p->samples) = (struct profile_sample){
				.stack = stack, .thread = thread, .time_ns = time_ns
			};
			return &p->samples.v[*slot];
		}
		struct profile_sample *s = &p->samples.v[*slot];

		if (s->stack == stack && s->thread == thread && types_of(p, s->value) == mask)
			return s;
	}
}

/* Files of others can claim any weight: sums stop at the end of the range. */
static int64_t sum_of(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

void profile_add_sample(struct profile *p, uint32_t stack, uint32_t thread, uint64_t time_ns,
	uint64_t count, const int64_t *values)
{
	struct profile_sample *s = sample_slot(p, stack, thread, time_ns, types_of(p, values));

	s->count += count;
	for (unsigned i = 0; i < p->n_types; i++)
		s->value[i] = sum_of(s->value[i], values[i]);
}

int64_t profile_total(const struct profile *p, unsigned type)
{
	int64_t sum = 0;

	vec_foreach (s, &p->samples)
		sum = sum_of(sum, s->value[type]);
	return sum;
}

uint64_t profile_total_count(const struct profile *p)
{
	uint64_t sum = 0;

	vec_foreach (s, &p->samples)
		sum += s->count;
	return sum;
}

uint64_t profile_type_count(const struct profile *p, unsigned type)
{
	uint64_t sum = 0;

	vec_foreach (s, &p->samples)
		sum += s->value[type] ? s->count : 0;
	return sum;
}

int profile_type(const struct profile *p, const char *name)
{
	for (unsigned i = 0; i < p->n_types; i++)
		if (strcmp(p->types[i].name, name) == 0)
			return (int)i;
	return -1;
}

void profile_put_first(struct profile *p, unsigned type)
{
	struct value_type t = p->types[type];

	if (type == 0)
		return;
	memmove(&p->types[1], &p->types[0], type * sizeof(p->types[0]));
	p->types[0] = t;
	vec_foreach (s, &p->samples) {
		int64_t v = s->value[type];

		memmove(&s->value[1], &s->value[0], type * sizeof(s->value[0]));
		s->value[0] = v;
	}
}
