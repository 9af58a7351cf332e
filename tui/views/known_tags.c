/* known_tags.c - asked once for the Tags view and for `obsview check tags`.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/views/known_tags.h"

#include "base/day.h"

#include <string.h>

#define GLOBAL "us-east-1" /* of CloudFront and other services without a region */

static const char *const keys[] = { "tags", "tags.global" };
#define PLACES (sizeof keys / sizeof keys[0])

/* An emulator tells all it has wherever it is asked. */
static size_t
places(const struct view_query *q)
{
    return q->snapshot != NULL && !q->snapshot->is_emulator ? PLACES : 1;
}

void
known_tags_ask(struct ask_list *asks, const struct view_query *q)
{
    for (size_t i = 0; i < places(q); i++)
        ask_list_add(asks, &(struct ask){ .key = keys[i],
                                          .kind = ASK_TAGS,
                                          .range = { .span_ms = DAY_MS },
                                          .region = i == 0 ? NULL : GLOBAL });
}

const char *const *
known_tags_keys(const struct view_query *q)
{
    static const char *const own[] = { "tags", NULL }, *const all[] = { "tags", "tags.global",
                                                                        NULL };

    return places(q) == 1 ? own : all;
}

void
known_tags_source(struct panel *panel, const struct view_query *q)
{
    for (size_t i = 0; i < places(q); i++)
        panel_source(panel, KNOWN_TAGS_SOURCE, q, snapshot_answer(q->snapshot, keys[i]));
}

static void
take(struct known_tags *out, const struct answer *answer, size_t i)
{
    const struct tag_verdict *verdict = &answer->tag_verdicts[i];
    bool is_judged = verdict->group != TAG_FOREIGN, is_faulty = tag_is_faulty(verdict);
    const char *project = tag_find(&answer->tagged[i], "Project");

    out->items[out->count++] = (struct known_tag){ &answer->tagged[i], verdict };
    out->groups[verdict->group]++;
    out->judged += is_judged;
    out->faulty += is_faulty;
    out->counted += is_faulty && project != NULL && strcmp(project, "UserMetrics") == 0 &&
                    answer->tagged[i].tag_count < TAG_COUNT_LEAST;
}

/* Both are sorted; where both know one, the region's own is taken. */
void
known_tags_read(struct known_tags *out, struct arena *arena, const struct view_query *q)
{
    const struct answer *answers[PLACES] = { NULL };
    size_t at[PLACES] = { 0 }, most = 0;

    *out = (struct known_tags){ .count = 0 };
    for (size_t i = 0; i < places(q); i++) {
        answers[i] = snapshot_answer(q->snapshot, keys[i]);
        most += answers[i] == NULL ? 0 : answers[i]->tagged_count;
        out->is_partial |= answers[i] != NULL && answers[i]->is_partial;
    }
    out->items = arena_alloc(arena, (most + 1) * sizeof *out->items);
    for (;;) {
        const char *first = NULL;
        size_t from = 0;

        for (size_t i = 0; i < PLACES; i++) {
            const char *arn = answers[i] == NULL || at[i] == answers[i]->tagged_count
                                  ? NULL
                                  : answers[i]->tagged[at[i]].arn;

            if (arn != NULL && (first == NULL || strcmp(arn, first) < 0)) {
                first = arn;
                from = i;
            }
        }
        if (first == NULL)
            return;
        take(out, answers[from], at[from]);
        for (size_t i = 0; i < PLACES; i++)
            at[i] += answers[i] != NULL && at[i] < answers[i]->tagged_count &&
                     strcmp(answers[i]->tagged[at[i]].arn, first) == 0;
    }
}

/* --- whether Cost Explorer can group by a key --- */

/* "Wait 24 hours for tags to appear in Cost Explorer" (document 999, and AWS's Billing guide). */
#define SETTLES_MS DAY_MS
#define HOUR_MS    INT64_C(3600000)

const char *
known_cost_tags_key(void)
{
    return "costs.tags";
}

void
known_cost_tags_ask(struct ask_list *asks)
{
    ask_list_add(asks, &(struct ask){ .key = known_cost_tags_key(),
                                      .kind = ASK_COST_TAGS,
                                      .range = { .span_ms = DAY_MS } });
}

static const struct bill_tag *
find_cost_tag(const struct answer *answer, const char *key)
{
    for (size_t i = 0; i < answer->cost_tag_count; i++) {
        if (strcmp(answer->cost_tags[i].key, key) == 0)
            return &answer->cost_tags[i];
    }
    return NULL;
}

struct known_cost_tag
known_cost_tag(const struct view_query *q, const char *key)
{
    const struct answer *answer = snapshot_answer(q->snapshot, known_cost_tags_key());
    struct known_cost_tag out = { .state = COST_TAG_UNKNOWN };
    const struct bill_tag *tag;
    int64_t left_ms;

    if (answer == NULL || answer->got_ms == 0)
        return out;
    tag = find_cost_tag(answer, key);
    if (tag == NULL) {
        out.state = COST_TAG_UNLISTED;
        return out;
    }
    out.changed_ms = tag->changed_ms;
    out.state = tag->is_active ? COST_TAG_ACTIVE : COST_TAG_INACTIVE;
    left_ms = tag->changed_ms + SETTLES_MS - q->now_ms;
    if (left_ms > SETTLES_MS)
        left_ms = SETTLES_MS; /* our clock is behind theirs */
    if (tag->is_active && tag->changed_ms != 0 && left_ms > 0) {
        out.state = COST_TAG_SETTLING;
        out.hours_left = (int)((left_ms + HOUR_MS - 1) / HOUR_MS);
    }
    return out;
}
