/* check_sources.c - what lives as items: an emulator's intake, log groups, series.
 * SPDX-License-Identifier: MIT
 *
 * An emulator tells what it took in, body by body, and keeps the newest few thousand. An account
 * keeps no bodies, but what its functions made of them are lines of their logs: who asks an account
 * for the intake gets those. Log groups that are named are asked whatever the source.
 *
 * Of lines that a pattern picks, none is good news only where there are lines: those of a group
 * without a match are then looked at without it. */
#include "config.h"

#include "cli/check/check_stream.h"

#include "base/json.h"
#include "cli/check/checks.h"
#include "tui/views/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define GROUPS_KEY  "check.groups"
#define SERIES_KEY  "check.series"
#define GROUPS_MOST 25
#define LINES_MOST  10000 /* of a group */
#define OTHERS_MOST 100   /* of a group in which the pattern finds nothing */
#define PAGES_MOST  6     /* of the intake, which holds a few megabytes */
#define REQUESTS    "http"
#define LINES       "emf-tcp,emf-udp,emf-stdin,emf-logs"
#define PREFIX      "/aws/lambda/"

static bool
is_intake(const struct view_query *q)
{
    return q->snapshot != NULL && q->snapshot->is_emulator &&
           (q->names == NULL || q->names->log_groups == NULL);
}

/* --- log groups ------------------------------------------------------------------------------- */

static const char **
groups_of(struct arena *arena, const struct view_query *q, size_t *count)
{
    return wanted_groups(arena, q, snapshot_answer(q->snapshot, GROUPS_KEY), count);
}

/* What the lines of a group without a match are asked for as. */
static const char *
others_key(struct arena *arena, const char *group)
{
    return arena_printf(arena, "check.others %s", group);
}

static bool
is_without_match(const struct view_query *q, const char *group)
{
    const struct answer *answer = snapshot_answer(q->snapshot, group);

    return *q->filter != '\0' && answer != NULL && answer->got_ms != 0 && answer->event_count == 0;
}

static void
ask_group(struct ask_list *asks, struct arena *arena, const struct view_query *q, const char *group)
{
    ask_list_add(asks, &(struct ask){ .key = group,
                                      .kind = ASK_LOG_EVENTS,
                                      .range = q->range,
                                      .group = group,
                                      .pattern = *q->filter == '\0' ? NULL : q->filter,
                                      .limit = LINES_MOST });
    if (is_without_match(q, group))
        ask_list_add(asks, &(struct ask){ .key = others_key(arena, group),
                                          .kind = ASK_LOG_EVENTS,
                                          .range = q->range,
                                          .group = group,
                                          .limit = OTHERS_MOST });
}

/* `prefix` is that of groups when none is named; NULL: all. */
static void
ask_groups(struct ask_list *asks, const struct view_query *q, const char *prefix)
{
    bool is_named = q->names != NULL && q->names->log_groups != NULL;
    struct arena *arena = arena_new();
    const char **groups;
    size_t count;

    ask_list_add(asks, &(struct ask){ .key = GROUPS_KEY,
                                      .kind = ASK_LOG_GROUPS,
                                      .range = q->range,
                                      .prefix = is_named ? NULL : prefix });
    groups = groups_of(arena, q, &count);
    for (size_t i = 0; i < count && i < GROUPS_MOST; i++)
        ask_group(asks, arena, q, groups[i]);
    arena_free(arena);
}

static void
ask_logs(struct ask_list *asks, const struct view_query *q)
{
    ask_groups(asks, q, PREFIX);
}

static void
feed_lines(const struct check_run *run, const char *rule, const struct answer *answer,
           const char *group, check_take *take, void *state)
{
    for (size_t i = 0; i < answer->event_count; i++) {
        const struct log_entry *e = &answer->events[i];

        if (e->is_gap)
            findings_add(run->found, FINDING_UNKNOWN, rule, NULL, "cannot judge all of %s: %s",
                         group, e->message);
        else
            take(state, &(struct check_item){ .kind = CHECK_LINE,
                                              .where = group,
                                              .time_ms = e->time_ms,
                                              .text = e->message,
                                              .length = e->message_len });
    }
}

