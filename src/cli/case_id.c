/* SPDX-License-Identifier: MIT */
/* Which case a verb is about. */
#include "cli/case_id.h"

#include "render/text_error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int cases_with(struct invocation *inv,
	int (*work)(struct invocation *inv, struct store *s, struct err *err), struct err *err)
{
	const char *notice = NULL;
	struct store *s = NULL;
	int r = store_open(store_home(inv->arena), inv->arena, &s, &notice, err);

	if (r < 0)
		return r;
	if (notice && !inv->common.quiet) {
		struct text_style style = text_style_detect(STDERR_FILENO, COLOR_AUTO);
		struct sink out;

		sink_to_fd(&out, STDERR_FILENO);
		text_remark(&out, notice, &style);
		sink_done(&out);
	}
	r = work(inv, s, err);
	store_close(s);
	return r;
}

int case_id_parse(const char *text, int64_t *ret, struct err *err)
{
	const char *digits = strncmp(text, "case-", 5) == 0 ? text + 5 : text;
	uint64_t v = 0;

	if (strcmp(text, "last") == 0) {
		*ret = 0;
		return 0;
	}
	if (!span_parse_u64(span_str(digits), &v) || v == 0 || v > INT64_MAX) {
		fail(err, EINVAL, "'%s' is no case: give a number, or 'last'", text);
		err_hint(err, "all cases: perf-ops history");
		return -EINVAL;
	}
	*ret = (int64_t)v;
	return 0;
}

int case_pick(struct invocation *inv, struct store *s, const char *verb, struct casefile *ret,
	struct err *err)
{
	const char *text = inv->n_args ? inv->args[0] : inv->common.case_id;
	int64_t id = 0;
	int r = text ? case_id_parse(text, &id, err) : 0;

	return r < 0 ? r : store_find(s, id, verb, inv->arena, ret, err);
}
