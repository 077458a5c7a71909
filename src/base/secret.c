/* SPDX-License-Identifier: MIT */
/* Hiding secrets. */
#include "base/secret.h"

#include <string.h>
#include <strings.h>

static const char hidden[] = "***";

enum { TOKEN_LEAST = 16 };

bool secret_named(const char *name, size_t n)
{
	static const char *const words[] = { "passw", "passphrase", "secret", "token", "apikey",
		"api-key", "api_key", "credential", "private-key", "private_key", "access-key",
		"access_key", "pwd", "authorization" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t len = strlen(words[i]);

		for (size_t at = 0; at + len <= n; at++)
			if (strncasecmp(name + at, words[i], len) == 0)
				return true;
	}
	/* "auth" alone, not in "author" */
	return (n >= 4 && strncasecmp(name + n - 4, "auth", 4) == 0) ||
		(n == 4 && strncasecmp(name, "pass", 4) == 0) ||
		(n >= 5 && strncasecmp(name + n - 5, "_pass", 5) == 0);
}

static bool key_char(int c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' ||
		c == '-' || c == '.';
}

static bool word_end(int c)
{
	return (unsigned char)c <= ' ' || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>';
}

static bool known_token(const char *s, size_t n)
{
	static const char *const prefixes[] = { "ghp_", "gho_", "ghs_", "ghu_", "github_pat_",
		"glpat-", "xoxb-", "xoxp-", "xoxa-", "AKIA", "ASIA", "sk-", "sk_live_", "rk_live_",
		"pk_live_", "eyJ", "npm_", "pypi-", "hf_", "AIza" };

	for (size_t i = 0; i < ARRAY_LEN(prefixes) && n >= TOKEN_LEAST; i++)
		if (strncmp(s, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* The credentials of a URL in a word: [*ret_from, *ret_to) is to be hidden, the user stays. */
static bool url_secret(const char *s, size_t n, size_t *ret_from, size_t *ret_to)
{
	const char *scheme = memmem(s, n, "://", 3);

	if (!scheme)
		return false;
	const char *from = scheme + 3;
	/* a password may hold '/', '?' and '#': the last '@' ends it */
	const char *at = memrchr(from, '@', n - (size_t)(from - s));

	if (!at)
		return false;
	const char *colon = memchr(from, ':', (size_t)(at - from)),
		   *slash = memchr(from, '/', (size_t)(at - from));

	/* https://site/@name has an '@' of another kind */
	if (slash && (!colon || slash < colon))
		return false;
	*ret_from = (size_t)((colon ? colon + 1 : from) - s);
	*ret_to = (size_t)(at - s);
	return true;
}

/* Where the value of "key=value" or "key:value" begins when the key names a secret; 0 otherwise. */
static size_t setting_value(const char *s, size_t n)
{
	size_t from = 0;

	/* the key may stand behind others: "host=h;password=x", "?user=u&token=x" */
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '=' || (s[i] == ':' && i + 1 < n && s[i + 1] != '/')) {
			if (i > from && secret_named(s + from, i - from))
				return i + 1;
			from = i + 1;
		} else if (!key_char(s[i])) {
			from = i + 1;
		}
	}
	return 0;
}

static void put_word(struct buf *b, const char *s, size_t n)
{
	size_t value = setting_value(s, n), from, to;

	if (known_token(s, n)) {
		buf_puts(b, hidden);
		return;
	}
	if (url_secret(s, n, &from, &to)) {
		buf_add(b, s, from);
		buf_puts(b, hidden);
		/* the rest may hold "?password=x" */
		put_word(b, s + to, n - to);
		return;
	}
	if (value && value < n) {
		buf_add(b, s, value);
		buf_puts(b, hidden);
		return;
	}
	buf_add(b, s, n);
}

static bool asks_for_secret(const char *option)
{
	return option && option[0] == '-' && !strchr(option, '=') &&
		secret_named(option, strlen(option));
}

void secret_put_argument(struct buf *b, const char *arg, const char *before)
{
	size_t n = strlen(arg), value = setting_value(arg, n);

	if (asks_for_secret(before)) {
		buf_puts(b, hidden);
	} else if (value && !strstr(arg, "://") && strcspn(arg, " \t\n") > value - 1) {
		/* with its blanks and quotes: the whole rest is the value */
		buf_add(b, arg, value);
		buf_puts(b, value < n ? hidden : "");
	} else if (strpbrk(arg, " \t\n\"'")) {
		struct arena a = { 0 };

		buf_puts(b, secret_hide(&a, arg));
		arena_done(&a);
	} else {
		put_word(b, arg, n);
	}
}

/* Behind a value that begins at p: its closing quote, or the end of the word. */
static const char *value_end(const char *p)
{
	if (*p == '"' || *p == '\'') {
		const char *end = strchr(p + 1, *p);

		return end ? end : p + strlen(p);
	}
	while (*p && !word_end(*p))
		p++;
	return p;
}

char *secret_hide(struct arena *a, const char *text)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	bool next_is_secret = false;

	for (const char *p = text; *p;) {
		if (word_end(*p)) {
			if (next_is_secret && (*p == '"' || *p == '\'')) {
				p = value_end(p);
				buf_puts(&b, hidden);
				next_is_secret = false;
				p += *p != '\0';
				continue;
			}
			buf_putc(&b, *p++);
			continue;
		}
		size_t n = 0;

		while (p[n] && !word_end(p[n]))
			n++;
		bool colon = p[n - 1] == ':' || p[n - 1] == '=';

		bool scheme =
			n == 6 && strncasecmp(p, "bearer", 6) == 0; /* of HTTP, its token follows */

		if (next_is_secret && !scheme)
			buf_puts(&b, hidden);
		else
			put_word(&b, p, n);
		/* "--password VALUE", "password: VALUE", "PASSWORD='VALUE'", "Bearer VALUE" */
		next_is_secret = scheme ||
			(!next_is_secret &&
				((colon && secret_named(p, n - 1)) ||
					(p[0] == '-' && !memchr(p, '=', n) && secret_named(p, n))));
		p += n;
	}
	return arena_strdup(a, buf_cstr(&b));
}
