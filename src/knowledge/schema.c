/* SPDX-License-Identifier: MIT */
/* libcyaml tables for every kind of knowledge record. */
#include "knowledge/schema.h"

#include "base/compiler.h"

#define OPT (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

/* STR optional text · MUST required text · LIST texts · SUB list of structs · NUM · BOOL · WORD */
#define STR(T, m) CYAML_FIELD_STRING_PTR(#m, OPT, struct T, m, 0, K_MAX_TEXT)
#define MUST(T, m) CYAML_FIELD_STRING_PTR(#m, CYAML_FLAG_POINTER, struct T, m, 1, K_MAX_TEXT)
#define LIST(T, m) \
	CYAML_FIELD_SEQUENCE_COUNT(#m, OPT, struct T, m.v, m.n, &text_value, 0, K_MAX_LIST)
#define SUB(T, m, sub) \
	CYAML_FIELD_SEQUENCE_COUNT(#m, OPT, struct T, m, n_##m, &sub##_value, 0, K_MAX_LIST)
#define NUM(T, m) CYAML_FIELD_FLOAT(#m, CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct T, m)
/* libcyaml takes any word for true; as an enum only `true` and `false` are accepted */
#define BOOL(T, m) \
	CYAML_FIELD_ENUM(#m, CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct T, m, bool_words, 2)
#define WORD(T, m, words) \
	CYAML_FIELD_ENUM(#m, CYAML_FLAG_STRICT, struct T, m, words, ARRAY_LEN(words))

#define MAPPING(T)                                                           \
	static const cyaml_schema_value_t T##_value = { CYAML_VALUE_MAPPING( \
		CYAML_FLAG_DEFAULT, struct T, T##_fields) }

static const cyaml_schema_value_t text_value = { CYAML_VALUE_STRING(
	CYAML_FLAG_POINTER, char, 1, K_MAX_TEXT) };

static const cyaml_strval_t bool_words[] = { { "false", 0 }, { "true", 1 } };

static const cyaml_strval_t method_words[] = {
	{ "sampling", K_SAMPLING },
	{ "tracing", K_TRACING },
	{ "instrumenting", K_INSTRUMENTING },
	{ "load", K_LOAD },
	{ "timing", K_TIMING },
	{ "analysis", K_ANALYSIS },
};

static const cyaml_strval_t package_words[] = {
	{ "apt", K_APT },
	{ "dnf", K_DNF },
	{ "apk", K_APK },
	{ "brew", K_BREW },
	{ "pip", K_PIP },
	{ "npm", K_NPM },
	{ "cargo", K_CARGO },
	{ "go", K_GO },
	{ "gem", K_GEM },
	{ "dotnet", K_DOTNET },
	{ "maven", K_MAVEN },
	{ "bundled", K_BUNDLED },
	{ "manual", K_MANUAL },
};

static const cyaml_strval_t role_words[] = {
	{ "leaf", K_LEAF },
	{ "inclusive", K_INCLUSIVE },
	{ "caller", K_CALLER },
	{ "callee", K_CALLEE },
	{ "owner", K_OWNER },
};

static const cyaml_schema_field_t k_install_fields[] = { WORD(k_install, kind, package_words),
	STR(k_install, package), MUST(k_install, command), CYAML_FIELD_END };
MAPPING(k_install);

static const cyaml_schema_field_t k_tool_command_fields[] = { MUST(k_tool_command, mode),
	STR(k_tool_command, attach), STR(k_tool_command, production), STR(k_tool_command, launch),
	STR(k_tool_command, output), CYAML_FIELD_END };
MAPPING(k_tool_command);

static const cyaml_schema_field_t k_tool_fields[] = { MUST(k_tool, id), MUST(k_tool, name),
	MUST(k_tool, summary), LIST(k_tool, languages), LIST(k_tool, resources),
	WORD(k_tool, method, method_words), LIST(k_tool, binaries), LIST(k_tool, modules),
	LIST(k_tool, version_args), STR(k_tool, version_pattern), STR(k_tool, version_expect),
	STR(k_tool, minimum_version), STR(k_tool, minimum_reason), SUB(k_tool, installs, k_install),
	BOOL(k_tool, attaches), BOOL(k_tool, needs_restart), BOOL(k_tool, production_safe),
	BOOL(k_tool, needs_root), BOOL(k_tool, embedded), MUST(k_tool, production_reason),
	MUST(k_tool, perturbs), MUST(k_tool, status), SUB(k_tool, commands, k_tool_command),
	LIST(k_tool, traps), LIST(k_tool, classes), LIST(k_tool, conflicts), STR(k_tool, since),
	LIST(k_tool, sources), CYAML_FIELD_END };
MAPPING(k_tool);

static const cyaml_schema_field_t k_expert_route_fields[] = { MUST(k_expert_route, resource),
	LIST(k_expert_route, tools), LIST(k_expert_route, production_tools), CYAML_FIELD_END };
MAPPING(k_expert_route);

static const cyaml_schema_field_t k_expert_fields[] = { MUST(k_expert, id), MUST(k_expert, name),
	MUST(k_expert, summary), LIST(k_expert, languages), LIST(k_expert, words),
	SUB(k_expert, routes, k_expert_route), STR(k_expert, fallback), LIST(k_expert, sources),
	CYAML_FIELD_END };
MAPPING(k_expert);

static const cyaml_schema_field_t k_concept_fields[] = { MUST(k_concept, id),
	LIST(k_concept, phrases), CYAML_FIELD_END };
MAPPING(k_concept);

static const cyaml_schema_field_t k_cue_vote_fields[] = { MUST(k_cue_vote, label),
	NUM(k_cue_vote, weight), CYAML_FIELD_END };
MAPPING(k_cue_vote);

static const cyaml_schema_field_t k_cue_fields[] = { MUST(k_cue, id), LIST(k_cue, phrases),
	LIST(k_cue, requires), SUB(k_cue, votes, k_cue_vote), SUB(k_cue, negated, k_cue_vote),
	SUB(k_cue, request, k_cue_vote), SUB(k_cue, language, k_cue_vote), CYAML_FIELD_END };
MAPPING(k_cue);

static const cyaml_schema_field_t k_leaf_fields[] = { MUST(k_leaf, id), MUST(k_leaf, title),
	MUST(k_leaf, class_name), NUM(k_leaf, prior), STR(k_leaf, explanation),
	LIST(k_leaf, resources), STR(k_leaf, question), CYAML_FIELD_END };
MAPPING(k_leaf);

static const cyaml_schema_field_t k_cause_fields[] = { MUST(k_cause, id), MUST(k_cause, title),
	MUST(k_cause, resource), MUST(k_cause, why), LIST(k_cause, fix), STR(k_cause, verify),
	LIST(k_cause, sources), CYAML_FIELD_END };
MAPPING(k_cause);

static const cyaml_schema_field_t k_frame_match_fields[] = { LIST(k_frame_match, names),
	WORD(k_frame_match, role, role_words), NUM(k_frame_match, info),
	NUM(k_frame_match, warning), CYAML_FIELD_END };
MAPPING(k_frame_match);

static const cyaml_schema_field_t k_rule_fields[] = { MUST(k_rule, id), LIST(k_rule, languages),
	MUST(k_rule, cause), SUB(k_rule, frames, k_frame_match), SUB(k_rule, never, k_frame_match),
	LIST(k_rule, line_patterns), LIST(k_rule, producer), STR(k_rule, when),
	NUM(k_rule, confidence), STR(k_rule, title), STR(k_rule, why), LIST(k_rule, fix),
	STR(k_rule, verify), STR(k_rule, risk), LIST(k_rule, vetoes), LIST(k_rule, needs),
	STR(k_rule, since), LIST(k_rule, sources), CYAML_FIELD_END };
MAPPING(k_rule);

static const cyaml_schema_field_t k_alias_fields[] = { MUST(k_alias, pattern), MUST(k_alias, name),
	CYAML_FIELD_END };
MAPPING(k_alias);

static const cyaml_schema_field_t k_frame_class_fields[] = { MUST(k_frame_class, kind),
	LIST(k_frame_class, modules), LIST(k_frame_class, functions), LIST(k_frame_class, files),
	CYAML_FIELD_END };
MAPPING(k_frame_class);

static const cyaml_schema_field_t k_language_fields[] = { MUST(k_language, id),
	MUST(k_language, name), LIST(k_language, extensions), LIST(k_language, files),
	LIST(k_language, shebangs), LIST(k_language, binary), STR(k_language, kind),
	MUST(k_language, expert), CYAML_FIELD_END };
MAPPING(k_language);

static const cyaml_schema_field_t k_detect_fields[] = { MUST(k_detect, id), MUST(k_detect, name),
	MUST(k_detect, kind), LIST(k_detect, languages), LIST(k_detect, files),
	LIST(k_detect, markers), LIST(k_detect, dependencies), LIST(k_detect, imports),
	STR(k_detect, side), CYAML_FIELD_END };
MAPPING(k_detect);

static const cyaml_schema_field_t k_ignore_fields[] = { MUST(k_ignore, why), LIST(k_ignore, dirs),
	LIST(k_ignore, beside), LIST(k_ignore, holds), LIST(k_ignore, files),
	LIST(k_ignore, markers), CYAML_FIELD_END };
MAPPING(k_ignore);

static const cyaml_schema_field_t k_env_evidence_fields[] = { MUST(k_env_evidence, id),
	STR(k_env_evidence, variable), LIST(k_env_evidence, values), MUST(k_env_evidence, kind),
	STR(k_env_evidence, what), CYAML_FIELD_END };
MAPPING(k_env_evidence);

static const cyaml_schema_field_t k_signal_fields[] = { MUST(k_signal, id), MUST(k_signal, when),
	STR(k_signal, value), MUST(k_signal, severity), MUST(k_signal, text),
	MUST(k_signal, threshold), MUST(k_signal, source), STR(k_signal, leaf),
	NUM(k_signal, weight), SUB(k_signal, votes, k_cue_vote), STR(k_signal, scope),
	BOOL(k_signal, quiet), CYAML_FIELD_END };
MAPPING(k_signal);

static const cyaml_schema_field_t k_metric_fields[] = { MUST(k_metric, id), MUST(k_metric, unit),
	MUST(k_metric, meaning), CYAML_FIELD_END };
MAPPING(k_metric);

static const cyaml_schema_field_t k_runtime_fields[] = { MUST(k_runtime, id), MUST(k_runtime, name),
	STR(k_runtime, language), LIST(k_runtime, executables), LIST(k_runtime, modules),
	LIST(k_runtime, sections), LIST(k_runtime, comments), LIST(k_runtime, versions),
	NUM(k_runtime, priority), STR(k_runtime, frames), NUM(k_runtime, collects),
	CYAML_FIELD_END };
MAPPING(k_runtime);

static const cyaml_schema_field_t k_flag_fields[] = { MUST(k_flag, id), LIST(k_flag, runtimes),
	LIST(k_flag, arguments), LIST(k_flag, variables), STR(k_flag, missing), STR(k_flag, when),
	MUST(k_flag, text), STR(k_flag, build), CYAML_FIELD_END };
MAPPING(k_flag);

static const cyaml_schema_field_t k_wait_fields[] = { MUST(k_wait, id), MUST(k_wait, title),
	STR(k_wait, kind), LIST(k_wait, functions), LIST(k_wait, within), LIST(k_wait, callers),
	CYAML_FIELD_END };
MAPPING(k_wait);

static const cyaml_schema_field_t k_service_fields[] = { MUST(k_service, id), MUST(k_service, name),
	MUST(k_service, kind), LIST(k_service, ports), CYAML_FIELD_END };
MAPPING(k_service);

static const cyaml_schema_field_t k_permission_fields[] = { MUST(k_permission, id),
	MUST(k_permission, title), MUST(k_permission, buys), MUST(k_permission, without),
	STR(k_permission, temporary), STR(k_permission, permanent), STR(k_permission, container),
	MUST(k_permission, risk), LIST(k_permission, sources), CYAML_FIELD_END };
MAPPING(k_permission);

#define HAS_NO_ID SIZE_MAX
/* kinds without id; every other record type has one */
#define ID_OFFSET(type)                              \
	_Generic((struct type *)0, struct k_alias *  \
		 : HAS_NO_ID, struct k_frame_class * \
		 : HAS_NO_ID, struct k_ignore *      \
		 : HAS_NO_ID, default                \
		 : (size_t)0)

const struct k_kind k_kinds[K_KIND_COUNT] = {
#define X(kind, T)                                                    \
	[K_KIND_##kind] = {                                           \
		.name = #kind,                                        \
		.type = #T,                                           \
		.size = sizeof(struct T),                             \
		.record = &T##_value,                                 \
		.list_offset = offsetof(struct knowledge, kind),      \
		.count_offset = offsetof(struct knowledge, n_##kind), \
		.origin_offset = offsetof(struct T, origin),          \
		.id_offset = ID_OFFSET(T),                            \
	},
	K_KINDS(X)
#undef X
};

/* ID_OFFSET relies on `id` being the first member wherever there is one */
#define ID_IS_FIRST(T) _Static_assert(offsetof(struct T, id) == 0, #T ".id must come first")
ID_IS_FIRST(k_tool);
ID_IS_FIRST(k_expert);
ID_IS_FIRST(k_leaf);
ID_IS_FIRST(k_concept);
ID_IS_FIRST(k_cue);
ID_IS_FIRST(k_cause);
ID_IS_FIRST(k_rule);
ID_IS_FIRST(k_language);
ID_IS_FIRST(k_detect);
ID_IS_FIRST(k_env_evidence);
ID_IS_FIRST(k_signal);
ID_IS_FIRST(k_metric);
ID_IS_FIRST(k_runtime);
ID_IS_FIRST(k_flag);
ID_IS_FIRST(k_wait);
ID_IS_FIRST(k_service);
ID_IS_FIRST(k_permission);

static const cyaml_schema_field_t file_fields[] = {
#define X(kind, T)                  \
	CYAML_FIELD_SEQUENCE_COUNT( \
		#kind, OPT, struct knowledge, kind, n_##kind, &T##_value, 0, K_MAX_LIST),
	K_KINDS(X)
#undef X
		CYAML_FIELD_END
};

const cyaml_schema_value_t k_file_schema = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_POINTER, struct knowledge, file_fields) };

const char *k_struct_tag(const cyaml_schema_value_t *mapping)
{
	static const struct {
		const cyaml_schema_value_t *value;
		const char *tag;
	} inner[] = {
		{ &k_install_value, "k_install" },
		{ &k_tool_command_value, "k_tool_command" },
		{ &k_expert_route_value, "k_expert_route" },
		{ &k_cue_vote_value, "k_cue_vote" },
		{ &k_frame_match_value, "k_frame_match" },
	};

	for (size_t i = 0; i < ARRAY_LEN(inner); i++)
		if (inner[i].value == mapping)
			return inner[i].tag;
	for (size_t i = 0; i < K_KIND_COUNT; i++)
		if (k_kinds[i].record == mapping)
			return k_kinds[i].type;
	return NULL;
}
