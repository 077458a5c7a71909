/* SPDX-License-Identifier: MIT */
/* JDK: src/hotspot/share/jfr/metadata/metadata.xml; async-profiler: src/jfrMetadata.cpp. */
#include "parse/jfr_events.h"

#include "parse/java_name.h"

#include <stdio.h>

/* JDK's default.jfc */
static const uint64_t DEFAULT_PERIOD_NS = 20000000;
/* async-profiler's defaults of its cpu and wall modes */
static const uint64_t ASYNC_PERIOD_NS = 10000000, ASYNC_WALL_NS = 50000000;

enum { MAX_ACTIVITIES = 4 << 20 };

/* Fields that handlers ask for. */
enum field {
	F_START,
	F_DURATION,
	F_THREAD,
	F_STACK,
	F_STATE,
	F_WEIGHT,
	F_TLAB_SIZE,
	F_ALLOCATION_SIZE,
	F_SAMPLES,
	F_TIME_SPAN,
	F_PERIOD,
	F_OWNER,
	F_ADDRESS,
	F_CLASS,
	F_BYTES,
	F_SIZE,
	F_ID,
	F_NAME,
	F_VALUE,
	F_PAUSES,
	F_LONGEST,
	F_PID,
	F_COMMAND,
	N_FIELDS,
};

static const char *const field_names[N_FIELDS][4] = {
	[F_START] = { "startTime" },
	[F_DURATION] = { "duration" },
	[F_THREAD] = { "sampledThread", "eventThread" },
	[F_STACK] = { "stackTrace" },
	[F_STATE] = { "state" },
	[F_WEIGHT] = { "weight" },
	[F_TLAB_SIZE] = { "tlabSize" },
	[F_ALLOCATION_SIZE] = { "allocationSize" },
	[F_SAMPLES] = { "samples" },
	[F_TIME_SPAN] = { "timeSpan" },
	[F_PERIOD] = { "samplingPeriod" },
	[F_OWNER] = { "previousOwner" },
	[F_ADDRESS] = { "address" },
	[F_CLASS] = { "parkedClass", "monitorClass" },
	[F_BYTES] = { "bytesRead", "bytesWritten" },
	[F_SIZE] = { "size" },
	[F_ID] = { "id" },
	[F_NAME] = { "name" },
	[F_VALUE] = { "value" },
	[F_PAUSES] = { "sumOfPauses" },
	[F_LONGEST] = { "longestPause" },
	[F_PID] = { "pid" },
	[F_COMMAND] = { "javaArguments" },
};

struct event_type {
	const struct jfr_class *c;
	const struct event_kind *kind;
	int at[N_FIELDS]; /* index of the field's value, -1 none */
};

struct reading {
	struct jfr_result *r;
	struct jfr_chunk *c;
	const struct event_type *type;
	struct jfr_value v[JFR_MAX_FIELDS];
};

struct event_kind {
	const char *name;
	void (*take)(struct reading *e);
	bool settings; /* read before the others */
};

static const struct {
	const char *name, *unit, *name2, *unit2, *name3, *unit3;
} types_of[JFR_N_PROFILES] = {
	[JFR_CPU] = { "cpu", "nanoseconds" },
	[JFR_CPU_TIME] = { "cpu", "nanoseconds" },
	[JFR_WALL] = { "wall", "nanoseconds" },
	[JFR_WAITING] = { "off-cpu", "nanoseconds" },
	[JFR_LOCKS] = { "lock", "nanoseconds", "contentions", "count" },
	[JFR_ALLOC] = { "alloc_space", "bytes", "alloc_objects", "count" },
	[JFR_ALLOC_TLAB] = { "alloc_space", "bytes" },
	[JFR_LIVE] = { "inuse_space", "bytes", "inuse_objects", "count" },
	[JFR_MALLOC] = { "alloc_space", "bytes", "alloc_objects", "count" },
	[JFR_IO] = { "io", "nanoseconds", "io_bytes", "bytes", "io_calls", "count" },
};

static struct profile *profile_of(struct jfr_result *r, enum jfr_profile which)
{
	if (r->p[which])
		return r->p[which];
	struct profile *p = r->p[which] = profile_new();
	bool other_event = which == JFR_CPU && r->event[0] && strcmp(r->event, "cpu") != 0 &&
		strcmp(r->event, "itimer") != 0 && strcmp(r->event, "ctimer") != 0 &&
		strcmp(r->event, "wall") != 0;

