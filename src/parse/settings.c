/* SPDX-License-Identifier: MIT */
/* Database addresses and ports in configuration texts. */
#include "parse/settings.h"

#include "base/compiler.h"
#include "parse/settings_url.h"

#include <strings.h>

enum { LINE_MAX_BYTES = 4096, GROUP_MAX_LINES = 20 };

/* What a key means, whatever the format. */
enum meaning {
	MEANS_NOTHING,
	MEANS_KIND,
	MEANS_HOST,
	MEANS_NAME,
	MEANS_PORT,
	MEANS_SECRET,
	MEANS_OPTION
};

/* Settings that stand together: 'ENGINE': .., 'NAME': .., 'HOST': ..; flushed when the block ends.
 */
struct group {
	const char *kind;
	struct span host, name, key;
	unsigned line;
	size_t indent; /* a line less indented ends the block */
	bool database; /* a key or a bare word says that this block is about a database */
};

struct scan {
	struct arena *a;
	struct settings *out;
	struct group g;
	unsigned line;
	size_t indent;
	bool program; /* source text: only quoted values are values */
};

static const char *text_of(struct arena *a, struct span s)
{
	return s.n ? arena_strndup(a, s.p, s.n) : "";
}

void settings_add_database(struct settings *s, struct arena *a, const char *kind, struct span host,
	struct span name, struct span key)
{
	for (size_t i = 0; i < s->n_databases; i++) {
		struct database_address *d = &s->databases[i];
		bool same_host = !host.n || !*d->host || span_eq(host, d->host);
		bool same_name = !name.n || !*d->name || span_eq(name, d->name);

		if (strcmp(d->kind, kind) != 0 || !same_host || !same_name)
			continue;
		if (!*d->host)
			d->host = text_of(a, host);
		if (!*d->name)
			d->name = text_of(a, name);
		return;
	}
	if (s->n_databases == SETTINGS_MAX_DATABASES)
		return;
	s->databases[s->n_databases++] = (struct database_address){ .kind = kind,
		.host = text_of(a, host),
		.name = text_of(a, name),
		.key = key.n <= 60 ? text_of(a, key) : "" };
}

void settings_add_port(struct settings *s, uint64_t port)
{
	if (port == 0 || port > 65535 || s->n_ports == SETTINGS_MAX_PORTS)
		return;
	for (size_t i = 0; i < s->n_ports; i++)
		if (s->ports[i] == port)
			return;
	s->ports[s->n_ports++] = (uint16_t)port;
}

