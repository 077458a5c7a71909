/* SPDX-License-Identifier: MIT */
/*
 * render-all STACKS DIR: every format from one stacks table, for looking at them and for the checks
 * with foreign tools (go tool pprof, speedscope, Chromium).
 */
#include "sample_models.h"
#include "stacks_file.h"

#include "base/err.h"
#include "base/file.h"
#include "render/collapsed.h"
#include "render/flame.h"
#include "render/json_diagnosis.h"
#include "render/json_profile.h"
#include "render/pprof.h"
#include "render/report.h"
#include "render/speedscope.h"
#include "render/text_diagnosis.h"
#include "render/text_profile.h"
#include "render/text_table.h"

#include <stdio.h>

static struct arena arena;

static void save(const char *dir, const char *name, struct buf *b)
{
	struct err err = { 0 };

	if (b->overflow ||
		file_write_atomic(path_join(&arena, dir, name), buf_span(b), 0644, &err) < 0)
		BUG("%s", err.msg);
	buf_clear(b);
}

static void texts(
	const char *dir, const struct sample_result *s, const struct diagnosis *d, struct buf *b)
{
	struct text_style style = text_style_detect(1, COLOR_ALWAYS);
	struct sink out;

	sink_to_buf(&out, b);
	text_profile(&out, &s->result, &style);
	save(dir, "profile.txt", b);
	text_diagnosis(&out, d, &style);
	save(dir, "diagnosis.txt", b);
	text_table(&out, s->profile, &(struct text_table_opts){ 0 }, &style);
	save(dir, "table.txt", b);
	json_profile(&out, &s->result, true);
	save(dir, "profile.json", b);
	json_diagnosis(&out, d, true);
	save(dir, "diagnosis.json", b);
}

int main(int argc, char **argv)
{
	struct sample_result s;
	struct buf b = { 0 };
	struct sink out;
	struct err err = { 0 };

	if (argc != 3)
		return 2;
	sample_result_init(&s,
		strcmp(argv[1], "hostile") ? stacks_file_load(argv[1]) : sample_hostile_profile());
	if (strcmp(argv[1], "hostile") == 0)
		sample_result_make_hostile(&s);
	struct diagnosis *d = sample_diagnosis();

	sink_to_buf(&out, &b);
	texts(argv[2], &s, d, &b);
	collapsed_write(
		&out, s.profile, &(struct collapsed_opts){ .type = -1, .kind_suffix = true });
	save(argv[2], "stacks.collapsed", &b);
	speedscope_write(&out, s.profile);
	save(argv[2], "profile.speedscope.json", &b);
	if (pprof_write(&out, s.profile, &(struct pprof_opts){ .time_ns = 1700000000000000000u },
		    &err) < 0)
		BUG("%s", err.msg);
	save(argv[2], "cpu.pb.gz", &b);
	flame_page(&out, s.profile, &(struct flame_opts){ .time_ns = 1700000000000000000u });
	save(argv[2], "flame.html", &b);
	report_page(&out, d, &s.result, &(struct flame_opts){ .time_ns = 1700000000000000000u });
	save(argv[2], "report.html", &b);
	diagnosis_free(d);
	sample_result_done(&s);
	buf_done(&b);
	arena_done(&arena);
	return 0;
}
