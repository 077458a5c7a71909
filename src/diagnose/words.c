/* SPDX-License-Identifier: MIT */
/* Tokeniser of the words classifier: words, stems, numbers with units, sentences, clauses. */
#include "diagnose/words.h"

#include "base/vec.h"

#include <ctype.h>

struct splitter {
	struct span text;
	size_t at;
	struct arena *a;
	vec_of(struct word) out;
	size_t n_text;
	uint16_t sentence, clause;
	bool at_start; /* the next word is the first of its sentence */
};

/* ---- stems ------------------------------------------------------------------------------- */

static bool ends(const char *w, size_t n, const char *suffix)
{
	size_t k = strlen(suffix);

	return n > k && memcmp(w + n - k, suffix, k) == 0;
}

static bool vowel(char c)
{
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

static bool has_vowel(const char *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (vowel(w[i]))
			return true;
	return false;
}

static size_t strip_plural(char *w, size_t n)
{
	if (n > 4 && ends(w, n, "ies")) {
		w[n - 3] = 'y';
		return n - 2;
	}
	if (ends(w, n, "sses") || ends(w, n, "xes") || ends(w, n, "ches") || ends(w, n, "shes"))
		return n - 2;
	if (w[n - 1] == 's' && !ends(w, n, "ss") && !ends(w, n, "us") && !ends(w, n, "is"))
		return n - 1;
	return n;
}

static size_t undouble(const char *w, size_t n)
{
	if (n > 3 && w[n - 1] == w[n - 2] && !strchr("aeioulsz", w[n - 1]))
		return n - 1;
	return n;
}

static size_t strip_verb(char *w, size_t n)
{
	if (n > 4 && ends(w, n, "ied")) {
		w[n - 3] = 'y';
		return n - 2;
	}
	if (n >= 6 && ends(w, n, "ing") && has_vowel(w, n - 3))
		return undouble(w, n - 3);
	if (n >= 5 && ends(w, n, "ed") && has_vowel(w, n - 2))
		return undouble(w, n - 2);
	if (n == 4 && ends(w, n, "ed")) /* "used" -> "use" */
		return n - 1;
	if (n >= 6 && ends(w, n, "ly"))
		return n - 2;
	return n;
}

/* British spelling to American: "optimise" -> "optimize", "serialisation" -> "serialization". */
static void americanise(char *w, size_t n)
{
	static const char *const suffixes[] = { "ise", "ised", "ises", "ising", "iser", "isation" };

	if (n < 7)
		return;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (ends(w, n, suffixes[i]))
			w[n - strlen(suffixes[i]) + 1] = 'z';
}

void words_stem(char *w)
{
	size_t n = strlen(w);

	for (size_t i = 0; i < n; i++)
		if (!islower((unsigned char)w[i]))
			return;
	if (n < 4)
		return;
	americanise(w, n);
	n = strip_plural(w, n);
	n = strip_verb(w, n);
	if (n >= 4 && w[n - 1] == 'e')
		n--;
	w[n] = '\0';
}

/* ---- numbers and units ------------------------------------------------------------------- */

struct unit_name {
	const char *name;
	enum word_unit unit;
	double factor;
};

static const struct unit_name unit_names[] = {
	{ "percent", WORD_UNIT_PERCENT, 1 },
	{ "pct", WORD_UNIT_PERCENT, 1 },
	{ "ns", WORD_UNIT_SECONDS, 1e-9 },
	{ "nanoseconds", WORD_UNIT_SECONDS, 1e-9 },
	{ "us", WORD_UNIT_SECONDS, 1e-6 },
	{ "\302\265s", WORD_UNIT_SECONDS, 1e-6 },
	{ "\316\274s", WORD_UNIT_SECONDS, 1e-6 },
	{ "usec", WORD_UNIT_SECONDS, 1e-6 },
	{ "microseconds", WORD_UNIT_SECONDS, 1e-6 },
	{ "ms", WORD_UNIT_SECONDS, 1e-3 },
	{ "msec", WORD_UNIT_SECONDS, 1e-3 },
	{ "millis", WORD_UNIT_SECONDS, 1e-3 },
	{ "millisecond", WORD_UNIT_SECONDS, 1e-3 },
	{ "milliseconds", WORD_UNIT_SECONDS, 1e-3 },
	{ "s", WORD_UNIT_SECONDS, 1 },
	{ "sec", WORD_UNIT_SECONDS, 1 },
	{ "secs", WORD_UNIT_SECONDS, 1 },
	{ "second", WORD_UNIT_SECONDS, 1 },
	{ "seconds", WORD_UNIT_SECONDS, 1 },
	{ "min", WORD_UNIT_SECONDS, 60 },
	{ "mins", WORD_UNIT_SECONDS, 60 },
	{ "mn", WORD_UNIT_SECONDS, 60 },
	{ "minute", WORD_UNIT_SECONDS, 60 },
	{ "minutes", WORD_UNIT_SECONDS, 60 },
	{ "h", WORD_UNIT_SECONDS, 3600 },
	{ "hr", WORD_UNIT_SECONDS, 3600 },
	{ "hrs", WORD_UNIT_SECONDS, 3600 },
	{ "hour", WORD_UNIT_SECONDS, 3600 },
	{ "hours", WORD_UNIT_SECONDS, 3600 },
	{ "day", WORD_UNIT_SECONDS, 86400 },
	{ "days", WORD_UNIT_SECONDS, 86400 },
	{ "week", WORD_UNIT_SECONDS, 604800 },
	{ "weeks", WORD_UNIT_SECONDS, 604800 },
	{ "bytes", WORD_UNIT_BYTES, 1 },
	{ "byte", WORD_UNIT_BYTES, 1 },
	{ "kb", WORD_UNIT_BYTES, 1e3 },
	{ "kib", WORD_UNIT_BYTES, 1024 },
	{ "kbyte", WORD_UNIT_BYTES, 1e3 },
	{ "kbytes", WORD_UNIT_BYTES, 1e3 },
	{ "kilobytes", WORD_UNIT_BYTES, 1e3 },
	{ "mb", WORD_UNIT_BYTES, 1e6 },
	{ "mib", WORD_UNIT_BYTES, 1048576 },
	{ "meg", WORD_UNIT_BYTES, 1e6 },
	{ "megs", WORD_UNIT_BYTES, 1e6 },
	{ "mbyte", WORD_UNIT_BYTES, 1e6 },
	{ "mbytes", WORD_UNIT_BYTES, 1e6 },
	{ "megabyte", WORD_UNIT_BYTES, 1e6 },
	{ "megabytes", WORD_UNIT_BYTES, 1e6 },
	{ "gb", WORD_UNIT_BYTES, 1e9 },
	{ "gib", WORD_UNIT_BYTES, 1073741824 },
	{ "gig", WORD_UNIT_BYTES, 1e9 },
	{ "gigs", WORD_UNIT_BYTES, 1e9 },
	{ "gbyte", WORD_UNIT_BYTES, 1e9 },
	{ "gbytes", WORD_UNIT_BYTES, 1e9 },
	{ "gigabyte", WORD_UNIT_BYTES, 1e9 },
	{ "gigabytes", WORD_UNIT_BYTES, 1e9 },
	{ "g", WORD_UNIT_BYTES, 1e9 },
	{ "tb", WORD_UNIT_BYTES, 1e12 },
	{ "rps", WORD_UNIT_RATE, 1 },
	{ "qps", WORD_UNIT_RATE, 1 },
	{ "tps", WORD_UNIT_RATE, 1 },
	{ "pps", WORD_UNIT_RATE, 1 },
	{ "mpps", WORD_UNIT_RATE, 1e6 },
	{ "kbps", WORD_UNIT_RATE, 1e3 },
	{ "mbps", WORD_UNIT_RATE, 1e6 },
	{ "gbps", WORD_UNIT_RATE, 1e9 },
	{ "x", WORD_UNIT_TIMES, 1 },
	{ "times", WORD_UNIT_TIMES, 1 },
};

static const char *const rate_nouns[] = { "r", "req", "reqs", "request", "requests", "msg", "msgs",
	"message", "messages", "event", "events", "op", "ops", "operations", "doc", "docs",
	"documents", "tx", "transaction", "transactions", "record", "records", "item", "items",
	"row", "rows", "job", "jobs", "task", "tasks", "query", "queries", "write", "writes",
	"read", "reads", "log", "logs", "line", "lines", "image", "images", "packets", "calls",
	"pages", "mb", "gb", "kb", "mib", "gib", "mbit", "gbit", "kbit", "mbyte", "samples",
	"inserts", "points", "commits" };

static const struct {
	const char *word;
	double value;
} number_words[] = { { "a", 1 }, { "an", 1 }, { "one", 1 }, { "two", 2 }, { "three", 3 },
	{ "four", 4 }, { "five", 5 }, { "six", 6 }, { "seven", 7 }, { "eight", 8 }, { "nine", 9 },
	{ "ten", 10 }, { "fifteen", 15 }, { "twenty", 20 }, { "thirty", 30 }, { "forty", 40 },
	{ "fifty", 50 }, { "sixty", 60 }, { "ninety", 90 }, { "few", 3 }, { "several", 3 },
	{ "couple", 2 }, { "half", 0.5 } };

static bool word_byte(unsigned char c)
{
	return isalnum(c) || c == '_' || c >= 0x80;
}

static unsigned char byte_at(const struct splitter *s, size_t i)
{
	return i < s->text.n ? s->text.p[i] : 0;
}

static size_t skip_blanks(const struct splitter *s, size_t i)
{
	while (byte_at(s, i) == ' ' || byte_at(s, i) == '\t')
		i++;
	return i;
}

/* Lower-case copy of the word at i into out (cut at its size); returns the end of the word. */
static size_t peek_word(const struct splitter *s, size_t i, char *out, size_t size)
{
	size_t n = 0;

	while (word_byte(byte_at(s, i))) {
		if (n + 1 < size)
			out[n++] = (char)tolower(byte_at(s, i));
		i++;
	}
	out[n] = '\0';
	return i;
}

static const struct unit_name *find_unit(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(unit_names); i++)
		if (strcmp(unit_names[i].name, name) == 0)
			return &unit_names[i];
	return NULL;
}

