/* SPDX-License-Identifier: MIT */
/* Main language of a command line. */
#include "diagnose/project.h"

#include "base/alloc.h"
#include "base/file.h"
#include "diagnose/project_match.h"
#include "parse/elf_image.h"
#include "parse/manifest_build.h"
#include "parse/source_head.h"

#include <stdlib.h>

enum { MAX_DEPTH = 4, MAX_WORDS = 64, SCRIPT_MAX_BYTES = 64 * 1024, SEARCH_MAX_BYTES = 4 << 20 };
#define BINARY_MAX_BYTES ((size_t)1 << 30)

struct command_look {
	const struct knowledge *k;
	struct project_matcher m;
	struct arena a;
	const char *folder; /* of the script being read: where it usually changes to; "" none */
};

/* Programs that run another one: their name, or name and subcommand. */
static const char *const wrappers[][2] = { { "env", "" }, { "nice", "" }, { "ionice", "" },
	{ "nohup", "" }, { "time", "" }, { "timeout", "" }, { "stdbuf", "" }, { "setsid", "" },
	{ "taskset", "" }, { "numactl", "" }, { "chrt", "" }, { "sudo", "" }, { "doas", "" },
	{ "exec", "" }, { "command", "" }, { "npx", "" }, { "bunx", "" }, { "dotenv", "" },
	{ "uv", "run" }, { "uvx", "" }, { "poetry", "run" }, { "pipenv", "run" }, { "pdm", "run" },
	{ "hatch", "run" }, { "conda", "run" }, { "bundle", "exec" }, { "pnpm", "exec" },
	{ "yarn", "exec" }, { "npm", "exec" }, { "mise", "exec" }, { "direnv", "exec" } };

static const char *language_of(struct command_look *c, const char *const *argv, unsigned depth);

static const char *id_of(const struct command_look *c, unsigned language)
{
	if (language == MATCH_HEADER)
		return "c";
	return language < c->k->n_languages ? c->k->languages[language].id : "";
}

/* "5", "0-3", "1.5s" and options are arguments of the wrapper, "A=b" sets a variable for the
 * command. */
static bool belongs_to_wrapper(const char *word)
{
	size_t eq = strcspn(word, "=");

	return word[0] == '-' || (word[0] >= '0' && word[0] <= '9') ||
		(word[eq] && !memchr(word, '/', eq));
}

static const char *const *unwrap(const char *const *argv)
{
	for (size_t i = 0; i < ARRAY_LEN(wrappers); i++) {
		bool sub = *wrappers[i][1] != '\0';

		if (strcmp(path_base(argv[0]), wrappers[i][0]) != 0 ||
			(sub && (!argv[1] || strcmp(argv[1], wrappers[i][1]) != 0)))
			continue;
		argv += sub ? 2 : 1;
		while (*argv && belongs_to_wrapper(*argv))
			argv++;
		return argv;
	}
	return NULL;
}

static const char *language_of_words(struct command_look *c, struct span text, unsigned depth)
{
	const char *words[MAX_WORDS + 1];
	size_t n = 0, i = 0;

	while (i < text.n && n < MAX_WORDS) {
		while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\t'))
			i++;
		size_t from = i;

		while (i < text.n && text.p[i] != ' ' && text.p[i] != '\t' && text.p[i] != ';' &&
			text.p[i] != '&' && text.p[i] != '|')
			i++;
		if (i == from)
			break;
		words[n++] = arena_strndup(&c->a, text.p + from, i - from);
	}
	words[n] = NULL;
	while (n && belongs_to_wrapper(words[0]) && n > 1)
		memmove(words, words + 1, n-- * sizeof(*words));
	return n ? language_of(c, words, depth) : "";
}

/* python3.11 and node18 are python3 and node */
static unsigned interpreter_number(const struct command_look *c, const char *program)
{
	const char *base = path_base(program);
	size_t n = strlen(base);
	unsigned l = project_matcher_interpreter(&c->m, span_str(base));

	while (l == LANGUAGE_NONE && n &&
		((base[n - 1] >= '0' && base[n - 1] <= '9') || base[n - 1] == '.'))
		l = project_matcher_interpreter(&c->m, span_of(base, --n));
	return l;
}

/* A shell script stands for the last program it starts with exec, or else the last one it names. */
static const char *language_of_script(
	struct command_look *c, const char *path, struct span text, unsigned depth)
{
	const char *found = "", *outside = c->folder, *base = path_base(path);
	struct span line;

	c->folder = base == path ? "." : arena_strndup(&c->a, path, (size_t)(base - path));
	while (span_next_line(&text, &line)) {
		line = text_without_comment(span_trim(line), " #");
		_cleanup_(freep) char *first = xstrndup((const char *)line.p, text_word(line).n);
		bool starts = span_starts(line, "exec ") ||
			(strchr(first, '/') && *first != '/' && first[0] != '"') ||
			interpreter_number(c, first) != LANGUAGE_NONE;
		const char *l = starts ? language_of_words(c, line, depth + 1) : "";

		if (*l && strcmp(l, "shell") != 0)
			found = l;
	}
	c->folder = outside;
	return *found ? found : "shell";
}

