/* first_seen.c - what the store of an emulator knows, or else the lines at hand.
 * SPDX-License-Identifier: MIT
 *
 * Reading an account's lines further back would take a call for each megabyte of them, again and
 * again; so what is not known is said. */
#include "config.h"

#include "tui/views/first_seen.h"

#include "base/json.h"
#include "tui/format.h"

#include <stdlib.h>
#include <string.h>

#define KEY "errors.first"

void
first_seen_ask(struct ask_list *asks, const struct view_query *q)
{
    if (q->snapshot != NULL && q->snapshot->is_emulator)
        ask_list_add(asks, &(struct ask){ .key = KEY,
                                          .kind = ASK_EMULATOR,
                                          .range = { .span_ms = 1 },
                                          .path = "/_obsview/error-groups" });
}

static int
by_group(const void *a, const void *b)
{
    return strcmp(((const struct first_told *)a)->group, ((const struct first_told *)b)->group);
}

static void
take_groups(struct first_seen *seen, struct arena *arena, const cJSON *groups)
{
    struct first_told *told =
        arena_alloc(arena, ((size_t)cJSON_GetArraySize(groups) + 1) * sizeof *told);
    const cJSON *group;

    cJSON_ArrayForEach(group, groups)
    {
        told[seen->told_count++] =
            (struct first_told){ .group = json_get_string(group, "id", ""),
                                 .first_ms = json_get_int(group, "firstMs", INT64_MAX) };
    }
    qsort(told, seen->told_count, sizeof *told, by_group);
    seen->told = told;
}

void
first_seen_init(struct first_seen *seen, struct arena *arena, const struct view_query *q,
                const struct answer *lines)
{
    const struct answer *told = snapshot_answer(q->snapshot, KEY);
    bool has_answer = told != NULL && told->json != NULL;

    *seen = (struct first_seen){ .looked_from_ms = INT64_MAX };
    if (lines != NULL && lines->is_partial && lines->event_count > 0)
        seen->looked_from_ms = lines->events[0].time_ms;
    else if (lines != NULL && !lines->is_partial)
        seen->looked_from_ms = lines->from_ms;
    seen->is_awaited = !has_answer && q->snapshot != NULL && q->snapshot->is_emulator &&
                       (told == NULL || told->failure == NULL);
    if (has_answer)
        take_groups(seen, arena, json_get(told->json, "groups"));
}

bool
first_seen_find(const struct first_seen *seen, const char *group, int64_t *first_ms)
{
    const struct first_told wanted = { .group = group };
    const struct first_told *told =
        seen->told_count == 0
            ? NULL
            : bsearch(&wanted, seen->told, seen->told_count, sizeof *seen->told, by_group);

    if (told == NULL)
        return false;
    if (told->first_ms < *first_ms) /* else a line that nobody reported */
        *first_ms = told->first_ms;
    return true;
}

bool
first_seen_is_new(const struct first_seen *seen, const struct view_query *q, const char *group,
                  int64_t first_ms)
{
    int64_t from_ms = view_query_from_ms(q);
    bool is_sure = first_seen_find(seen, group, &first_ms);

    return first_ms >= from_ms &&
           (is_sure || (!seen->is_awaited && seen->looked_from_ms < from_ms));
}

const char *
first_seen_within(const struct first_seen *seen, const struct view_query *q, struct arena *arena)
{
    char age[FORMAT_TEXT];

    if (seen->looked_from_ms == INT64_MAX)
        return "";
    format_age(age, view_query_to_ms(q) - seen->looked_from_ms);
    return arena_printf(arena, " in %s", age);
}
