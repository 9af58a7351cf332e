/* stack_type.h - what each type of resource is called, takes and belongs to: one row a type.
 * SPDX-License-Identifier: MIT
 *
 * For the reader of stack files and for those who explain them; what the types are is in stack.h.
 */
#ifndef OV_DOMAIN_STACK_TYPE_H
#define OV_DOMAIN_STACK_TYPE_H

#include "base/mem.h"
#include "domain/stack.h"

#include <stdbool.h>
#include <stddef.h>

#define STACK_TYPE_NONE STACK_TYPES

/* A size that a type takes. */
struct stack_size_rule {
    enum stack_size size;
    double least, most, otherwise;
};

struct stack_type_rule {
    const char *name; /* "rds:cluster" */
    /* Patterns. {name} is the resource's name, {parent} its parent's; {region} and {account} are
     * the world's; {hex16}, {hex10}, {caps26}, {caps13} and {low10} are so many letters or digits
     * that follow from type and name. An ARN may have {id} too; "" is none. */
    const char *id, *arn;
    const struct stack_size_rule *sizes; /* STACK_SIZES ends it */
    unsigned words;                      /* bits by enum stack_word */
    enum stack_type parent, peer;        /* or STACK_TYPE_NONE; a parent must be given */
    bool is_resource;                    /* has an ARN and can be listed; else a part of the bill */
};

const struct stack_type_rule *stack_type_rule(enum stack_type type);
/* STACK_OTHER for a name that is no type's. */
enum stack_type stack_type_find(const char *name);
/* All names, for text_nearest(). */
const char *const *stack_type_names(void);
/* NULL: the type takes no such size. */
const struct stack_size_rule *stack_size_rule(enum stack_type type, enum stack_size size);

/* Fills in a pattern. The resource's type_name and name must be there; its id and parent when the
 * pattern has them. */
const char *stack_pattern_fill(struct arena *arena, const char *pattern,
                               const struct stack_resource *resource,
                               const struct stack_world *world);

/* A class of database instances. */
struct stack_class {
    const char *name;
    double vcpu, memory_gib;
    bool is_arm;
};
const struct stack_class *stack_class_find(const char *name); /* NULL: not known */
/* The connections an Aurora PostgreSQL instance of so much memory takes by default. */
double stack_max_connections(double memory_gib);

#endif
