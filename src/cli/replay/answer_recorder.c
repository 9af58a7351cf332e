/* answer_recorder.c - an ear that hands what it hears to a scribe.
 * SPDX-License-Identifier: MIT
 *
 * Values are handed over, not printed: the collector's thread copies parameters, which are short,
 * and gives away the answer. */
#include "config.h"

#include "cli/replay/answer_recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/redaction.h"
#include "fixture/scribe.h"

#define NODE_BYTES (sizeof(cJSON) + 16) /* about what a value takes beside its text */

struct answer_recorder {
    char *path;
    const struct clock *clock;
    struct pii_rules *rules;   /* NULL: nothing is redacted */
    struct redactor *redactor; /* likewise */
    struct scribe *scribe;
    struct aws_ear ear;
};

struct values {
    cJSON *parameters, *answer;
};

static size_t
bytes_of(const cJSON *value)
{
    size_t bytes = NODE_BYTES + (value->string == NULL ? 0 : strlen(value->string));
    const cJSON *item;

    if (cJSON_IsString(value))
        bytes += strlen(value->valuestring);
    cJSON_ArrayForEach(item, value) bytes += bytes_of(item);
    return bytes;
}

static void
drop_values(struct scribe_page *page)
{
    struct values *values = page->own;

    cJSON_Delete(values->parameters);
    cJSON_Delete(values->answer);
}

static void
hear(void *arg, struct aws_heard *heard)
{
    struct answer_recorder *r = arg;
    struct scribe_page *page = scribe_page_new(r->scribe, FIXTURE_AWS, clock_now_ms(r->clock));
    struct fixture_record *record = &page->record;
    struct values *values = arena_alloc(page->arena, sizeof *values);

    *values = (struct values){ .parameters = cJSON_Duplicate(heard->input, true),
                               .answer = heard->answer };
    heard->answer = NULL;
    page->own = values;
    page->drop = drop_values;
    record->service = arena_strdup(page->arena, heard->service);
    record->operation = arena_strdup(page->arena, heard->operation);
    record->region = heard->region == NULL ? NULL : arena_strdup(page->arena, heard->region);
    record->parameters = values->parameters;
    record->answer = values->answer;
    record->status = heard->status;
    if (heard->status == 0 && heard->err != NULL) {
        record->failure = arena_strdup(page->arena, heard->err->text);
        record->failure_kind = heard->err->code;
    }
    page->bytes = bytes_of(values->parameters);
    if (values->answer != NULL)
        page->bytes += bytes_of(values->answer);
    scribe_take(r->scribe, page);
}

static void
recorder_free(struct answer_recorder *r)
{
    redactor_free(r->redactor);
    pii_rules_free(r->rules);
    free(r->path);
    free(r);
}

enum status
answer_recorder_new(struct answer_recorder **out, const struct settings *s,
                    const struct clock *clock, struct err *err)
{
    const char *path = settings_text(s, SET_RECORD);
    uint8_t key[PII_KEY_BYTES];
    struct answer_recorder *r;
    enum status st = OK;

    *out = NULL;
    if (path == NULL)
        return OK;
    r = xcalloc(1, sizeof *r);
    r->path = xstrdup(path);
    r->clock = clock;
    r->ear = (struct aws_ear){ .hear = hear, .arg = r };
    if (settings_bool(s, SET_REDACT)) {
        st = redaction_key(key, s, err);
        r->rules = pii_rules_default();
        if (st == OK)
            r->redactor = redactor_new(r->rules, key);
    }
    if (st == OK)
        st = scribe_new(&r->scribe, path, clock_now_ms(clock), NULL, r->redactor, err);
    if (st == OK)
        *out = r;
    else
        recorder_free(r);
    return st;
}

bool
answer_recorder_close(struct answer_recorder *r)
{
    struct scribe_counts counts;
    struct err err = { 0 };
    bool is_whole;

    if (r == NULL)
        return true;
    is_whole = scribe_close(r->scribe, &counts, &err) == OK;
    if (!is_whole)
        command_say(stderr, "obsview: %s", err.text);
    command_say(stderr, "obsview: %" PRIu64 " answer%s %s in %s", counts.written,
                text_s(counts.written), text_are(counts.written), r->path);
    if (counts.dropped + counts.refused > 0)
        command_say(stderr, "obsview: %" PRIu64 " %s not; of the last one: %s",
                    counts.dropped + counts.refused, text_are(counts.dropped + counts.refused),
                    counts.last.text);
    recorder_free(r);
    return is_whole && counts.dropped + counts.refused == 0;
}

const struct aws_ear *
answer_recorder_ear(const struct answer_recorder *r)
{
    return r == NULL ? NULL : &r->ear;
}

void
answer_recorder_follow(struct answer_recorder *r, const struct clock *clock)
{
    if (r != NULL)
        r->clock = clock;
}

bool
answer_recorder_word(void *arg, char *text, size_t size)
{
    struct answer_recorder *r = arg;
    struct scribe_counts counts;
    uint64_t left_out;

    scribe_read_counts(r->scribe, &counts);
    left_out = counts.dropped + counts.refused;
    if (counts.is_over)
        snprintf(text, size, "recording ended: %s", counts.last.text);
    else if (left_out > 0)
        snprintf(text, size, "recording, %" PRIu64 " left out", left_out);
    else
        snprintf(text, size, "recording");
    return left_out > 0;
}
