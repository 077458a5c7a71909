/* SPDX-License-Identifier: MIT */
/* The diagnosis on the report: what was asked, what was seen, what is planned. */
#include "render/report_section.h"

#include "base/human.h"
#include "render/html.h"

#include <stdio.h>
#include <string.h>

static const char *known(const char *s)
{
	return s ? s : "";
}

static void term(struct sink *out, const char *name)
{
	sink_printf(out, "<div><dt>%s</dt><dd>", name);
}

static void end(struct sink *out)
{
	sink_puts(out, "</dd></div>\n");
}

static void small(struct sink *out, const char *text)
{
	if (!*text)
		return;
	sink_puts(out, " <small>");
	html_text(out, text);
	sink_puts(out, "</small>");
}

static void symptom(struct sink *out, const struct diagnosis *d)
{
	const struct symptom *s = &d->symptom;
	char text[64];

	term(out, "Symptom");
	sink_puts(out, "<b>");
	html_text(out, s->leaf);
	sink_puts(out, "</b>");
	snprintf(text, sizeof(text), "%.0f %%", s->confidence * 100);
	small(out, strcmp(s->leaf, "unknown") ? text : "");
	for (size_t i = 0; i < s->n_alternatives && i < 2; i++) {
		html_printf(out, ", or %s", s->alternatives[i].leaf);
		snprintf(text, sizeof(text), "%.0f %%", s->alternatives[i].confidence * 100);
		small(out, text);
	}
	end(out);
}

static void project(struct sink *out, const struct diagnosis *d)
{
	const struct project *p = &d->project;

	if (!p->found || !p->n_languages)
		return;
	term(out, "Project");
	for (size_t i = 0; i < p->n_languages && i < 4; i++)
		html_printf(out, "%s%s %.0f %%", i ? ", " : "", p->languages[i].name,
			p->languages[i].share * 100);
	for (size_t i = 0; p->n_packages && i < p->packages[0].n_facts && i < 6; i++)
		html_printf(out, "%s%s", i ? ", " : " · ", known(p->packages[0].facts[i].name));
	small(out, known(p->root));
	end(out);
}

static void process(struct sink *out, const struct diagnosis *d)
{
	const struct process_info *p = &d->process;

	if (!d->has_process)
		return;
	term(out, "Process");
	html_printf(out, "%d %s, %s %s, %u threads", (int)p->pid, known(p->comm), known(p->runtime),
		known(p->version), p->threads);
	small(out, known(p->cmdline));
	end(out);
}

static void machine(struct sink *out, const struct diagnosis *d)
{
	const struct baseline *b = &d->baseline;
	char used[HUMAN_LEN], total[HUMAN_LEN];

	if (!b->taken)
		return;
	term(out, "Machine");
	if (b->window_s > 0)
		html_printf(out, "cpu %.0f %% of %u cores, run queue %.1f, ",
			(1 - b->cpu.idle_ratio - b->cpu.iowait_ratio) * 100, b->cpu.cores,
			b->cpu.run_queue);
	html_printf(out, "memory %s of %s",
		human_bytes(used, (double)(b->memory.total_bytes - b->memory.available_bytes)),
		human_bytes(total, (double)b->memory.total_bytes));
	end(out);
}

static void lists(struct sink *out, const struct diagnosis *d)
{
	if (d->n_signals) {
		term(out, "Signals");
		for (size_t i = 0; i < d->n_signals && i < 8; i++) {
			sink_printf(out, "<p class=\"%s\">", severity_name(d->signals[i].severity));
			html_text(out, known(d->signals[i].text));
			sink_puts(out, "</p>");
		}
		end(out);
	}
	if (d->n_plan) {
		term(out, "Plan");
		for (size_t i = 0; i < d->n_plan; i++) {
			sink_puts(out, "<p><code>");
			html_text(out, known(d->plan[i].command));
			sink_puts(out, "</code>");
			small(out, known(d->plan[i].why));
			sink_puts(out, "</p>");
		}
		for (size_t i = 0; i < d->n_refused && i < 6; i++) {
			sink_puts(out, "<p class=\"warning\">refused here: ");
			html_printf(
				out, "%s, %s", known(d->refused[i].what), known(d->refused[i].why));
			sink_puts(out, "</p>");
		}
		end(out);
	}
}

void report_diagnosis(struct sink *out, const struct diagnosis *d)
{
	sink_puts(out,
		"<section id=\"diagnosis\" aria-labelledby=\"h-diagnosis\"><h2 id=\"h-diagnosis\">"
		"Diagnosis</h2>\n");
	if (*known(d->text)) {
		sink_puts(out, "<p class=\"lead\">“");
		html_text(out, d->text);
		sink_puts(out, "”</p>\n");
	}
	sink_puts(out, "<dl class=\"diagnosis\">\n");
	symptom(out, d);
	process(out, d);
	project(out, d);
	term(out, "Environment");
	html_text(out, env_kind_name(d->environment.kind));
	for (size_t i = 0; i < d->environment.n_because && i < 3; i++)
		small(out, d->environment.because[i]);
	end(out);
	machine(out, d);
	lists(out, d);
	sink_puts(out, "</dl></section>\n");
}
