/* SPDX-License-Identifier: MIT */
/* The walk over a project's folders. */
#include "diagnose/project_scan.h"

#include "base/clock.h"
#include "base/file.h"
#include "diagnose/project_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

const struct scan_limits scan_default_limits = { .files = 400000,
	.dirs = 50000,
	.hits = 20000,
	.heads = 12000,
	.depth = 32,
	.time_ns = 3000000000ull };

/* As the kernel writes it (man 2 getdents64). */
struct dirent64_raw {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

void walk_path(const struct project_scan *s, uint32_t dir, char *out, size_t max)
{
	size_t at = max - 1;

	out[at] = '\0';
	for (; dir; dir = s->dirs.v[dir].parent) {
		const char *name = s->dirs.v[dir].name;
		size_t n = strlen(name);

		if (n + 1 > at)
			break;
		if (out[at])
			out[--at] = '/';
		at -= n;
		memcpy(out + at, name, n);
	}
	memmove(out, out + at, max - at);
}

static bool pseudo_fs(int fd)
{
	static const unsigned long kinds[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC,
		CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC,
		DEVPTS_SUPER_MAGIC, BPF_FS_MAGIC };
	struct statfs f;

	if (fstatfs(fd, &f) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if ((unsigned long)f.f_type == kinds[i])
			return true;
	return false;
}

/* Every entry of a folder, as the kernel gives them, one after the other. */
static int read_entries(struct walk *w, int fd, struct buf *ret)
{
	char chunk[32768];

	buf_init(ret, (size_t)64 << 20);
	for (;;) {
		long n = syscall(SYS_getdents64, fd, chunk, sizeof(chunk));

		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		buf_add(ret, chunk, (size_t)n);
		if (ret->overflow || ret->n / 24 > w->limits->files) {
			w->s->limit = "files";
			return 0;
		}
	}
}

static const struct dirent64_raw *entry_at(const struct buf *b, size_t *at)
{
	if (*at + sizeof(struct dirent64_raw) > b->n)
		return NULL;
	const struct dirent64_raw *e = (const void *)(b->p + *at);

	*at += e->reclen;
	return e;
}

static void tag_found(void *ctx, uint32_t tag)
{
	bool *any = ctx;

	(void)tag;
	*any = true;
}

/* Whether the folder holds what marks a virtual environment, a cache or a build folder. */
static bool holds_mark(const struct walk *w, const struct buf *entries)
{
	const struct dirent64_raw *e;
	bool any = false;

	for (size_t at = 0; !any && (e = entry_at(entries, &at));)
		name_index_match(&w->m->holds, e->name, strlen(e->name), NULL, tag_found, &any);
	return any;
}

static bool beside(const struct k_ignore *g, const struct buf *entries)
{
	const struct dirent64_raw *e;

	if (!g->beside.n)
		return true;
	for (size_t at = 0; (e = entry_at(entries, &at));)
		if (e->type != DT_DIR && knowledge_glob_any(&g->beside, e->name))
			return true;
	return false;
}

struct dir_question {
	struct walk *w;
	const struct buf *entries;
	bool ignored;
};

static const char *question_folder(void *ctx)
{
	return walk_folder(((struct dir_question *)ctx)->w);
}

static void dir_found(void *ctx, uint32_t tag)
{
	struct dir_question *q = ctx;

	q->ignored = q->ignored || beside(&q->w->m->k->ignores[MATCH_INDEX(tag)], q->entries);
}

static bool dir_ignored(struct walk *w, const char *name, const struct buf *entries)
{
	struct dir_question q = { .w = w, .entries = entries };

	if (name[0] == '.') {
		for (size_t i = 0; i < w->m->n_hidden; i++)
			if (strcmp(name, w->m->hidden[i]) == 0)
				return false;
		return true;
	}
	w->folder_known = false;
	name_index_match(&w->m->dirs, name, strlen(name), question_folder, dir_found, &q);
	return q.ignored ||
		ignore_list_has(w->own_ignores, name, strlen(name), true, w->dir, walk_folder, w);
}

static unsigned char entry_type(int fd, const struct dirent64_raw *e)
{
	struct stat st;

	if (e->type != DT_UNKNOWN)
		return e->type;
	if (fstatat(fd, e->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_UNKNOWN;
	return S_ISDIR(st.st_mode) ? DT_DIR : S_ISREG(st.st_mode) ? DT_REG : DT_UNKNOWN;
}

static bool out_of_limits(struct walk *w, unsigned depth)
{
	struct project_scan *s = w->s;

	if (s->files_seen >= w->limits->files)
		s->limit = "files";
	else if (s->dirs.n >= w->limits->dirs)
		s->limit = "folders";
	else if (depth > w->limits->depth)
		s->limit = "depth";
	else if ((s->dirs.n & 63) == 0 && clock_mono_ns() > w->deadline_ns)
		s->limit = "time";
	else
		return false;
	return true;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

typedef vec_of(const char *) name_list;

/* Files are looked at, names of the folders to enter are collected in order. */
static void look_at_entries(struct walk *w, const struct buf *entries, name_list *ret_dirs)
{
	const struct dirent64_raw *e;
	unsigned char type;

	for (size_t at = 0; (e = entry_at(entries, &at));) {
		if (strcmp(e->name, ".") == 0 || strcmp(e->name, "..") == 0)
			continue;
		type = entry_type(w->fd, e);
		if (type == DT_REG)
			walk_look_at_file(w, e->name, strlen(e->name));
		else if (type == DT_DIR && dir_ignored(w, e->name, entries))
			w->s->dirs_skipped++;
		else if (type == DT_DIR)
			*vec_push(ret_dirs) = arena_strdup(&w->s->arena, e->name);
		if (w->s->files_seen >= w->limits->files)
			break;
	}
	if (ret_dirs->n)
		qsort(ret_dirs->v, ret_dirs->n, sizeof(*ret_dirs->v), compare_names);
}

static void keep_counts(struct walk *w)
{
	for (unsigned l = 0; l <= MATCH_MAX_LANGUAGES; l++) {
		if (!w->count[l].files)
			continue;
		*vec_push(&w->s->cells) = (struct scan_cell){ .dir = w->dir,
			.language = (uint8_t)l,
			.files = w->count[l].files,
			.bytes = w->count[l].bytes };
		w->count[l] = (struct counter){ 0 };
	}
}

static void walk_dir(struct walk *w, int fd, uint32_t dir, unsigned depth);

static void enter(struct walk *w, int parent_fd, uint32_t parent, const char *name, unsigned depth)
{
	_cleanup_(fd_closep) int fd = openat(
		parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		w->s->unreadable++;
		return;
	}
	if (st.st_dev != w->root_dev && pseudo_fs(fd)) {
		w->s->dirs_skipped++;
		return;
	}
	uint32_t dir = (uint32_t)w->s->dirs.n;

	*vec_push(&w->s->dirs) =
		(struct scan_dir){ .name = name, .parent = parent, .depth = depth };
	walk_dir(w, fd, dir, depth);
}

static struct ignore_list *own_ignores(
	int fd, uint32_t dir, const struct buf *entries, struct ignore_list *above)
{
	const struct dirent64_raw *e;
	bool ignore = false, attributes = false;

	for (size_t at = 0; (e = entry_at(entries, &at));) {
		ignore = ignore || strcmp(e->name, ".gitignore") == 0;
		attributes = attributes || strcmp(e->name, ".gitattributes") == 0;
	}
	return ignore_list_read(fd, ignore, attributes, dir, above);
}

static void walk_dir(struct walk *w, int fd, uint32_t dir, unsigned depth)
{
	_cleanup_(buf_done) struct buf entries = { 0 };
	name_list dirs = { 0 };

	if (read_entries(w, fd, &entries) < 0)
		w->s->unreadable++;
	if (dir && holds_mark(w, &entries)) {
		w->s->dirs_skipped++;
		return;
	}
	w->fd = fd;
	w->dir = dir;
	struct ignore_list *above = w->own_ignores, *own = own_ignores(fd, dir, &entries, above);

	w->own_ignores = own ? own : above;
	look_at_entries(w, &entries, &dirs);
	keep_counts(w);
	buf_done(&entries);
	for (size_t i = 0; i < dirs.n && !out_of_limits(w, depth + 1); i++)
		enter(w, fd, dir, dirs.v[i], depth + 1);
	w->own_ignores = above;
	ignore_list_free(own);
	vec_done(&dirs);
}

int project_scan_run(const struct project_matcher *m, const char *root,
	const struct scan_limits *limits, struct project_scan *ret, struct err *err)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		int r = fail(err, errno, "cannot open project folder '%s': %m", root);

		fd_closep(&fd);
		return r;
	}
	struct walk *w = xcalloc(1, sizeof(*w));

	*ret = (struct project_scan){ .root_fd = fd };
	w->m = m;
	w->limits = limits;
	w->s = ret;
	w->root_dev = st.st_dev;
	w->marker_tests = xcalloc(m->k->n_detects + 1, sizeof(*w->marker_tests));
	w->deadline_ns = clock_mono_ns() + limits->time_ns;
	*vec_push(&ret->dirs) = (struct scan_dir){ .name = "" };
	walk_dir(w, fd, 0, 0);
	map_u64_done(&w->fired);
	free(w->marker_tests);
	free(w);
	return 0;
}

void project_scan_done(struct project_scan *s)
{
	fd_closep(&s->root_fd);
	vec_done(&s->dirs);
	vec_done(&s->cells);
	vec_done(&s->hits);
	vec_done(&s->manifests);
	vec_done(&s->settings);
	arena_done(&s->arena);
}

const char *project_scan_path(const struct project_scan *s, uint32_t dir, struct arena *a)
{
	char path[4096];

	walk_path(s, dir, path, sizeof(path));
	return *path ? arena_strdup(a, path) : ".";
}

const char *project_scan_file(
	const struct project_scan *s, uint32_t dir, const char *file, struct arena *a)
{
	char path[4096];

	walk_path(s, dir, path, sizeof(path));
	return path_join(a, path, file);
}
