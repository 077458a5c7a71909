/* SPDX-License-Identifier: MIT */
/*
 * callgrind.out files (valgrind docs "Callgrind Format Specification", version 1): costs by line
 * and calls with their inclusive cost; names compressed as "(3) name", positions relative to the
 * line before. The first event's cost weighs the calls.
 */
#include "parse/call_graph.h"
#include "parse/format.h"
#include "parse/sniff.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_LINE = 1 << 20, MAX_POSITIONS = 2 };

enum name_space { FILES, FUNCTIONS, OBJECTS, N_SPACES };

/* A function as it is called in one file of one object. */
struct function {
	uint32_t name, file, object; /* string ids */
	uint32_t line;               /* the one with the highest cost so far */
	int64_t line_cost;
};

struct reader {
	struct profile *p;
	struct call_graph graph;
	vec_of(struct function) functions; /* beside graph.functions */
	struct map_u64 by_id[N_SPACES];    /* number in the file -> string id */
	struct map_u64 index;              /* hash of a function -> its number + 1 */
	struct map_u64 line_index;         /* function and line -> index in line_costs */
	vec_of(int64_t) line_costs;
	struct map_u64 edge_index;
	uint32_t file, object, function_name; /* current, string ids */
	uint32_t inline_file;                 /* of fi=/fe= lines */
	uint32_t callee_file, callee_object, callee_name;
	uint64_t position[MAX_POSITIONS];
	unsigned n_positions, line_at; /* which position is the line */
	unsigned n_events;
	uint64_t calls; /* of a calls= line whose cost comes next */
	bool in_call;
	uint64_t n_bad, n_parts;
};

/* "(3) name" defines, "(3)" uses, anything else is the name itself. */
static uint32_t name_of(struct reader *r, enum name_space space, struct span s)
{
	const uint8_t *close;
	uint64_t id;
	bool fresh;

	s = span_trim(s);
	if (s.n < 3 || s.p[0] != '(' || !(close = memchr(s.p, ')', s.n)) ||
		!span_parse_u64(span_of(s.p + 1, (size_t)(close - s.p) - 1), &id))
		return s.n ? strtab_addn(&r->p->strings, s.p, s.n) : 0;

	uint32_t *slot = map_u64_put(&r->by_id[space], id, &fresh);
	struct span rest = span_trim(span_from(s, (uint64_t)(close - s.p) + 1));

	if (rest.n)
		*slot = strtab_addn(&r->p->strings, rest.p, rest.n);
	return *slot;
}

static uint32_t function_of(struct reader *r, uint32_t name, uint32_t file, uint32_t object)
{
	uint64_t h = hash_u64((uint64_t)name << 32 | file) ^ hash_u64(object) * 3;

	for (;; h++) {
		bool fresh;
		uint32_t *slot = map_u64_put(&r->index, h, &fresh);

		if (fresh) {
			*slot = (uint32_t)r->functions.n;
			*vec_push(&r->functions) = (struct function){ name, file, object, 0, 0 };
			*vec_push(&r->graph.functions) = (struct call_function){ 0 };
			return *slot;
		}
		const struct function *f = &r->functions.v[*slot];

		if (f->name == name && f->file == file && f->object == object)
			return *slot;
	}
}

static uint32_t current(struct reader *r)
{
	return function_of(r, r->function_name, r->file, r->object);
}

/* "12", "0x12", "+3", "-3" or "*" relative to the last value. */
static bool take_position(struct reader *r, struct span *line, unsigned i)
{
	struct span word;
	uint64_t v;
	char sign;

	if (!span_next_word(line, &word))
		return false;
	sign = (char)word.p[0];
	if (sign == '*')
		return word.n == 1;
	if (sign == '+' || sign == '-')
		word = span_from(word, 1);
	if (!span_parse_u64(word, &v))
		return false;
	r->position[i] = sign == '+' ? r->position[i] + v : sign == '-' ? r->position[i] - v : v;
	return true;
}

static uint32_t line_number(const struct reader *r)
{
	uint64_t line = r->position[r->line_at];

	return line <= INT32_MAX ? (uint32_t)line : 0;
}

