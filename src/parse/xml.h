/* SPDX-License-Identifier: MIT */
/*
 * Pull scanner for the XML of build files (pom.xml, *.csproj, web.config): elements, attributes and
 * text; comments, CDATA, processing instructions and DOCTYPE are passed over, entities are never
 * expanded. Namespace prefixes are cut off. An attribute is a value below its element with the key
 * "@name". Text is trimmed.
 */
#pragma once

#include "parse/flat.h"

/* Returns 0, or -EFBIG. What follows a malformed tag is read as well as it goes. */
int xml_read(struct span in, flat_fn fn, void *ctx, struct err *err);
