/* SPDX-License-Identifier: MIT */
/*
 * Where CPython keeps what a stack reader needs, per minor version: fixed rows for 3.8 to 3.12
 * (x86-64, GIL builds; measured with offsetof on their own headers), from 3.13 on the table that
 * the interpreter carries itself (_Py_DebugOffsets at the start of _PyRuntime). The table comes
 * from foreign memory: every offset is bounded before it is used.
 */
#pragma once

#include "base/err.h"
#include "base/span.h"

/* PYTHON_NONE: this version has no such field. */
enum { PYTHON_NONE = UINT16_MAX };

struct python_layout {
	uint8_t minor; /* of Python 3 */
	bool free_threaded;
	bool tagged;         /* pointers in frames carry tag bits (3.14) */
	uint8_t entry_owner; /* smallest `owner` of a frame that stands for C code (3.12+) */
	/* runtime */
	uint32_t interpreters_head, runtime_gil_holder, runtime_gil_locked;
	/* interpreter */
	uint32_t interp_next, interp_threads;
	uint32_t interp_gil, gil_holder, gil_locked; /* pointer, offsets behind it (3.12+) */
	/* thread state; frame: pointer, cframe: pointer to a struct with the pointer at
	 * cframe_frame */
	uint16_t ts_size, ts_prev, ts_next, ts_interp, ts_frame, ts_cframe, cframe_frame;
	uint16_t ts_thread_id, ts_native_id, ts_datastack;
	/* frame */
	uint16_t frame_size, frame_previous, frame_code, frame_instr, frame_owner, frame_is_entry;
	uint16_t frame_tlbc;
	/* code object; code_bytes: where instructions begin (3.11+), or a pointer to bytes */
	uint16_t code_size, code_filename, code_name, code_qualname, code_first_line, code_lines;
	uint16_t code_bytes, code_tlbc;
	/* other objects */
	uint16_t ob_type, type_name, bytes_size, bytes_data;
	uint16_t text_length, text_state, text_ascii, text_compact;
};

enum {
	PYTHON_MINOR_MIN = 8,
	PYTHON_MINOR_MAX = 15,
	/* bytes of the table that are read, whatever the version */
	PYTHON_TABLE_BYTES = 1024,
	/* ceilings for sizes that the table gives, several times what real builds have */
	PYTHON_MAX_THREAD_STATE = 4096,
	PYTHON_MAX_FRAME = 512,
	PYTHON_MAX_CODE = 1024,
};

/* The fixed row; -ENOTSUP for a minor version that has none. */
int python_layout_fixed(unsigned minor, struct python_layout *ret, struct err *err);
/*
 * From the first PYTHON_TABLE_BYTES at _PyRuntime (less when less could be read). -ENODATA: no such
 * table, an older version. -ENOTSUP: a version we do not know. -EBADMSG: offsets that cannot be.
 */
int python_layout_table(struct span table, struct python_layout *ret, struct err *err);
