/* SPDX-License-Identifier: MIT */
/* Single lines of `perf script` text. */
#include "parse/perf_script_line.h"

#include "base/compiler.h"

#include <stdio.h>

enum { MAX_WORDS = 64 };

static bool is_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* "16008.103378:" */
static bool parse_time(struct span s, uint64_t *ret)
{
	const uint8_t *dot = s.n ? memchr(s.p, '.', s.n) : NULL;
	uint64_t seconds, fraction;

	if (!dot || s.p[s.n - 1] != ':')
		return false;
	struct span whole = span_of(s.p, (size_t)(dot - s.p));
	struct span part = span_of(dot + 1, s.n - whole.n - 2);

	if (!is_digits(whole) || !is_digits(part) || part.n > 9 || whole.n > 10 ||
		!span_parse_u64(whole, &seconds) || !span_parse_u64(part, &fraction))
		return false;
	for (size_t i = part.n; i < 9; i++)
		fraction *= 10;
	*ret = seconds * 1000000000u + fraction;
	return true;
}

/* "5805" or "5897/5901"; perf writes -1 for what it does not know. */
static bool parse_ids(struct span s, struct perf_script_head *h)
{
	const uint8_t *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
	struct span first = slash ? span_of(s.p, (size_t)(slash - s.p)) : s;
	struct span second = slash ? span_from(s, first.n + 1) : s;
	uint64_t pid, tid;

	if (!is_digits(first) || !is_digits(second) || !span_parse_u64(first, &pid) ||
		!span_parse_u64(second, &tid) || pid > INT32_MAX || tid > INT32_MAX)
		return false;
	h->pid = slash ? (int32_t)pid : 0;
	h->tid = (int32_t)tid;
	return true;
}

static bool is_cpu(struct span s)
{
	return s.n > 2 && *s.p == '[' && s.p[s.n - 1] == ']' && is_digits(span_sub(s, 1, s.n - 2));
}

static bool is_event(struct span s)
{
	return s.n > 1 && s.p[s.n - 1] == ':';
}

struct words {
	struct span v[MAX_WORDS];
	size_t n;
};

/* The word with the ids of the thread, before word `end`; SIZE_MAX when there is none. */
static size_t find_ids(const struct words *w, size_t end, struct perf_script_head *h)
{
	if (end > 1 && is_cpu(w->v[end - 1]))
		end--;
	return end > 1 && parse_ids(w->v[end - 1], h) ? end - 1 : SIZE_MAX;
}

bool perf_script_parse_head(struct span line, struct perf_script_head *ret)
{
	struct perf_script_head h = { 0 };
	struct words w = { 0 };
	struct span rest = line, word;
	size_t at = SIZE_MAX, ids = SIZE_MAX;

	while (w.n < MAX_WORDS && span_next_word(&rest, &word))
		w.v[w.n++] = word;
	for (size_t i = 1; i < w.n && at == SIZE_MAX; i++) {
		if (parse_time(w.v[i], &h.time_ns)) {
			ids = find_ids(&w, i, &h);
			at = i + 1;
		}
	}
	/* without a time: before the event and its period */
	for (size_t i = 2; i < w.n && at == SIZE_MAX; i++) {
		if (!is_event(w.v[i]))
			continue;
		at = is_digits(w.v[i - 1]) && find_ids(&w, i - 1, &h) != SIZE_MAX ? i - 1 : i;
		ids = find_ids(&w, at, &h);
	}
	if (ids == SIZE_MAX || ids == 0)
		return false;
	h.comm = span_trim(span_of(line.p, (size_t)(w.v[ids].p - line.p)));
	if (at < w.n && is_digits(w.v[at]) && w.v[at].n < 20) {
		h.has_period = span_parse_u64(w.v[at], &h.period);
		at++;
	}
	if (at < w.n && is_event(w.v[at])) {
		h.event = span_of(w.v[at].p, w.v[at].n - 1);
		at++;
	}
	/* what follows is a frame when it begins with an address; fields of a tracepoint do not */
	if (at < w.n) {
		struct span tail = span_from(line, (uint64_t)(w.v[at].p - line.p)), text = tail, ip;

		if (perf_script_take_hex(&text, &ip) && ip.n >= 4 && text.n)
			h.rest = tail;
	}
	*ret = h;
	return h.comm.n > 0;
}

struct span perf_script_event_name(struct span event)
{
	size_t n = event.n;

	while (n && event.p[n - 1] == ':')
		n--;
	event.n = n;
	while (n && event.p[n - 1] != ':')
		n--;
	if (n < 2)
		return event;
	for (size_t i = n; i < event.n; i++)
		if (!strchr("ukhpPGHSDWeIb", event.p[i]))
			return event;
	return span_of(event.p, n - 1);
}

