/* SPDX-License-Identifier: MIT */
/* Connection URLs and what a driver's name says about the kind of database. */
#pragma once

#include "base/span.h"

/* "postgresql" for "psycopg2", "django.db.backends.postgresql", "pg", "org.postgresql.Driver"; else
 * NULL. */
const char *database_kind(struct span driver);
/* A host name, address or socket path without credentials. */
bool database_host_ok(struct span host);
bool database_name_ok(struct span name);

struct database_url {
	const char *kind;
	struct span host, name; /* empty when not given or ambiguous */
};

/*
 * Finds the next connection URL in s at or after *at and moves *at behind it. The host is taken
 * only when it is certain which '@' ends the credentials.
 */
bool database_url_next(struct span s, size_t *at, struct database_url *ret);
