/* SPDX-License-Identifier: MIT */
/* What a walk makes of one file: its language and size, what it imports, what its name gives away.
 */
#include "diagnose/project_walk.h"

#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_MANIFESTS = 3000, MAX_SETTINGS = 1000, MAX_MARKER_TESTS = 600 };

const char *walk_folder(void *ctx)
{
	struct walk *w = ctx;

	if (!w->folder_known)
		walk_path(w->s, w->dir, w->folder, sizeof(w->folder));
	w->folder_known = true;
	return w->folder;
}

static void add_hit(struct walk *w, uint32_t detect, enum hit_how how)
{
	struct project_scan *s = w->s;
	bool is_new;

	if (s->hits.n >= w->limits->hits)
		return;
	map_u64_put(&w->fired, (uint64_t)w->dir << 32 | (uint64_t)how << 24 | detect, &is_new);
	if (!is_new)
		return;
	*vec_push(&s->hits) = (struct scan_hit){ .dir = w->dir,
		.detect = detect,
		.how = how,
		.file = arena_strdup(&s->arena, w->name),
		.word = how == HIT_IMPORT ? arena_strndup(&s->arena, w->word.p, w->word.n) : "",
		.language = (uint8_t)w->language };
}

static void name_found(void *ctx, uint32_t tag)
{
	struct walk *w = ctx;
	uint32_t i = MATCH_INDEX(tag);

	switch (MATCH_CLASS(tag)) {
	case MATCH_DETECT:
		if (w->m->k->detects[i].markers.n) {
			if (w->n_marked < MAX_PER_FILE)
				w->marked[w->n_marked++] = i;
		} else if (w->n_detects < MAX_PER_FILE) {
			w->detects[w->n_detects++] = i;
		}
		break;
	case MATCH_IGNORE:
		w->ignored = true;
		break;
	case MATCH_MANIFEST:
		w->manifest = true;
		w->manifest_format = i;
		break;
	case MATCH_LANGUAGE:
		break;
	}
}

static void import_detect(void *ctx, uint32_t detect)
{
	struct walk *w = ctx;
	const struct k_detect *d = &w->m->k->detects[detect];
	const char *language =
		w->language == MATCH_HEADER ? "c" : w->m->k->languages[w->language].id;

	if (project_detect_speaks(d, language))
		add_hit(w, detect, HIT_IMPORT);
}

static void import_found(void *ctx, struct span name)
{
	struct walk *w = ctx;
	enum import_style style = w->m->style[w->language];

	w->word = name;
	word_index_find_prefixes(&w->m->imports, name, import_separator(style), import_detect, w);
}

