/* SPDX-License-Identifier: MIT */
/* From frames to functions with a role. */
#include "analyze/code_map.h"

#include "analyze/names.h"

static const struct {
	const char *word;
	enum code_role role;
	bool finer; /* than what a symboliser says */
} role_words[] = {
	{ "app", CODE_APP, false },
	{ "library", CODE_LIBRARY, false },
	{ "runtime", CODE_RUNTIME, false },
	{ "kernel", CODE_KERNEL, false },
	{ "entry", CODE_ENTRY, true },
	{ "special", CODE_SPECIAL, true },
	{ "accessor", CODE_ACCESSOR, true },
	{ "allocator", CODE_ALLOCATOR, true },
	{ "collector", CODE_COLLECTOR, true },
	{ "spawner", CODE_SPAWNER, true },
	{ "trampoline", CODE_TRAMPOLINE, true },
	{ "machinery", CODE_RUNTIME, false },
};

/* "?" stands for an unknown source file, as in the frame classes. */
static bool class_matches(
	const struct k_frame_class *c, const char *module, const char *plain, const char *file)
{
	return (!c->modules.n || knowledge_glob_any(&c->modules, module)) &&
		(!c->functions.n || knowledge_glob_any(&c->functions, plain)) &&
		(!c->files.n || knowledge_glob_any(&c->files, *file ? file : "?"));
}

/* Nameless code of a program that a class without function names takes for run time: a shell's. */
static bool is_runtime_module(const struct knowledge *k, const char *module)
{
	for (size_t i = 0; i < k->n_frame_classes; i++) {
		const struct k_frame_class *c = &k->frame_classes[i];

		if (c->modules.n && !c->functions.n && !c->files.n &&
			strcmp(c->kind, "runtime") == 0 && knowledge_glob_any(&c->modules, module))
			return true;
	}
	return false;
}

static enum code_role coarse_role(
	const struct knowledge *k, const struct frame *f, const char *module)
{
	switch ((enum frame_kind)f->kind) {
	case FRAME_KERNEL:
		return CODE_KERNEL;
	case FRAME_LIBRARY:
		return CODE_LIBRARY;
	case FRAME_RUNTIME:
		return CODE_RUNTIME;
	case FRAME_UNKNOWN:
		return is_runtime_module(k, module) ? CODE_RUNTIME
			: strstr(module, ".so")     ? CODE_LIBRARY
						    : CODE_APP;
	default:
		return CODE_APP;
	}
}

/*
 * The first class that matches says the role. What the symboliser took for library, run time or
 * kernel stays so unless a finer role applies.
 */
static enum code_role role_of(const struct knowledge *k, const struct profile *p,
	const struct frame *f, const char *plain)
{
	const char *module = profile_str(p, f->module), *file = profile_str(p, f->file);
	enum code_role coarse = coarse_role(k, f, module);

	if (coarse == CODE_KERNEL)
		return coarse;
	for (size_t i = 0; i < k->n_frame_classes; i++) {
		const struct k_frame_class *c = &k->frame_classes[i];

		if (!class_matches(c, module, plain, file))
			continue;
		for (size_t r = 0; r < ARRAY_LEN(role_words); r++) {
			if (strcmp(c->kind, role_words[r].word) != 0)
				continue;
			/* the main() of an interpreter or a shell is not the program's */
			if (role_words[r].role == CODE_ENTRY && coarse == CODE_RUNTIME)
				return coarse;
			if (role_words[r].finer || coarse == CODE_APP)
				return role_words[r].role;
		}
	}
	return coarse;
}

/* The parameters of a demangled name: its last "(...)" outside template brackets; NULL none. */
static const char *parameters(const char *display)
{
	const char *found = NULL;
	int depth = 0;

	for (const char *c = display; *c; c++) {
		if (*c == '<' && strncmp(c - (c > display), "operator<", 9) != 0)
			depth++;
		else if (*c == '>' && depth && c[-1] != '-')
			depth--;
		else if (*c == '(' && depth == 0 && (!found || c[-1] != ' '))
			found = c;
	}
	return found;
}

/* One parameter that ends in `suffix`: " const&" for a copy, "&&" for a move. */
static bool takes_one(const char *args, const char *suffix)
{
	int depth = 0;

	for (const char *c = args + 1; *c; c++) {
		if (*c == '<' || *c == '(')
			depth++;
		else if ((*c == '>' || *c == ')') && depth)
			depth--;
		else if (*c == ',' && depth == 0)
			return false;
		else if (*c == ')')
			return (size_t)(c - args) > strlen(suffix) &&
				strncmp(c - strlen(suffix), suffix, strlen(suffix)) == 0;
	}
	return false;
}

