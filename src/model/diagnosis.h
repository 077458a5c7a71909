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

enum request_kind {
	REQUEST_SYMPTOM,
	REQUEST_PROFILE,
	REQUEST_BENCHMARK,
	REQUEST_OPTIMIZE,
	REQUEST_WHY
};
const char *request_kind_name(enum request_kind k);

struct symptom_alternative {
	const char *leaf;
	double confidence;
};

struct symptom {
	const char *leaf;       /* "cpu.one-core" ... "unknown" */
	const char *class_name; /* "cpu" ... "unknown" */
	const char *language;   /* DESIGN section 5 list, "none" */
	double confidence;      /* 0..1 of leaf */
	enum request_kind request;
	double request_confidence;
	struct symptom_alternative *alternatives; /* ranked, without leaf itself */
	size_t n_alternatives;
	const char **because; /* the words (or signals) that decided, strongest first */
	size_t n_because;
	/* the one question whose answer would change the verdict; NULL none */
	const char *question;
	bool from_signals; /* decided (also) by measurement, not by words alone */
};

/* ---- project ----------------------------------------------------------------------------- */

struct language_share {
	const char *name; /* knowledge language id: "python", "go", "typescript", "cpp" ... */
	double share;     /* of source bytes that are neither vendored nor generated */
	uint64_t files, bytes;
	const char **evidence; /* "go.mod", "14 .go files" */
	size_t n_evidence;
};

/* Anything recognised: kind is the category ("framework", "build", "package-manager", "orm",
 * "bundler", "test", "benchmark", "container", "service", "database", "ci", "runtime" ...). */
struct project_fact {
	const char *kind, *name, *version, *evidence; /* version may be "" */
};

struct project_package {             /* one per package of a monorepo; the root is first */
	const char *path;            /* relative to the root, "." */
	const char *name;            /* from its manifest, else the folder */
	const char *language;        /* main language */
	const char *javascript_side; /* "backend", "frontend", "both" or "" */
	struct project_fact *facts;
	size_t n_facts;
};

struct project_database {        /* a database the configuration names; never a user or password */
	const char *kind;        /* "postgresql", "mysql", "sqlite" ... */
	const char *host, *name; /* "" unknown, or taken from the environment */
	const char *evidence;    /* ".env: DATABASE_URL" */
};

struct project {
	const char *root;                 /* absolute */
	bool found;                       /* anything recognised at all */
	struct language_share *languages; /* by share, descending */
	size_t n_languages;
	struct project_package *packages;
	size_t n_packages;
	const char *javascript_side; /* "backend", "frontend", "both" or "" */
	struct project_database *databases;
	size_t n_databases;
	uint64_t files_seen, files_skipped;
	bool truncated; /* a limit was hit; a caveat says which */
	uint64_t scan_ns;
};

/* ---- process ----------------------------------------------------------------------------- */

struct process_info {
	pid_t pid;
	const char *comm, *exe, *cmdline;
	const char *runtime; /* "python", "node", "java", "go", "rust", "native", "ruby", "php",
				"dotnet" */
	const char *version; /* of the runtime, "" unknown */
	const char *runtime_because; /* what was seen: "libpython3.11.so mapped" */
	const char *language; /* knowledge language id it is most likely written in, "" unknown */
	unsigned threads;
	pid_t parent;
	const char *parent_comm, *user, *cwd; /* "" not readable */
	pid_t *children;
	size_t n_children;
	const char *cgroup;    /* path, "" */
	const char *container; /* "docker:ab12…", "kubepods:…", "" */
	const char *unit;      /* systemd unit, "" */
	bool debug_build_known, debug_build, has_symbols, has_debug_info, frame_pointers_known,
		frame_pointers;
	/* why debug_build, has_symbols, frame_pointers are believed; "" */
	const char *build_because;
	double frame_pointer_ratio; /* share of function starts with a frame, a heuristic; -1
				       unknown */
	bool other_mount_ns, other_pid_ns, other_net_ns, other_user_ns, exe_deleted;
	pid_t tracer;       /* a debugger or tracer is attached already, 0 none */
	const char **flags; /* start flags and settings that matter, explained */
	size_t n_flags;
	uint16_t *listening; /* TCP ports */
	size_t n_listening;
	uint64_t rss_bytes, start_age_ns;
};

