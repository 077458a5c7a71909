/* SPDX-License-Identifier: MIT */
/*
 * cProfile's .pstats files: one marshalled dict (CPython Python/marshal.c, versions 2 to 5)
 *	(file, line, function): (primitive calls, calls, own s, cumulative s, {caller: (same)})
 * Only the types that can occur in it are read. Own time of a function by caller is exact; what is
 * further up is split by proportion (parse/call_graph.h).
 */
#include "parse/call_graph.h"
#include "parse/format.h"

#include "base/decimal.h"

#include <errno.h>

enum { MAX_BYTES = 512 << 20, FLAG_REF = 0x80 };

enum value_kind { VALUE_OTHER, VALUE_NUMBER, VALUE_TEXT, VALUE_TUPLE, VALUE_DICT, VALUE_END };

/* A tuple keeps where its items start, so that it can be read again when it is referred to. */
struct value {
	enum value_kind kind;
	double number;
	struct span text;
	uint32_t items; /* of a tuple */
};

struct key {
	struct span file, name;
	uint32_t line;
};

struct reader {
	struct cursor c;
	vec_of(struct value) refs;
	vec_of(struct key) ref_keys; /* beside refs: what a tuple was as a function, line - 1 */
	vec_of(struct key) functions;
	struct call_graph graph;
	struct map_u64 index;
	struct profile *p;
	bool cut;
};

static uint32_t reserve_ref(struct reader *r, bool wanted)
{
	if (!wanted)
		return UINT32_MAX;
	*vec_push(&r->refs) = (struct value){ 0 };
	*vec_push(&r->ref_keys) = (struct key){ 0 };
	return (uint32_t)r->refs.n - 1;
}

