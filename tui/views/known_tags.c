/* known_tags.c - asked once for the Tags view and for `obsview check tags`.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/views/known_tags.h"

#include <string.h>

#define DAY_MS INT64_C(86400000)
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

const struct answer *
known_tags_answer(const struct view_query *q)
{
    return snapshot_answer(q->snapshot, keys[0]);
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
