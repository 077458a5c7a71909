/* SPDX-License-Identifier: MIT */
/*
 * Reads the v8dbg_* constants of a V8 binary. Names and fall-backs: V8's
 * tools/gen-postmortem-metadata.py and the object headers of the versions named beside each rule.
 */
#include "parse/v8_layout.h"

#include "parse/elf_symbols.h"

#include <errno.h>
#include <stddef.h>

struct field {
	const char *name; /* after "v8dbg_" */
	uint16_t offset;  /* in struct v8_layout */
};

#define F(member, symbol)                                  \
	{                                                  \
		symbol, offsetof(struct v8_layout, member) \
	}

/* Several names for one member: versions call it differently, none has two of them. */
static const struct field fields[] = {
	F(fp_context, "off_fp_context"),
	F(fp_function, "off_fp_function"),
	F(fp_bytecode_array, "off_fp_bytecode_array"),
	F(fp_bytecode_offset, "off_fp_bytecode_offset"),
	F(type_js_function_first, "FirstJSFunctionType"),
	F(type_js_function_first, "type_JSFunction__JS_FUNCTION_TYPE"),
	F(type_js_function_last, "LastJSFunctionType"),
	F(type_code, "type_Code__CODE_TYPE"),
	F(type_instruction_stream, "type_InstructionStream__INSTRUCTION_STREAM_TYPE"),
	F(type_bytecode_array, "type_BytecodeArray__BYTECODE_ARRAY_TYPE"),
	F(type_script, "type_Script__SCRIPT_TYPE"),
	F(type_scope_info, "type_ScopeInfo__SCOPE_INFO_TYPE"),
	F(type_shared_function_info, "type_SharedFunctionInfo__SHARED_FUNCTION_INFO_TYPE"),
	F(type_interpreter_data, "type_InterpreterData__INTERPRETER_DATA_TYPE"),
	F(type_baseline_data, "type_BaselineData__BASELINE_DATA_TYPE"),
	F(type_shared_wrapper, "type_SharedFunctionInfoWrapper__SHARED_FUNCTION_INFO_WRAPPER_TYPE"),
	F(first_nonstring, "FirstNonstringType"),
	F(string_mask, "StringRepresentationMask"),
	F(string_cons, "ConsStringTag"),
	F(string_external, "ExternalStringTag"),
	F(string_sliced, "SlicedStringTag"),
	F(string_thin, "ThinStringTag"),
	F(string_one_byte, "OneByteStringTag"),
	F(map_instance_type, "class_Map__instance_type__uint16_t"),
	F(array_length, "class_FixedArrayBase__length__SMI"),
	F(array_data, "class_FixedArray__data__uintptr_t"),
	F(string_length, "class_String__length__int32_t"),
	F(string_chars, "class_SeqOneByteString__chars__char"),
	F(cons_first, "class_ConsString__first__String"),
	F(cons_second, "class_ConsString__second__String"),
	F(thin_actual, "class_ThinString__actual__String"),
	F(sliced_parent, "class_SlicedString__parent__String"),
	F(sliced_offset, "class_SlicedString__offset__SMI"),
	F(external_resource, "class_ExternalString__resource__Object"),
	F(function_code, "class_JSFunction__code__Code"),
	F(function_code, "class_JSFunction__code__CodeT"),
	F(function_code, "class_JSFunction__raw_code__CodeT"),
	F(function_code, "class_JSFunction__code__Tagged_Code_"),
	F(function_shared, "class_JSFunction__shared__SharedFunctionInfo"),
	F(shared_name, "class_SharedFunctionInfo__name_or_scope_info__Object"),
	F(shared_name, "class_SharedFunctionInfo__name_or_scope_info__Tagged_Object_"),
	F(shared_name, "class_SharedFunctionInfo__name_or_scope_info__Tagged_NameOrScopeInfoT_"),
	F(shared_data, "class_SharedFunctionInfo__function_data__Object"),
	F(shared_script, "class_SharedFunctionInfo__script_or_debug_info__Object"),
	F(shared_script, "class_SharedFunctionInfo__script_or_debug_info__HeapObject"),
	F(shared_script, "class_SharedFunctionInfo__script__Tagged_HeapObject_"),
	F(script_name, "class_Script__name__Object"),
	F(script_source, "class_Script__source__Object"),
	F(script_line_ends, "class_Script__line_ends__Object"),
	F(bytecode_positions, "class_BytecodeArray__source_position_table__Object"),
	F(bytecode_positions, "class_BytecodeArray__source_position_table__Tagged_HeapObject_"),
	F(bytecode_data, "class_BytecodeArray__data__uintptr_t"),
	F(code_deopt_data, "class_Code__deoptimization_data__FixedArray"),
	F(code_deopt_data, "class_Code__deoptimization_data__Tagged_FixedArray_"),
	F(code_positions, "class_Code__source_position_table__ByteArray"),
	F(code_positions, "class_Code__source_position_table__Tagged_ByteArray_"),
	F(code_start, "class_Code__instruction_start__uintptr_t"),
	F(code_start, "class_Code__instruction_start__Address"),
	F(code_size, "class_Code__instruction_size__int"),
	F(code_flags, "class_Code__flags__uint32_t"),
	F(code_kind_mask, "CodeKindFieldMask"),
	F(code_kind_shift, "CodeKindFieldShift"),
	F(kind_baseline, "CodeKindBaseline"),
	F(kind_interpreted, "CodeKindInterpretedFunction"),
	F(deopt_inlined_count, "DeoptimizationDataInlinedFunctionCountIndex"),
	F(deopt_literals, "DeoptimizationDataLiteralArrayIndex"),
	F(deopt_shared, "DeoptimizationDataSharedFunctionInfoIndex"),
	F(deopt_shared, "DeoptimizationDataWrappedSharedFunctionInfoIndex"),
	F(deopt_inlining, "DeoptimizationDataInliningPositionsIndex"),
	F(scope_first_vars, "scopeinfo_idx_first_vars"),
	F(scope_n_locals, "scopeinfo_idx_ncontextlocals"),
};

