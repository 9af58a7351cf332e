/* cmd_report.c - a view as text, JSON, CSV or Markdown, or the review of a month.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"
#include "cli/replay/machine.h"
#include "cli/reporting.h"
#include "cli/watching.h"

#include "base/day.h"
#include "base/mem.h"
#include "tui/views/rows.h"

#include <stdio.h>
#include <string.h>

#define MONTH_CHARS 7 /* "2025-11" */

/* The first day of --month. */
static enum status
read_month(int64_t *first, const char *text, int64_t today, struct err *err)
{
    char day[DAY_TEXT];

    snprintf(day, sizeof day, "%.*s-01", MONTH_CHARS, text);
    if (strlen(text) != MONTH_CHARS || !day_parse(first, day))
        return err_set(err, E_USAGE, "--month %s: expected a month such as 2025-11", text);
    if (*first > today)
        return err_set(err, E_USAGE, "--month %s: that month has not begun", text);
    return OK;
}

/* Usage is looked at over the whole month, or what there is of it so far. */
static int
review_month(struct settings *s, const char *text)
{
    int64_t now_ms, first;
    struct range range;
    struct err err = { 0 };

    if (watching_now(&now_ms, s, &err) != OK)
        return command_fail(&err);
    if (read_month(&first, text, day_of_ms(now_ms), &err) != OK)
        return command_fail(&err);
    range.to_ms = day_month(first, 1) * DAY_MS;
    if (range.to_ms > now_ms)
        range.to_ms = now_ms;
    range.span_ms = range.to_ms - first * DAY_MS;
    return reporting_run(s, &view_review, &range, text, 0);
}

/* The view that compares before and after --mark. */
static int
report_marked(struct settings *s, const struct view *view, const struct range *range)
{
    int64_t now_ms, mark_ms;
    struct err err = { 0 };

    if (watching_mark(&mark_ms, &now_ms, s, &err) != OK)
        return command_fail(&err);
    return reporting_run(s, view, range, "", mark_ms);
}

/* An option of one view alone, given on the command line with another. */
static bool
is_misplaced(const struct settings *s, enum setting id, const char *name, const char *only)
{
    return strcmp(name, only) != 0 && strcmp(settings_origin(s, id), "flag") == 0;
}

static int
report(struct invocation *inv)
{
    const char *name = inv->argument_count > 0 ? inv->arguments[0] : "";
    const char *month = settings_text(inv->settings, SET_MONTH);
    const char *mark = settings_text(inv->settings, SET_MARK);
    const struct view *view = view_find(name);
    struct range range = { .span_ms = watching_span_ms(inv->settings) };
    struct err err = { 0 };

    if (view == NULL) {
        watching_unknown_view(name, &err);
        return command_fail(&err);
    }
    if (is_misplaced(inv->settings, SET_MONTH, name, "costs"))
        err_set(&err, E_USAGE, "--month is for the costs: obsview report costs --month %s", month);
    else if (is_misplaced(inv->settings, SET_MARK, name, "aurora"))
        err_set(&err, E_USAGE, "--mark is for Aurora: obsview report aurora --mark %s", mark);
    else if (month != NULL && strcmp(name, "costs") == 0)
        return review_month(inv->settings, month);
    else if (mark != NULL && strcmp(name, "aurora") == 0)
        return report_marked(inv->settings, view, &range);
    else
        return reporting_run(inv->settings, view, &range, "", 0);
    return command_fail(&err);
}

int
cmd_report(struct invocation *inv)
{
    struct machine *machine = NULL;
    int code = EXIT_OK;

    if (settings_text(inv->settings, SET_FIXTURE) != NULL)
        code = machine_open(&machine, inv->settings);
    if (code == EXIT_OK)
        code = report(inv);
    machine_close(machine);
    return code;
}
