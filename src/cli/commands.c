/* SPDX-License-Identifier: MIT */
/* The command table and the options every verb shares. */
#include "cli/command.h"

#include <stddef.h>
#include <string.h>

const struct command *const commands[] = {
#define X(name) &name##_command,
	COMMANDS(X)
#undef X
		NULL,
};

#define COMMON(member) offsetof(struct common_options, member)
const struct option common_option_table[] = {
	{ .name = "json",
		.type = OPT_FLAG,
		.offset = COMMON(json),
		.help = "print JSON for programs (docs/formats)" },
	{ .name = "quiet",
		.short_name = 'q',
		.type = OPT_FLAG,
		.offset = COMMON(quiet),
		.help = "no progress on standard error" },
	{ .name = "color",
		.type = OPT_CHOICE,
		.offset = COMMON(color),
		.arg = "WHEN",
		.choices = "auto|always|never",
		.help = "colour: auto, always or never (NO_COLOR is honoured)" },
	{ .name = "case",
		.type = OPT_STRING,
		.offset = COMMON(case_id),
		.arg = "ID",
		.help = "use this stored case (default: the last)" },
	{ .name = "env",
		.type = OPT_CHOICE,
		.offset = COMMON(env),
		.arg = "KIND",
		.choices = "production|development",
		.help = "say what the target is; unknown is treated as production" },
	{ .name = "knowledge",
		.type = OPT_STRING,
		.offset = COMMON(knowledge_dir),
		.arg = "DIR",
		.help = "add the YAML knowledge of a folder to the built-in one" },
	{ .name = "version",
		.type = OPT_FLAG,
		.offset = COMMON(version),
		.help = "print the version" },
	{ 0 },
};

#define TARGET(member) offsetof(struct target_options, member)
const struct option target_option_table[] = {
	{ .name = "pid",
		.short_name = 'p',
		.type = OPT_STRING,
		.offset = TARGET(pid),
		.arg = "PID",
		.help = "a running process: its id, name or :port" },
	{ .name = "project",
		.type = OPT_STRING,
		.offset = TARGET(project),
		.arg = "DIR",
		.help = "the project folder (default: the current folder)" },
	{ .name = "url",
		.type = OPT_STRING,
		.offset = TARGET(url),
		.arg = "URL",
		.help = "a web address" },
	{ .name = "dsn",
		.type = OPT_STRING,
		.offset = TARGET(dsn),
		.arg = "DSN",
		.help = "a PostgreSQL database (never printed with its password)" },
	{ .name = "cgroup",
		.type = OPT_STRING,
		.offset = TARGET(cgroup),
		.arg = "PATH",
		.help = "everything in a control group" },
	{ 0 },
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

size_t command_option_groups(const struct command *c, void *own, struct common_options *common,
	struct target_options *target, struct option_group *ret)
{
	size_t n = 0;

	if (c->options)
		ret[n++] = (struct option_group){ "Options", c->options, own };
	if (c->flags & COMMAND_TARGET)
		ret[n++] = (struct option_group){ "Target", target_option_table, target };
	ret[n++] = (struct option_group){ "Everywhere", common_option_table, common };
	return n;
}
