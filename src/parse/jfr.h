/* SPDX-License-Identifier: MIT */
/*
 * JDK Flight Recorder files, from the JDK (8u262 and newer) and from async-profiler. A chunk at a
 * time is held in memory. Recordings that are cut off or still being written give what is whole.
 */
#pragma once

#include "parse/format.h"

extern const struct format jfr_format;
