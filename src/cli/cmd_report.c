/* cmd_report.c - a view as text, JSON, CSV or Markdown, or the review of a month.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"
#include "cli/replay/machine.h"
#include "cli/reporting.h"
#include "cli/watching.h"

#include "base/day.h"
#include "base/mem.h"
#include "tui/gather.h"
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

/* Of whom it is told. */
struct reporting {
    struct settings *settings;
    const struct gather_options *source; /* a recording; NULL: whom the settings name */
};

static enum status
read_now(int64_t *now_ms, const struct reporting *r, struct err *err)
{
    if (r->source == NULL)
        return watching_now(now_ms, r->settings, err);
    *now_ms = clock_now_ms(r->source->clock);
    return OK;
}

/* Usage is looked at over the whole month, or what there is of it so far. */
static int
review_month(const struct reporting *r, const char *text)
{
    struct asking asking = { .view = &view_review, .source = r->source, .key = text };
    struct range *range = &asking.range;
    int64_t now_ms, first;
    struct err err = { 0 };

    if (read_now(&now_ms, r, &err) != OK)
        return command_fail(&err);
    if (read_month(&first, text, day_of_ms(now_ms), &err) != OK)
        return command_fail(&err);
    range->to_ms = day_month(first, 1) * DAY_MS;
    if (range->to_ms > now_ms)
        range->to_ms = now_ms;
    range->span_ms = range->to_ms - first * DAY_MS;
    return reporting_run(r->settings, &asking);
}

/* The view that compares before and after --mark. */
static int
report_marked(const struct reporting *r, struct asking *asking)
{
    int64_t now_ms;
    struct err err = { 0 };
    enum status st = read_now(&now_ms, r, &err);

    if (st == OK)
        st = watching_mark(&asking->mark_ms, now_ms, r->settings, &err);
    return st == OK ? reporting_run(r->settings, asking) : command_fail(&err);
}

/* An option of one view alone, given on the command line with another. */
static bool
is_misplaced(const struct settings *s, enum setting id, const char *name, const char *only)
{
    return strcmp(name, only) != 0 && strcmp(settings_origin(s, id), "flag") == 0;
}

static int
report(const struct reporting *r, const char *name)
{
    struct settings *s = r->settings;
    const char *month = settings_text(s, SET_MONTH), *mark = settings_text(s, SET_MARK);
    struct asking asking = { .view = view_find(name),
                             .range = { .span_ms = watching_span_ms(s) },
                             .source = r->source };
    struct err err = { 0 };

    if (asking.view == NULL)
        watching_unknown_view(name, &err);
    else if (is_misplaced(s, SET_MONTH, name, "costs"))
        err_set(&err, E_USAGE, "--month is for the costs: obsview report costs --month %s", month);
    else if (is_misplaced(s, SET_MARK, name, "aurora"))
        err_set(&err, E_USAGE, "--mark is for Aurora: obsview report aurora --mark %s", mark);
    else if (month != NULL && strcmp(name, "costs") == 0)
        return review_month(r, month);
    else if (mark != NULL && strcmp(name, "aurora") == 0)
        return report_marked(r, &asking);
    else
        return reporting_run(s, &asking);
    return command_fail(&err);
}

int
cmd_report(struct invocation *inv)
{
    struct reporting r = { .settings = inv->settings };
    struct machine *machine = NULL;
    int code = EXIT_OK;

    if (settings_text(inv->settings, SET_FIXTURE) != NULL)
        code = machine_open(&machine, inv->settings);
    if (machine != NULL)
        r.source = machine_source(machine);
    if (code == EXIT_OK)
        code = report(&r, inv->argument_count > 0 ? inv->arguments[0] : "");
    machine_close(machine);
    return code;
}
