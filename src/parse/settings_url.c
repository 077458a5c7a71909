/* SPDX-License-Identifier: MIT */
/* Connection URLs: scheme://user:password@host:port/name?options, and the JDBC forms. */
#include "parse/settings_url.h"

#include "base/compiler.h"

#include <strings.h>

/* Words in a scheme, driver or engine name; the first that occurs decides. */
static const struct {
	const char *word, *kind;
} kinds[] = { { "postgis", "postgresql" }, { "timescale", "postgresql" },
	{ "cockroach", "cockroachdb" }, { "redshift", "redshift" }, { "postgres", "postgresql" },
	{ "psycopg", "postgresql" }, { "asyncpg", "postgresql" }, { "pgx", "postgresql" },
	{ "npgsql", "postgresql" }, { "mariadb", "mariadb" }, { "mysql", "mysql" },
	{ "sqlite", "sqlite" }, { "libsql", "sqlite" }, { "mongo", "mongodb" },
	{ "redis", "redis" }, { "valkey", "redis" }, { "memcache", "memcached" },
	{ "mssql", "sqlserver" }, { "sqlserver", "sqlserver" }, { "sqlsrv", "sqlserver" },
	{ "oracle", "oracle" }, { "clickhouse", "clickhouse" }, { "cassandra", "cassandra" },
	{ "neo4j", "neo4j" }, { "bolt", "neo4j" }, { "snowflake", "snowflake" },
	{ "bigquery", "bigquery" }, { "elasticsearch", "elasticsearch" },
	{ "opensearch", "opensearch" }, { "couchdb", "couchdb" }, { "influxdb", "influxdb" },
	{ "duckdb", "duckdb" }, { "firebird", "firebird" }, { "h2", "h2" }, { "hsqldb", "hsqldb" },
	{ "derby", "derby" }, { "db2", "db2" }, { "amqp", "rabbitmq" }, { "kafka", "kafka" },
	{ "nats", "nats" } };

static bool has_word(struct span s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++)
		if (strncasecmp((const char *)s.p + i, word, n) == 0)
			return true;
	return false;
}

const char *database_kind(struct span driver)
{
	if (driver.n == 0 || driver.n > 100)
		return NULL;
	if (span_eq(driver, "pg") || span_eq(driver, "pgsql") || span_eq(driver, "pdo_pgsql"))
		return "postgresql";
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (has_word(driver, kinds[i].word))
			return kinds[i].kind;
	return NULL;
}

static bool name_char(int c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' ||
		c == '-' || c == '.';
}

bool database_name_ok(struct span name)
{
	if (name.n == 0 || name.n > 63)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!name_char(name.p[i]))
			return false;
	return true;
}

bool database_host_ok(struct span host)
{
	if (host.n == 0 || host.n > 200)
		return false;
	if (host.p[0] == '[') { /* IPv6 */
		for (size_t i = 1; i + 1 < host.n; i++)
			if (!strchr("0123456789abcdefABCDEF:.", host.p[i]) || !host.p[i])
				return false;
		return host.n > 2 && host.p[host.n - 1] == ']';
	}
	for (size_t i = 0; i < host.n; i++)
		if (!name_char(host.p[i]) && !(host.p[i] == '/' && host.p[0] == '/'))
			return false;
	return true;
}

static bool scheme_char(int c)
{
	return name_char(c) || c == '+' || c == ':';
}

static bool url_end(int c)
{
	return c <= ' ' || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>' || c == 0x7f;
}

static struct span part_until(struct span s, const char *ends)
{
	size_t n = 0;

	while (n < s.n && s.p[n] && !strchr(ends, s.p[n]))
		n++;
	return span_sub(s, 0, n);
}

/* A folder of a local file database is left out: the name of the file says enough. */
static struct span file_name(struct span path)
{
	const uint8_t *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;

	return slash ? span_from(path, (uint64_t)(slash - path.p) + 1) : path;
}

/* "host", "host:port", "h1:1,h2:2" (the first counts); empty when anything else stands there. */
static struct span authority_host(struct span s)
{
	s = part_until(s, ",");
	if (s.n && s.p[0] == '[') {
		const uint8_t *end = memchr(s.p, ']', s.n);

		s.n = end ? (size_t)(end - s.p) + 1 : 0;
		return database_host_ok(s) ? s : (struct span){ 0 };
	}
	struct span host = part_until(s, ":"), port = span_from(s, host.n);
	uint64_t number;

