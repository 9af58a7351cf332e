/* reporting.c - a view without a screen.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/reporting.h"

#include "base/mem.h"
#include "cli/command.h"
#include "cli/start.h"
#include "cli/watching.h"
#include "tui/collector.h"
#include "tui/report.h"
#include "tui/reviews.h"
#include "tui/snapshot.h"
#include "tui/views/rows.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_MAX_BYTES ((size_t)64 << 20)
#define REPORT_WAIT_MS   30000

static void
print_report(const struct view *view, const struct view_query *q, enum report_format format)
{
    bool is_ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    struct glyphs glyphs = glyphs_for(is_ascii, GRAPH_BRAILLE);
    struct arena *arena = arena_new();
    struct model model = { 0 };
    struct buf out;

    buf_init(&out, REPORT_MAX_BYTES);
    view->build(&model, arena, q);
    report_print(&out, format, view, &model, &glyphs);
    fwrite(out.data, 1, out.len, stdout);
    buf_fini(&out);
    arena_free(arena);
}

/* NULL: there are none that can be read. */
static struct reviews *
load_reviews(void)
{
    char *path = start_state_path("reviews");
    struct reviews *reviews = NULL;
    struct err err;

    (void)!reviews_load(&reviews, path, &err);
    free(path);
    return reviews;
}

/* Asks what the view asks, until it asks nothing new. */
static enum status
ask_once(struct settings *s, const struct asking *asking, const struct gather_options *gather,
         struct err *err)
{
    struct scope_names names = watching_names(s);
    struct view_query q = {
        .now_ms = clock_now_ms(gather->clock),
        .range = asking->range,
        .key = asking->key == NULL ? "" : asking->key,
        .cursor = "",
        .filter = asking->filter == NULL ? "" : asking->filter,
        .steps = WATCHING_TREND_STEPS,
        .mark_ms = asking->mark_ms,
        .names = &names,
        .prices = &gather->target->listed,
    };
    struct snapshot *snapshot = NULL;
    struct reviews *reviews = load_reviews();
    enum status st;

    q.reviews = reviews;
    st = collect_once(&snapshot, &q, gather, asking->view, REPORT_WAIT_MS, err);

    if (st == OK)
        asking->told(asking->arg, &q);
    snapshot_unref(snapshot);
    reviews_free(reviews);
    return st;
}

enum status
asking_run(struct settings *s, const struct asking *asking, struct err *err)
{
    struct aws_target target;
    struct umami_target umami;
    struct gather_options gather;
    struct clock *clock;
    char *paths;
    enum status st;

    if (asking->source != NULL)
        return ask_once(s, asking, asking->source, err);
    st = watching_target(&target, s, NULL, err);
    if (st != OK)
        return st;
    if (asking->label != NULL)
        aws_target_rename(&target, asking->label);
    clock = watching_clock(&target);
    watching_umami(&umami, s, &target);
    gather = watching_gather(s, &target, &umami, clock, &paths);
    st = ask_once(s, asking, &gather, err);
    umami_target_fini(&umami);
    free(paths);
    clock_free(clock);
    aws_target_fini(&target);
    return st;
}

struct reported {
    const struct view *view;
    enum report_format format;
    struct err lack; /* why what it is about is not in it */
};

/* A review without a bill is none; what else there is has been printed. */
static void
note_lack(struct reported *r, const struct view_query *q)
{
    const struct answer *bill = snapshot_answer(q->snapshot, "review.function");

    if (r->view == &view_review && bill != NULL && bill->failure != NULL)
        err_set(&r->lack, E_IO, "%s", bill->failure);
}

static void
on_told(void *arg, const struct view_query *q)
{
    struct reported *r = arg;

    print_report(r->view, q, r->format);
    note_lack(r, q);
}

int
reporting_run(struct settings *s, const struct asking *asking)
{
    struct reported r = { .view = asking->view };
    struct asking told = *asking;
    const char *format = settings_text(s, SET_FORMAT);
    struct err err = { 0 };

    told.told = on_told;
    told.arg = &r;
    if (!report_format_parse(&r.format, format))
        err_set(&err, E_USAGE, "a report is text, json, csv or md, not %s", format);
    else if (asking_run(s, &told, &err) == OK && r.lack.code == OK)
        return EXIT_OK;
    else if (r.lack.code != OK)
        err = r.lack;
    return command_fail(&err);
}
