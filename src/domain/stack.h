/* stack.h - an account as a stack file describes it: resources, tags, budgets, alarms, incidents.
 * SPDX-License-Identifier: MIT
 *
 * The file is fixtures/stacks/document.json or one like it (man obsview-stack.5). It says what
 * there is; what that costs and measures at any time follows from it, from its seed and from the
 * time alone (stack_load.h, stack_series.h, stack_bill.h), so nothing of it is ever stored and any
 * month can be asked for. A stack is immutable once read and may be used by all threads. */
#ifndef OV_DOMAIN_STACK_H
#define OV_DOMAIN_STACK_H

#include "base/err.h"
#include "domain/price.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STACK_BYTES_MAX     ((size_t)32 << 20)
#define STACK_RESOURCES_MAX 20000
#define STACK_TAGS_MAX      50 /* of a resource (AWS's own limit) */

/* What a resource is: a row of the table of types in stack_type.c. */
enum stack_type {
    STACK_VPC,
    STACK_NAT_GATEWAY,
    STACK_BUCKET,
    STACK_ECS_CLUSTER,
    STACK_ECS_SERVICE, /* on Fargate; parent: its cluster */
    STACK_FUNCTION,    /* Lambda */
    STACK_DB_CLUSTER,  /* Aurora PostgreSQL */
    STACK_DB_INSTANCE, /* parent: its cluster */
    STACK_ROLE,
    STACK_LOAD_BALANCER, /* an ALB */
    STACK_TARGET_GROUP,  /* parent: its load balancer; peer: the ECS service behind it */
    STACK_DISTRIBUTION,  /* CloudFront */
    STACK_API,           /* API Gateway, HTTP */
    STACK_GRAFANA,       /* an Amazon Managed Grafana workspace */
    STACK_CLOUDWATCH,    /* custom metrics, alarms and logs of the account */
    STACK_OTHER,         /* any other type: has tags, costs what "monthlyUsd" says */
    STACK_TYPES
};
/* As the tagging API spells it, "rds:cluster", "ecs:service". STACK_OTHER has none of its own. */
const char *stack_type_name(enum stack_type type);

/* Numbers that say how large or how busy a resource is. Which a type takes, with bounds and
 * default, is in stack_type.c; one that it does not take is 0. */
enum stack_size {
    STACK_VCPU,            /* of a task, or of the class of an instance */
    STACK_MEMORY_GIB,      /* likewise; of a function in GiB too */
    STACK_TASKS,           /* desired */
    STACK_ARM,             /* 1: Graviton prices and usage types */
    STACK_CPU,             /* percent on average */
    STACK_MEMORY,          /* percent on average */
    STACK_CONNECTIONS,     /* on average */
    STACK_MAX_CONNECTIONS, /* 0: by the class, as AWS's formula has it */
    STACK_READ_IOPS,
    STACK_WRITE_IOPS,
    STACK_STORAGE_GIB,    /* at the beginning of the file's "since" */
    STACK_GROWTH_GIB_DAY, /* since then */
    STACK_BACKUP_GIB,
    STACK_REQUESTS_DAY,    /* on an average day */
    STACK_TRANSFER_GB_DAY, /* likewise */
    STACK_DURATION_MS,     /* a request takes at the median */
    STACK_ERROR_PERCENT,   /* of requests */
    STACK_IPV4,            /* public addresses */
    STACK_METRICS,         /* custom metrics */
    STACK_ALARMS,
    STACK_LOGS_GB_DAY, /* ingested */
    STACK_EDITORS,     /* of a workspace */
    STACK_VIEWERS,
    STACK_MONTHLY_USD, /* STACK_OTHER */
    STACK_SIZES
};

/* Texts of a resource; "" when it has none. */
enum stack_word {
    STACK_CLASS,   /* "db.t4g.medium" */
    STACK_VERSION, /* of the engine: "15.4" */
    STACK_IMAGE,   /* of a task */
    STACK_SERVICE, /* STACK_OTHER: what Cost Explorer calls the service */
    STACK_WORDS
};

struct stack_tag {
    const char *key;
    const char *value;
};

/* A database user, for load and connections by user. */
struct stack_user {
    const char *name;
    double connections; /* its part of the instance's average */
};

struct stack_resource {
    enum stack_type type;
    const char *type_name; /* "rds:cluster" */
    const char *name;      /* unique in the stack */
    const char *id;  /* as its service names it: "nat-0a1b...", "app/umami/50dc..."; often the name.
                      * In RDS, where names are identifiers, the resource id: "db-3EUO..." */
    const char *arn; /* "" for STACK_CLOUDWATCH, which is no resource */
    const struct stack_tag *tags; /* by key */
    size_t tag_count;
    bool is_listed; /* the tagging API knows it; one without any tag is never listed */
    int64_t created_ms;
    const struct stack_resource *parent, *peer; /* or NULL; see enum stack_type */
    double sizes[STACK_SIZES];
    const char *words[STACK_WORDS];
    const struct stack_user *users; /* STACK_DB_INSTANCE */
    size_t user_count;
    size_t number; /* its place in the stack */
};
/* NULL: it has no such tag. */
const char *stack_resource_tag(const struct stack_resource *resource, const char *key);

