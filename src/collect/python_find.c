/* SPDX-License-Identifier: MIT */
/* Finds CPython in a process. */
#include "collect/python_find.h"

#include "base/alloc.h"
#include "parse/elf_symbols.h"
#include "parse/python_stack.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SCAN = 32 << 20, SCAN_PART = 64 << 10 };

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "python3.9", "libpython3.9.so.1.0", "cpython-39-x86_64": 9; 0 when it says nothing. */
static unsigned minor_in(const char *name)
{
	static const char *const marks[] = { "python3.", "cpython-3" };

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		const char *at = strstr(name, marks[i]);
		unsigned minor = 0;

		if (!at)
			continue;
		at += strlen(marks[i]);
		for (int digits = 0; digits < 2 && *at >= '0' && *at <= '9'; digits++)
			minor = minor * 10 + (unsigned)(*at++ - '0');
		if (minor >= PYTHON_MINOR_MIN)
			return minor;
	}
	return 0;
}

static void find_evaluator(struct elf_image *elf, struct python_module *ret)
{
	static const char name[] = "_PyEval_EvalFrameDefault";
	struct elf_symbols symbols;

	elf_symbols_init(&symbols, elf, NULL);
	for (size_t i = 0; i < symbols.n; i++) {
		const struct elf_symbol *s = &symbols.v[i];
		const char *rest = s->name + sizeof(name) - 1;

		/* also "...cold", "...part.0", "...localalias", but no longer names */
		if (strncmp(s->name, name, sizeof(name) - 1) != 0 || (*rest && *rest != '.') ||
			ret->n_evaluator == PYTHON_EVALUATOR_PARTS)
			continue;
		ret->evaluator[ret->n_evaluator++] =
			(struct code_range){ .from = s->addr, .to = s->addr + s->size };
	}
	elf_symbols_done(&symbols);
}

/* Py_Version, exported since 3.11, is the version as a number. */
static unsigned minor_of_file(struct elf_image *elf, const char *path)
{
	uint64_t addr;
	uint32_t version;

	if (elf_symbol_address(elf, "Py_Version", &addr)) {
		struct span s = span_sub(elf_image_at(elf, addr), 0, sizeof(version));

		if (s.n == sizeof(version)) {
			memcpy(&version, s.p, sizeof(version));
			if (version >> 24 == 3)
				return version >> 16 & 0xff;
		}
	}
	return minor_in(base_name(path));
}

void python_module_examine(struct module_entry *e, struct python_module *ret)
{
	const struct elf_section *section;

	*ret = (struct python_module){ 0 };
	if (e->m.kind != MODULE_ELF || !e->elf_ok || !e->elf.is64 || e->elf.machine != EM_X86_64)
		return;
	const char *name = base_name(e->m.path);
	bool by_name = strncmp(name, "libpython3", 10) == 0;

	/* a program may have it built in under any name; a library only under its own */
	if (!by_name && !e->elf.executable)
		return;
	section = elf_image_section(&e->elf, ".PyRuntime");
	if (!elf_symbol_address(&e->elf, "_PyRuntime", &ret->runtime) && section)
		ret->runtime = section->addr;
	if (ret->runtime == 0 && !by_name && strncmp(name, "python3", 7) != 0)
		return;
	/* the program is only a shell around the library */
	if (!by_name && elf_image_needs(&e->elf, "libpython"))
		return;
	ret->is_python = true;
	ret->minor = minor_of_file(&e->elf, e->m.path);
	for (uint32_t i = 0; i < e->elf.n_segments; i++) {
		const struct elf_segment *s = &e->elf.segments[i];

		if (s->type == PT_LOAD && s->flags & PF_W) {
			ret->data = s->vaddr;
			ret->data_n = s->memsz;
		}
	}
	find_evaluator(&e->elf, ret);
	ret->stripped = !elf_image_section(&e->elf, ".symtab");
}

/* Files of the standard library are named or placed by version. */
static unsigned minor_of_process(const struct process *p)
{
	vec_foreach (m, &p->maps) {
		const char *path = m->mod->m.path;
		unsigned minor = strstr(path, "python") ? minor_in(path) : 0;

		if (minor)
			return minor;
	}
	return 0;
}

