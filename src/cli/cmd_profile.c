/* SPDX-License-Identifier: MIT */
/* perf-ops profile: measure, explain, keep. */
#include "cli/command.h"
#include "cli/profile_take.h"
#include "cli/target.h"

#include <errno.h>
#include <stddef.h>

struct profile_options {
	double seconds, hz;
	bool user_only, table;
	const char *rung;
};

#define AT(member) offsetof(struct profile_options, member)
static const struct option profile_options[] = {
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
		.choices = "cycles|cpu-clock|user|ptrace",
		.help = "use this way of sampling and no other: cycles, cpu-clock, user or "
			"ptrace" },
	{ .name = "table",
		.type = OPT_FLAG,
		.offset = AT(table),
		.help = "also print the functions by own and total time" },
	{ 0 },
};

static int run(struct invocation *inv, struct err *err)
{
	const struct profile_options *o = inv->options;
	struct profile_request req = { .seconds = o->seconds,
		.hz = o->hz,
		.user_only = o->user_only,
		.rung = o->rung,
		.words = "" };
	int r = target_resolve(inv, err);

	if (r == 0)
		r = target_project_root(inv, &req.project_root, err);
	if (r < 0)
		return r;
	if (!inv->target.argv && !inv->target.pid) {
		const struct target_options *t = &inv->target_options;

		if (t->url || t->dsn || t->cgroup)
			fail(err, EINVAL, "profile measures a command or a process, not a %s",
				t->url           ? "web address"
					: t->dsn ? "database"
						 : "control group");
		else
			fail(err, EINVAL, "nothing to profile");
		err_hint(err,
			"give a command (perf-ops profile -- ./prog) or a process (--pid 4121)");
		return -EINVAL;
	}
	struct profile_taken t;

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