	if (other_event) {
		profile_add_type(p, arena_strdup(&p->arena, r->event), "count");
		return p;
	}
	if (which == JFR_CPU && strcmp(r->event, "wall") == 0)
		profile_add_type(p, "wall", "nanoseconds");
	else
		profile_add_type(p, types_of[which].name, types_of[which].unit);
	if (types_of[which].name2)
		profile_add_type(p, types_of[which].name2, types_of[which].unit2);
	if (types_of[which].name3)
		profile_add_type(p, types_of[which].name3, types_of[which].unit3);
	return p;
}

/* An integer field in nanoseconds where it has a unit; 0 when absent. */
static uint64_t integer(const struct reading *e, enum field f)
{
	int at = e->type->at[f];

	if (at < 0 || e->v[at].kind != JFR_INTEGER)
		return 0;
	uint64_t v = e->v[at].i;
	double scale = 1;

	switch (e->type->c->fields[at].unit) {
	case JFR_TICKS:
		scale = 1e9 / (double)e->c->header.ticks_per_s;
		break;
	case JFR_MICROSECONDS:
		scale = 1e3;
		break;
	case JFR_MILLISECONDS:
		scale = 1e6;
		break;
	case JFR_SECONDS:
		scale = 1e9;
		break;
	case JFR_PLAIN:
	case JFR_NANOSECONDS:
		return v;
	}
	/* what is longer than a year is no duration */
	double ns = (double)v * scale;

	return ns > 3.2e16 ? 0 : (uint64_t)(ns + 0.5);
}

static const char *text(const struct reading *e, enum field f)
{
	int at = e->type->at[f];

	return at < 0 ? "" : jfr_pool_text(&e->c->pools, &e->v[at]);
}

static uint64_t ticks_to_ns(const struct jfr_chunk *c, uint64_t ticks)
{
	double ns = (double)ticks * 1e9 / (double)c->header.ticks_per_s;

	return ns < 0 || ns > 3.2e16 ? 0 : (uint64_t)(ns + 0.5);
}

/* Start in nanoseconds since the chunk began. */
static uint64_t start_ns(const struct reading *e)
{
	int at = e->type->at[F_START];
	uint64_t ticks = at < 0 ? 0 : e->v[at].i, from = e->c->header.start_ticks;

	return ticks > from ? ticks_to_ns(e->c, ticks - from) : 0;
}

static uint64_t duration_ns(const struct reading *e)
{
	int at = e->type->at[F_DURATION];

	return at < 0 ? 0 : ticks_to_ns(e->c, e->v[at].i);
}

static void method_names(
	struct jfr_chunk *c, struct profile *p, const struct jfr_method *m, uint32_t ret[2])
{
	_cleanup_(buf_done) struct buf name = { 0 }, file = { 0 };
	struct span class_name = span_str(m ? jfr_pool_class(&c->pools, m->class_key) : "");
	const char *method = m ? jfr_pool_symbol(&c->pools, m->name_key) : "";

	java_method_name(&name, class_name, span_str(*method ? method : "[unknown]"));
	java_source_file(&file, class_name);
	ret[0] = profile_string(p, buf_cstr(&name));
	ret[1] = profile_string(p, buf_cstr(&file));
}

static uint32_t frame_of(
	struct jfr_chunk *c, enum jfr_profile which, struct profile *p, const struct jfr_frame *f)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&c->names[which], f->method_key, &fresh), ids[2];

	if (fresh) {
		method_names(c, p, jfr_pool_method(&c->pools, f->method_key), ids);
		*slot = (uint32_t)c->functions.n;
		*vec_push(&c->functions) = ids[0];
		*vec_push(&c->functions) = ids[1];
	}
	struct frame frame = { .function = c->functions.v[*slot],
		.file = c->functions.v[*slot + 1],
		.module = profile_string(p, "java"),
		.line = f->line,
		.kind = FRAME_UNKNOWN };

	return profile_add_frame(p, &frame);
}

static uint32_t stack_of(
	struct jfr_result *r, struct jfr_chunk *c, enum jfr_profile which, uint64_t key)
{
	struct profile *p = profile_of(r, which);
	bool fresh;
	uint32_t *slot = map_u64_put(&c->stacks[which], key, &fresh), at = 0;
	const struct jfr_stack *s = jfr_pool_stack(&c->pools, key);

