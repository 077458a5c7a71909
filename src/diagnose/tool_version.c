/* SPDX-License-Identifier: MIT */
/* Asking programs for their version, with a cache. */
#include "diagnose/tool_version.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	MAX_CACHE_BYTES = 512 << 10,
	MAX_CACHE_LINES = 1000,
	MAX_ARGS = 6,
	MAX_AT_ONCE = 64,
};

/* A program that hung or crashed is asked again after this long; a good answer stays. */
static const uint64_t retry_after_s = 60;

/* ---- cache ------------------------------------------------------------------------------- */

/* path, args, mtime and size in one word: a changed program has another key */
static uint64_t question_key(const struct tool_question *q)
{
	struct stat st;
	uint64_t key = hash_bytes(q->path, strlen(q->path), 7);

	if (stat(q->path, &st) != 0)
		return 0;
	for (size_t i = 0; i < q->args->n; i++)
		key = hash_bytes(q->args->v[i], strlen(q->args->v[i]), key);
	uint64_t facts[] = { (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec,
		(uint64_t)st.st_size, (uint64_t)st.st_ino };

	return hash_bytes(facts, sizeof(facts), key) | 1;
}

static bool next_field(struct span *line, struct span *ret)
{
	if (!line->p)
		return false;
	const uint8_t *tab = memchr(line->p, '\t', line->n);
	size_t n = tab ? (size_t)(tab - line->p) : line->n;

	*ret = span_sub(*line, 0, n);
	*line = tab ? span_from(*line, n + 1) : (struct span){ 0 };
	return true;
}

/* "key time timed_out exit signal text" in tabs */
static bool parse_line(struct span line, uint64_t *key, uint64_t *when, struct tool_answer *ret)
{
	struct span f[6];
	uint64_t timed_out, exit_code, sig;

	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		if (!next_field(&line, &f[i]))
			return false;
	if (!span_parse_hex(f[0], key) || !span_parse_u64(f[1], when) ||
		!span_parse_u64(f[2], &timed_out) || !span_parse_u64(f[3], &exit_code) ||
		!span_parse_u64(f[4], &sig) || f[5].n >= sizeof(ret->text) || exit_code > 255 ||
		sig > 128)
		return false;
	*ret = (struct tool_answer){ .asked = true,
		.timed_out = timed_out != 0,
		.exit_code = (int)exit_code,
		.signal = (int)sig };
	if (f[5].n)
		memcpy(ret->text, f[5].p, f[5].n);
	return true;
}

static bool is_good(const struct tool_answer *a)
{
	return a->asked && !a->timed_out && !a->signal;
}

static void from_cache(
	struct span text, const uint64_t *keys, bool *done, size_t n, struct tool_answer *answers)
{
	uint64_t now_s = clock_wall_ns() / 1000000000u;
	struct span line;

	while (span_next_line(&text, &line)) {
		uint64_t key, when;
		struct tool_answer a;

		if (!parse_line(line, &key, &when, &a))
			continue;
		if (!is_good(&a) && (when > now_s || now_s - when > retry_after_s))
			continue;
		for (size_t i = 0; i < n; i++) {
			if (keys[i] == key) {
				answers[i] = a;
				done[i] = true;
			}
		}
	}
}

static void append(struct buf *out, uint64_t key, uint64_t now_s, const struct tool_answer *a)
{
	buf_printf(out, "%llx\t%llu\t%d\t%d\t%d\t%s\n", (unsigned long long)key,
		(unsigned long long)now_s, a->timed_out, MAX(a->exit_code, 0), a->signal, a->text);
}

/* The new answers first, then what the file had; so the oldest fall off the end. */
static void to_cache(const char *file, struct span old, const uint64_t *keys, const bool *fresh,
	size_t n, const struct tool_answer *answers)
{
	uint64_t now_s = clock_wall_ns() / 1000000000u;
	struct buf out;
	struct span line;
	bool any = false;
	size_t lines = 0;

	buf_init(&out, MAX_CACHE_BYTES);
	for (size_t i = 0; i < n; i++) {
		if (!fresh[i] || !keys[i] || !answers[i].asked)
			continue;
		append(&out, keys[i], now_s, &answers[i]);
		any = true;
		lines++;
	}
	while (any && lines < MAX_CACHE_LINES && span_next_line(&old, &line)) {
		uint64_t key, when;
		struct tool_answer a;
		bool replaced = false;

		if (!parse_line(line, &key, &when, &a))
			continue;
		for (size_t i = 0; i < n && !replaced; i++)
			replaced = fresh[i] && keys[i] == key;
		if (!replaced) {
			append(&out, key, when, &a);
			lines++;
		}
	}
	if (any && !out.overflow)
		file_write_atomic(file, buf_span(&out), 0600, NULL); /* only a cache */
	buf_done(&out);
}

/* ---- asking ------------------------------------------------------------------------------ */

/* The start of what it said: stdout, else stderr; lines joined, control characters dropped. */
static void keep_text(struct tool_answer *a, const struct spawn_result *r)
{
	const struct buf *b = r->out.n ? &r->out : &r->err;
	size_t n = 0;

	for (size_t i = 0; i < b->n && n + 1 < sizeof(a->text); i++) {
		unsigned char c = (unsigned char)b->p[i];

		if (c == '\n' || c == '\t' || c == ' ' || c == '\r') {
			if (n && a->text[n - 1] != ' ')
				a->text[n++] = ' ';
		} else if (c >= 32 && c < 127) {
			a->text[n++] = (char)c;
		} else if (n && a->text[n - 1] != '?') {
			a->text[n++] = '?';
		}
	}
	while (n && a->text[n - 1] == ' ')
		n--;
	a->text[n] = '\0';
}

static void run_batch(const struct tool_question *q, const size_t *which, size_t n,
	uint64_t deadline_ns, struct tool_answer *answers)
{
	struct spawn_opts *opts = xcalloc(n, sizeof(*opts));
	struct spawn_result *results = xcalloc(n, sizeof(*results));
	const char *(*argv)[MAX_ARGS + 2] = xcalloc(n, sizeof(*argv));
	int *rc = xcalloc(n, sizeof(*rc));

	for (size_t i = 0; i < n; i++) {
		const struct tool_question *one = &q[which[i]];

		argv[i][0] = one->path;
		for (size_t k = 0; k < one->args->n && k < MAX_ARGS; k++)
			argv[i][k + 1] = one->args->v[k];
		/* in "/", so that no file of the project changes what the program does */
		opts[i] = (struct spawn_opts){ .argv = argv[i],
			.cwd = "/",
			.timeout_ns = deadline_ns,
			.max_output = 4096,
			.stop_when_full = true };
	}
	spawn_run_all(opts, n, results, rc);
	for (size_t i = 0; i < n; i++) {
		struct tool_answer *a = &answers[which[i]];

		*a = (struct tool_answer){ .asked = rc[i] == 0,
			.timed_out = results[i].timed_out,
			.exit_code = results[i].stopped_full ? 0 : results[i].exit_code,
			.signal = results[i].timed_out || results[i].stopped_full
				? 0
				: results[i].signal };
		keep_text(a, &results[i]);
		spawn_result_done(&results[i]);
	}
	free(rc);
	free(argv);
	free(results);
	free(opts);
}

/* Programs not known from the cache, each once; doubles get a copy of the answer. */
static void ask_fresh(const struct tool_question *q, const uint64_t *keys, const bool *done,
	size_t n, uint64_t deadline_ns, struct tool_answer *answers)
{
	size_t *which = xcalloc(n, sizeof(*which)), *same = xcalloc(n, sizeof(*same)), m = 0;
	uint64_t end_ns = clock_mono_ns() + deadline_ns;

	for (size_t i = 0; i < n; i++) {
		same[i] = i;
		for (size_t j = 0; j < i && same[i] == i; j++)
			if (keys[j] && keys[j] == keys[i])
				same[i] = j;
		if (!done[i] && same[i] == i)
			which[m++] = i;
	}
	for (size_t at = 0; at < m; at += MAX_AT_ONCE) {
		uint64_t now_ns = clock_mono_ns();

		/* what no time is left for stays unasked: its version is unknown, not wrong */
		if (now_ns < end_ns)
			run_batch(q, which + at, MIN(m - at, (size_t)MAX_AT_ONCE), end_ns - now_ns,
				answers);
	}
	for (size_t i = 0; i < n; i++)
		if (same[i] != i)
			answers[i] = answers[same[i]];
	free(same);
	free(which);
}

void tool_ask(const struct tool_question *questions, size_t n, uint64_t deadline_ns,
	const char *cache, struct tool_answer *answers)
{
	uint64_t *keys = xcalloc(n ? n : 1, sizeof(*keys));
	bool *done = xcalloc(n ? n : 1, sizeof(*done)), *fresh = xcalloc(n ? n : 1, sizeof(*fresh));
	struct buf old = { 0 };

	for (size_t i = 0; i < n; i++) {
		answers[i] = (struct tool_answer){ 0 };
		keys[i] = question_key(&questions[i]);
	}
	if (cache && file_read(cache, MAX_CACHE_BYTES, &old, NULL) == 0)
		from_cache(buf_span(&old), keys, done, n, answers);
	ask_fresh(questions, keys, done, n, deadline_ns, answers);
	for (size_t i = 0; i < n; i++)
		fresh[i] = !done[i];
	if (cache)
		to_cache(cache, buf_span(&old), keys, fresh, n, answers);
	buf_done(&old);
	free(fresh);
	free(done);
	free(keys);
}

/* ---- reading versions -------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t tool_version_find(const char *text, const char *pattern, const char **ret)
{
	const char *p = *pattern ? strstr(text, pattern) : text;

	if (p)
		p += strlen(pattern);
	while (p && *p) {
		size_t n = 0, dots = 0;

		while (is_digit(p[n]) || (p[n] == '.' && n && is_digit(p[n + 1]))) {
			dots += p[n] == '.';
			n++;
		}
		if (dots && n < 32) {
			*ret = p;
			return n;
		}
		p += n ? n : 1;
	}
	return 0;
}

int tool_version_compare(const char *a, const char *b)
{
	while (*a || *b) {
		unsigned long x = is_digit(*a) ? strtoul(a, NULL, 10) : 0,
			      y = is_digit(*b) ? strtoul(b, NULL, 10) : 0;

		if (x != y)
			return x < y ? -1 : 1;
		a += strspn(a, "0123456789");
		b += strspn(b, "0123456789");
		if (*a && *a != '.') /* 5.0-rc1: what follows does not count */
			a = "";
		if (*b && *b != '.')
			b = "";
		a += *a == '.';
		b += *b == '.';
	}
	return 0;
}
