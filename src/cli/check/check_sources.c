/* check_sources.c - what lives as items: an emulator's intake, log groups, series.
 * SPDX-License-Identifier: MIT
 *
 * An emulator tells what it took in, body by body, and keeps the newest few thousand. An account
 * keeps no bodies, but what its functions made of them are lines of their logs: who asks an account
 * for the intake gets those. Log groups that are named are asked whatever the source. */
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
#define PAGES_MOST  6     /* of the intake, which holds a few megabytes */
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

static void
ask_logs(struct ask_list *asks, const struct view_query *q)
{
    bool is_named = q->names != NULL && q->names->log_groups != NULL;
    struct arena *arena = arena_new();
    const char **groups;
    size_t count;

    ask_list_add(asks, &(struct ask){ .key = GROUPS_KEY,
                                      .kind = ASK_LOG_GROUPS,
                                      .range = q->range,
                                      .prefix = is_named ? NULL : PREFIX });
    groups = groups_of(arena, q, &count);
    for (size_t i = 0; i < count && i < GROUPS_MOST; i++)
        ask_list_add(asks, &(struct ask){ .key = groups[i],
                                          .kind = ASK_LOG_EVENTS,
                                          .range = q->range,
                                          .group = groups[i],
                                          .pattern = *q->filter == '\0' ? NULL : q->filter,
                                          .limit = LINES_MOST });
    arena_free(arena);
}

static void
feed_group(const struct check_run *run, const char *rule, const struct answer *answer,
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
    if (answer->is_partial)
        findings_add(run->found, FINDING_UNKNOWN, rule, "look at a shorter --range",
                     "cannot judge all of %s: it has more than %d lines", group, LINES_MOST);
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
        for (size_t i = 0; i < count && i < GROUPS_MOST; i++) {
            const struct answer *answer = check_answer(run->found, q, groups[i], rule);

            if (answer != NULL)
                feed_group(run, rule, answer, groups[i], take, state);
        }
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

/* The page that begins at `since`. */
static struct page
page_of(const struct view_query *q, int number, int64_t since)
{
    struct page page;

    snprintf(page.key, sizeof page.key, "check.intake.%d", number);
    snprintf(page.path, sizeof page.path,
             "/_obsview/events?body=1&limit=4096&kind=http,emf-tcp,emf-udp,emf-stdin,emf-logs"
             "&since=%" PRId64,
             since);
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
ask_intake(struct ask_list *asks, const struct view_query *q)
{
    int64_t since = 0;

    if (q->snapshot != NULL && !is_intake(q)) {
        ask_logs(asks, q);
        return;
    }
    for (int i = 0; i < PAGES_MOST; i++) {
        const struct page page = page_of(q, i, since);

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
feed_event(const cJSON *event, check_take *take, void *state)
{
    const char *body = json_get_string(event, "body", "");
    bool is_request = strcmp(json_get_string(event, "kind", ""), "http") == 0;
    char where[48];

    snprintf(where, sizeof where, "event %" PRId64, json_get_int(event, "id", 0));
    take(state, &(struct check_item){ .kind = is_request ? CHECK_REQUEST : CHECK_LINE,
                                      .where = where,
                                      .time_ms = json_get_int(event, "timeMs", 0),
                                      .text = body,
                                      .length = strlen(body),
                                      .method = json_get_string(event, "method", ""),
                                      .path = json_get_string(event, "path", ""),
                                      .status = (unsigned)json_get_int(event, "status", 0) });
}

static void
feed_page(const struct check_run *run, const char *rule, const cJSON *json, check_take *take,
          void *state)
{
    const cJSON *event;
    size_t cut = 0;

    cJSON_ArrayForEach(event, json_get(json, "events"))
    {
        if (json_get_bool(event, "bodyCut", false))
            cut++;
        else
            feed_event(event, take, state);
    }
    if (cut > 0)
        findings_add(run->found, FINDING_UNKNOWN, rule, NULL,
                     "cannot judge %zu bodies of which the intake kept only the beginning", cut);
}

static void
feed_intake(const struct check_run *run, const char *rule, const struct view_query *q,
            check_take *take, void *state)
{
    int64_t since = 0, oldest = 0;

    if (!is_intake(q)) {
        feed_logs(run, rule, q, take, state);
        return;
    }
    for (int i = 0; i < PAGES_MOST; i++) {
        const struct page page = page_of(q, i, since);

        if (check_answer(run->found, q, page.key, rule) == NULL || page.answer->json == NULL)
            break;
        feed_page(run, rule, page.answer->json, take, state);
        oldest = i == 0 ? json_get_int(page.answer->json, "oldest", 0) : oldest;
        if (is_last(&page))
            break;
        since = json_get_int(page.answer->json, "next", since);
    }
    if (oldest > 1)
        findings_note(run->found,
                      "the intake keeps the newest: what came before event %" PRId64
                      " was not judged",
                      oldest);
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
    [CHECK_LIVE_SERIES] = { ask_series, feed_series },
};