static void
feed_group(const struct check_run *run, const char *rule, const struct view_query *q,
           const char *group, check_take *take, void *state)
{
    const struct answer *answer = check_answer(run->found, q, group, rule), *others;
    struct arena *arena = arena_new();

    if (answer != NULL)
        feed_lines(run, rule, answer, group, take, state);
    if (answer != NULL && answer->is_partial)
        findings_add(run->found, FINDING_UNKNOWN, rule, "look at a shorter --range",
                     "cannot judge all of %s: it has more than %d lines", group, LINES_MOST);
    if (is_without_match(q, group)) {
        others = check_answer(run->found, q, others_key(arena, group), rule);
        if (others != NULL)
            feed_lines(run, rule, others, group, take, state);
    }
    arena_free(arena);
}

static void
feed_logs(const struct check_run *run, const char *rule, const struct view_query *q,
          check_take *take, void *state)
{
    struct arena *arena = arena_new();
    const char **groups;
    size_t count = 0;

    if (check_answer(run->found, q, GROUPS_KEY, rule) != NULL) {
        groups = groups_of(arena, q, &count);
        for (size_t i = 0; i < count && i < GROUPS_MOST; i++)
            feed_group(run, rule, q, groups[i], take, state);
    }
    if (count > GROUPS_MOST)
        findings_add(run->found, FINDING_UNKNOWN, rule, "name those that matter with --log-groups",
                     "cannot judge all: %d of %zu log groups were read", GROUPS_MOST, count);
    arena_free(arena);
}

/* --- the intake ------------------------------------------------------------------------------- */

struct page {
    char key[24], path[96];
    const struct answer *answer; /* NULL: none yet */
};

/* The page of these kinds that begins at `since`. */
static struct page
page_of(const struct view_query *q, const char *kinds, int number, int64_t since)
{
    struct page page;

    snprintf(page.key, sizeof page.key, "check.intake.%d", number);
    snprintf(page.path, sizeof page.path,
             "/_obsview/events?body=1&limit=4096&kind=%s&since=%" PRId64, kinds, since);
    page.answer = snapshot_answer(q->snapshot, page.key);
    return page;
}

static bool
is_last(const struct page *page)
{
    return page->answer == NULL || page->answer->json == NULL ||
           cJSON_GetArraySize(json_get(page->answer->json, "events")) == 0;
}

static void
ask_pages(struct ask_list *asks, const struct view_query *q, const char *kinds)
{
    int64_t since = 0;

    for (int i = 0; i < PAGES_MOST; i++) {
        const struct page page = page_of(q, kinds, i, since);

        ask_list_add(asks, &(struct ask){ .key = page.key,
                                          .kind = ASK_EMULATOR,
                                          .range = q->range,
                                          .path = page.path });
        if (is_last(&page))
            break;
        since = json_get_int(page.answer->json, "next", since);
    }
}

static void
ask_intake(struct ask_list *asks, const struct view_query *q)
{
    if (q->snapshot != NULL && !is_intake(q))
        ask_logs(asks, q);
    else
        ask_pages(asks, q, REQUESTS "," LINES);
}

/* Pages of the intake on their way to a judge. */
struct feeding {
    const struct check_run *run;
    const char *rule;
    const char *kinds;
    bool is_logged; /* of each item */
    check_take *take;
    void *state;
};

static void
feed_event(const struct feeding *f, const cJSON *event)
{
    const char *body = json_get_string(event, "body", "");
    bool is_request = strcmp(json_get_string(event, "kind", ""), "http") == 0;
    char where[48];

    snprintf(where, sizeof where, "event %" PRId64, json_get_int(event, "id", 0));
    f->take(f->state, &(struct check_item){ .kind = is_request ? CHECK_REQUEST : CHECK_LINE,
                                            .where = where,
                                            .time_ms = json_get_int(event, "timeMs", 0),
                                            .text = body,
                                            .length = strlen(body),
                                            .method = json_get_string(event, "method", ""),
                                            .path = json_get_string(event, "path", ""),
                                            .status = (unsigned)json_get_int(event, "status", 0),
                                            .is_logged = f->is_logged });
}

