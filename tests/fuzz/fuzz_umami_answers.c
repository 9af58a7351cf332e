/* fuzz_umami_answers.c - what a server may answer to the client of Umami's read API.
 * SPDX-License-Identifier: MIT
 *
 * The first byte says who reads the rest, and in which generation's words it was asked. */
#include "config.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "umami/question.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text)
{
    assert(text != NULL && strlen(text) <= UMAMI_TEXT_MAX);
}

static void
check_number(double n)
{
    assert(isnan(n) || (n >= -2e15 && n <= 2e15));
}

static void
check_answer(const struct umami_answer *a)
{
    assert(a->website_count <= UMAMI_LISTED_MAX && a->row_count <= UMAMI_ROWS_MAX);
    assert(a->hit_count <= UMAMI_ROWS_MAX && a->step_ms > 0);
    for (size_t i = 0; i < a->website_count; i++) {
        check_text(a->websites[i].id);
        check_text(a->websites[i].name);
        check_text(a->websites[i].domain);
    }
    for (int i = 0; i < UMAMI_FIGURES; i++) {
        check_number(a->now[i]);
        check_number(a->before[i]);
    }
    for (size_t i = 0; i < a->bucket_count; i++) {
        assert(i == 0 || a->buckets[i - 1].at_ms < a->buckets[i].at_ms);
        assert(a->buckets[i].views >= 0 && a->buckets[i].sessions >= 0);
    }
    for (size_t i = 0; i < a->row_count; i++) {
        assert(a->rows[i].count >= 0 && (i == 0 || a->rows[i - 1].count >= a->rows[i].count));
        if (a->rows[i].name != NULL)
            check_text(a->rows[i].name);
    }
    for (size_t i = 0; i < a->hit_count; i++) {
        check_text(a->hits[i].session);
        check_text(a->hits[i].path);
        assert(i == 0 || a->hits[i - 1].time_ms >= a->hits[i].time_ms);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct umami_question question = {
        .website = "w", .type = "path", .from_ms = 1795132800000, .to_ms = 1795219200000
    };
    struct umami_answer answer;
    struct arena *arena;
    struct err err;
    cJSON *json;

    if (size < 1 || json_parse(&json, (const char *)data + 1, size - 1, &err) != OK)
        return 0;
    question.topic = (enum umami_topic)(1 + data[0] % (UMAMI_TOPICS - 1));
    arena = arena_new();
    if (umami_answer_read(&answer, arena, &question, (enum umami_dialect)(data[0] / 16 % 3), json,
                          &err) == OK)
        check_answer(&answer);
    else
        assert(err.code == E_INVALID);
    arena_free(arena);
    cJSON_Delete(json);
    return 0;
}
