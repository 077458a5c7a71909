/* SPDX-License-Identifier: MIT */
/* perf-ops profile: measure, explain, keep. */
#include "collect/cgroup_members.h"
#include "cli/command.h"
#include "cli/profile_import.h"
#include "cli/profile_take.h"
#include "cli/target.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct profile_options {
	double seconds, hz;
	bool user_only, table;
	bool cpu, wall, locks, memory, io, all;
	const char *rung;
	const char *import, *from, *type;
};

#define AT(member) offsetof(struct profile_options, member)
static const struct option profile_options[] = {
	{ .name = "cpu",
		.type = OPT_FLAG,
		.offset = AT(cpu),
		.help = "look at CPU time (these five can be combined; default: all that is "
			"cheap)" },
	{ .name = "wall",
		.type = OPT_FLAG,
		.offset = AT(wall),
		.help = "look at waiting: what for, where, how long" },
	{ .name = "locks",
		.type = OPT_FLAG,
		.offset = AT(locks),
		.help = "look at waiting for locks: which, where, who holds it" },
	{ .name = "memory",
		.type = OPT_FLAG,
		.offset = AT(memory),
		.help = "look at memory: growth, what is allocated where, what is not freed" },
	{ .name = "io",
		.type = OPT_FLAG,
		.offset = AT(io),
		.help = "look at input and output: calls, bytes and time by file and socket" },
	{ .name = "all",
		.type = OPT_FLAG,
		.offset = AT(all),
		.help = "look at all of these in depth, also where it costs more" },
	{ .name = "seconds",
		.short_name = 's',
		.type = OPT_SECONDS,
		.offset = AT(seconds),
		.arg = "SECONDS",
		.help = "stop after this time (default: when the command ends; 10 for --pid)",
		.min = 0.05,
		.max = 86400 },
	{ .name = "hz",
		.type = OPT_NUMBER,
		.offset = AT(hz),
		.arg = "HZ",
		.help = "samples per second of CPU time (default: 999; 99 for --pid)",
		.min = 1,
		.max = 10000 },
	{ .name = "user-only",
		.type = OPT_FLAG,
		.offset = AT(user_only),
		.help = "do not look into the kernel" },
	{ .name = "rung",
		.type = OPT_CHOICE,
		.offset = AT(rung),
		.arg = "RUNG",
		.choices = "cycles|cpu-clock|user|ptrace|proc",
		.help = "use this way of sampling and no other: cycles, cpu-clock, user, "
			"ptrace or proc" },
	{ .name = "import",
		.type = OPT_STRING,
		.offset = AT(import),
		.arg = "FILE",
		.help = "explain a profile that another tool wrote; - reads standard input" },
	{ .name = "from",
		.type = OPT_STRING,
		.offset = AT(from),
		.arg = "FORMAT",
		.help = "with --import: read it as this format (default: by its content)" },
	{ .name = "type",
		.type = OPT_STRING,
		.offset = AT(type),
		.arg = "NAME",
		.help = "with --import: look at this value only, e.g. inuse_space" },
	{ .name = "table",
		.type = OPT_FLAG,
		.offset = AT(table),
		.help = "also print the functions by own and total time" },
	{ 0 },
};

static unsigned resources_of(const struct profile_options *o)
{
	return o->all ? RESOURCE_ALL
		      : (o->cpu ? RESOURCE_CPU : 0u) | (o->wall ? RESOURCE_WALL : 0u) |
			(o->locks ? RESOURCE_LOCK : 0u) | (o->memory ? RESOURCE_MEMORY : 0u) |
			(o->io ? RESOURCE_IO : 0u);
}

/* All processes of the control group: the oldest stands for the group, the others are added. */
static int take_group(struct invocation *inv, struct profile_request *req, struct err *err)
{
	struct pid_list members = { 0 };
	int r = cgroup_members(inv->target.cgroup, &members, err);

	if (r < 0) {
		if (err)
			err->exit_code = EXIT_NOT_MEASURED;
		return r;
	}
	pid_t *all = arena_array(inv->arena, members.n, sizeof(*all));

	memcpy(all, members.v, members.n * sizeof(*all));
	inv->target.pid = all[0];
	req->more_pids = all + 1;
	req->n_more_pids = members.n - 1;
	vec_done(&members);
	return 0;
}

static int run(struct invocation *inv, struct err *err)
{
	const struct profile_options *o = inv->options;
	struct profile_request req = { .seconds = o->seconds,
		.hz = o->hz,
		.user_only = o->user_only,
		.resources = resources_of(o),
		.rung = o->rung,
		.words = "" };
	int r = target_resolve(inv, err);

	if (r == 0 && inv->target.cgroup && !inv->target.pid && !inv->target.argv)
		r = take_group(inv, &req, err);
	if (r == 0)
		r = target_project_root(inv, &req.project_root, err);
	if (r < 0)
		return r;
	if (!o->import && !inv->target.argv && !inv->target.pid) {
		const struct target_options *t = &inv->target_options;

		if (t->url || t->dsn)
			fail(err, EINVAL, "profile measures a command or a process, not a %s",
				t->url ? "web address" : "database");
		else
			fail(err, EINVAL, "nothing to profile");
		err_hint(err,
			"give a command (perf-ops profile -- ./prog) or a process (--pid 4121)");
		return -EINVAL;
	}
	if (o->import && (inv->target.argv || inv->target.pid))
		return fail(
			err, EINVAL, "--import explains a file: leave the command or process out");
	struct profile_taken t;

	if (o->import)
		r = profile_import(inv, &req,
			&(struct profile_import_request){
				.path = o->import, .format = o->from, .type = o->type },
			&t, err);
	else
		r = profile_take(inv, &req, &t, err);
	if (r < 0)
		return r;
	profile_keep(inv, &req, NULL, &t);
	profile_show(inv, &t);
	if (o->table && !inv->common.json)
		profile_show_table(inv, &t);
	profile_taken_done(&t);
	return EXIT_FINE;
}

const struct command profile_command = {
	.name = "profile",
	.group = "Find out why",
	.args = "",
	.options = profile_options,
	.options_size = sizeof(struct profile_options),
	.max_args = 0,
	.flags = COMMAND_TARGET,
	.run = run,
};
