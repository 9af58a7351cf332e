/* deploys.c - deployments as marks.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/views/deploys.h"

#include "tui/views/parts.h"

#include <string.h>

#define PACE_MS INT64_C(300000) /* a deployment may be five minutes late on a graph */
#define DAY_MS  INT64_C(86400000)

void
deploys_ask(struct ask_list *asks)
{
    ask_list_add(asks, &(struct ask){ .key = "functions",
                                      .kind = ASK_FUNCTIONS,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = PACE_MS });
}

const struct answer *
deploys_answer(const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "functions");

    if (answer != NULL && answer->got_ms == 0 && q->snapshot->is_emulator)
        return NULL;
    return answer;
}

const struct lambda_function *
deploys_function(const struct view_query *q, const char *name)
{
    const struct answer *answer = deploys_answer(q);

    for (size_t i = 0; answer != NULL && i < answer->function_count; i++) {
        if (strcmp(answer->functions[i].name, name) == 0)
            return &answer->functions[i];
    }
    return NULL;
}

const struct chart_mark *
deploys_marks(struct arena *arena, const struct view_query *q, const char *function, size_t *count)
{
    const struct answer *answer = deploys_answer(q);
    struct chart_mark *marks;

    *count = 0;
    if (answer == NULL)
        return NULL;
    marks = arena_alloc(arena, (answer->function_count + 1) * sizeof *marks);
    for (size_t i = 0; i < answer->function_count; i++) {
        const struct lambda_function *f = &answer->functions[i];

        if (function != NULL && strcmp(f->name, function) != 0)
            continue;
        if (f->modified_ms >= view_query_from_ms(q) && f->modified_ms < view_query_to_ms(q))
            marks[(*count)++] = (struct chart_mark){ .time_ms = f->modified_ms, .label = f->name };
    }
    return marks;
}
