/* SPDX-License-Identifier: MIT */
/* Demangling through libiberty, then shortening to what a developer would write. */
#include "parse/demangle.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <setjmp.h>

/* ---- libiberty, kept on a leash ----------------------------------------------------------------
 */

struct raw_output {
	jmp_buf stop;
	size_t n;
	char text[DEMANGLE_MAX_OUTPUT];
};

/*
 * Substitutions let a short mangled name describe an exponentially long one and the library has no
 * limit; it keeps its state on the stack, so jumping out of the callback leaks nothing.
 */
static void raw_add(const char *s, size_t n, void *opaque)
{
	struct raw_output *o = opaque;

	if (n >= sizeof(o->text) - o->n)
		longjmp(o->stop, 1);
	if (n)
		memcpy(o->text + o->n, s, n);
	o->n += n;
}

static bool demangle_raw(const char *name, bool rust, struct raw_output *o)
{
	o->n = 0;
	if (setjmp(o->stop))
		return false;
	int ok = rust ? rust_demangle_callback(name, DMGL_NO_OPTS, raw_add, o)
		      : cplus_demangle_v3_callback(name, DMGL_NO_OPTS, raw_add, o);

	if (!ok || o->n == 0)
		return false;
	o->text[o->n] = '\0';
	return true;
}

/* ---- brackets ---------------------------------------------------------------------------------
 */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* Length of "operator<<", "operator->", ... at s, whose '<' and '>' are no brackets; 0 elsewhere.
 */
static size_t operator_len(const char *start, const char *s)
{
	size_t n = 8;

	if (strncmp(s, "operator", 8) != 0 || (s > start && is_word(s[-1])) || is_word(s[8]))
		return 0;
	if (s[n] == ' ' && (s[n + 1] == '<' || s[n + 1] == '-'))
		n++;
	if (strncmp(s + n, "<=>", 3) == 0)
		return n + 3;
	if (strncmp(s + n, "->*", 3) == 0 || strncmp(s + n, "<<=", 3) == 0 ||
		strncmp(s + n, ">>=", 3) == 0)
		return n + 3;
	if (strncmp(s + n, "->", 2) == 0 || strncmp(s + n, "<<", 2) == 0 ||
		strncmp(s + n, ">>", 2) == 0 || strncmp(s + n, "<=", 2) == 0 ||
		strncmp(s + n, ">=", 2) == 0)
		return n + 2;
	return s[n] == '<' || s[n] == '>' ? n + 1 : 0;
}

/* The '>' that closes the '<' at s, NULL when it is not balanced. */
static const char *closing(const char *start, const char *s)
{
	unsigned depth = 0;

	for (; *s; s++) {
		size_t op = operator_len(start, s);

		if (op) {
			s += op - 1;
			continue;
		}
		if (*s == '<')
			depth++;
		else if (*s == '>' && s[-1] != '-' && s[-1] != '=' && --depth == 0)
			return s;
	}
	return NULL;
}

/* ---- C++ --------------------------------------------------------------------------------------
 */

static const char *const cpp_defaults[] = { "std::allocator<", "std::char_traits<", "std::less<",
	"std::hash<", "std::equal_to<", "std::default_delete<",
	"std::pmr::polymorphic_allocator<" };

static const struct {
	const char *from, *to;
} cpp_words[] = {
	{ "std::__cxx11::basic_string<char>", "std::string" },
	{ "std::basic_string<char>", "std::string" },
	{ "std::basic_string_view<char>", "std::string_view" },
	{ "std::basic_ostream<char>", "std::ostream" },
	{ "std::basic_istream<char>", "std::istream" },
	{ "std::__cxx11::", "std::" },
	{ "std::__1::", "std::" },
	{ "[abi:cxx11]", "" },
};

static bool is_default_arg(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(cpp_defaults); i++)
		if (strncmp(s, cpp_defaults[i], strlen(cpp_defaults[i])) == 0)
			return true;
	return false;
}

static bool ends_with_operator(const struct buf *b)
{
	return b->n >= 8 && memcmp(b->p + b->n - 8, "operator", 8) == 0;
}

/* Copies, leaving out ", std::allocator<...>" and its like behind the first argument; "> >" is
 * ">>". */
static void cpp_drop_defaults(const char *s, struct buf *out)
{
	const char *start = s;

	while (*s) {
		size_t op = operator_len(start, s);

		if (op) {
			buf_add(out, s, op);
			s += op;
			continue;
		}
		if (s[0] == ',' && s[1] == ' ' && is_default_arg(s + 2)) {
			const char *end = closing(s + 2, strchr(s + 2, '<'));

			if (end) {
				s = end + 1;
				continue;
			}
		}
		if (s[0] == ' ' && s[1] == '>' && out->n && !ends_with_operator(out)) {
			s++;
			continue;
		}
		buf_putc(out, *s++);
	}
}

