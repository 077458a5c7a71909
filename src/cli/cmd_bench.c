/* SPDX-License-Identifier: MIT */
/* perf-ops bench: run commands in turns, say whether one is faster, and how sure that is. */
#include "base/file.h"
#include "base/human.h"
#include "cli/command.h"
#include "cli/keep.h"
#include "cli/run.h"
#include "cli/style.h"
#include "cli/target.h"
#include "diagnose/command.h"
#include "measure/session.h"
#include "render/json_bench.h"
#include "render/text_bench.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>

struct bench_options {
	unsigned pairs, warmup, seed;
	double seconds, timeout_s, margin_pct;
	const char *prepare, *metric, *output, *export_file;
	bool shell, no_shell, ignore_failure;
};

enum { MAX_EXPORT_BYTES = 64 << 20 };

#define AT(member) offsetof(struct bench_options, member)
static const struct option bench_options[] = {
	{ .name = "pairs",
		.short_name = 'n',
		.type = OPT_UINT,
		.offset = AT(pairs),
		.arg = "MAX",
		.help = "runs of each command at most (default: about 20 s worth, 15 to 400)",
		.min = 2,
		.max = SESSION_ROUNDS_MAX },
	{ .name = "runs",
		.type = OPT_UINT,
		.offset = AT(pairs),
		.arg = "MAX",
		.help = "the same as --pairs",
		.min = 2,
		.max = SESSION_ROUNDS_MAX },
	{ .name = "seconds",
		.short_name = 's',
		.type = OPT_SECONDS,
		.offset = AT(seconds),
		.arg = "BUDGET",
		.help = "stop after this time",
		.min = 0.1,
		.max = 86400 },
	{ .name = "warmup",
		.short_name = 'w',
		.type = OPT_UINT,
		.offset = AT(warmup),
		.arg = "N",
		.help = "runs of each command before it counts (default: 1)",
		.min = 0,
		.max = 1000 },
	{ .name = "prepare",
		.type = OPT_STRING,
		.offset = AT(prepare),
		.arg = "CMD",
		.help = "run this before every run; its time does not count" },
	{ .name = "metric",
		.type = OPT_CHOICE,
		.offset = AT(metric),
		.arg = "METRIC",
		.choices = "wall|cpu|rss",
		.help = "what the verdict is about (default: wall); cpu is the quieter one" },
	{ .name = "margin",
		.type = OPT_NUMBER,
		.offset = AT(margin_pct),
		.arg = "PCT",
		.help = "changes below this do not matter (default: 1)",
		.min = 0.01,
		.max = 100 },
	{ .name = "seed",
		.type = OPT_UINT,
		.offset = AT(seed),
		.arg = "N",
		.help = "of the random order (default: a new one; it is recorded)",
		.min = 0,
		.max = 4294967295.0 },
	{ .name = "timeout",
		.type = OPT_SECONDS,
		.offset = AT(timeout_s),
		.arg = "SECONDS",
		.help = "a run that takes longer is ended, and is an error",
		.min = 0.001,
		.max = 86400 },
	{ .name = "output",
		.type = OPT_CHOICE,
		.offset = AT(output),
		.arg = "WHERE",
		.choices = "null|pipe|inherit",
		.help = "where the commands' output goes (default: null); inherit shows it" },
	{ .name = "shell",
		.type = OPT_FLAG,
		.offset = AT(shell),
		.help = "always run commands through sh -c" },
	{ .name = "no-shell",
		.type = OPT_FLAG,
		.offset = AT(no_shell),
		.help = "never run a shell" },
	{ .name = "ignore-failure",
		.short_name = 'i',
		.type = OPT_FLAG,
		.offset = AT(ignore_failure),
		.help = "a command that exits with an error is measured all the same" },
	{ .name = "export",
		.type = OPT_STRING,
		.offset = AT(export_file),
		.arg = "FILE",
		.help = "also write FILE.json, FILE.csv (every run) or FILE.md (a table)" },
	{ 0 },
};

static const struct bench_options defaults = {
	.warmup = 1, .margin_pct = 1, .metric = "wall", .output = "null"
};

static void on_progress(void *ctx, const struct trial_set *t, double elapsed_s)
{
	const struct invocation *inv = ctx;
	char s[HUMAN_LEN], left[HUMAN_LEN] = "";

	human_ns(s, (uint64_t)(elapsed_s * 1e9));
	if (t->rounds)
		human_ns(left,
			(uint64_t)(elapsed_s / t->rounds * (t->rounds_planned - t->rounds) * 1e9));
	if (t->rounds)
		progress_line(inv,
			"round %u of %u at most   %s, %s left   (Ctrl-C ends it and shows the "
			"result)",
			t->rounds, t->rounds_planned, s, left);
	else
		progress_line(inv, "warming up   %s", s);
}

/* The words after "--" as one command line that reads back as the same words. */
static const char *join_words(struct arena *a, const char *const *argv)
{
	struct buf b = { 0 };

	for (const char *const *w = argv; *w; w++)
		buf_printf(&b, "%s%s", w == argv ? "" : " ", **w ? command_quote(a, *w) : "''");
	const char *text = arena_strdup(a, buf_cstr(&b));

	buf_done(&b);
	return text;
}

static int usage(struct err *err, const char *message, const char *hint)
{
	fail(err, EINVAL, "%s", message);
	err_hint(err, "%s", hint);
	err->exit_code = EXIT_USAGE;
	return -EINVAL;
}

