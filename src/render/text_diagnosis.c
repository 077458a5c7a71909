/* SPDX-License-Identifier: MIT */
/* The diagnose screen. */
#include "render/text_diagnosis.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/human.h"
#include "knowledge/records.h"
#include "render/page.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	VALUE = 13,
	PLAN = 10,
	FACTS_SHOWN = 6,
	PACKAGES_SHOWN = 4,
	SIGNALS_SHOWN = 5,
	TOOLS_SHOWN = 7,
	ALTERNATIVES_SHOWN = 2
};

/* Parts that were not looked at are zeroed, so their strings may be NULL. */
static const char *known(const char *s)
{
	return s ? s : "";
}

static void label(struct page *pg, const char *name)
{
	page_ink(pg, INK_STRONG, name);
	page_to(pg, VALUE, true);
}

/* Several short items on as few lines as they need, none broken in two. */
static void item(struct page *pg, bool first, enum ink ink, const char *text)
{
	unsigned need = page_width(pg, text);

	if (!first && pg->col + 3 + need > pg->style.width) {
		page_line(pg);
		page_to(pg, VALUE, false);
	} else if (!first) {
		page_put(pg, "   ");
	}
	if (pg->col + need > pg->style.width)
		page_wrap(pg, ink, VALUE, text);
	else
		page_ink(pg, ink, text);
}

/* Reasons that are signals are shown among the signals; here they are only named. */
static bool is_signal(const struct diagnosis *d, const char *reason)
{
	for (size_t i = 0; i < d->n_signals; i++)
		if (strstr(reason, known(d->signals[i].text)))
			return true;
	return false;
}

static void because(struct page *pg, const struct diagnosis *d)
{
	const struct symptom *s = &d->symptom;
	struct buf text = { 0 };
	bool measured = false;

	for (size_t i = 0; i < s->n_because && i < 4; i++) {
		const char *r = known(s->because[i]);
		bool quoted = strchr(r, '"') || s->from_signals;

		if (is_signal(d, r)) {
			measured = true;
			continue;
		}
		buf_printf(&text, "%s%s%s%s", text.n ? ", " : "", quoted ? "" : "\"", r,
			quoted ? "" : "\"");
	}
	if (measured)
		buf_printf(&text, "%smeasured, see Signals", text.n ? ", " : "");
	if (text.n && pg->col + 3 + page_width(pg, buf_cstr(&text)) > pg->style.width)
		page_line(pg);
	else if (text.n)
		page_to(pg, pg->col + 3, false);
	page_wrap(pg, INK_DIM, VALUE, buf_cstr(&text));
	buf_done(&text);
}

static void symptom(struct page *pg, const struct diagnosis *d)
{
	const struct symptom *s = &d->symptom;

	label(pg, "Symptom");
	if (strcmp(s->leaf, "unknown") == 0) {
		page_wrap(pg, INK_NONE, VALUE,
			"unknown: neither the words nor the measurements point to one kind of "
			"problem");
	} else {
		page_ink(pg, INK_COST, s->leaf);
		page_to(pg, VALUE + 22, true);
		page_printf(pg, "%2.0f %%", s->confidence * 100);
		because(pg, d);
	}
	page_line(pg);
	for (size_t i = 0; i < s->n_alternatives && i < ALTERNATIVES_SHOWN; i++) {
		if (s->alternatives[i].confidence < 0.1)
			break;
		page_to(pg, VALUE, false);
		page_printf(pg, "or %s", s->alternatives[i].leaf);
		page_to(pg, VALUE + 22, true);
		page_printf(pg, "%2.0f %%", s->alternatives[i].confidence * 100);
		page_line(pg);
	}
	if (s->question && *s->question) {
		page_to(pg, VALUE, false);
		page_ink(pg, INK_CAVEAT, "? ");
		page_wrap(pg, INK_NONE, VALUE + 2, s->question);
		page_line(pg);
	}
}

