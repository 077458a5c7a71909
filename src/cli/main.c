/* SPDX-License-Identifier: MIT */
/* Entry point: finds the verb, parses, runs it, prints the error it returns. */
#include "cli/run.h"

int main(int argc, char **argv)
{
	return cli_main(argc, (const char *const *)argv);
}
