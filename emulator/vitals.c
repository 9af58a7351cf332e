/* vitals.c - what the web vitals function does with a request.
 * SPDX-License-Identifier: MIT
 *
 * One row in the store stands for everything the function would leave behind: its EMF documents,
 * its START, END and REPORT lines and its AWS/Lambda metrics, all rendered on read. Hence the
 * measured duration: it ends where the answer is known and the commit begins. */
#include "config.h"

#include "emulator/vitals.h"

#include <stdio.h>

#include "domain/limits.h"
#include "domain/web_vitals.h"
#include "emulator/body.h"
#include "emulator/emulator.h"
#include "emulator/own_lines.h"
#include "emulator/parts.h"
#include "emulator/privacy.h"

static size_t
count_mismatches(const struct vitals_post *post)
{
    size_t n = 0;

    for (size_t i = 0; i < post->sample_count; i++) {
        const struct vital_sample *s = &post->samples[i];

        n += s->claimed != RATING_NONE && s->claimed != s->rating;
    }
    return n;
}

static void
note(struct exchange *x, const struct vitals_post *post)
{
    size_t wrong = count_mismatches(post);
    const char *plural = post->sample_count == 1 ? "" : "s";

    if (wrong == 0)
        exchange_note(x, false, "%zu vital%s", post->sample_count, plural);
    else
        exchange_note(x, false, "%zu vital%s, %zu with another rating than the page says",
                      post->sample_count, plural, wrong);
}

static void
search(struct exchange *x, const struct vitals_post *post)
{
    struct privacy_text texts[LIMIT_VITALS_PER_BODY];

    for (size_t i = 0; i < post->sample_count; i++)
        texts[i] =
            (struct privacy_text){ "metrics[].url", post->samples[i].url, PII_URL, PII_WAY_URL };
    privacy_take(emulator_privacy(exchange_emulator(x)),
                 &(struct privacy_item){ .source = "web-vitals",
                                         .message = "web vitals",
                                         .session = post->session_id,
                                         .page = post->samples[0].url,
                                         .time_ms = post->received_ms,
                                         .texts = texts,
                                         .count = post->sample_count });
}

static void
keep(struct exchange *x, struct vitals_post *post)
{
    struct emulator *em = exchange_emulator(x);
    struct store_write *write = store_write_new(emulator_store(em));
    char answer[64];
    int len = snprintf(answer, sizeof answer, "{\"success\":true,\"metricsReceived\":%zu}",
                       post->sample_count);

    post->received_ms = exchange_now_ms(x);
    post->environment = emulator_options(em)->environment;
    clock_uuid(emulator_clock(em), post->request_id);
    post->duration_us = exchange_took_us(x);
    search(x, post);
    store_write_vitals(write, post);
    own_lines_vitals(x, write, post);
    note(x, post);
    exchange_commit(x, write, 200, "application/json", answer, (size_t)len);
}

static void
take(struct exchange *x, const cJSON *body)
{
    struct field_errors errors = { .count = 0 };
    struct vitals_post post = { 0 };

    if (web_vitals_read(&post, exchange_arena(x), body, &errors))
        keep(x, &post);
    else
        body_refuse_fields(x, &errors);
}

void
vitals_post(struct exchange *x)
{
    body_read(x, take);
}
