/* SPDX-License-Identifier: MIT */
/* Plans a session, runs its rounds and has them judged. */
#include "measure/session.h"

#include "base/clock.h"
#include "base/exit_code.h"
#include "base/human.h"
#include "base/secret.h"
#include "measure/judge.h"
#include "stats/pcg.h"
#include "stats/sequential.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { FLOOR_RUNS = 7 };
#define LEAST_SECONDS                                                               \
	1.0 /* a clear answer is not worth stopping for before: more runs narrow it \
	     */

struct session {
	const struct session_opts *o;
	struct trial_set *t;
	struct runner *runner;
	const char *const **argvs;            /* commands, then the preparation, then the floor's */
	size_t n_argvs, prepare_at, floor_at; /* 0: none */
	struct pcg order;
	uint64_t start_ns;
	unsigned runs;
	double round_s; /* what one round took in the warm-up; 0: unknown */
};

static double elapsed(const struct session *s)
{
	return (double)(clock_mono_ns() - s->start_ns) / 1e9;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '.'; /* 0.02 and in.json stay whole */
}

/* The part that differs between the commands, cut at word borders; the whole text where that fails.
 */
static void name_commands(struct trial_set *t)
{
	const char *first = t->commands[0].text;
	size_t lead = strlen(first), tail = lead;

	for (size_t i = 1; i < t->n_commands; i++) {
		const char *s = t->commands[i].text;
		size_t n = strlen(s), k = 0;

		while (k < lead && s[k] == first[k])
			k++;
		lead = k;
		for (k = 0; k < tail && k < n && s[n - 1 - k] == first[strlen(first) - 1 - k]; k++)
			;
		tail = k;
	}
	while (lead && in_word(first[lead - 1]))
		lead--;
	while (tail && in_word(first[strlen(first) - tail]))
		tail--;
	if (t->n_commands == 1)
		lead = tail = 0;
	for (size_t i = 0; i < t->n_commands; i++)
		if (lead + tail >= strlen(t->commands[i].text))
			lead = tail = 0; /* nothing would be left of this one */
	for (size_t i = 0; i < t->n_commands; i++) {
		struct trial_command *c = &t->commands[i];

		c->name = arena_strndup(&t->arena, c->text + lead, strlen(c->text) - lead - tail);
	}
	for (size_t i = 1; i < t->n_commands; i++) {
		if (strcmp(t->commands[i].text, first) != 0)
			continue;
		for (size_t k = 0; k < t->n_commands; k++)
			t->commands[k].name = arena_printf(&t->arena, "%c", (char)('A' + k % 26));
		return;
	}
}

static int prepare_commands(struct session *s, struct err *err)
{
	struct trial_set *t = s->t;
	const struct session_opts *o = s->o;
	const char **floor = arena_array(&t->arena, 2, sizeof(*floor));
	int r = 0;

	t->commands = arena_array(&t->arena, o->n_texts, sizeof(*t->commands));
	t->n_commands = o->n_texts;
	s->argvs = arena_array(&t->arena, o->n_texts + 2, sizeof(*s->argvs));
	for (size_t i = 0; i < o->n_texts && r == 0; i++) {
		t->commands[i].text = secret_hide(&t->arena, o->texts[i]);
		r = command_line_parse(
			o->texts[i], o->shell, &t->arena, &s->argvs[i], &t->commands[i].shell, err);
	}
	s->n_argvs = o->n_texts;
	if (r == 0 && o->prepare) {
		bool shell;

		r = command_line_parse(
			o->prepare, SHELL_ALWAYS, &t->arena, &s->argvs[s->n_argvs], &shell, err);
		s->prepare_at = s->n_argvs++;
	}
	floor[0] = "/bin/true";
	if (r == 0 && access(floor[0], X_OK) == 0) {
		s->argvs[s->n_argvs] = floor;
		s->floor_at = s->n_argvs++;
	}
	if (r == 0)
		name_commands(t);
	return r;
}

