/* SPDX-License-Identifier: MIT */
/*
 * Where V8 keeps what a stack needs: offsets and type numbers of its heap objects, from the
 * v8dbg_* symbols that every Node binary exports for post-mortem debuggers, with the rules for what
 * single versions forgot to export. Layouts of Node 12 to 24 (V8 7.8 to 13.6) were checked.
 */
#pragma once

#include "parse/elf_image.h"

struct v8_layout {
	uint32_t version; /* major << 24 | minor << 16 | build */
	/* relative to the frame pointer */
	int32_t fp_context, fp_function, fp_bytecode_array, fp_bytecode_offset;
	/* instance types */
	int32_t type_js_function_first, type_js_function_last, type_code, type_instruction_stream,
		type_bytecode_array, type_script, type_scope_info, type_shared_function_info,
		type_interpreter_data, type_baseline_data, type_shared_wrapper;
	int32_t first_nonstring, string_mask, string_cons, string_external, string_sliced,
		string_thin, string_one_byte;
	int32_t map_instance_type;
	int32_t array_length, array_data; /* FixedArrayBase and FixedArray; ByteArray alike */
	int32_t string_length, string_chars, cons_first, cons_second, thin_actual, sliced_parent,
		sliced_offset, external_resource;
	int32_t function_code, function_shared;
	int32_t shared_name, shared_data, shared_script;
	int32_t script_name, script_source, script_line_ends;
	int32_t bytecode_positions, bytecode_data;
	int32_t code_deopt_data, code_positions, code_start, code_size, code_flags;
	int32_t code_kind_mask, code_kind_shift, kind_baseline, kind_interpreted, kind_regexp;
	int32_t deopt_inlined_count, deopt_literals, deopt_shared, deopt_inlining;
	int32_t scope_first_vars, scope_n_locals;
	bool code_start_is_pointer; /* else instructions follow the Code object's header */
	bool deopt_shared_wrapped;
	bool scope_info_is_array;   /* a FixedArray with a length, before V8 9.1 */
	bool scope_positions_fixed; /* start and end in slots 3 and 4, since V8 12.8 */
	struct span bytecode_sizes; /* in the file: one byte per opcode and scale; empty unknown */
	uint64_t blob_start, blob_end; /* embedded builtins, ELF virtual addresses; 0 unknown */
};

/*
 * -ENOENT when the image is no V8 (ret untouched), -ENOTSUP with a sentence when it is one whose
 * layout is not known well enough. The image must outlive the layout.
 */
int v8_layout_read(struct elf_image *img, struct v8_layout *ret, struct err *err);

#define V8_VERSION(major, minor, build) \
	((uint32_t)(major) << 24 | (uint32_t)(minor) << 16 | (uint32_t)(build))
