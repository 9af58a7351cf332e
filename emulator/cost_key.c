/* cost_key.c - the table of dimensions.
 * SPDX-License-Identifier: MIT
 *
 * Names as in the API model. What a line has not is "No..." as Cost Explorer says it. Dimensions of
 * reservations and savings plans have no row: a stack has none, and what cannot be answered is
 * refused. */
#include "config.h"

#include "emulator/cost_key.h"

#include <string.h>

#include "base/day.h"

static const char *
service(const struct stack *stack, const struct stack_bill_line *line)
{
    (void)stack;
    return line->service;
}

static const char *
usage_type(const struct stack *stack, const struct stack_bill_line *line)
{
    (void)stack;
    return line->usage_type;
}

static const char *
operation(const struct stack *stack, const struct stack_bill_line *line)
{
    (void)stack;
    return *line->operation == '\0' ? "NoOperation" : line->operation;
}

static const char *
region(const struct stack *stack, const struct stack_bill_line *line)
{
    return line->resource->type == STACK_DISTRIBUTION ? "global" : stack->region;
}

static const char *
account(const struct stack *stack, const struct stack_bill_line *line)
{
    (void)line;
    return stack->account;
}

static const char *
instance_type(const struct stack *stack, const struct stack_bill_line *line)
{
    (void)stack;
    return strstr(line->usage_type, "InstanceUsage:") == NULL ? "NoInstanceType"
                                                              : line->resource->words[STACK_CLASS];
}

static const char *
database_engine(const struct stack *stack, const struct stack_bill_line *line)
{
    (void)stack;
    return strstr(line->usage_type, "InstanceUsage:") == NULL ? "NoDatabaseEngine"
                                                              : "Aurora PostgreSQL";
}

/* The same for all lines of a stack. */
#define CONSTANT(name, text)                                                               \
    static const char *name(const struct stack *stack, const struct stack_bill_line *line) \
    {                                                                                      \
        (void)stack;                                                                       \
        (void)line;                                                                        \
        return text;                                                                       \
    }
CONSTANT(zone, "NoAZ")
CONSTANT(legal_entity, "Amazon Web Services, Inc.")
CONSTANT(platform, "NoPlatform")
CONSTANT(operating_system, "NoOperatingSystem")
CONSTANT(purchase_type, "On Demand Instances")
CONSTANT(tenancy, "NoTenancy")
CONSTANT(record_type, "Usage")
CONSTANT(billing_entity, "AWS")

static const struct cost_dimension dimensions[] = {
    { "AZ", true, zone },
    { "BILLING_ENTITY", false, billing_entity },
    { "DATABASE_ENGINE", true, database_engine },
    { "INSTANCE_TYPE", true, instance_type },
    { "INVOICING_ENTITY", true, legal_entity },
    { "LEGAL_ENTITY_NAME", true, legal_entity },
    { "LINKED_ACCOUNT", true, account },
    { "OPERATING_SYSTEM", true, operating_system },
    { "OPERATION", true, operation },
    { "PLATFORM", true, platform },
    { "PURCHASE_TYPE", true, purchase_type },
    { "RECORD_TYPE", true, record_type },
    { "REGION", true, region },
    { "SERVICE", true, service },
    { "TENANCY", true, tenancy },
    { "USAGE_TYPE", true, usage_type },
};

const struct cost_dimension *
cost_dimension_find(const char *name)
{
    for (size_t i = 0; i < sizeof dimensions / sizeof dimensions[0]; i++) {
        if (strcmp(dimensions[i].name, name) == 0)
            return &dimensions[i];
    }
    return NULL;
}

bool
cost_tag_is_active(const struct stack *stack, const char *tag, int64_t day)
{
    for (size_t i = 0; i < stack->cost_tag_count; i++) {
        const struct stack_cost_tag *cost_tag = &stack->cost_tags[i];

        if (strcmp(cost_tag->key, tag) == 0)
            return cost_tag->is_active && day >= day_of_ms(cost_tag->changed_ms);
    }
    return false;
}

const char *
cost_key_value(const struct cost_key *key, const struct stack *stack,
               const struct stack_bill_line *line, int64_t day)
{
    const char *value = NULL;

    if (key->dimension != NULL)
        return key->dimension->value(stack, line);
    if (cost_tag_is_active(stack, key->tag, day))
        value = stack_resource_tag(line->resource, key->tag);
    return value == NULL ? "" : value;
}