static void cpp_replace_words(const char *s, struct buf *out)
{
	while (*s) {
		size_t i = 0;

		while (i < ARRAY_LEN(cpp_words) &&
			strncmp(s, cpp_words[i].from, strlen(cpp_words[i].from)) != 0)
			i++;
		if (i < ARRAY_LEN(cpp_words)) {
			buf_puts(out, cpp_words[i].to);
			s += strlen(cpp_words[i].from);
		} else {
			buf_putc(out, *s++);
		}
	}
}

/* Argument lists longer than DEMANGLE_MAX_ARGS become <...>. */
static void cut_long_args(const char *s, struct buf *out)
{
	const char *start = s;

	while (*s) {
		size_t op = operator_len(start, s);

		if (op) {
			buf_add(out, s, op);
			s += op;
			continue;
		}
		/* "<T as Trait>" at the start of a path is a name, not a list of arguments */
		const char *end =
			*s == '<' && s > start && is_word(s[-1]) ? closing(start, s) : NULL;

		if (end && end - s > DEMANGLE_MAX_ARGS) {
			buf_puts(out, "<...>");
			s = end + 1;
			continue;
		}
		buf_putc(out, *s++);
	}
}

/* The ')' that closes the '(' at s, NULL when it is not balanced. */
static const char *closing_paren(const char *s)
{
	unsigned depth = 0;

	for (; *s; s++) {
		if (*s == '(')
			depth++;
		else if (*s == ')' && --depth == 0)
			return s;
	}
	return NULL;
}

static const char *skip_prefix(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : s;
}

/*
 * Parameters that tell the scopes of local classes apart: "f(int)::{lambda(char)#2}::operator()" is
 * "f()::{lambda#2}::operator()". Thunks are shown as the function that they lead to.
 */
static void cpp_drop_parameters(const char *s, struct buf *out)
{
	const char *from = skip_prefix(s, "non-"), *body = skip_prefix(from, "virtual thunk to ");
	bool thunk = body > from;

	if (thunk)
		s = body;
	while (*s) {
		/* how GCC names the type of a lambda in its debug information */
		const char *lambda = strncmp(s, "<lambda(", 8) == 0 ? closing_paren(s + 7) : NULL;

		if (lambda && lambda[1] == '>') {
			buf_puts(out, "{lambda}");
			s = lambda + 2;
			continue;
		}
		const char *close =
			*s == '(' && strncmp(s, "(anonymous", 10) != 0 ? closing_paren(s) : NULL;
		const char *next = close ? skip_prefix(close + 1, " const") : NULL;

		if (close && strncmp(next, "::", 2) == 0 && !ends_with_operator(out)) {
			buf_puts(out, "()");
			s = next;
		} else if (close && out->n >= 7 && memcmp(out->p + out->n - 7, "{lambda", 7) == 0) {
			s = close + 1;
		} else if (close && thunk && !*next && !ends_with_operator(out)) {
			return;
		} else {
			buf_putc(out, *s++);
		}
	}
}

void demangle_shorten_cpp(const char *name, struct buf *ret)
{
	struct buf raw = { 0 }, a = { 0 }, b = { 0 };

	cpp_drop_parameters(name, &raw);
	cpp_drop_defaults(buf_cstr(&raw), &a);
	buf_done(&raw);
	cpp_replace_words(buf_cstr(&a), &b);
	buf_clear(ret);
	cut_long_args(buf_cstr(&b), ret);
	buf_done(&a);
	buf_done(&b);
}

/* ---- Rust -------------------------------------------------------------------------------------
 */

static const char *const rust_defaults[] = { "alloc::alloc::Global", "std::alloc::Global",
	"std::hash::random::RandomState", "std::collections::hash::map::RandomState" };

static size_t rust_default_arg(const char *s)
{
	if (*s != ',')
		return 0;
	size_t skip = s[1] == ' ' ? 2 : 1;

	for (size_t i = 0; i < ARRAY_LEN(rust_defaults); i++) {
		size_t n = strlen(rust_defaults[i]);

		if (strncmp(s + skip, rust_defaults[i], n) == 0 && !is_word(s[skip + n]) &&
			s[skip + n] != ':')
			return skip + n;
	}
	return 0;
}

/* True when the brackets from s to end hold " as " at their own level. */
static bool has_as(const char *s, const char *end)
{
	int depth = 0;

	for (; s < end; s++) {
		if (*s == '<')
			depth++;
		else if (*s == '>' && s[-1] != '-')
			depth--;
		else if (depth == 1 && strncmp(s, " as ", 4) == 0)
			return true;
	}
	return false;
}

