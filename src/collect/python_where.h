/* SPDX-License-Identifier: MIT */
/*
 * Where the evaluator was when the sample was taken. It keeps the address of the next instruction
 * in a register or a word of its stack frame; which one depends on the build and is learnt by
 * comparing with what the interpreter's own frames say.
 */
#pragma once

#include "collect/python_merge.h"

/* What the evaluator in native frame i ran; false when that is not known. */
bool python_where(struct python_process *x, const struct python_sample *s, size_t i,
	const struct raw_frame *native, size_t n_native, struct python_ref *ret);
/* frame: what the interpreter said a little later about that call. */
void python_where_learn(struct python_process *x, const struct python_sample *s, size_t i,
	const struct raw_frame *native, size_t n_native, const struct python_ref *frame);

/* Which code objects were seen to call which; numbers of python_codes. */
void python_calls_add(struct python_process *x, const struct python_ref *caller, uint32_t callee);
bool python_calls_known(struct python_process *x, uint32_t caller, uint32_t callee);
/* Who called it last, and where. */
bool python_caller(struct python_process *x, uint32_t callee, struct python_ref *ret);
