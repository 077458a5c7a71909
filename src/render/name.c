/* SPDX-License-Identifier: MIT */
/* Shortening of demangled C++, Rust, Go and other names without hiding what they name. */
#include "render/name.h"

#include "base/alloc.h"
#include "render/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 4096 };

/* Long spellings of one type; the templates' default arguments are dropped apart from these. */
static const struct {
	const char *from, *to;
} spellings[] = {
	{ "std::__cxx11::", "std::" },
	{ "std::__1::", "std::" },
	{ "std::basic_string<char, std::char_traits<char>, std::allocator<char> >", "std::string" },
	{ "std::basic_string<char, std::char_traits<char>, std::allocator<char>>", "std::string" },
	{ "std::basic_string_view<char, std::char_traits<char> >", "std::string_view" },
	{ "std::basic_string_view<char, std::char_traits<char>>", "std::string_view" },
	{ "(anonymous namespace)::", "" },
	{ "{anonymous}::", "" },
};

/* Suffixes that compilers add to copies of a function: GCC's IPA passes, LLVM's ThinLTO. */
static const char *const clone_marks[] = { " [clone", ".isra.", ".constprop.", ".part.", ".cold",
	".lto_priv.", ".llvm." };

static void replace_all(char *s, const char *from, const char *to)
{
	size_t n = strlen(from), m = strlen(to); /* m <= n: it fits in place */

	for (char *at = s; (at = strstr(at, from));) {
		memcpy(at, to, m);
		memmove(at + m, at + n, strlen(at + n) + 1);
		at += m;
	}
}

static void cut_clone_marks(char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(clone_marks); i++) {
		char *at = strstr(s, clone_marks[i]);

		if (at && at > s)
			*at = '\0';
	}
}

/* Rust's legacy mangling ends in a hash: "::h" and 16 hex digits. */
static void cut_rust_hash(char *s)
{
	size_t n = strlen(s);

	if (n > 19 && strncmp(s + n - 19, "::h", 3) == 0 &&
		strspn(s + n - 16, "0123456789abcdef") == 16)
		s[n - 19] = '\0';
}

static bool ident(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/* Bytes of an operator's name at s ("operator<<", "operator()", "operator new"), 0 when none. */
static size_t operator_len(const char *start, const char *s)
{
	if (strncmp(s, "operator", 8) != 0 || (s > start && ident(s[-1])) || ident(s[8]))
		return 0;
	size_t n = 8;

	if (strncmp(s + n, "()", 2) == 0 || strncmp(s + n, "[]", 2) == 0)
		return n + 2;
	if (s[n] == ' ')
		return n + strcspn(s + n, "(");
	return n + strspn(s + n, "<>=!+-*/%^&|~,");
}

/* The bracket that closes the one at s, or the end of the string. */
static char *closing(char *s)
{
	int depth = 0;

	for (; *s; s++) {
		if (strchr("(<[{", *s))
			depth++;
		else if (strchr(")>]}", *s) && !(*s == '>' && s[-1] == '-') && --depth == 0)
			return s;
	}
	return s;
}

/* Removes argument lists; what follows the last one ("const", "&") goes with it. */
static bool cut_arguments(char *s)
{
	bool cut = false;
	int angle = 0;

	for (char *p = s; *p;) {
		size_t op = operator_len(s, p);

		if (op) {
			p += op;
			continue;
		}
		if (*p == '<')
			angle++;
		else if (*p == '>' && angle > 0 && p[-1] != '-')
			angle--;
		bool receiver = p > s && p[-1] == '.'; /* Go: main.(*Table).Get */

		if (*p != '(' || angle || receiver || p == s) {
			p++;
			continue;
		}
		char *end = closing(p);
		bool more = *end &&
			(end[1] == ':' || end[1] == '#' || strncmp(end + 1, " const::", 8) == 0);

		if (!more) {
			*p = '\0';
			return true;
		}
		const char *rest = end + 1 + (end[1] == ' ' ? 6 : 0);

		memmove(p, rest, strlen(rest) + 1);
		cut = true;
	}
	return cut;
}

/* "void sort<int>" -> "sort<int>": only instantiations are demangled with their return type. */
static void cut_return_type(char *s)
{
	int depth = 0;
	char *start = s;

	if (!strchr(s, '<') || strstr(s, "operator ") || strstr(s, " to ") || *s == '<')
		return;
	for (char *p = s; *p; p++) {
		if (operator_len(s, p))
			break;
		if (strchr("(<[{", *p))
			depth++;
		else if (strchr(")>]}", *p))
			depth--;
		else if (*p == ' ' && depth == 0)
			start = p + 1;
	}
	memmove(s, start, strlen(start) + 1);
}

/* Drops ", std::allocator<...>" and friends: defaults that nobody wrote. */
static void cut_default_arguments(char *s)
{
	static const char *const defaults[] = { ", std::allocator<", ", std::char_traits<",
		", std::less<", ", std::default_delete<", ", std::hash<", ", std::equal_to<",
		", alloc::alloc::Global" };

	for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
		size_t n = strlen(defaults[i]);

		for (char *at; (at = strstr(s, defaults[i]));) {
			char *end = defaults[i][n - 1] == '<' ? closing(at + n - 1) : at + n - 1;

			if (*end)
				end++;
			while (*end == ' ')
				end++;
			memmove(at, end, strlen(end) + 1);
		}
	}
}