static void note_line(struct reader *r, uint32_t f, int64_t cost)
{
	uint32_t line = line_number(r);
	bool fresh;
	uint32_t *slot = map_u64_put(&r->line_index, (uint64_t)f << 32 | line, &fresh);

	if (fresh) {
		*slot = (uint32_t)r->line_costs.n;
		*vec_push(&r->line_costs) = 0;
	}
	int64_t *sum = &r->line_costs.v[*slot];

	*sum = import_sum(*sum, cost);
	if (*sum > r->functions.v[f].line_cost) {
		r->functions.v[f].line_cost = *sum;
		r->functions.v[f].line = line;
	}
}

static void add_call(struct reader *r, uint32_t caller, int64_t cost)
{
	uint32_t callee = function_of(r, r->callee_name, r->callee_file, r->callee_object);
	bool fresh;
	uint32_t *slot = map_u64_put(&r->edge_index, (uint64_t)caller << 32 | callee, &fresh);

	if (fresh) {
		*slot = (uint32_t)r->graph.edges.n;
		*vec_push(&r->graph.edges) = (struct call_edge){
			.caller = caller, .callee = callee, .line = line_number(r)
		};
	}
	struct call_edge *e = &r->graph.edges.v[*slot];

	e->cost = import_sum(e->cost, cost);
	e->calls += r->calls;
	r->graph.functions.v[callee].calls += r->calls;
}

static bool cost_line(struct reader *r, struct span line)
{
	int64_t cost[PROFILE_MAX_VALUES] = { 0 };
	uint64_t v;

	for (unsigned i = 0; i < r->n_positions; i++)
		if (!take_position(r, &line, i))
			return false;
	for (unsigned i = 0; i < r->n_events && span_next_u64(&line, &v); i++)
		if (i < PROFILE_MAX_VALUES)
			cost[i] = (int64_t)MIN(v, (uint64_t)INT64_MAX / 2);

	uint32_t f = current(r);

	if (r->in_call) {
		add_call(r, f, cost[0]);
		r->in_call = false;
		return true;
	}
	for (unsigned i = 0; i < PROFILE_MAX_VALUES; i++)
		r->graph.functions.v[f].self[i] =
			import_sum(r->graph.functions.v[f].self[i], cost[i]);
	if (r->inline_file == r->file)
		note_line(r, f, cost[0]);
	return true;
}

static void events_line(struct reader *r, struct span line)
{
	struct span word;
	char name[64];

	if (r->p->n_types)
		return; /* later parts count the same */
	while (span_next_word(&line, &word)) {
		r->n_events++;
		if (r->p->n_types == PROFILE_MAX_VALUES)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)MIN(word.n, 60u), (const char *)word.p);
		profile_add_type(r->p, strcmp(name, "Ir") == 0 ? "instructions" : name, "count");
	}
}

static void positions_line(struct reader *r, struct span line)
{
	struct span word;

	r->n_positions = 0;
	while (span_next_word(&line, &word) && r->n_positions < MAX_POSITIONS) {
		if (span_eq(word, "line"))
			r->line_at = r->n_positions;
		r->n_positions++;
	}
	if (!r->n_positions)
		r->n_positions = 1;
}

/* "key=value"; true when it was one. */
static bool name_line(struct reader *r, struct span line)
{
	const uint8_t *eq = memchr(line.p, '=', MIN(line.n, 8u));
	struct span key, value;
	uint64_t calls;

	if (!eq)
		return false;
	key = span_sub(line, 0, (uint64_t)(eq - line.p));
	value = span_from(line, (uint64_t)(eq - line.p) + 1);
	if (span_eq(key, "fn")) {
		r->function_name = name_of(r, FUNCTIONS, value);
		r->callee_file = r->inline_file = r->file;
		r->callee_object = r->object;
	} else if (span_eq(key, "fl")) {
		r->file = r->inline_file = r->callee_file = name_of(r, FILES, value);
	} else if (span_eq(key, "fi") || span_eq(key, "fe")) {
		r->inline_file = r->callee_file = name_of(r, FILES, value);
	} else if (span_eq(key, "ob")) {
		r->object = r->callee_object = name_of(r, OBJECTS, value);
	} else if (span_eq(key, "cfn")) {
		r->callee_name = name_of(r, FUNCTIONS, value);
	} else if (span_eq(key, "cfi") || span_eq(key, "cfl")) {
		r->callee_file = name_of(r, FILES, value);
	} else if (span_eq(key, "cob")) {
		r->callee_object = name_of(r, OBJECTS, value);
	} else if (span_eq(key, "calls")) {
		r->calls = span_next_u64(&value, &calls) ? calls : 0;
		r->in_call = true;
	} else {
		/* jump=, jcnd= and what later versions add: no cost of their own, but jumps are
		 * followed by a line with a position only */
		return span_eq(key, "jump") || span_eq(key, "jcnd") || span_eq(key, "jfi") ||
			span_eq(key, "jfn");
	}
	return true;
}

