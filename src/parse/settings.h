/* SPDX-License-Identifier: MIT */
/*
 * Database addresses and service ports in configuration texts of any format: connection URLs,
 * "key = value" settings, connection strings. Only the kind, host and database name are ever taken;
 * users, passwords and tokens are not copied, and what is ambiguous is left out.
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"

enum { SETTINGS_MAX_DATABASES = 16, SETTINGS_MAX_PORTS = 16 };

struct database_address {
	const char *kind;        /* "postgresql", "mysql", "sqlite", "mongodb", "redis" ... */
	const char *host, *name; /* "" unknown or taken from elsewhere */
	const char *key;         /* the key that said so: "DATABASE_URL", "" unknown */
};

struct settings {
	struct database_address databases[SETTINGS_MAX_DATABASES];
	size_t n_databases;
	uint16_t ports[SETTINGS_MAX_PORTS];
	size_t n_ports;
};

/* `program`: the text is source code, where only quoted values are values. */
void settings_scan(struct span text, bool program, struct arena *a, struct settings *ret);
/* Adds an address once; completes one of the same kind that lacks host or name. */
void settings_add_database(struct settings *s, struct arena *a, const char *kind, struct span host,
	struct span name, struct span key);
void settings_add_port(struct settings *s, uint64_t port);
