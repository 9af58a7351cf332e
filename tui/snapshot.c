/* snapshot.c - counted, immutable answers.
 * SPDX-License-Identifier: MIT
 *
 * The counts are the only words two threads write. Taking a reference needs one already held, so
 * relaxed order is enough there; the last release must see all earlier ones, hence acq_rel. */
#include "config.h"

#include "tui/snapshot.h"

#include <stddef.h>
#include <string.h>

struct answer *
answer_new(const char *key, enum ask_kind kind)
{
    struct arena *arena = arena_new();
    struct answer *answer = arena_alloc(arena, sizeof(*answer));

    atomic_init(&answer->references, 1);
    answer->arena = arena;
    answer->key = arena_strdup(arena, key);
    answer->kind = kind;
    return answer;
}

struct answer *
answer_ref(struct answer *answer)
{
    atomic_fetch_add_explicit(&answer->references, 1, memory_order_relaxed);
    return answer;
}

void
answer_unref(struct answer *answer)
{
    if (answer == NULL)
        return;
    if (atomic_fetch_sub_explicit(&answer->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < answer->part_count; i++)
        answer_unref(answer->parts[i]);
    if (!answer->json_is_borrowed)
        cJSON_Delete(answer->json);
    arena_free(answer->arena);
}

void
answer_has_parts(struct answer *answer, size_t count)
{
    answer->parts = arena_alloc(answer->arena, (count + 1) * sizeof(*answer->parts));
    answer->part_count = count;
}

void
answer_show(struct answer *answer, struct answer *of)
{
    const size_t data = offsetof(struct answer, got_ms); /* and all behind it */

    memcpy((char *)answer + data, (const char *)of + data, sizeof *answer - data);
    answer->json_is_borrowed = true;
    answer_has_parts(answer, 1);
    answer->parts[0] = answer_ref(of);
}

int64_t
snapshot_known_ms(const struct snapshot *snapshot, const struct answer *answer)
{
    if (answer->got_ms == 0 || answer->failure != NULL || answer->is_apart ||
        snapshot->vouched_ms < answer->got_ms)
        return answer->got_ms;
    return snapshot->vouched_ms;
}

const struct metric_points *
answer_points(const struct answer *answer, const char *id)
{
    if (answer == NULL)
        return NULL;
    for (size_t i = 0; i < answer->point_count; i++) {
        if (strcmp(answer->points[i].id, id) == 0)
            return &answer->points[i];
    }
    return NULL;
}

struct snapshot *
snapshot_new(const char *source, const char *environment, struct answer *const *answers,
             size_t count)
{
    struct arena *arena = arena_new();
    struct snapshot *snapshot = arena_alloc(arena, sizeof(*snapshot));

    atomic_init(&snapshot->references, 1);
    snapshot->arena = arena;
    snapshot->source = arena_strdup(arena, source);
    snapshot->environment = arena_strdup(arena, environment);
    snapshot->answers = arena_alloc(arena, (count + 1) * sizeof(*snapshot->answers));
    for (size_t i = 0; i < count; i++)
        snapshot->answers[i] = answer_ref(answers[i]);
    snapshot->answer_count = count;
    return snapshot;
}

void
snapshot_fail(struct snapshot *snapshot, const char *failure)
{
    snapshot->state = SOURCE_FAILING;
    snapshot->failure = arena_strdup(snapshot->arena, failure);
}

struct snapshot *
snapshot_ref(struct snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
    return snapshot;
}

void
snapshot_unref(struct snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    if (atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < snapshot->answer_count; i++)
        answer_unref(snapshot->answers[i]);
    arena_free(snapshot->arena);
}

const struct answer *
snapshot_answer(const struct snapshot *snapshot, const char *key)
{
    if (snapshot == NULL)
        return NULL;
    for (size_t i = 0; i < snapshot->answer_count; i++) {
        if (strcmp(snapshot->answers[i]->key, key) == 0)
            return snapshot->answers[i];
    }
    return NULL;
}