/* ---- environment ------------------------------------------------------------------------- */

enum env_kind { ENV_UNKNOWN, ENV_DEVELOPMENT, ENV_PRODUCTION, ENV_CI };
const char *env_kind_name(enum env_kind k);

struct environment {
	enum env_kind kind; /* unknown counts as production wherever safety is decided */
	const char **because;
	size_t n_because;
};

/* ---- baseline ---------------------------------------------------------------------------- */

struct cpu_core {
	double busy_ratio;
};

struct baseline_cpu {
	unsigned cores;
	double user_ratio, system_ratio, iowait_ratio, irq_ratio, steal_ratio,
		idle_ratio;        /* of all cores */
	struct cpu_core *per_core; /* [cores] */
	double run_queue;          /* mean runnable tasks, without ourselves */
	double load1, load5, load15;
	double context_switches_per_s, interrupts_per_s, forks_per_s;
	const char *model;
	double mhz, max_mhz; /* 0 unknown */
};

struct baseline_memory {
	uint64_t total_bytes, available_bytes, free_bytes, cached_bytes, dirty_bytes;
	uint64_t swap_total_bytes, swap_used_bytes;
	double reclaim_per_s, compact_stalls_per_s; /* pages scanned by allocating tasks; stalls */
	double swap_in_per_s, swap_out_per_s, major_faults_per_s,
		minor_faults_per_s; /* pages, faults */
	uint64_t oom_kills;         /* since boot (vmstat), and ours in the cgroup part */
};

struct baseline_disk {
	const char *name;
	double util_ratio, read_bytes_per_s, write_bytes_per_s, reads_per_s, writes_per_s;
	double await_ms, queue;
};

struct baseline_net {
	double rx_bytes_per_s, tx_bytes_per_s, drops_per_s, errors_per_s;
	double retransmits_per_s, segments_out_per_s;
	double listen_overflows_per_s, udp_errors_per_s;
	double connects_per_s, resets_per_s;
	uint64_t established, time_wait; /* TCP sockets now */
};

struct pressure {
	bool known;
	double some_avg10, full_avg10;           /* percent, as the kernel gives it */
	double some_window_pct, full_window_pct; /* of our own window; < 0 without a window */
};

struct baseline_cgroup {
	bool known;
	unsigned version; /* 1 or 2 */
	const char *path;
	double cpu_limit_cores;                    /* 0 none */
	double throttled_ratio;                    /* of periods in the window; < 0 unknown */
	double throttled_ms_per_s;                 /* time runnable tasks were held back */
	uint64_t throttled_periods;                /* since the group exists */
	uint64_t memory_limit_bytes, memory_bytes; /* limit 0 none */
	uint64_t memory_working_bytes; /* without file cache that can be dropped at once */
	uint64_t swap_bytes, swap_limit_bytes;
	uint64_t oom_kills, memory_limit_hits, pids_max, pids;
	struct pressure psi_cpu, psi_memory, psi_io; /* v2 only */
};

struct top_process {
	pid_t pid;
	const char *comm;
	double cpu_cores; /* 1.0 = one core busy */
	uint64_t rss_bytes;
	double io_bytes_per_s; /* < 0 not permitted to know */
	unsigned threads;
};

/* How the target itself behaved in the window (only with --pid). */
struct target_thread {
	pid_t tid;
	const char *comm;
	double cpu_cores;
	char state;        /* most frequent of R S D T Z */
	const char *wchan; /* kernel function it waits in most, "" */
	const char *wait;  /* class of that wait from knowledge ("lock", "disk", "sleep" ...), "" */
	double run_delay_cores; /* ready to run, but no core was free */
};

/* How the threads of the target spent the looks we took at them; shares of thread-looks. */
struct wait_share {
	const char *wait; /* "running", a wait class from knowledge, or "other" */
	double share;
};