static size_t read_head(struct walk *w)
{
	_cleanup_(fd_closep) int fd =
		openat(w->fd, w->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	ssize_t r = fd < 0 ? -1 : read(fd, w->head, sizeof(w->head));

	w->s->heads_read++;
	if (r < 0) {
		w->s->unreadable++;
		return 0;
	}
	return (size_t)r;
}

static void test_markers(struct walk *w, struct span head)
{
	for (unsigned i = 0; i < w->n_marked; i++) {
		const struct k_strings *marks = &w->m->k->detects[w->marked[i]].markers;
		uint16_t *tests = &w->marker_tests[w->marked[i]];

		/* what hundreds of files don't show is not worth the time of searching thousands */
		if (*tests == MAX_MARKER_TESTS)
			continue;
		(*tests)++;
		for (size_t n = 0; n < marks->n; n++) {
			if (!head.n || !memmem(head.p, head.n, marks->v[n], strlen(marks->v[n])))
				continue;
			if (w->n_detects < MAX_PER_FILE)
				w->detects[w->n_detects++] = w->marked[i];
			break;
		}
	}
}

static bool is_script_style(enum import_style s)
{
	return s == IMPORT_JS || s == IMPORT_NONE;
}

/* Whether what the head shows says that the file is not the project's own text. */
static bool not_own(const struct walk *w, struct span head)
{
	if (source_marked(head, &w->m->generated))
		return true;
	return w->language != MATCH_HEADER && is_script_style(w->m->style[w->language]) &&
		source_minified(head);
}

/* Interpreter scripts without an extension are source too, when they can be executed. */
static void try_shebang(struct walk *w, const struct statx *st)
{
	if (!(st->stx_mode & 0111) || st->stx_size < 4 || w->s->heads_read >= w->limits->heads)
		return;
	struct span head = span_of(w->head, read_head(w));

	w->language = project_matcher_interpreter(w->m, source_interpreter(head));
}

/* Extensions that languages share are settled by the text; LANGUAGE_NONE when it is none of them.
 */
static unsigned settled_language(const struct walk *w, struct span head)
{
	const struct knowledge *k = w->m->k;
	const char *by_name = w->language == MATCH_HEADER ? "header" : k->languages[w->language].id;
	const char *real = head.n ? source_real_language(by_name, head) : by_name;

	if (strcmp(real, by_name) == 0)
		return w->language;
	for (unsigned l = 0; *real && l < k->n_languages && l < MATCH_MAX_LANGUAGES; l++)
		if (strcmp(k->languages[l].id, real) == 0)
			return l;
	return LANGUAGE_NONE;
}

static void count_source(struct walk *w, uint64_t size, struct span head)
{
	w->language = settled_language(w, head);
	if (w->language == LANGUAGE_NONE || (head.n && not_own(w, head))) {
		w->s->files_skipped++;
		return;
	}
	w->count[w->language].files++;
	w->count[w->language].bytes += size;
	if (head.n)
		imports_scan(w->m->style[w->language], head, import_found, w);
}

static void keep_special_files(struct walk *w)
{
	struct project_scan *s = w->s;

	if (w->manifest && s->manifests.n < MAX_MANIFESTS)
		*vec_push(&s->manifests) = (struct scan_manifest){ .dir = w->dir,
			.format = w->manifest_format,
			.file = arena_strdup(&s->arena, w->name) };
	for (unsigned i = 0; i < w->n_detects; i++) {
		const struct k_detect *d = &w->m->k->detects[w->detects[i]];

		if (strcmp(d->kind, "settings") != 0)
			add_hit(w, w->detects[i], HIT_FILE);
		else if (s->settings.n < MAX_SETTINGS)
			*vec_push(&s->settings) = (struct scan_settings){ .dir = w->dir,
				.file = arena_strdup(&s->arena, w->name) };
	}
}

static bool is_program(const struct walk *w)
{
	return w->language == MATCH_HEADER || !*w->m->k->languages[w->language].kind;
}

void walk_look_at_file(struct walk *w, const char *name, size_t len)
{
	struct statx st = { 0 };
	struct span head = { 0 };

	w->name = name;
	w->ignored = w->manifest = w->folder_known = false;
	w->n_detects = w->n_marked = 0;
	w->s->files_seen++;
	name_index_match(&w->m->files, name, len, walk_folder, name_found, w);
	if (!w->ignored && w->own_ignores)
		w->ignored =
			ignore_list_has(w->own_ignores, name, len, false, w->dir, walk_folder, w);
	w->language = project_matcher_extension(w->m, name, len);
	bool bare = w->language == LANGUAGE_NONE && !memchr(name, '.', len);

	if (w->ignored) {
		w->s->files_skipped++;
	} else if (w->language != LANGUAGE_NONE || bare) {
		if (statx(w->fd, name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
			    STATX_SIZE | STATX_MODE, &st) < 0)
			w->s->unreadable++;
		if (bare)
			try_shebang(w, &st);
	}
	bool source = !w->ignored && w->language != LANGUAGE_NONE && st.stx_size > 0;

	if (((source && is_program(w)) || w->n_marked) && w->s->heads_read < w->limits->heads)
		head = span_of(w->head, read_head(w));
	test_markers(w, head);
	keep_special_files(w);
	if (source)
		count_source(w, st.stx_size, head);
}
