/* SPDX-License-Identifier: MIT */
/* The profile screen. */
#include "render/text_profile.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/human.h"
#include "render/io_section.h"
#include "render/name.h"
#include "render/page.h"
#include "render/share.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 4, FIX_INDENT = 12, FIXES_SHOWN = 2, EVIDENCE_SHOWN = 4, LATER_LINES = 2 };

/* Renderers take what they get: an optional part that nobody filled is NULL. */
static const char *known(const char *s)
{
	return s ? s : "";
}

static double pct_of(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* How the target was treated: what the reader of a production host wants to know first. */
static void add_treatment(struct buf *text, const struct profile_quality *q)
{
	char t[HUMAN_LEN];

	if (q->stopped)
		buf_printf(text, "; stopped the target for at most %s at a time",
			human_ns(t, q->max_stop_ns));
	else
		buf_puts(text, "; never stopped the target");
	if (q->slowdown_ratio >= 0)
		buf_printf(text, ", slowed it by ~%.1f %%", q->slowdown_ratio * 100);
	if (q->own_cpu_ns && q->duration_ns)
		buf_printf(
			text, ", used %.1f %% of one core", pct_of(q->own_cpu_ns, q->duration_ns));
}

/* The check that CPU time and waiting add up to the life of the threads. */
static void add_waiting(struct buf *text, const struct profile_quality *q)
{
	char wall[HUMAN_LEN], cpu[HUMAN_LEN], off[HUMAN_LEN], queue[HUMAN_LEN];

	if (!q->wall_ns)
		return;
	buf_printf(text, ". Threads lived %s: %s on a CPU, %s off it", human_ns(wall, q->wall_ns),
		human_ns(cpu, q->target_cpu_ns), human_ns(off, q->off_cpu_ns));
	if ((double)q->queue_ns > 0.01 * (double)q->wall_ns)
		buf_printf(text, " (%s of it for want of a CPU)", human_ns(queue, q->queue_ns));
	buf_printf(text, "; the sum is off by %.1f %%", 100 * fabs(q->wall_error_ratio));
}

void text_quality(struct sink *out, const struct profile *p, const struct text_style *style)
{
	const struct profile_quality *q = &p->quality;
	struct buf text = { 0 };
	struct page pg;
	char t[HUMAN_LEN], n[HUMAN_LEN], lost[HUMAN_LEN];

	bool imported = q->imported;

	/* a file does not say what it cost to record it */
	if (!imported)
		buf_printf(&text, "Sampled %s", human_ns(t, q->duration_ns));
	else if (q->duration_ns)
		buf_printf(&text, "Recorded over %s", human_ns(t, q->duration_ns));
	else
		buf_puts(&text, "Recorded");
	if (q->achieved_hz > 0 || q->wanted_hz > 0)
		buf_printf(
			&text, " at %.0f Hz", q->achieved_hz > 0 ? q->achieved_hz : q->wanted_hz);
	if (q->rung && *q->rung)
		buf_printf(&text, " (%s)", q->rung);
	buf_printf(&text, ", %s samples, %s lost", human_count(n, q->samples),
		human_count(lost, q->lost));
	if (q->samples)
		buf_printf(
			&text, ", %.1f %% complete stacks", 100 - pct_of(q->truncated, q->samples));
	if (q->python_samples)
		buf_printf(&text, ", Python frames read in %.1f %%",
			100 - pct_of(q->python_unread + q->python_torn, q->python_samples));
	if (!imported)
		add_treatment(&text, q);
	add_waiting(&text, q);
	page_init(&pg, out, style);
	page_wrap(&pg, INK_DIM, 0, buf_cstr(&text));
	page_line(&pg);
	buf_done(&text);
}

/* "csv.c:40", or the module's name when there is no source. */
static void place_text(struct buf *out, const struct finding_place *w)
{
	if (w->file && *w->file) {
		buf_puts(out, path_base(w->file));
		if (w->line)
			buf_printf(out, ":%u", w->line);
	} else if (w->module && *w->module) {
		buf_puts(out, path_base(w->module));
	}
}

static void bound_text(struct buf *out, double bound)
{
	if (bound >= 1.95)
		buf_printf(out, "up to %.*fx faster", bound < 9.95 ? 1 : 0, bound);
	else if (bound > 1.095) /* below that the number is mostly error */
		buf_printf(out, "up to %.0f %% faster", (bound - 1) * 100);
}

/* " 1  account_by_code     ledger.c:88     92 % ±1 of cpu     up to 12x faster" */
static void headline(struct page *pg, const struct finding *f)
{
	struct buf name = { 0 }, place = { 0 }, bound = { 0 };
	char share[SHARE_LEN];
	unsigned w = pg->style.width;
	/* laid out for 80 columns; the name takes half of what a wider line gives and all it lacks
	 */
	unsigned name_w = w >= 80 ? 25 + (w - 80) / 2 : w >= 72 ? 25 - (80 - w) : w - 8;

	name_short(
		&name, *known(f->where.function) ? f->where.function : known(f->title), name_w - 1);
	place_text(&place, &f->where);
	bound_text(&bound, f->bound_ratio);
	char *share_of =
		xasprintf("%s of %s", share_ci_text(share, f->share, f->ci), known(f->resource));

	page_printf(pg, "%2u  ", f->rank);
	page_ink(pg, INK_STRONG, buf_cstr(&name));
	if (w < 72) {
		page_line(pg);
		page_to(pg, INDENT, false);
	} else {
		page_to(pg, INDENT + name_w, true);
	}
	unsigned at = pg->col;

	if (place.n) {
		page_put(pg, buf_cstr(&place));
		page_to(pg, at + 17, true);
	}
	page_ink(pg, f->share >= 0.1 ? INK_COST : INK_NONE, share_of);
	if (bound.n) {
		unsigned need = page_width(pg, buf_cstr(&bound));

		if (pg->col + 2 + need <= w) {
			page_to(pg, w - need, false);
		} else {
			page_line(pg);
			page_to(pg, INDENT, false);
		}
		page_ink(pg, INK_GAIN, buf_cstr(&bound));
	}
	page_line(pg);
	free(share_of);
	buf_done(&name);
	buf_done(&place);
	buf_done(&bound);
}

/* An earlier finding with the same cause and advice: it need not be said again. NULL: none. */
static const struct finding *said_before(const struct findings *all, const struct finding *f)
{
	for (const struct finding *e = all->v; *known(f->cause) && e < f; e++)
		if (strcmp(known(e->cause), f->cause) == 0 &&
			strcmp(known(e->fix[0]), known(f->fix[0])) == 0)
			return e;
	return NULL;
}

static void explanation(struct page *pg, const struct finding *f, const struct finding *before)
{
	struct buf text = { 0 };
	size_t n = 0;

	if (before)
		buf_printf(&text, "%s, as in %u", f->cause, before->rank);
	else if (*known(f->cause))
		buf_printf(&text, "%s: %s", f->cause, *known(f->why) ? f->why : known(f->title));
	else if (f->evidence[0] || !*known(f->why))
		buf_puts(&text, "hot, cause not recognised");
	else
		buf_printf(&text, "hot, cause not recognised: %s", f->why);
	page_wrap(pg, INK_NONE, INDENT, buf_cstr(&text));
	page_line(pg);
	buf_clear(&text);
	for (; n < EVIDENCE_SHOWN && f->evidence[n]; n++)
		buf_printf(&text, "%s%s", n ? " · " : "", f->evidence[n]);
	if (n) {
		page_wrap(pg, INK_DIM, INDENT, buf_cstr(&text));
		page_line(pg);
	}
	buf_done(&text);
}

/* Tabs are as wide as in an editor, common indentation is dropped: the line must fit. */
static char *expand_tabs(const char *s)
{
	struct buf out = { 0 };

	for (; *s; s++) {
		if (*s == '\t')
			buf_add(&out, "    ", 4);
		else
			buf_putc(&out, *s);
	}
	return out.n ? buf_steal(&out) : xstrdup("");
}

/* The first finding with its surroundings, the others by their hottest lines only. */
static bool line_is_shown(const struct finding *f, size_t i)
{
	size_t hotter = 0;

	if (f->rank <= 1)
		return true;
	for (size_t j = 0; j < f->n_excerpt; j++)
		hotter += f->excerpt[j].share > f->excerpt[i].share;
	return f->excerpt[i].share >= 0.005 && hotter < LATER_LINES;
}

static void excerpt(struct page *pg, const struct finding *f)
{
	size_t shift = SIZE_MAX;
	char *text[FINDING_EXCERPT_LINES];
	unsigned digits = 4;

	for (size_t i = 0; i < f->n_excerpt; i++) {
		text[i] = expand_tabs(known(f->excerpt[i].text));
		size_t lead = strspn(text[i], " ");

		if (text[i][lead] && lead < shift)
			shift = lead;
		if (f->excerpt[i].line > 9999)
			digits = 6;
	}
	for (size_t i = 0; i < f->n_excerpt; i++) {
		const struct source_line *l = &f->excerpt[i];
		const char *body = strlen(text[i]) >= shift ? text[i] + shift : "";
		unsigned note_w = page_width(pg, "  ◀ ") + 5;

		if (!line_is_shown(f, i)) {
			free(text[i]);
			continue;
		}
		unsigned body_w =
			pg->style.width - INDENT - digits - 3 - (l->share >= 0.005 ? note_w : 0);

		page_to(pg, INDENT, false);
		page_printf(pg, "%*u ", (int)digits, l->line);
		page_ink(pg, INK_DIM, "│ ");
		page_cut(pg, INK_NONE, body, body_w);
		if (l->share >= 0.005) {
			char share[SHARE_LEN];

			page_to(pg, pg->style.width - note_w, false);
			page_ink(pg, INK_COST, "  ◀ ");
			page_ink(pg, INK_COST, share_text(share, l->share));
		}
		page_line(pg);
		free(text[i]);
	}
}

static void labelled(struct page *pg, const char *label, enum ink ink, const char *text)
{
	page_to(pg, INDENT, false);
	page_ink(pg, INK_DIM, label);
	page_to(pg, FIX_INDENT, false);
	page_wrap(pg, ink, FIX_INDENT, text);
	page_line(pg);
}

static void finding(struct page *pg, const struct findings *all, const struct finding *f)
{
	const struct finding *before = said_before(all, f);

	headline(pg, f);
	explanation(pg, f, before);
	excerpt(pg, f);
	if (before)
		return;
	for (size_t i = 0; i < FIXES_SHOWN && f->fix[i]; i++)
		labelled(pg, i ? "or" : "Fix", INK_NONE, f->fix[i]);
	if (*known(f->verify) && *known(f->cause))
		labelled(pg, "Verify", INK_NONE, f->verify);
}

static void closing_line(struct page *pg, const struct profile_result *r)
{
	const struct findings *f = r->findings;
	char share[SHARE_LEN];

	if (!f)
		return;
	if (f->remark && *f->remark) {
		page_put(pg, " —  ");
		page_wrap(pg, INK_NONE, INDENT, f->remark);
		page_line(pg);
	} else if (!f->n) {
		page_put(pg, " —  no bottleneck stands out");
		page_line(pg);
	} else if (f->rest_share > 0 && f->rest_share < 0.5) {
		page_printf(pg, " —  nothing else above %s of %s", share_text(share, f->rest_share),
			known(r->resource));
		page_line(pg);
	}
}

static void caveat_lines(struct page *pg, const struct caveats *c)
{
	for (const struct caveat *k = c ? c->first : NULL; k; k = k->next) {
		page_ink(pg, INK_CAVEAT, "Caveat ");
		page_wrap(pg, INK_NONE, 7, k->text);
		page_line(pg);
	}
}

static void not_measured(struct page *pg, const struct profile_result *r)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < PROFILE_RESULT_NOT_MEASURED && r->not_measured[i]; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", r->not_measured[i]);
	if (text.n) {
		page_ink(pg, INK_STRONG, "Not measured: ");
		page_wrap(pg, INK_NONE, 0, buf_cstr(&text));
		page_line(pg);
	}
	buf_done(&text);
}

