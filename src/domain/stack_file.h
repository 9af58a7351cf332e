/* stack_file.h - what reading a stack file is made of: places, faults, members and values.
 * SPDX-License-Identifier: MIT
 *
 * For the stack_*.c that read; whoever uses a stack needs stack.h alone. Every reader goes on after
 * a fault, so that a person sees all of them at once. */
#ifndef OV_DOMAIN_STACK_FILE_H
#define OV_DOMAIN_STACK_FILE_H

#include "base/mem.h"
#include "base/table.h"
#include "domain/stack.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STACK_NAME_MAX    255      /* bytes of the name of a resource, budget or incident */
#define STACK_TEXT_MAX    500      /* bytes of a sentence */
#define STACK_THINGS_MAX  1000     /* budgets, alarms, incidents, cost tags */
#define STACK_LOOKS_MAX   20000000 /* resources looked at for effects by tag, all together */
#define STACK_EFFECTS_MAX 200000   /* of all incidents */
#define STACK_FILLS_MAX   20000    /* "${...}" in alarms */
#define STACK_MEMBERS_MAX 48       /* that an object may have by name */

/* Where something stands in the file; lives on the reader's C stack. */
struct stack_place {
    const struct stack_place *up; /* NULL: in the root */
    const char *key;              /* NULL: an element */
    size_t index;
    bool is_root;
};

/* An object of the file, or of the file it extends, or of both: then its own members count. */
struct stack_item {
    const cJSON *own, *under; /* one of them may be NULL */
    struct stack_place place;
};
struct stack_items {
    struct stack_item *list;
    size_t count;
};

/* What befalls one resource, the latest incident's first. */
struct stack_timed {
    int64_t from_ms, to_ms;
    const struct stack_effect *effect;
};
struct stack_effects {
    struct stack_timed *list;
    size_t count;
};

/* What lies behind the public struct, which comes first. */
struct stack_whole {
    struct stack stack;
    struct arena *arena;
    struct table by_name;          /* of const struct stack_resource * */
    struct stack_effects *effects; /* by the number of the resource */
};

struct stack_reader {
    struct stack_whole *whole;
    struct stack *stack; /* the whole's */
    struct arena *arena; /* likewise */
    const struct stack_world *world;
    struct stack_faults *faults;
    size_t looks, effects, fills; /* spent of STACK_LOOKS_MAX and its like */
};

void stack_fault(struct stack_reader *r, const struct stack_place *place, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a member of the place. */
#define stack_fault_at(r, in, member, ...) \
    stack_fault((r), &(struct stack_place){ .up = (in), .key = (member) }, __VA_ARGS__)

/* Finds the members of an item by name, the own ones first, and tells those that are not known or
 * are there twice. "about" is allowed everywhere: a remark for the reader. `names` has `count`, at
 * most STACK_MEMBERS_MAX; found[i] is NULL for one that is missing. */
void stack_members(struct stack_reader *r, const struct stack_item *item, const char *const *names,
                   size_t count, const cJSON **found);

/* The elements of two arrays as items: an element of `own` with the name of one of `under` stands
 * in its place and on its shoulders. `name_key` is the member that holds the name. Tells elements
 * that are no objects, have no good name or one that is taken, and more than `most`. */
struct stack_items stack_merge(struct stack_reader *r, const struct stack_place *place,
                               const cJSON *own, const cJSON *under, const char *name_key,
                               size_t most);

/* Each takes the member `key` of `in`. A missing one (NULL) leaves *out and answers false without a
 * fault; a wrong one is a fault. */
bool stack_take_text(struct stack_reader *r, const struct stack_place *in, const char *key,
                     const cJSON *value, size_t max, const char **out);
bool stack_take_number(struct stack_reader *r, const struct stack_place *in, const char *key,
                       const cJSON *value, double least, double most, double *out);
bool stack_take_bool(struct stack_reader *r, const struct stack_place *in, const char *key,
                     const cJSON *value, bool *out);
bool stack_take_time(struct stack_reader *r, const struct stack_place *in, const char *key,
                     const cJSON *value, int64_t *out);
bool stack_take_money(struct stack_reader *r, const struct stack_place *in, const char *key,
                      const cJSON *value, int64_t *out);
/* false, and a fault, for one that is there and no object, or no array. */
bool stack_is_object(struct stack_reader *r, const struct stack_place *in, const char *key,
                     const cJSON *value);
bool stack_is_array(struct stack_reader *r, const struct stack_place *in, const char *key,
                    const cJSON *value);
/* An object of texts as tags, by key; "$stage" in a value becomes the environment. */
const struct stack_tag *stack_take_tags(struct stack_reader *r, const struct stack_place *in,
                                        const char *key, const cJSON *value, size_t *count);

/* "a text", "an object": what stands there instead. */
const char *stack_kind(const cJSON *value);

/* The parts of the file; `own` and `under` are the members of the two roots, or NULL. */
void stack_read_resources(struct stack_reader *r, const cJSON *own, const cJSON *under);
void stack_read_incidents(struct stack_reader *r, const cJSON *own, const cJSON *under);
void stack_read_budgets(struct stack_reader *r, const cJSON *own, const cJSON *under);
void stack_read_cost_tags(struct stack_reader *r, const cJSON *own, const cJSON *under);
void stack_read_alarms(struct stack_reader *r, const cJSON *own, const cJSON *under);

#endif
