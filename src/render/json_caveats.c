/* SPDX-License-Identifier: MIT */
/* Caveats as JSON. */
#include "render/json_caveats.h"

void json_caveats(struct json *j, const struct caveats *c)
{
	json_begin_array(j, "caveats");
	for (const struct caveat *k = c->first; k; k = k->next) {
		json_begin_object(j, NULL);
		json_put_string(j, "id", k->id);
		json_put_string(j, "text", k->text);
		json_end_object(j);
	}
	json_end_array(j);
}
