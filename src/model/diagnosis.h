/* SPDX-License-Identifier: MIT */
/*
 * The diagnosis of DESIGN section 4: what the words say, what the project, process, environment
 * and machine look like, which tools exist, what the evidence means and what to do next.
 * Everything belongs to the arena of the diagnosis. Lists are arrays with a count.
 */
#pragma once

#include "model/caveat.h"
#include "model/target.h"

/* ---- words ------------------------------------------------------------------------------- */

enum request_kind { REQUEST_SYMPTOM, REQUEST_PROFILE, REQUEST_BENCHMARK, REQUEST_OPTIMIZE, REQUEST_WHY };
const char *request_kind_name(enum request_kind k);

struct symptom_alternative {
	const char *leaf;
	double confidence;
};

struct symptom {
	const char *leaf;          /* "cpu.one-core" ... "unknown" */
	const char *class_name;    /* "cpu" ... "unknown" */
	const char *language;      /* DESIGN section 5 list, "none" */
	double confidence;         /* 0..1 of leaf */
	enum request_kind request;
	double request_confidence;
	struct symptom_alternative *alternatives; /* ranked, without leaf itself */
	size_t n_alternatives;
	const char **because;      /* the words (or signals) that decided, strongest first */
	size_t n_because;
	const char *question;      /* the one question whose answer would change the verdict; NULL none */
	bool from_signals;         /* decided (also) by measurement, not by words alone */
};

/* ---- project ----------------------------------------------------------------------------- */

struct language_share {
	const char *name;          /* knowledge language id: "python", "go", "typescript", "cpp" ... */
	double share;              /* of source bytes that are neither vendored nor generated */
	uint64_t files, bytes;
	const char **evidence;     /* "go.mod", "14 .go files" */
	size_t n_evidence;
};

/* Anything recognised: kind is the category ("framework", "build", "package-manager", "orm",
 * "bundler", "test", "benchmark", "container", "service", "database", "ci", "runtime" ...). */
struct project_fact {
	const char *kind, *name, *version, *evidence; /* version may be "" */
};

struct project_package {       /* one per package of a monorepo; the root is first */
	const char *path;          /* relative to the root, "." */
	const char *name;          /* from its manifest, else the folder */
	const char *language;      /* main language */
	const char *javascript_side; /* "backend", "frontend", "both" or "" */
	struct project_fact *facts;
	size_t n_facts;
};

struct project {
	const char *root;          /* absolute */
	bool found;                /* anything recognised at all */
	struct language_share *languages; /* by share, descending */
	size_t n_languages;
	struct project_package *packages;
	size_t n_packages;
	const char *javascript_side; /* "backend", "frontend", "both" or "" */
	uint64_t files_seen, files_skipped;
	bool truncated;            /* a limit was hit; a caveat says which */
	uint64_t scan_ns;
};

/* ---- process ----------------------------------------------------------------------------- */

struct process_info {
	pid_t pid;
	const char *comm, *exe, *cmdline;
	const char *runtime;       /* "python", "node", "java", "go", "rust", "native", "ruby", "php", "dotnet" */
	const char *version;       /* of the runtime, "" unknown */
	unsigned threads;
	pid_t *children;
	size_t n_children;
	const char *cgroup;        /* path, "" */
	const char *container;     /* "docker:ab12…", "kubepods:…", "" */
	const char *unit;          /* systemd unit, "" */
	bool debug_build_known, debug_build, has_symbols, has_debug_info, frame_pointers_known, frame_pointers;
	bool other_mount_ns, other_pid_ns, exe_deleted;
	const char **flags;        /* start flags and settings that matter, explained */
	size_t n_flags;
	uint16_t *listening;       /* TCP ports */
	size_t n_listening;
	uint64_t rss_bytes, start_age_ns;
};

/* ---- environment ------------------------------------------------------------------------- */

enum env_kind { ENV_UNKNOWN, ENV_DEVELOPMENT, ENV_PRODUCTION, ENV_CI };
const char *env_kind_name(enum env_kind k);

struct environment {
	enum env_kind kind;        /* unknown counts as production wherever safety is decided */
	const char **because;
	size_t n_because;
};

/* ---- baseline ---------------------------------------------------------------------------- */

struct cpu_core { double busy_ratio; };

struct baseline_cpu {
	unsigned cores;
	double user_ratio, system_ratio, iowait_ratio, irq_ratio, steal_ratio, idle_ratio; /* of all cores */
	struct cpu_core *per_core; /* [cores] */
	double run_queue;          /* mean runnable tasks, without ourselves */
	double load1, load5, load15;
	double context_switches_per_s, interrupts_per_s, forks_per_s;
	const char *model;
	double mhz, max_mhz;       /* 0 unknown */
};

