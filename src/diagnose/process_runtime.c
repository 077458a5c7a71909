/* SPDX-License-Identifier: MIT */
/* Runtime recognition by the records of knowledge/runtimes. */
#include "diagnose/process_runtime.h"

#include "base/alloc.h"
#include "base/file.h"
#include "parse/elf_image.h"
#include "parse/elf_symbols.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char place[] = "{version}";

static size_t version_length(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max &&
		(isdigit((unsigned char)s[n]) ||
			(s[n] == '.' && n && n + 1 < max && isdigit((unsigned char)s[n + 1]))))
		n++;
	return n;
}

const char *version_match(const char *text, const char *pattern, struct arena *a)
{
	const char *at = strstr(pattern, place);

	if (!at)
		return "";
	size_t before = (size_t)(at - pattern);
	const char *after = at + sizeof(place) - 1;
	size_t len = strlen(text);

	for (size_t i = 0; i + before <= len; i++) {
		if (memcmp(text + i, pattern, before) != 0)
			continue;
		size_t n = version_length(text + i + before, len - i - before);

		if (n && strncmp(text + i + before + n, after, strlen(after)) == 0)
			return arena_strndup(a, text + i + before, n);
	}
	return "";
}

/* ---- sources of a version ------------------------------------------------------------------- */

struct version_search {
	const struct process_view *v;
	const struct build_notes *notes;
	const char *file; /* the mapped file that gave the runtime away, else the executable */
};

static const char *from_path(const struct version_search *s, const char *pattern)
{
	const char *found = version_match(s->file, pattern, s->v->a);

	return *found ? found : version_match(s->v->exe, pattern, s->v->a);
}

/* "file:../../release#JAVA_VERSION=\"{version}\"": a small text file beside the mapped one */
static const char *from_file(const struct version_search *s, const char *spec)
{
	const char *hash = strchr(spec, '#');
	struct buf b;
	const char *found = "";

	if (!hash || !*s->file)
		return "";
	const char *slash = strrchr(s->file, '/');
	const char *path = arena_printf(
		s->v->a, "%.*s/%.*s", (int)(slash - s->file), s->file, (int)(hash - spec), spec);

	buf_init(&b, 1 << 16);
	if (file_read(process_view_reach(s->v, path), 1 << 16, &b, NULL) == 0)
		found = version_match(buf_cstr(&b), hash + 1, s->v->a);
	buf_done(&b);
	return found;
}

enum { MAX_ELF = 1 << 30 };

struct opened {
	struct file_map map;
	struct elf_image img;
};

static bool open_elf(const struct version_search *s, struct opened *ret)
{
	if (!*s->file ||
		file_map_open(&ret->map, process_view_reach(s->v, s->file), MAX_ELF, NULL) < 0)
		return false;
	if (elf_image_init(&ret->img, ret->map.s, NULL) == 0)
		return true;
	file_map_done(&ret->map);
	return false;
}

static void close_elf(struct opened *o)
{
	elf_image_done(&o->img);
	file_map_done(&o->map);
}

/* PY_VERSION_HEX in a symbol of the file's constant data: 0x030b02f0 is 3.11.2 final. */
static const char *from_hex_symbol(const struct version_search *s, const char *symbol)
{
	const char *found = "";
	struct opened o;
	uint64_t addr;

	if (!open_elf(s, &o))
		return "";
	if (elf_symbol_address(&o.img, symbol, &addr)) {
		struct cursor c = cursor_of(elf_image_at(&o.img, addr), 0);
		uint64_t hex = cursor_u64(&c);

		if (!c.bad && hex >> 24 < 16 && hex >> 24 > 0)
			found = arena_printf(s->v->a, "%u.%u.%u", (unsigned)(hex >> 24 & 0xff),
				(unsigned)(hex >> 16 & 0xff), (unsigned)(hex >> 8 & 0xff));
	}
	close_elf(&o);
	return found;
}

/* The first match of the pattern in a block; the block is NUL-ended. */
static const char *search_block(
	const char *block, size_t n, const char *pattern, size_t literal, struct arena *a)
{
	const char *found = "";

	for (size_t at = 0; at < n && !*found;) {
		const char *hit = memmem(block + at, n - at, pattern, literal);

		if (!hit)
			break;
		char text[256] = "";

		memcpy(text, hit, MIN((size_t)(block + n - hit), sizeof(text) - 1));
		found = version_match(text, pattern, a);
		at = (size_t)(hit - block) + literal;
	}
	return found;
}

/*
 * Constant text in the file, the first match counts. Read in blocks and not through the mapping:
 * some runtimes carry 30 MB of constants, which would count as our memory.
 */