/* Length of the folder that all written files share, with its slash; 0 when they differ. */
static size_t shared_folder(const char *const *paths, size_t n, const char **ret_first)
{
	const char *first = NULL;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (!paths[i])
			continue;
		size_t dir = (size_t)(path_base(paths[i]) - paths[i]);

		if (!first) {
			first = paths[i];
			len = dir;
		} else if (dir != len || strncmp(first, paths[i], len) != 0) {
			len = 0;
			break;
		}
	}
	*ret_first = first;
	return len;
}

/* The folder once, then the names; a path is never broken, since it is to be copied. */
static void files(struct page *pg, const struct artifacts *a)
{
	static const char *const notes[] = { "", "", " (pprof)", "", "" };
	const char *paths[] = { a->report, a->flamegraph, a->pprof, a->speedscope, a->collapsed };
	const char *first = NULL;
	size_t folder = shared_folder(paths, ARRAY_LEN(paths), &first), shown = 0, written = 0;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		written += paths[i] != NULL;
	if (!written)
		return;
	page_ink(pg, INK_STRONG, "Files");
	page_to(pg, 7, false);
	if (written > 1 && folder) {
		page_printf(pg, "%.*s", (int)folder, first);
		shown = 1;
	} else {
		folder = 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (!paths[i])
			continue;
		char *text = xasprintf("%s%s", paths[i] + folder, notes[i]);

		if (shown && pg->col + 3 + page_width(pg, text) > pg->style.width) {
			page_line(pg);
			page_to(pg, 7, false);
		} else if (shown) {
			page_put(pg, folder && shown == 1 ? "  " : "   ");
		}
		page_put(pg, text);
		shown++;
		free(text);
	}
	page_line(pg);
}

