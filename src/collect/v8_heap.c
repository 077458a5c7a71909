/* SPDX-License-Identifier: MIT */
/* Objects of V8's heap, read from another process. */
#include "collect/v8_heap.h"

#include "parse/v8_script.h"

#include <string.h>

enum { MAX_DEPTH = 16, MAX_TYPES = 1 << 14, MAX_SCRIPT_LINES = 1 << 20, MAX_SCOPE_SLOTS = 1024 };

/* A string's UTF-16 units. */
struct units {
	vec_of(uint16_t) v;
};

void v8_heap_init(struct v8_heap *h, pid_t pid, const struct v8_layout *l, struct strtab *strings)
{
	*h = (struct v8_heap){ .l = l, .strings = strings };
	remote_memory_init(&h->mem, pid);
}

void v8_heap_done(struct v8_heap *h)
{
	vec_foreach (f, &h->functions) {
		free(f->positions.p);
		free(f->code.p);
	}
	vec_foreach (s, &h->scripts)
		vec_done(&s->line_ends);
	vec_done(&h->functions);
	vec_done(&h->scripts);
	map_u64_done(&h->types);
	map_u64_done(&h->by_shared);
	map_u64_done(&h->by_bytecode);
	map_u64_done(&h->by_script);
	remote_memory_done(&h->mem);
}

bool v8_field(struct v8_heap *h, uint64_t tagged, int32_t offset, uint64_t *ret)
{
	return v8_is_object(tagged) && v8_read_u64(h, tagged - 1 + (uint64_t)(int64_t)offset, ret);
}

static unsigned type_of_map(struct v8_heap *h, uint64_t map)
{
	uint16_t type;

	if (!v8_is_object(map))
		return 0;
	if (h->now_ns > h->types_ns + 10 * V8_TRUST_NS || h->types.n > MAX_TYPES) {
		map_u64_done(&h->types);
		h->types = (struct map_u64){ 0 };
		h->types_ns = h->now_ns;
	}
	const uint32_t *have = map_u64_get(&h->types, map);

	if (have)
		return *have;
	if (!v8_read(h, map - 1 + (uint64_t)h->l->map_instance_type, &type, sizeof(type)))
		return 0;
	*map_u64_put(&h->types, map, NULL) = type;
	return type;
}

unsigned v8_type(struct v8_heap *h, uint64_t tagged)
{
	uint64_t map;

	return v8_field(h, tagged, 0, &map) ? type_of_map(h, map) : 0;
}

static bool is_type(unsigned type, int32_t wanted)
{
	return wanted > 0 && type == (unsigned)wanted;
}

/* A Smi that counts something. */
static bool field_count(
	struct v8_heap *h, uint64_t tagged, int32_t offset, uint64_t max, size_t *ret)
{
	uint64_t word;

	if (!v8_field(h, tagged, offset, &word) || !v8_is_smi(word) || word >> 32 > max)
		return false;
	*ret = (size_t)(word >> 32);
	return true;
}

bool v8_read_bytes(struct v8_heap *h, uint64_t tagged, struct v8_table *ret)
{
	size_t n;

	*ret = (struct v8_table){ 0 };
	if (!field_count(h, tagged, h->l->array_length, V8_MAX_TABLE, &n))
		return false;
	if (n == 0)
		return true;
	uint8_t *p = xmalloc(n);

	if (!v8_read(h, tagged - 1 + (uint64_t)h->l->array_data, p, n)) {
		free(p);
		return false;
	}
	*ret = (struct v8_table){ .p = p, .n = n };
	return true;
}

/* ---- strings ------------------------------------------------------------------------------------
 */

static bool add_units(struct v8_heap *h, uint64_t addr, size_t n, bool one_byte, struct units *ret)
{
	size_t bytes = one_byte ? n : 2 * n;
	uint8_t *p = xmalloc(bytes + 1);
	bool ok = n == 0 || v8_read(h, addr, p, bytes);

	for (size_t i = 0; ok && i < n; i++)
		*vec_push(&ret->v) =
			one_byte ? p[i] : (uint16_t)(p[2 * i] | (unsigned)p[2 * i + 1] << 8);
	free(p);
	return ok;
}

