/* SPDX-License-Identifier: MIT */
/*
 * The knowledge records: what experts know, as plain data. Each kind is one list of structs that
 * the YAML schema (knowledge/schema.c) fills through libcyaml, that gen/knowc prints as const C at
 * build time, and that --knowledge DIR overlays at run time. No expert fact is written in C.
 *
 * Conventions: `id` is stable kebab-case and unique per kind; `origin` is "file:line" of the
 * record; strings are never NULL ("" when left out); lists are pointer + count, both 0 when left
 * out; `sources` say where a claim comes from. Ids that point to other records end in _id(s) in
 * YAML comments and are checked by the loader: an id that does not resolve is an error with file
 * and line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct k_strings {
	const char *const *v;
	size_t n;
};

/* ---- tools: knowledge/tools ------------------------------------------------------------- */

enum k_method { K_SAMPLING, K_TRACING, K_INSTRUMENTING, K_LOAD, K_TIMING, K_ANALYSIS };
enum k_package_kind {
	K_APT,
	K_DNF,
	K_APK,
	K_BREW,
	K_PIP,
	K_NPM,
	K_CARGO,
	K_GO,
	K_GEM,
	K_DOTNET,
	K_MAVEN,
	K_BUNDLED,
	K_MANUAL
};

struct k_install {
	enum k_package_kind kind;
	const char *package; /* name in that registry */
	const char *command; /* exact command */
};

struct k_tool_command { /* one way to use the tool */
	/* "cpu", "memory", "wall", "locks", "io", "load", "bundle", "query" ... */
	const char *mode;
	const char *attach;     /* template for a pid, "" when it cannot: {pid} {seconds} {out} */
	const char *production; /* used instead of attach where the production rule holds; "" =
				   attach */
	const char *
		launch; /* template for a command: {cmd} {script} (cmd without interpreter) {out} */
	const char *output; /* format id of its output: "collapsed", "pprof", "speedscope", "text"
			       ... */
};

struct k_tool {
	const char *id, *name, *summary, *origin;
	struct k_strings languages; /* language ids, or "any" */
	struct k_strings resources; /* cpu memory wall locks io latency bundle query build */
	enum k_method method;
	struct k_strings binaries;     /* names to look for in PATH, venv, node_modules/.bin,
					  ~/.cargo/bin, GOPATH/bin */
	struct k_strings modules;      /* "python:tracemalloc": part of a runtime, found with it;
					  "file:GLOB"; "fact:NAME"      of the project */
	struct k_strings version_args; /* e.g. ["--version"] */
	const char *version_pattern; /* literal text before the version, "" = first digits.digits */
	const char *version_expect;  /* text that must appear in the answer (a lying tool), "" */
	const char *minimum_version, *minimum_reason;
	const struct k_install *installs;
	size_t n_installs;
	bool attaches, needs_restart, production_safe, needs_root, embedded;
	const char *production_reason;
	const char *perturbs; /* overhead in words with figures */
	const char *status;   /* "active", "slow", "abandoned" */
	const struct k_tool_command *commands;
	size_t n_commands;
	struct k_strings traps;
	struct k_strings
		classes; /* groups it belongs to: "ptrace", "load-generator", "bench" ... */
	struct k_strings conflicts; /* tool ids or classes that must not run at the same time on the
				       target */
	const char *since;
	struct k_strings sources;
};

/* ---- experts: knowledge/experts --------------------------------------------------------- */

struct k_expert_route {
	const char *resource;   /* cpu memory wall locks io latency throughput bundle query build
				   startup */
	struct k_strings tools; /* tool ids, best first */
	struct k_strings
		production_tools; /* the same where only sampling without restart is allowed */
};

struct k_expert {
	const char *id, *name, *summary, *origin;
	struct k_strings languages;
	struct k_strings words; /* values of symptom.language and class names of leaves it is for */
	const struct k_expert_route *routes;
	size_t n_routes;
	const char *fallback; /* expert id, "" for general itself */
	struct k_strings sources;
};

/* ---- symptoms: knowledge/symptoms (shaped by the words classifier) ----------------------- */

/*
 * Phrases of concepts and cues are in the little language of docs/internals/symptom.md: words,
 * alternatives a|b, gaps, "@concept", number classes. A name that starts with '@' in a phrase must
 * be the id of a concept (without '@').
 */
struct k_concept { /* a named set of phrases, to be used inside other phrases */
	const char *id, *origin;
	struct k_strings phrases;
};

struct k_cue_vote {
	const char *label;
	double weight; /* log-odds, may be negative */
};

/* A cue: words or a pattern that speak for leaves, a request kind or a language. */
struct k_cue {
	const char *id, *origin;
	struct k_strings phrases;  /* any of them */
	struct k_strings requires; /* concept ids that must occur somewhere in the text too */
	const struct k_cue_vote
		*votes; /* label: leaf id or class name (all leaves of that class) */
	size_t n_votes;
	const struct k_cue_vote
		*negated; /* like votes, when the phrase is negated ("not ...", "no ...") */
	size_t n_negated;
	const struct k_cue_vote *request; /* label: symptom profile benchmark optimize why */
	size_t n_request;
	const struct k_cue_vote
		*language; /* label: what `symptom.language` may be, DESIGN section 5 */
	size_t n_language;
};

