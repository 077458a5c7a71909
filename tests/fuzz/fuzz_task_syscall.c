/* SPDX-License-Identifier: MIT */
/* Fuzzes the readers of where a sleeping thread is, and of tracepoint formats. */
#include "collect/tracepoint.h"
#include "parse/task_syscall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size), rest = text, name;
	struct task_syscall call;
	struct tracepoint_field field;
	size_t n = 0;

	if (task_syscall_parse(text, &call) && (!call.sp || !call.pc))
		__builtin_trap();
	while (kernel_stack_next(&rest, &name))
		n += name.n;
	if (n > size)
		__builtin_trap();
	tracepoint_field(text, "nr", &field);
	return 0;
}
