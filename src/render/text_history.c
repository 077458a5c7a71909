/* SPDX-License-Identifier: MIT */
/* The list of cases. */
#include "render/text_history.h"

#include "render/page.h"

#include <time.h>

static void put_time(struct page *pg, uint64_t time_ns)
{
	time_t t = (time_t)(time_ns / 1000000000u);
	struct tm tm;
	char text[32] = "?";

	if (localtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	page_ink(pg, INK_DIM, text);
}

void text_history(
	struct sink *out, const struct casefile *rows, size_t n, const struct text_style *style)
{
	struct page pg;

	page_init(&pg, out, style);
	if (n == 0) {
		page_put(&pg, "No cases yet. Make one: perf-ops profile -- ./prog");
		page_line(&pg);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct casefile *c = &rows[i];
		unsigned left = 35;

		page_printf(&pg, "%5lld  ", (long long)c->id);
		put_time(&pg, c->time_ns);
		page_to(&pg, 25, true);
		page_put(&pg, c->verb);
		page_to(&pg, left, true);
		if (c->state == CASE_COMPLETE)
			page_cut(&pg, INK_STRONG, c->title, style->width - left);
		else
			page_ink(&pg, INK_CAVEAT, case_state_name(c->state));
		page_line(&pg);
		if (*c->target) {
			page_to(&pg, left, true);
			page_cut(&pg, INK_DIM, c->target, style->width - left);
			page_line(&pg);
		}
	}
	page_line(&pg);
	page_put(&pg, "Look at one: perf-ops show ID   its page: perf-ops report ID");
	page_line(&pg);
}
