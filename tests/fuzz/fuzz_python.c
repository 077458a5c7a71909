/* SPDX-License-Identifier: MIT */
/*
 * A hostile Python process: byte 0 a minor version, then memory from address 64 KiB on, with
 * _PyRuntime at its start. Layout, threads, frames, code objects, line tables.
 */
#include "parse/python_lines.h"
#include "parse/python_object.h"
#include "parse/python_stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BASE = 1 << 16, MAX_FRAMES_READ = 64 };

static size_t read_image(void *ctx, const struct memory_piece *v, size_t n)
{
	const struct span *image = ctx;

	for (size_t i = 0; i < n; i++) {
		struct span s = span_sub(*image, v[i].addr - BASE, v[i].len);

		if (v[i].addr < BASE || s.n != v[i].len)
			return i;
		memcpy(v[i].to, s.p, s.n);
	}
	return n;
}

static void read_thread(
	const struct memory_reader *m, const struct python_layout *l, const struct python_thread *t)
{
	struct python_stack stack = { 0 };

	python_stack_read(m, l, t, &stack);
	for (size_t i = 0; i < stack.v.n && i < MAX_FRAMES_READ; i++) {
		const struct python_raw_frame *f = &stack.v.v[i];
		struct python_code code;

		if (python_code_read(m, l, f->code, 0, &code))
			python_code_line(&code, l, m, f->instr, f->tlbc_index);
		python_code_done(&code);
	}
	vec_done(&stack.v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span image = span_from(span_of(data, size), 2);
	struct memory_reader m = { .ctx = &image, .read = read_image };
	struct python_threads threads = { 0 };
	struct python_layout l;

	if (size < 3)
		return 0;
	for (unsigned minor = 8; minor <= 15; minor++)
		python_line(minor, image, data[1], data[0]);
	if (python_layout_table(
		    span_sub(image, 0, MIN(image.n, (size_t)PYTHON_TABLE_BYTES)), &l, NULL) < 0 &&
		python_layout_fixed(data[0], &l, NULL) < 0)
		return 0;
	python_threads_read(&m, &l, BASE, &threads, NULL);
	for (size_t i = 0; i < threads.v.n && i < MAX_FRAMES_READ; i++)
		read_thread(&m, &l, &threads.v.v[i]);
	python_gil_holder(&m, &l, BASE);
	vec_done(&threads.v);
	return 0;
}