static double float_of(struct cursor *c)
{
	uint64_t bits = cursor_u64(c);
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

/* Digits of 15 bits, the sign in their number. */
static double long_of(struct cursor *c)
{
	int32_t n = (int32_t)cursor_u32(c);
	uint32_t digits = (uint32_t)(n < 0 ? -(int64_t)n : n);
	double v = 0, scale = 1;

	for (uint32_t i = 0; i < digits && !c->bad; i++, scale *= 32768)
		v += scale * cursor_u16(c);
	return n < 0 ? -v : v;
}

static double ascii_float(struct cursor *c)
{
	double v = 0;

	decimal_parse(cursor_bytes(c, cursor_u8(c)), &v);
	return v;
}

/* One value; of a tuple or dict only the head. */
static struct value take(struct reader *r, uint32_t *ret_ref)
{
	uint8_t type = cursor_u8(&r->c);
	struct value v = { 0 };
	uint32_t ref = reserve_ref(r, type & FLAG_REF), i;

	*ret_ref = ref;
	switch (type & ~FLAG_REF) {
	case '0':
		v.kind = VALUE_END;
		break;
	case 'i':
		v.number = (int32_t)cursor_u32(&r->c);
		v.kind = VALUE_NUMBER;
		break;
	case 'I':
		v.number = (double)(int64_t)cursor_u64(&r->c);
		v.kind = VALUE_NUMBER;
		break;
	case 'l':
		v.number = long_of(&r->c);
		v.kind = VALUE_NUMBER;
		break;
	case 'g':
		v.number = float_of(&r->c);
		v.kind = VALUE_NUMBER;
		break;
	case 'f':
		v.number = ascii_float(&r->c);
		v.kind = VALUE_NUMBER;
		break;
	case 's':
	case 't':
	case 'u':
	case 'a':
	case 'A':
		v.text = cursor_bytes(&r->c, cursor_u32(&r->c));
		v.kind = VALUE_TEXT;
		break;
	case 'z':
	case 'Z':
		v.text = cursor_bytes(&r->c, cursor_u8(&r->c));
		v.kind = VALUE_TEXT;
		break;
	case '(':
		v.items = cursor_u32(&r->c);
		v.kind = VALUE_TUPLE;
		break;
	case ')':
		v.items = cursor_u8(&r->c);
		v.kind = VALUE_TUPLE;
		break;
	case '{':
		v.kind = VALUE_DICT;
		break;
	case 'r':
		i = cursor_u32(&r->c);
		if (i >= r->refs.n)
			r->c.bad = true;
		else
			v = r->refs.v[i];
		*ret_ref = i;
		return v;
	case 'N':
	case 'T':
	case 'F':
		break;
	default:
		r->c.bad = true;
	}
	if (ref != UINT32_MAX && !r->c.bad)
		r->refs.v[ref] = v;
	return v;
}

static double take_number(struct reader *r)
{
	uint32_t ref;
	struct value v = take(r, &ref);

	if (v.kind != VALUE_NUMBER)
		r->c.bad = true;
	return v.number;
}

/* The rest of a (file, line, name) tuple whose head was read; a reference was read before. */
static bool take_key(struct reader *r, struct value head, uint32_t ref, bool again, struct key *ret)
{
	uint32_t inner;

	if (head.kind != VALUE_TUPLE || head.items != 3)
		return false;
	if (again) {
		*ret = r->ref_keys.v[ref];
		return true;
	}
	ret->file = take(r, &inner).text;
	ret->line = import_line(import_scaled(take_number(r), 1));
	ret->name = take(r, &inner).text;
	if (ref != UINT32_MAX && !r->c.bad)
		r->ref_keys.v[ref] = *ret;
	return !r->c.bad;
}

static bool key_equal(const struct key *a, const struct key *b)
{
	return a->line == b->line && a->file.n == b->file.n && a->name.n == b->name.n &&
		(!a->file.n || memcmp(a->file.p, b->file.p, a->file.n) == 0) &&
		(!a->name.n || memcmp(a->name.p, b->name.p, a->name.n) == 0);
}

static uint32_t function_of(struct reader *r, const struct key *k)
{
	uint64_t h =
		hash_bytes(k->file.p, k->file.n, k->line) ^ hash_bytes(k->name.p, k->name.n, 7);

	for (;; h++) {
		bool fresh;
		uint32_t *slot = map_u64_put(&r->index, h, &fresh);

		if (fresh) {
			*slot = (uint32_t)r->functions.n;
			*vec_push(&r->functions) = *k;
			*vec_push(&r->graph.functions) = (struct call_function){ 0 };
			return *slot;
		}
		if (key_equal(&r->functions.v[*slot], k))
			return *slot;
	}
}

/* A tuple that begins here, as a function. 0 at the end of the dict, negative when it is none. */
static int take_function(struct reader *r, uint32_t *ret)
{
	bool again = r->c.at < r->c.s.n && (r->c.s.p[r->c.at] & ~FLAG_REF) == 'r';
	uint32_t ref;
	struct value v = take(r, &ref);
	struct key k = { 0 };

	if (v.kind == VALUE_END && !again)
		return 0;
	if (r->c.bad || !take_key(r, v, ref, again, &k))
		return -EBADMSG;
	*ret = function_of(r, &k);
	return 1;
}

/* (primitive calls, calls, own, cumulative): the order of the first two differs, calls >= both. */
static bool take_stats(struct reader *r, uint32_t items, double *calls, double *own, double *all)
{
	double a, b;
	uint32_t ref;
	struct value v = take(r, &ref);

	if (v.kind != VALUE_TUPLE || v.items != items)
		return false;
	a = take_number(r);
	b = take_number(r);
	*calls = MAX(a, b);
	*own = take_number(r);
	*all = take_number(r);
	return !r->c.bad;
}

static bool take_callers(struct reader *r, uint32_t callee)
{
	double calls, own, all;
	uint32_t caller, ref;
	int got;

	if (take(r, &ref).kind != VALUE_DICT)
		return false;
	while ((got = take_function(r, &caller)) == 1) {
		if (!take_stats(r, 4, &calls, &own, &all))
			return false;
		*vec_push(&r->graph.edges) = (struct call_edge){
			.caller = caller,
			.callee = callee,
			.calls = (uint64_t)MAX(import_scaled(calls, 1), 0),
			/* recursion makes cumulative times of callers meaningless below own time */
			.cost = MAX(import_scaled(MAX(all, own), 1e9), 0),
		};
	}
	return got == 0;
}

/* The entries of the outer dict; stops where the file does. */
static void take_all(struct reader *r)
{
	double calls, own, all;
	uint32_t f, ref;
	int got;

	if (take(r, &ref).kind != VALUE_DICT) {
		r->c.bad = true;
		return;
	}
	while ((got = take_function(r, &f)) == 1) {
		if (!take_stats(r, 5, &calls, &own, &all))
			break;
		r->graph.functions.v[f].calls = (uint64_t)MAX(import_scaled(calls, 1), 0);
		r->graph.functions.v[f].self[0] = MAX(import_scaled(own, 1e9), 0);
		if (!take_callers(r, f))
			break;
	}
	r->cut = got != 0;
}

static void build(struct reader *r)
{
	struct profile *p = r->p;

	for (size_t i = 0; i < r->functions.n; i++) {
		const struct key *k = &r->functions.v[i];
		struct import_place at = {
			.function = k->name, .file = k->file, .decl_line = k->line
		};
		bool builtin = span_eq(k->file, "~"); /* a function written in C */

		if (builtin)
			at.file = (struct span){ 0 };
		r->graph.functions.v[i].frame = import_frame(p, &at);
		if (builtin)
			p->frames.v[r->graph.functions.v[i].frame].kind = FRAME_RUNTIME;
	}
	call_graph_stacks(&r->graph, p, profile_add_thread(p, 0, 0, ""));
	import_note(p, "counts-are-calls",
		"cProfile traces every call: counts are calls, and small "
		"functions look dearer than they are");
	import_note(p, "clock-unknown",
		"cProfile measures wall time unless it was given another clock");
	if (r->cut)
		import_note(p, "file-cut-off",
			"the file ends too early or is damaged: what came before is shown");
	p->quality.rung = "cProfile file";
	p->quality.n_threads = p->quality.n_processes = 1;
	p->quality.samples = profile_total_count(p);
	p->language = "python";
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct span bytes;
	struct reader r = { 0 };
	int result = 0;

	/* names are referred to anywhere: all of it is held, which is small beside a profile */
	for (size_t n = 1 << 20;; n *= 2) {
		bytes = byte_stream_peek(in, MIN(n, (size_t)MAX_BYTES));
		if (bytes.n < n || n > MAX_BYTES)
			break;
	}
	r.c = cursor_of(bytes, 0);
	r.p = profile_new();
	profile_add_type(r.p, "wall", "nanoseconds");
	take_all(&r);
	build(&r);
	if (r.p->samples.n) {
		profile_set_add(ret, r.p);
	} else {
		profile_free(r.p);
		result = fail(err, r.cut || r.c.bad ? EBADMSG : ENODATA,
			r.cut || r.c.bad ? "the file is no statistics of cProfile"
					 : "the cProfile file has no function with a time");
	}
	vec_done(&r.refs);
	vec_done(&r.ref_keys);
	vec_done(&r.functions);
	call_graph_done(&r.graph);
	map_u64_done(&r.index);
	return result;
}

static int detect(struct span head, const char *name)
{
	/* a dict whose first key is a tuple of three that starts with a string */
	if (head.n < 8 || (head.p[0] & ~FLAG_REF) != '{' || (head.p[1] & ~FLAG_REF) != ')' ||
		head.p[2] != 3)
		return 0;
	return memchr("stuaAzZ", head.p[3] & ~FLAG_REF, 7) ? 92 : 0;
}

const struct format pstats_format = {
	.id = "pstats",
	.title = "cProfile statistics (.pstats)",
	.detect = detect,
	.read = read_file,
};
