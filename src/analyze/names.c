/* SPDX-License-Identifier: MIT */
/* Demangled names reduced to what people call a function. */
#include "analyze/names.h"

#include "base/alloc.h"

#include <ctype.h>
#include <stdlib.h>

/* Suffixes that compilers add to clones of a function; everything from the first on is dropped. */
static const char *const clone_suffixes[] = {
	".isra.",
	".part.",
	".constprop.",
	".cold",
	".llvm.",
	".lto_priv.",
	".localalias",
	".clone.",
	".abi0",
	".abiinternal",
	" [clone",
	"-fm",
};

/* What starts a closure inside the function that holds it. */
static const char *const closure_marks[] = {
	"::{closure",
	"::{{closure",
	"::{lambda",
	"::<lambda",
	"::'lambda",
	"::{async",
	"::$_",
	/* Python: comprehensions and lambdas by their full names */
	".<locals>.<listcomp>",
	".<locals>.<setcomp>",
	".<locals>.<dictcomp>",
	".<locals>.<genexpr>",
	".<locals>.<lambda>",
};

static bool ident_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static bool starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Index behind the bracket that matches the one at s[i]; the end when it never closes. */
static size_t skip_bracket(const char *s, size_t i)
{
	char open = s[i], close = open == '<' ? '>' : open == '(' ? ')' : open == '{' ? '}' : ']';
	int depth = 0;

	for (; s[i]; i++) {
		if (s[i] == open)
			depth++;
		else if (s[i] == close && !(close == '>' && i && s[i - 1] == '-') && --depth == 0)
			return i + 1;
	}
	return i;
}