/* Units [from, from + n) of a string; n SIZE_MAX: up to its end, at most max. */
static bool read_string(struct v8_heap *h, uint64_t tagged, size_t from, size_t n, size_t max,
	int depth, struct units *ret)
{
	const struct v8_layout *l = h->l;
	unsigned type = v8_type(h, tagged);
	uint32_t length;
	uint64_t a, b;

	if (depth == 0 || type >= (unsigned)l->first_nonstring ||
		(type == 0 && !v8_is_object(tagged)) ||
		!v8_read(h, tagged - 1 + (uint64_t)l->string_length, &length, 4) ||
		length > V8_MAX_SOURCE)
		return false;
	if (from > length)
		return false;
	n = MIN(MIN(n, length - from), max);

	bool one_byte = type & (unsigned)l->string_one_byte;
	unsigned shape = type & (unsigned)l->string_mask;

	if (shape == 0)
		return add_units(h,
			tagged - 1 + (uint64_t)l->string_chars + (one_byte ? from : 2 * from), n,
			one_byte, ret);
	if (shape ==
		(unsigned)l->string_external) /* the data pointer is kept behind the resource */
		return v8_field(h, tagged, l->external_resource + 8, &a) &&
			add_units(h, a + (one_byte ? from : 2 * from), n, one_byte, ret);
	if (shape == (unsigned)l->string_thin)
		return v8_field(h, tagged, l->thin_actual, &a) &&
			read_string(h, a, from, n, max, depth - 1, ret);
	if (shape == (unsigned)l->string_sliced)
		return v8_field(h, tagged, l->sliced_parent, &a) &&
			v8_field(h, tagged, l->sliced_offset, &b) && v8_is_smi(b) &&
			read_string(h, a, from + (size_t)(b >> 32), n, max, depth - 1, ret);
	if (shape == (unsigned)l->string_cons && from == 0) {
		size_t before = ret->v.n;

		if (!v8_field(h, tagged, l->cons_first, &a) ||
			!v8_field(h, tagged, l->cons_second, &b) ||
			!read_string(h, a, 0, n, max, depth - 1, ret))
			return false;
		size_t got = ret->v.n - before;

		return got >= n || read_string(h, b, 0, n - got, max - got, depth - 1, ret);
	}
	return false;
}

/* Id of the text as UTF-8, false when it is no string or holds control characters. */
static bool intern_string(struct v8_heap *h, uint64_t tagged, size_t max, uint32_t *ret)
{
	struct units u = { 0 };
	char text[3 * 1024 + 1];
	size_t n = 0;
	bool ok = read_string(h, tagged, 0, SIZE_MAX, MIN(max, (size_t)1024), MAX_DEPTH, &u);

	for (size_t i = 0; ok && i < u.v.n; i++) {
		unsigned c = u.v.v[i];

		if (c < 32 || c == 127) {
			ok = false;
		} else if (c < 128) {
			text[n++] = (char)c;
		} else if (c < 2048) {
			text[n++] = (char)(192 | c >> 6);
			text[n++] = (char)(128 | (c & 63));
		} else { /* halves of a pair would need both: rare in names */
			c = c >= 0xd800 && c < 0xe000 ? 0xfffd : c;
			text[n++] = (char)(224 | c >> 12);
			text[n++] = (char)(128 | (c >> 6 & 63));
			text[n++] = (char)(128 | (c & 63));
		}
	}
	vec_done(&u.v);
	if (ok)
		*ret = strtab_addn(h->strings, text, n);
	return ok;
}

/* ---- scripts ------------------------------------------------------------------------------------
 */

/* Where lines end, from the source text: what V8 computes itself only when it shows an error. */
static void find_line_ends(struct v8_heap *h, uint64_t source, struct v8_script *s)
{
	struct units u = { 0 };

	if (read_string(h, source, 0, SIZE_MAX, V8_MAX_SOURCE, MAX_DEPTH, &u))
		for (size_t i = 0; i < u.v.n && s->line_ends.n < MAX_SCRIPT_LINES; i++) {
			unsigned c = u.v.v[i];

			if (c == '\n' || c == 0x2028 || c == 0x2029 ||
				(c == '\r' && !(i + 1 < u.v.n && u.v.v[i + 1] == '\n')))
				*vec_push(&s->line_ends) = (uint32_t)i;
		}
	if (u.v.n)
		*vec_push(&s->line_ends) = (uint32_t)u.v.n;
	vec_done(&u.v);
}

static uint32_t plain_path(struct v8_heap *h, uint32_t name)
{
	struct buf path = { 0 };

	v8_script_path(span_str(strtab_get(h->strings, name)), &path);

	uint32_t id = strtab_addn(h->strings, path.p ? path.p : "", path.n);

	buf_done(&path);
	return id;
}

