/* checks.c - the table of checks.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/check/checks.h"

#include "base/day.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)

/* clang-format off */
const struct check checks[] = {
    { .name = "tags", .span_ms = DAY_MS, .ask = check_tags_ask, .judge = check_tags_judge,
      .help = "keys and values of the tagging schema, and the activation of its cost keys" },
    { .name = "budget", .span_ms = DAY_MS, .ask = check_budget_ask, .judge = check_budget_judge, .takes_period = true,
      .help = "what was spent and what is forecast, against the marks of the project's budget" },
    { .name = "aurora", .span_ms = HOUR_MS, .ask = check_aurora_ask, .judge = check_aurora_judge, .takes_mark = true,
      .help = "CPU and connections of each Aurora instance over the last hour, against its lines" },
    { .name = "pii", .span_ms = DAY_MS, .ask = check_pii_ask, .judge = check_pii_judge, .takes_severity = true,
      .look = check_pii_look, .await = check_pii_await,
      .help = "personal data and secrets that were recorded, reported or logged in clear" },
    { .name = "emf", .span_ms = DAY_MS, .stream = &check_emf,
      .help = "documents in Embedded Metric Format that CloudWatch would drop, as a whole or in part" },
    { .name = "vitals", .span_ms = DAY_MS, .stream = &check_vitals,
      .help = "p75 of each web vital and route, against its limits and against a baseline" },
    { .name = "errors", .span_ms = DAY_MS, .stream = &check_errors,
      .help = "groups of errors that a baseline does not have" },
    { .name = "contract", .span_ms = DAY_MS, .stream = &check_contract,
      .help = "bodies of requests against what the endpoints take; ratings computed again" },
    { .name = "cardinality", .span_ms = DAY_MS, .stream = &check_cardinality,
      .help = "distinct series of custom metrics, their price for a month, and the dimension to blame" },
    { .name = "naming", .span_ms = DAY_MS, .stream = &check_naming,
      .help = "names of namespaces, metrics and dimensions, and those that are spelled two ways" },
    { .name = "logs", .span_ms = DAY_MS, .stream = &check_logs,
      .help = "log lines against the schema for structured logs, and secrets in them" },
    { .name = NULL },
};
/* clang-format on */

const struct check *
check_find(const char *name)
{
    for (const struct check *c = checks; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

const struct answer *
check_answer(struct findings *found, const struct view_query *q, const char *key, const char *rule)
{
    const struct answer *answer = snapshot_answer(q->snapshot, key);

    if (answer != NULL && answer->got_ms != 0 && answer->failure == NULL)
        return answer;
    findings_add(found, FINDING_UNKNOWN, rule, NULL, "cannot judge: %s",
                 answer != NULL && answer->failure != NULL ? answer->failure : "no answer in time");
    return NULL;
}

bool
check_period_parse(int64_t *from, int64_t *to, const char *text)
{
    const char *dots = strstr(text, "..");
    char first[DAY_TEXT] = "";

    if (dots == NULL || dots - text >= DAY_TEXT)
        return false;
    memcpy(first, text, (size_t)(dots - text));
    return day_parse(from, first) && day_parse(to, dots + 2) && *from < *to;
}
