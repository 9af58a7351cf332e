/* cmd_alarms.c - what is done with alarms outside the screen: playing them over the past.
 * SPDX-License-Identifier: MIT
 *
 * A word behind the command says what; there is one so far. Nothing is written anywhere. */
#include "config.h"

#include "cli/command.h"
#include "cli/reporting.h"

#include "tui/format.h"
#include "tui/views/rows.h"

#include <string.h>

/* CloudWatch keeps datapoints of a minute for 15 days ("Metrics retention", CloudWatch User Guide).
 */
#define OVER_MOST_MS (INT64_C(15) * 86400000)

static enum status
read_span(int64_t *out, const struct settings *s, struct err *err)
{
    const char *text = settings_text(s, SET_OVER);

    if (!format_span_parse(out, text))
        return err_set(err, E_USAGE, "--over %s: expected a span such as 90m, 24h or 7d", text);
    if (*out > OVER_MOST_MS)
        return err_set(
            err, E_USAGE,
            "--over %s: CloudWatch keeps values of a minute for 15 days; 15d is the most", text);
    return OK;
}

int
cmd_alarms(struct invocation *inv)
{
    const char *verb = inv->argument_count > 0 ? inv->arguments[0] : "";
    struct err err = { 0 };
    struct range range = { .to_ms = 0 };

    if (strcmp(verb, "rehearse") != 0) {
        err_set(&err, E_USAGE, "alarms: expected \"rehearse\", got \"%s\"; see obsview help alarms",
                verb);
        return command_fail(&err);
    }
    if (read_span(&range.span_ms, inv->settings, &err) != OK)
        return command_fail(&err);
    return reporting_run(inv->settings,
                         &(struct asking){ .view = &view_rehearsal, .range = range });
}