static uint32_t script_of(struct v8_heap *h, uint64_t tagged)
{
	const uint32_t *have = map_u64_get(&h->by_script, tagged);
	uint64_t name, source;
	uint32_t file = 0;

	if (!is_type(v8_type(h, tagged), h->l->type_script) ||
		!v8_field(h, tagged, h->l->script_name, &name) ||
		!v8_field(h, tagged, h->l->script_source, &source))
		return 0;
	intern_string(h, name, 1024, &file);
	/* the same place may hold another script now */
	file = plain_path(h, file);
	if (have && h->scripts.v[*have - 1].file == file)
		return *have;
	struct v8_script *s = vec_push(&h->scripts);

	*s = (struct v8_script){ .file = file };
	s->internal = strncmp(strtab_get(h->strings, file), "node:", 5) == 0;
	find_line_ends(h, source, s);
	*map_u64_put(&h->by_script, tagged, NULL) = (uint32_t)h->scripts.n;
	return (uint32_t)h->scripts.n;
}

uint32_t v8_script_line(const struct v8_heap *h, uint32_t script, int32_t offset)
{
	if (script == 0 || script > h->scripts.n || offset < 0)
		return 0;
	const struct v8_script *s = &h->scripts.v[script - 1];
	size_t lo = 0, hi = s->line_ends.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->line_ends.v[mid] < (uint32_t)offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->line_ends.n ? (uint32_t)lo + 1 : 0;
}

/* ---- functions ----------------------------------------------------------------------------------
 */

/*
 * A ScopeInfo is a row of slots whose layout changes with every version; what holds: the number
 * of context locals in a known slot, their names and flags, then the function's name as the first
 * string, then start and end of the function as two Smis (since 12.8 these are in fixed slots).
 */
static void read_scope_info(struct v8_heap *h, uint64_t tagged, struct v8_function *f)
{
	const struct v8_layout *l = h->l;
	uint64_t slots[MAX_SCOPE_SLOTS], prev = 1;
	uint64_t base = tagged - 1 + (uint64_t)(l->scope_info_is_array ? l->array_data : 8);
	size_t n_read = remote_memory_bytes(&h->mem, base, slots, 16 * 8) / 8, at;
	if (n_read <= (size_t)MAX(l->scope_n_locals, 4) || !v8_is_smi(slots[l->scope_n_locals]))
		return;
	uint64_t n_locals = slots[l->scope_n_locals] >> 32;

	/* more than 75 names are kept in a hash table of their own (scope-info.tq) */
	at = (size_t)l->scope_first_vars +
		(size_t)(n_locals > 75 && l->version >= V8_VERSION(9, 2, 0) ? n_locals + 1
									    : 2 * n_locals);
	if (n_locals > MAX_SCOPE_SLOTS || at + 8 > MAX_SCOPE_SLOTS)
		return;
	if (at + 8 > n_read)
		n_read = remote_memory_bytes(&h->mem, base, slots, (at + 8) * 8) / 8;
	if (l->scope_positions_fixed && v8_is_smi(slots[3]) && slots[3] >> 32 <= V8_MAX_SOURCE)
		f->start = (int32_t)(slots[3] >> 32);
	for (; at < n_read; at++) {
		/* an empty name is followed by the one V8 inferred ("exports.load") */
		if (f->name == 0 && v8_is_object(slots[at]))
			intern_string(h, slots[at], V8_MAX_NAME, &f->name);
		if (!l->scope_positions_fixed && v8_is_smi(slots[at]) && v8_is_smi(prev) &&
			prev < slots[at] && slots[at] >> 32 <= V8_MAX_SOURCE &&
			(slots[at] & UINT32_MAX) == 0) {
			f->start = (int32_t)(prev >> 32);
			break;
		}
		prev = slots[at];
	}
}

/* The BytecodeArray behind what a function's data may be, 0 none. */
static uint64_t bytecode_of(struct v8_heap *h, uint64_t data)
{
	for (int i = 0; i < 3; i++) {
		unsigned type = v8_type(h, data);
		int32_t next;

		if (is_type(type, h->l->type_bytecode_array))
			return data;
		if (is_type(type, h->l->type_code)) /* baseline code keeps it in this place */
			next = h->l->code_deopt_data;
		else if (is_type(type, h->l->type_baseline_data))
			next = 16;
		else if (is_type(type, h->l->type_interpreter_data))
			next = h->l->version >= V8_VERSION(12, 0, 0) ? 16 : 8;
		else
			return 0;
		if (!v8_field(h, data, next, &data))
			return 0;
	}
	return 0;
}