enum member { MEMBER_OTHER, MEMBER_COPY, MEMBER_MOVE, MEMBER_DESTROY };

/* What kind of special member a function is; without parameters in its name the benefit of doubt.
 */
static enum member member_of(const char *plain, const char *display)
{
	if (!name_is_special_member(plain))
		return MEMBER_OTHER;

	const char *args = parameters(display);

	if (*name_last(plain) == '~')
		return MEMBER_DESTROY;
	if (!args || takes_one(args, " const&"))
		return MEMBER_COPY;
	return takes_one(args, "&&") ? MEMBER_MOVE : MEMBER_OTHER;
}

static const char *alias_of(const struct knowledge *k, const char *plain)
{
	for (size_t i = 0; i < k->n_aliases; i++)
		if (knowledge_glob(k->aliases[i].pattern, plain))
			return k->aliases[i].name;
	return plain;
}

/* Joins what one more frame tells about its function. */
static void learn(struct code_function *fn, const struct profile *p, const struct frame *f,
	enum code_role role, bool closure)
{
	const char *file = profile_str(p, f->file);
	bool better = code_is_app(role) && !code_is_app(fn->role);

	/* a line that a library macro put into the function has the library's file */
	if (better)
		fn->role = role;
	if (*file && (!*fn->file || better))
		fn->file = file;
	if (f->decl_line && strcmp(file, fn->file) == 0 && (!closure || !fn->decl_line) &&
		(!fn->decl_line || f->decl_line < fn->decl_line))
		fn->decl_line = f->decl_line;
	fn->inlined_only = fn->inlined_only && f->inlined;
}

const struct k_runtime *code_runtime(const struct knowledge *k, const char *module)
{
	for (size_t i = 0; *module && i < k->n_runtimes; i++)
		if (strcmp(k->runtimes[i].frames, module) == 0)
			return &k->runtimes[i];
	return NULL;
}

static uint32_t function_of(struct code_map *m, struct map_u64 *index, const struct knowledge *k,
	const struct frame *f, struct buf *name)
{
	const struct profile *p = m->profile;
	const char *display = profile_str(p, f->function);
	bool closure, fresh, script = strcmp(profile_str(p, f->module), "v8") == 0;

	/* JavaScript's names are bare already; "(anonymous)" is one, told apart by its place */
	if (script) {
		buf_clear(name);
		buf_puts(name, display);
		closure = false;
	} else {
		name_plain(display, name, &closure);
	}

	bool bare = name->n == 0;

	if (bare)
		buf_puts(name, display);

	uint64_t h = hash_bytes(name->p ? name->p : "", name->n, f->module);

	/* one module holds all code of a runtime: there only the file tells functions apart */
	if (code_runtime(k, profile_str(p, f->module)))
		h = hash_u64(h ^ f->file);
	if (script && display[0] == '(')
		h = hash_u64(h ^ f->decl_line);

	uint32_t *slot = map_u64_put(index, h, &fresh);
	enum code_role role = bare ? CODE_SPECIAL : role_of(k, p, f, buf_cstr(name));

	enum member member = bare ? MEMBER_OTHER : member_of(buf_cstr(name), display);

	if (role == CODE_APP && member != MEMBER_OTHER)
		role = CODE_SPECIAL;
	if (fresh) {
		*slot = (uint32_t)m->functions.n;

		struct code_function *fn = vec_push(&m->functions);

		*fn = (struct code_function){ .plain = arena_strdup(&m->arena, buf_cstr(name)),
			.file = "",
			.module = profile_str(p, f->module),
			.role = role,
			.inlined_only = true };
		fn->name = alias_of(k, fn->plain);
	}
	/* library constructors are many; only a visible copy counts */
	if (member == MEMBER_COPY && (role == CODE_SPECIAL || parameters(display)))
		m->functions.v[*slot].copies = true;
	learn(&m->functions.v[*slot], p, f, role, closure);
	return *slot;
}

void code_map_init(struct code_map *m, const struct profile *p, const struct knowledge *k)
{
	struct map_u64 index = { 0 };
	_cleanup_(buf_done) struct buf name = { 0 };

	*m = (struct code_map){ .profile = p };
	m->of_frame = xcalloc(p->frames.n ? p->frames.n : 1, sizeof(*m->of_frame));
	for (size_t i = 0; i < p->frames.n; i++)
		m->of_frame[i] = function_of(m, &index, k, &p->frames.v[i], &name);
	map_u64_done(&index);
}

void code_map_done(struct code_map *m)
{
	vec_done(&m->functions);
	free(m->of_frame);
	m->of_frame = NULL;
	arena_done(&m->arena);
}
