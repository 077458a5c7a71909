/* SPDX-License-Identifier: MIT */
/* Feature sections of perf.data: build ids, names of events, what was run and where. */
#include "base/compiler.h"
#include "parse/perf_data.h"

/* tools/perf/util/header.h, enum; simpleperf's files have other numbers and another magic. */
enum {
	FEATURE_BUILD_ID = 2,
	FEATURE_OSRELEASE = 4,
	FEATURE_ARCH = 6,
	FEATURE_CMDLINE = 11,
	FEATURE_EVENT_DESC = 12,
};

/* u32 length with padding, then a string that ends with NUL. */
static const char *take_string(struct perf_data *d, struct cursor *c)
{
	struct span s = cursor_bytes(c, cursor_u32(c));

	return arena_strndup(&d->p->arena, s.n ? (const void *)s.p : "",
		s.n ? strnlen((const char *)s.p, s.n) : 0);
}

void perf_data_build_id(struct perf_data *d, struct span record)
{
	/* header, i32 pid, 20 bytes of id, a byte with its length and three unused, name */
	struct cursor c = cursor_of(record, 0);

	cursor_u32(&c);
	uint16_t misc = cursor_u16(&c);

	cursor_u16(&c);
	cursor_u32(&c);
	struct span id = cursor_bytes(&c, 20);
	uint8_t size = cursor_u8(&c);

	cursor_bytes(&c, 3);
	struct span name = span_from(record, c.at);

	if (c.bad || !name.n)
		return;
	/* PERF_RECORD_MISC_BUILD_ID_SIZE: the length is told; before, it is always 20 */
	if (misc & 1u << 15)
		id.n = MIN(id.n, size);
	perf_maps_build_id(&d->maps,
		arena_strndup(&d->p->arena, name.p, strnlen((const char *)name.p, name.n)), id);
}

static void build_ids(struct perf_data *d, struct span s)
{
	while (s.n >= 8) {
		struct cursor c = cursor_of(s, 6);
		uint16_t size = cursor_u16(&c);

		if (size < 8 || size > s.n)
			break;
		perf_data_build_id(d, span_sub(s, 0, size));
		s = span_from(s, size);
	}
}

static void command_line(struct perf_data *d, struct cursor *c)
{
	_cleanup_(buf_done) struct buf text = { .max = 4096 };
	uint32_t n = cursor_u32(c);

	for (uint32_t i = 0; i < n && i < 64 && !c->bad; i++)
		buf_printf(&text, "%s%s", i ? " " : "", take_string(d, c));
	d->command = arena_strdup(&d->p->arena, buf_cstr(&text));
}

void perf_data_feature(struct perf_data *d, unsigned feature, struct span content)
{
	struct cursor c = cursor_of(content, 0);

	switch (feature) {
	case FEATURE_BUILD_ID:
		build_ids(d, content);
		break;
	case FEATURE_OSRELEASE:
		d->maps.modules.v[PERF_MODULE_KERNEL].release = take_string(d, &c);
		break;
	case FEATURE_ARCH:
		d->other_machine = strcmp(take_string(d, &c), "x86_64") != 0;
		break;
	case FEATURE_CMDLINE:
		command_line(d, &c);
		break;
	case FEATURE_EVENT_DESC:
		perf_file_events_names(&d->events, content);
		break;
	}
}
