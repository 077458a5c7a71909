/* SPDX-License-Identifier: MIT */
/* The part of the sampler that all rungs share. */
#include "collect/sampling.h"

#include "base/clock.h"
#include "base/exit_code.h"
#include "collect/stack_names.h"
#include "collect/io_watch.h"
#include "collect/symbolizer.h"
#include "collect/task_tree.h"
#include "collect/wait_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* A program that does nothing has its start-up all the same: one sample of it, now and then two. */
enum { FEWEST = 5 };
/* Waiting of at least this long is a result even without a sample of CPU time. */
static const uint64_t WORTH_NS = 100000000;
static const uint64_t PROGRESS_NS = 250000000;

struct sampling *sampling_new(const struct sampler_opts *opts)
{
	struct sampling *s = xcalloc(1, sizeof(*s));

	s->opts = opts;
	s->pid = opts->pid;
	s->child = (struct launched){ .pidfd = -1, .go_fd = -1, .exec_error_fd = -1 };
	s->hz = opts->hz > 0 ? opts->hz : opts->argv ? 999 : 99;
	s->cost_ns = UINT64_MAX;
	s->user_only = opts->user_only;
	module_table_init(&s->modules);
	addr_spaces_init(&s->spaces, &s->modules);
	sample_store_init(&s->store);
	managed_frames_init(&s->managed);
	runtimes_init(&s->runtimes, &s->modules, &s->managed);
	s->spaces.runtimes = &s->runtimes;
	s->python = python_new(&s->modules, &s->managed);
	s->profile = profile_new();
	s->waits = waits_new(s);
	return s;
}

void sampling_free(struct sampling *s)
{
	if (!s)
		return;
	launch_done(&s->child);
	waits_free(s->waits);
	profile_free(s->profile);
	python_free(s->python);
	runtimes_done(&s->runtimes);
	managed_frames_done(&s->managed);
	io_watch_free(s->io);
	sample_store_done(&s->store);
	addr_spaces_done(&s->spaces);
	module_table_done(&s->modules);
	map_u64_done(&s->comms);
	free(s);
}

void sampling_freep(struct sampling **s)
{
	sampling_free(*s);
	*s = NULL;
}

void sampling_comm(struct sampling *s, pid_t tid, const char *comm)
{
	*map_u64_put(&s->comms, (uint64_t)(uint32_t)tid, NULL) = profile_string(s->profile, comm);
}

void sampling_comm_proc(struct sampling *s, pid_t pid, pid_t tid)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char path[64], name[64];

	const uint32_t *have = map_u64_get(&s->comms, (uint64_t)(uint32_t)tid);

	if (have && *have)
		return;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", (int)pid, (int)tid);
	if (file_read(path, sizeof(name), &b, NULL) < 0)
		return;
	struct span t = span_trim(buf_span(&b));

	snprintf(name, sizeof(name), "%.*s", (int)t.n, (const char *)t.p);
	sampling_comm(s, tid, name);
}

void sampling_comm_forget(struct sampling *s, pid_t tid)
{
	*map_u64_put(&s->comms, (uint64_t)(uint32_t)tid, NULL) = 0;
}

void sampling_fork(struct sampling *s, pid_t ppid, pid_t ptid, pid_t pid, pid_t tid)
{
	const uint32_t *comm = map_u64_get(&s->comms, (uint64_t)(uint32_t)ptid);

	if (comm) {
		uint32_t id = *comm;

		*map_u64_put(&s->comms, (uint64_t)(uint32_t)tid, NULL) = id;
	}
	if (ppid != pid)
		addr_spaces_fork(&s->spaces, ppid, pid);
}

static size_t unwind_into(
	struct sampling *s, const struct raw_input *in, size_t at, uint64_t ends[UNWIND_N_ENDS])
{
	struct unwind_result res;
	enum unwind_end end;
	bool fresh;
	struct process *p = addr_spaces_get(&s->spaces, in->pid, &fresh);

	if (fresh || (s->maps_by_reading && p->read_ns == 0)) /* also when its start got lost */
		addr_spaces_read_proc(&s->spaces, p);
	unwind_user_regs(&s->spaces, p, in->regs, &in->stack, s->frames + at, s->regs, &res);
	if (res.end == UNWIND_BAD && (s->maps_by_reading || s->lost) &&
		addr_spaces_read_again(&s->spaces, p, in->time_ns))
		unwind_user_regs(
			&s->spaces, p, in->regs, &in->stack, s->frames + at, s->regs, &res);
	s->max_stack_bytes = MAX(s->max_stack_bytes, res.used_bytes);

