/* members.h - the members of one JSON object by name, when many will be asked for.
 * SPDX-License-Identifier: MIT
 *
 * References mostly come in the order of the members, so each search begins where the last one
 * ended; large objects get a hash table. Either way no document makes it slow. Of members with one
 * name, any may be found. */
#ifndef OV_DOMAIN_MEMBERS_H
#define OV_DOMAIN_MEMBERS_H

#include "base/mem.h"

#include <cjson/cJSON.h>
#include <stddef.h>

struct members {
    const cJSON *object;
    const cJSON *cursor;
    const cJSON **table; /* NULL while there are few */
    size_t mask;
};

void members_init(struct members *m, struct arena *arena, const cJSON *object);
const cJSON *members_find(struct members *m, const char *name);

#endif