static bool section_has(struct elf_image *img, const char *name, const char *text)
{
	const struct elf_section *s = elf_image_section(img, name);
	struct span data = s ? elf_section_raw(img, s) : (struct span){ 0 };

	data.n = MIN(data.n, (size_t)SEARCH_MAX_BYTES);
	return data.n && memmem(data.p, data.n, text, strlen(text));
}

static const char *language_of_binary(struct command_look *c, struct span file)
{
	struct elf_image img;
	const char *found = "c";

	if (elf_image_init(&img, file, NULL) < 0)
		return "";
	for (size_t l = 0; l < c->k->n_languages && strcmp(found, "c") == 0; l++) {
		const struct k_strings *marks = &c->k->languages[l].binary;

		for (size_t i = 0; i < marks->n; i++)
			if (elf_image_section(&img, marks->v[i]) ||
				section_has(&img, ".dynstr", marks->v[i]) ||
				section_has(&img, ".comment", marks->v[i]) ||
				section_has(&img, ".strtab", marks->v[i]) ||
				section_has(&img, ".rodata", marks->v[i]))
				found = c->k->languages[l].id;
	}
	elf_image_done(&img);
	return found;
}

/* The file that would be executed, searched in PATH like the shell does; NULL. */
static const char *executable_path(struct command_look *c, const char *program)
{
	const char *path = getenv("PATH");

	if (strchr(program, '/') && path_exists(program))
		return program;
	if (strchr(program, '/')) {
		const char *beside = program[0] != '/' && *c->folder
			? path_join(&c->a, c->folder, program)
			: program;

		return path_exists(beside) ? beside : NULL;
	}
	for (const char *p = path ? path : ""; *p;) {
		size_t n = strcspn(p, ":");
		const char *full = path_join(&c->a, arena_strndup(&c->a, p, n), program);

		if (n && path_exists(full) && !path_is_dir(full))
			return full;
		p += n + (p[n] == ':');
	}
	return NULL;
}

static const char *language_of_file(struct command_look *c, const char *path, unsigned depth)
{
	struct file_map map = { 0 };
	const char *l = "";

	if (file_map_open(&map, path, BINARY_MAX_BYTES, NULL) < 0)
		return "";
	struct span interpreter =
		source_interpreter(span_sub(map.s, 0, MIN(map.s.n, (size_t)SOURCE_HEAD_BYTES)));

	if (interpreter.n) {
		l = id_of(c, project_matcher_interpreter(&c->m, interpreter));
		if (strcmp(l, "shell") == 0)
			l = language_of_script(c, path,
				span_sub(map.s, 0, MIN(map.s.n, (size_t)SCRIPT_MAX_BYTES)), depth);
	} else if (span_starts(map.s, "\177ELF")) {
		l = language_of_binary(c, map.s);
	}
	file_map_done(&map);
	return l;
}

/* What an interpreter runs may say more: node runs TypeScript too, sh runs anything. */
static const char *language_of_interpreted(
	struct command_look *c, const char *id, const char *const *argv, unsigned depth)
{
	bool shell = strcmp(id, "shell") == 0;

	for (size_t i = 1; argv[i]; i++) {
		if (shell && strcmp(argv[i], "-c") == 0 && argv[i + 1])
			return language_of_words(c, span_str(argv[i + 1]), depth + 1);
		if (argv[i][0] == '-')
			continue;
		if (shell) {
			_cleanup_(buf_done) struct buf text = { 0 };

			if (file_read(argv[i], SCRIPT_MAX_BYTES, &text, NULL) < 0)
				return id;
			return language_of_script(c, argv[i], buf_span(&text), depth);
		}
		const char *by_name =
			id_of(c, project_matcher_extension(&c->m, argv[i], strlen(argv[i])));

		return *by_name && strcmp(language_family(by_name), language_family(id)) == 0
			? by_name
			: id;
	}
	return id;
}

static const char *language_of(struct command_look *c, const char *const *argv, unsigned depth)
{
	const char *const *inner;

	if (!argv[0] || depth > MAX_DEPTH)
		return "";
	inner = unwrap(argv);
	if (inner)
		return language_of(c, inner, depth + 1);
	unsigned number = interpreter_number(c, argv[0]);

	if (number != LANGUAGE_NONE)
		return language_of_interpreted(c, id_of(c, number), argv, depth);
	const char *path = executable_path(c, argv[0]);
	const char *l = path ? language_of_file(c, path, depth) : "";

	return *l ? l : id_of(c, project_matcher_extension(&c->m, argv[0], strlen(argv[0])));
}

const char *project_language_of_command(const struct knowledge *k, const char *const *argv)
{
	struct command_look c = { .k = k, .folder = "" };

	if (!argv || !argv[0])
		return "";
	project_matcher_init(&c.m, k);
	const char *l = language_of(&c, argv, 0);

	project_matcher_done(&c.m);
	arena_done(&c.a);
	return l;
}

const char *project_symptom_language(const char *language)
{
	static const char *const same[] = { "python", "go", "rust", "java", "c", "cpp", "ruby",
		"php", "sql" };
	const char *family = language_family(language);

	if (strcmp(family, "javascript") == 0)
		return "javascript-backend";
	if (strcmp(family, "csharp") == 0)
		return "dotnet";
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		if (strcmp(same[i], language) == 0 || strcmp(same[i], family) == 0)
			return strcmp(language, "cpp") == 0 ? "cpp" : same[i];
	return "none";
}
