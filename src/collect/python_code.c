/* SPDX-License-Identifier: MIT */
/* Code objects of one Python process. */
#include "collect/python_code.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* How long something that is no code object is not asked about again. */
static const uint64_t CHECK_NS = 100000000;
enum { MAX_CODES = 1 << 20 };

void python_codes_init(struct python_codes *c, struct managed_frames *managed, pid_t pid)
{
	*c = (struct python_codes){ .managed = managed, .pid = pid };
}

void python_codes_done(struct python_codes *c)
{
	vec_foreach (e, &c->v)
		python_code_done(&e->code);
	vec_done(&c->v);
	vec_done(&c->by_range);
	map_u64_done(&c->index);
	map_u64_done(&c->frames);
}

/* Older versions keep the script's name as it was given; it is relative to the start folder. */
static uint32_t file_string(struct python_codes *c, const char *file)
{
	char link[64], cwd[PATH_MAX], path[2 * PATH_MAX];

	if (*file != '/' && *file != '<' && *file) {
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)c->pid);
		ssize_t n = readlink(link, cwd, sizeof(cwd) - 1);

		if (n > 0) {
			cwd[n] = '\0';
			while (strncmp(file, "./", 2) == 0)
				file += 2;
			snprintf(path, sizeof(path), "/proc/%d/root%s/%s", (int)c->pid,
				strcmp(cwd, "/") == 0 ? "" : cwd, file);
			if (access(path, F_OK) == 0)
				file = strchr(path + 6, '/') + 5; /* behind "/root" */
		}
	}
	return strtab_add(&c->managed->strings, file);
}

static uint32_t add_entry(struct python_codes *c, const struct memory_reader *m,
	const struct python_layout *l, uint64_t addr, uint64_t now_ns)
{
	struct python_code_entry *e = vec_push(&c->v);

	*e = (struct python_code_entry){ .addr = addr, .checked_ns = now_ns };
	e->valid = python_code_read(m, l, addr, c->type, &e->code);
	c->sorted = false;
	if (!e->valid)
		return (uint32_t)(c->v.n - 1);
	if (!c->type)
		c->type = e->code.mark.type;
	e->function = strtab_addn(&c->managed->strings, e->code.function.p, e->code.function.n);
	e->file = file_string(c, buf_cstr(&e->code.file));
	return (uint32_t)(c->v.n - 1);
}

/* Looked at once per sample: programs free code objects and put others in their place. */
static bool still_the_same(struct python_code_entry *e, const struct memory_reader *m,
	const struct python_layout *l, uint64_t now_ns)
{
	struct python_code_mark mark;

	if (now_ns == e->checked_ns)
		return true;
	e->checked_ns = now_ns;
	return python_code_mark_read(m, l, e->addr, &mark) &&
		python_code_mark_equal(&mark, &e->code.mark);
}

int64_t python_codes_get(struct python_codes *c, const struct memory_reader *m,
	const struct python_layout *l, uint64_t addr, uint64_t now_ns)
{
	bool fresh;

	if (addr == 0 || addr % 8)
		return -1;
	uint32_t *slot = map_u64_put(&c->index, addr, &fresh);

	if (!fresh && c->v.v[*slot].valid && !still_the_same(&c->v.v[*slot], m, l, now_ns)) {
		c->v.v[*slot].valid = false; /* its frames stay what they were */
		c->sorted = false;
	}
	/* something else stands there now; what never was one is not asked about all the time */
	if (!fresh && !c->v.v[*slot].valid &&
		(c->v.v[*slot].code.mark.type || now_ns > c->v.v[*slot].checked_ns + CHECK_NS))
		fresh = true;
	if (fresh) {
		if (c->v.n == MAX_CODES)
			return -1;
		*slot = add_entry(c, m, l, addr, now_ns);
	}
	return c->v.v[*slot].valid ? (int64_t)*slot : -1;
}

static struct python_codes *sorting; /* qsort has no context */