/* The brackets of "<alloc::vec::Vec<u8>>::push" around a type whose own method follows. */
static bool is_self_type(const char *start, const char *s, const char *close)
{
	if (s > start && (is_word(s[-1]) || s[-1] == ':'))
		return false;
	return close[1] == ':' && close[2] == ':' && (is_word(s[1]) || s[1] == '<') &&
		!has_as(s, close);
}

static void rust_copy(const char *s, const char *end, unsigned depth, struct buf *out);

/* Inside argument lists a path is its last part: Vec<alloc::string::String> is Vec<String>. */
static void rust_copy_args(const char *s, const char *end, unsigned depth, struct buf *out)
{
	struct buf part = { 0 };

	rust_copy(s, end, depth + 1, &part);
	const char *p = buf_cstr(&part);

	while (*p) {
		size_t n = 0;

		while (is_word(p[n]) || (p[n] == ':' && p[n + 1] == ':') ||
			(n && p[n] == ':' && p[n - 1] == ':'))
			n++;
		/* only cut where another part follows, "::" may also stand before '{' or '<' */
		size_t last = 0;

		for (size_t i = 0; i + 1 < n; i++)
			if (p[i] == ':' && p[i + 1] == ':' && i + 2 < n)
				last = i + 2;
		if (n == 0) {
			buf_putc(out, *p++);
			continue;
		}
		buf_add(out, p + last, n - last);
		p += n;
	}
	buf_done(&part);
}

static void rust_copy(const char *s, const char *end, unsigned depth, struct buf *out)
{
	const char *start = s;

	while (s < end) {
		size_t def = depth ? rust_default_arg(s) : 0;

		if (def && s + def <= end) {
			s += def;
			continue;
		}
		const char *close = *s == '<' && depth < 32 ? closing(s, s) : NULL;

		if (!close || close >= end) {
			buf_putc(out, *s++);
			continue;
		}
		bool impl = strncmp(s, "<impl ", 6) == 0;

		if (!impl && s - start >= 2 && s[-1] == ':' && s[-2] == ':') {
			/* turbofish: legacy names do not have it, so it must not tell functions
			 * apart */
			if (out->n >= 2)
				out->n -= 2;
			s = close + 1;
		} else if (!impl && is_self_type(start, s, close)) {
			rust_copy(s + 1, close, depth, out);
			s = close + 1;
		} else {
			buf_putc(out, '<');
			if (has_as(s, close))
				rust_copy(s + 1, close, depth, out);
			else
				rust_copy_args(s + 1, close, depth, out);
			buf_putc(out, '>');
			s = close + 1;
		}
	}
	if (out->p)
		out->p[out->n] = '\0';
}

void demangle_shorten_rust(const char *name, struct buf *ret)
{
	struct buf a = { 0 };

	rust_copy(name, name + strlen(name), 0, &a);
	buf_clear(ret);
	cut_long_args(buf_cstr(&a), ret);
	buf_done(&a);
}

/* ---- entry ------------------------------------------------------------------------------------
 */

/* Length of the name without suffixes that compilers add to clones and parts. */
static size_t without_clone_suffix(const char *name)
{
	static const char *const suffixes[] = { ".isra.", ".part.", ".constprop.", ".cold",
		".llvm.", ".lto_priv.", ".localalias", ".specialized." };
	size_t n = strlen(name);

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		const char *hit = strstr(name, suffixes[i]);

		if (hit && hit > name)
			n = MIN(n, (size_t)(hit - name));
	}
	return n;
}

enum demangle_style demangle(const char *name, struct buf *ret)
{
	size_t n = strnlen(name, DEMANGLE_MAX_INPUT + 1);
	char copy[DEMANGLE_MAX_INPUT + 1];
	struct raw_output raw;

	buf_clear(ret);
	if (n > DEMANGLE_MAX_INPUT) {
		buf_add(ret, name, DEMANGLE_MAX_INPUT);
		return DEMANGLE_NONE;
	}
	n = without_clone_suffix(name);
	memcpy(copy, name, n);
	copy[n] = '\0';
	/* a symbol version, not "memcpy@plt" */
	char *at = strchr(copy, '@');

	if (at && at > copy && strcmp(at, "@plt") != 0)
		*at = '\0';
	bool rust = strncmp(copy, "_R", 2) == 0, mangled = strncmp(copy, "_Z", 2) == 0;

	if ((rust || mangled) && demangle_raw(copy, true, &raw)) {
		demangle_shorten_rust(raw.text, ret);
		return DEMANGLE_RUST;
	}
	if (mangled) {
		char *plt = strstr(copy, "@plt");

		if (plt)
			*plt = '\0';
		if (demangle_raw(copy, false, &raw)) {
			demangle_shorten_cpp(raw.text, ret);
			if (plt)
				buf_puts(ret, "@plt");
			return DEMANGLE_CPP;
		}
		if (plt)
			*plt = '@';
	}
	buf_puts(ret, copy);
	return DEMANGLE_NONE;
}
