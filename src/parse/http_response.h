/* SPDX-License-Identifier: MIT */
/*
 * One HTTP/1.x response as it came over a socket (RFC 9112): status line, headers, body by
 * Content-Length, in chunks, or up to the end of the connection. Only what pages of a program's own
 * debug server need: no compression of transfers, no trailers, no redirects.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct http_response {
	unsigned status;
	char content_type[64]; /* "" none; lower case, without parameters */
	struct span body;      /* into the bytes given, or into `joined` */
	struct buf joined;     /* of a chunked body */
	bool cut;              /* the connection ended before the body did */
};

/*
 * bytes: everything received; ended: nothing more will come. Returns 1 when the response is
 * complete, 0 when more bytes are needed, -EBADMSG when this is no HTTP. Only after 1 is *ret to be
 * cleared with http_response_done.
 */
int http_response_parse(struct span bytes, bool ended, struct http_response *ret, struct err *err);
void http_response_done(struct http_response *r);
