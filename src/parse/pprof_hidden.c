/* SPDX-License-Identifier: MIT */
/*
 * drop_frames and keep_frames of a pprof file: regular expressions over whole function names
 * (google/pprof profile/prune.go). Go writes RE2; what POSIX reads the same way is used.
 */
#include "base/buf.h"
#include "base/compiler.h"
#include "parse/pprof.h"

#include <regex.h>

enum { MAX_PATTERN = 8192, MAX_NAME = 4096, MAX_GROUPS = 64 };

/*
 * POSIX text of the pattern, anchored. False for what POSIX lacks (classes like \d, lazy
 * repetition) and for what makes libc's matcher slow or large (bounded repetition, references).
 */
static bool to_posix(const char *re, struct buf *ret)
{
	unsigned depth = 0;
	bool set = false;

	buf_puts(ret, "^(");
	for (const char *c = re; *c; c++) {
		if (*c == '\\') {
			if (!c[1] || strchr("0123456789dDwWsSbBAzQEpP", c[1]))
				return false;
			buf_putc(ret, *c++);
		} else if (set) {
			set = *c != ']';
		} else if (*c == '[') {
			set = true;
		} else if (*c == '{' || (strchr("*+?", *c) && strchr("+?", c[1]) && c[1])) {
			return false;
		} else if (*c == '(') {
			if (++depth > MAX_GROUPS)
				return false;
			if (c[1] == '?') {
				if (c[2] != ':')
					return false;
				buf_putc(ret, '(');
				c += 2;
				continue;
			}
		} else if (*c == ')') {
			depth -= depth > 0;
		}
		buf_putc(ret, *c);
	}
	buf_puts(ret, ")$");
	return true;
}

static bool compile(const char *re, regex_t *ret)
{
	_cleanup_(buf_done) struct buf text = { 0 };

	return strlen(re) <= MAX_PATTERN && to_posix(re, &text) &&
		regcomp(ret, buf_cstr(&text), REG_EXTENDED | REG_NOSUB) == 0;
}

/* Without the argument list of a C++ function, as pprof matches it. */
static void bare_name(const char *name, struct buf *ret)
{
	size_t n = strnlen(name, MAX_NAME);
	const char *open = memchr(name, '(', n);

	buf_clear(ret);
	/* "(anonymous namespace)::f(int)": the list is the one at the end */
	while (open && open == name) {
		const char *close = memchr(open, ')', n - (size_t)(open - name));

		open = close ? memchr(close, '(', n - (size_t)(close - name)) : NULL;
	}
	buf_add(ret, name, open ? (size_t)(open - name) : n);
}

bool pprof_hidden(const struct pprof_file *f, const char *drop, const char *keep, bool *hide)
{
	_cleanup_(buf_done) struct buf name = { 0 };
	regex_t drop_re, keep_re;

	if (!*drop)
		return true;
	if (!compile(drop, &drop_re))
		return false;
	if (*keep && !compile(keep, &keep_re)) {
		regfree(&drop_re);
		return false;
	}
	for (size_t i = 0; i < f->functions.n; i++) {
		uint64_t s = f->functions.v[i].name;

		bare_name(s < f->strings.n ? profile_str(f->profile, f->strings.v[s]) : "", &name);
		hide[i] = name.n && regexec(&drop_re, buf_cstr(&name), 0, NULL, 0) == 0 &&
			!(*keep && regexec(&keep_re, buf_cstr(&name), 0, NULL, 0) == 0);
	}
	regfree(&drop_re);
	if (*keep)
		regfree(&keep_re);
	return true;
}