	if (!fresh)
		return *slot;
	for (size_t i = s ? s->n : 0; i-- > 0;)
		at = profile_add_stack(
			p, at, frame_of(c, which, p, &c->pools.frames.v[s->first + i]));
	*slot = at;
	return at;
}

static uint64_t thread_key(const struct reading *e)
{
	int at = e->type->at[F_THREAD];

	return at < 0 ? 0 : e->v[at].i;
}

static uint32_t thread_of(const struct reading *e, enum jfr_profile which)
{
	uint64_t key = thread_key(e);
	bool fresh;
	uint32_t *slot = map_u64_put(&e->c->threads[which], key, &fresh);

	if (fresh) {
		const struct jfr_thread *t = jfr_pool_thread(&e->c->pools, key);

		*slot = profile_add_thread(profile_of(e->r, which), e->r->pid,
			t && t->os_tid > 0 && t->os_tid < INT32_MAX ? (int32_t)t->os_tid : 0,
			t ? strtab_get(&e->c->pools.texts, t->name) : NULL);
	}
	return *slot;
}

static uint64_t stack_key(const struct reading *e)
{
	int at = e->type->at[F_STACK];

	return at < 0 ? 0 : e->v[at].i;
}

static void add(struct reading *e, enum jfr_profile which, uint64_t count, const int64_t *values)
{
	struct profile *p = profile_of(e->r, which);
	const struct jfr_stack *s = jfr_pool_stack(&e->c->pools, stack_key(e));
	uint32_t stack = stack_of(e->r, e->c, which, stack_key(e));

	p->quality.samples += count;
	if (s && s->truncated)
		p->quality.truncated += count;
	if (stack == 0)
		p->quality.unsymbolised += count;
	profile_add_sample(p, stack, thread_of(e, which), 0, count, values);
}

static void add_one(struct reading *e, enum jfr_profile which, uint64_t value, uint64_t value2)
{
	int64_t v[PROFILE_MAX_VALUES] = { (int64_t)MIN(value, INT64_MAX),
		(int64_t)MIN(value2, INT64_MAX) };

	add(e, which, 1, v);
}

static void note_activity(struct reading *e, uint64_t start, uint64_t ns)
{
	if (e->c->locks.doing.n < MAX_ACTIVITIES)
		*vec_push(&e->c->locks.doing) = (struct jfr_activity){ .thread = thread_key(e),
			.start_ns = start,
			.end_ns = start + ns,
			.stack_key = stack_key(e) };
}

/* "20 ms", "10ms", "1 s", "100 us"; 0 for others ("everyChunk"). */
static uint64_t parse_period(const char *s)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
	size_t n = strspn(s, "0123456789");
	uint64_t v;

	if (!span_parse_u64(span_of(s, n), &v) || v > 1000000000)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(s + n + strspn(s + n, " "), units[i].unit) == 0)
			return v * units[i].ns;
	return 0;
}

static void take_setting(struct reading *e)
{
	const struct jfr_class *of = jfr_meta_class(&e->c->meta, integer(e, F_ID));
	const char *name = text(e, F_NAME), *value = text(e, F_VALUE);
	uint64_t n;

	if (of && strcmp(of->name, "jdk.ExecutionSample") == 0 && strcmp(name, "period") == 0) {
		uint64_t ns = parse_period(value);

		e->r->period_ns = ns ? ns : e->r->period_ns;
	} else if (strcmp(name, "event") == 0 && !e->r->event[0]) {
		snprintf(e->r->event, sizeof(e->r->event), "%.31s", value);
		e->r->async_profiler = true;
	} else if (strcmp(name, "interval") == 0 && span_parse_u64(span_str(value), &n)) {
		e->r->period_ns = n ? n : ASYNC_PERIOD_NS;
		e->r->async_profiler = true;
	} else if (strcmp(name, "wall") == 0 && span_parse_u64(span_str(value), &n) && n) {
		e->r->wall_ns = n;
	}
}

static void take_jvm(struct reading *e)
{
	uint64_t pid = integer(e, F_PID);

	if (pid && pid < INT32_MAX)
		e->r->pid = (int32_t)pid;
	if (!e->r->command[0])
		snprintf(e->r->command, sizeof(e->r->command), "%s", text(e, F_COMMAND));
}