struct k_leaf { /* one symptom leaf */
	const char *id, *title, *class_name, *origin;
	double prior;               /* log-odds before any evidence */
	const char *explanation;    /* what it means, one or two sentences */
	struct k_strings resources; /* what to measure first */
	const char *question;       /* asked on a terminal when this leaf is close to the best */
};

/* ---- causes and rules: knowledge/causes, knowledge/rules ---------------------------------- */

struct k_cause {
	const char *id, *title, *origin;
	const char *resource; /* cpu wall lock io memory */
	const char *why;      /* why it is slow */
	struct k_strings fix; /* most recommended first */
	const char *verify;
	struct k_strings sources;
};

enum k_role { K_LEAF, K_INCLUSIVE, K_CALLER, K_CALLEE, K_OWNER };

struct k_frame_match {
	struct k_strings names; /* globs on the normalised function name */
	enum k_role role;
	double info, warning; /* share limits, 0..1; score 25 at info, 75 at warning */
};

struct k_rule {
	const char *id, *origin;
	struct k_strings languages;         /* "any", "native", or language ids */
	const char *cause;                  /* cause id */
	const struct k_frame_match *frames; /* all must match (each: any of its names) */
	size_t n_frames;
	const struct k_frame_match *never; /* none may match */
	size_t n_never;
	struct k_strings line_patterns; /* source text near the hot lines, see analyze/rules.h;
					   empty = not needed */
	struct k_strings producer;      /* any must be in DW_AT_producer (globs) */
	const char *when; /* condition over metrics, "" ; e.g. "threads >= 3 and sys_share > 0.3" */
	double confidence;       /* 0..1 when it fires with full score */
	const char *title, *why; /* "" : the cause's */
	struct k_strings fix;    /* empty: the cause's */
	const char *verify;
	const char *risk;
	struct k_strings
		vetoes; /* rule ids that are silent for the same place when this one fires */
	struct k_strings
		needs; /* inputs without which the rule is N/A: "source", "kernel", "counters" */
	const char *since;
	struct k_strings sources;
};

/* Names that differ by CPU, libc, kernel, compiler: rewritten before rules look at them. */
struct k_alias {
	const char *pattern; /* glob on the raw name */
	const char *name;    /* canonical name */
	const char *origin;
};

/*
 * Which modules and functions are library, runtime, start-up. First match wins. Functions are
 * matched by their plain names (analyze/names.h). Finer words than the frame kinds of a profile:
 * entry (first function of a program), special (copies, destructors: the caller is to blame),
 * accessor (library code of constant cost), allocator, collector (garbage collection on threads
 * of its own), spawner (starts threads), trampoline (changes stacks: the caller is not visible).
 */
struct k_frame_class {
	const char *origin;
	const char *kind; /* library runtime kernel app entry special accessor allocator collector
			     spawner trampoline */
	struct k_strings modules;   /* globs on the ELF path */
	struct k_strings functions; /* globs on the demangled name */
	struct k_strings files;     /* globs on the source path */
};

/* ---- project and process recognition: knowledge/languages, frameworks, signals ------------- */

struct k_language {
	const char *id, *name, *origin;
	struct k_strings extensions; /* without dot */
	struct k_strings files;      /* exact names or globs: "go.mod", "Makefile" */
	struct k_strings shebangs;   /* interpreters and runners: "python", "node", "dotnet" */
	struct k_strings
		binary;   /* section, library or symbol names that a program compiled from it has */
	const char *kind; /* "" = programming; "markup", "data": never a main language */
	const char *expert; /* expert id */
};

/*
 * A recognised fact of a project: fires on a file, on a dependency named in a manifest, or on what
 * sources import. With markers, a file counts only when its head holds one of them.
 */
struct k_detect {
	const char *id, *name, *kind, *origin; /* kind as in struct project_fact */
	struct k_strings languages;
	struct k_strings
		files; /* names or globs; with '/': the end of a path, at a folder border */
	struct k_strings markers;      /* text in the head of such a file, any of them */
	struct k_strings dependencies; /* names in the manifests of those languages (globs) */
	struct k_strings imports;      /* modules, packages or headers named in sources (globs) */
	const char *side;              /* "backend", "frontend", "" */
};

struct k_ignore { /* vendored or generated: not counted */
	const char *origin, *why;
	struct k_strings dirs;    /* folder names or globs */
	struct k_strings beside;  /* such a folder counts only with one of these files beside it;
				     empty: always */
	struct k_strings holds;   /* such a folder counts only when it holds one of these names;
				     empty: always */
	struct k_strings files;   /* file globs */
	struct k_strings markers; /* text in the first lines of a generated file */
};