static int by_code_from(const void *a, const void *b)
{
	uint64_t x = sorting->v.v[*(const uint32_t *)a].code.code_from;
	uint64_t y = sorting->v.v[*(const uint32_t *)b].code.code_from;

	return (x > y) - (x < y);
}

/* Where two overlap, the one seen less recently is gone. */
static void drop_overlapped(struct python_codes *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->by_range.n; i++) {
		struct python_code_entry *e = &c->v.v[c->by_range.v[i]];
		struct python_code_entry *before = n ? &c->v.v[c->by_range.v[n - 1]] : NULL;

		if (before && before->code.code_to > e->code.code_from) {
			if (before->checked_ns > e->checked_ns) {
				e->valid = false;
				continue;
			}
			before->valid = false;
			n--;
		}
		c->by_range.v[n++] = c->by_range.v[i];
	}
	c->by_range.n = n;
}

static void sort_ranges(struct python_codes *c)
{
	c->by_range.n = 0;
	for (size_t i = 0; i < c->v.n; i++)
		if (c->v.v[i].valid && !c->v.v[i].code.internal)
			*vec_push(&c->by_range) = (uint32_t)i;
	sorting = c;
	if (c->by_range.n)
		qsort(c->by_range.v, c->by_range.n, sizeof(c->by_range.v[0]), by_code_from);
	drop_overlapped(c);
	c->sorted = true;
}

int64_t python_codes_holding(struct python_codes *c, const struct memory_reader *m,
	const struct python_layout *l, uint64_t instr, uint64_t now_ns)
{
	if (!c->sorted)
		sort_ranges(c);
	size_t lo = 0, hi = c->by_range.n;

	while (lo < hi) { /* first that starts behind instr */
		size_t mid = lo + (hi - lo) / 2;

		if (c->v.v[c->by_range.v[mid]].code.code_from <= instr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return -1;
	struct python_code_entry *e = &c->v.v[c->by_range.v[lo - 1]];

	if (instr >= e->code.code_to)
		return -1;
	if (!still_the_same(e, m, l, now_ns)) {
		e->valid = c->sorted = false;
		return -1;
	}
	return (int64_t)c->by_range.v[lo - 1];
}

void python_codes_held(struct python_codes *c, uint32_t entry, uint32_t holder)
{
	static const char *const held[] = { "<listcomp>", "<setcomp>", "<dictcomp>" };
	struct python_code_entry *e = &c->v.v[entry];
	const struct python_code_entry *h = &c->v.v[holder];
	const char *name = buf_cstr(&e->code.function);
	char full[2 * PYTHON_MAX_NAME];

	if (name[0] != '<' || e->file != h->file || e->held)
		return;
	for (size_t i = 0; i < ARRAY_LEN(held); i++) {
		if (strcmp(name, held[i]) != 0)
			continue;
		e->held = true;
		snprintf(full, sizeof(full), "%s.<locals>.%s", buf_cstr(&h->code.function), name);
		e->function = strtab_add(&c->managed->strings, full);
	}
}

uint32_t python_codes_frame(struct python_codes *c, const struct memory_reader *m,
	const struct python_layout *l, uint32_t entry, uint64_t instr, uint32_t tlbc_index)
{
	const struct python_code_entry *e = &c->v.v[entry];
	uint64_t offset = l->minor < 11 ? instr & UINT32_MAX : instr - e->code.code_from;
	bool fresh;
	uint32_t *slot = map_u64_put(&c->frames,
		hash_u64((uint64_t)entry << 32 | (offset & UINT32_MAX)) + tlbc_index, &fresh);

	if (fresh) {
		struct managed_frame f = { .function = e->function,
			.file = e->file,
			.module = strtab_add(&c->managed->strings, "python"),
			.line = python_code_line(&e->code, l, m, instr, tlbc_index),
			.decl_line = e->code.mark.first_line,
			.kind = FRAME_UNKNOWN };

		*slot = managed_frames_add(c->managed, &f);
	}
	return *slot;
}