static bool rate_noun(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(rate_nouns); i++)
		if (strcmp(rate_nouns[i], name) == 0)
			return true;
	return false;
}

/* "/s", "/sec", "/min", "per second", "a second", "each minute" at i: its end, else 0. */
static size_t per_time(const struct splitter *s, size_t i)
{
	char w[16];
	size_t j = skip_blanks(s, i);

	if (byte_at(s, j) == '/') {
		j++;
	} else {
		j = peek_word(s, j, w, sizeof(w));
		if (strcmp(w, "per") != 0 && strcmp(w, "a") != 0)
			return 0;
	}
	j = peek_word(s, skip_blanks(s, j), w, sizeof(w));
	const struct unit_name *u = find_unit(w);

	return u && u->unit == WORD_UNIT_SECONDS ? j : 0;
}

/* Digits with , or . inside; returns the end. "1,048,576" is one number, "3, 4" is two. */
static size_t read_digits(const struct splitter *s, size_t i, double *ret)
{
	double v = 0, scale = 1;
	bool fraction = false;

	for (;; i++) {
		unsigned char c = byte_at(s, i);

		if (isdigit(c)) {
			v = v * 10 + (c - '0');
			scale *= fraction ? 10 : 1;
		} else if (c == ',' && isdigit(byte_at(s, i + 1)) && isdigit(byte_at(s, i + 2)) &&
			isdigit(byte_at(s, i + 3)) && !fraction) {
			continue;
		} else if ((c == '.' || c == ',') && isdigit(byte_at(s, i + 1)) && !fraction) {
			fraction = true;
		} else {
			break;
		}
	}
	*ret = v / scale;
	return i;
}

