/* SPDX-License-Identifier: MIT */
/* Folders with programs: PATH, virtual environments, node_modules, per-user package managers. */
#include "diagnose/tool_paths.h"

#include "base/file.h"
#include "base/vec.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DIRS = 128, MAX_UP = 24, MAX_MANIFEST_BYTES = 1 << 20 };

struct dirs {
	const char **v;
	size_t n, cap;
};

static void add(struct dirs *d, const char *dir)
{
	/* relative entries of PATH depend on where one stands: never used to run something */
	if (!dir || dir[0] != '/' || d->n >= MAX_DIRS || !path_is_dir(dir))
		return;
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->v[i], dir) == 0)
			return;
	*vec_push(d) = dir;
}

static const char *under(struct arena *a, const char *dir, const char *name)
{
	return dir && *dir ? path_join(a, dir, name) : NULL;
}

/* The folder of a virtual environment has bin/ and pyvenv.cfg. */
static const char *venv_at(struct arena *a, const char *dir)
{
	return dir && *dir && path_exists(path_join(a, dir, "pyvenv.cfg")) ? dir : NULL;
}

static const char *find_venv(struct arena *a, const char *given, const char *project)
{
	static const char *const names[] = { "venv", ".venv", "env" };
	const char *v = venv_at(a, given);

	for (size_t i = 0; !v && project && i < ARRAY_LEN(names); i++)
		v = venv_at(a, path_join(a, project, names[i]));
	return v;
}

static void add_upwards(struct arena *a, struct dirs *d, const char *from, const char *name)
{
	char *dir = from ? realpath(from, NULL) : NULL;

	for (int i = 0; dir && i < MAX_UP; i++) {
		add(d, path_join(a, dir, name));
		char *slash = strrchr(dir, '/');

		if (!slash || !dir[1])
			break;
		slash[slash == dir] = '\0';
	}
	free(dir);
}

static void add_path_list(struct arena *a, struct dirs *d, const char *list, const char *below)
{
	while (list && *list) {
		size_t n = strcspn(list, ":");
		const char *dir = arena_strndup(a, list, n);

		add(d, below ? under(a, dir, below) : dir);
		list += n + (list[n] == ':');
	}
}

void tool_places_find(struct arena *a, const struct tool_search *s, struct tool_places *ret)
{
	const char *home = s->home ? s->home : getenv("HOME");
	const char *gopath = s->gopath ? s->gopath : getenv("GOPATH");
	const char *venv =
		find_venv(a, s->virtual_env ? s->virtual_env : getenv("VIRTUAL_ENV"), s->project);
	static const char *const per_user[] = { ".local/bin", ".cargo/bin", "go/bin",
		".pyenv/shims", ".dotnet/tools", ".npm-global/bin", ".rbenv/shims", ".volta/bin" };
	static const char *const system_wide[] = { "/usr/local/bin", "/usr/bin", "/bin",
		"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/go/bin", "/snap/bin",
		"/home/linuxbrew/.linuxbrew/bin" };
	struct dirs d = { 0 };

	if (venv)
		add(&d, path_join(a, venv, "bin"));
	add_upwards(a, &d, s->project, "node_modules/.bin");
	add_path_list(a, &d, s->path ? s->path : getenv("PATH"), NULL);
	add(&d, s->gobin ? s->gobin : getenv("GOBIN"));
	add_path_list(a, &d, gopath, "bin");
	for (size_t i = 0; i < ARRAY_LEN(per_user); i++)
		add(&d, under(a, home, per_user[i]));
	for (size_t i = 0; !s->path && i < ARRAY_LEN(system_wide); i++)
		add(&d, system_wide[i]);
	const char **copy = arena_array(a, d.n, sizeof(*copy));

	if (d.n)
		memcpy(copy, d.v, d.n * sizeof(*copy));
	*ret = (struct tool_places){ .dirs = copy, .n = d.n, .venv = venv ? venv : "" };
	vec_done(&d);
}

