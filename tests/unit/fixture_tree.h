/* SPDX-License-Identifier: MIT */
/* A recorded machine: writes files below a fresh folder that stands for "/". */
#pragma once

struct fixture_tree {
	char root[64];
};

void fixture_tree_init(struct fixture_tree *t);
/* Creates the folders on the way; an existing file is replaced. */
void fixture_tree_file(struct fixture_tree *t, const char *path, const char *text);
void fixture_tree_done(struct fixture_tree *t);
/* The smallest /proc the baseline can be taken from. */
void fixture_tree_machine(struct fixture_tree *t);
