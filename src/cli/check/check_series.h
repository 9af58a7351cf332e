/* check_series.h - the distinct series of what a check is shown: listed ones, and those that
 * documents and vitals make.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_CHECK_SERIES_H
#define OV_CLI_CHECK_SERIES_H

#include "base/table.h"
#include "cli/check/check_stream.h"

#define CHECK_SERIES_MAX 2000000

struct check_series {
    struct arena *arena, *scratch;
    struct table index;
    struct series_key *list; /* in the arena; AWS's own namespaces are left out */
    const char **where;      /* where each was seen first */
    size_t count, room, where_room, dropped, items;
};

void check_series_init(struct check_series *series);
void check_series_fini(struct check_series *series);
void check_series_take(struct check_series *series, const struct check_item *item);
bool check_series_has(const struct check_series *series, const struct series_key *key);

#endif