/* Length of an operator's symbol after the word "operator" at s. */
static size_t operator_length(const char *s)
{
	static const char *const ops[] = {
		"<<=",
		">>=",
		"<=>",
		"->*",
		"()",
		"[]",
		"<<",
		">>",
		"<=",
		">=",
		"==",
		"!=",
		"->",
		"&&",
		"||",
		"++",
		"--",
		"+=",
		"-=",
		"*=",
		"/=",
		"%=",
		"^=",
		"&=",
		"|=",
		"<",
		">",
		"=",
		"+",
		"-",
		"*",
		"/",
		"%",
		"^",
		"&",
		"|",
		"~",
		"!",
		",",
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (starts(s, ops[i]))
			return strlen(ops[i]);
	return 0;
}

static bool at_clone_suffix(const char *s)
{
	for (size_t i = 0; i < sizeof(clone_suffixes) / sizeof(clone_suffixes[0]); i++)
		if (starts(s, clone_suffixes[i]))
			return true;
	/* Go: main.run.func1, main.run.gowrap2, main.run.deferwrap1 */
	if (starts(s, ".func") && isdigit((unsigned char)s[5]))
		return true;
	return (starts(s, ".gowrap") && isdigit((unsigned char)s[7])) ||
		(starts(s, ".deferwrap") && isdigit((unsigned char)s[10]));
}

static bool at_closure(const char *s)
{
	for (size_t i = 0; i < sizeof(closure_marks) / sizeof(closure_marks[0]); i++)
		if (starts(s, closure_marks[i]))
			return true;
	return false;
}

/* "::h0123456789abcdef" at the very end: the hash of Rust's old mangling. */
static bool at_rust_hash(const char *s)
{
	if (!starts(s, "::h") || strlen(s) != 19)
		return false;
	for (int i = 3; i < 19; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

/* Drops a return type: everything up to the last blank outside brackets. */
static void drop_return_type(struct buf *b)
{
	const char *s = buf_cstr(b);
	size_t cut = 0;

	for (size_t i = 0; s[i]; i++) {
		if ((s[i] == '<' && !ident_char(i ? s[i - 1] : ' ')) || s[i] == '(' ||
			s[i] == '{' || s[i] == '[') {
			size_t end = skip_bracket(s, i);

			if (end > i + 1)
				i = end - 1;
			if (!s[i])
				break;
		} else if (starts(s + i, "operator")) {
			break;
		} else if (s[i] == ' ') {
			cut = i + 1;
		}
	}
	if (!cut || !s[cut])
		return;

	char *rest = xstrdup(s + cut);

	buf_clear(b);
	buf_puts(b, rest);
	free(rest);
}

void name_plain(const char *display, struct buf *ret, bool *ret_closure)
{
	const char *s = display;
	size_t i = 0;
	bool after_operator = false;

	buf_clear(ret);
	*ret_closure = false;
	if (s[0] == '[') { /* "[module+0xoff]" stays as it is */
		buf_puts(ret, s);
		return;
	}
	if (starts(s, "__GI_"))
		i = 5;
	if (starts(s, "{closure") || starts(s, "{{closure") || starts(s, "<lambda") ||
		starts(s, "{lambda")) {
		*ret_closure = true;
		return;
	}
	while (s[i]) {
		if (at_closure(s + i)) {
			*ret_closure = true;
			break;
		}
		if (at_rust_hash(s + i) || at_clone_suffix(s + i) || s[i] == '@') {
			*ret_closure = *ret_closure || starts(s + i, ".func");
			break;
		}
		if (starts(s + i, "(anonymous namespace)::") || starts(s + i, "{anonymous}::")) {
			i = skip_bracket(s, i) + 2;
		} else if (starts(s + i, "operator") && (i == 0 || !ident_char(s[i - 1])) &&
			operator_length(s + i + 8)) {
			size_t n = 8 + operator_length(s + i + 8);

			buf_add(ret, s + i, n);
			i += n;
			i += s[i] == ' ' && s[i + 1] == '<';
			after_operator = true;
		} else if (s[i] == '<' && after_operator) {
			i = skip_bracket(s, i);
		} else if (s[i] == '<' && i && (ident_char(s[i - 1]) || s[i - 1] == ':')) {
			i = skip_bracket(s, i); /* template arguments or turbofish */
			if (ret->n >= 2 && strcmp(ret->p + ret->n - 2, "::") == 0 && s[i] == ':')
				i += s[i + 1] == ':' ? 2 : 0;
		} else if (s[i] == '<') {
			size_t end = skip_bracket(s, i); /* <T as Trait> belongs to the name */

			buf_add(ret, s + i, end - i);
			i = end;
		} else if (s[i] == '[') {
			i = skip_bracket(s, i); /* Go type arguments, ABI tags */
		} else if (s[i] == '(' && i && s[i - 1] == '.') {
			size_t end = skip_bracket(s, i); /* Go method: main.(*T).run */

			buf_add(ret, s + i, end - i);
			i = end;
		} else if (s[i] == '(') {
			size_t end = skip_bracket(s, i);

			if (s[end] == ':' &&
				s[end + 1] == ':') { /* a local name inside a function */
				i = end;
				continue;
			}
			break;
		} else {
			buf_putc(ret, s[i++]);
		}
	}
	while (ret->n && (ret->p[ret->n - 1] == ':' || ret->p[ret->n - 1] == ' '))
		ret->p[--ret->n] = '\0';
	drop_return_type(ret);
}

const char *name_last(const char *plain)
{
	const char *last = plain;

	for (const char *c = plain; *c; c++) {
		if (*c == '<' && (c == plain || !ident_char(c[-1])) && strncmp(c, "<=", 2) != 0) {
			size_t end = skip_bracket(c, 0);

			if (!c[end])
				break;
			c += end - 1;
			continue;
		}
		if (starts(c, "operator"))
			break;
		if (*c == ':' && c[1] == ':')
			last = c + 2;
		else if (*c == '.' && c[1] && c[1] != '.')
			last = c + 1;
	}
	return last;
}

bool name_is_special_member(const char *plain)
{
	const char *last = name_last(plain);

	if (*last == '~' || strcmp(last, "operator=") == 0)
		return true;
	if (last - plain < 3)
		return false;

	/* "A::T::T": the class is called like the function */
	size_t n = strlen(last);
	const char *class_end = last - 2;

	return (size_t)(class_end - plain) >= n && strncmp(class_end - n, last, n) == 0 &&
		((size_t)(class_end - plain) == n || !ident_char(class_end[-(ptrdiff_t)n - 1]));
}

bool name_is_operator(const char *plain)
{
	return starts(name_last(plain), "operator");
}