enum { UNSET = INT32_MIN, MAX_OFFSET = 4096 };

struct reading {
	struct elf_image *img;
	struct v8_layout *l;
	uint32_t major, minor, build;
	unsigned found;
	bool wrapped;
};

static bool read_u32(const struct elf_image *img, uint64_t addr, uint32_t *ret)
{
	struct span s = elf_image_at(img, addr);

	if (s.n < 4)
		return false;
	memcpy(ret, s.p, 4);
	return true;
}

static void debug_constant(struct reading *r, const char *name, uint64_t addr)
{
	uint32_t value;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (strcmp(fields[i].name, name) != 0)
			continue;
		int32_t *at = (int32_t *)(void *)((char *)r->l + fields[i].offset);

		if (read_u32(r->img, addr, &value) && (int32_t)value < 1 << 16 &&
			(int32_t)value > -(1 << 16)) {
			*at = (int32_t)value;
			r->found++;
		}
		if (strcmp(name, "DeoptimizationDataWrappedSharedFunctionInfoIndex") == 0)
			r->wrapped = true;
		return;
	}
}

static void visit(void *ctx, const char *name, uint64_t addr, uint64_t size)
{
	static const char prefix[] = "v8dbg_", version[] = "_ZN2v88internal7Version6";
	struct reading *r = ctx;

	if (strncmp(name, prefix, sizeof(prefix) - 1) == 0) {
		debug_constant(r, name + sizeof(prefix) - 1, addr);
	} else if (strncmp(name, version, sizeof(version) - 1) == 0) {
		const char *part = name + sizeof(version) - 1;
		uint32_t *to = strcmp(part, "major_E") == 0 ? &r->major
			: strcmp(part, "minor_E") == 0      ? &r->minor
			: strcmp(part, "build_E") == 0      ? &r->build
							    : NULL;

		if (to)
			read_u32(r->img, addr, to);
	} else if (strcmp(name, "_ZN2v88internal11interpreter9Bytecodes14kBytecodeSizesE") == 0) {
		struct span s = elf_image_at(r->img, addr);

		/* three scales of at most 256 opcodes */
		if (size && size % 3 == 0 && size <= 768)
			r->l->bytecode_sizes = span_sub(s, 0, size);
	} else if (strcmp(name, "v8_Default_embedded_blob_code_") == 0) {
		r->l->blob_start = addr;
	} else if (strcmp(name, "v8_Default_embedded_blob_code_size_") == 0) {
		uint32_t n;

		if (read_u32(r->img, addr, &n))
			r->l->blob_end = n; /* made an address below */
	}
}

static void fill(int32_t *field, int32_t value)
{
	if (*field == UNSET)
		*field = value;
}

static bool since(const struct v8_layout *l, unsigned major, unsigned minor, unsigned build)
{
	return l->version >= V8_VERSION(major, minor, build);
}

/* Where instructions, flags and tables of a Code object are; its export was lost several times. */
static void fill_code(struct v8_layout *l)
{
	/* 11.1.204: a pointer instead of the place behind the header */
	l->code_start_is_pointer = since(l, 11, 1, 204);
	if (l->code_size != UNSET) {
		/* 12.x: the code wrapper stands between */
		fill(&l->code_positions,
			since(l, 12, 0, 0) ? l->code_start - 24 : l->code_size - 16);
		fill(&l->code_flags, l->code_size + 8);
	} else if (l->code_positions != UNSET) { /* 11.x */
		fill(&l->code_start, l->code_positions + 16);
		fill(&l->code_flags, l->code_start + 8);
		fill(&l->code_size, l->code_flags + 4 + (since(l, 11, 4, 59) ? 0 : 4));
	}
	fill(&l->code_deopt_data, l->code_positions - 8);
	if (since(l, 9, 0, 240)) {
		fill(&l->code_kind_shift, 0);
		fill(&l->code_kind_mask, 15);
		fill(&l->kind_baseline, 11);
	} else { /* 7.8, src/objects/code.h: behind the bit for unwinding information */
		fill(&l->code_kind_shift, 1);
		fill(&l->code_kind_mask, 62);
		fill(&l->kind_baseline, 255); /* no baseline code yet */
	}
	l->kind_regexp = since(l, 8, 8, 0) ? 3 : 4;
	fill(&l->deopt_inlined_count, 1);
	fill(&l->deopt_literals, l->deopt_inlined_count + 1);
	/* before 9.8 the index of the shared function comes after the optimisation id and the
	 * on-stack-replacement fields as well */
	fill(&l->deopt_shared, 6);
	fill(&l->deopt_inlining, l->deopt_shared + 1);
}