static int judge_exit(const struct session *s, const char *what, const char *text,
	const struct run_result *r, struct err *err)
{
	if (r->timed_out)
		fail(err, ETIMEDOUT, "%s '%s' took longer than %g s and was ended", what, text,
			s->o->timeout_s);
	else if (s->o->ignore_failure && r->run.exit_code >= 0)
		return 0;
	else if (r->run.signal)
		fail(err, ECHILD, "%s '%s' was ended by signal %d (%s)", what, text, r->run.signal,
			strsignal(r->run.signal));
	else if (r->run.exit_code)
		fail(err, ECHILD, "%s '%s' failed with exit code %d", what, text, r->run.exit_code);
	else
		return 0;
	err_hint(err,
		r->timed_out            ? "give it more with --timeout"
			: r->run.signal ? "see what it says with --output inherit"
					: "see what it says with --output inherit, or accept it "
					  "with --ignore-failure");
	if (err)
		err->exit_code = EXIT_NOT_MEASURED;
	return r->timed_out ? -ETIMEDOUT : -ECHILD;
}

static int run_one(
	struct session *s, unsigned command, unsigned pad, struct run_result *ret, struct err *err)
{
	int r = 0;

	if (s->prepare_at) {
		r = runner_run(s->runner, s->prepare_at, 0, s->o->timeout_s, ret, err);
		if (r == 0)
			r = judge_exit(s, "the preparation",
				secret_hide(&s->t->arena, s->o->prepare), ret, err);
	}
	if (r == 0)
		r = runner_run(s->runner, command, pad, s->o->timeout_s, ret, err);
	if (r == 0)
		r = judge_exit(s, "the command", s->t->commands[command].text, ret, err);
	return r;
}

/* Also measures what starting any process costs here, and how long a round takes. */
static int warm_up(struct session *s, struct err *err)
{
	struct run_result res;
	double floor = INFINITY;
	int r = 0;

	for (unsigned i = 0; s->floor_at && i < FLOOR_RUNS && r == 0; i++) {
		r = runner_run(s->runner, s->floor_at, 0, 0, &res, err);
		floor = r == 0 ? fmin(floor, res.run.wall_s) : floor;
	}
	s->t->floor_s = isfinite(floor) ? floor : 0;
	for (unsigned w = 0; w < s->o->warmup && r == 0; w++) {
		uint64_t start = clock_mono_ns();

		for (unsigned c = 0; c < s->t->n_commands && r == 0; c++)
			r = run_one(s, c, 0, &res, err);
		s->round_s = (double)(clock_mono_ns() - start) / 1e9;
		if (s->o->progress)
			s->o->progress(s->o->progress_ctx, s->t, elapsed(s));
	}
	return r;
}

static unsigned plan_rounds(const struct session *s)
{
	bool one = s->t->n_commands == 1;
	double budget = s->o->seconds > 0 ? fmax(s->o->seconds - elapsed(s), 0) : one ? 5 : 20;
	double least = s->o->seconds > 0 ? JUDGE_LEAST_PAIRS
		: one                    ? 10
					 : 15,
	       most = one ? 100 : 400;

	if (s->o->rounds)
		return MIN(s->o->rounds, (unsigned)SESSION_ROUNDS_MAX);
	if (s->round_s <= 0)
		return 30;
	double n = budget / s->round_s;

	n = n < least ? least : n > most ? most : n;
	return (unsigned)n;
}

/* Every command once; the runs count only when all of them came back. */
static int run_round(struct session *s, struct err *err)
{
	struct trial_set *t = s->t;
	unsigned order[SESSION_COMMANDS_MAX], pad = pcg_below(&s->order, RUNNER_PAD_MAX);
	struct run_result res;

	pcg_permutation(&s->order, order, t->n_commands);
	for (size_t i = 0; i < t->n_commands; i++) {
		int r = run_one(s, order[i], pad, &res, err);

		if (r < 0)
			return r;
		res.run.order = ++s->runs;
		res.run.round = t->rounds;
		*vec_push(&t->runs) = res.run;
	}
	t->rounds++;
	return 0;
}