static void
feed_page(const struct feeding *f, const cJSON *json)
{
    const cJSON *event;
    size_t cut = 0;

    cJSON_ArrayForEach(event, json_get(json, "events"))
    {
        if (json_get_bool(event, "bodyCut", false))
            cut++;
        else
            feed_event(f, event);
    }
    if (cut > 0)
        findings_add(f->run->found, FINDING_UNKNOWN, f->rule, NULL,
                     "cannot judge %zu bod%s of which the intake kept only the beginning", cut,
                     cut == 1 ? "y" : "ies");
}

static void
feed_pages(const struct feeding *f, const struct view_query *q)
{
    int64_t since = 0, oldest = 0;

    for (int i = 0; i < PAGES_MOST; i++) {
        const struct page page = page_of(q, f->kinds, i, since);

        if (check_answer(f->run->found, q, page.key, f->rule) == NULL || page.answer->json == NULL)
            break;
        feed_page(f, page.answer->json);
        oldest = i == 0 ? json_get_int(page.answer->json, "oldest", 0) : oldest;
        if (is_last(&page))
            break;
        since = json_get_int(page.answer->json, "next", since);
    }
    if (oldest > 1)
        findings_note(f->run->found,
                      "the intake keeps the newest: what came before event %" PRId64
                      " was not judged%s",
                      oldest, f->is_logged ? ", but for the lines that it became" : "");
}

static void
feed_intake(const struct check_run *run, const char *rule, const struct view_query *q,
            check_take *take, void *state)
{
    const struct feeding f = { run, rule, REQUESTS "," LINES, false, take, state };

    if (is_intake(q))
        feed_pages(&f, q);
    else
        feed_logs(run, rule, q, take, state);
}

/* --- both ------------------------------------------------------------------------------------- */

/* An emulator's groups are all its own, and cost nothing. */
static void
ask_reported(struct ask_list *asks, const struct view_query *q)
{
    ask_groups(asks, q, is_intake(q) ? NULL : PREFIX);
    if (is_intake(q))
        ask_pages(asks, q, REQUESTS);
}

static void
feed_reported(const struct check_run *run, const char *rule, const struct view_query *q,
              check_take *take, void *state)
{
    const struct feeding f = { run, rule, REQUESTS, true, take, state };

    feed_logs(run, rule, q, take, state);
    if (is_intake(q))
        feed_pages(&f, q);
}

/* --- series ----------------------------------------------------------------------------------- */

static void
ask_series(struct ask_list *asks, const struct view_query *q)
{
    ask_list_add(asks,
                 &(struct ask){ .key = SERIES_KEY, .kind = ASK_METRIC_NAMES, .range = q->range });
}

static void
feed_series(const struct check_run *run, const char *rule, const struct view_query *q,
            check_take *take, void *state)
{
    const struct answer *answer = check_answer(run->found, q, SERIES_KEY, rule);

    for (size_t i = 0; answer != NULL && i < answer->name_count; i++)
        take(state, &(struct check_item){ .kind = CHECK_SERIES,
                                          .where = answer->names[i].namespace_name,
                                          .series = &answer->names[i] });
    if (answer != NULL && answer->is_partial)
        findings_add(run->found, FINDING_UNKNOWN, rule, NULL,
                     "cannot judge all: there are more than the %zu series that were read",
                     answer->name_count);
}

const struct check_source check_sources[CHECK_LIVES] = {
    [CHECK_LIVE_INTAKE] = { ask_intake, feed_intake },
    [CHECK_LIVE_LOGS] = { ask_logs, feed_logs },
    [CHECK_LIVE_REPORTED] = { ask_reported, feed_reported },
    [CHECK_LIVE_SERIES] = { ask_series, feed_series },
};