/* Last part of a path without its generics: "alloc::vec::Vec<T>" -> "Vec". */
static void last_part(struct buf *out, const char *s, size_t n)
{
	size_t start = 0, end = n;
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '<' || s[i] == '(' || s[i] == '[') {
			if (depth++ == 0 && end == n && i > start)
				end = i;
		} else if (s[i] == '>' || s[i] == ')' || s[i] == ']') {
			depth--;
		} else if (depth == 0 && s[i] == ':' && i + 1 < n && s[i + 1] == ':') {
			start = i + 2;
			end = n;
		}
	}
	buf_add(out, s + start, end - start);
}

/* "<alloc::vec::Vec<T> as core::iter::Extend<T>>::extend" -> "<Vec as Extend>::extend" */
static char *collapse_impl(const char *s)
{
	struct buf out = { 0 };
	char *copy = xstrdup(s);
	char *end = closing(copy), *as = NULL;
	int depth = 0;

	for (char *p = copy; p < end; p++) {
		depth += *p == '<' ? 1 : *p == '>' ? -1 : 0;
		if (depth == 1 && strncmp(p, " as ", 4) == 0)
			as = p;
	}
	if (as) {
		buf_putc(&out, '<');
		last_part(&out, copy + 1, (size_t)(as - copy) - 1);
		buf_puts(&out, " as ");
		last_part(&out, as + 4, (size_t)(end - as) - 4);
		buf_puts(&out, *end ? ">" : "");
		buf_puts(&out, *end ? end + 1 : "");
	} else {
		buf_puts(&out, s);
	}
	free(copy);
	return buf_steal(&out);
}

static char *collapse_templates(const char *s)
{
	struct buf out = { 0 };
	char *copy = xstrdup(s);

	for (char *p = copy; *p;) {
		size_t op = operator_len(copy, p);

		if (op) {
			buf_add(&out, p, op);
			p += op;
			continue;
		}
		if (*p == '<' && (p > copy)) {
			char *end = closing(p);

			buf_puts(&out, end - p > 4 ? "<…>" : "<>");
			if (end - p <= 4) {
				out.n -= 2;
				buf_add(&out, p, (size_t)(end - p) + (*end ? 1 : 0));
			}
			p = *end ? end + 1 : end;
			continue;
		}
		buf_putc(&out, *p++);
	}
	free(copy);
	return out.n ? buf_steal(&out) : xstrdup("");
}

/* Where the name after the first name space starts, NULL when only the name itself is left. */
static const char *after_namespace(const char *s)
{
	int depth = 0;

	for (const char *p = s; *p; p++) {
		if (strchr("(<[{", *p))
			depth++;
		else if (strchr(")>]}", *p))
			depth--;
		else if (depth == 0 && p > s && p[0] == ':' && p[1] == ':' && p[2])
			return p + 2;
		else if (depth == 0 && p[0] == '/' && p[1])
			return p + 1;
	}
	return NULL;
}

static void middle_cut(struct buf *out, const char *s, unsigned width)
{
	unsigned have = utf8_width(s), tail = (width - 1) * 3 / 5, head = width - 1 - tail, at = 0;
	const char *p = s;

	while (*p) {
		const char *from = p;
		unsigned w = utf8_columns(utf8_next(&p));

		if (at + w <= head || at >= have - tail)
			buf_add(out, from, (size_t)(p - from));
		if (at < head && at + w >= head)
			buf_puts(out, "…");
		at += w;
	}
}

/* The longest tail of name spaces that fits, "…::" before it where there is room to say so. */
static void put_fitting(struct buf *out, const char *s, unsigned width)
{
	const char *rest = s;

	while (utf8_width(rest) > width) {
		const char *next = after_namespace(rest);

		if (!next)
			break;
		rest = next;
	}
	unsigned w = utf8_width(rest);

	if (rest > s && rest[-1] == ':' && w + 3 <= width)
		buf_puts(out, "…::");
	if (w <= width)
		buf_puts(out, rest);
	else
		middle_cut(out, rest, width);
}

void name_short(struct buf *out, const char *name, unsigned width)
{
	char *s = xstrndup(name, NAME_MAX_BYTES);

	cut_clone_marks(s);
	cut_rust_hash(s);
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
		replace_all(s, spellings[i].from, spellings[i].to);
	cut_default_arguments(s);
	if (*s != '[' && cut_arguments(s))
		cut_return_type(s);
	if (width && utf8_width(s) > width && *s == '<' && strstr(s, " as ")) {
		char *shorter = collapse_impl(s);

		free(s);
		s = shorter;
	}
	if (width && utf8_width(s) > width) {
		char *shorter = collapse_templates(s);

		free(s);
		s = shorter;
	}
	const char *shown = *s ? s : name; /* nothing but an argument list: show it as it is */

	if (width == 0 || utf8_width(shown) <= width)
		buf_puts(out, shown);
	else
		put_fitting(out, shown, MAX(width, 4u));
	free(s);
}

void path_short(struct buf *out, const char *path, unsigned width)
{
	if (utf8_width(path) <= width) {
		buf_puts(out, path);
		return;
	}
	const char *best = strrchr(path, '/');

	for (const char *p = best; p && p > path; p--)
		if (*p == '/' && utf8_width(p) + 1 <= width)
			best = p;
	if (best && utf8_width(best) + 1 <= width) {
		buf_puts(out, "…");
		buf_puts(out, best);
	} else if (best && utf8_width(best + 1) <= width) {
		buf_puts(out, best + 1);
	} else {
		middle_cut(out, best ? best + 1 : path, MAX(width, 4u));
	}
}
