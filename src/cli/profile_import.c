/* SPDX-License-Identifier: MIT */
/* Explaining a profile file. */
#include "cli/profile_import.h"

#include "cli/import.h"
#include "model/resource.h"

/* Only the first value type, for --type. */
static void drop_other_types(struct profile *p)
{
	p->n_types = 1;
}

/*
 * Findings are made over what a value is of; cycles, instructions or samples of unknown unit are
 * shares of the CPU as good as time is. What they really count is said by a caveat of the reader.
 */
static void judge_as_cpu(struct profile *p)
{
	if (profile_type(p, "cpu") < 0 && resource_of_type(p->types[0].name) == RESOURCE_CPU)
		p->types[0].name = "cpu";
}

int profile_import(struct invocation *inv, const struct profile_request *req,
	const struct profile_import_request *import, struct profile_taken *ret, struct err *err)
{
	struct imported in;
	int r = import_read(inv,
		&(struct import_request){ .path = import->path,
			.format = import->format,
			.type = import->type,
			.project_root = req->project_root },
		&in, err);

	if (r < 0)
		return r;
	if (import->type)
		drop_other_types(in.profile);
	judge_as_cpu(in.profile);
	*ret = (struct profile_taken){ .profile = in.profile };
	keep_begin(inv, import->path, req->project_root, &ret->keeping);
	ret->runs[0] = (struct profile_run){ .tool = in.format->id,
		.command = arena_strdup(inv->arena, import->path),
		.profile = in.profile,
		.seconds = (double)in.profile->quality.duration_ns / 1e9 };
	ret->result = (struct profile_result){ .case_id = "",
		.target = ret->runs[0].command,
		.runs = ret->runs,
		.n_runs = 1,
		.profile = in.profile,
		.findings = &ret->findings,
		.next = "",
		.next_why = "" };
	profile_explain(inv, req, ret);
	return 0;
}
