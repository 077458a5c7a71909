/* SPDX-License-Identifier: MIT */
/* Any knowledge record, by its schema: as members of a JSON object, or as labelled lines. */
#pragma once

#include "base/json_writer.h"
#include "knowledge/records.h"
#include "render/page.h"

/* Every member of a k_kinds entry ("tools", "rules", ...) into the object that is open, and
 * `origin`. */
void json_knowledge_record(struct json *j, const char *kind, const void *record);
/* What is set, one member per line or list entry, without the id, and where it comes from. */
void text_knowledge_record(struct page *pg, const char *kind, const void *record);
