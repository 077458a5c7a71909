/* SPDX-License-Identifier: MIT */
/* From argv to a verb's run function and its exit code. */
#include "cli/run.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/help.h"
#include "render/text_error.h"
#include "render/text_style.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	/* a second Ctrl-C ends at once */
	if (interrupted)
		_exit(EXIT_INTERRUPTED);
	interrupted = sig;
}

bool cli_interrupted(void)
{
	return interrupted != 0;
}

/* Names of processes come from the machine: no escape sequence of theirs reaches the terminal. */
static void make_harmless(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void progress_line(const struct invocation *inv, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (inv->common.quiet || !inv->err_can_rewrite)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	make_harmless(text);
	fprintf(stderr, "\r\033[K%.*s",
		(int)text_style_detect(STDERR_FILENO, COLOR_NEVER).width - 1, text);
	fflush(stderr);
}

void progress_done(const struct invocation *inv)
{
	if (!inv->common.quiet && inv->err_can_rewrite)
		fputs("\r\033[K", stderr);
}

void note_line(const struct invocation *inv, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	if (inv->common.quiet)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0) {
		make_harmless(text);
		fprintf(stderr, "%s\n", text);
		free(text);
	}
	va_end(ap);
}

static int exit_code_of(const struct err *err)
{
	if (err->exit_code)
		return err->exit_code;
	switch (-err->code) {
	case EACCES:
	case EPERM:
	case ENOSYS:
		return EXIT_UNFIT;
	case EINTR:
		return EXIT_INTERRUPTED;
	case EINVAL:
		return EXIT_USAGE;
	default:
		return EXIT_NOT_MEASURED;
	}
}

static int report(const struct err *err)
{
	struct text_style style = text_style_detect(STDERR_FILENO, COLOR_AUTO);
	struct sink out;

	sink_to_fd(&out, STDERR_FILENO);
	text_error(&out, err, &style);
	sink_done(&out);
	return exit_code_of(err);
}

static bool phrase_has(const struct k_strings *phrases, const char *word, size_t n)
{
	for (size_t i = 0; i < phrases->n; i++) {
		for (const char *p = phrases->v[i]; (p = strcasestr(p, word)); p += n)
			if ((p == phrases->v[i] || !isalpha((unsigned char)p[-1])) &&
				!isalpha((unsigned char)p[n]))
				return true;
	}
	return false;
}

/* A word that complaints are made of, such as "slow", is no mistyped "show". */
static bool is_complaint(const char *word, const char *verb)
{
	const struct knowledge *k = knowledge_builtin();
	size_t n = strlen(word);

	if (n < 3 || strncmp(verb, word, MIN(n, strlen(verb))) == 0)
		return false;
	for (size_t i = 0; i < k->n_cues; i++)
		if (phrase_has(&k->cues[i].phrases, word, n))
			return true;
	for (size_t i = 0; i < k->n_concepts; i++)
		if (phrase_has(&k->concepts[i].phrases, word, n))
			return true;
	return false;
}

/* The verb of the command line and where its own arguments begin. */
static const struct command *pick(
	int argc, const char *const *argv, int *ret_first, struct err *err)
{
	if (argc < 2) {
		*ret_first = argc;
		return &help_command;
	}
	const struct command *c = command_find(argv[1]);

	*ret_first = c ? 2 : 1;
	if (c)
		return c;
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
		*ret_first = 2;
		return &help_command;
	}
	if (strcmp(argv[1], "-V") == 0) {
		*ret_first = 2;
		return &version_command;
	}
	/* one word that is nearly a verb is a typo; anything else is a complaint in words */
	if (argv[1][0] != '-' && !strpbrk(argv[1], " \t")) {
		for (size_t i = 0; commands[i]; i++) {
			unsigned d = edit_distance(argv[1], commands[i]->name);

			if (d <= 2 && d < strlen(argv[1]) / 2 + 1 &&
				!is_complaint(argv[1], commands[i]->name)) {
				fail(err, EINVAL, "'%s' is not a command", argv[1]);
				err_hint(err, "did you mean: perf-ops %s", commands[i]->name);
				err->exit_code = EXIT_USAGE;
				return NULL;
			}
		}
	}
	return &front_command;
}

