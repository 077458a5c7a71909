/* SPDX-License-Identifier: MIT */
/* Charging each sample to a chain of application functions. */
#include "analyze/charge.h"

#include "analyze/names.h"
#include "model/resource.h"

#include <ctype.h>

enum {
	MAX_APP_FRAMES = 512,  /* application frames looked at per stack */
	HELPER_MAX_LINES = 25, /* a longer function is worth a look by itself */
	MAX_PUSH = 4,
};

#define HELPER_OWN_RATIO 0.7 /* of a helper's cost is its own code, not what it calls */
#define KEY_MIN_RATIO 0.002  /* weight of a key below which its orphans stay unexplained */

enum helper { HELPER_UNKNOWN, HELPER_YES, HELPER_NO };

struct charger {
	struct charges *c;
	const struct code_map *code;
	struct source *source;
	unsigned type;
	double *own, *called; /* per function: cost of its own code, and below it in libraries */
	uint8_t *helper;      /* enum helper per function */
	uint32_t *caller;     /* memory: the one application caller + 1, UINT32_MAX several */
	struct map_u64 path_index;
	double *seen_below; /* per function: weight of samples with it below application code */
	uint32_t *group_of; /* per function: orphan group + 1 */
	struct map_u64
		called_by_text; /* frame id and library function -> application function + 1 */
	/* the stack at hand: application frames, leaf first */
	uint32_t node[MAX_APP_FRAMES], fn[MAX_APP_FRAMES];
	bool gap[MAX_APP_FRAMES]; /* library code between this frame and its application caller */
	size_t n;
	uint32_t stack; /* its leaf */
	uint32_t below; /* node right below the first application frame, 0 none */
	bool alloc, spawn, collector, own_code;
};

/* Walks a stack leaf to root; fills the application frames and what stands below the first. */
static void look(struct charger *h, uint32_t stack)
{
	const struct profile *p = h->code->profile;
	bool between = false;

	h->n = 0;
	h->stack = stack;
	h->below = 0;
	h->alloc = h->spawn = h->collector = false;
	h->own_code = true;
	for (uint32_t s = stack; s && h->n < MAX_APP_FRAMES; s = p->stacks.v[s].parent) {
		const struct code_function *f = code_of_stack(h->code, s);

		if (code_is_app(f->role)) {
			if (h->n)
				h->gap[h->n - 1] = between;
			h->node[h->n] = s;
			h->fn[h->n] = h->code->of_frame[p->stacks.v[s].frame];
			h->gap[h->n++] = false;
			between = false;
			continue;
		}
		if (h->n == 0)
			h->below = s;
		between = between || (f->role != CODE_SPECIAL && f->role != CODE_ACCESSOR);
		h->collector = h->collector || f->role == CODE_COLLECTOR;
		if (h->n == 0) {
			h->alloc = h->alloc || f->role == CODE_ALLOCATOR;
			h->spawn = h->spawn || f->role == CODE_SPAWNER;
			/* a tick or page fault says nothing about what the function calls */
			h->own_code =
				h->own_code && (f->role == CODE_ACCESSOR || f->role == CODE_KERNEL);
		}
	}
}

static bool function_source(struct charger *h, uint32_t fn, struct source_function *ret,
	const struct source_file **ret_file)
{
	const struct code_function *f = &h->code->functions.v[fn];

	*ret_file = source_open(h->source, f->file);
	return *ret_file && source_function(h->source, *ret_file, f->decl_line, ret);
}

/* A small function without a loop whose cost is its own code: expensive only by being called often.
 */
static bool is_helper(struct charger *h, uint32_t fn)
{
	struct source_function text;
	const struct source_file *file;
	const struct code_function *f = &h->code->functions.v[fn];

	if (h->helper[fn] != HELPER_UNKNOWN)
		return h->helper[fn] == HELPER_YES;

	bool yes = f->role == CODE_APP &&
		h->own[fn] >= HELPER_OWN_RATIO * (h->own[fn] + h->called[fn]);

	if (yes && function_source(h, fn, &text, &file))
		yes = text.n_loops == 0 && text.last - text.first <= HELPER_MAX_LINES &&
			source_calls(file, &text, name_last(f->plain)) == 0;
	else if (yes)
		yes = name_is_operator(f->plain);
	h->helper[fn] = yes ? HELPER_YES : HELPER_NO;
	return yes;
}

