/* SPDX-License-Identifier: MIT */
/* Databases, ports and services named by configuration files. */
#pragma once

#include "diagnose/project_package.h"

void project_settings_read(struct package_set *s, struct project *ret);
