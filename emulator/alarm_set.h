/* alarm_set.h - all alarms there are, read once and understood.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_ALARM_SET_H
#define OV_EMULATOR_ALARM_SET_H

#include "emulator/alarm_definition.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alarm_entry {
    struct alarm_row row; /* texts live in the set, or longer */
    struct alarm_definition def;
    bool is_broken; /* the definition cannot be read (written by another version): never judged */
    uint64_t signature; /* composite: what its state was made of, 0 before */
    size_t level;       /* composite: above all those it looks at; see alarm_set_order() */
};

struct alarm_set {
    struct arena *arena;
    struct alarm_entry *entries; /* by name */
    size_t count;
    uint64_t generation;
    bool has_fine; /* an alarm with a period below a minute is among them */
};

/* As of `generation`, which is read before the alarms are. */
MUST_CHECK enum status alarm_set_load(struct alarm_set **out, struct store_reader *reader,
                                      uint64_t generation, struct err *err);
void alarm_set_free(struct alarm_set *set); /* NULL is fine */
struct alarm_entry *alarm_set_find(const struct alarm_set *set, const char *name);

/* Gives each composite alarm its level, from 0 on, and how many levels there are: judged level by
 * level, each finds those it looks at judged. In a circle, which only two writers at once can make,
 * one of them comes first. */
size_t alarm_set_order(struct alarm_set *set);

/* The name of an alarm through which `expr`, as the rule of `name`, would come back to `name`; NULL
 * when it does not. */
const char *alarm_set_cycle(const struct alarm_set *set, const char *name,
                            const struct alarm_expr *expr);
/* A composite alarm that looks at `name`, beginning behind `after` (NULL: at the first); NULL at
 * the end. */
const struct alarm_entry *alarm_set_parent(const struct alarm_set *set, const char *name,
                                           const struct alarm_entry *after);

#endif