	size_t n = python_merge(s->python,
		&(struct python_sample){ .process = p,
			.tid = in->tid,
			.time_ns = in->time_ns,
			.frames = s->frames,
			.n_kernel = at,
			.n = at + res.n,
			.room = ARRAY_LEN(s->frames),
			.regs = s->regs,
			.stack = &in->stack,
			.end = res.end },
		&end);

	ends[end]++;
	return n;
}

uint32_t sampling_thread(struct sampling *s, pid_t pid, pid_t tid)
{
	const uint32_t *comm = map_u64_get(&s->comms, (uint64_t)(uint32_t)tid);

	return profile_add_thread(
		s->profile, pid, tid, comm ? profile_str(s->profile, *comm) : NULL);
}

uint32_t sampling_stack(
	struct sampling *s, const struct raw_input *in, uint64_t ends[UNWIND_N_ENDS])
{
	size_t n = in->n_kernel;

	if (in->regs) {
		n = unwind_into(s, in, n, ends);
	} else if (n == 0) { /* no registers: a 32-bit program, or one that is just ending */
		ends[UNWIND_NO_INFO]++;
		s->frames[n++] = (struct raw_frame){ .addr = in->ip,
			.module = module_table_anon(&s->modules, in->pid)->m.id };
	}
	return sample_store_stack(&s->store, s->frames, n, sampling_thread(s, in->pid, in->tid));
}

void sampling_add(struct sampling *s, const struct raw_input *in)
{
	bool cpu = in->value == SAMPLE_CPU;
	uint32_t node = sampling_stack(s, in, cpu ? s->ends : s->other_ends);
	uint32_t thread = sampling_thread(s, in->pid, in->tid);

	sample_store_count(&s->store, node, sample_store_group(&s->store, thread, in->value, 0), 1,
		in->weight, in->time_ns);
	if (cpu)
		waits_cpu_sample(s->waits, in->tid, node, in->time_ns);
	s->n_samples += cpu;
}

void sampling_start(struct sampling *s)
{
	s->own_cpu_start_ns = clock_self_cpu_ns();
	s->start_ns = s->last_progress_ns = clock_mono_ns();
	if (s->opts->begun)
		s->opts->begun(s->opts->observer_ctx, s->pid);
}

void sampling_end(struct sampling *s)
{
	struct profile_quality *q = &s->profile->quality;

	s->end_ns = clock_mono_ns();
	q->duration_ns = s->end_ns - s->start_ns;
	q->own_cpu_ns = clock_self_cpu_ns() - s->own_cpu_start_ns;
	if (s->opts->over)
		s->opts->over(s->opts->observer_ctx);
}

bool sampling_goes_on(struct sampling *s, bool now)
{
	const struct sampler_opts *o = s->opts;
	uint64_t t = clock_mono_ns(), elapsed = t - s->start_ns;
	uint64_t limit = o->duration_ns ? o->duration_ns : o->argv ? UINT64_MAX : 10000000000u;

	if (o->progress && (now || t - s->last_progress_ns >= PROGRESS_NS)) {
		s->last_progress_ns = t;
		if (o->progress(o->progress_ctx, elapsed, s->n_samples)) {
			s->stopped_early = true;
			return false;
		}
	}
	if (s->child.pid && launch_ended(&s->child))
		s->ended = true;
	return !s->ended && elapsed < limit;
}

/* Value types of the profile: the CPU's always, others when there are samples of them. */
static void add_types(struct sampling *s, unsigned type_of[SAMPLE_N_VALUES])
{
	static const struct value_type types[SAMPLE_N_VALUES] = {
#define X(id, word, its_unit) [SAMPLE_##id] = { .name = word, .unit = its_unit },
		SAMPLE_VALUES(X)
#undef X
	};
	bool used[SAMPLE_N_VALUES] = { [SAMPLE_CPU] = true };

	vec_foreach (g, &s->store.groups)
		used[g->value] |= g->value != SAMPLE_OFF_CPU; /* waits have types of their own */
	for (int i = 0; i < SAMPLE_N_VALUES; i++)
		type_of[i] =
			used[i] ? profile_add_type(s->profile, types[i].name, types[i].unit) : 0;
}