static void fill_rest(struct v8_layout *l)
{
	/* 8.7.198 put the argument count below the function */
	fill(&l->fp_bytecode_array, l->fp_function - (since(l, 8, 7, 198) ? 16 : 8));
	fill(&l->fp_bytecode_offset, l->fp_bytecode_array - 8);
	/* constructors of built-in classes have types of their own since 9.0.14 */
	fill(&l->type_js_function_last,
		l->type_js_function_first +
			(since(l, 9, 6, 138)                 ? 14
					: since(l, 9, 0, 14) ? 13
							     : 0));
	fill(&l->type_instruction_stream, l->type_code);
	fill(&l->type_baseline_data, -1);
	fill(&l->type_interpreter_data, -1);
	fill(&l->type_shared_wrapper, -1);
	fill(&l->function_code, l->function_shared + (since(l, 11, 7, 368) ? -8 : 24));
	fill(&l->script_source, l->script_name - 8);
	fill(&l->shared_data, 8); /* not exported since 12.x: second word of the object */
	/* constant pool, handler table, source positions; 12.x and later begin with a wrapper */
	fill(&l->bytecode_positions, l->array_length + (since(l, 12, 0, 0) ? 32 : 24));
	fill(&l->bytecode_data, l->bytecode_positions + 22);
	l->scope_info_is_array = !since(l, 9, 1, 71);
	l->scope_positions_fixed = since(l, 12, 8, 44);
}

static bool plausible(const struct v8_layout *l)
{
	const int32_t offsets[] = { l->map_instance_type, l->array_length, l->array_data,
		l->string_length, l->string_chars, l->cons_first, l->cons_second, l->thin_actual,
		l->function_code, l->function_shared, l->shared_name, l->shared_data,
		l->shared_script, l->script_name, l->script_source, l->script_line_ends,
		l->bytecode_positions, l->bytecode_data, l->code_deopt_data, l->code_positions,
		l->code_start, l->code_size, l->code_flags };
	const int32_t frame[] = { l->fp_context, l->fp_function, l->fp_bytecode_array,
		l->fp_bytecode_offset };
	const int32_t counts[] = { l->scope_first_vars, l->scope_n_locals, l->deopt_inlined_count,
		l->deopt_literals, l->deopt_shared, l->deopt_inlining };

	for (size_t i = 0; i < ARRAY_LEN(offsets); i++)
		if (offsets[i] < 0 || offsets[i] > MAX_OFFSET)
			return false;
	for (size_t i = 0; i < ARRAY_LEN(frame); i++)
		if (frame[i] >= 0 || frame[i] < -128 || frame[i] % 8)
			return false;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		if (counts[i] < 0 || counts[i] > 32)
			return false;
	return l->type_js_function_first > 0 && l->type_code > 0 && l->type_script > 0 &&
		l->type_shared_function_info > 0 && l->type_bytecode_array > 0 &&
		l->type_scope_info > 0 && l->first_nonstring > 0 && l->code_kind_mask > 0;
}

int v8_layout_read(struct elf_image *img, struct v8_layout *ret, struct err *err)
{
	struct v8_layout l = { 0 };
	struct reading r = { .img = img, .l = &l };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		*(int32_t *)(void *)((char *)&l + fields[i].offset) = UNSET;
	elf_symbols_each(img, visit, &r);
	if (r.found == 0)
		return -ENOENT;
	if (r.major > 255 || r.minor > 255 || r.build > 65535)
		return fail(err, ENOTSUP, "a V8 whose version cannot be told");
	l.version = V8_VERSION(r.major, r.minor, r.build);
	if (l.version < V8_VERSION(7, 8, 0))
		return fail(err, ENOTSUP, "V8 %u.%u is too old (7.8 is the oldest we know)",
			r.major, r.minor);
	l.deopt_shared_wrapped = r.wrapped;
	fill_code(&l);
	fill_rest(&l);
	if (!l.blob_start || l.blob_end < 4096 || l.blob_end > 256 << 20)
		l.blob_start = l.blob_end = 0;
	else
		l.blob_end += l.blob_start;
	if (!plausible(&l))
		return fail(err, ENOTSUP, "V8 %u.%u exports too little of its layout", r.major,
			r.minor);
	*ret = l;
	return 0;
}
