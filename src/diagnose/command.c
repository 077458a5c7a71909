/* SPDX-License-Identifier: MIT */
/* Filling command templates. */
#include "diagnose/command.h"

#include "base/file.h"
#include "base/secret.h"

#include <stdio.h>
#include <string.h>

enum {
	MAX_COMMAND_BYTES = 64 << 10,
	DEFAULT_CONNECTIONS = 10,
	DEFAULT_RATE = 100,
	DEFAULT_HZ = 99
};

static const char safe[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

static void put_quoted(struct buf *b, const char *word)
{
	if (*word && word[strspn(word, safe)] == '\0') {
		buf_puts(b, word);
		return;
	}
	buf_putc(b, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_puts(b, "'\\''");
		else
			buf_putc(b, *word);
	}
	buf_putc(b, '\'');
}

const char *command_quote(struct arena *a, const char *word)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	put_quoted(&b, word);
	return arena_strdup(a, buf_cstr(&b));
}

const struct k_language *command_interpreter(const struct knowledge *k, const char *program)
{
	const char *name = path_base(program);

	for (size_t i = 0; i < k->n_languages; i++) {
		const struct k_strings *names = &k->languages[i].shebangs;

		for (size_t j = 0; j < names->n; j++) {
			size_t n = strlen(names->v[j]);

			if (strncmp(name, names->v[j], n) == 0 &&
				name[n + strspn(name + n, "0123456789.")] == '\0')
				return &k->languages[i];
		}
	}
	return NULL;
}

/* Without its secrets, which the user puts in again: the command is printed and stored. */
static void put_argv(struct buf *b, const char *const *argv)
{
	for (size_t i = 0; argv[i]; i++) {
		_cleanup_(buf_done) struct buf arg = { 0 };

		if (i)
			buf_putc(b, ' ');
		secret_put_argument(&arg, argv[i], i ? argv[i - 1] : NULL);
		put_quoted(b, buf_cstr(&arg));
	}
}

/* The command as the user gave it, else as the process shows it. */
static void put_command(struct buf *b, const struct diagnosis *d)
{
	if (d->target.argv && d->target.argv[0])
		put_argv(b, d->target.argv);
	else if (d->has_process && d->process.cmdline && d->process.cmdline[0])
		buf_puts(b, d->process.cmdline);
	else
		buf_puts(b, "COMMAND");
}

/* Without the interpreter, for tools that start the script themselves. */
static void put_script(struct buf *b, const struct diagnosis *d, const struct knowledge *k)
{
	const char *const *argv = d->target.argv;

	if (argv && argv[0]) {
		put_argv(b, command_interpreter(k, argv[0]) && argv[1] ? argv + 1 : argv);
		return;
	}
	const char *line = d->has_process && d->process.cmdline ? d->process.cmdline : "";
	size_t n = strcspn(line, " ");
	char first[256];

	if (!*line) {
		buf_puts(b, "SCRIPT");
		return;
	}
	snprintf(first, sizeof(first), "%.*s", (int)MIN(n, sizeof(first) - 1), line);
	buf_puts(b, command_interpreter(k, first) && line[n] ? line + n + 1 : line);
}

/* The interpreter the target itself uses, when it is of that language; its usual name otherwise. */
static void put_interpreter(struct buf *b, const struct diagnosis *d, const struct knowledge *k,
	const char *language, const char *usual)
{
	const char *program = d->target.argv && d->target.argv[0] ? d->target.argv[0] : "";
	char first[512];

	if (!*program && d->has_process && d->process.cmdline) {
		snprintf(first, sizeof(first), "%.*s",
			(int)MIN(strcspn(d->process.cmdline, " "), sizeof(first) - 1),
			d->process.cmdline);
		program = first;
	}
	const struct k_language *l = *program ? command_interpreter(k, program) : NULL;

	put_quoted(b, l && strcmp(l->id, language) == 0 ? program : usual);
}

