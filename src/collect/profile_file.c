/* SPDX-License-Identifier: MIT */
/* Opening, decompressing, recognising and reading profile files. */
#include "collect/profile_file.h"

#include "base/file.h"
#include "parse/decompress.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t fill_from_fd(void *ctx, void *to, size_t n)
{
	const int *fd = ctx;
	ssize_t got;

	do {
		got = read(*fd, to, n);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

static void list_formats(struct buf *b)
{
	for (size_t i = 0; formats[i]; i++)
		buf_printf(b, "%s%s", i ? ", " : "", formats[i]->id);
}

static int choose(struct byte_stream *in, const char *name, const char *forced,
	const struct format **ret, struct err *err)
{
	_cleanup_(buf_done) struct buf known = { 0 };

	struct span head = byte_stream_peek(in, FORMAT_HEAD_BYTES);

	if (!head.n) {
		if (in->error)
			return fail(err, -in->error, "cannot read '%s': %s", name,
				in->error == -EBADMSG ? "its compressed data is damaged"
						      : strerror(-in->error));
		return fail(err, ENODATA, "'%s' is empty", name);
	}
	list_formats(&known);
	if (forced) {
		*ret = format_by_id(forced);
		if (*ret)
			return 0;
		fail(err, EINVAL, "no format is called '%s'", forced);
		err_hint(err, "known: %s", buf_cstr(&known));
		return -EINVAL;
	}
	*ret = format_detect(
		span_of(head.p, head.n < FORMAT_HEAD_BYTES ? head.n : FORMAT_HEAD_BYTES), name);
	if (*ret)
		return 0;
	fail(err, EBADMSG, "'%s' is no profile that perf-ops knows", name);
	err_hint(err, "it reads %s; --from FORMAT says which it is", buf_cstr(&known));
	return -EBADMSG;
}

static void add_cut_caveat(
	struct profile_set *set, const struct decompress *d, const struct byte_stream *plain)
{
	bool cut = d->cut || plain->error;

	for (size_t i = 0; cut && i < set->v.n; i++)
		caveat_add(&set->v.v[i]->caveats, &set->v.v[i]->arena, "compressed-data-cut-off",
			"the file's %s data %s; what was readable is shown",
			decompress_kind_name(d->kind),
			plain->error == -EFBIG ? "unpacks to more than any profile would"
					       : "is damaged or ends too early");
}

static int read_stream(struct byte_stream *raw, const char *name,
	const struct profile_file_opts *opts, struct profile_set *ret,
	const struct format **ret_format, struct err *err)
{
	static const struct profile_file_opts defaults;
	struct decompress d;
	struct byte_stream plain = { 0 };
	const struct format *format = NULL;
	struct format_env env = { .symbols = (opts ? opts : &defaults)->symbols, .name = name };
	int r = decompress_open(&d, raw, &plain, err);

	if (r == 0)
		r = choose(&plain, name, opts ? opts->format : NULL, &format, err);
	if (r == 0) {
		r = format->read(&plain, &env, ret, err);
		if (r < 0)
			err_prefix(err, "cannot import '%s'", name);
	}
	if (r == 0) {
		add_cut_caveat(ret, &d, &plain);
		*ret_format = format;
	}
	byte_stream_done(&plain);
	decompress_done(&d);
	return r;
}

int profile_file_read(const char *path, const struct profile_file_opts *opts,
	struct profile_set *ret, const struct format **ret_format, struct err *err)
{
	bool from_stdin = strcmp(path, "-") == 0;
	const char *name = from_stdin ? "standard input" : path;
	_cleanup_(fd_closep) int fd =
		from_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	struct byte_stream raw;
	struct stat st;

	if (fd < 0)
		return fail(err, errno, "cannot open '%s': %m", name);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return fail(err, EISDIR, "'%s' is a folder, not a profile", name);
	byte_stream_init(&raw, fill_from_fd, &fd);
	int r = read_stream(&raw, name, opts, ret, ret_format, err);

	byte_stream_done(&raw);
	return r;
}

int profile_bytes_read(struct span bytes, const char *name, const struct profile_file_opts *opts,
	struct profile_set *ret, const struct format **ret_format, struct err *err)
{
	struct byte_stream raw;

	byte_stream_init_span(&raw, &bytes);
	int r = read_stream(&raw, name, opts, ret, ret_format, err);

	byte_stream_done(&raw);
	return r;
}
