/* cost_view.h - sums over the bill: by days or hours, filtered, in groups.
 * SPDX-License-Identifier: MIT
 *
 * Which group a line is in changes only on days on which a tag became active, so it is looked up
 * once and not per day. */
#ifndef OV_EMULATOR_COST_VIEW_H
#define OV_EMULATOR_COST_VIEW_H

#include "base/mem.h"
#include "base/table.h"
#include "emulator/cost_filter.h"
#include "emulator/cost_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COST_KEYS_MAX 2

struct cost_sum {
    int64_t microusd, micro_units, micro_normal;
    const char *unit; /* of all its lines; NULL: they differ */
    bool has_usage;
};

struct cost_group {
    const char *values[COST_KEYS_MAX];
    struct cost_sum sum;
};

struct cost_view {
    const struct cost_book *book;
    const struct cost_filter *filter; /* NULL: all */
    struct cost_key keys[COST_KEYS_MAX];
    size_t key_count; /* 0: all in one group */

    struct arena *arena;       /* borrowed */
    struct cost_group *groups; /* sorted by their values when `order` is used */
    size_t group_count, group_room;
    size_t *order; /* numbers of groups */
    struct table by_values;
    size_t *group_of;                /* of each line; SIZE_MAX: filtered out */
    int64_t valid_from, valid_until; /* days for which group_of holds */
    int64_t *normal_of;              /* normalized units of each line's hour */
    int64_t whole_day;               /* which of_day is about */
    struct stack_charge *charges, *of_day;
};

/* `keys` of the caller's struct are set before; the rest is. */
void cost_view_init(struct cost_view *view, struct arena *arena, const struct cost_book *book,
                    const struct cost_filter *filter);
void cost_view_fini(struct cost_view *view);

void cost_view_clear(struct cost_view *view); /* sums begin at 0 again */
void cost_view_add_day(struct cost_view *view, int64_t day);
void cost_view_add_hour(struct cost_view *view, int64_t day, unsigned hour);
/* Numbers of all groups, by their values. */
const size_t *cost_view_order(struct cost_view *view);

/* Over all groups. */
struct cost_sum cost_view_total(const struct cost_view *view);

#endif
