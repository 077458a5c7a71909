/* SPDX-License-Identifier: MIT */
/* Detecting what the terminal and its user want. */
#include "render/text_style.h"

#include "base/compiler.h"
#include "base/span.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 40, WIDTH_MAX = 100 };

struct text_style text_style_plain(void)
{
	return (struct text_style){ .width = WIDTH_DEFAULT };
}

static const char *env(const char *name)
{
	const char *v = getenv(name);

	return v ? v : "";
}

static unsigned width_of(int fd)
{
	struct winsize ws;
	uint64_t columns = 0;

	if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col)
		columns = ws.ws_col;
	else if (!span_parse_u64(span_str(env("COLUMNS")), &columns) || columns == 0)
		columns = WIDTH_DEFAULT;
	return (unsigned)MAX(WIDTH_MIN, MIN(columns, WIDTH_MAX));
}

/* An unset locale (containers, services) says nothing about the screen: UTF-8 is the safer guess.
 */
static bool locale_is_ascii(void)
{
	const char *names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *v = env(names[i]);

		if (*v)
			return !strcasestr(v, "utf-8") && !strcasestr(v, "utf8");
	}
	return false;
}

struct text_style text_style_detect(int fd, enum color_mode mode)
{
	bool automatic = isatty(fd) && strcmp(env("TERM"), "dumb") != 0 && !*env("NO_COLOR");

	return (struct text_style){
		.width = width_of(fd),
		.color = mode == COLOR_ALWAYS || (mode == COLOR_AUTO && automatic),
		.ascii = locale_is_ascii(),
	};
}
