/* SPDX-License-Identifier: MIT */
/* Input and output by file and socket: as lines of the terminal page and as JSON. */
#pragma once

#include "base/json_writer.h"
#include "model/io_table.h"
#include "render/page.h"

/* Nothing when there is no table, or next to nothing in it. */
void text_io(struct page *pg, const struct io_table *t);
/* The member "io" of an object; nothing when t is NULL. */
void json_io(struct json *j, const struct io_table *t);