static void fill_samples(struct sampling *s, const struct stack_names *names)
{
	const struct sample_store *st = &s->store;
	unsigned type_of[SAMPLE_N_VALUES];
	struct profile *p = s->profile;

	add_types(s, type_of);
	vec_foreach (x, &st->samples) {
		const struct sample_group *g = &st->groups.v[x->group];
		int64_t values[PROFILE_MAX_VALUES] = { 0 };

		if (g->value == SAMPLE_OFF_CPU)
			continue;
		values[type_of[g->value]] = (int64_t)((double)x->weight * g->scale + 0.5);
		profile_add_sample(
			p, names->stack_of[x->node], g->thread, x->time_ns, x->count, values);
		if (g->value == SAMPLE_CPU && !names->named[x->node])
			p->quality.unsymbolised += x->count;
	}
}

/* The program most of the time was spent in: a shell around it is not what is meant. */
static const struct module_entry *busiest_exe(struct sampling *s)
{
	struct map_u64 index = { 0 };
	vec_of(uint64_t) weights = { 0 };
	const struct module_entry *best = NULL;
	uint64_t best_weight = 0;

	vec_foreach (x, &s->store.samples) {
		const struct sample_group *g = &s->store.groups.v[x->group];
		const struct profile_thread *t = &s->profile->threads.v[g->thread];
		const struct process *p = addr_spaces_get(&s->spaces, t->pid, NULL);
		bool fresh;

		if (!p->exe || g->value != SAMPLE_CPU)
			continue;
		uint32_t *slot = map_u64_put(&index, p->exe->m.id, &fresh);

		if (fresh) {
			*slot = (uint32_t)weights.n;
			*vec_push(&weights) = 0;
		}
		weights.v[*slot] += x->weight;
		if (weights.v[*slot] > best_weight) {
			best_weight = weights.v[*slot];
			best = p->exe;
		}
	}
	map_u64_done(&index);
	vec_done(&weights);
	return best;
}

/* Cycles are no time: the measured CPU time is spread over their samples. */
static void scale_cpu(struct sampling *s)
{
	struct sample_store *st = &s->store;
	uint64_t total = 0;

	if (s->weights_are_ns)
		return;
	vec_foreach (x, &st->samples)
		if (st->groups.v[x->group].value == SAMPLE_CPU)
			total += x->weight;
	vec_foreach (g, &st->groups)
		if (g->value == SAMPLE_CPU && total)
			g->scale = (double)s->cpu_ns / (double)total;
}

static void symbolise(struct sampling *s)
{
	const struct sampler_opts *o = s->opts;
	struct symbolizer *sym =
		symbolizer_new(s->profile, o->knowledge ? o->knowledge : knowledge_builtin(),
			o->project_root ? o->project_root : "");
	const struct module_entry *exe = busiest_exe(s);
	struct stack_names names;

	scale_cpu(s);
	symbolizer_managed(sym, &s->managed);
	stack_names_init(&names, sym, &s->modules, &s->store, s->profile);
	fill_samples(s, &names);
	waits_fill(s->waits, &names);
	if (exe)
		symbolizer_build_facts(sym, &exe->m);
	symbolizer_free(sym);
	stack_names_done(&names);
}

/*
 * Without permission for kernel samples, time in the kernel is known only as a sum from the OS:
 * one frame holds it, so that totals and shares stay honest.
 */
static void add_kernel_bucket(struct sampling *s, uint64_t sys_ns)
{
	struct profile *p = s->profile;
	struct frame f = { .function = profile_string(p, "[kernel]"),
		.module = profile_string(p, "[kernel]"),
		.kind = FRAME_KERNEL };
	int64_t values[PROFILE_MAX_VALUES] = { (int64_t)sys_ns }; /* cpu is the first type */
	uint64_t count = (uint64_t)((double)sys_ns * s->hz / 1e9 + 0.5);

	p->quality.kernel_hidden = count;
	if (sys_ns == 0)
		return;
	const uint32_t *comm = map_u64_get(&s->comms, (uint64_t)(uint32_t)s->pid);
	uint32_t thread =
		profile_add_thread(p, s->pid, s->pid, comm ? profile_str(p, *comm) : NULL);

	profile_add_sample(
		p, profile_add_stack(p, 0, profile_add_frame(p, &f)), thread, 0, count, values);
	caveat_add(&p->caveats, &p->arena, "kernel-not-sampled",
		"kernel code could not be sampled; its %.0f ms are shown as one frame, [kernel]",
		(double)sys_ns / 1e6);
}