struct stack_threshold {
    bool is_forecast; /* else of what was spent */
    double percent;
};

struct stack_budget {
    const char *name;
    int64_t limit_microusd;         /* a month */
    const struct stack_tag *filter; /* a cost counts when it has all of these tags */
    size_t filter_count;
    const struct stack_threshold *thresholds;
    size_t threshold_count;
};

/* A tag key that Cost Explorer may group by. Costs before the activation stay untagged. */
struct stack_cost_tag {
    const char *key;
    bool is_active;
    int64_t changed_ms; /* activated or deactivated; 0: before anything was billed */
};

/* What an incident does to one resource while it lasts. */
enum stack_effect_kind {
    STACK_SET_CPU,         /* value: percent. Load of the database and its latencies follow */
    STACK_SET_CONNECTIONS, /* value: how many */
    STACK_STOP_TASKS,      /* value: how many of a service's tasks are down, again and again */
    STACK_SCALE_COST,      /* value: what it uses times so much */
    STACK_SCALE_REQUESTS,  /* value: requests times so much */
    STACK_FAIL_REQUESTS,   /* value: percent of requests that fail with 5xx */
    STACK_RESTART,         /* an instance restarts at the beginning; value unused */
    STACK_EFFECTS
};

struct stack_effect {
    enum stack_effect_kind kind;
    const struct stack_resource *resource;
    double value;
};

struct stack_incident {
    const char *name;
    const char *text;       /* a sentence; "" for none */
    int64_t from_ms, to_ms; /* [from, to) */
    const struct stack_effect *effects;
    size_t effect_count;
};

/* How busy the account is by the hour and the day of the week, 1 being average (stack_load.h). */
struct stack_curve {
    double hours[24];
    double weekdays[7]; /* from Monday */
    double noise;       /* 0.1: up to 10 % either way */
};

struct stack {
    const char *name;
    const char *account, *region, *environment;
    uint64_t seed;
    int64_t since_ms; /* before it there was nothing: no data, no costs */
    struct stack_curve curve;
    const struct stack_resource *resources; /* in the file's order */
    size_t resource_count;
    const struct stack_budget *budgets;
    size_t budget_count;
    const struct stack_cost_tag *cost_tags;
    size_t cost_tag_count;
    const struct stack_incident *incidents; /* by from_ms */
    size_t incident_count;
    const cJSON *alarms; /* an array of inputs of PutMetricAlarm, names filled in; NULL: none */
    struct price_list prices; /* the built-in list with the file's "prices" over it */
    /* Indexes that the generators make when the stack is read. */
    struct stack_series_index *series;
    struct stack_bill_index *bill;
};

/* Where the stack lives. The texts are copied. */
struct stack_world {
    const char *account;     /* "000000000000" */
    const char *region;      /* "us-east-1" */
    const char *environment; /* what "$stage" in a value stands for: "dev" */
    int64_t start_ms;        /* incidents with "after" count from here */
    /* Judges an input of PutMetricAlarm, whose rules this room does not know; says why not. NULL:
     * alarms are taken as they are. */
    bool (*alarm_is_good)(const cJSON *input, struct err *err);
};

/* What is wrong with a file: a JSON pointer and a sentence each. */
#define STACK_FAULTS_MAX 100
struct stack_fault {
    char pointer[160];
    char text[200];
};
struct stack_faults {
    struct stack_fault items[STACK_FAULTS_MAX];
    size_t count; /* all that were found; those beyond the maximum are only counted */
};

/* Reads and checks the text of a stack file. Every fault is told, not only the first; E_INVALID
 * then, and nothing is made. */
MUST_CHECK enum status stack_read(struct stack **out, const char *text, size_t len,
                                  const struct stack_world *world, struct stack_faults *faults);
/* fixtures/stacks/document.json, built into the program. */
const char *stack_builtin_text(void);
void stack_free(struct stack *stack); /* NULL is fine */

/* By name; NULL: there is none. */
const struct stack_resource *stack_find(const struct stack *stack, const char *name);
/* The effect of that kind on the resource at a moment, the latest incident's first; NULL: none. */
const struct stack_effect *stack_effect_at(const struct stack *stack,
                                           const struct stack_resource *resource,
                                           enum stack_effect_kind kind, int64_t time_ms);
/* The next moment after one at which any effect on the resource begins or ends; at most `until_ms`.
 */
int64_t stack_effect_turn(const struct stack *stack, const struct stack_resource *resource,
                          int64_t after_ms, int64_t until_ms);

#endif
