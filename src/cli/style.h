/* SPDX-License-Identifier: MIT */
/* How a verb's text is to look, from the options and the terminal. */
#pragma once

#include "cli/command.h"
#include "render/text_style.h"

struct text_style style_of(const struct invocation *inv);
