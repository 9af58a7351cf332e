/* cmd_report.c - a view as text, JSON, CSV or Markdown.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"
#include "cli/reporting.h"
#include "cli/watching.h"

int
cmd_report(struct invocation *inv)
{
    const char *name = inv->argument_count > 0 ? inv->arguments[0] : "";
    const struct view *view = view_find(name);
    struct err err = { 0 };

    if (view == NULL) {
        watching_unknown_view(name, &err);
        return command_fail(&err);
    }
    return reporting_run(inv->settings, view, watching_span_ms(inv->settings));
}
