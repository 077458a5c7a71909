/* SPDX-License-Identifier: MIT */
/*
 * Table-driven option parsing. One table feeds parsing, --help, the man page, completions and
 * (later) the MCP input schema, so they cannot drift. Targets are members of the verb's options
 * struct, given by offsetof; unset members keep their default.
 *
 * Accepted: --name value, --name=value, -x value, -xvalue, bundled flags, unique prefixes of long
 * names (--sec for --seconds), "--" ends options: what follows is the command to launch.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum opt_type {
	OPT_FLAG,    /* bool */
	OPT_STRING,  /* const char * */
	OPT_UINT,    /* unsigned */
	OPT_SECONDS, /* double; accepts 500ms, 2s, 1.5, 3m, 1h */
	OPT_NUMBER,  /* double */
	OPT_CHOICE,  /* const char *, one of `choices` ("a|b|c") */
};

struct option {
	const char *name; /* long name without dashes; NULL ends the table */
	char short_name;  /* 0 none */
	enum opt_type type;
	size_t offset;
	const char *arg;     /* placeholder in help: "SECONDS"; NULL for flags */
	const char *choices; /* OPT_CHOICE */
	const char *help;    /* one line, no capital, no full stop */
	double min, max;     /* numbers: allowed range when max > min */
};

/* A table together with the struct its offsets point into. */
struct option_group {
	const char *title; /* heading in help */
	const struct option *options;
	void *values;
};

struct parsed_args {
	const char **positional; /* malloc'ed array of borrowed strings */
	int n_positional;
	const char *const *command; /* after "--", NULL-ended, or NULL */
	bool help;
};

int options_parse(int argc, const char *const *argv, const struct option_group *groups,
	size_t n_groups, struct parsed_args *ret, struct err *err);
void parsed_args_done(struct parsed_args *p);

/* "2", "1.5s", "300ms", "2m", "1h" -> seconds */
bool parse_seconds(const char *text, double *ret);
/* Damerau-Levenshtein distance, for "did you mean" */
unsigned edit_distance(const char *a, const char *b);