/* "Also from allocation sampler: 54.4 MiB alloc_space (850 samples)" */
static void other_run(struct page *pg, const struct profile_run *run)
{
	const struct profile *p = run->profile;
	char amount[HUMAN_LEN], n[HUMAN_LEN];
	struct buf text = { 0 };
	unsigned shown = 0;

	buf_printf(&text, "Also from %s: ", known(run->tool));
	for (unsigned i = 0; i < p->n_types; i++) {
		uint64_t total = (uint64_t)MAX(profile_total(p, i), 0);

		if (!total || strcmp(p->types[i].unit, "count") == 0)
			continue; /* counts of the same thing as the bytes beside them */
		if (strcmp(p->types[i].unit, "nanoseconds") == 0)
			human_ns(amount, total);
		else
			human_bytes(amount, (double)total);
		buf_printf(&text, "%s%s %s (%s samples)", shown++ ? ", " : "", amount,
			p->types[i].name, human_count(n, profile_type_count(p, i)));
	}
	if (!shown)
		buf_puts(&text, "nothing");
	page_wrap(pg, INK_DIM, 0, buf_cstr(&text));
	page_line(pg);
	buf_done(&text);
}

/* A sampled or imported profile, not what a collector brought beside a sampler without samples. */
static bool is_main_run(const struct profile_run *run)
{
	return run->profile->quality.imported || strcmp(known(run->tool), "embedded") == 0;
}

