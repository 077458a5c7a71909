/* SPDX-License-Identifier: MIT */
/* What the files of the store share; nobody else includes this. */
#pragma once

#include "store/store.h"

#include <sqlite3.h>

struct store {
	sqlite3 *db;
	char *home;
};

/* "cannot WHAT in HOME: reason"; returns the negative code. */
int store_fail(struct store *s, struct err *err, const char *what);