/* A call's callee is where its caller is unless said otherwise: that ends with the call. */
static void after_call(struct reader *r)
{
	r->callee_file = r->inline_file;
	r->callee_object = r->object;
}

static void header_line(struct reader *r, struct span line)
{
	if (span_starts(line, "events:"))
		events_line(r, span_from(line, 7));
	else if (span_starts(line, "positions:"))
		positions_line(r, span_from(line, 10));
	else if (span_starts(line, "part:"))
		r->n_parts++;
	else if (span_starts(line, "cmd:") && !r->p->command[0]) {
		line = span_trim(span_from(line, 4));
		if (line.n)
			r->p->command = arena_strndup(&r->p->arena, line.p, line.n);
	}
}

static void one_line(struct reader *r, struct span line)
{
	uint8_t c = line.p[0];

	if ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '*') {
		bool call = r->in_call;

		if (!r->n_events || !cost_line(r, line))
			r->n_bad++;
		r->in_call = false;
		if (call)
			after_call(r);
	} else if (!name_line(r, line)) {
		header_line(r, line);
	}
}

static void build(struct reader *r, int got)
{
	struct profile *p = r->p;

	for (size_t i = 0; i < r->functions.n; i++) {
		const struct function *f = &r->functions.v[i];
		struct import_place at = { .function = span_str(profile_str(p, f->name)),
			.file = span_str(profile_str(p, f->file)),
			.module = span_str(profile_str(p, f->object)),
			.line = f->line };

		if (span_eq(at.file, "???"))
			at.file = (struct span){ 0 };
		r->graph.functions.v[i].frame = import_frame(p, &at);
		if (!r->graph.functions.v[i].calls)
			r->graph.functions.v[i].calls = 1;
	}
	call_graph_stacks(&r->graph, p, profile_add_thread(p, 0, 0, ""));
	p->quality.rung = "callgrind file";
	p->quality.samples = profile_total_count(p);
	p->quality.n_threads = 1;
	if (r->n_events > PROFILE_MAX_VALUES)
		import_note(p, "events-left-out",
			"the file counts %u events; the first %d are read", r->n_events,
			PROFILE_MAX_VALUES);
	import_note_ending(p, r->n_bad, got < 0);
}

static int read_file(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct reader r = { .p = profile_new(), .n_positions = 1 };
	struct span line;
	int got, result = 0;

	while ((got = byte_stream_line(in, MAX_LINE, &line)) == 1) {
		line = span_trim(line);
		if (line.n && line.p[0] != '#')
			one_line(&r, line);
		if (r.functions.n > IMPORT_MAX_ROWS)
			break;
	}
	build(&r, got);
	if (r.p->samples.n) {
		profile_set_add(ret, r.p);
	} else {
		profile_free(r.p);
		result = fail(err, ENODATA, "the callgrind file has no function with a cost");
	}
	call_graph_done(&r.graph);
	vec_done(&r.functions);
	vec_done(&r.line_costs);
	for (int i = 0; i < N_SPACES; i++)
		map_u64_done(&r.by_id[i]);
	map_u64_done(&r.index);
	map_u64_done(&r.line_index);
	map_u64_done(&r.edge_index);
	return result;
}

static int detect(struct span head, const char *name)
{
	if (span_starts(head, "# callgrind format"))
		return 98;
	return sniff_line(head, "events:") &&
			(sniff_line(head, "fn=") || sniff_line(head, "positions:"))
		? 85
		: 0;
}

const struct format callgrind_format = {
	.id = "callgrind",
	.title = "callgrind.out",
	.detect = detect,
	.read = read_file,
};
