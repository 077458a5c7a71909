/* SPDX-License-Identifier: MIT */
/* Databases, ports and services from configuration files. No text of a file goes into an error. */
#include "diagnose/project_settings.h"

#include "base/file.h"
#include "diagnose/project_fact.h"
#include "parse/settings.h"
#include "parse/yaml_lite.h"

#include <strings.h>

enum { SETTINGS_MAX_BYTES = 256 * 1024, MAX_DATABASES = 32 };

struct reader {
	struct package_set *s;
	struct project *p;
	struct package_draft *d;
	const char *file; /* as shown */
	struct settings found;
};

static void fact(struct reader *r, const char *kind, const char *name, const char *evidence)
{
	package_fact_add(r->s, r->d,
		(struct project_fact){
			.kind = kind, .name = name, .version = "", .evidence = evidence },
		UINT32_MAX);
}

static bool more_databases(struct project *p, const struct database_address *d)
{
	for (size_t i = 0; i < p->n_databases; i++) {
		const struct project_database *have = &p->databases[i];

		if (strcmp(have->kind, d->kind) == 0 && strcmp(have->host, d->host) == 0 &&
			strcmp(have->name, d->name) == 0)
			return false;
		/* an address without host and name adds nothing to a known one */
		if (strcmp(have->kind, d->kind) == 0 && !*d->host && !*d->name)
			return false;
	}
	return p->n_databases < MAX_DATABASES;
}

static bool is_queue(const char *kind)
{
	return strcmp(kind, "rabbitmq") == 0 || strcmp(kind, "kafka") == 0 ||
		strcmp(kind, "nats") == 0;
}

static void note_database(struct reader *r, const struct database_address *d)
{
	struct arena *a = r->s->a;
	const char *evidence = *d->key ? arena_printf(a, "%s: %s", r->file, d->key) : r->file;
	const char *where = "";

	bool queue = is_queue(d->kind);

	if (!queue && more_databases(r->p, d))
		r->p->databases[r->p->n_databases++] = (struct project_database){
			.kind = d->kind, .host = d->host, .name = d->name, .evidence = evidence
		};
	if (*d->host && *d->name)
		where = arena_printf(a, " (host %s, database %s)", d->host, d->name);
	else if (*d->host || *d->name)
		where = arena_printf(a, " (%s %s)", *d->host ? "host" : "database",
			*d->host ? d->host : d->name);
	fact(r, queue ? "queue" : "database", d->kind,
		*where ? arena_printf(a, "%s%s", evidence, where) : evidence);
}

static bool starts(const char *s, const char *prefix)
{
	return strncasecmp(s, prefix, strlen(prefix)) == 0;
}

static bool is_compose(const char *name)
{
	return starts(name, "docker-compose") || starts(name, "compose.");
}

/* "8080:80", "127.0.0.1:8080:80/tcp": the port outside is the one before the last colon */
static void compose_port(struct reader *r, struct span v)
{
	const uint8_t *colon = v.n ? memrchr(v.p, ':', v.n) : NULL;
	struct span outside = colon ? span_sub(v, 0, (uint64_t)(colon - v.p)) : v;
	const uint8_t *before = outside.n ? memrchr(outside.p, ':', outside.n) : NULL;
	uint64_t port;

	if (before)
		outside = span_from(outside, (uint64_t)(before - outside.p) + 1);
	if (span_parse_u64(outside, &port))
		settings_add_port(&r->found, port);
}

static void compose_event(void *ctx, const struct flat *f)
{
	struct reader *r = ctx;
	struct span name = f->depth > 1 ? f->key[1] : (struct span){ 0 };

	if (FLAT_IS(f, "services", "*") && f->open && name.n < 64)
		fact(r, "service", arena_strndup(r->s->a, name.p, name.n), r->file);
	else if (FLAT_IS(f, "services", "*", "ports", "[]") && !f->open)
		compose_port(r, f->value);
	else if (FLAT_IS(f, "services", "*", "ports", "[]", "published") && !f->open)
		compose_port(r, f->value);
}

