/* SPDX-License-Identifier: MIT */
/* Runs the collectors in threads beside the sampler. */
#include "collect/observe.h"

#include "base/file.h"
#include "collect/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* A collector that does not come to its end is left behind; its door may hang with its target. */
enum { FINISH_TIMEOUT_S = 20 };

struct worker {
	const struct collector *collector;
	struct collector_target target; /* a copy: a worker left behind must not look into ours */
	struct collected collected;
	struct err err;
	int rc;
	pthread_t thread;
	bool running;
};

struct observer {
	const struct observe_opts *opts;
	struct collector_target target;
	struct scratch scratch;
	int stop_fd[2];
	vec_of(struct worker *) workers;
	bool left_behind;       /* a worker still runs and may look into this */
	struct caveats caveats; /* in the arena of launch_change */
	struct launch_change change;
};

static void collected_done(struct collected *c)
{
	profile_set_done(&c->profiles);
	arena_done(&c->arena);
}

static bool has_work(const struct collector *c, const struct collector_target *t)
{
	return c->shows & t->wanted && !(c->runs_inside && t->passive_only);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	w->rc = w->collector->run(&w->target, &w->collected, &w->err);
	return NULL;
}

static void begun(void *ctx, pid_t pid)
{
	struct observer *o = ctx;
	sigset_t all, old;

	o->target.pid = pid;
	/* signals are for the main thread, which shows the result when it is interrupted */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (size_t i = 0; collectors[i]; i++) {
		if (!has_work(collectors[i], &o->target))
			continue;
		struct worker *w = xcalloc(1, sizeof(*w));

		w->collector = collectors[i];
		w->target = o->target;
		w->running = pthread_create(&w->thread, NULL, work, w) == 0;
		if (w->running)
			*vec_push(&o->workers) = w;
		else
			free(w);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void over(void *ctx)
{
	struct observer *o = ctx;
	struct timespec until;

	if (o->stop_fd[1] >= 0)
		close(o->stop_fd[1]); /* makes the other end readable for all */
	o->stop_fd[1] = -1;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += FINISH_TIMEOUT_S;
	vec_foreach (it, &o->workers) {
		struct worker *w = *it;

		if (w->running && pthread_timedjoin_np(w->thread, NULL, &until) == 0)
			w->running = false;
	}
}

static void prepare(struct observer *o)
{
	for (size_t i = 0; collectors[i]; i++) {
		struct err why = { 0 };

		if (!collectors[i]->prepare || !has_work(collectors[i], &o->target))
			continue;
		if (collectors[i]->prepare(&o->target, &o->change, &why) < 0)
			caveat_add(&o->caveats, &o->change.arena, "collector-failed", "%s: %s",
				collectors[i]->name, why.msg);
	}
}

/* What the workers brought becomes the caller's; failures become caveats of their own. */
static void take_results(struct observer *o, struct observation *ret)
{
	vec_foreach (it, &o->workers) {
		struct worker *w = *it;

		if (w->running) { /* left behind with all it holds */
			caveat_add(&o->caveats, &o->change.arena, "collector-hangs",
				"%s did not come to an end within %d s", w->collector->name,
				FINISH_TIMEOUT_S);
			pthread_detach(w->thread);
			o->left_behind = true;
			continue;
		}
		if (w->rc < 0 && w->err.msg[0])
			caveat_add(&w->collected.caveats, &w->collected.arena, "collector-failed",
				"%s: %s", w->collector->name, w->err.msg);
		if (w->collected.profiles.v.n || w->collected.caveats.first || w->collected.memory)
			*vec_push(&ret->observed) = (struct observed){ .collector = w->collector,
				.collected = w->collected };
		else
			collected_done(&w->collected);
		free(w);
	}
	vec_done(&o->workers);
}

static bool has_profiles(const struct observation *o)
{
	vec_foreach (it, &o->observed)
		if (it->collected.profiles.v.n)
			return true;
	return false;
}

/* Nothing was measured: then why a runtime's own door stayed closed belongs to the answer. */
static void tell_refusals(const struct observation *o, struct err *err)
{
	vec_foreach (it, &o->observed) {
		const struct caveat *c = it->collected.caveats.first;

		if (c && err->hint[0]) {
			char *both = xasprintf("%s; %s", err->hint, c->text);

			err_hint(err, "%s", both);
			free(both);
		} else if (c) {
			err_hint(err, "%s", c->text);
		}
	}
}

static int run(struct observer *o, struct observation *ret, struct err *err)
{
	struct sampler_opts s = o->opts->sampler;
	struct err *why = &ret->sampler_error;

	s.wants = o->opts->wanted;
	s.begun = begun;
	s.over = over;
	s.observer_ctx = o;
	s.change = &o->change;

	s.wants = o->opts->wanted;
	int r = sampler_run(&s, &ret->profile, &ret->outcome, why);

	over(o); /* where the sampler failed half-way */
	take_results(o, ret);
	if (r < 0 && (r == -EINTR || !has_profiles(ret))) {
		*err = *why;
		tell_refusals(ret, err);
		observation_done(ret);
		return r;
	}
	if (ret->profile)
		caveats_append(&ret->profile->caveats, &ret->profile->arena, &o->caveats);
	return 0;
}

static struct observer *observer_new(const struct observe_opts *opts)
{
	struct observer *o = xcalloc(1, sizeof(*o));

	o->opts = opts;
	o->stop_fd[0] = o->stop_fd[1] = -1;
	o->target = (struct collector_target){
		.launched = opts->sampler.argv != NULL,
		.passive_only = opts->passive_only,
		.wanted = opts->wanted,
		.deep = opts->deep,
		.duration_ns = opts->sampler.duration_ns,
		.scratch = o->scratch.path,
		.project_root = opts->sampler.project_root ? opts->sampler.project_root : "",
		.knowledge = opts->sampler.knowledge,
	};
	return o;
}

static void observer_free(struct observer *o)
{
	scratch_close(&o->scratch);
	fd_closep(&o->stop_fd[1]);
	if (o->left_behind)
		return;
	fd_closep(&o->stop_fd[0]);
	launch_change_done(&o->change);
	free(o);
}

int observe(const struct observe_opts *opts, struct observation *ret, struct err *err)
{
	struct observer *o = observer_new(opts);
	struct observation res = { 0 };
	int r;

	if (pipe2(o->stop_fd, O_CLOEXEC) < 0)
		r = fail(err, errno, "cannot create a pipe: %m");
	else
		r = scratch_open(&o->scratch, err);
	if (r == 0) {
		o->target.stop_fd = o->stop_fd[0];
		if (o->target.launched)
			prepare(o);
		r = run(o, &res, err);
	}
	if (r == 0)
		*ret = res;
	observer_free(o);
	return r;
}

void observation_done(struct observation *o)
{
	profile_freep(&o->profile);
	vec_foreach (it, &o->observed)
		collected_done(&it->collected);
	vec_done(&o->observed);
}
