/* SPDX-License-Identifier: MIT */
/* perf-ops doctor: what can be measured here, which permissions are missing and what they buy. */
#include "cli/command.h"
#include "cli/style.h"
#include "cli/target.h"
#include "diagnose/doctor.h"
#include "render/doctor.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <unistd.h>

struct doctor_options {
	bool all;
};

static const struct option doctor_options[] = {
	{ .name = "all",
		.type = OPT_FLAG,
		.offset = offsetof(struct doctor_options, all),
		.help = "also explain what is granted already" },
	{ 0 },
};

static const char *own_path(char *room, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", room, size - 1);

	if (n <= 0)
		return "perf-ops";
	room[n] = '\0';
	return room;
}

static int run(struct invocation *inv, struct err *err)
{
	const struct doctor_options *o = inv->options;
	struct text_style style = style_of(inv);
	char path[PATH_MAX];
	struct access found;
	struct doctor d;
	int r = target_resolve(inv, err);

	if (r < 0)
		return r;
	access_probe(inv->target.pid, inv->arena, &found);
	if (inv->target.pid && found.target_there < 0) {
		r = fail(err, ESRCH, "there is no process %d", (int)inv->target.pid);
		if (err)
			err->exit_code = EXIT_NOT_MEASURED;
		return r;
	}
	doctor_judge(&found, inv->knowledge, own_path(path, sizeof(path)), inv->arena, &d);
	if (inv->common.json)
		json_doctor(inv->out, &d);
	else
		text_doctor(inv->out, &d, o->all, &style);
	return d.attached[0] || (!d.pid && d.launched[0]) ? EXIT_FINE : EXIT_UNFIT;
}

const struct command doctor_command = {
	.name = "doctor",
	.group = "Knowledge",
	.args = "",
	.options = doctor_options,
	.options_size = sizeof(struct doctor_options),
	.flags = COMMAND_TARGET,
	.run = run,
};
