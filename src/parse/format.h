/* SPDX-License-Identifier: MIT */
/*
 * Profile files of other tools: each format has one reader in one file, registered in FORMATS
 * below. A reader turns a stream of bytes (decompressed already) into profiles whose values are in
 * nanoseconds, bytes or counts of events, with the raw counts kept. Every file is hostile input: a
 * reader has limits, never trusts an index, and gives what was readable with a caveat when the
 * rest is cut off.
 */
#pragma once

#include "base/byte_stream.h"
#include "base/err.h"
#include "model/profile_set.h"

/* A binary that addresses of a file are in. */
enum format_module_kind {
	FORMAT_MODULE_FILE,
	FORMAT_MODULE_KERNEL,
	FORMAT_MODULE_VDSO,
	FORMAT_MODULE_OTHER, /* generated code, guests: nobody can name it */
};

struct format_module {
	enum format_module_kind kind;
	uint32_t id; /* dense, from 0 on */
	const char *path;
	uint8_t build_id[20];
	size_t build_id_len;  /* 0 unknown */
	uint64_t dev, inode;  /* of the file when it was recorded, 0 unknown */
	uint64_t kernel_text; /* FORMAT_MODULE_KERNEL: where _text was; 0 unknown */
	const char *release;  /* the same: uname -r; "" unknown */
	int32_t pid;          /* FORMAT_MODULE_OTHER: whose code */
};

struct format_map {
	uint64_t start, end, offset;
	uint64_t dev, inode;
	const char *path;
};

enum { FORMAT_MAX_INLINE = 32, FORMAT_DWARF_REGS = 17 };

/*
 * Names and stacks for files that hold addresses only; collect/ implements it. Processes are
 * followed by map, fork and exec, in the order of time, only when there is something to unwind.
 */
struct format_symbols {
	void *ctx;
	void (*map)(void *ctx, int32_t pid, const struct format_map *m);
	void (*fork)(void *ctx, int32_t parent, int32_t child);
	void (*exec)(void *ctx, int32_t pid);
	/*
	 * Unwinds a copy of a user stack (x86-64; registers in DWARF numbering): code addresses,
	 * leaf first. *ret_whole: it reached the root.
	 */
	size_t (*unwind)(void *ctx, int32_t pid, const uint64_t *regs, struct span stack,
		uint64_t *ret, size_t room, bool *ret_whole);
	/*
	 * Frames at a file offset of a module (kernel: an address), outermost first, as ids of p's
	 * frames; 0 when the module is not here any more or is another build.
	 */
	size_t (*resolve)(void *ctx, struct profile *p, const struct format_module *m,
		uint64_t offset, bool is_return, uint32_t *ret, bool *ret_named);
};

/* What a file may need that is not in it; every member may be NULL. */
struct format_env {
	/* Formats without addresses never ask. */
	const struct format_symbols *symbols;
	const char *name; /* of the file, for messages and for process ids in names */
};

struct format {
	const char *id;    /* as in --from: "pprof", "speedscope" */
	const char *title; /* "pprof (protobuf)" */
	/*
	 * How sure these first bytes (up to FORMAT_HEAD_BYTES, decompressed) are of this format: 0
	 * not at all, 100 certain (a magic number). The surest format reads the file.
	 */
	int (*detect)(struct span head, const char *name);
	/*
	 * Fills *ret with at least one profile, or fails with a sentence that says what is wrong
	 * with the file. -ENODATA: well formed but without a single sample.
	 */
	int (*read)(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
		struct err *err);
};

enum { FORMAT_HEAD_BYTES = 64 << 10 };

/* One line per format; order decides between equally sure ones. */
#define FORMATS(X)      \
	X(callgrind)    \
	X(chrome_trace) \
	X(collapsed)    \
	X(cpuprofile)   \
	X(dhat)         \
	X(firefox)      \
	X(heapprofile)  \
	X(heaptrack)    \
	X(jfr)          \
	X(massif)       \
	X(memray)       \
	X(perf_data)    \
	X(perf_script)  \
	X(pprof)        \
	X(pstats)       \
	X(pyinstrument) \
	X(scalene)      \
	X(speedscope)

#define X(name) extern const struct format name##_format;
FORMATS(X)
#undef X

/* All formats, NULL-ended. */
extern const struct format *const formats[];

/* The format of an id, NULL unknown. */
const struct format *format_by_id(const char *id);
/* The surest format for these bytes, NULL when none knows them. */
const struct format *format_detect(struct span head, const char *name);