/* "2m20s", "0m3.003s", "1h30m": the whole as seconds; 0 when it is something else. */
static size_t read_clock(const struct splitter *s, size_t i, double first, double *ret)
{
	double total = 0, v = first;
	int parts = 0;

	for (;;) {
		unsigned char c = (unsigned char)tolower(byte_at(s, i));
		double f = c == 'h' ? 3600 : c == 'm' ? 60 : c == 's' ? 1 : 0;

		if (f == 0 || (c != 's' && !isdigit(byte_at(s, i + 1)) && parts == 0))
			return 0;
		total += v * f;
		parts++;
		i++;
		if (!isdigit(byte_at(s, i)))
			break;
		i = read_digits(s, i, &v);
	}
	*ret = total;
	return parts >= 2 && !word_byte(byte_at(s, i)) ? i : 0;
}

/* The unit after a number that ends at i; sets w->unit, scales w->value, returns the new end. */
static size_t read_unit(const struct splitter *s, size_t i, struct word *w)
{
	char name[16];
	size_t j = byte_at(s, i) == '+' ? i + 1 : i;
	size_t k = skip_blanks(s, j);
	double magnitude = 1;

	if (byte_at(s, k) == '%') {
		w->unit = WORD_UNIT_PERCENT;
		return k + 1;
	}
	/* "5k", "3M": a magnitude glued to the number, perhaps before a unit */
	if (k == j && strchr("kKM", byte_at(s, j)) && byte_at(s, j) &&
		!word_byte(byte_at(s, j + 1))) {
		magnitude = byte_at(s, j) == 'M' ? 1e6 : 1e3;
		i = ++j;
		k = skip_blanks(s, j);
	}
	size_t end = peek_word(s, k, name, sizeof(name));

	/* a lone letter after a blank is a word, not a unit, except "s" */
	if (name[0] && !name[1] && k != j && strcmp(name, "s") != 0)
		name[0] = '\0';
	if (strcmp(name, "g") == 0 && byte_at(s, k) != 'G')
		name[0] = '\0';
	w->value *= magnitude;
	size_t rate_end = name[0] == '\0' ? per_time(s, i) : rate_noun(name) ? per_time(s, end) : 0;

	if (rate_end && !(name[0] == '\0' && byte_at(s, skip_blanks(s, i)) != '/')) {
		w->unit = WORD_UNIT_RATE;
		return rate_end;
	}
	const struct unit_name *u = name[0] ? find_unit(name) : NULL;

	if (!u)
		return i;
	w->unit = u->unit;
	w->value *= u->factor;
	return byte_at(s, end) == '+' ? end + 1 : end;
}

