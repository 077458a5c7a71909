/* SPDX-License-Identifier: MIT */
/*
 * One verb: a const struct in its own file cmd_<name>.c, listed once in COMMANDS below. main parses
 * the options with the verb's table plus the common ones, prepares what `needs` asks for, runs it
 * and prints the error it may return. A verb prints results to inv->out and returns an exit code,
 * or a negative code with err filled.
 */
#pragma once

#include "base/exit_code.h"
#include "base/sink.h"
#include "cli/options.h"
#include "knowledge/knowledge.h"
#include "model/target.h"

/* The one place to register a verb; the order is the order of the help. */
#define COMMANDS(X) \
	X(diagnose) \
	X(profile)  \
	X(bench)    \
	X(report)   \
	X(show)     \
	X(history)  \
	X(convert)  \
	X(doctor)   \
	X(tools)    \
	X(experts)  \
	X(rules)    \
	X(help)     \
	X(version)

enum command_flags {
	COMMAND_TARGET = 1 << 0, /* accepts --pid, --project, --url, --dsn, --cgroup and "-- CMD" */
	COMMAND_HIDDEN = 1 << 1, /* not in the help */
};

/* Options every verb takes. */
struct common_options {
	bool json, quiet, version;
	const char *color;         /* "auto", "always", "never" */
	const char *case_id;       /* NULL: last */
	const char *knowledge_dir; /* NULL */
	const char *env;           /* NULL, "production", "development" */
};

/* Target options as typed; `pid` may be a number, a process name or :port. */
struct target_options {
	const char *pid, *project, *url, *dsn, *cgroup;
};

struct invocation {
	const struct command *command;
	struct common_options common;
	struct target_options target_options;
	struct target target;    /* pid is resolved by target_resolve(), not yet here */
	void *options;           /* the verb's own struct */
	const char *const *args; /* positional */
	int n_args;
	bool words_cut; /* the text was too long and only its beginning is used */
	const struct knowledge *knowledge; /* built-in, or with the overlay */
	struct arena *arena;               /* lives as long as the invocation */
	struct sink *out;                  /* standard output */
	bool out_is_tty, err_is_tty, in_is_tty;
	bool err_can_rewrite; /* a terminal on which a line can be cleared and written again */
};

struct command {
	const char *name, *group;
	const char *args;             /* synopsis of positional arguments: "[TEXT]" */
	const struct option *options; /* may be NULL */
	size_t options_size;          /* of the verb's options struct */
	const void *defaults;         /* its initial value, NULL = zero */
	int min_args, max_args;       /* max_args < 0: any number */
	unsigned flags;
	int (*run)(struct invocation *inv, struct err *err);
};

#define X(name) extern const struct command name##_command;
COMMANDS(X)
#undef X
/* Not a verb: what runs when the first word is no verb. */
extern const struct command front_command;

extern const struct command *const commands[]; /* NULL-ended, in the order of COMMANDS */
const struct command *command_find(const char *name);
extern const struct option common_option_table[], target_option_table[];
/* The groups a verb's arguments are parsed with; returns how many (ret has room for 3). */
size_t command_option_groups(const struct command *c, void *own, struct common_options *common,
	struct target_options *target, struct option_group *ret);

/* Progress for people, on stderr, only when wanted and stderr is a terminal; one line, rewritten.
 */
void progress_line(const struct invocation *inv, const char *fmt, ...) PRINTF_LIKE(2, 3);
void progress_done(const struct invocation *inv);
/* A line on stderr that says what is going on (kept; silent with --quiet). */
void note_line(const struct invocation *inv, const char *fmt, ...) PRINTF_LIKE(2, 3);