/* The call in application frame i stands in a loop of that function's text. */
static bool calls_in_loop(struct charger *h, size_t i)
{
	const struct profile *p = h->code->profile;
	struct source_function text;
	const struct source_file *file;
	uint32_t line = p->frames.v[p->stacks.v[h->node[i]].frame].line;

	return line && function_source(h, h->fn[i], &text, &file) &&
		source_loop_depth(&text, line) > 0;
}

/* An application function with this last name; UINT32_MAX when there is none. */
static uint32_t function_named(const struct code_map *code, const char *name, size_t n)
{
	for (uint32_t i = 0; i < code->functions.n; i++) {
		const char *last = name_last(code->functions.v[i].plain);

		if (code->functions.v[i].role == CODE_APP && strlen(last) == n &&
			memcmp(last, name, n) == 0)
			return i;
	}
	return UINT32_MAX;
}

static bool is_keyword(const char *t, size_t n)
{
	static const char *const words[] = { "if", "while", "for", "return", "sizeof", "switch",
		"match", "assert" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i]) == n && memcmp(words[i], t, n) == 0)
			return true;
	return false;
}

/*
 * The one application function that a line of text calls; UINT32_MAX when none or several, or when
 * it calls something else as well and `only` is set.
 */
static uint32_t called_in_text(
	const struct code_map *code, const char *t, size_t n, uint32_t except, bool only)
{
	uint32_t found = UINT32_MAX;

	for (size_t i = 0; i < n;) {
		size_t from = i;

		while (i < n && (isalnum((unsigned char)t[i]) || t[i] == '_'))
			i++;
		if (i > from && i < n && t[i] == '(') {
			uint32_t fn = function_named(code, t + from, i - from);

			if (only && fn == UINT32_MAX && !is_keyword(t + from, i - from))
				return UINT32_MAX;
			if (fn != UINT32_MAX && fn != except && found != UINT32_MAX && found != fn)
				return UINT32_MAX;
			if (fn != UINT32_MAX && fn != except)
				found = fn;
		}
		i += i == from;
	}
	return found;
}

/* The head of g's definition takes some object by value: "(std::vector<T> v, int n)". */
static bool takes_object_by_value(struct charger *h, uint32_t g)
{
	struct source_function text;
	const struct source_file *file;

	if (!function_source(h, g, &text, &file))
		return false;

	const char *t = file->code + text.begin, *end = file->code + text.end;
	const char *open = memchr(t, '(', (size_t)(end - t)),
		   *brace = memchr(t, '{', (size_t)(end - t));
	bool plain = true, object = false;

	for (const char *c = open; c && brace && c < brace; c++) {
		if (*c == '&' || *c == '*')
			plain = false;
		if (*c == '<' || (*c == ':' && c[1] == ':') ||
			(isupper((unsigned char)*c) && !isalnum((unsigned char)c[-1])))
			object = true;
		if (*c == ',' || c + 1 == brace) {
			if (plain && object)
				return true;
			plain = true;
			object = false;
		}
	}
	return false;
}

/*
 * A library function seems to be called by an application frame whose line does not name it, but
 * names one application function: that one made the call as its last act (a tail call leaves no
 * frame), or its parameters are copied there. It is to blame then.
 */