static bool read_identity(struct v8_heap *h, uint64_t shared, uint64_t ret[3])
{
	return v8_read_u64(h, shared, &ret[0]) &&
		v8_read_u64(h, shared + (uint64_t)h->l->shared_name, &ret[1]) &&
		v8_read_u64(h, shared + (uint64_t)h->l->shared_script, &ret[2]);
}

static uint32_t function_new(struct v8_heap *h, uint64_t tagged, const uint64_t identity[3])
{
	struct v8_function f = { .shared = tagged - 1, .start = -1, .checked_ns = h->now_ns };
	uint64_t data;
	unsigned name_type = v8_type(h, identity[1]);

	memcpy(f.identity, identity, sizeof(f.identity));
	if (is_type(name_type, h->l->type_scope_info))
		read_scope_info(h, identity[1], &f);
	else if (name_type < (unsigned)h->l->first_nonstring && v8_is_object(identity[1]))
		intern_string(h, identity[1], V8_MAX_NAME, &f.name);
	f.script = script_of(h, identity[2]);
	f.decl_line = v8_script_line(h, f.script, f.start);
	if (v8_field(h, tagged, h->l->shared_data, &data))
		f.bytecode = bytecode_of(h, data);
	*vec_push(&h->functions) = f;
	return (uint32_t)h->functions.n;
}

uint32_t v8_function_of_shared(struct v8_heap *h, uint64_t tagged)
{
	const uint32_t *have = map_u64_get(&h->by_shared, tagged);
	struct v8_function *f = have ? &h->functions.v[*have - 1] : NULL;
	uint64_t identity[3], data;

	if (f && h->now_ns < f->checked_ns + V8_TRUST_NS)
		return *have;
	if (!v8_is_object(tagged) || !read_identity(h, tagged - 1, identity) ||
		!is_type(type_of_map(h, identity[0]), h->l->type_shared_function_info))
		return 0;
	uint32_t index;

	if (f && memcmp(f->identity, identity, sizeof(identity)) == 0) {
		index = *have;
		f->checked_ns = h->now_ns;
		if (!f->bytecode && v8_field(h, tagged, h->l->shared_data, &data))
			f->bytecode = bytecode_of(h, data);
	} else {
		index = function_new(h, tagged, identity);
		*map_u64_put(&h->by_shared, tagged, NULL) = index;
	}
	if (h->functions.v[index - 1].bytecode)
		*map_u64_put(&h->by_bytecode, h->functions.v[index - 1].bytecode, NULL) = index;
	return index;
}

uint32_t v8_function_of_closure(struct v8_heap *h, uint64_t tagged)
{
	unsigned type = v8_type(h, tagged);
	uint64_t shared;

	if (type < (unsigned)h->l->type_js_function_first ||
		type > (unsigned)h->l->type_js_function_last ||
		!v8_field(h, tagged, h->l->function_shared, &shared))
		return 0;
	return v8_function_of_shared(h, shared);
}

uint32_t v8_function_of_bytecode(struct v8_heap *h, uint64_t tagged)
{
	const uint32_t *have = map_u64_get(&h->by_bytecode, tagged);
	uint32_t index = have ? *have : 0;

	if (!index)
		return 0;
	/* the collector may have thrown the bytecode away and put other there */
	if (h->now_ns < h->functions.v[index - 1].checked_ns + V8_TRUST_NS)
		return index;
	return v8_function_of_shared(h, h->functions.v[index - 1].shared + 1) == index ? index : 0;
}

bool v8_function_tables(struct v8_heap *h, uint32_t function)
{
	struct v8_function *f = &h->functions.v[function - 1];
	uint64_t positions;

	if (f->tables_ns && (f->positions.n || h->now_ns < f->tables_ns + V8_TRUST_NS))
		return f->positions.n > 0;
	f->tables_ns = h->now_ns ? h->now_ns : 1;
	if (!f->bytecode || !is_type(v8_type(h, f->bytecode), h->l->type_bytecode_array))
		return false;
	size_t n;

	if (v8_field(h, f->bytecode, h->l->bytecode_positions, &positions) &&
		v8_is_object(positions)) /* undefined while nobody asked for them */
		v8_read_bytes(h, positions, &f->positions);
	if (!f->code.p && field_count(h, f->bytecode, h->l->array_length, V8_MAX_TABLE, &n) && n) {
		uint8_t *p = xmalloc(n);

		if (v8_read(h, f->bytecode - 1 + (uint64_t)h->l->bytecode_data, p, n))
			f->code = (struct v8_table){ .p = p, .n = n };
		else
			free(p);
	}
	return f->positions.n > 0;
}
