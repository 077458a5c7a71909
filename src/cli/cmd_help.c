/* SPDX-License-Identifier: MIT */
/* perf-ops help [VERB]: help; also the source of the man page and the completions. */
#include "cli/command.h"
#include "cli/help.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct help_options {
	const char *format;
};

static const struct option help_options[] = {
	{ .name = "format",
		.type = OPT_CHOICE,
		.offset = offsetof(struct help_options, format),
		.arg = "FORMAT",
		.choices = "text|man|bash|zsh|fish",
		.help = "text, the man page, or a shell's completion script" },
	{ 0 },
};

static int run(struct invocation *inv, struct err *err)
{
	const struct help_options *o = inv->options;
	static const struct {
		const char *name;
		void (*put)(struct sink *);
	} formats[] = { { "man", help_man }, { "bash", help_completion_bash },
		{ "zsh", help_completion_zsh }, { "fish", help_completion_fish } };

	for (size_t i = 0; o->format && i < ARRAY_LEN(formats); i++) {
		if (strcmp(o->format, formats[i].name) == 0) {
			formats[i].put(inv->out);
			return EXIT_FINE;
		}
	}
	if (inv->n_args == 0)
		return help_overview(inv);
	const struct command *c = command_find(inv->args[0]);

	if (!c) {
		fail(err, EINVAL, "'%s' is not a command", inv->args[0]);
		err_hint(err, "all commands: perf-ops help");
		return -EINVAL;
	}
	return help_for(inv, c);
}

const struct command help_command = {
	.name = "help",
	.group = "About",
	.args = "[VERB]",
	.options = help_options,
	.options_size = sizeof(struct help_options),
	.max_args = 1,
	.run = run,
};
