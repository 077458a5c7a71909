/* SPDX-License-Identifier: MIT */
/* Running a diagnosis for a verb. */
#include "cli/diagnose_take.h"

#include "base/secret.h"
#include "cli/ask.h"
#include "cli/run.h"
#include "cli/target.h"
#include "diagnose/diagnose.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_WORDS_BYTES = 64 * 1024 };

/* A pasted log may be long: its beginning is read, cut between characters, and that is said. */
const char *words_of(struct invocation *inv)
{
	struct buf b = { 0 };

	for (int i = 0; i < inv->n_args && b.n <= MAX_WORDS_BYTES; i++) {
		size_t n = strnlen(inv->args[i], MAX_WORDS_BYTES + 1);

		if (i)
			buf_putc(&b, ' ');
		buf_add(&b, inv->args[i], n);
	}
	if (b.n > MAX_WORDS_BYTES) {
		size_t n = MAX_WORDS_BYTES;

		while (n && ((unsigned char)b.p[n] & 0xc0) == 0x80)
			n--;
		b.p[n] = '\0';
		b.n = n;
		inv->words_cut = true;
	}
	/* the words are shown and stored: a pasted address must not bring its password along */
	const char *words = secret_hide(inv->arena, buf_cstr(&b));

	buf_done(&b);
	return words;
}

static int on_window(void *ctx, double elapsed_s)
{
	progress_line(ctx, "watching the machine   %.1f s", elapsed_s);
	return cli_interrupted();
}

/*
 * Which question would change the answer most: whether careful rules apply to a process, then which
 * process it is about, then what the words left open. True when there is something new to go by.
 */
static bool ask_the_question(
	struct invocation *inv, const struct diagnosis *d, struct diagnose_opts *o, struct err *err)
{
	const char *answer;

	if (d->has_process && d->environment.kind == ENV_UNKNOWN && !o->environment) {
		answer = ask_line(inv, "Is this process in production? [Y/n]");
		if (*answer != 'n' && *answer != 'N')
			return false;
		o->environment = "development";
		return true;
	}
	if (!inv->target.pid && !inv->target.argv && !inv->target.url && !inv->target.dsn) {
		answer = ask_line(inv, "Which process is it? (id, name or :port; Enter for none)");
		if (!*answer)
			return false;
		inv->target_options.pid = answer;
		if (target_resolve(inv, err) < 0) {
			note_line(inv, "perf-ops: %s", err->msg);
			err_clear(err);
			return false;
		}
		o->target.pid = inv->target.pid;
		return true;
	}
	if (d->symptom.question && *d->symptom.question) {
		answer = ask_line(inv, arena_printf(inv->arena, "%s", d->symptom.question));
		if (*answer)
			o->text = arena_printf(inv->arena, "%s. %s", o->text, answer);
		return *answer;
	}
	return false;
}

int diagnose_take(struct invocation *inv, const struct diagnose_request *req,
	struct diagnosis **ret, struct err *err)
{
	struct diagnose_opts o = { .knowledge = inv->knowledge,
		.text = req->words,
		.window_s = req->window_s,
		.environment = inv->common.env,
		.skip_tools = req->skip_tools,
		.progress = on_window,
		.progress_ctx = inv };
	struct diagnosis *d = NULL;
	const char *root;
	int r = target_resolve(inv, err);

	if (r == 0)
		r = target_project_root(inv, &root, err);
	if (r < 0)
		return r;
	o.target = inv->target;
	o.target.project = root;
	r = diagnose_run(&o, &d, err);
	progress_done(inv);
	if (r == 0 && req->may_ask && ask_possible(inv) && ask_the_question(inv, d, &o, err)) {
		diagnosis_free(d);
		r = diagnose_run(&o, &d, err);
		progress_done(inv);
	}
	if (r == 0 && inv->words_cut)
		caveat_add(&d->caveats, &d->arena, "words-cut",
			"only the first %d KiB of the text were read", MAX_WORDS_BYTES / 1024);
	if (r == 0)
		*ret = d;
	return r;
}
