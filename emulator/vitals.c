/* vitals.c - what the web vitals function does with a request.
 * SPDX-License-Identifier: MIT
 *
 * One row in the store stands for everything the function would leave behind: its EMF documents,
 * its START, END and REPORT lines and its AWS/Lambda metrics, all rendered on read. Hence the
 * measured duration: it ends where the answer is known and the commit begins. */
#include "config.h"

#include "emulator/vitals.h"

#include <stdio.h>
#include <string.h>

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

/* Mostly all samples are of one page. */
static size_t
list_urls(struct privacy_text *texts, const struct vitals_post *post)
{
    const char *last = "";
    size_t count = 0;

    for (size_t i = 0; i < post->sample_count; i++) {
        const char *url = post->samples[i].url;

        if (strcmp(url, last) != 0)
            texts[count++] = (struct privacy_text){ "metrics[].url", url, PII_URL, PII_WAY_URL };
        last = url;
    }
    return count;
}

static void
scrub_samples(struct exchange *x, struct vitals_post *post)
{
    struct privacy *privacy = emulator_privacy(exchange_emulator(x));
    struct arena *arena = exchange_arena(x);
    struct vital_sample *own = arena_alloc(arena, post->sample_count * sizeof *own);

    memcpy(own, post->samples, post->sample_count * sizeof *own);
    for (size_t i = 0; i < post->sample_count; i++) {
        const struct privacy_text text = { "", own[i].url, PII_URL, PII_WAY_URL };

        own[i].url = privacy_scrub(privacy, arena, &text);
        if (own[i].url != text.text)
            own[i].route = privacy_scrub_route(privacy, arena, own[i].route);
    }
    post->samples = own;
}

/* Searched as they came; logged and stored without what personal data they hold. */
static void
scrub(struct exchange *x, struct vitals_post *post)
{
    struct privacy *privacy = emulator_privacy(exchange_emulator(x));
    const struct privacy_text agent = { "userAgent", post->user_agent, PII_PLAIN, PII_WAY_PAYLOAD };
    struct privacy_text texts[LIMIT_VITALS_PER_BODY + 1];
    size_t count = list_urls(texts, post);
    const struct privacy_item item = { .source = "web-vitals",
                                       .message = "web vitals",
                                       .session = post->session_id,
                                       .page = post->samples[0].url,
                                       .time_ms = post->received_ms,
                                       .texts = texts,
                                       .count = count + 1,
                                       .is_scrubbed = true };

    texts[count] = agent;
    if (!privacy_take(privacy, &item))
        return;
    scrub_samples(x, post);
    post->user_agent = privacy_scrub(privacy, exchange_arena(x), &agent);
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
    post->duration_us = (uint32_t)((mono_ns() - exchange_started_ns(x)) / 1000);
    scrub(x, post);
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
