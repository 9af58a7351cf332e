/* reporting.c - a view without a screen.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/reporting.h"

#include "base/mem.h"
#include "cli/command.h"
#include "cli/watching.h"
#include "tui/collector.h"
#include "tui/report.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_MAX_BYTES ((size_t)64 << 20)
#define REPORT_WAIT_MS   30000
#define TREND_STEPS      30

/* Asks, builds and prints. What was answered is printed even when something failed. */
static enum status
print_report(struct settings *s, const struct view *view, const struct range *range,
             const char *key, const struct gather_options *gather, struct err *err)
{
    bool is_ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    struct glyphs glyphs = glyphs_for(is_ascii, GRAPH_BRAILLE);
    struct arena *arena = arena_new();
    struct model model = { 0 };
    enum report_format format = REPORT_TEXT;
    struct scope_names names = watching_names(s);
    struct view_query q = {
        .now_ms = clock_now_ms(gather->clock),
        .range = *range,
        .key = key,
        .cursor = "",
        .filter = "",
        .steps = TREND_STEPS,
        .names = &names,
        .prices = &gather->target->listed,
    };
    struct snapshot *snapshot = NULL;
    struct buf out;
    enum status st = collect_once(&snapshot, &q, gather, view, REPORT_WAIT_MS, err);

    report_format_parse(&format, settings_text(s, SET_FORMAT));
    buf_init(&out, REPORT_MAX_BYTES);
    if (st == OK) {
        view->build(&model, arena, &q);
        report_print(&out, format, view, &model, &glyphs);
        fwrite(out.data, 1, out.len, stdout);
    }
    buf_fini(&out);
    snapshot_unref(snapshot);
    arena_free(arena);
    return st;
}

int
reporting_run(struct settings *s, const struct view *view, const struct range *range,
              const char *key)
{
    struct aws_target target;
    struct gather_options gather;
    struct clock *clock;
    char *paths;
    struct err err = { 0 };
    enum status st = watching_target(&target, s, NULL, &err);

    if (st != OK)
        return command_fail(&err);
    clock = clock_new_real();
    gather = watching_gather(s, &target, clock, &paths);
    st = print_report(s, view, range, key, &gather, &err);
    free(paths);
    clock_free(clock);
    aws_target_fini(&target);
    return st == OK ? EXIT_OK : command_fail(&err);
}
