/* SPDX-License-Identifier: MIT */
/* Names every address of a sample store once and puts its stacks into the profile. */
#pragma once

#include "collect/module_table.h"
#include "collect/sample_store.h"
#include "collect/symbolizer.h"

struct stack_names {
	uint32_t *stack_of; /* by node of the store: the stack of the profile */
	bool *named;        /* by node: its leaf address has a name */
};

void stack_names_init(struct stack_names *ret, struct symbolizer *sym, struct module_table *modules,
	const struct sample_store *store, struct profile *p);
void stack_names_done(struct stack_names *n);