struct target_peer {         /* established TCP connections of the target to one address */
	const char *address; /* "10.0.0.7:5432" */
	const char *service; /* "postgresql" by port from knowledge, "" */
	const char *kind;    /* "database", "cache", "queue", "" */
	unsigned connections;
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
	bool same_futex;             /* ... and it is one address, not just one kernel function */
	double same_lock_wakeups_per_s; /* how often those threads were woken */
	double tree_cores;              /* CPU of the target with all its descendants */
	double children_wanted_cores;   /* what descendants would use if cores were free */
	unsigned descendants;
	pid_t busiest_child; /* 0 none above 0.05 cores */
	double busiest_child_cores, busiest_child_wanted;
	double run_delay_cores; /* threads ready to run but waiting for a CPU, on average */
	double running_threads, disk_threads; /* mean number in R and in D */
	double any_running_share;             /* looks at which at least one thread was in R */
	unsigned cpu_bursts; /* bursts of CPU with quiet between them, seen in a window of >= 5 s */
	double burst_period_s; /* mean distance of the bursts, 0 when not regular */
	uint64_t tree_rss_bytes;
	double tree_rss_bytes_per_s; /* growth of target with descendants, first against last look
				      */
	double age_s;                /* since it was started */
	double rss_step_bytes;       /* largest growth within a quarter of the window */
	double rss_grown_bytes;      /* from the first look to the last, negative when it shrank */
	double rss_seconds;          /* time covered by the RSS line */
	double minor_faults_per_s, major_faults_per_s;
	const char *main_thread_wait; /* wait class its first thread is in most, "running", ""
					 unknown */
	struct wait_share *waits;     /* descending */
	size_t n_waits;
	double connections_established, connections_close_wait;
	double accept_queue;       /* connections nobody accepted yet, over all listeners */
	struct target_peer *peers; /* by connections, at most 8 */
	size_t n_peers;
};

struct baseline {
	bool taken;
	double window_s; /* 0: levels only, no rates */
	struct baseline_cpu cpu;
	struct baseline_memory memory;
	struct baseline_disk *disks;
	size_t n_disks;
	struct baseline_net net;
	struct pressure psi_cpu, psi_memory, psi_io;
	struct baseline_cgroup cgroup;
	uint64_t fds_used, fds_max;
	const char *clocksource; /* "tsc", "" unknown */
	const char *governor;    /* CPU frequency governor, "" none */
	double own_cpu_cores;    /* what taking this baseline cost, left out above where possible */
	unsigned processes;
	struct top_process *top; /* by cpu, then rss, then io: at most 5 of each, no doubles */
	size_t n_top;
	struct baseline_target target;
};

/* ---- signals, tools, plan ---------------------------------------------------------------- */

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL };
const char *severity_name(enum severity s);

struct signal_found {
	const char *id; /* knowledge signal id */
	enum severity severity;
	const char *text; /* words with numbers */
	double value;
	const char *threshold; /* "run queue > cores" */
	const char *source;    /* "/proc/stat", "psi" */
	const char *leaf;      /* symptom leaf it speaks for, "" */
	double weight;         /* log-odds it adds to that leaf */
	const char *scope;     /* "target", "group" or "machine": whose measurement it is */
	bool quiet;            /* evidence only, not worth a line of its own */
	const struct k_signal *record;
};

struct tool_found {
	const struct k_tool *record;
	const char *name;
	bool installed;
	const char *path, *version; /* "" unknown */
	const char *install;        /* command that suits this machine, "" none known */
	const char *problem;        /* "gave no version in time", "version not understood", "" */
	bool usable_here;           /* allowed by the production rule and permissions */
	const char *why_not;        /* "" */
	bool broken;                /* it is there but does not run */
	bool aside;                 /* for other languages or resources than this target's */
};

struct plan_step {
	unsigned step;
	const char *tool;
	const char *command; /* exact, copy and paste */
	const char *mode;    /* "foreground", "background" */
	unsigned parallel_with[4];
	size_t n_parallel;
	const char *why;
};

struct plan_refusal {
	const char *what, *why, *instead;
};

struct diagnosis {
	struct arena arena;
	const char *case_id; /* "" when not stored */
	const char *text;    /* the words, "" */
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
	const char *next; /* the one next command */
	struct caveats caveats;
};

struct diagnosis *diagnosis_new(void);
void diagnosis_free(struct diagnosis *d);