/* ---- splitting --------------------------------------------------------------------------- */

static struct word *add_word(struct splitter *s, size_t start, size_t end)
{
	struct word *w = vec_push(&s->out);

	*w = (struct word){ .start = (uint32_t)start,
		.len = (uint32_t)(end - start),
		.sentence = s->sentence,
		.clause = s->clause,
		.first = s->at_start };
	w->raw = arena_strndup(s->a, s->text.p + start, end - start);
	char *lower = arena_strdup(s->a, w->raw);

	for (char *p = lower; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	w->lower = lower;
	w->stem = lower;
	s->at_start = false;
	s->n_text++;
	return w;
}

static void add_plain(struct splitter *s, const char *text, size_t start, size_t end)
{
	struct word *w = add_word(s, start, end);

	w->raw = w->lower = w->stem = text;
}

/* "isn't" gives "is" and "not"; "can't" and "cannot" give "can" "not". Returns false when plain. */
static bool add_contraction(struct splitter *s, size_t start, size_t *end)
{
	char w[16], rest[8];
	size_t e = peek_word(s, start, w, sizeof(w)), q = e;

	if (strcmp(w, "cannot") == 0) {
		add_plain(s, "can", start, e);
		add_plain(s, "not", start, e);
		return *end = e, true;
	}
	if (byte_at(s, q) == '\'')
		q++;
	else
		return false;
	size_t e2 = peek_word(s, q, rest, sizeof(rest));
	size_t n = strlen(w);

	if (strcmp(rest, "t") == 0 && n >= 2 && w[n - 1] == 'n') {
		w[n - 1] = '\0';
		const char *stem = strcmp(w, "ca") == 0 ? "can" : strcmp(w, "wo") == 0 ? "will" : w;

		add_plain(s, arena_strdup(s->a, stem), start, e2);
		add_plain(s, "not", start, e2);
		return *end = e2, true;
	}
	return false;
}

/* "'s", "'re", "'d" behind a word are dropped: they would only stand between the words. */
static size_t skip_clitic(const struct splitter *s, size_t i)
{
	char rest[8];

	if (byte_at(s, i) != '\'')
		return i;
	size_t e = peek_word(s, i + 1, rest, sizeof(rest));

	if (strcmp(rest, "s") == 0 || strcmp(rest, "re") == 0 || strcmp(rest, "d") == 0 ||
		strcmp(rest, "ve") == 0 || strcmp(rest, "ll") == 0 || strcmp(rest, "m") == 0)
		return e;
	return i;
}

/* "a minute", "several seconds", "a couple of hours": words before a time unit are numbers. */
static bool add_number_word(struct splitter *s, size_t start, size_t *end)
{
	char w[16], next[16];
	size_t e = peek_word(s, start, w, sizeof(w));
	double value = 0;

	for (size_t i = 0; i < ARRAY_LEN(number_words); i++)
		if (strcmp(number_words[i].word, w) == 0)
			value = number_words[i].value;
	if (value == 0)
		return false;
	size_t e2 = peek_word(s, skip_blanks(s, e), next, sizeof(next));

	if (strcmp(next, "of") == 0 || strcmp(next, "an") == 0 || strcmp(next, "a") == 0 ||
		strcmp(next, "few") == 0 || strcmp(next, "full") == 0 || strcmp(next, "whole") == 0)
		e2 = peek_word(s, skip_blanks(s, e2), next, sizeof(next));
	const struct unit_name *u = strlen(next) >= 3 ? find_unit(next) : NULL;

	if (!u || u->unit != WORD_UNIT_SECONDS)
		return false;
	struct word *n = add_word(s, start, e2);

	n->number = true;
	n->unit = u->unit;
	n->value = value * u->factor;
	n->lower = n->stem = n->raw =
		""; /* "several minutes" is a duration, not the word "several" */
	return *end = e2, true;
}

static size_t take_number(struct splitter *s, size_t start)
{
	double v, total;
	size_t end = read_digits(s, start, &v);
	size_t clock = read_clock(s, end, v, &total);
	struct word *w = add_word(s, start, end);

	w->number = true;
	w->value = v;
	if (clock) {
		w->unit = WORD_UNIT_SECONDS;
		w->value = total;
		end = clock;
	} else {
		end = read_unit(s, end, w);
	}
	w->len = (uint32_t)(end - start);
	/* a range: "300-500ms", "70 to 100 percent": the first number gets the unit of the second
	 */
	if (s->out.n >= 2 && w->unit != WORD_UNIT_NONE) {
		struct word *p = w - 1;
		bool to = strcmp(p->lower, "to") == 0;

		if (to && s->out.n >= 3)
			p--;
		if (p->number && p->unit == WORD_UNIT_NONE &&
			(to || p->start + p->len + 1 == start))
			p->unit = w->unit;
	}
	return end;
}

/* c++, c#, f#, .net and n+1 keep their signs; returns the end, 0 when it is none of them. */
static size_t take_special(struct splitter *s, size_t start)
{
	static const char *const special[] = { "c++", "c#", "f#", ".net", "n+1", "1+n", "g++",
		"g1gc" };
	char w[8];

	if (start > 0 && word_byte(byte_at(s, start - 1)))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(special); i++) {
		size_t n = strlen(special[i]), k = 0, at = start;

		while (k < n && k + 1 < sizeof(w)) {
			unsigned char c = (unsigned char)tolower(byte_at(s, at));

			if (c == ' ' && strchr(special[i], '+') && special[i][1] == '+' && k > 0) {
				at++; /* "N + 1" */
				continue;
			}
			if (c != (unsigned char)special[i][k])
				break;
			k++, at++;
		}
		if (k < n || word_byte(byte_at(s, at)))
			continue;
		struct word *x = add_word(s, start, at);

		x->lower = x->stem = special[i];
		return at;
	}
	return 0;
}

