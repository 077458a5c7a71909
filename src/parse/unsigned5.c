/* SPDX-License-Identifier: MIT */
/* JDK: utilities/unsigned5.hpp, code/compressedStream.cpp, code/scopeDesc.cpp. */
#include "parse/unsigned5.h"

uint32_t unsigned5_read(struct unsigned5 *u)
{
	enum { LOW = 192, BITS = 6, MAX_BYTES = 5 };
	uint32_t sum = 0;

	for (unsigned i = 0; i < MAX_BYTES; i++) {
		uint8_t b = cursor_u8(&u->in);

		if (u->in.bad)
			return 0;
		if (b < u->excluded) {
			u->in.bad = true;
			return 0;
		}
		sum += (uint32_t)(b - u->excluded) << (BITS * i);
		if (b < LOW)
			return sum;
	}
	return sum;
}

int32_t unsigned5_signed(struct unsigned5 *u)
{
	uint32_t v = unsigned5_read(u);

	return (int32_t)(v >> 1 ^ (0 - (v & 1)));
}

bool unsigned5_line(struct unsigned5 *u, struct line_entry *io)
{
	uint8_t b = cursor_u8(&u->in);

	if (u->in.bad || b == 0)
		return false;
	if (b == 0xff) {
		io->bci += (uint32_t)unsigned5_signed(u);
		io->line += (uint32_t)unsigned5_signed(u);
	} else {
		io->bci += b >> 3;
		io->line += b & 7;
	}
	return !u->in.bad;
}

bool unsigned5_scope(struct unsigned5 *u, struct scope_entry *ret)
{
	ret->sender = unsigned5_read(u);
	ret->method = unsigned5_read(u);
	ret->bci = (int32_t)unsigned5_read(u) - 1;
	return !u->in.bad;
}
