/* SPDX-License-Identifier: MIT */
/* Completion scripts for bash, zsh and fish. */
#include "cli/docs_page.h"
#include "cli/help.h"

#include <string.h>

static bool shown(const struct command *c)
{
	return !(c->flags & COMMAND_HIDDEN);
}

/* All option tables of a verb, one after the other. */
static size_t tables_of(const struct command *c, const struct option *ret[3])
{
	size_t n = 0;

	if (c->options)
		ret[n++] = c->options;
	if (c->flags & COMMAND_TARGET)
		ret[n++] = target_option_table;
	ret[n++] = common_option_table;
	return n;
}

static void put_option_words(struct sink *out, const struct command *c)
{
	const struct option *tables[3];
	size_t n = tables_of(c, tables);

	for (size_t t = 0; t < n; t++)
		for (const struct option *o = tables[t]; o->name; o++)
			sink_printf(out, " --%s", o->name);
	sink_puts(out, " --help");
}

/* "a|b|c" as "a b c" */
static void put_choices(struct sink *out, const char *choices)
{
	for (const char *p = choices; *p; p++)
		sink_putc(out, *p == '|' ? ' ' : *p);
}

static void bash_values(struct sink *out, const struct option *table)
{
	for (const struct option *o = table; o && o->name; o++) {
		if (o->type == OPT_CHOICE) {
			sink_printf(out, "\t--%s) COMPREPLY=($(compgen -W \"", o->name);
			put_choices(out, o->choices);
			sink_puts(out, "\" -- \"$cur\")); return ;;\n");
		} else if (o->arg && strcmp(o->arg, "DIR") == 0) {
			sink_printf(out,
				"\t--%s) COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n",
				o->name);
		}
	}
}

void help_completion_bash(struct sink *out)
{
	sink_puts(out,
		"# bash completion for perf-ops; generated from its command table\n"
		"_perf_ops()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
		"prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		"\tlocal i\n\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\t[[ ${COMP_WORDS[i]} == -- ]] && { _command_offset $((i + 1)) 2>/dev/null; "
		"return; }\n"
		"\tdone\n\tcase $prev in\n");
	for (size_t i = 0; commands[i]; i++)
		bash_values(out, commands[i]->options);
	bash_values(out, target_option_table);
	bash_values(out, common_option_table);
	sink_puts(out,
		"\t--pid|-p) COMPREPLY=($(compgen -W \"$(ps -eo pid= 2>/dev/null)\" -- \"$cur\")); "
		"return ;;\n"
		"\tesac\n\tif ((COMP_CWORD == 1)); then\n\t\tCOMPREPLY=($(compgen -W \"");
	for (size_t i = 0; commands[i]; i++)
		if (shown(commands[i]))
			sink_printf(out, "%s%s", i ? " " : "", commands[i]->name);
	sink_puts(out, "\" -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; commands[i]; i++) {
		if (!shown(commands[i]))
			continue;
		sink_printf(out, "\t%s) COMPREPLY=($(compgen -W \"", commands[i]->name);
		put_option_words(out, commands[i]);
		sink_puts(out, "\" -- \"$cur\")) ;;\n");
	}
	sink_puts(out,
		"\tesac\n\t[[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "
		"\"$cur\"))\n}\n"
		"complete -F _perf_ops perf-ops\n");
}

static void zsh_quoted(struct sink *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			sink_puts(out, "'\\''");
		else if (*s == '[' || *s == ']' || *s == ':')
			sink_printf(out, "\\%c", *s);
		else
			sink_putc(out, *s);
	}
}

static void zsh_option(struct sink *out, const struct option *o)
{
	sink_printf(out, "\t\t\t'--%s[", o->name);
	zsh_quoted(out, o->help);
	sink_puts(out, "]");
	if (o->type == OPT_CHOICE) {
		sink_printf(out, ":%s:(", o->arg);
		put_choices(out, o->choices);
		sink_puts(out, ")");
	} else if (o->arg) {
		sink_printf(out, ":%s:%s", o->arg, strcmp(o->arg, "DIR") == 0 ? "_files -/" : "");
	}
	sink_puts(out, "' \\\n");
}

void help_completion_zsh(struct sink *out)
{
	sink_puts(out,
		"#compdef perf-ops\n# generated from its command table\n_perf_ops() {\n"
		"\tlocal -a verbs\n\tverbs=(\n");
	for (size_t i = 0; commands[i]; i++) {
		const struct docs_page *page = docs_page_find(commands[i]->name);

		if (!shown(commands[i]))
			continue;
		sink_printf(out, "\t\t'%s:", commands[i]->name);
		zsh_quoted(out, page ? page->summary : "");
		sink_puts(out, "'\n");
	}
	sink_puts(out,
		"\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe 'command' "
		"verbs\n\t\treturn\n\tfi\n"
		"\tcase ${words[2]} in\n");
	for (size_t i = 0; commands[i]; i++) {
		const struct option *tables[3];
		size_t n = tables_of(commands[i], tables);

		if (!shown(commands[i]))
			continue;
		sink_printf(out, "\t%s)\n\t\t_arguments \\\n", commands[i]->name);
		for (size_t t = 0; t < n; t++)
			for (const struct option *o = tables[t]; o->name; o++)
				zsh_option(out, o);
		sink_puts(out, "\t\t\t'--help[show help]' \\\n\t\t\t'*::argument:_files' ;;\n");
	}
	sink_puts(out, "\tesac\n}\n_perf_ops \"$@\"\n");
}

static void fish_quoted(struct sink *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			sink_putc(out, '\\');
		sink_putc(out, *s);
	}
}

void help_completion_fish(struct sink *out)
{
	sink_puts(out, "# fish completion for perf-ops; generated from its command table\n");
	for (size_t i = 0; commands[i]; i++) {
		const struct docs_page *page = docs_page_find(commands[i]->name);
		const struct option *tables[3];
		size_t n = tables_of(commands[i], tables);

		if (!shown(commands[i]))
			continue;
		sink_printf(out, "complete -c perf-ops -n __fish_use_subcommand -a %s -d '",
			commands[i]->name);
		fish_quoted(out, page ? page->summary : "");
		sink_puts(out, "'\n");
		for (size_t t = 0; t < n; t++) {
			for (const struct option *o = tables[t]; o->name; o++) {
				sink_printf(out,
					"complete -c perf-ops -n '__fish_seen_subcommand_from %s' "
					"-l %s%s -d '",
					commands[i]->name, o->name,
					o->type == OPT_FLAG ? "" : " -r");
				fish_quoted(out, o->help);
				sink_puts(out, "'");
				if (o->type == OPT_CHOICE) {
					sink_puts(out, " -a '");
					put_choices(out, o->choices);
					sink_puts(out, "'");
				}
				sink_puts(out, "\n");
			}
		}
	}
}
