/* SPDX-License-Identifier: MIT */
/*
 * The history's schema as the list of steps that lead to it. A step is never changed once it has
 * shipped; a new one is added at the end, and PRAGMA user_version counts how many were taken.
 */
#pragma once

#define STORE_MIGRATIONS(X)                                                       \
	X("CREATE TABLE cases ("                                                  \
	  " id INTEGER PRIMARY KEY AUTOINCREMENT,"                                \
	  " time_ns INTEGER NOT NULL,"                                            \
	  " state TEXT NOT NULL CHECK (state IN ('open', 'complete')),"           \
	  " pid INTEGER NOT NULL,"                                                \
	  " pid_start INTEGER NOT NULL,"                                          \
	  " verb TEXT NOT NULL,"                                                  \
	  " target TEXT NOT NULL,"                                                \
	  " project TEXT NOT NULL,"                                               \
	  " title TEXT NOT NULL DEFAULT '');"                                     \
	  "CREATE TABLE documents ("                                              \
	  " case_id INTEGER PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE," \
	  " schema TEXT NOT NULL,"                                                \
	  " body BLOB NOT NULL,"                                                  \
	  " screen BLOB NOT NULL);")                                              \
	X("CREATE INDEX cases_by_verb ON cases (verb, state, id);")
