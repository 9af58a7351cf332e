/* why_own.h - what the doors that `obsview why` looks behind share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_WHY_OWN_H
#define OV_CLI_WHY_OWN_H

#include "aws/client.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/why/tale.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHY_TEXT_MAX ((size_t)4 << 20)
#define WHY_DIMS_MAX 30

struct why {
    struct settings *s;
    struct aws_target target;
    struct net *net;
    struct aws_client *client;
    struct arena *arena;
    struct tale *tale;
    int64_t now_ms, span_ms;
    const char *id;     /* as it was given */
    const char *needle; /* what texts are searched for: the id, or a metric's name */
    bool is_short;      /* too short to be searched for: every text has it */
    /* a metric; NULL: an id */
    const char *namespace_name, *metric;
    const char *dims[WHY_DIMS_MAX][2];
    size_t dim_count;
    int64_t *sent; /* requests and lines of the intake that brought it */
    size_t sent_count, sent_room;
    int64_t stored_ms;   /* an error report's arrival; 0: none */
    int64_t hit_ms;      /* that of a hit of Umami; 0: none */
    const char *session; /* that the report carries; NULL: none */
    bool is_filters_off; /* metric filters cannot be asked for, and that was told */
    /* the answer being waited for */
    bool is_done;
    unsigned answers; /* that came, of all */
    cJSON *answer;
    struct err err;
};

/* The answer, the caller's; NULL: a->err says why there is none. */
cJSON *why_ask_aws(struct why *a, enum aws_service service, const char *operation,
                   const char *input);
cJSON *why_ask_emulator(struct why *a, const char *path);
/* In the arena: a JSON text in quotes, and as it stands in an address. */
const char *why_quoted(struct why *a, const char *text);
const char *why_escaped(struct why *a, const char *text);

/* Whatever the case. `text` may be NULL. */
bool why_mentions(const char *text, const char *needle);
/* Whether a text names the metric, with its namespace and the values of its dimensions, each as a
 * word of its own: "M" is not in every "Metrics". */
bool why_names_metric(const struct why *a, const char *text);

/* The metric filters of one log group, as they are when first a line of it is told. */
struct why_filters *why_filters_new(struct why *a, const char *group);
void why_filters_free(struct why_filters *filters);
/* A line of that group: the series that count it. */
void why_filters_take(struct why *a, struct why_filters *filters, const char *message);

/* Lines of a group that match a pattern, each as a step; false: it could not be asked. */
bool why_look_at_lines(struct why *a, const char *group, const char *pattern,
                       void (*tell)(struct why *a, void *arg, const char *group,
                                    const cJSON *event),
                       void *arg);
/* One line as a step, without its judgement. */
void why_tell_line(struct why *a, const char *group, const cJSON *event);

/* Each door tells what lies behind it, and that it was looked. */
void why_look_into_intake(struct why *a);  /* why_intake.c */
void why_look_for_report(struct why *a);   /* why_stored.c */
void why_look_for_hit(struct why *a);      /* why_stored.c */
void why_look_for_group(struct why *a);    /* why_groups.c */
void why_look_for_links(struct why *a);    /* why_stored.c */
void why_look_into_logs(struct why *a);    /* why_logs.c */
void why_look_for_filters(struct why *a);  /* why_filters.c, of a metric */
void why_look_for_series(struct why *a);   /* why_metrics.c */
void why_look_for_failures(struct why *a); /* why_metrics.c */
void why_look_for_alarms(struct why *a);   /* why_alarms.c */

#endif