/* Does the word continue the path that the word before it belongs to? */
static bool in_path(const struct splitter *s, const struct word *w)
{
	const struct word *p = w - 1;

	if (s->out.n < 2 || !p->in_path)
		return false;
	for (size_t i = p->start + p->len; i < w->start; i++)
		if (!strchr("/-._{}:<>$", s->text.p[i]))
			return false;
	return true;
}

static size_t take_word(struct splitter *s, size_t start)
{
	size_t end;
	char scratch[8];

	if (add_contraction(s, start, &end) || add_number_word(s, start, &end))
		return end;
	end = peek_word(s, start, scratch, sizeof(scratch));
	struct word *w = add_word(s, start, end);
	char *stem = arena_strdup(s->a, w->lower);

	words_stem(stem);
	w->stem = stem;
	if (start > 0) {
		unsigned char b = byte_at(s, start - 1),
			      bb = start > 1 ? byte_at(s, start - 2) : ' ';

		w->dotted = b == '.';
		w->path = b == '/' && !word_byte(bb) && bb != '/' && bb != '.' && bb != '<' &&
			bb != '>';
		w->in_path = w->path || in_path(s, w);
	}
	return skip_clitic(s, end);
}

static void next_sentence(struct splitter *s)
{
	if (s->at_start)
		return;
	s->sentence++;
	s->clause++;
	s->at_start = true;
}