static uint32_t hidden_callee(struct charger *h, uint32_t below)
{
	const struct profile *p = h->code->profile;
	const struct frame *f = &p->frames.v[p->stacks.v[h->node[0]].frame];
	uint32_t lib = h->code->of_frame[p->stacks.v[below].frame];
	const struct code_function *l = &h->code->functions.v[lib];
	bool fresh;
	uint32_t *slot = map_u64_put(
		&h->called_by_text, (uint64_t)p->stacks.v[h->node[0]].frame << 32 | lib, &fresh);

	if (!fresh)
		return *slot - 1;
	*slot = 0;

	/* a class of waiting is no function; runtimes with frames of their own hide no call */
	const char *module = profile_str(p, f->module);

	if (strncmp(l->plain, "[waiting", 8) == 0 || strcmp(module, "java") == 0)
		return UINT32_MAX;

	const char *last = name_last(l->plain);
	bool ctor = name_is_special_member(l->plain) && *last != '~';
	const struct source_file *file = source_open(h->source, profile_str(p, f->file));
	struct span line = file ? source_line(file, f->line) : (struct span){ 0 };

	if (!line.n || l->role == CODE_KERNEL || l->role == CODE_ALLOCATOR ||
		(name_is_operator(l->plain) && !ctor) || *last == '~')
		return UINT32_MAX;
	bool nameless = *l->plain == '[';

	if (!nameless &&
		(memmem(line.p, line.n, last, strlen(last)) || (!ctor && strpbrk(l->plain, ":."))))
		return UINT32_MAX;

	uint32_t g = called_in_text(h->code, (const char *)line.p, line.n, h->fn[0], nameless);

	if (g == UINT32_MAX || (ctor && !takes_object_by_value(h, g)))
		return UINT32_MAX;
	slot = map_u64_put(
		&h->called_by_text, (uint64_t)p->stacks.v[h->node[0]].frame << 32 | lib, &fresh);
	*slot = g + 1;
	return g;
}

/* Puts the hidden callee in front of the application frames. */
static void reveal(struct charger *h)
{
	uint32_t g;

	if (!h->n || !h->below || h->n == MAX_APP_FRAMES)
		return;
	g = hidden_callee(h, h->below);
	if (g == UINT32_MAX)
		return;
	memmove(h->node + 1, h->node, h->n * sizeof(h->node[0]));
	memmove(h->fn + 1, h->fn, h->n * sizeof(h->fn[0]));
	memmove(h->gap + 1, h->gap, h->n * sizeof(h->gap[0]));
	h->fn[0] = g;
	h->gap[0] = false;
	h->n++;
}

/*
 * A small function that allocates for several callers (xmalloc, a copy of a string): what is done
 * with the memory, and whether it is given back, is decided by them.
 */
static bool allocates_for_others(struct charger *h, uint32_t fn)
{
	struct source_function text;
	const struct source_file *file;

	return h->caller && h->caller[fn] == UINT32_MAX && function_source(h, fn, &text, &file) &&
		text.n_loops == 0 && text.last - text.first <= HELPER_MAX_LINES;
}

static void learn_callers(struct charger *h)
{
	const struct profile *p = h->code->profile;

	h->caller = xcalloc(h->code->functions.n ? h->code->functions.n : 1, sizeof(*h->caller));
	int all = profile_type(p, "alloc_space");

	vec_foreach (s, &p->samples) {
		if (s->value[all >= 0 ? (unsigned)all : h->type] == 0)
			continue;
		look(h, s->stack);
		for (size_t i = 0; i + 1 < h->n; i++) {
			uint32_t *have = &h->caller[h->fn[i]], by = h->fn[i + 1] + 1;

			if (h->fn[i] + 1 != by)
				*have = *have == 0 || *have == by ? by : UINT32_MAX;
		}
	}
}

/* Index of the application frame that answers for the stack at hand. */
static size_t responsible(struct charger *h)
{
	size_t k = 0;

	while (k < MAX_PUSH && k + 1 < h->n && h->fn[k] != h->fn[k + 1] &&
		allocates_for_others(h, h->fn[k]))
		k++;
	while (k < MAX_PUSH && k + 1 < h->n && is_helper(h, h->fn[k]) && h->fn[k] != h->fn[k + 1] &&
		h->code->functions.v[h->fn[k + 1]].role != CODE_ENTRY &&
		(h->gap[k] || calls_in_loop(h, k + 1)))
		k++;
	return k;
}