bool perf_script_take_hex(struct span *line, struct span *ret)
{
	struct span rest = *line, word;
	uint64_t v;

	if (!span_next_word(&rest, &word) || word.n > 16 || !span_parse_hex(word, &v))
		return false;
	*ret = word;
	*line = span_trim(rest);
	return true;
}

static const char inlined_mark[] = "(inlined)";

static bool take_mark(struct span *s)
{
	size_t n = sizeof(inlined_mark) - 1;

	if (s->n < n || memcmp(s->p + s->n - n, inlined_mark, n) != 0)
		return false;
	s->n -= n;
	*s = span_trim(*s);
	return true;
}

/* "file:12" split; false when it does not end with a number. */
static bool split_place(struct span s, struct span *ret_file, uint32_t *ret_line)
{
	size_t n = s.n;
	uint64_t line;

	while (n && s.p[n - 1] != ':')
		n--;
	if (n < 2 || !is_digits(span_from(s, n)) || !span_parse_u64(span_from(s, n), &line) ||
		line > INT32_MAX)
		return false;
	*ret_file = span_of(s.p, n - 1);
	*ret_line = (uint32_t)line;
	return true;
}

bool perf_script_is_place(struct span line, bool with_ip)
{
	struct span file;
	uint32_t n;

	if (with_ip)
		return false;
	take_mark(&line);
	/* perf adds "(discriminator 3)" */
	if (line.n && line.p[line.n - 1] == ')') {
		size_t k = line.n;

		while (k && line.p[k - 1] != '(')
			k--;
		if (k > 1 && span_starts(span_from(line, k), "discriminator"))
			line = span_trim(span_of(line.p, k - 1));
	}
	return split_place(line, &file, &n) && file.n && !memchr(file.p, '(', file.n);
}

/* Takes the binary "(...)" at the end off the text; names may hold parentheses of their own. */
static struct span take_module(struct span *text)
{
	size_t depth = 0, n = text->n;

	if (!n || text->p[n - 1] != ')')
		return (struct span){ 0 };
	while (n) {
		n--;
		if (text->p[n] == ')')
			depth++;
		else if (text->p[n] == '(' && --depth == 0)
			break;
	}
	if (depth || n < 2 || text->p[n - 1] != ' ')
		return (struct span){ 0 };
	struct span module = span_sub(*text, n + 1, text->n - n - 2);

	text->n = n - 1;
	*text = span_trim(*text);
	return module;
}

static void take_offset(struct span *text)
{
	size_t n = text->n;
	uint64_t v;

	while (n && text->p[n - 1] != '+')
		n--;
	if (n > 1 && text->n - n > 2 && text->p[n] == '0' && text->p[n + 1] == 'x' &&
		span_parse_hex(span_from(*text, n + 2), &v))
		text->n = n - 1;
}

struct frame perf_script_frame(struct profile *p, struct span text, struct span place)
{
	struct frame f = { .kind = FRAME_APP };
	struct span ip, file, module;

	f.inlined = take_mark(&text);
	module = take_module(&text);
	/* an inlined frame may have its binary, too */
	f.inlined |= take_mark(&place);
	if (module.n && !span_eq(module, "[unknown]"))
		f.module = strtab_addn(&p->strings, module.p, module.n);
	if (span_starts(module, "[kernel") || span_starts(module, "[guest.kernel"))
		f.kind = FRAME_KERNEL;
	else if (module.n > 2 && *module.p == '[' && !span_eq(module, "[vdso]") &&
		!span_eq(module, "[unknown]"))
		f.kind = FRAME_KERNEL; /* "[nf_tables]": a module of the kernel */
	struct span bare = text;

	if (perf_script_take_hex(&bare, &ip) && (span_starts(bare, "[unknown]") || !bare.n)) {
		const char *path = f.module ? profile_str(p, f.module) : "";
		const char *slash = strrchr(path, '/');
		char name[300];

		snprintf(name, sizeof(name), "[%.200s%s0x%.*s]", slash ? slash + 1 : path,
			*path ? "+" : "", (int)ip.n, (const char *)ip.p);
		f.function = profile_string(p, name);
		if (f.kind == FRAME_APP)
			f.kind = FRAME_UNKNOWN;
	} else {
		take_offset(&text);
		f.function = strtab_addn(&p->strings, text.p, text.n);
	}
	if (place.n && split_place(place, &file, &f.line)) {
		if (span_eq(file, "??") || !f.line)
			f.line = 0;
		else
			f.file = strtab_addn(&p->strings, file.p, file.n);
	}
	return f;
}
