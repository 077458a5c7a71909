/* Made by knowc from knowledge/; edit the YAML there. */
#include "knowledge/knowledge.h"

static const struct k_tool tools[] = {
	{ .origin = "in/a.yaml:3",
		.id = "0-tool",
		.name = "a \"quoted\" \\ name",
		.summary = "two lines,\nwith a tab\tand \077?= a trigraph\n",
		.languages = { (const char *const[]){ "any" }, 1 },
		.method = K_TRACING,
		.binaries = { (const char *const[]){ "a", "b" }, 2 },
		.version_pattern = "",
		.version_expect = "",
		.minimum_version = "",
		.minimum_reason = "",
		.installs = (const struct k_install[]){
			{
				.kind = K_APT,
				.package = "a",
				.command = "apt-get install a",
			},
			{
				.kind = K_MANUAL,
				.package = "",
				.command = "see the web",
			},
		}, .n_installs = 2,
		.attaches = false,
		.needs_restart = false,
		.production_safe = false,
		.needs_root = true,
		.embedded = false,
		.production_reason = "stops é",
		.perturbs = "2x",
		.status = "slow",
		.classes = { (const char *const[]){ "ptrace" }, 1 },
		.conflicts = { (const char *const[]){ "ptrace", "0-tool" }, 2 },
		.since = "",
		.sources = { (const char *const[]){ "docs" }, 1 },
	},
};

static const struct k_expert experts[] = {
	{ .origin = "in/b.yaml:3",
		.id = "general",
		.name = "General",
		.summary = "all",
		.routes = (const struct k_expert_route[]){
			{
				.resource = "cpu",
				.tools = { (const char *const[]){ "0-tool" }, 1 },
			},
		}, .n_routes = 1,
		.fallback = "",
	},
};

static const struct k_leaf leaves[] = {
	{ .origin = "in/a.yaml:23",
		.id = "cpu.one",
		.title = "one",
		.class_name = "cpu",
		.prior = -0.34999999999999998,
		.explanation = "",
		.question = "",
	},
	{ .origin = "in/b.yaml:11",
		.id = "cpu.two",
		.title = "two",
		.class_name = "cpu",
		.explanation = "",
		.question = "",
	},
};

static const struct k_alias aliases[] = {
	{ .origin = "in/b.yaml:16",
		.pattern = "__strlen_*",
		.name = "strlen",
	},
};

static const struct k_language languages[] = {
	{ .origin = "in/b.yaml:9",
		.id = "c",
		.name = "C",
		.extensions = { (const char *const[]){ "c", "h" }, 2 },
		.kind = "",
		.expert = "general",
	},
};

static const struct k_signal signals[] = {
	{ .origin = "in/b.yaml:13",
		.id = "many",
		.when = "threads > 64",
		.value = "threads",
		.severity = "warning",
		.text = "{threads} threads",
		.threshold = "> 64",
		.source = "/proc",
		.leaf = "cpu.two",
		.weight = 0.10000000000000001,
		.scope = "",
		.quiet = false,
	},
};

static const struct k_metric metrics[] = {
	{ .origin = "in/a.yaml:25",
		.id = "threads",
		.unit = "count",
		.meaning = "threads",
	},
};

static const struct knowledge builtin = {
	.tools = tools, .n_tools = 1,
	.experts = experts, .n_experts = 1,
	.leaves = leaves, .n_leaves = 2,
	.aliases = aliases, .n_aliases = 1,
	.languages = languages, .n_languages = 1,
	.signals = signals, .n_signals = 1,
	.metrics = metrics, .n_metrics = 1,
};

const struct knowledge *knowledge_builtin(void)
{
	return &builtin;
}