static int collect_texts(struct invocation *inv, const char **texts, size_t *ret_n, struct err *err)
{
	const struct target_options *t = &inv->target_options;
	size_t n = 0;

	if (t->pid || t->url || t->dsn || t->cgroup)
		return usage(err, "bench measures commands, not a running target",
			"for a URL there is perf-ops load, for a process perf-ops profile --pid");
	for (int i = 0; i < inv->n_args && n < SESSION_COMMANDS_MAX; i++)
		texts[n++] = inv->args[i];
	if (inv->target.argv && n < SESSION_COMMANDS_MAX)
		texts[n++] = join_words(inv->arena, inv->target.argv);
	if (!n)
		return usage(err, "nothing to measure",
			"give one or more commands: perf-ops bench './old in' './new in'");
	if ((size_t)inv->n_args + (inv->target.argv != NULL) > SESSION_COMMANDS_MAX)
		return usage(err, "more than 32 commands", "compare them in groups");
	*ret_n = n;
	return 0;
}

static void write_json(struct sink *out, const struct trial_set *t)
{
	json_bench(out, t, true);
	sink_putc(out, '\n');
}

/* By the name's ending; NULL: unknown. */
static void (*exporter(const char *path))(struct sink *, const struct trial_set *)
{
	const char *ext = path_ext(path);

	return strcmp(ext, "json") == 0   ? write_json
		: strcmp(ext, "csv") == 0 ? bench_csv
		: strcmp(ext, "md") == 0  ? bench_markdown
					  : NULL;
}

static int export_to(const char *path, const struct trial_set *t, struct err *err)
{
	struct buf b;
	struct sink out;

	buf_init(&b, MAX_EXPORT_BYTES);
	sink_to_buf(&out, &b);
	exporter(path)(&out, t);
	int r = sink_done(&out);

	r = r < 0 ? fail(err, r, "'%s' would be too large", path)
		  : file_write_atomic(path, buf_span(&b), 0644, err);
	buf_done(&b);
	return r;
}

static int exit_code_of(const struct trial_set *t)
{
	int code = EXIT_FINE;

	for (size_t i = 0; i + 1 < t->n_commands; i++) {
		if (strcmp(t->comparisons[i].verdict, "regressed") == 0)
			return EXIT_NEGATIVE;
		if (strcmp(t->comparisons[i].verdict, "inconclusive") == 0)
			code = EXIT_INCONCLUSIVE;
	}
	return code;
}

static int show(struct invocation *inv, const struct bench_options *o, struct trial_set *t,
	const char *root, struct err *err)
{
	int r = 0;

	keep_bench(inv, t, root);
	if (inv->common.json) {
		write_json(inv->out, t);
	} else {
		struct text_style style = style_of(inv);

		text_bench(inv->out, t, &style);
	}
	if (o->export_file)
		r = export_to(o->export_file, t, err);
	return r < 0 ? r : exit_code_of(t);
}

static int run(struct invocation *inv, struct err *err)
{
	const struct bench_options *o = inv->options;
	const char *texts[SESSION_COMMANDS_MAX], *root = "";
	struct session_opts so = { .texts = texts,
		.rounds = o->pairs,
		.seconds = o->seconds,
		.timeout_s = o->timeout_s,
		.warmup = o->warmup,
		.prepare = o->prepare,
		.margin_ratio = o->margin_pct / 100,
		.seed = o->seed,
		.ignore_failure = o->ignore_failure,
		.interrupted = cli_interrupted,
		.progress = on_progress,
		.progress_ctx = inv };
	struct trial_set *t = NULL;
	int r = collect_texts(inv, texts, &so.n_texts, err);

	if (r == 0 && o->shell && o->no_shell)
		r = usage(err, "--shell and --no-shell exclude each other",
			"leave both out: a shell is run when needed");
	if (r == 0 && o->export_file && !exporter(o->export_file))
		r = usage(err, "the export has no known ending",
			"name it something.json, something.csv or something.md");
	if (r == 0)
		r = target_project_root(inv, &root, err);
	if (r < 0)
		return r;
	if (!so.seed) {
		uint32_t seed = 1;

		if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed) && seed)
			so.seed = seed;
	}
	so.shell = o->shell ? SHELL_ALWAYS : o->no_shell ? SHELL_NEVER : SHELL_WHEN_NEEDED;
	so.output = strcmp(o->output, "pipe") == 0  ? OUTPUT_PIPE
		: strcmp(o->output, "inherit") == 0 ? OUTPUT_INHERIT
						    : OUTPUT_NULL;
	so.metric = strcmp(o->metric, "cpu") == 0 ? METRIC_CPU
		: strcmp(o->metric, "rss") == 0   ? METRIC_RSS
						  : METRIC_WALL;
	r = session_run(&so, &t, err);
	progress_done(inv);
	if (r < 0)
		return r;
	r = show(inv, o, t, root, err);
	trial_set_free(t);
	return r;
}

const struct command bench_command = {
	.name = "bench",
	.group = "Find out why",
	.args = "CMD [CMD...]",
	.options = bench_options,
	.options_size = sizeof(struct bench_options),
	.defaults = &defaults,
	.max_args = -1,
	.flags = COMMAND_TARGET,
	.run = run,
};