struct baseline_memory {
	uint64_t total_bytes, available_bytes, free_bytes, cached_bytes, dirty_bytes;
	uint64_t swap_total_bytes, swap_used_bytes;
	double swap_in_per_s, swap_out_per_s, major_faults_per_s, minor_faults_per_s; /* pages, faults */
	uint64_t oom_kills;        /* since boot (vmstat), and ours in the cgroup part */
};

struct baseline_disk {
	const char *name;
	double util_ratio, read_bytes_per_s, write_bytes_per_s, reads_per_s, writes_per_s;
	double await_ms, queue;
};

struct baseline_net {
	double rx_bytes_per_s, tx_bytes_per_s, drops_per_s, errors_per_s;
	double retransmits_per_s, segments_out_per_s;
	double listen_overflows_per_s;
};

struct pressure { bool known; double some_avg10, full_avg10; }; /* percent, as the kernel gives it */

struct baseline_cgroup {
	bool known;
	unsigned version;          /* 1 or 2 */
	const char *path;
	double cpu_limit_cores;    /* 0 none */
	double throttled_ratio;    /* of periods in the window */
	uint64_t memory_limit_bytes, memory_bytes; /* limit 0 none */
	uint64_t oom_kills, pids_max, pids;
};

struct top_process {
	pid_t pid;
	const char *comm;
	double cpu_cores;          /* 1.0 = one core busy */
	uint64_t rss_bytes;
	double io_bytes_per_s;     /* < 0 not permitted to know */
	unsigned threads;
};

/* How the target itself behaved in the window (only with --pid). */
struct target_thread {
	pid_t tid;
	const char *comm;
	double cpu_cores;
	char state;                /* most frequent of R S D T Z */
	const char *wchan;         /* kernel function it waits in, "" */
};

struct baseline_target {
	bool known;
	double cpu_cores, user_cores, system_cores;
	double rss_slope_bytes_per_s, rss_slope_se; /* standard error */
	uint64_t rss_bytes, swap_bytes, fds, fd_limit;
	double read_bytes_per_s, write_bytes_per_s, syscr_per_s, syscw_per_s;
	double voluntary_switches_per_s, involuntary_switches_per_s;
	struct target_thread *threads; /* busiest first, at most 64 */
	size_t n_threads, threads_total;
	unsigned waiting_same_wchan; /* threads waiting in the same futex-like place */
	double connections_established;
};

struct baseline {
	bool taken;
	double window_s;           /* 0: levels only, no rates */
	struct baseline_cpu cpu;
	struct baseline_memory memory;
	struct baseline_disk *disks;
	size_t n_disks;
	struct baseline_net net;
	struct pressure psi_cpu, psi_memory, psi_io;
	struct baseline_cgroup cgroup;
	uint64_t fds_used, fds_max;
	struct top_process *top;   /* by cpu, then rss, then io: at most 5 of each, no doubles */
	size_t n_top;
	struct baseline_target target;
};

/* ---- signals, tools, plan ---------------------------------------------------------------- */

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL };
const char *severity_name(enum severity s);

struct signal_found {
	const char *id;            /* knowledge signal id */
	enum severity severity;
	const char *text;          /* words with numbers */
	double value;
	const char *threshold;     /* "run queue > cores" */
	const char *source;        /* "/proc/stat", "psi" */
	const char *leaf;          /* symptom leaf it speaks for, "" */
	double weight;             /* log-odds it adds to that leaf */
};

struct tool_found {
	const struct k_tool *record;
	const char *name;
	bool installed;
	const char *path, *version; /* "" unknown */
	const char *install;       /* command that suits this machine, "" none known */
	const char *problem;       /* "timed out", "version not understood", "" */
	bool usable_here;          /* allowed by the production rule and permissions */
	const char *why_not;       /* "" */
};

struct plan_step {
	unsigned step;
	const char *tool;
	const char *command;       /* exact, copy and paste */
	const char *mode;          /* "foreground", "background" */
	unsigned parallel_with[4];
	size_t n_parallel;
	const char *why;
};

struct plan_refusal {
	const char *what, *why, *instead;
};

struct diagnosis {
	struct arena arena;
	const char *case_id;       /* "" when not stored */
	const char *text;          /* the words, "" */
	struct target target;
	struct symptom symptom;
	struct project project;
	bool has_process;
	struct process_info process;
	struct environment environment;
	struct baseline baseline;
	struct signal_found *signals;
	size_t n_signals;
	struct tool_found *tools;
	size_t n_tools;
	struct plan_step *plan;
	size_t n_plan;
	struct plan_refusal *refused;
	size_t n_refused;
	const char *next;          /* the one next command */
	struct caveats caveats;
};

struct diagnosis *diagnosis_new(void);
void diagnosis_free(struct diagnosis *d);
