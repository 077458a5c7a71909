/* SPDX-License-Identifier: MIT */
/* How a verb's text is to look. */
#include "cli/style.h"

#include <string.h>
#include <unistd.h>

struct text_style style_of(const struct invocation *inv)
{
	enum color_mode mode = COLOR_AUTO;

	if (strcmp(inv->common.color, "always") == 0)
		mode = COLOR_ALWAYS;
	else if (strcmp(inv->common.color, "never") == 0)
		mode = COLOR_NEVER;
	return text_style_detect(STDOUT_FILENO, mode);
}