/* EXPOSE 8080 9090/tcp */
static void dockerfile(struct reader *r, struct span text)
{
	struct span line;

	while (span_next_line(&text, &line)) {
		line = span_trim(line);
		if (line.n < 8 || strncasecmp((const char *)line.p, "EXPOSE ", 7) != 0)
			continue;
		for (struct span rest = span_trim(span_from(line, 7)); rest.n;) {
			size_t n = 0;
			uint64_t port;

			while (n < rest.n && rest.p[n] >= '0' && rest.p[n] <= '9')
				n++;
			if (span_parse_u64(span_sub(rest, 0, n), &port))
				settings_add_port(&r->found, port);
			while (n < rest.n && rest.p[n] != ' ')
				n++;
			rest = span_trim(span_from(rest, n));
		}
	}
}

/* web: gunicorn shop.wsgi */
static void procfile(struct reader *r, struct span text)
{
	struct span line;

	while (span_next_line(&text, &line)) {
		size_t n = 0;

		while (n < line.n && n < 40 &&
			(line.p[n] == '_' || line.p[n] == '-' || (line.p[n] | 32) >= 'a') &&
			(line.p[n] | 32) <= 'z')
			n++;
		if (n && n < line.n && line.p[n] == ':')
			fact(r, "service", arena_strndup(r->s->a, line.p, n), r->file);
	}
}

/* shop.service with an ExecStart */
static void systemd_unit(struct reader *r, const char *name, struct span text)
{
	if (text.n && memmem(text.p, text.n, "ExecStart", 9))
		fact(r, "service", arena_strndup(r->s->a, name, strcspn(name, ".@")),
			arena_printf(r->s->a, "systemd unit %s", r->file));
}

static bool is_program(const char *name)
{
	static const char *const extensions[] = { "py", "js", "cjs", "mjs", "ts", "php", "rb",
		"exs", "ex", "go", "java" };

	for (size_t i = 0; i < ARRAY_LEN(extensions); i++)
		if (strcmp(path_ext(name), extensions[i]) == 0)
			return true;
	return false;
}

static void read_file(struct reader *r, const struct scan_settings *f)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	const char *path = project_scan_file(r->s->scan, f->dir, f->file, &r->s->work);
	size_t n = strlen(f->file);

	if (file_read_at(r->s->scan->root_fd, path, SETTINGS_MAX_BYTES, &text, NULL) < 0)
		return;
	struct span s = buf_span(&text);

	r->file = arena_strdup(r->s->a, path);
	r->d = r->s->drafts[r->s->package_of[f->dir]];
	r->found = (struct settings){ 0 };
	settings_scan(s, is_program(f->file), r->s->a, &r->found);
	if (is_compose(f->file)) {
		r->found.n_ports = 0; /* the ports of a compose file are those it publishes */
		yaml_lite_read(s, compose_event, r, NULL);
	} else if (starts(f->file, "Dockerfile") || starts(f->file, "Containerfile")) {
		dockerfile(r, s);
	} else if (starts(f->file, "Procfile")) {
		procfile(r, s);
	} else if (n > 8 && strcmp(f->file + n - 8, ".service") == 0) {
		systemd_unit(r, f->file, s);
	}
	for (size_t i = 0; i < r->found.n_databases; i++)
		note_database(r, &r->found.databases[i]);
	for (size_t i = 0; i < r->found.n_ports; i++)
		fact(r, "port", arena_printf(r->s->a, "%u", r->found.ports[i]), r->file);
}

void project_settings_read(struct package_set *s, struct project *ret)
{
	struct reader r = { .s = s, .p = ret };

	ret->databases = arena_array(s->a, MAX_DATABASES, sizeof(*ret->databases));
	vec_foreach (f, &s->scan->settings)
		read_file(&r, f);
}