static uint64_t period(struct jfr_result *r)
{
	if (r->period_ns == 0) {
		r->period_guessed = true;
		r->period_ns = r->async_profiler ? ASYNC_PERIOD_NS : DEFAULT_PERIOD_NS;
	}
	return r->period_ns;
}

static void take_execution(struct reading *e)
{
	uint64_t ns = period(e->r);

	add_one(e, JFR_CPU, ns, 0);
	note_activity(e, start_ns(e) > ns / 2 ? start_ns(e) - ns / 2 : 0, ns);
}

static void take_cpu_time(struct reading *e)
{
	uint64_t ns = integer(e, F_PERIOD);

	add_one(e, JFR_CPU_TIME, ns ? ns : period(e->r), 0);
	if (!e->r->p[JFR_CPU_TIME]->period_ns)
		e->r->p[JFR_CPU_TIME]->period_ns = ns;
}

static void take_native(struct reading *e)
{
	e->r->n_native++;
}

static void take_wall(struct reading *e)
{
	uint64_t n = integer(e, F_SAMPLES), span = integer(e, F_TIME_SPAN);
	uint64_t each = e->r->wall_ns ? e->r->wall_ns : ASYNC_WALL_NS;

	n = n ? MIN(n, 1u << 24) : 1;
	int64_t v[PROFILE_MAX_VALUES] = { (int64_t)(span ? span : n * each) };

	add(e, JFR_WALL, n, v);
}

static void take_allocation(struct reading *e)
{
	add_one(e, JFR_ALLOC, integer(e, F_WEIGHT), 1);
}

static void take_tlab(struct reading *e)
{
	uint64_t tlab = integer(e, F_TLAB_SIZE);

	add_one(e, JFR_ALLOC_TLAB, tlab ? tlab : integer(e, F_ALLOCATION_SIZE), 0);
}

static void take_live(struct reading *e)
{
	add_one(e, JFR_LIVE, integer(e, F_ALLOCATION_SIZE), 1);
}

static void take_malloc(struct reading *e)
{
	add_one(e, JFR_MALLOC, integer(e, F_SIZE), 1);
}

/* The recorder's own threads are not the program. */
static bool of_recorder(const struct reading *e)
{
	const struct jfr_thread *t = jfr_pool_thread(&e->c->pools, thread_key(e));

	return t && strncmp(strtab_get(&e->c->pools.texts, t->name), "JFR ", 4) == 0;
}

static void take_waiting(struct reading *e)
{
	if (of_recorder(e))
		return;
	add_one(e, JFR_WAITING, duration_ns(e), 0);
	note_activity(e, start_ns(e), duration_ns(e));
}

static void take_lock(struct reading *e)
{
	int owner = e->type->at[F_OWNER], class_at = e->type->at[F_CLASS];
	uint64_t address = integer(e, F_ADDRESS);
	struct profile *p = profile_of(e->r, JFR_LOCKS);
	struct jfr_lock_wait w = { .start_ns = start_ns(e),
		.duration_ns = duration_ns(e),
		.owner = owner < 0 ? 0 : e->v[owner].i,
		.monitor = address     ? address
			: class_at < 0 ? 0
				       : e->v[class_at].i,
		.stack = stack_of(e->r, e->c, JFR_LOCKS, stack_key(e)),
		.thread = thread_of(e, JFR_LOCKS) };

	add_one(e, JFR_WAITING, w.duration_ns, 0);
	p->quality.samples++;
	e->r->lock_ns += w.duration_ns;
	*vec_push(&e->c->locks.waits) = w;
}

/* What java.util.concurrent parks on when a lock is taken, and not for want of work. */
static bool is_lock_class(const char *name)
{
	static const char *const parts[] = { "ReentrantLock", "ReentrantReadWriteLock",
		"StampedLock", "Semaphore" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strstr(name, parts[i]))
			return true;
	return false;
}

static void take_park(struct reading *e)
{
	int at = e->type->at[F_CLASS];

	if (at >= 0 && is_lock_class(jfr_pool_class(&e->c->pools, e->v[at].i)))
		take_lock(e);
	else
		take_waiting(e);
}

