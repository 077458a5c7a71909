/* SPDX-License-Identifier: MIT */
/* perf-ops convert: a profile file of one tool as a file for another. */
#include "base/json_writer.h"
#include "cli/command.h"
#include "cli/import.h"
#include "render/json_caveats.h"
#include "render/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct convert_options {
	const char *from, *to, *type, *base;
};

#define AT(member) offsetof(struct convert_options, member)
static const struct option convert_options[] = {
	{ .name = "from",
		.type = OPT_STRING,
		.offset = AT(from),
		.arg = "FORMAT",
		.help = "read IN as this format (default: by its content)" },
	{ .name = "to",
		.type = OPT_STRING,
		.offset = AT(to),
		.arg = "FORMAT",
		.help = "write this format (default: by the ending of OUT)" },
	{ .name = "type",
		.type = OPT_STRING,
		.offset = AT(type),
		.arg = "NAME",
		.help = "the value to write where the format holds one only, e.g. inuse_space" },
	{ .name = "base",
		.type = OPT_STRING,
		.offset = AT(base),
		.arg = "FILE",
		.help = "the profile before, for formats that compare two (folded-diff)" },
	{ 0 },
};

static int choose_writer(
	const char *out, const char *to, const struct writer **ret, struct err *err)
{
	_cleanup_(buf_done) struct buf known = { 0 };

	*ret = to ? writer_by_id(to) : writer_by_name(out);
	if (*ret)
		return 0;
	for (size_t i = 0; writers[i]; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", writers[i]->id);
	if (to)
		fail(err, EINVAL, "no format that can be written is called '%s'", to);
	else
		fail(err, EINVAL, "the ending of '%s' does not say which format to write", out);
	err_hint(err, "%s: %s", to ? "known" : "say it with --to", buf_cstr(&known));
	return -EINVAL;
}

static int write_sink(struct sink *s, const struct writer *w, const struct profile *p,
	const struct writer_opts *opts, const char *name, struct err *err)
{
	int r = w->write(s, p, opts, err);
	int failed = sink_done(s);

	if (r == 0 && failed < 0)
		r = fail(err, -failed, "cannot write '%s': %s", name, strerror(-failed));
	return r;
}

/* A file appears whole or not at all; a device or pipe is written to as it is. */
static int write_file(const char *path, const struct writer *w, const struct profile *p,
	const struct writer_opts *opts, struct err *err)
{
	struct sink s;
	struct stat st;
	bool plain = stat(path, &st) < 0 || S_ISREG(st.st_mode);
	_cleanup_(freep) char *tmp =
		plain ? xasprintf("%s.tmp%d", path, (int)getpid()) : xstrdup(path);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return fail(err, errno, "cannot write '%s': %m", path);
	sink_to_fd(&s, fd);
	int r = write_sink(&s, w, p, opts, path, err);

	if (close(fd) < 0 && r == 0)
		r = fail(err, errno, "cannot write '%s': %m", path);
	if (plain && r == 0 && rename(tmp, path) < 0)
		r = fail(err, errno, "cannot write '%s': %m", path);
	if (plain && r < 0)
		unlink(tmp);
	return r;
}

static void put_summary(struct sink *out, const struct imported *in, const char *from,
	const char *to, const struct writer *w)
{
	const struct profile *p = in->profile;
	struct json j;

	json_init(&j, out, true);
	json_begin_object(&j, NULL);
	json_put_string(&j, "schema", "perf-ops/convert/1");
	json_put_string(&j, "input", from);
	json_put_string(&j, "from", in->format->id);
	json_put_string(&j, "output", to);
	json_put_string(&j, "to", w->id);
	json_put_uint(&j, "profiles", in->n_profiles);
	json_put_uint(&j, "samples", profile_total_count(p));
	json_put_uint(&j, "lost", p->quality.lost);
	json_put_uint(&j, "stacks", p->samples.n);
	json_put_uint(&j, "frames", p->frames.n);
	json_put_uint(&j, "threads", p->threads.n);
	json_put_double(&j, "duration_s", (double)p->quality.duration_ns / 1e9, 6);
	json_begin_array(&j, "values");
	for (unsigned i = 0; i < p->n_types; i++) {
		json_begin_object(&j, NULL);
		json_put_string(&j, "type", p->types[i].name);
		json_put_string(&j, "unit", p->types[i].unit);
		json_put_int(&j, "total", profile_total(p, i));
		json_put_bool(&j, "written", i == 0 || !w->single_type);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_caveats(&j, &p->caveats);
	json_end_object(&j);
}

static void say(const struct invocation *inv, const struct imported *in, const struct writer *w)
{
	const struct profile *p = in->profile;

	note_line(inv, "%s -> %s: %llu samples, %zu stacks, %u kind%s of values", in->format->title,
		w->title, (unsigned long long)profile_total_count(p), p->samples.n, p->n_types,
		p->n_types == 1 ? "" : "s");
	if (w->single_type && p->n_types > 1)
		note_line(inv, "written: %s; --type picks another", p->types[0].name);
	for (const struct caveat *c = p->caveats.first; c; c = c->next)
		if (strcmp(c->id, "imported") != 0)
			note_line(inv, "note: %s", c->text);
}

static int read_one(struct invocation *inv, const char *path, const char *type,
	struct imported *ret, struct err *err)
{
	const struct convert_options *o = inv->options;

	return import_read(inv,
		&(struct import_request){
			.path = path, .format = o->from, .type = type, .project_root = "" },
		ret, err);
}

static int check_base(const struct writer *w, const char *base, struct err *err)
{
	if (w->needs_base == (base != NULL))
		return 0;
	if (base)
		return fail(err, EINVAL, "%s cannot hold a comparison: --base is for folded-diff",
			w->title);
	fail(err, EINVAL, "%s compares two profiles", w->title);
	err_hint(err, "name the one before with --base FILE");
	return -EINVAL;
}

static int run(struct invocation *inv, struct err *err)
{
	const struct convert_options *o = inv->options;
	const char *from = inv->args[0], *to = inv->args[1];
	bool to_stdout = strcmp(to, "-") == 0;
	struct writer_opts opts = { 0 };
	const struct writer *w;
	struct imported in = { 0 }, base = { 0 };
	int r = choose_writer(to, o->to, &w, err);

	if (r == 0)
		r = check_base(w, o->base, err);

	if (r == 0 && to_stdout && inv->common.json)
		r = fail(err, EINVAL,
			"--json and the converted file cannot both go to standard output");
	if (r == 0)
		r = read_one(inv, from, o->type, &in, err);
	if (r == 0 && o->base)
		r = read_one(inv, o->base, in.profile->types[0].name, &base, err);
	opts.base = base.profile;
	if (r == 0 && to_stdout)
		r = w->write(inv->out, in.profile, &opts, err);
	else if (r == 0)
		r = write_file(to, w, in.profile, &opts, err);
	if (r == 0 && inv->common.json)
		put_summary(inv->out, &in, from, to, w);
	else if (r == 0)
		say(inv, &in, w);
	profile_free(in.profile);
	profile_free(base.profile);
	return r < 0 ? r : EXIT_FINE;
}

const struct command convert_command = {
	.name = "convert",
	.group = "Look at results",
	.args = "IN OUT",
	.options = convert_options,
	.options_size = sizeof(struct convert_options),
	.min_args = 2,
	.max_args = 2,
	.run = run,
};