static int check_args(const struct command *c, const struct parsed_args *p,
	const struct target_options *target, struct err *err)
{
	int r = 0;

	if (p->n_positional < c->min_args)
		r = fail(err, EINVAL, "'%s' needs %s", c->name, c->args);
	else if (c->max_args >= 0 && p->n_positional > c->max_args)
		r = fail(err, EINVAL, "'%s' does not take '%s'", c->name,
			p->positional[c->max_args]);
	else if (p->command && !(c->flags & COMMAND_TARGET))
		r = fail(err, EINVAL, "'%s' runs no command, so '--' has no meaning here", c->name);
	else if (p->command && target->pid)
		r = fail(err, EINVAL, "there are two targets, --pid %s and the command '%s'",
			target->pid, p->command[0]);
	if (r < 0 && c->flags & COMMAND_HIDDEN)
		err_hint(err, "give one of them; see: perf-ops help");
	else if (r < 0)
		err_hint(err, "see: perf-ops %s --help", c->name);
	if (r < 0) {
		if (err)
			err->exit_code = EXIT_USAGE;
	}
	return r;
}

static void fill_target(struct invocation *inv, const struct parsed_args *p)
{
	const struct target_options *t = &inv->target_options;

	inv->target = (struct target){
		.argv = p->command,
		.project = t->project ? t->project : ".",
		.project_given = t->project != NULL,
		.url = t->url,
		.dsn = t->dsn,
		.cgroup = t->cgroup,
	};
	inv->args = p->positional;
	inv->n_args = p->n_positional;
}

static int run_verb(struct invocation *inv, struct err *err)
{
	if (inv->common.knowledge_dir) {
		int r = knowledge_overlay(knowledge_builtin(), inv->common.knowledge_dir,
			inv->arena, &inv->knowledge, err);

		if (r < 0) {
			if (err)
				err->exit_code = EXIT_USAGE;
			return r;
		}
	}
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD,
		SIG_DFL); /* a caller that ignores it would take our children's exit codes away */
	int r = inv->command->run(inv, err);

	/* what was found until then is shown, and the caller learns that it is not all */
	if (!interrupted)
		return r;
	if (r < 0 && err)
		err->exit_code = EXIT_INTERRUPTED;
	return r < 0 ? r : EXIT_INTERRUPTED;
}

/*
 * A standard stream that the caller closed would be taken by the next file we open, and results
 * would be written into it. Read-only /dev/null makes writing to standard output fail as it should.
 */
static void occupy_standard_streams(void)
{
	static const int modes[] = { O_RDONLY, O_RDONLY, O_WRONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
			_exit(EXIT_UNFIT);
}

static int dispatch(int argc, const char *const *argv, bool only_check)
{
	struct err err = { 0 };
	int first;
	const struct command *c = pick(argc, argv, &first, &err);

	if (!c)
		return only_check ? EXIT_USAGE : report(&err);
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct invocation inv = { .command = c, .common = { .color = "auto" }, .arena = &arena };
	struct option_group groups[3];

	inv.options = arena_alloc(&arena, c->options_size + 1);
	if (c->defaults)
		memcpy(inv.options, c->defaults, c->options_size);
	size_t n = command_option_groups(c, inv.options, &inv.common, &inv.target_options, groups);
	_cleanup_(parsed_args_done) struct parsed_args p = { 0 };
	int r = options_parse(argc - first, argv + first, groups, n, &p, &err);

	if (r == 0 && inv.common.version)
		c = inv.command = &version_command;
	else if (r == 0 && !p.help)
		r = check_args(c, &p, &inv.target_options, &err);
	if (only_check || r < 0)
		return r < 0 ? (only_check ? EXIT_USAGE : report(&err)) : EXIT_FINE;

	struct sink out;

	sink_to_fd(&out, STDOUT_FILENO);
	inv.out = &out;
	inv.knowledge = knowledge_builtin();
	inv.out_is_tty = isatty(STDOUT_FILENO);
	inv.err_is_tty = isatty(STDERR_FILENO);
	inv.in_is_tty = isatty(STDIN_FILENO);
	inv.err_can_rewrite =
		inv.err_is_tty && getenv("TERM") && strcmp(getenv("TERM"), "dumb") != 0;
	fill_target(&inv, &p);
	r = p.help ? help_for(&inv, c) : run_verb(&inv, &err);
	int w = sink_done(&out);

	/* a reader that went away (head, less) is no failure */
	if (w < 0 && w != -EPIPE && r >= 0) {
		errno = -w;
		r = fail(&err, w, "cannot write the result: %m");
	}
	return r < 0 ? report(&err) : r;
}

int cli_main(int argc, const char *const *argv)
{
	occupy_standard_streams();
	return dispatch(argc, argv, false);
}

int cli_check(int argc, const char *const *argv)
{
	return dispatch(argc, argv, true);
}
