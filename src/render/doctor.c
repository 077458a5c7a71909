/* SPDX-License-Identifier: MIT */
/* The doctor's screen and document. */
#include "render/doctor.h"

#include "base/json_writer.h"
#include "render/json_caveats.h"
#include "render/page.h"

#include <string.h>

enum { TITLE_COLUMN = 11, LABEL_COLUMN = 11, TEXT_COLUMN = 23 };

static enum ink ink_of(enum doctor_state s)
{
	return s == DOCTOR_WORKS ? INK_GAIN : s == DOCTOR_NOT_HERE ? INK_DIM : INK_CAVEAT;
}

static const char *word_of(enum doctor_state s)
{
	return s == DOCTOR_NOT_HERE ? "not here" : doctor_state_name(s);
}

static void line(struct page *pg, const char *label, enum ink ink, const char *text)
{
	if (!text[0])
		return;
	page_to(pg, LABEL_COLUMN, false);
	page_ink(pg, INK_DIM, label);
	page_to(pg, TEXT_COLUMN, true);
	page_wrap(pg, ink, TEXT_COLUMN, text);
	page_line(pg);
}

/* A command stays on one line, so that it can be copied. */
static void command(struct page *pg, const char *label, const char *text)
{
	if (!text[0])
		return;
	page_to(pg, LABEL_COLUMN, false);
	page_ink(pg, INK_DIM, label);
	page_to(pg, TEXT_COLUMN, true);
	page_ink(pg, INK_STRONG, text);
	page_line(pg);
}

static void heading(struct page *pg, const char *text)
{
	page_line(pg);
	page_ink(pg, INK_STRONG, text);
	page_line(pg);
}

static void head(struct page *pg, const struct doctor *d)
{
	page_printf(pg, "user %s", d->user);
	if (d->container[0])
		page_printf(pg, ", container (%s)", d->container);
	if (d->user_namespace)
		page_put(pg, ", user namespace");
	if (d->seccomp)
		page_put(pg, ", seccomp filter");
	if (d->pid)
		page_printf(pg, ", process %d", (int)d->pid);
	page_line(pg);
	if (!d->pid) {
		page_put(pg, "launched commands  ");
		page_ink(pg, d->launched[0] ? INK_GAIN : INK_COST,
			d->launched[0] ? d->launched : "cannot be measured");
		page_line(pg);
	}
	page_put(pg, d->pid ? "this process       " : "running processes  ");
	page_ink(pg, d->attached[0] ? INK_GAIN : INK_COST,
		d->attached[0] ? d->attached : "cannot be measured");
	page_line(pg);
}

static void rungs(struct page *pg, const struct doctor *d)
{
	heading(pg, "Ladder, best first");
	for (size_t i = 0; i < d->n_rungs; i++) {
		const struct doctor_rung *r = &d->rungs[i];

		page_to(pg, 1, false);
		page_ink(pg, ink_of(r->state), word_of(r->state));
		page_to(pg, TITLE_COLUMN, true);
		page_ink(pg, INK_STRONG, r->title);
		page_put(pg, ": ");
		page_wrap(pg, INK_NONE, TITLE_COLUMN, r->shows);
		page_line(pg);
		if (r->state == DOCTOR_WORKS)
			continue;
		page_to(pg, TITLE_COLUMN, false);
		page_wrap(pg, INK_DIM, TITLE_COLUMN, r->detail);
		page_line(pg);
	}
}

static void permission(struct page *pg, const struct doctor_permission *p, bool granted)
{
	page_to(pg, 1, false);
	page_ink(pg, ink_of(p->state), word_of(p->state));
	page_to(pg, TITLE_COLUMN, true);
	page_ink(pg, INK_STRONG, p->title);
	page_line(pg);
	line(pg, "found", INK_DIM, p->detail);
	if (granted) {
		line(pg, "gives", INK_NONE, p->buys);
		return;
	}
	line(pg, "would buy", INK_NONE, p->buys);
	line(pg, "without it", INK_NONE, p->without);
	command(pg, "for now", p->temporary);
	command(pg, "for good", p->permanent);
	line(pg, "container", INK_NONE, p->container);
	line(pg, "risk", INK_CAVEAT, p->risk);
}