static uint16_t port_of(const struct diagnosis *d)
{
	return d->has_process && d->process.n_listening ? d->process.listening[0] : 0;
}

static void put_url(struct buf *b, const struct diagnosis *d)
{
	if (d->target.url)
		put_quoted(b, d->target.url);
	else if (port_of(d))
		buf_printf(b, "http://127.0.0.1:%u/", port_of(d));
	else
		buf_puts(b, "URL");
}

static bool has_password(const char *dsn)
{
	const char *at = strchr(dsn, '@'), *scheme = strstr(dsn, "://");

	if (strstr(dsn, "password"))
		return true;
	if (!at)
		return false;
	const char *user = scheme ? scheme + 3 : dsn;

	return user < at && memchr(user, ':', (size_t)(at - user)) != NULL;
}

static void put_place(struct buf *b, const char *name, size_t n, const struct diagnosis *d,
	const struct knowledge *k, unsigned seconds, const char *out)
{
#define IS(word) (n == sizeof(word) - 1 && memcmp(name, word, n) == 0)
	if (IS("pid") && d->target.pid)
		buf_printf(b, "%d", (int)d->target.pid);
	else if (IS("pid"))
		buf_puts(b, "PID");
	else if (IS("seconds"))
		buf_printf(b, "%u", seconds);
	else if (IS("out"))
		put_quoted(b, out);
	else if (IS("cmd"))
		put_command(b, d);
	else if (IS("exe"))
		put_quoted(b, d->target.argv && d->target.argv[0] ? d->target.argv[0] : "PROGRAM");
	else if (IS("script"))
		put_script(b, d, k);
	else if (IS("python"))
		put_interpreter(b, d, k, "python", "python3");
	else if (IS("node"))
		put_interpreter(b, d, k, "javascript", "node");
	else if (IS("url"))
		put_url(b, d);
	else if (IS("dsn") && d->target.dsn && !has_password(d->target.dsn))
		put_quoted(b, d->target.dsn);
	else if (IS("dsn"))
		buf_puts(b, "\"$DATABASE_URL\"");
	else if (IS("project"))
		put_quoted(b, d->target.project);
	else if (IS("host"))
		buf_puts(b, "127.0.0.1");
	else if (IS("port"))
		buf_printf(
			b, "%u", port_of(d) ? port_of(d) : 6060); /* net/http/pprof's usual port */
	else if (IS("connections"))
		buf_printf(b, "%d", DEFAULT_CONNECTIONS);
	else if (IS("rate"))
		buf_printf(b, "%d", DEFAULT_RATE);
	else if (IS("hz"))
		buf_printf(b, "%d", DEFAULT_HZ);
	else if (IS("sql"))
		buf_puts(b, "QUERY");
	else
		buf_printf(b, "{%.*s}", (int)n, name);
#undef IS
}

const char *command_fill(struct diagnosis *d, const struct knowledge *k, const char *template,
	unsigned seconds, const char *out)
{
	struct buf b, one = { 0 };

	buf_init(&b, MAX_COMMAND_BYTES);
	for (const char *p = template; *p;) {
		size_t n = *p == '{' ? strspn(p + 1, "abcdefghijklmnopqrstuvwxyz") : 0;
		bool quoted =
			n && strncmp(p + 1 + n, ":q}", 3) == 0; /* as one word, whatever it is */

		if (!n || (p[1 + n] != '}' && !quoted)) {
			buf_putc(&b, *p++);
			continue;
		}
		buf_clear(&one);
		put_place(&one, p + 1, n, d, k, seconds, out);
		if (quoted)
			put_quoted(&b, buf_cstr(&one));
		else
			buf_puts(&b, buf_cstr(&one));
		p += 1 + n + (quoted ? 3 : 1);
	}
	const char *filled = arena_strdup(&d->arena, buf_cstr(&b));

	buf_done(&one);
	buf_done(&b);
	return filled;
}
