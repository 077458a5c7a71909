/* SPDX-License-Identifier: MIT */
/*
 * Reader for "key = value" files: INI, .properties, .env, setup.cfg, systemd units. A section gives
 * the first key of the path; indented lines that go on a value ("install_requires =" and below)
 * give further events with the same path.
 */
#pragma once

#include "parse/flat.h"

/* Returns the number of lines passed over, or -EFBIG. */
int ini_read(struct span in, flat_fn fn, void *ctx, struct err *err);