static struct charge_path *path_of(struct charger *h, size_t k)
{
	uint32_t chain[MAX_APP_FRAMES];
	size_t n = 0;

	for (size_t i = h->n; i-- > k;) {
		size_t j = 0;

		while (j < n && chain[j] != h->fn[i])
			j++;
		if (j == n)
			chain[n++] = h->fn[i];
	}
	/* with recursion the charged function may stand further up: it ends the chain */
	for (size_t j = 0; j + 1 < n; j++)
		if (chain[j] == h->fn[k])
			n = j + 1;

	bool fresh;
	uint64_t key = hash_bytes(chain, n * sizeof(chain[0]), 1);
	uint32_t *slot = map_u64_put(&h->path_index, key, &fresh);

	if (fresh) {
		*slot = (uint32_t)h->c->paths.n;

		struct charge_path *path = vec_push(&h->c->paths);

		*path = (struct charge_path){ .n = n, .first = UINT32_MAX };
		path->functions = arena_array(&h->c->arena, n, sizeof(chain[0]));
		memcpy(path->functions, chain, n * sizeof(chain[0]));
	}
	return &h->c->paths.v[*slot];
}

static void add_key(struct charger *h, struct charge_path *path, uint32_t group, double w)
{
	h->c->groups.v[group].key_weight += w;
	vec_foreach (k, &path->keys) {
		if (k->group == group) {
			k->weight += w;
			return;
		}
	}
	*vec_push(&path->keys) = (struct charge_key){ .group = group, .weight = w };
}

/* The run-time function nearest to the root that application code has below it elsewhere. */
static uint32_t key_function(struct charger *h)
{
	const struct profile *p = h->code->profile;
	uint32_t found = UINT32_MAX;

	for (uint32_t s = h->stack; s; s = p->stacks.v[s].parent) {
		uint32_t fn = h->code->of_frame[p->stacks.v[s].frame];
		enum code_role r = h->code->functions.v[fn].role;

		if (h->seen_below[fn] > 0 && r != CODE_TRAMPOLINE && r != CODE_KERNEL)
			found = fn;
	}
	return found;
}

static uint32_t group_for(struct charger *h, const struct profile_sample *s)
{
	const struct profile *p = h->code->profile;
	const struct profile_thread *t = p->threads.n > s->thread ? &p->threads.v[s->thread] : NULL;
	uint32_t fn;

	if (h->collector)
		return GROUP_COLLECTOR;
	fn = key_function(h);
	if (fn == UINT32_MAX)
		return t && t->tid != t->pid ? GROUP_THREAD : GROUP_NOBODY;
	if (!h->group_of[fn]) {
		*vec_push(&h->c->groups) =
			(struct orphan_group){ .function = fn, .first = UINT32_MAX };
		h->group_of[fn] = (uint32_t)h->c->groups.n;
	}
	return h->group_of[fn] - 1;
}

/* Samples without application code go to groups; the others' frames are remembered as keys. */
static void sort_out(struct charger *h, uint32_t index)
{
	const struct profile *p = h->code->profile;
	const struct profile_sample *s = &p->samples.v[index];
	double w = (double)s->value[h->type];

	if (!s->value[h->type])
		return; /* of another clock */
	look(h, s->stack);
	h->c->total += w;
	h->c->count += s->count;
	if (h->n == 0) {
		uint32_t group = group_for(h, s); /* may move the groups */
		struct orphan_group *g = &h->c->groups.v[group];

		g->weight += w;
		g->count += s->count;
		h->c->next[index] = g->first;
		g->first = index;
	}
}