static bool is_look(const struct trial_set *t)
{
	if (t->rounds < JUDGE_LEAST_PAIRS || t->n_commands < 2)
		return false;
	for (unsigned k = 1; k < SEQUENTIAL_LOOKS; k++)
		if (t->rounds == (t->rounds_planned * k + SEQUENTIAL_LOOKS - 1) / SEQUENTIAL_LOOKS)
			return true;
	return false;
}

static int run_rounds(struct session *s, struct judge *j, struct err *err)
{
	struct trial_set *t = s->t;

	while (t->rounds < t->rounds_planned) {
		if (s->o->seconds > 0 && t->rounds && elapsed(s) + s->round_s > s->o->seconds) {
			t->out_of_time = true;
			break;
		}
		int r = run_round(s, err);

		if (r == -EINTR && t->rounds) {
			err_clear(err);
			t->interrupted = true;
			break;
		}
		if (r < 0)
			return r;
		if (s->o->progress)
			s->o->progress(s->o->progress_ctx, t, elapsed(s));
		if (j && is_look(t) && elapsed(s) >= LEAST_SECONDS && judge_look(j, t, false)) {
			t->stopped_early = true;
			return 0;
		}
	}
	if (j)
		judge_look(j, t, true);
	return 0;
}

static void add_caveats(struct session *s)
{
	struct trial_set *t = s->t;
	char floor[HUMAN_LEN];
	bool near = false, shell = false, peak = false;

	t->rss_floor_bytes = runner_rss_floor_bytes(s->runner);
	for (size_t i = 0; i < t->n_commands; i++) {
		near = near || t->commands[i].median_s < 5 * t->floor_s;
		shell = shell || t->commands[i].shell;
		peak = peak || t->commands[i].max_rss_bytes <= (double)t->rss_floor_bytes;
	}
	if (t->interrupted)
		caveat_add(&t->caveats, &t->arena, "interrupted",
			"interrupted after %u of %u rounds", t->rounds, t->rounds_planned);
	if (near)
		caveat_add(&t->caveats, &t->arena, "near-floor",
			"starting a process that does nothing takes %s here; that is part of every "
			"run",
			human_ns(floor, (uint64_t)(t->floor_s * 1e9)));
	if (shell)
		caveat_add(&t->caveats, &t->arena, "through-shell",
			"run through sh -c, whose own start is part of every run");
	if (peak)
		caveat_add(&t->caveats, &t->arena, "peak-below-floor",
			"peak memory up to %s may be the launcher's own",
			human_bytes(floor, (double)t->rss_floor_bytes));
	if (t->n_commands == 1 && t->commands[0].ci_coverage == 0)
		caveat_add(&t->caveats, &t->arena, "few-runs", "an interval needs 6 runs at least");
}

static int measure(struct session *s, struct err *err)
{
	struct trial_set *t = s->t;
	struct runner_opts ro = { .n_argvs = s->n_argvs,
		.argvs = s->argvs,
		.output = s->o->output,
		.interrupted = s->o->interrupted };
	int r = runner_start(&ro, &s->runner, err);

	if (r == 0)
		r = warm_up(s, err);
	if (r == 0) {
		t->rounds_planned = plan_rounds(s);
		struct judge *j = t->n_commands > 1 ? judge_new(t) : NULL;

		r = run_rounds(s, j, err);
		judge_free(j);
	}
	if (r == 0) {
		t->seconds = elapsed(s);
		judge_describe(t);
		add_caveats(s);
	}
	runner_stop(s->runner);
	return r;
}

int session_run(const struct session_opts *opts, struct trial_set **ret, struct err *err)
{
	struct session s = { .o = opts, .t = trial_set_new(), .start_ns = clock_mono_ns() };
	int r;

	if (opts->n_texts == 0 || opts->n_texts > SESSION_COMMANDS_MAX)
		BUG("%zu commands", opts->n_texts);
	s.t->seed = opts->seed;
	s.t->metric = opts->metric;
	s.t->margin_ratio = opts->margin_ratio;
	s.t->warmup = opts->warmup;
	pcg_seed(&s.order, opts->seed, 0);
	r = prepare_commands(&s, err);
	if (r == 0)
		r = measure(&s, err);
	if (r < 0)
		trial_set_free(s.t);
	else
		*ret = s.t;
	return r;
}