static const char *from_rodata(const struct version_search *s, const char *pattern)
{
	enum { BLOCK = 256 << 10, OVERLAP = 256 };
	const char *at = strstr(pattern, place), *found = "";
	struct opened o;

	if (!at || at == pattern || !open_elf(s, &o))
		return "";
	const struct elf_section *ro = elf_image_section(&o.img, ".rodata");
	uint64_t from = ro ? ro->off : 0,
		 end = ro ? ro->off + MIN(ro->size, (uint64_t)256 << 20) : 0;
	_cleanup_(fd_closep) int fd = open(process_view_reach(s->v, s->file), O_RDONLY | O_CLOEXEC);
	_cleanup_(freep) char *block = xmalloc(BLOCK);

	close_elf(&o);
	while (fd >= 0 && from < end && !*found) {
		ssize_t n = pread(fd, block, (size_t)MIN((uint64_t)BLOCK, end - from), (off_t)from);

		if (n <= 0)
			break;
		found = search_block(block, (size_t)n, pattern, (size_t)(at - pattern), s->v->a);
		from += n > OVERLAP ? (uint64_t)n - OVERLAP : (uint64_t)n;
	}
	return found;
}

static const char *find_version(const struct version_search *s, const struct k_runtime *r)
{
	static const struct {
		const char *prefix;
		const char *(*find)(const struct version_search *s, const char *spec);
	} ways[] = {
		{ "path:", from_path },
		{ "file:", from_file },
		{ "pyhex:", from_hex_symbol },
		{ "rodata:", from_rodata },
	};
	const char *found = "";

	for (size_t i = 0; i < r->versions.n && !*found; i++) {
		const char *spec = r->versions.v[i];

		for (size_t w = 0; w < ARRAY_LEN(ways); w++)
			if (strncmp(spec, ways[w].prefix, strlen(ways[w].prefix)) == 0)
				found = ways[w].find(s, spec + strlen(ways[w].prefix));
		if (strncmp(spec, "compiler:", 9) == 0)
			found = version_match(s->notes->producer, spec + 9, s->v->a);
		else if (strcmp(spec, "go-buildinfo") == 0)
			found = version_match(s->notes->go_version, "go{version}", s->v->a);
	}
	return found;
}

/* ---- which runtime ------------------------------------------------------------------------- */

struct match {
	const struct k_runtime *r;
	const char *file, *because;
	double score;
};

static bool is_library(const char *path)
{
	const char *so = strstr(path_base(path), ".so");

	return so != NULL;
}

/* The executable says more than a mapped library: Python may load a JVM. */
static void match_runtime(const struct process_view *v, const struct build_notes *notes,
	const struct k_runtime *r, struct match *best)
{
	struct match m = { .r = r, .file = v->exe };
	const char *exe = path_base(v->exe);

	if (!*exe && v->args.n)
		exe = path_base(v->args.v[0]);
	if (*exe && knowledge_glob_any(&r->executables, exe)) {
		m.because = arena_printf(v->a, "executable %s", exe);
		m.score = 1000;
	}
	for (size_t i = 0; i < v->modules.n; i++) {
		const char *path = v->modules.v[i];

		if (!knowledge_glob_any(&r->modules, path))
			continue;
		if (!m.because)
			m.because = arena_printf(v->a, "%s mapped", path_base(path));
		m.score += 500;
		/* the library holds the version; the executable is often a small starter */
		if (is_library(path) || !*m.file)
			m.file = path;
		break;
	}
	if (!m.because && *notes->go_version && knowledge_glob_any(&r->sections, ".go.buildinfo")) {
		m.because = "section .go.buildinfo";
		m.score = 900;
	}
	if (!m.because && *notes->producer && knowledge_glob_any(&r->comments, notes->producer)) {
		m.because = arena_printf(v->a, "compiled by %.60s", notes->producer);
		m.score = 400;
	}
	if (!m.because)
		return;
	m.score += r->priority;
	if (!best->r || m.score > best->score)
		*best = m;
}

/* C and C++ share a runtime: the debug information tells them apart. */
static const char *language_of(const struct k_runtime *r, const struct build_notes *notes)
{
	if (strcmp(r->language, "c") == 0 && strcmp(notes->language, "c++") == 0)
		return "cpp";
	if (strcmp(r->language, "cpp") == 0 && strcmp(notes->language, "c") == 0)
		return "c";
	return r->language;
}

const struct k_runtime *process_runtime_judge(const struct process_view *v,
	const struct build_notes *notes, const struct knowledge *k, struct process_info *ret,
	const char **ret_file)
{
	struct match best = { 0 };

	for (size_t i = 0; i < k->n_runtimes; i++)
		match_runtime(v, notes, &k->runtimes[i], &best);
	ret->runtime = ret->version = ret->runtime_because = ret->language = "";
	*ret_file = "";
	if (!best.r && notes->is_elf) {
		ret->runtime = "native";
		ret->runtime_because = "machine code without a known runtime";
	}
	if (!best.r)
		return NULL;
	struct version_search s = { .v = v, .notes = notes, .file = best.file };

	*ret_file = best.file;
	ret->runtime = best.r->name;
	ret->version = find_version(&s, best.r);
	ret->runtime_because = best.because;
	ret->language = strcmp(best.r->language, "none") == 0 ? "" : language_of(best.r, notes);
	return best.r;
}