struct k_env_evidence { /* what says production or development */
	const char *id, *origin;
	const char *variable;    /* environment variable, "" */
	struct k_strings values; /* globs, case-insensitive */
	const char *kind;        /* production development ci */
	const char *what; /* other evidence classes: "unit", "orchestrator", "container", "ci" */
};

struct k_signal { /* what a measured level means */
	const char *id, *origin;
	const char *when;     /* condition over baseline metrics (knowledge/metrics.yaml) */
	const char *value;    /* metric shown */
	const char *severity; /* info warning critical */
	const char *text;     /* sentence with {metric} places */
	const char *threshold, *source;
	const char *leaf;               /* leaf it speaks for, "" */
	double weight;                  /* log-odds for that leaf, negative against it */
	const struct k_cue_vote *votes; /* further leaves it speaks for or against */
	size_t n_votes;
	const char *scope; /* "target", "group" or "machine" (also ""): whose measurement it is */
	bool quiet;        /* evidence only: not worth a line of its own */
};

struct k_metric { /* names that conditions may use */
	const char *id, *unit, *meaning, *origin;
};

struct k_runtime { /* how a language runtime shows itself in a process */
	const char *id, *name, *language, *origin; /* language: as symptom.language, "none" open */
	struct k_strings executables;              /* globs on the name of the executable */
	struct k_strings modules;                  /* globs on the paths of mapped files */
	struct k_strings sections; /* ELF sections of the executable: ".go.buildinfo" */
	struct k_strings comments; /* globs on the compiler's notes (.comment, DW_AT_producer) */
	struct k_strings versions; /* paths or names with {version}: "libpython{version}.so" */
	double priority;           /* the highest of several that match wins */
	const char *frames;        /* module of its own frames in a profile, "" it has none */
	double collects; /* 1: frees memory by a tracing collector, so that a heap grows for a while
			  */
};

struct k_flag { /* a start flag or setting that matters for speed or diagnosis */
	const char *id, *origin;
	struct k_strings runtimes;  /* runtime ids, "any" */
	struct k_strings arguments; /* globs on one argument, or on two joined by a blank */
	struct k_strings variables; /* globs on NAME=VALUE of the environment */
	const char *missing;        /* glob: fires when no argument or variable matches it, "" */
	const char *when;           /* condition over baseline metrics, "" */
	/* what it means; {match} is the flag as found, {value} what follows '=' */
	const char *text;
	const char *build; /* "debug": the program runs in a debugging or interpreting mode; "" */
};

/*
 * A class of waiting. By the kernel function a thread sleeps in alone, or, where a whole stack is
 * known, also by the functions above it: then everything that a record names must be there.
 */
struct k_wait {
	const char *id, *title, *origin; /* title reads after "waiting": "for a lock" */
	/* "lock", "io", "sleep", "queue" (could run, has no CPU), "idle" (has nothing to do, or
	   waits for others that are looked at themselves), "" other */
	const char *kind;
	struct k_strings
		functions; /* globs on wchan, the first kernel function that is no scheduler's */
	struct k_strings within;  /* globs on any kernel function of the stack */
	struct k_strings callers; /* globs on the functions of the program nearest to the kernel */
};

struct k_service { /* what usually answers on a TCP port */
	const char *id, *name, *origin;
	const char *kind;       /* database cache queue search http directory */
	struct k_strings ports; /* decimal */
};

/* ---- what measuring needs to be allowed: knowledge/permissions ------------------------------ */

struct k_permission { /* {program} our own path, {user}, {pid} in commands */
	const char *id, *title, *origin;
	const char *buys;      /* what can be seen with it, a sentence */
	const char *without;   /* what happens instead, a sentence */
	const char *temporary; /* exact command, until the next boot or for one run; "" none */
	const char *permanent;
	const char *container; /* what to change where the container is started */
	const char *risk;      /* what is given away by granting it */
	struct k_strings sources;
};

/* ---- the whole --------------------------------------------------------------------------- */

/* kind name in YAML and folder, struct, member */
#define K_KINDS(X)                      \
	X(tools, k_tool)                \
	X(experts, k_expert)            \
	X(leaves, k_leaf)               \
	X(concepts, k_concept)          \
	X(cues, k_cue)                  \
	X(causes, k_cause)              \
	X(rules, k_rule)                \
	X(aliases, k_alias)             \
	X(frame_classes, k_frame_class) \
	X(languages, k_language)        \
	X(detects, k_detect)            \
	X(ignores, k_ignore)            \
	X(env_evidence, k_env_evidence) \
	X(signals, k_signal)            \
	X(metrics, k_metric)            \
	X(runtimes, k_runtime)          \
	X(flags, k_flag)                \
	X(waits, k_wait)                \
	X(services, k_service)          \
	X(permissions, k_permission)

struct knowledge {
#define X(kind, type)            \
	const struct type *kind; \
	size_t n_##kind;
	K_KINDS(X)
#undef X
};