static bool word_char(int c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

static bool is_word(struct span s, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (s.n == strlen(words[i]) && strncasecmp((const char *)s.p, words[i], s.n) == 0)
			return true;
	return false;
}

static bool contains(struct span s, const char *const *words)
{
	for (size_t i = 0; words[i]; i++) {
		size_t n = strlen(words[i]);

		for (size_t at = 0; at + n <= s.n; at++)
			if (strncasecmp((const char *)s.p + at, words[i], n) == 0)
				return true;
	}
	return false;
}

/* The part of a key after its last '.', '_' or '-' ("spring.datasource.url", "DB_HOST"). */
static struct span last_part(struct span key)
{
	for (size_t i = key.n; i > 0; i--)
		if (!word_char(key.p[i - 1]) || key.p[i - 1] == '_')
			return span_from(key, i);
	return key;
}

static const char *const secret_words[] = { "pass", "pwd", "secret", "token", "credential",
	"apikey", "api_key", "private", "auth", NULL };
static const char *const two_words[] = { "host_name", "host-name", "server_name", NULL };
static const char *const bare_names[] = { "database", "dbname", "databasename", NULL };
static const char *const database_words[] = { "db", "database", "postgres", "pg", "mysql", "maria",
	"mongo", "redis", "sql", "datasource", "jdbc", "rds", NULL };

static enum meaning key_meaning(struct span key, bool *ret_database)
{
	static const char *const hosts[] = { "host", "hostname", "server", "hostaddr", "address",
		"source", NULL };
	static const char *const names[] = { "database", "dbname", "db", "catalog", "databasename",
		NULL };
	static const char *const kinds[] = { "engine", "adapter", "driver", "dialect", "client",
		"provider", "type", "connection", "drivername", "platform", NULL };
	static const char *const pg_hosts[] = { "pghost", "postgreshost", "mysqlhost", "dbhost",
		NULL };
	static const char *const pg_names[] = { "pgdatabase", "mysqldatabase", NULL };
	struct span last = last_part(key), prefix = span_sub(key, 0, key.n - last.n);

	*ret_database = contains(prefix, database_words);
	if (contains(key, secret_words))
		return MEANS_SECRET;
	if (is_word(key, pg_hosts) || is_word(key, pg_names))
		*ret_database = true;
	if (is_word(last, hosts) || is_word(key, pg_hosts))
		return MEANS_HOST;
	if (is_word(last, names) || is_word(key, pg_names))
		return MEANS_NAME;
	if (is_word(last, (const char *const[]){ "name", NULL }))
		return prefix.n == 0 || *ret_database ? MEANS_NAME : MEANS_NOTHING;
	if (is_word(last, kinds))
		return MEANS_KIND;
	if (is_word(last, (const char *const[]){ "port", "containerport", "targetport", NULL }))
		return MEANS_PORT;
	return MEANS_NOTHING;
}

static void flush(struct scan *s)
{
	struct group *g = &s->g;

	if (g->kind && (g->database || g->host.n || g->name.n))
		settings_add_database(s->out, s->a, g->kind, g->host, g->name, g->key);
	*g = (struct group){ 0 };
}

/* A value that is an expression, a reference or a template says nothing. */
static bool is_literal(struct span v)
{
	return v.n && !memchr(v.p, '$', v.n) && !memchr(v.p, '(', v.n) && !memchr(v.p, '%', v.n) &&
		!memchr(v.p, '{', v.n);
}

static void note_port(struct scan *s, struct span key, struct span value, bool database)
{
	static const char *const keys[] = { "port", "server.port", "http_port", "app_port",
		"server_port", "listen_port", "containerport", "service_port", "http.port",
		"quarkus.http.port", "micronaut.server.port", NULL };
	uint64_t port;

	if (!database && !s->g.database && !s->g.kind && is_word(key, keys) &&
		span_parse_u64(value, &port))
		settings_add_port(s->out, port);
}

static void pair(struct scan *s, struct span key, struct span value)
{
	bool database;
	enum meaning m = key_meaning(key, &database);
	struct group *g = &s->g;
	const char *kind;

	if (m == MEANS_NOTHING || m == MEANS_SECRET || !is_literal(value))
		return;
	if (g->line && s->line - g->line > GROUP_MAX_LINES)
		flush(s);
	const char *key_kind = database ? database_kind(key) : NULL;
	/* a bare "host" or "name" may be about anything, unless the block is about a database; with
	 * another prefix (MAIL_HOST) it is about something else */
	bool bare = !database && m != MEANS_KIND && !is_word(last_part(key), bare_names);
	bool prefixed = last_part(key).n < key.n && !is_word(key, two_words);

	if (bare && m != MEANS_PORT && (prefixed || (!g->kind && !g->database)))
		return;
	if (m == MEANS_PORT) {
		note_port(s, key, value, database);
		return;
	}
	if (m == MEANS_KIND) {
		kind = database_kind(value);
		if (!kind)
			return;
		if (g->kind)
			flush(s);
		g->kind = kind;
		g->database = true;
	} else {
		/* "POSTGRES_DB" and "REDIS_HOST" are settings of different databases */
		if (key_kind && g->kind && strcmp(g->kind, key_kind) != 0)
			flush(s);
		if (key_kind && !g->kind)
			g->kind = key_kind;
		g->database = g->database || database;
		if (m == MEANS_HOST && !g->host.n && database_host_ok(value))
			g->host = value;
		if (m == MEANS_NAME && !g->name.n && value.n) {
			const uint8_t *slash = memrchr(value.p, '/', value.n);
			struct span name =
				slash ? span_from(value, (uint64_t)(slash - value.p) + 1) : value;

			if (database_name_ok(name))
				g->name = name;
		}
	}
	if (!g->line)
		g->indent = s->indent;
	if (!g->key.n)
		g->key = key;
	g->line = s->line;
}

/* "database:" or "redis = {" opens a block about a database. */
static void opener(struct scan *s, struct span key)
{
	static const char *const words[] = { "db", "database", "databases", "datasource",
		"datasources", NULL };
	const char *kind = database_kind(key);

	if (!kind && !is_word(last_part(key), words))
		return;
	flush(s);
	s->g = (struct group){
		.kind = kind, .key = key, .line = s->line, .indent = s->indent + 1, .database = true
	};
}

/* "Server=db;Database=shop;User Id=sa;Password=..": the keys tell whose driver reads it. */
static void connection_string(struct scan *s, struct span v, struct span key)
{
	static const char *const hosts[] = { "server", "data source", "host", "address", "addr",
		NULL };
	static const char *const names[] = { "database", "initial catalog", NULL };
	static const char *const sqlserver[] = { "initial catalog", "trusted_connection",
		"integrated security", "trustservercertificate", "multipleactiveresultsets", NULL };
	static const char *const mysql[] = { "uid", "sslmode", "allowuservariables", NULL };
	struct span host = { 0 }, name = { 0 };
	const char *kind = NULL;
	bool server = false,
	     secret = false; /* a secret may hold ';' and what looks like settings */

	while (v.n) {
		const uint8_t *semi = memchr(v.p, ';', v.n);
		size_t n = semi ? (size_t)(semi - v.p) : v.n;
		struct span part = span_sub(v, 0, n);
		const uint8_t *eq = part.n ? memchr(part.p, '=', part.n) : NULL;

		v = span_from(v, MIN(n + 1, v.n));
		if (!eq)
			continue;
		struct span k = span_trim(span_sub(part, 0, (uint64_t)(eq - part.p)));
		struct span value =
			span_trim(span_from(part, k.n + (uint64_t)(eq - part.p) + 1 - k.n));

		secret = secret || contains(k, secret_words);
		if (secret) {
			/* only hints whose driver it is, below */
		} else if (is_word(k, hosts)) {
			const uint8_t *sep = memchr(value.p, ',', value.n);

			server = server || is_word(k, (const char *const[]){ "server", NULL });
			kind = is_word(k, (const char *const[]){ "host", NULL }) ? "postgresql"
										 : kind;
			if (span_starts(value, "tcp:"))
				value = span_from(value, 4);
			host = sep && value.n ? span_sub(value, 0, (uint64_t)(sep - value.p))
					      : value;
		} else if (is_word(k, names)) {
			name = value;
		}
		if (is_word(k, sqlserver))
			kind = "sqlserver";
		else if (is_word(k, mysql) && !kind)
			kind = "mysql";
	}
	if (host.n > 3 && !name.n && memmem(host.p, host.n, ".db", 3)) {
		kind = "sqlite";
		name = host;
		host = (struct span){ 0 };
	}
	if (!kind && server && name.n)
		kind = "sqlserver";
	if (kind && (host.n || name.n))
		settings_add_database(s->out, s->a, kind,
			database_host_ok(host) ? host : (struct span){ 0 },
			database_name_ok(name) ? name : (struct span){ 0 }, key);
}

/* Length of the value at the start of s and, in ret, its text without quotes. */
static size_t value_at(struct span s, struct span *ret)
{
	if (s.n && (s.p[0] == '"' || s.p[0] == '\'' || s.p[0] == '`')) {
		const uint8_t *end = s.n > 1 ? memchr(s.p + 1, s.p[0], s.n - 1) : NULL;
		size_t n = end ? (size_t)(end - s.p) + 1 : s.n;

		*ret = span_sub(s, 1, n - 1 - (end != NULL));
		return n;
	}
	size_t n = 0;

	while (n < s.n && s.p[n] && !strchr(" \t,;}])#<", s.p[n]))
		n++;
	*ret = span_sub(s, 0, n);
	return n;
}

/* Behind "key" at `at`: its separator, or at itself when there is none. */
static size_t after_separator(struct span line, size_t at)
{
	size_t from = at;

	if (at < line.n && (line.p[at] == '"' || line.p[at] == '\''))
		at++;
	if (at < line.n && line.p[at] == ']')
		at++;
	while (at < line.n && (line.p[at] == ' ' || line.p[at] == '\t'))
		at++;
	if (at >= line.n || (line.p[at] != '=' && line.p[at] != ':' && line.p[at] != ','))
		return from;
	/* "a, b" is a list, but define('DB_NAME', 'x') is a setting */
	if (line.p[at] == ',' && (from >= line.n || (line.p[from] != '\'' && line.p[from] != '"')))
		return from;
	at++;
	if (at < line.n && (line.p[at] == '=' || line.p[at] == '>' || line.p[at] == '/'))
		at++;
	while (at < line.n && (line.p[at] == ' ' || line.p[at] == '\t'))
		at++;
	return at;
}

static void pairs_of_line(struct scan *s, struct span line)
{
	for (size_t at = 0; at < line.n;) {
		if (!word_char(line.p[at])) {
			if (line.p[at] == '}' && s->g.kind)
				flush(s);
			at++;
			continue;
		}
		size_t from = at;

		while (at < line.n &&
			(word_char(line.p[at]) || line.p[at] == '.' || line.p[at] == '-'))
			at++;
		struct span key = span_sub(line, from, at - from), value;
		size_t v = after_separator(line, at);

		if (v == at)
			continue;
		size_t n = value_at(span_from(line, v), &value);

		/* "HOST: str = 'db'" has its value behind the type */
		if (s->program && n == value.n) {
			size_t eq = after_separator(line, v + n);

			if (eq > v + n) {
				v = eq;
				n = value_at(span_from(line, v), &value);
			}
		}
		bool quoted = n > value.n;
		uint64_t number;

		/* a secret ends nobody knows where: the rest of the line is not read */
		if (contains(key, secret_words))
			return;
		if (value.n == 0 || span_eq(value, "{") || span_eq(value, "["))
			opener(s, key);
		else if (quoted || !s->program || span_parse_u64(value, &number))
			pair(s, key, value);
		/* inside a quoted value: only a connection string; never that of a secret */
		if (quoted && memchr(value.p, ';', value.n) && memchr(value.p, '=', value.n))
			connection_string(s, value, key);
		at = MAX(v + n, at + 1);
	}
}

static bool is_secret_line(struct span line)
{
	return contains(line, secret_words);
}

static void urls_of_line(struct scan *s, struct span line)
{
	static const char *const declarations[] = { "export ", "ENV ", "const ", "let ", "var ",
		"val ", "final ", "set ", NULL };
	struct database_url url;
	struct span key = { 0 };
	size_t at = 0, k = 0;

	while (k < line.n && !word_char(line.p[k]))
		k++;
	for (size_t i = 0; declarations[i]; i++)
		if (span_starts(span_from(line, k), declarations[i]))
			k += strlen(declarations[i]);
	while (k + key.n < line.n && (word_char(line.p[k + key.n]) || line.p[k + key.n] == '.'))
		key.n++;
	key = span_sub(line, k, key.n);
	while (database_url_next(line, &at, &url))
		settings_add_database(s->out, s->a, url.kind, url.host, url.name, key);
}

void settings_scan(struct span text, bool program, struct arena *a, struct settings *ret)
{
	struct scan s = { .a = a, .out = ret, .program = program };
	struct span line;

	while (span_next_line(&text, &line)) {
		struct span t = span_trim(line);

		s.line++;
		if (!t.p || t.n == 0 || t.n > LINE_MAX_BYTES || t.p[0] == '#' || t.p[0] == ';' ||
			span_starts(t, "//") || span_starts(t, "--") || span_starts(t, "* "))
			continue;
		s.indent = (size_t)(t.p - line.p);
		if (t.p[0] == '[' || s.indent < s.g.indent)
			flush(&s);
		if (memmem(t.p, t.n, "://", 3) || memmem(t.p, t.n, "jdbc:", 5))
			urls_of_line(&s, t);
		else if (!is_secret_line(t) || memchr(t.p, ';', t.n) || memchr(t.p, ',', t.n))
			pairs_of_line(&s, t);
	}
	flush(&s);
}