static void grade(struct page *pg, const struct profile_result *r)
{
	struct buf text = { 0 };

	if (!r->because || !r->because[0]) /* nothing to say about good data */
		return;
	buf_printf(&text, "Data is %s: ", r->grade);
	for (size_t i = 0; r->because[i]; i++)
		buf_printf(&text, "%s%s", i ? "; " : "", r->because[i]);
	page_wrap(pg, INK_CAVEAT, 0, buf_cstr(&text));
	page_line(pg);
	buf_done(&text);
}

/* Only what stands out: most programs' memory is nobody's question. */
static void memory(struct page *pg, const struct memory_trend *m)
{
	struct buf text = { 0 };

	if (!m || memory_trend_weight(m) <= 0)
		return;
	buf_printf(&text, "Memory is %s: %s", memory_shape_words(m->shape), m->because);
	page_wrap(pg, INK_NONE, 0, buf_cstr(&text));
	page_line(pg);
	buf_done(&text);
}

void text_profile(struct sink *out, const struct profile_result *r, const struct text_style *style)
{
	struct arena arena = { 0 };
	struct caveats all;
	struct page pg;

	page_init(&pg, out, style);
	for (size_t i = 0; i < r->n_runs; i++)
		if (r->runs[i].profile && i == 0 && is_main_run(&r->runs[i]))
			text_quality(out, r->runs[i].profile, style);
		else if (r->runs[i].profile)
			other_run(&pg, &r->runs[i]);
	grade(&pg, r);
	memory(&pg, r->memory);
	page_line(&pg);
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		finding(&pg, r->findings, &r->findings->v[i]);
	closing_line(&pg, r);
	if (r->profile)
		text_io(&pg, r->profile->io);
	profile_result_caveats(r, &arena, &all);
	caveat_lines(&pg, &all);
	arena_done(&arena);
	not_measured(&pg, r);
	files(&pg, &r->artifacts);
	if (r->next && *r->next) {
		page_ink(&pg, INK_STRONG, "Next");
		page_to(&pg, 7, false);
		page_put(&pg, r->next);
		if (r->next_why && *r->next_why) {
			page_to(&pg, pg.style.width >= 72 ? 34 : 7, true);
			page_wrap(&pg, INK_DIM, pg.col + 30 <= pg.style.width ? pg.col : 7,
				r->next_why);
		}
		page_line(&pg);
	}
}