	if (port.n && !span_parse_u64(span_from(port, 1), &number))
		return (struct span){ 0 };
	return database_host_ok(host) ? host : (struct span){ 0 };
}

/* ";databaseName=shop" of SQL Server's URLs. */
static struct span property(struct span s, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i + n < s.n; i++)
		if (strncasecmp((const char *)s.p + i, key, n) == 0)
			return part_until(span_from(s, i + n), ";&");
	return (struct span){ 0 };
}

/* `body` is what follows "://", up to the end of the URL; `after` the rest of the line. */
static void read_body(struct span body, struct span after, struct database_url *ret)
{
	struct span before_query = part_until(body, "?"), query = span_from(body, before_query.n);
	const uint8_t *next = after.n ? memmem(after.p, after.n, "://", 3) : NULL;
	struct span near = next ? span_sub(after, 0, (uint64_t)(next - after.p)) : after;

	if ((query.n && memchr(query.p, '@', query.n)) || (near.n && memchr(near.p, '@', near.n)))
		return; /* the '@' there may end a password with a '?', a blank or a quote in it */
	const uint8_t *at = before_query.n ? memrchr(before_query.p, '@', before_query.n) : NULL;
	struct span rest =
		at ? span_from(before_query, (uint64_t)(at - before_query.p) + 1) : before_query;
	struct span authority = part_until(rest, "/;");
	struct span path = span_from(rest, authority.n);

	ret->host = authority_host(authority);
	if (authority.n && !ret->host.n)
		return;
	struct span name = path.n && path.p[0] == '/' ? part_until(span_from(path, 1), ";?&,)}")
						      : property(path, "databaseName=");

	if (ret->kind && strcmp(ret->kind, "sqlite") == 0)
		name = file_name(name.n ? name : path);
	if (database_name_ok(name))
		ret->name = name;
}

/* jdbc:oracle:thin:@host:1521/service, jdbc:h2:mem:name and their like have no "://". */
static bool jdbc_opaque(struct span s, size_t *at, struct database_url *ret)
{
	struct span rest = span_from(s, *at);
	const uint8_t *hit = rest.n ? memmem(rest.p, rest.n, "jdbc:", 5) : NULL;

	if (!hit)
		return false;
	struct span url = span_from(rest, (uint64_t)(hit - rest.p) + 5);
	size_t n = 0;

	while (n < url.n && !url_end(url.p[n]))
		n++;
	url = span_sub(url, 0, n);
	*at = (size_t)(url.p - s.p) + n;
	struct span driver = part_until(url, ":");

	*ret = (struct database_url){ .kind = database_kind(driver) };
	if (!ret->kind || memmem(url.p, url.n, "://", 3))
		return false;
	struct span name = part_until(span_from(url, MIN(url.n, driver.n + 1)), ";?");
	const uint8_t *last = name.n ? memrchr(name.p, ':', name.n) : NULL;

	if (strcmp(ret->kind, "oracle") == 0)
		return true;
	name = file_name(last ? span_from(name, (uint64_t)(last - name.p) + 1) : name);
	if (database_name_ok(name))
		ret->name = name;
	return true;
}

bool database_url_next(struct span s, size_t *at, struct database_url *ret)
{
	size_t jdbc_at = *at;
	struct database_url jdbc;
	bool opaque = jdbc_opaque(s, &jdbc_at, &jdbc);

	for (size_t from = *at; from < s.n;) {
		const uint8_t *hit = memmem(s.p + from, s.n - from, "://", 3);

		if (!hit || (opaque && (size_t)(hit - s.p) > jdbc_at))
			break;
		size_t colon = (size_t)(hit - s.p), start = colon, end = colon + 3;

		while (start > *at && scheme_char(s.p[start - 1]))
			start--;
		while (end < s.n && !url_end(s.p[end]))
			end++;
		from = end;
		struct span scheme = span_sub(s, start, colon - start);
		/* http://clickhouse and the like are no database schemes */
		const char *kind = scheme.n < 40 && !span_starts(scheme, "http")
			? database_kind(scheme)
			: NULL;

		if (!kind)
			continue;
		const uint8_t *nl = end < s.n ? memchr(s.p + end, '\n', s.n - end) : NULL;
		size_t line_end = nl ? (size_t)(nl - s.p) : s.n;

		*ret = (struct database_url){ .kind = kind };
		read_body(span_sub(s, colon + 3, end - colon - 3), span_sub(s, end, line_end - end),
			ret);
		*at = end;
		return true;
	}
	if (!opaque)
		return false;
	*ret = jdbc;
	*at = jdbc_at;
	return true;
}