static size_t take_mark(struct splitter *s, size_t i)
{
	unsigned char c = byte_at(s, i), next = byte_at(s, i + 1);
	bool edge = next == 0 || isspace(next) || next == '"' || next == ')' || next == '\'';

	switch (c) {
	case '?':
		if (s->out.n && edge) {
			struct word *w = vec_push(&s->out);

			*w = (struct word){ .start = (uint32_t)i,
				.len = 1,
				.raw = "?",
				.lower = "?",
				.stem = "?",
				.question = true,
				.sentence = s->sentence,
				.clause = s->clause };
			next_sentence(s);
		}
		break;
	case '.':
	case '!':
		if (edge)
			next_sentence(s);
		break;
	case '\n':
		next_sentence(s);
		break;
	case ',':
	case ';':
	case ':':
	case '(':
	case ')':
		s->clause++;
		break;
	case '-':
		if (i > 0 && isspace(byte_at(s, i - 1)) && isspace(next))
			s->clause++;
		break;
	default:
		break;
	}
	return i + 1;
}

/* Typographic quotes and dashes as their ASCII forms, so that "isn’t" is seen. */
static struct span plain_quotes(struct span text, struct arena *a)
{
	char *out = arena_alloc(a, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		const uint8_t *p = text.p + i;

		if (i + 2 < text.n && p[0] == 0xe2 && p[1] == 0x80) {
			char c = p[2] == 0x98 || p[2] == 0x99  ? '\''
				: p[2] == 0x9c || p[2] == 0x9d ? '"'
				: p[2] == 0x93 || p[2] == 0x94 ? '-'
							       : '\0';

			if (c) {
				out[n++] = c;
				i += 2;
				continue;
			}
		}
		out[n++] = (char)(*p ? *p : ' ');
	}
	return span_of(out, n);
}

void words_split(struct words *ret, struct span text, struct arena *a)
{
	bool cut = text.n > WORDS_MAX_BYTES;
	struct splitter s = { .a = a, .at_start = true };

	s.text = plain_quotes(span_sub(text, 0, cut ? WORDS_MAX_BYTES : text.n), a);
	while (s.at < s.text.n && s.out.n < WORDS_MAX) {
		unsigned char c = s.text.p[s.at];
		size_t end = take_special(&s, s.at);

		if (end)
			s.at = end;
		else if (isdigit(c))
			s.at = take_number(&s, s.at);
		else if (word_byte(c))
			s.at = take_word(&s, s.at);
		else
			s.at = take_mark(&s, s.at);
	}
	*ret = (struct words){ .text = s.text,
		.n = s.out.n,
		.n_text = s.n_text,
		.truncated = cut || s.at < s.text.n };
	ret->v = arena_array(a, s.out.n ? s.out.n : 1, sizeof(struct word));
	if (s.out.n)
		memcpy(ret->v, s.out.v, s.out.n * sizeof(struct word));
	vec_done(&s.out);
}