/* With a table of its own the interpreter is described by it, else by the row of its version. */
static int layout_of(const struct process *p, const struct python_module *pm,
	struct remote_memory *mem, uint64_t runtime, struct python_layout *ret, struct err *err)
{
	uint8_t table[PYTHON_TABLE_BYTES];
	size_t n = remote_memory_bytes(mem, runtime, table, sizeof(table));

	if (n < 64) {
		errno = mem->error ? mem->error : EFAULT;
		return fail(err, errno, "cannot read the memory of process %d: %m", (int)p->pid);
	}
	int r = python_layout_table(span_of(table, n), ret, err);

	if (r != -ENODATA)
		return r;
	unsigned minor = pm->minor ? pm->minor : minor_of_process(p);

	if (minor == 0)
		return fail(err, ENOTSUP, "cannot tell which version of Python this is");
	if (minor >= 13) /* has a table, but not yet: it is relocated at the very start */
		return fail(err, EAGAIN, "the interpreter is not running yet");
	return python_layout_fixed(minor, ret, err);
}

static bool runtime_fits(const struct process *p, const struct python_module *pm,
	struct remote_memory *mem, uint64_t at, struct python_layout *layout)
{
	struct memory_reader m = remote_memory_reader(mem);
	struct python_threads threads = { 0 };
	bool fits = layout_of(p, pm, mem, at, layout, NULL) == 0 &&
		python_threads_read(&m, layout, at, &threads, NULL) == 0;

	vec_done(&threads.v);
	return fits;
}

/*
 * Without symbols and sections: the cookie of the table, or (to 3.12) two equal pointers in a row,
 * the first and the main interpreter, which lead to consistent thread states.
 */
static bool scan_part(const struct process *p, const struct python_module *pm,
	struct remote_memory *mem, uint64_t base, struct span part, struct python_place *ret)
{
	struct python_layout fixed;
	uint64_t a, b;
	bool has_fixed = pm->minor && python_layout_fixed(pm->minor, &fixed, NULL) == 0;

	for (size_t i = 0; i + 16 <= part.n; i += 8) {
		memcpy(&a, part.p + i, 8);
		memcpy(&b, part.p + i + 8, 8);
		if (memcmp(part.p + i, "xdebugpy", 8) == 0)
			ret->runtime = base + i;
		else if (has_fixed && a == b && a > 65536 && a < 1ull << 47 && a % 8 == 0)
			ret->runtime = base + i - fixed.interpreters_head;
		else
			continue;
		if (runtime_fits(p, pm, mem, ret->runtime, &ret->layout))
			return true;
	}
	return false;
}

static bool scan(const struct process *p, const struct python_module *pm, struct remote_memory *mem,
	uint64_t bias, struct python_place *ret)
{
	uint8_t *part = xmalloc(SCAN_PART);
	uint64_t end = MIN(pm->data_n, (uint64_t)MAX_SCAN);
	bool found = false;

	for (uint64_t at = 0; at < end && !found; at += SCAN_PART - 16) {
		uint64_t addr = bias + pm->data + at;
		size_t n = remote_memory_bytes(
			mem, addr, part, (size_t)MIN((uint64_t)SCAN_PART, end - at));

		found = scan_part(p, pm, mem, addr, span_of(part, n), ret);
	}
	free(part);
	return found;
}

int python_place_find(const struct process *p, const struct mapping *map,
	const struct python_module *pm, struct remote_memory *mem, struct python_place *ret,
	struct err *err)
{
	struct python_place place = { .module = map->mod, .bias = map->bias };

	if (pm->runtime) {
		place.runtime = map->bias + pm->runtime;
		int r = layout_of(p, pm, mem, place.runtime, &place.layout, err);

		if (r < 0)
			return r;
	} else if (!scan(p, pm, mem, map->bias, &place)) {
		return fail(err, EAGAIN,
			"no interpreter was found in the memory of process %d (its Python has no "
			"symbols)",
			(int)p->pid);
	}
	*ret = place;
	return 0;
}