static bool is_stopped(pid_t pid)
{
	struct proc_task_stat st;

	return task_stat_read(pid, &st) && (st.state == 'T' || st.state == 't');
}

static int no_samples(const struct sampling *s, struct err *err)
{
	double wall = (double)s->profile->quality.duration_ns / 1e9, cpu = (double)s->cpu_ns / 1e9;
	char few[64] = "no samples";

	if (s->n_samples)
		snprintf(few, sizeof(few), "no samples to speak of (%llu)",
			(unsigned long long)s->n_samples);
	if (s->opts->argv && s->ended && s->child.reaped && s->child.status != 0) {
		bool killed = WIFSIGNALED(s->child.status);

		fail(err, ENODATA, "%s: '%s' %s %d%s%s%s after %.3f s", few, s->opts->argv[0],
			killed ? "was ended by signal" : "failed with exit code",
			killed ? WTERMSIG(s->child.status) : WEXITSTATUS(s->child.status),
			killed ? " (" : "", killed ? strsignal(WTERMSIG(s->child.status)) : "",
			killed ? ")" : "", wall);
		err_hint(err, "make it run by itself first");
	} else if (s->opts->argv) {
		fail(err, ENODATA,
			"%s: '%s' ran %.3f s and used %.4f s of CPU, %.1f sampling periods "
			"of %.4f s",
			few, s->opts->argv[0], wall, cpu, cpu * s->hz, 1 / s->hz);
		err_hint(err,
			cpu < wall / 10
				? "it mostly waited: look at the process while it waits "
				  "(perf-ops diagnose --pid PID), or give it more work"
				: "give it more work or repeat it in a loop; if it went on in the "
				  "background, name that process (--pid)");
	} else if (s->ended) {
		fail(err, ENODATA, "%s: process %d ended after %.2f s", few, (int)s->pid, wall);
		err_hint(err, "launch it instead: perf-ops profile -- COMMAND");
	} else if (is_stopped(s->pid)) {
		fail(err, ENODATA, "%s in %.1f s: process %d is stopped by a signal or a debugger",
			few, wall, (int)s->pid);
		err_hint(err, "it does nothing until it is continued (kill -CONT %d)", (int)s->pid);
	} else {
		fail(err, ENODATA, "%s in %.1f s: process %d was idle (%.1f %% cpu)", few, wall,
			(int)s->pid, wall > 0 ? 100 * cpu / wall : 0);
		err_hint(err,
			"put load on it and repeat, or look at what it waits for: "
			"perf-ops diagnose --pid %d",
			(int)s->pid);
	}
	if (err)
		err->exit_code = EXIT_NOT_MEASURED;
	return -ENODATA;
}

static void count_tasks(struct profile *p)
{
	struct map_u64 pids = { 0 };

	p->quality.n_threads = (uint32_t)p->threads.n;
	vec_foreach (t, &p->threads)
		map_u64_put(&pids, (uint64_t)(uint32_t)t->pid, NULL);
	p->quality.n_processes = (uint32_t)pids.n;
	map_u64_done(&pids);
}

static void fill_quality(struct sampling *s, const char *rung, uint64_t sys_ns)
{
	struct profile_quality *q = &s->profile->quality;

	q->rung = arena_strdup(&s->profile->arena, rung);
	q->wanted_hz = s->hz;
	q->achieved_hz = s->cpu_ns ? (double)s->n_samples * 1e9 / (double)s->cpu_ns : 0;
	q->samples = s->n_samples;
	q->lost = s->lost;
	q->throttled = s->throttled;
	q->truncated = 0;
	for (int i = 0; i < UNWIND_N_ENDS; i++)
		if (i != UNWIND_ROOT && i != UNWIND_SWITCH)
			q->truncated += s->ends[i];
	q->target_cpu_ns = s->cpu_ns;
	q->target_sys_ns = sys_ns;
	q->max_stop_ns = s->longest_stop_ns;
	q->stopped = s->longest_stop_ns > 0;
	if (s->cost_ns != UINT64_MAX && s->cpu_ns)
		q->slowdown_ratio =
			(double)s->cost_ns / (double)(s->cpu_ns + waits_busy_ns(s->waits));
	count_tasks(s->profile);
	python_report(s->python, s->profile);
	runtimes_report(&s->runtimes, s->profile);
}

