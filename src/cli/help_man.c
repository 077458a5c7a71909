/* SPDX-License-Identifier: MIT */
/* The man page, in man(7) macros. */
#include "cli/docs_page.h"
#include "cli/help.h"

#include <string.h>

/* Text with the characters that troff would take for its own made safe; `code` in bold. */
static void put_text(struct sink *out, struct span s)
{
	bool bold = false;

	if (s.n && (s.p[0] == '.' || s.p[0] == '\''))
		sink_puts(out, "\\&");
	for (size_t i = 0; i < s.n; i++) {
		char c = (char)s.p[i];

		if (c == '`') {
			bold = !bold;
			sink_puts(out, bold ? "\\fB" : "\\fR");
		} else if (c == '\\') {
			sink_puts(out, "\\e");
		} else if (c == '-') {
			sink_puts(out, "\\-");
		} else {
			sink_putc(out, c);
		}
	}
	if (bold)
		sink_puts(out, "\\fR");
}

static void put_str(struct sink *out, const char *s)
{
	put_text(out, span_str(s));
}

static void put_body(struct sink *out, const char *body)
{
	struct span rest = span_str(body), line;
	bool code = false;

	while (span_next_line(&rest, &line)) {
		bool is_code = span_starts(line, "    ");

		if (is_code != code)
			sink_puts(out, is_code ? ".nf\n.RS 4\n" : ".RE\n.fi\n");
		code = is_code;
		if (span_starts(line, "## ")) {
			sink_puts(out, ".PP\n\\fB");
			put_text(out, span_from(line, 3));
			sink_puts(out, "\\fR\n");
			continue;
		}
		if (span_starts(line, "- ")) {
			sink_puts(out, ".IP \\(bu 3\n");
			line = span_from(line, 2);
		} else if (line.n == 0) {
			sink_puts(out, code ? "\n" : ".PP\n");
			continue;
		}
		put_text(out, code ? span_from(line, 4) : line);
		sink_putc(out, '\n');
	}
	if (code)
		sink_puts(out, ".RE\n.fi\n");
}

static void put_options(struct sink *out, const struct option *o)
{
	for (; o && o->name; o++) {
		sink_puts(out, ".TP\n");
		if (o->short_name)
			sink_printf(out, "\\fB\\-%c\\fR, ", o->short_name);
		sink_puts(out, "\\fB\\-\\-");
		put_str(out, o->name);
		sink_printf(out, "\\fR%s%s%s\n", o->arg ? " \\fI" : "", o->arg ? o->arg : "",
			o->arg ? "\\fR" : "");
		put_str(out, o->help);
		sink_putc(out, '\n');
	}
}

void help_man(struct sink *out)
{
	sink_puts(out,
		".TH PERF\\-OPS 1 \"\" \"perf\\-ops " PERF_OPS_VERSION "\" \"User Commands\"\n"
		".SH NAME\nperf\\-ops \\- from a performance complaint to a proven fix\n"
		".SH SYNOPSIS\n");
	for (size_t i = 0; commands[i]; i++) {
		const struct docs_page *page = docs_page_find(commands[i]->name);

		if (!page || commands[i]->flags & COMMAND_HIDDEN)
			continue;
		put_str(out, page->synopsis);
		sink_puts(out, "\n.br\n");
	}
	sink_puts(out, ".SH COMMANDS\n");
	for (size_t i = 0; commands[i]; i++) {
		const struct docs_page *page = docs_page_find(commands[i]->name);

		if (!page || commands[i]->flags & COMMAND_HIDDEN)
			continue;
		sink_printf(out, ".SS %s\n", page->name);
		put_str(out, page->summary);
		sink_puts(out, ".\n.PP\n");
		put_body(out, page->body);
		put_options(out, commands[i]->options);
	}
	sink_puts(out, ".SH TARGET OPTIONS\n");
	put_options(out, target_option_table);
	sink_puts(out, ".SH OPTIONS EVERYWHERE\n");
	put_options(out, common_option_table);
	sink_puts(out,
		".SH EXIT STATUS\n"
		"0 fine; 1 negative verdict; 2 usage; 3 inconclusive; 4 target failed or nothing "
		"measured;\n"
		"5 environment unfit or permission missing; 70 bug in perf\\-ops; 130 "
		"interrupted.\n"
		".SH ENVIRONMENT\n.TP\n\\fBPERF_OPS_HOME\\fR\nwhere the history and its artifacts "
		"are kept\n"
		"(default: XDG_DATA_HOME/perf\\-ops or ~/.local/share/perf\\-ops).\n"
		".TP\n\\fBNO_COLOR\\fR\nno colour when set and not empty.\n");
}