static void charge_sample(struct charger *h, uint32_t index)
{
	const struct profile *p = h->code->profile;
	const struct profile_sample *s = &p->samples.v[index];
	double w = (double)s->value[h->type];
	uint32_t leaf = s->stack;

	if (!s->value[h->type])
		return;
	look(h, s->stack);
	if (h->n == 0)
		return;

	uint32_t app = h->node[0];

	reveal(h);

	struct charge_path *path = path_of(h, responsible(h));

	path->weight += w;
	path->count += s->count;
	h->c->next[index] = path->first;
	path->first = index;
	if (h->alloc)
		add_key(h, path, GROUP_COLLECTOR, w);
	if (h->spawn)
		add_key(h, path, GROUP_THREAD, w);
	for (uint32_t n = leaf; n && n != app; n = p->stacks.v[n].parent) {
		uint32_t g = h->group_of[h->code->of_frame[p->stacks.v[n].frame]];

		if (g)
			add_key(h, path, g - 1, w);
	}
}

double charge_part(const struct charges *c, const struct charge_path *p, uint32_t group)
{
	const struct orphan_group *g = &c->groups.v[group];

	if (group == GROUP_NOBODY || g->key_weight <= KEY_MIN_RATIO * c->total || g->weight <= 0)
		return 0;
	vec_foreach (k, &p->keys)
		if (k->group == group)
			return k->weight / g->key_weight;
	return 0;
}

static void distribute(struct charges *c)
{
	vec_foreach (p, &c->paths) {
		for (uint32_t g = 0; g < c->groups.n; g++) {
			double part = charge_part(c, p, g);

			p->extra += c->groups.v[g].weight * part;
			p->extra_count += (uint64_t)((double)c->groups.v[g].count * part + 0.5);
		}
	}
}

/* First pass: what each function costs by itself, and which run-time functions callers have below.
 */
static void learn_costs(struct charger *h)
{
	const struct profile *p = h->code->profile;

	vec_foreach (s, &p->samples) {
		double w = (double)s->value[h->type];

		look(h, s->stack);
		if (h->n == 0)
			continue;
		for (uint32_t n = s->stack; n && n != h->node[0]; n = p->stacks.v[n].parent)
			h->seen_below[h->code->of_frame[p->stacks.v[n].frame]] += w;
		reveal(h);
		*(h->own_code ? &h->own[h->fn[0]] : &h->called[h->fn[0]]) += w;
	}
}

void charges_init(
	struct charges *c, const struct code_map *code, unsigned type, struct source *source)
{
	const struct profile *p = code->profile;
	size_t n = code->functions.n ? code->functions.n : 1;
	struct charger *h = xcalloc(1, sizeof(*h));

	*c = (struct charges){ .next = xcalloc(p->samples.n ? p->samples.n : 1, sizeof(*c->next)) };
	for (int g = 0; g < GROUP_FIXED; g++)
		*vec_push(&c->groups) =
			(struct orphan_group){ .function = UINT32_MAX, .first = UINT32_MAX };
	*h = (struct charger){ .c = c,
		.code = code,
		.source = source,
		.type = type,
		.own = xcalloc(n, sizeof(*h->own)),
		.called = xcalloc(n, sizeof(*h->called)),
		.helper = xcalloc(n, 1),
		.seen_below = xcalloc(n, sizeof(*h->seen_below)),
		.group_of = xcalloc(n, sizeof(*h->group_of)) };
	learn_costs(h);
	if (resource_of_type(p->types[type].name) == RESOURCE_MEMORY)
		learn_callers(h);
	for (size_t i = 0; i < p->samples.n; i++)
		sort_out(h, (uint32_t)i);
	for (size_t i = 0; i < p->samples.n; i++)
		charge_sample(h, (uint32_t)i);
	/* work is done for others; waiting without application code is not */
	if (resource_of_type(p->types[type].name) == RESOURCE_CPU)
		distribute(c);
	map_u64_done(&h->path_index);
	map_u64_done(&h->called_by_text);
	free(h->own);
	free(h->called);
	free(h->helper);
	free(h->caller);
	free(h->seen_below);
	free(h->group_of);
	free(h);
}

void charges_done(struct charges *c)
{
	vec_foreach (p, &c->paths)
		vec_done(&p->keys);
	vec_done(&c->paths);
	vec_done(&c->groups);
	free(c->next);
	c->next = NULL;
	arena_done(&c->arena);
}
