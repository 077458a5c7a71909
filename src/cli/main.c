/* SPDX-License-Identifier: MIT */
/* Entry point: hands over to the command table. */
#include "base/exit_code.h"

int main(void)
{
	return EXIT_FINE;
}
