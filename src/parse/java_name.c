/* SPDX-License-Identifier: MIT */
/* HotSpot: classFileParser.cpp (hidden class names), java.lang.reflect.Proxy, MethodAccessors. */
#include "parse/java_name.h"

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* "Foo$$Lambda$14/0x0000000800c03000", "Foo$$Lambda+0x00007f…", JDK 8: "Foo$$Lambda$1/1637506559"
 */
static struct span without_address(struct span s)
{
	for (size_t i = 0; i + 2 < s.n; i++)
		if ((s.p[i] == '/' || s.p[i] == '+') && s.p[i + 1] == '0' && s.p[i + 2] == 'x')
			return span_sub(s, 0, i);
	size_t at = s.n;

	while (at > 0 && digit(s.p[at - 1]))
		at--;
	return at > 1 && at < s.n && s.p[at - 1] == '/' ? span_sub(s, 0, at - 1) : s;
}

/* Length of the run-time number after a generated name that ends here, 0 none. */
static size_t number_after(struct span s, size_t end)
{
	static const char *const numbered[] = { "$$Lambda", "GeneratedMethodAccessor",
		"GeneratedConstructorAccessor", "GeneratedSerializationConstructorAccessor",
		"$Proxy" };

	for (size_t i = 0; i < ARRAY_LEN(numbered); i++) {
		size_t n = strlen(numbered[i]), k = end;

		if (end < n || memcmp(s.p + end - n, numbered[i], n) != 0)
			continue;
		if (k < s.n && s.p[k] == '$')
			k++;
		if (k == s.n || !digit(s.p[k]))
			continue;
		while (k < s.n && digit(s.p[k]))
			k++;
		return k - end;
	}
	return 0;
}

void java_class_name(struct buf *to, struct span class_name)
{
	struct span s = without_address(class_name);

	for (size_t i = 0; i < s.n; i++) {
		i += number_after(s, i);
		if (i < s.n)
			buf_putc(to, s.p[i] == '/' ? '.' : s.p[i] < ' ' ? '?' : (char)s.p[i]);
	}
}

void java_method_name(struct buf *to, struct span class_name, struct span method)
{
	if (class_name.n) {
		java_class_name(to, class_name);
		buf_putc(to, '.');
	}
	for (size_t i = 0; i < method.n; i++)
		buf_putc(to, method.p[i] < ' ' ? '?' : (char)method.p[i]);
}

void java_source_file(struct buf *to, struct span class_name)
{
	size_t end = class_name.n, simple = 0;

	for (size_t i = 0; i < end; i++) {
		if (class_name.p[i] == '[' || class_name.p[i] == '+')
			return;
		if (class_name.p[i] == '/' || class_name.p[i] == '.')
			simple = i + 1;
	}
	for (size_t i = simple + 1; i < end; i++)
		if (class_name.p[i] == '$')
			end = i;
	if (simple == end || digit(class_name.p[simple]))
		return;
	for (size_t i = 0; i < end; i++)
		buf_putc(to, class_name.p[i] == '.' ? '/' : (char)class_name.p[i]);
	buf_puts(to, ".java");
}