/*
 * A thread's sampling clock starts with it, so one that lives shorter than a period is never
 * sampled. The OS counts its time all the same: a large difference means the profile shows less.
 */
static void add_unseen_caveat(struct sampling *s)
{
	struct profile *p = s->profile;
	const struct profile_quality *q = &p->quality;
	double seen = ((double)q->samples + (double)q->lost + (double)q->kernel_hidden) / s->hz;
	/* our own samples are never sampled */
	uint64_t own = q->switching_ns + (s->cost_ns == UINT64_MAX ? 0 : s->cost_ns);
	double cpu = (double)(q->target_cpu_ns - MIN(own, q->target_cpu_ns)) / 1e9;

	if (s->weights_are_ns && cpu > 0.2 && seen < 0.85 * cpu)
		caveat_add(&p->caveats, &p->arena, "short-lived-threads",
			"%.0f %% of the CPU time was in threads or processes that lived too "
			"briefly to "
			"be sampled (about %.0f ms)",
			100 * (1 - seen / cpu), 1e3 / s->hz);
}

static void add_caveats(struct sampling *s)
{
	struct profile *p = s->profile;
	const struct profile_quality *q = &p->quality;
	double n = (double)MAX(q->samples, 1);

	if (q->lost)
		caveat_add(&p->caveats, &p->arena, "samples-lost",
			"%llu samples (%.1f %%) were lost because we could not keep up",
			(unsigned long long)q->lost, 100 * (double)q->lost / (n + (double)q->lost));
	if (q->throttled)
		caveat_add(&p->caveats, &p->arena, "throttled",
			"the kernel throttled sampling %llu times, so busy moments are "
			"undercounted",
			(unsigned long long)q->throttled);
	if ((double)q->truncated > 0.02 * n)
		caveat_add(&p->caveats, &p->arena, "stacks-truncated",
			"%.1f %% of the stacks do not reach the thread's start%s",
			100 * (double)q->truncated / n,
			2 * s->ends[UNWIND_SHORT] > q->truncated
				? ": they are deeper than what is copied per sample (deep "
				  "recursion)"
				: "");
	if ((double)s->ends[UNWIND_SWITCH] > 0.05 * n)
		caveat_add(&p->caveats, &p->arena, "go-system-stack",
			"%.0f %% of the samples were on Go's system stack (garbage collector, "
			"scheduler, C code), where the calling goroutine is not visible",
			100 * (double)s->ends[UNWIND_SWITCH] / n);
	if (s->ended && !s->opts->argv)
		caveat_add(&p->caveats, &p->arena, "target-ended",
			"process %d ended after %.1f s, before the time was over", (int)s->pid,
			(double)q->duration_ns / 1e9);
	add_unseen_caveat(s);
	if (q->samples + q->kernel_hidden < 50 && !q->waits)
		caveat_add(&p->caveats, &p->arena, "few-samples",
			"only %llu samples: shares are rough, run it longer or with more work",
			(unsigned long long)q->samples);
}

int sampling_finish(struct sampling *s, const char *rung, uint64_t sys_ns, struct profile **ret,
	struct err *err)
{
	/* a program that is only in the kernel has its time in the bucket; less than 30 samples say
	 * nothing */
	uint64_t hidden_ns = s->user_only && !s->opts->user_only ? sys_ns : 0;

	bool no_cpu = s->n_samples < FEWEST && (double)hidden_ns * s->hz < 30e9;

	if (no_cpu && (!s->waits || !s->waits->totals.n_waits))
		return no_samples(s, err);
	s->profile->io = io_watch_finish(s->io, s);
	symbolise(s);
	/* which waits are idleness is known by their stacks only; a start-up's few are no answer */
	if (no_cpu && (waits_busy_ns(s->waits) < WORTH_NS || is_stopped(s->pid)))
		return no_samples(s, err);
	fill_quality(s, rung, sys_ns); /* knows by now which waits were idle */
	if (s->user_only && !s->opts->user_only)
		add_kernel_bucket(s, sys_ns);
	add_caveats(s);
	s->profile->period_ns = (uint64_t)(1e9 / s->hz + 0.5);
	*ret = s->profile;
	s->profile = NULL;
	return 0;
}
