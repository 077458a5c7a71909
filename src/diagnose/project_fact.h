/* SPDX-License-Identifier: MIT */
/* Facts of packages: from dependencies, file names, imports and manifest fields. */
#pragma once

#include "diagnose/project_package.h"

/* Adds a fact unless the package has one of that kind and name; `detect` is its number or
 * UINT32_MAX. */
void package_fact_add(
	struct package_set *s, struct package_draft *d, struct project_fact fact, uint32_t detect);
/* Everything the manifests and hits of the scan say. */
void package_facts_build(struct package_set *s);
/* By importance of the kind, then as found. */
void package_facts_sort(struct package_draft *d);
/* "backend", "frontend", "both" or "" from what was found. */
const char *package_side(const struct package_draft *d);