const char *tool_places_look(struct arena *a, const struct tool_places *places, const char *binary)
{
	char path[4096];

	for (size_t i = 0; i < places->n; i++) {
		struct stat st;
		int n = snprintf(path, sizeof(path), "%s/%s", places->dirs[i], binary);

		if (n > 0 && (size_t)n < sizeof(path) && stat(path, &st) == 0 &&
			S_ISREG(st.st_mode) && access(path, X_OK) == 0)
			return arena_strdup(a, path);
	}
	return NULL;
}

static const char *npm_version(struct arena *a, const char *real)
{
	static const char mark[] = "/node_modules/";
	const char *at = NULL;

	for (const char *p = real; (p = strstr(p, mark)); p++)
		at = p + sizeof(mark) - 1;
	if (!at)
		return "";
	size_t n = strcspn(at, "/");

	if (*at == '@' && at[n]) /* @scope/name */
		n += 1 + strcspn(at + n + 1, "/");
	const char *manifest =
		arena_printf(a, "%.*s/package.json", (int)(at - real + (ptrdiff_t)n), real);
	_cleanup_(buf_done) struct buf text = { 0 };

	if (file_read(manifest, MAX_MANIFEST_BYTES, &text, NULL) < 0)
		return "";
	json_auto_t *root = json_loadb(text.p, text.n, 0, NULL);
	const char *v = json_string_value(json_object_get(root, "version"));

	return v && strlen(v) < 40 ? arena_strdup(a, v) : "";
}

/* "py_spy-0.4.3.dist-info" for "py-spy": case, '-', '_' and '.' do not matter. */
static bool dist_matches(const char *entry, const char *program, const char **ret_version)
{
	size_t i = 0;

	for (; program[i]; i++) {
		char x = entry[i], y = program[i];

		x = x == '_' || x == '.' ? '-' : x >= 'A' && x <= 'Z' ? (char)(x + 32) : x;
		y = y == '_' || y == '.' ? '-' : y >= 'A' && y <= 'Z' ? (char)(y + 32) : y;
		if (x != y)
			return false;
	}
	/* austin-dist installs austin */
	if (strncmp(entry + i, "_dist-", 6) == 0)
		i += 5;
	if (entry[i] != '-' || !(entry[i + 1] >= '0' && entry[i + 1] <= '9'))
		return false;
	*ret_version = entry + i + 1;
	return true;
}

static const char *scan_site(struct arena *a, const char *site, const char *program)
{
	_cleanup_(dir_closep) DIR *d = opendir(site);

	for (struct dirent *e; d && (e = readdir(d));) {
		const char *v, *end = strstr(e->d_name, ".dist-info");

		if (end && dist_matches(e->d_name, program, &v) && v < end && end - v < 40)
			return arena_strndup(a, v, (size_t)(end - v));
	}
	return "";
}

static const char *python_version(struct arena *a, const char *path)
{
	const char *name = path_base(path);
	size_t bin = (size_t)(name - path);

	if (bin < 5 || strncmp(name - 5, "/bin/", 5) != 0)
		return "";
	const char *lib = arena_printf(a, "%.*s/lib", (int)bin - 5, path);
	_cleanup_(dir_closep) DIR *d = opendir(lib);

	for (struct dirent *e; d && (e = readdir(d));) {
		if (strncmp(e->d_name, "python3", 7) != 0)
			continue;
		const char *v =
			scan_site(a, arena_printf(a, "%s/%s/site-packages", lib, e->d_name), name);

		if (*v)
			return v;
	}
	return "";
}

static bool is_script(const char *path)
{
	char head[2] = "";
	_cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, head, 2) == 2 && head[0] == '#' && head[1] == '!';
}

const char *tool_recorded_version(struct arena *a, const char *path)
{
	if (!is_script(path))
		return "";
	char *real = realpath(path, NULL);
	const char *v = real ? npm_version(a, real) : "";

	free(real);
	return *v ? v : python_version(a, path);
}
