/* SPDX-License-Identifier: MIT */
/* V8's position tables and the names of its builtins. */
#include "parse/v8_positions.h"

#include <string.h>

/* Little-endian groups of 7 bits, the top bit says that more follow (src/base/vlq.h). */
static bool vlq(struct span *s, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; s->n && shift < 64; shift += 7) {
		uint8_t b = s->p[0];

		*s = span_sub(*s, 1, s->n - 1);
		v |= (uint64_t)(b & 127) << shift;
		if (!(b & 128)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

static bool vlq_signed(struct span *s, int64_t *ret)
{
	uint64_t v;

	if (!vlq(s, &v))
		return false;
	*ret = (int64_t)(v >> 1 ^ (0 - (v & 1)));
	return true;
}

struct v8_position v8_position_unpack(uint64_t packed)
{
	struct v8_position p = { .offset = -1, .inlined_at = (uint16_t)(packed >> 31) };

	/* bit 0: a place in a file of V8's own; the offset is one more than it is, 0 means none */
	if (!(packed & 1))
		p.offset = (int32_t)(packed >> 1 & ((1u << 30) - 1)) - 1;
	return p;
}

struct v8_position v8_positions_find(struct span table, uint64_t at)
{
	int64_t code = -1, delta;
	uint64_t place = 0;

	while (vlq_signed(&table, &delta)) {
		/* a negative step marks an expression instead of a statement */
		uint64_t step = (uint64_t)(delta >= 0 ? delta : -(delta + 1));

		if (step > 1u << 30)
			break;
		code += (int64_t)step;
		if (code > (int64_t)MIN(at, (uint64_t)INT32_MAX) || !vlq_signed(&table, &delta))
			break;
		place += (uint64_t)delta;
	}
	return v8_position_unpack(place);
}

/* Bytes of the first instruction, with its Wide or ExtraWide prefix; 0 when it is none. */
static size_t bytecode_length(struct span code, struct span sizes)
{
	size_t n_opcodes = sizes.n / 3, scale = 0, prefix = 0;

	if (!code.n)
		return 0;
	uint8_t op = code.p[0];

	if (op <= 3) { /* Wide, ExtraWide and their debug-break twins */
		scale = op % 2 ? 2 : 1;
		prefix = 1;
		if (code.n < 2)
			return 0;
		op = code.p[1];
	}
	if (op >= n_opcodes)
		return 0;
	size_t n = sizes.p[scale * n_opcodes + op];

	return n ? n + prefix : 0;
}

uint32_t v8_baseline_bytecode(
	struct span table, struct span bytecode, struct span sizes, uint64_t at)
{
	uint64_t pc = 0, step;
	size_t offset = 0;

	while (vlq(&table, &step)) {
		if (step > UINT32_MAX)
			return 0;
		pc += step;
		if (pc > at)
			return (uint32_t)offset;
		size_t n = bytecode_length(
			span_sub(bytecode, offset, bytecode.n - MIN(offset, bytecode.n)), sizes);

		if (!n)
			return 0;
		offset += n;
	}
	return 0;
}

static bool starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && strcmp(s + n - k, suffix) == 0;
}

static const char *bare(const char *symbol)
{
	static const char prefix[] = "Builtins_";

	return starts(symbol, prefix) ? symbol + sizeof(prefix) - 1 : symbol;
}

bool v8_builtin_interprets(const char *symbol)
{
	const char *s = bare(symbol);

	return starts(s, "InterpreterEntryTrampoline") || ends(s, "Handler") ||
		starts(s, "InterpreterEnterAt") || starts(s, "InterpreterOnStackReplacement") ||
		starts(s, "BaselineOrInterpreterEnter") || starts(s, "BaselineOnStackReplacement");
}

/* src/builtins/builtins-definitions.h: what has no work of its own. */
static bool passes_on(const char *s)
{
	static const char *const prefixes[] = { "JSEntry", "JSConstructEntry",
		"JSRunMicrotasksEntry", "JSConstructStub", "JSBuiltinsConstructStub",
		"ArgumentsAdaptorTrampoline", "CEntry", "Call_", "CallFunction_", "CallWith",
		"CallVarargs", "CallForwardVarargs", "CallBoundFunction", "Construct_",
		"ConstructFunction", "ConstructWith", "ConstructVarargs", "ConstructForwardVarargs",
		"InterpreterPushArgs", "AdaptorWith", "HandleApiCall", "CallApiCallback",
		"CallApiGetter", "BaselineOutOfLinePrologue", "CompileLazy",
		"FunctionPrototypeApply", "FunctionPrototypeCall", "ReflectApply", "WasmCEntry",
		"ContinueTo" };

	if (strcmp(s, "Construct") == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (starts(s, prefixes[i]))
			return true;
	return v8_builtin_interprets(s);
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static void lower_first(struct buf *ret, const char *s)
{
	buf_printf(ret, "%c%s", is_upper(*s) ? *s + 32 : *s, *s ? s + 1 : "");
}

bool v8_builtin_name(const char *symbol, struct buf *ret)
{
	static const struct {
		const char *prefix, *shown;
	} objects[] = { { "Json", "JSON" }, { "Math", "Math" }, { "Object", "Object" },
		{ "Reflect", "Reflect" }, { "Atomics", "Atomics" } };
	const char *s = bare(symbol), *proto = strstr(s, "Prototype");

	buf_clear(ret);
	if (passes_on(s))
		return false;
	if (proto && proto > s && is_upper(proto[9])) {
		buf_printf(ret, "%.*s.prototype.", (int)(proto - s), s);
		lower_first(ret, proto + 9);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(objects); i++) {
		size_t n = strlen(objects[i].prefix);

		if (strncmp(s, objects[i].prefix, n) == 0 && is_upper(s[n])) {
			buf_printf(ret, "%s.", objects[i].shown);
			lower_first(ret, s + n);
			return true;
		}
	}
	buf_printf(ret, "(v8) %s", s);
	return true;
}