/* Kinds that say how the program works; services, ports, CI and linters are in the JSON. */
static bool tells_much(const char *kind)
{
	static const char *const kinds[] = { "framework", "orm", "database", "server", "queue",
		"runtime", "bundler", "compute", "build", "monorepo", "container", "orchestration",
		"benchmark" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

static size_t facts_text(
	struct buf *text, const struct project_package *k, size_t max, bool versions)
{
	size_t shown = 0;

	for (size_t i = 0; i < k->n_facts && shown < max; i++) {
		const struct project_fact *f = &k->facts[i];
		bool doubled = false;

		for (size_t j = 0; j < i; j++)
			doubled |= strcmp(known(k->facts[j].name), known(f->name)) == 0;
		if (doubled || !tells_much(known(f->kind)))
			continue;
		buf_printf(text, "%s%s", shown ? ", " : "", known(f->name));
		if (versions && *known(f->version))
			buf_printf(text, " %s", f->version);
		shown++;
	}
	return shown;
}

/* "backend (python: fastapi, sqlmodel), frontend (typescript: react, vite)" */
static void packages_text(struct buf *text, const struct project *p)
{
	for (size_t i = 1; i < p->n_packages && i <= PACKAGES_SHOWN; i++) {
		const struct project_package *k = &p->packages[i];
		struct buf facts = { 0 };

		buf_printf(
			text, "%s%s (%s", i > 1 ? ", " : "packages: ", k->path, known(k->language));
		if (facts_text(&facts, k, 2, false))
			buf_printf(text, ": %s", buf_cstr(&facts));
		buf_putc(text, ')');
		buf_done(&facts);
	}
	if (p->n_packages > PACKAGES_SHOWN + 1)
		buf_printf(text, ", and %zu more", p->n_packages - PACKAGES_SHOWN - 1);
}

static void project(struct page *pg, const struct diagnosis *d)
{
	const struct project *p = &d->project;
	struct buf text = { 0 };

	if (!p->found || (!p->n_languages && !p->n_packages))
		return;
	label(pg, "Project");
	page_ink(pg, INK_NONE, path_base(known(p->root)));
	page_put(pg, "  ");
	for (size_t i = 0;
		i < p->n_languages && i < 4 && (i == 0 || p->languages[i].share >= 0.005); i++)
		buf_printf(&text, "%s%s %.0f %%", i ? ", " : "", p->languages[i].name,
			p->languages[i].share * 100);
	page_wrap(pg, INK_NONE, VALUE, buf_cstr(&text));
	if (*known(p->javascript_side))
		page_printf(pg, " (%s)", p->javascript_side);
	page_line(pg);
	buf_clear(&text);
	if (p->n_packages)
		facts_text(&text, &p->packages[0], FACTS_SHOWN, true);
	if (text.n) {
		page_wrap(pg, INK_DIM, VALUE, buf_cstr(&text));
		page_line(pg);
	}
	buf_clear(&text);
	packages_text(&text, p);
	if (text.n) {
		page_wrap(pg, INK_DIM, VALUE, buf_cstr(&text));
		page_line(pg);
	}
	buf_done(&text);
}

static void process(struct page *pg, const struct diagnosis *d)
{
	const struct process_info *p = &d->process;
	struct buf text = { 0 };

	if (!d->has_process)
		return;
	label(pg, "Process");
	page_printf(pg, "%d ", (int)p->pid);
	page_ink(pg, INK_STRONG, known(p->comm));
	page_put(pg, " ");
	const char *runtime = *known(p->runtime) ? p->runtime : "native";

	buf_printf(&text, "(%s%s%s, %u thread%s)", runtime, *known(p->version) ? " " : "",
		known(p->version), p->threads, p->threads == 1 ? "" : "s");
	if (*known(p->unit))
		buf_printf(&text, " unit %s", p->unit);
	if (*known(p->container))
		buf_printf(&text, " in %s", p->container);
	if (p->debug_build_known && p->debug_build)
		buf_puts(&text, ", debug build");
	if (strcmp(runtime, "native") == 0 && !p->has_symbols)
		buf_puts(&text, ", no symbols");
	page_wrap(pg, INK_NONE, VALUE, buf_cstr(&text));
	page_line(pg);
	for (size_t i = 0; i < p->n_flags && i < 3; i++) {
		page_wrap(pg, INK_DIM, VALUE, p->flags[i]);
		page_line(pg);
	}
	buf_done(&text);
}

static void environment(struct page *pg, const struct diagnosis *d)
{
	const struct environment *e = &d->environment;
	bool careful = e->kind == ENV_PRODUCTION || e->kind == ENV_UNKNOWN;
	struct buf name = { 0 }, text = { 0 };

	label(pg, "Environment");
	for (const char *s = env_kind_name(e->kind); *s; s++)
		buf_putc(&name, e->kind == ENV_PRODUCTION ? (char)toupper((unsigned char)*s) : *s);
	page_ink(pg, careful ? INK_CAVEAT : INK_NONE, buf_cstr(&name));
	page_put(pg, "  ");
	for (size_t i = 0; i < e->n_because && i < 3; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", e->because[i]);
	if (careful)
		buf_printf(&text, "%s%s", text.n ? " → " : "",
			e->kind == ENV_UNKNOWN ? "treated as production: sampling only, no restart"
					       : "sampling only, no restart");
	page_wrap(pg, INK_DIM, VALUE, buf_cstr(&text));
	page_line(pg);
	buf_done(&name);
	buf_done(&text);
}

static void machine(struct page *pg, const struct diagnosis *d)
{
	const struct baseline *b = &d->baseline;
	char text[128], total[HUMAN_LEN];
	bool rates = b->window_s > 0;

	if (!b->taken)
		return;
	label(pg, "Machine");
	if (rates)
		snprintf(text, sizeof(text), "cpu %.0f %% of %u (run queue %.1f)",
			(1 - b->cpu.idle_ratio - b->cpu.iowait_ratio) * 100, b->cpu.cores,
			b->cpu.run_queue);
	else
		snprintf(text, sizeof(text), "%u cores (load %.1f)", b->cpu.cores, b->cpu.load1);
	item(pg, true, INK_NONE, text);
	/* both in the larger one's unit: "0.9 of 23.5 GiB" */
	human_bytes(total, (double)b->memory.total_bytes);
	double scale = 1;

	for (double t = (double)b->memory.total_bytes; t >= 1024; t /= 1024)
		scale *= 1024;
	snprintf(text, sizeof(text), "mem %.1f of %s",
		(double)(b->memory.total_bytes - b->memory.available_bytes) / scale, total);
	item(pg, false, INK_NONE, text);
	const struct baseline_disk *busiest = NULL;

	for (size_t i = 0; i < b->n_disks; i++)
		if (!busiest || b->disks[i].util_ratio > busiest->util_ratio)
			busiest = &b->disks[i];
	if (rates && busiest) {
		snprintf(
			text, sizeof(text), "%s %.0f %%", busiest->name, busiest->util_ratio * 100);
		item(pg, false, INK_NONE, text);
	}
	if (b->psi_cpu.known || b->psi_io.known) {
		snprintf(text, sizeof(text), "pressure cpu %.1f io %.1f mem %.1f %%",
			b->psi_cpu.some_avg10, b->psi_io.some_avg10, b->psi_memory.some_avg10);
		item(pg, false, INK_NONE, text);
	}
	if (b->cgroup.known && b->cgroup.cpu_limit_cores > 0) {
		snprintf(text, sizeof(text), "cgroup limit %.1f cores", b->cgroup.cpu_limit_cores);
		if (b->cgroup.throttled_ratio >= 0)
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				" (throttled %.0f %%)", b->cgroup.throttled_ratio * 100);
		item(pg, false, b->cgroup.throttled_ratio > 0.05 ? INK_CAVEAT : INK_NONE, text);
	}
	page_line(pg);
}

/* What the target itself did in the window; only with a process. */
static void target(struct page *pg, const struct diagnosis *d)
{
	const struct baseline_target *t = &d->baseline.target;
	char text[160], bytes[HUMAN_LEN];

	if (!t->known || d->baseline.window_s <= 0)
		return;
	label(pg, "Target");
	snprintf(text, sizeof(text), "cpu %.2f cores (%.0f %% system)", t->cpu_cores,
		t->cpu_cores > 0 ? t->system_cores / t->cpu_cores * 100 : 0);
	item(pg, true, INK_NONE, text);
	snprintf(text, sizeof(text), "rss %s", human_bytes(bytes, (double)t->rss_bytes));
	item(pg, false, INK_NONE, text);
	/* a slope counts when it is clearly more than its standard error */
	if (t->rss_slope_bytes_per_s > 3 * t->rss_slope_se && t->rss_slope_bytes_per_s > 4096) {
		snprintf(text, sizeof(text), "growing %s/s",
			human_bytes(bytes, t->rss_slope_bytes_per_s));
		item(pg, false, INK_COST, text);
	}
	if (t->n_waits && t->waits[0].share >= 0.3 &&
		strcmp(known(t->waits[0].wait), "running") != 0) {
		snprintf(text, sizeof(text), "waiting: %s %.0f %%", known(t->waits[0].wait),
			t->waits[0].share * 100);
		item(pg, false, INK_NONE, text);
	}
	for (size_t i = 0; i < t->n_peers && i < 2; i++) {
		const struct target_peer *peer = &t->peers[i];

		snprintf(text, sizeof(text), "%u connection%s to %s", peer->connections,
			peer->connections == 1 ? "" : "s",
			*known(peer->service) ? peer->service : known(peer->address));
		item(pg, false, INK_NONE, text);
	}
	if (t->read_bytes_per_s + t->write_bytes_per_s > 65536) {
		snprintf(text, sizeof(text), "io %s/s",
			human_bytes(bytes, t->read_bytes_per_s + t->write_bytes_per_s));
		item(pg, false, INK_NONE, text);
	}
	page_line(pg);
}

static void signals(struct page *pg, const struct diagnosis *d)
{
	size_t n = d->n_signals;

	/* evidence that is not worth a line comes last */
	while (n && d->signals[n - 1].quiet)
		n--;
	size_t shown = MIN(n, (size_t)SIGNALS_SHOWN);

	for (size_t i = 0; i < shown; i++) {
		const struct signal_found *s = &d->signals[i];
		enum ink ink = s->severity == SEVERITY_CRITICAL ? INK_COST
			: s->severity == SEVERITY_WARNING       ? INK_CAVEAT
								: INK_DIM;

		if (i == 0)
			label(pg, "Signals");
		page_to(pg, VALUE, false);
		page_ink(pg, ink, s->severity == SEVERITY_INFO ? "- " : "! ");
		page_wrap(pg, INK_NONE, VALUE + 2, s->text);
		page_line(pg);
	}
	if (n > shown) {
		page_to(pg, VALUE, false);
		page_printf(pg, "and %zu more: --json", n - shown);
		page_line(pg);
	}
}

static bool in_plan(const struct diagnosis *d, const struct tool_found *t)
{
	for (size_t i = 0; i < d->n_plan; i++)
		if (strcmp(known(d->plan[i].tool), known(t->name)) == 0 ||
			(t->record && strcmp(known(d->plan[i].tool), t->record->id) == 0))
			return true;
	return false;
}

enum tool_rank { TOOL_PLANNED, TOOL_USABLE, TOOL_REFUSED, TOOL_LEFT_OUT };

static enum tool_rank tool_rank(const struct diagnosis *d, const struct tool_found *t)
{
	if (in_plan(d, t))
		return TOOL_PLANNED;
	if (!t->installed || t->aside || (t->record && t->record->embedded))
		return TOOL_LEFT_OUT;
	return t->usable_here ? TOOL_USABLE : TOOL_REFUSED;
}

/* "unsafe here: injects code" whole when it is short, else only "unsafe here". */
static int short_reason(const char *why)
{
	size_t clause = strcspn(why, ",;"), head = strcspn(why, ":");

	return (int)(clause <= 40 ? clause : MIN(head, clause));
}

static char *tool_text(const struct tool_found *t)
{
	const char *version = t->record && t->record->embedded ? "" : known(t->version);
	const char *sign = !t->installed || !t->usable_here ? "✘" : *known(t->problem) ? "?" : "✔";
	const char *note = !t->installed ? "not installed"
		: !t->usable_here        ? known(t->why_not)
					 : known(t->problem);

	return xasprintf("%s%s%s %s%s%.*s", known(t->name), *version ? " " : "", version, sign,
		*note ? " " : "", short_reason(note), note);
}

static void tools(struct page *pg, const struct diagnosis *d)
{
	size_t shown = 0, missing = 0;

	if (!d->n_tools)
		return;
	label(pg, "Tools");
	for (enum tool_rank rank = TOOL_PLANNED; rank < TOOL_LEFT_OUT; rank++) {
		for (size_t i = 0; i < d->n_tools && shown < TOOLS_SHOWN; i++) {
			if (tool_rank(d, &d->tools[i]) != rank)
				continue;
			char *text = tool_text(&d->tools[i]);

			item(pg, shown++ == 0, rank == TOOL_REFUSED ? INK_DIM : INK_NONE, text);
			free(text);
		}
	}
	for (size_t i = 0; i < d->n_tools; i++)
		missing += !d->tools[i].installed;
	if (missing) {
		char *text = xasprintf("%zu not installed: perf-ops tools", missing);

		item(pg, shown == 0, INK_DIM, text);
		free(text);
	}
	page_line(pg);
}

static void step(struct page *pg, const struct plan_step *s)
{
	struct buf note = { 0 };

	page_to(pg, 7, true);
	page_printf(pg, "%u", s->step);
	page_to(pg, PLAN, true);
	page_put(pg, known(s->command)); /* never broken: it is to be copied */
	if (strcmp(known(s->mode), "background") == 0)
		buf_puts(&note, "background");
	bool background = note.n > 0;

	for (size_t i = 0; !background && i < s->n_parallel && i < ARRAY_LEN(s->parallel_with); i++)
		buf_printf(&note, "%s%u", i ? ", " : "with ", s->parallel_with[i]);
	if (note.n) {
		unsigned need = page_width(pg, buf_cstr(&note));

		if (pg->col + 2 + need > pg->style.width) {
			page_line(pg);
			page_to(pg, PLAN, false);
		} else {
			page_to(pg, pg->style.width - need, true);
		}
		page_ink(pg, INK_DIM, buf_cstr(&note));
	}
	page_line(pg);
	if (*known(s->why)) {
		page_wrap(pg, INK_DIM, PLAN, s->why);
		page_line(pg);
	}
	buf_done(&note);
}

static void plan(struct page *pg, const struct diagnosis *d)
{
	struct buf text = { 0 };

	if (d->n_plan || d->n_refused)
		page_ink(pg, INK_STRONG, "Plan");
	for (size_t i = 0; i < d->n_plan; i++)
		step(pg, &d->plan[i]);
	for (size_t i = 0; i < d->n_refused && i < 4; i++) {
		const struct plan_refusal *f = &d->refused[i];

		/* the first clause of the reason; the rest and what to do instead are in the JSON
		 */
		buf_printf(&text, "%s%s (%.*s)", i ? ", " : "refused here: ", known(f->what),
			(int)strcspn(known(f->why), ";"), known(f->why));
	}
	if (text.n) {
		page_to(pg, 7, true);
		page_wrap(pg, INK_CAVEAT, 7, buf_cstr(&text));
		page_line(pg);
	}
	buf_done(&text);
}

/* A long command that is a step of the plan is not said twice. */
static void next(struct page *pg, const struct diagnosis *d)
{
	const char *command = known(d->next);

	if (!*command)
		return;
	page_ink(pg, INK_STRONG, "Next");
	page_to(pg, 7, true);
	if (pg->col + page_width(pg, command) > pg->style.width) {
		for (size_t i = 0; i < d->n_plan; i++) {
			if (strcmp(known(d->plan[i].command), command) == 0) {
				page_printf(pg, "step %u of the plan", d->plan[i].step);
				page_line(pg);
				return;
			}
		}
	}
	page_put(pg, command);
	page_line(pg);
}

void text_diagnosis(struct sink *out, const struct diagnosis *d, const struct text_style *style)
{
	struct page pg;

	page_init(&pg, out, style);
	symptom(&pg, d);
	process(&pg, d);
	project(&pg, d);
	environment(&pg, d);
	machine(&pg, d);
	target(&pg, d);
	signals(&pg, d);
	tools(&pg, d);
	plan(&pg, d);
	for (const struct caveat *k = d->caveats.first; k; k = k->next) {
		page_ink(&pg, INK_CAVEAT, "Caveat ");
		page_wrap(&pg, INK_NONE, 7, k->text);
		page_line(&pg);
	}
	next(&pg, d);
}

void text_diagnosis_brief(
	struct sink *out, const struct diagnosis *d, const struct text_style *style)
{
	struct page pg;

	page_init(&pg, out, style);
	if (*d->text || d->symptom.from_signals)
		symptom(&pg, d);
	process(&pg, d);
	project(&pg, d);
	environment(&pg, d);
	signals(&pg, d);
	page_line(&pg);
}