static void take_io(struct reading *e)
{
	uint64_t ns = duration_ns(e);
	int64_t v[PROFILE_MAX_VALUES] = { (int64_t)ns, (int64_t)MIN(integer(e, F_BYTES), INT64_MAX),
		1 };

	add(e, JFR_IO, 1, v);
	take_waiting(e);
}

static void take_pause(struct reading *e)
{
	struct jfr_gc *gc = &e->r->gc;

	gc->n_pauses++;
	gc->pause_ns += duration_ns(e);
	gc->longest_ns = MAX(gc->longest_ns, duration_ns(e));
}

static void take_collection(struct reading *e)
{
	e->r->gc.n_collections++;
}

static const struct event_kind kinds[] = {
	{ "jdk.ActiveSetting", take_setting, true },
	{ "jdk.JVMInformation", take_jvm, true },
	{ "jdk.ExecutionSample", take_execution },
	{ "jdk.CPUTimeSample", take_cpu_time },
	{ "jdk.NativeMethodSample", take_native },
	{ "profiler.WallClockSample", take_wall },
	{ "jdk.ObjectAllocationSample", take_allocation },
	{ "jdk.ObjectAllocationInNewTLAB", take_tlab },
	{ "jdk.ObjectAllocationOutsideTLAB", take_tlab },
	{ "profiler.LiveObject", take_live },
	{ "profiler.Malloc", take_malloc },
	{ "profiler.NativeLock", take_lock },
	{ "jdk.JavaMonitorEnter", take_lock },
	{ "jdk.ThreadPark", take_park },
	{ "jdk.ThreadSleep", take_waiting },
	{ "jdk.JavaMonitorWait", take_waiting },
	{ "jdk.SocketRead", take_io },
	{ "jdk.SocketWrite", take_io },
	{ "jdk.FileRead", take_io },
	{ "jdk.FileWrite", take_io },
	{ "jdk.FileForce", take_io },
	{ "jdk.GCPhasePause", take_pause },
	{ "jdk.GarbageCollection", take_collection },
};

static bool bind_type(struct event_type *t, const struct jfr_class *c)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, c->name) == 0)
			t->kind = &kinds[i];
	t->c = c;
	for (int f = 0; f < N_FIELDS; f++) {
		t->at[f] = -1;
		for (size_t k = 0; k < ARRAY_LEN(field_names[f]) && field_names[f][k]; k++)
			if (t->at[f] < 0)
				t->at[f] = jfr_class_field(c, field_names[f][k]);
	}
	return t->kind != NULL;
}

static void pass(struct jfr_result *r, struct jfr_chunk *c, struct span bytes,
	const struct event_type *types, const struct map_u64 *index, bool settings)
{
	uint64_t at = JFR_HEADER_BYTES;
	struct jfr_event ev;

	while (jfr_next_event(bytes, &at, &ev) == 1) {
		const uint32_t *slot = map_u64_get(index, ev.type);
		struct reading e = { .r = r, .c = c };
		struct cursor in = cursor_of(ev.body, 0);

		if (!slot || types[*slot].kind->settings != settings)
			continue;
		e.type = &types[*slot];
		if (jfr_object_read(&c->meta, e.type->c, &in, e.v))
			e.type->kind->take(&e);
		else
			r->n_bad++;
	}
}

static uint32_t lock_stack(void *ctx, uint64_t key)
{
	struct reading *e = ctx;

	return stack_of(e->r, e->c, JFR_LOCKS, key);
}

void jfr_events_read(struct jfr_result *r, struct jfr_chunk *c, struct span bytes)
{
	vec_of(struct event_type) types = { 0 };
	struct map_u64 index = { 0 };
	struct reading ctx = { .r = r, .c = c };

	vec_foreach (k, &c->meta.classes) {
		struct event_type t = { 0 };

		if (!bind_type(&t, k))
			continue;
		*map_u64_put(&index, k->id, NULL) = (uint32_t)types.n;
		*vec_push(&types) = t;
	}
	pass(r, c, bytes, types.v, &index, true);
	pass(r, c, bytes, types.v, &index, false);
	if (r->p[JFR_LOCKS])
		r->holder_ns += jfr_locks_charge(&c->locks, r->p[JFR_LOCKS], lock_stack, &ctx);
	r->duration_ns += c->header.duration_ns;
	vec_done(&types);
	map_u64_done(&index);
}