static bool is_missing(const struct doctor_permission *p)
{
	return p->state == DOCTOR_REFUSED || p->state == DOCTOR_PARTLY;
}

static size_t permissions(struct page *pg, const struct doctor *d)
{
	size_t missing = 0;

	for (size_t i = 0; i < d->n_permissions; i++) {
		if (!is_missing(&d->permissions[i]))
			continue;
		if (!missing++)
			heading(pg, "Missing");
		permission(pg, &d->permissions[i], false);
	}
	if (!missing)
		heading(pg, "Nothing is missing");
	return missing;
}

static void granted(struct page *pg, const struct doctor *d, bool all)
{
	const char *sep = "";

	heading(pg, "Granted");
	for (size_t i = 0; i < d->n_permissions; i++) {
		const struct doctor_permission *p = &d->permissions[i];

		if (is_missing(p))
			continue;
		if (all) {
			permission(pg, p, true);
		} else if (p->state == DOCTOR_WORKS) {
			if (sep[0])
				page_put(pg, sep);
			else
				page_to(pg, 1, false);
			page_wrap(pg, INK_NONE, 1, p->title);
			sep = "; ";
		}
	}
	if (pg->col)
		page_line(pg);
}

void text_doctor(struct sink *out, const struct doctor *d, bool all, const struct text_style *style)
{
	struct page pg;

	page_init(&pg, out, style);
	head(&pg, d);
	rungs(&pg, d);
	permissions(&pg, d);
	granted(&pg, d, all);
	for (const struct caveat *c = d->caveats.first; c; c = c->next) {
		page_line(&pg);
		page_wrap(&pg, INK_CAVEAT, 0, c->text);
		page_line(&pg);
	}
}

static void json_rung(struct json *j, const struct doctor_rung *r)
{
	json_begin_object(j, NULL);
	json_put_string(j, "id", r->id);
	json_put_string(j, "title", r->title);
	json_put_string(j, "state", doctor_state_name(r->state));
	json_put_string(j, "shows", r->shows);
	json_put_string(j, "detail", r->detail);
	json_put_bool(j, "launched", r->launched);
	json_put_bool(j, "attached", r->attached);
	json_end_object(j);
}

static void json_permission(struct json *j, const struct doctor_permission *p)
{
	json_begin_object(j, NULL);
	json_put_string(j, "id", p->id);
	json_put_string(j, "title", p->title);
	json_put_string(j, "state", doctor_state_name(p->state));
	json_put_string(j, "detail", p->detail);
	json_put_string(j, "buys", p->buys);
	json_put_string(j, "without", p->without);
	json_put_string(j, "temporary", p->temporary);
	json_put_string(j, "permanent", p->permanent);
	json_put_string(j, "container", p->container);
	json_put_string(j, "risk", p->risk);
	json_end_object(j);
}

void json_doctor(struct sink *out, const struct doctor *d)
{
	struct json j;

	json_init(&j, out, true);
	json_begin_object(&j, NULL);
	json_put_string(&j, "schema", "perf-ops/doctor/1");
	json_put_string(&j, "user", d->user);
	json_put_bool(&j, "root", d->root);
	json_put_string(&j, "container", d->container);
	json_put_bool(&j, "seccomp", d->seccomp);
	json_put_bool(&j, "user_namespace", d->user_namespace);
	json_put_int(&j, "pid", d->pid);
	json_put_string(&j, "launched", d->launched);
	json_put_string(&j, "attached", d->attached);
	json_begin_array(&j, "rungs");
	for (size_t i = 0; i < d->n_rungs; i++)
		json_rung(&j, &d->rungs[i]);
	json_end_array(&j);
	json_begin_array(&j, "permissions");
	for (size_t i = 0; i < d->n_permissions; i++)
		json_permission(&j, &d->permissions[i]);
	json_end_array(&j);
	json_caveats(&j, &d->caveats);
	json_end_object(&j);
}
