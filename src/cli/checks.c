/* checks.c - the table of checks.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/checks.h"

#include "base/day.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)

/* clang-format off */
const struct check checks[] = {
    { "tags", "keys and values of the tagging schema, and the activation of its cost keys",
      DAY_MS, check_tags_ask, check_tags_judge, false, false, false, NULL, NULL },
    { "budget", "what was spent and what is forecast, against the marks of the project's budget",
      DAY_MS, check_budget_ask, check_budget_judge, true, false, false, NULL, NULL },
    { "aurora", "CPU and connections of each Aurora instance over the last hour, against its lines",
      HOUR_MS, check_aurora_ask, check_aurora_judge, false, true, false, NULL, NULL },
    { "pii", "personal data and secrets that were recorded, reported or logged in clear",
      DAY_MS, check_pii_ask, check_pii_judge, false, false, true, check_pii_look, check_pii_await },
    { NULL, NULL, 0, NULL, NULL, false, false, false, NULL, NULL },
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
